/* roles.c - mezzo roles: show the roles, their weights and shares. */

#include <mezzo/operator.h>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/query.h"
#include "cli/row.h"

static const struct options roles_options = {
    .program = "mezzo roles",
    .operands = "",
    .summary = "show the roles, their weights and shares",
    .text =
        "The share is that of the resource of which the role has most, divided "
        "by its weight: the role with the least is offered first.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "ROLE", .key = "name"},
    {.title = "WEIGHT", .key = "weight", .is_right = true},
    {.title = "SHARE", .key = "share", .is_right = true},
    {.title = "CPUS", .key = "used.cpus", .is_right = true},
    {.title = "MEM", .key = "used.mem", .is_right = true},
    {.title = "FRAMEWORKS", .key = "frameworks"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->roles_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_role_row *role = &answer->roles[i];
    json_t *row = json_object();

    row_text(row, "name", role->name);
    row_milli(row, "weight", role->weight_milli);
    row_milli(row, "share", role->share_milli);
    row_text(row, "guarantee", role->guarantee);
    row_text(row, "limit", role->limit);
    row_text(row, "frameworks", role->frameworks);
    row_value(row, "used", amounts_json(&role->used));
    return row;
}

static const struct query roles_query = {
    .options = &roles_options,
    .kind = MEZZO_ASK_ROLES,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "name",
    .nouns = "roles",
};

static int run(int argc, char **argv)
{
    return query_run(&roles_query, argc, argv);
}

const struct command command_roles = {
    .name = "roles", .run = run, .options = &roles_options};
