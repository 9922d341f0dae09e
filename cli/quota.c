/* quota.c - mezzo quota: what roles are to have, and may have at most. */

#include <stdio.h>
#include <string.h>

#include "cli/amounts.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/row.h"

static const char *guarantee, *limit;
static bool is_forced, as_json;

static const struct options_row rows[] = {
    {.name = "guarantee",
     .argument = "RESOURCES",
     .kind = OPTIONS_STRING,
     .value = &guarantee,
     .is_command_line_only = true,
     .help = "what the role is to have while it asks, such as cpus:8;mem:4096"},
    {.name = "limit",
     .argument = "RESOURCES",
     .kind = OPTIONS_STRING,
     .value = &limit,
     .is_command_line_only = true,
     .help = "what it, with all roles below it, may have at most; what is not "
             "named has no limit"},
    {.name = "force",
     .kind = OPTIONS_FLAG,
     .value = &is_forced,
     .is_command_line_only = true,
     .help = "even if the pool has less, or more is in use"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
    CLUSTER_OPTIONS,
};

static const struct options quota_options = {
    .program = "mezzo quota",
    .operands = "show | set ROLE | rm ROLE",
    .summary = "guarantee a role a part of the cluster, or limit it",
    .text =
        "mezzo quota set replaces what was set before.  Who has less than "
        "his guarantee is offered first, and what others have beyond theirs "
        "may be taken back for him.  A limit holds for the role and all "
        "below it.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static const struct listing_column columns[] = {
    {.title = "ROLE", .key = "name"},
    {.title = "GUARANTEE", .key = "guarantee"},
    {.title = "LIMIT", .key = "limit"},
    {.title = "CPUS", .key = "used.cpus", .is_right = true},
    {.title = "MEM", .key = "used.mem", .is_right = true},
};

static int show(struct mezzo_operator *op)
{
    const struct mezzo_question question = {.kind = MEZZO_ASK_ROLES};
    const struct mezzo_answer *answer;
    json_t *list;
    int status = cluster_ask(op, &question, &answer);

    if (status != 0)
        return status;
    list = json_array();
    for (size_t i = 0; i < answer->roles_count; i++) {
        const struct mezzo_role_row *role = &answer->roles[i];
        json_t *row;

        if (role->guarantee == NULL && role->limit == NULL)
            continue;
        row = json_object();
        row_text(row, "name", role->name);
        row_text(row, "guarantee", role->guarantee);
        row_text(row, "limit", role->limit);
        row_value(row, "used", amounts_json(&role->used));
        json_array_append_new(list, row);
    }
    status =
        listing_print(stdout, list, columns, sizeof columns / sizeof columns[0],
                      "quotas", as_json);
    json_decref(list);
    return status;
}

static int run(int argc, char **argv)
{
    int first = options_parse(&quota_options, argc, argv);
    const char *verb = first < argc ? argv[first] : "show";
    bool is_show = strcmp(verb, "show") == 0, is_set = strcmp(verb, "set") == 0;
    struct mezzo_question question = {.kind = MEZZO_SET_QUOTA};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    int status;

    if (!is_show && !is_set && strcmp(verb, "rm") != 0)
        options_fail(&quota_options, "%s: must be show, set or rm", verb);
    if (!is_show && argc - first != 2)
        options_fail(&quota_options, "which role? mezzo quota %s ROLE", verb);
    if (is_set && guarantee == NULL && limit == NULL)
        options_fail(&quota_options, "a --guarantee or a --limit is needed");
    op = cluster_operator();
    if (is_show) {
        status = show(op);
    } else {
        question.subject = argv[first + 1];
        question.guarantee = is_set ? guarantee : NULL;
        question.limit = is_set ? limit : NULL;
        question.is_forced = is_forced;
        status = cluster_ask(op, &question, &answer);
    }
    mezzo_operator_free(op);
    return status;
}

const struct command command_quota = {
    .name = "quota", .run = run, .options = &quota_options};
