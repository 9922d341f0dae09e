/* whatif.c - mezzo whatif: what would be placed, moved or starved. */

#include <mezzo/framework.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/amounts.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/row.h"

static const char *cpus, *role, *others, *pack_under;
static struct options_list constraints;
static int64_t memory_mb, count, duration_ms, priority;
static bool is_gang, is_exclusive, as_json;

static const struct options_row rows[] = {
    {.name = "count",
     .argument = "N",
     .kind = OPTIONS_INTEGER,
     .min = 1,
     .max = 100000,
     .value = &count,
     .initial = "1",
     .is_command_line_only = true,
     .help = "submit: how many tasks"},
    {.name = "cpus",
     .argument = "CPUS",
     .kind = OPTIONS_STRING,
     .value = &cpus,
     .initial = "0.1",
     .is_command_line_only = true,
     .help = "submit: how many cpus each needs"},
    {.name = "mem",
     .argument = "MIB",
     .kind = OPTIONS_INTEGER,
     .min = 1,
     .max = 1000000000,
     .value = &memory_mb,
     .initial = "64",
     .is_command_line_only = true,
     .help = "submit: how much memory each needs, in MiB"},
    {.name = "others",
     .argument = "RESOURCES",
     .kind = OPTIONS_STRING,
     .value = &others,
     .is_command_line_only = true,
     .help = "submit: what else each needs, such as gpus:1"},
    {.name = "role",
     .argument = "ROLE",
     .kind = OPTIONS_STRING,
     .value = &role,
     .is_command_line_only = true,
     .help = "submit: for which role"},
    {.name = "gang",
     .kind = OPTIONS_FLAG,
     .value = &is_gang,
     .is_command_line_only = true,
     .help = "submit: all at once, or none"},
    {.name = "exclusive",
     .kind = OPTIONS_FLAG,
     .value = &is_exclusive,
     .is_command_line_only = true,
     .help = "submit: on agents that do nothing else"},
    {.name = "constraint",
     .argument = "TEST",
     .kind = OPTIONS_LIST,
     .value = &constraints,
     .is_command_line_only = true,
     .help = "submit: of an attribute or hostname: rack=r1, rack!=r1, or "
             "rack~r[12] for an extended regular expression"},
    {.name = "pack-under",
     .argument = "ATTRIBUTE",
     .kind = OPTIONS_STRING,
     .value = &pack_under,
     .is_command_line_only = true,
     .help = "submit: under one value of it, if a gang fits there"},
    {.name = "max-duration",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .value = &duration_ms,
     .is_command_line_only = true,
     .help = "submit: how long each may run, such as 2h"},
    {.name = "priority",
     .argument = "N",
     .kind = OPTIONS_INTEGER,
     .min = -1000000,
     .max = 1000000,
     .value = &priority,
     .initial = "0",
     .is_command_line_only = true,
     .help = "submit: higher comes first in its role"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
    CLUSTER_OPTIONS,
};

static const struct options whatif_options = {
    .program = "mezzo whatif",
    .operands = "drain AGENT... | submit",
    .summary = "say what would follow",
    .text =
        "mezzo whatif drain tells for each task of the agents where it could "
        "go, and for all others that wait what they would get then; mezzo "
        "whatif submit tells where tasks would be placed, and at whose "
        "expense.  The master's own allocator is run on a copy of its books.  "
        "What is on offer counts as free, tasks that move are placed without "
        "the constraints they were asked for with, and nothing is recalled.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static const struct listing_column columns[] = {
    {.title = "WHAT", .key = "what"},
    {.title = "FRAMEWORK", .key = "framework"},
    {.title = "ID", .key = "id"},
    {.title = "WANTED", .key = "wanted", .is_right = true},
    {.title = "NOW", .key = "placed_now", .is_right = true},
    {.title = "THEN", .key = "placed_then", .is_right = true},
    {.title = "WHERE", .key = "places"},
    {.title = "WHY NOT", .key = "text"},
};

/* "moved" and "stays unplaced" are of tasks, the others of asks. */
static const char *outcome_of(const struct mezzo_whatif_row *w)
{
    switch (w->kind) {
    case MEZZO_WHATIF_SUBMITTED:
        return w->placed_then == w->wanted ? "placed"
               : w->placed_then > 0        ? "placed in part"
                                           : "waits";
    case MEZZO_WHATIF_MOVED:
        return w->placed_then == w->wanted ? "moved" : "starved";
    case MEZZO_WHATIF_OTHER:
        return w->placed_then < w->placed_now ? "starved" : "gains";
    }
    return "unknown";
}

static json_t *row_json(const struct mezzo_whatif_row *w)
{
    json_t *row = json_object();

    row_text(row, "what", outcome_of(w));
    row_text(row, "framework", w->framework_id);
    row_text(row, w->kind == MEZZO_WHATIF_MOVED ? "task" : "ask", w->id);
    row_text(row, "id", w->id);
    row_text(row, "role", w->role);
    row_number(row, "wanted", w->wanted);
    row_number(row, "placed_now", w->placed_now);
    row_number(row, "placed_then", w->placed_then);
    row_text(row, "places", w->places);
    row_text(row, "leaves", w->hostname);
    row_text(row, "text", w->text);
    row_number(row, "starts_by_ms", w->starts_by_wall_ms);
    return row;
}

static int print(const struct mezzo_answer *answer)
{
    json_t *list = json_array();
    int status;

    for (size_t i = 0; i < answer->whatif_count; i++)
        json_array_append_new(list, row_json(&answer->whatif[i]));
    status =
        listing_print(stdout, list, columns, sizeof columns / sizeof columns[0],
                      "changes", as_json);
    json_decref(list);
    if (answer->text != NULL && answer->text[0] != '\0')
        fprintf(stderr, "mezzo: %s\n", answer->text);
    return status;
}

/* "rack=r1", "rack!=r1", "rack~r.*" */
static void read_constraint(const char *text, struct mezzo_constraint *to)
{
    size_t size = strcspn(text, "=!~");
    char *name = strndup(text, size);

    if (name == NULL)
        abort();
    to->attribute = name;
    to->op = text[size] == '='   ? MEZZO_EQUALS
             : text[size] == '~' ? MEZZO_MATCHES
                                 : MEZZO_NOT_EQUALS;
    to->value = text + size + (text[size] == '!' ? 2 : 1);
    if (size == 0 || text[size] == '\0' ||
        (text[size] == '!' && text[size + 1] != '='))
        options_fail(&whatif_options,
                     "--constraint %s: must be like rack=r1, rack!=r1 or "
                     "rack~r[12]",
                     text);
}

static int submit(struct mezzo_operator *op)
{
    struct mezzo_constraint list[OPTIONS_LIST_MAX];
    struct mezzo_slot slot = {
        .each = {.memory_mb = memory_mb, .others = others},
        .count = (unsigned)count,
        .min = is_gang ? (unsigned)count : 0,
        .constraints = list,
    };
    const struct mezzo_ask ask = {
        .id = "submit",
        .role = role,
        .slots = &slot,
        .slots_count = 1,
        .is_exclusive = is_exclusive,
        .pack_under = pack_under,
        .duration_max_ms = duration_ms,
        .priority = (int)priority,
    };
    const struct mezzo_question question = {.kind = MEZZO_WHATIF, .ask = &ask};
    const struct mezzo_answer *answer;
    int status;

    slot.each.cpu_milli = amounts_read_milli(cpus);
    if (slot.each.cpu_milli <= 0)
        options_fail(&whatif_options,
                     "--cpus %s: must be a number above 0, such as 0.5, with "
                     "at most three decimals",
                     cpus);
    for (size_t i = 0; i < constraints.count; i++)
        read_constraint(constraints.items[i], &list[i]);
    slot.constraints_count = constraints.count;
    status = cluster_ask(op, &question, &answer);
    for (size_t i = 0; i < constraints.count; i++)
        free((char *)(uintptr_t)list[i].attribute);
    return status == 0 ? print(answer) : status;
}

static int drain(struct mezzo_operator *op, char **agents, int agents_count)
{
    const struct mezzo_question question = {
        .kind = MEZZO_WHATIF,
        .agents = (const char *const *)agents,
        .agents_count = (size_t)agents_count};
    const struct mezzo_answer *answer;
    int status = cluster_ask(op, &question, &answer);

    return status == 0 ? print(answer) : status;
}

static int run(int argc, char **argv)
{
    int first = options_parse(&whatif_options, argc, argv), status;
    const char *verb = first < argc ? argv[first] : "";
    bool is_drain = strcmp(verb, "drain") == 0;
    struct mezzo_operator *op;

    if (!is_drain && strcmp(verb, "submit") != 0)
        options_fail(&whatif_options, "what if what? drain or submit");
    if (is_drain && argc - first < 2)
        options_fail(&whatif_options, "which agent? mezzo agents shows them");
    if (!is_drain && argc - first > 1)
        options_fail(&whatif_options, "%s: submit takes options only",
                     argv[first + 1]);
    op = cluster_operator();
    status =
        is_drain ? drain(op, &argv[first + 1], argc - first - 1) : submit(op);
    mezzo_operator_free(op);
    return status;
}

const struct command command_whatif = {
    .name = "whatif", .run = run, .options = &whatif_options};
