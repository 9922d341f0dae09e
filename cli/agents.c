/* agents.c - mezzo agents: show the agents and what they have. */

#include <mezzo/operator.h>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/query.h"
#include "cli/row.h"

static const struct options agents_options = {
    .program = "mezzo agents",
    .operands = "",
    .summary = "show the agents and what they have",
    .text = "Resources are what an agent has in all, \"used\" what tasks hold.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "NAME", .key = "name"},
    {.title = "STATE", .key = "state"},
    {.title = "CPUS", .key = "resources.cpus", .is_right = true},
    {.title = "USED", .key = "used.cpus", .is_right = true},
    {.title = "MEM", .key = "resources.mem", .is_right = true},
    {.title = "USED", .key = "used.mem", .is_right = true},
    {.title = "PID", .key = "pid", .is_right = true},
    {.title = "ID", .key = "id"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->agents_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_agent_row *agent = &answer->agents[i];
    json_t *row = json_object();

    row_text(row, "id", agent->id);
    row_text(row, "name", agent->hostname);
    row_text(row, "state", agent->state);
    row_number(row, "pid", agent->pid);
    row_flag(row, "active", agent->is_active);
    row_text(row, "version", agent->version);
    row_number(row, "registered_ms", agent->registered_wall_ms);
    row_value(row, "resources", amounts_json(&agent->total));
    row_value(row, "used", amounts_json(&agent->used));
    row_value(row, "offered", amounts_json(&agent->offered));
    row_labels(row, "attributes", agent->attributes, agent->attributes_count);
    return row;
}

static const struct query agents_query = {
    .options = &agents_options,
    .kind = MEZZO_ASK_AGENTS,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "name",
    .nouns = "agents",
};

static int run(int argc, char **argv)
{
    return query_run(&agents_query, argc, argv);
}

const struct command command_agents = {
    .name = "agents", .run = run, .options = &agents_options};
