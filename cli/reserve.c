/* reserve.c - mezzo reserve and unreserve: a part of an agent for a role. */

#include <stdio.h>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/row.h"

static bool is_forced, as_json;

static const struct options_row reserve_rows[] = {
    {.name = "force",
     .kind = OPTIONS_FLAG,
     .value = &is_forced,
     .is_command_line_only = true,
     .help = "even if others cannot be given what they are guaranteed then"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
    CLUSTER_OPTIONS,
};
static const struct options_row unreserve_rows[] = {CLUSTER_OPTIONS};

static const struct options reserve_options = {
    .program = "mezzo reserve",
    .operands = "[ROLE AGENT RESOURCES]",
    .summary = "keep a part of an agent for a role",
    .text =
        "RESOURCES, such as cpus:4;mem:1024, of an agent, named by its id or "
        "hostname, are then for the role and those below it alone.  What is "
        "in use cannot be reserved.  Without operands: show what is reserved, "
        "also by agents' own options (--resources 'cpus(ROLE):4').",
    .rows = reserve_rows,
    .rows_count = sizeof reserve_rows / sizeof reserve_rows[0],
};
static const struct options unreserve_options = {
    .program = "mezzo unreserve",
    .operands = "ROLE AGENT RESOURCES",
    .summary = "give what was kept for a role back to all",
    .text =
        "Takes back what mezzo reserve has done, all of it or a part, unless "
        "it is in use.  What an agent's own options reserve stays so.",
    .rows = unreserve_rows,
    .rows_count = sizeof unreserve_rows / sizeof unreserve_rows[0],
};

static const struct listing_column columns[] = {
    {.title = "AGENT", .key = "agent"},
    {.title = "RESERVED", .key = "reserved"},
    {.title = "ID", .key = "id"},
};

static int show(struct mezzo_operator *op)
{
    const struct mezzo_question question = {.kind = MEZZO_ASK_AGENTS};
    const struct mezzo_answer *answer;
    json_t *list;
    int status = cluster_ask(op, &question, &answer);

    if (status != 0)
        return status;
    list = json_array();
    for (size_t i = 0; i < answer->agents_count; i++) {
        const struct mezzo_agent_row *agent = &answer->agents[i];
        json_t *row;

        if (agent->reserved == NULL)
            continue;
        row = json_object();
        row_text(row, "agent", agent->hostname);
        row_text(row, "reserved", agent->reserved);
        row_text(row, "id", agent->id);
        json_array_append_new(list, row);
    }
    status =
        listing_print(stdout, list, columns, sizeof columns / sizeof columns[0],
                      "reservations", as_json);
    json_decref(list);
    return status;
}

static int change(const struct options *options,
                  enum mezzo_question_kind kind,
                  int argc,
                  char **argv)
{
    int first = options_parse(options, argc, argv), status;
    struct mezzo_question question = {.kind = kind, .is_forced = is_forced};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    bool is_show = kind == MEZZO_RESERVE && first == argc;

    if (!is_show && argc - first != 3)
        options_fail(options, "a role, an agent and resources are needed");
    op = cluster_operator();
    if (is_show) {
        status = show(op);
    } else {
        question.role = argv[first];
        question.subject = argv[first + 1];
        question.resources = argv[first + 2];
        question.is_forced = is_forced;
        status = cluster_ask(op, &question, &answer);
    }
    mezzo_operator_free(op);
    return status;
}

static int reserve(int argc, char **argv)
{
    return change(&reserve_options, MEZZO_RESERVE, argc, argv);
}

static int unreserve(int argc, char **argv)
{
    return change(&unreserve_options, MEZZO_UNRESERVE, argc, argv);
}

const struct command command_reserve = {
    .name = "reserve", .run = reserve, .options = &reserve_options};
const struct command command_unreserve = {
    .name = "unreserve", .run = unreserve, .options = &unreserve_options};
