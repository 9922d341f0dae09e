/* frameworks.c - mezzo frameworks: show the frameworks and what they hold. */

#include <mezzo/operator.h>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/query.h"
#include "cli/row.h"

static const struct options frameworks_options = {
    .program = "mezzo frameworks",
    .operands = "",
    .summary = "show the frameworks and what they hold",
    .text = "A framework that is not connected has its failover timeout to "
            "come back.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "NAME", .key = "name"},
    {.title = "ROLES", .key = "roles"},
    {.title = "USER", .key = "user"},
    {.title = "CONNECTED", .key = "connected"},
    {.title = "TASKS", .key = "tasks", .is_right = true},
    {.title = "CPUS", .key = "used.cpus", .is_right = true},
    {.title = "MEM", .key = "used.mem", .is_right = true},
    {.title = "ID", .key = "id"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->frameworks_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_framework_row *framework = &answer->frameworks[i];
    json_t *row = json_object();

    row_text(row, "id", framework->id);
    row_text(row, "name", framework->name);
    row_text(row, "user", framework->user);
    row_text(row, "roles", framework->roles);
    row_flag(row, "active", framework->is_active);
    row_flag(row, "connected", framework->is_connected);
    row_number(row, "tasks", framework->tasks_count);
    row_number(row, "registered_ms", framework->registered_wall_ms);
    row_number(row, "failover_timeout_ms", framework->failover_timeout_ms);
    row_value(row, "used", amounts_json(&framework->used));
    row_value(row, "offered", amounts_json(&framework->offered));
    return row;
}

static const struct query frameworks_query = {
    .options = &frameworks_options,
    .kind = MEZZO_ASK_FRAMEWORKS,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "id",
    .nouns = "frameworks",
};

static int run(int argc, char **argv)
{
    return query_run(&frameworks_query, argc, argv);
}

const struct command command_frameworks = {
    .name = "frameworks", .run = run, .options = &frameworks_options};
