/* masters.c - mezzo masters: show the masters, and which of them leads. */

#include <mezzo/operator.h>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/query.h"
#include "cli/row.h"

static const struct options masters_options = {
    .program = "mezzo masters",
    .operands = "",
    .summary = "show the masters, and which of them leads",
    .text = "pid is the number the master's own system knows it by; held are "
            "agents that do not answer, too many at once to be given up.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "ADDRESS", .key = "address"},
    {.title = "LEADER", .key = "leader"},
    {.title = "PID", .key = "pid", .is_right = true},
    {.title = "HELD", .key = "held", .is_right = true},
    {.title = "VERSION", .key = "version"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->masters_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_master_row *master = &answer->masters[i];
    json_t *row = json_object();

    row_text(row, "address", master->address);
    row_flag(row, "leader", master->is_leader);
    row_number(row, "pid", master->pid);
    row_text(row, "version", master->version);
    row_number(row, "leader_epoch", master->leader_epoch);
    row_number(row, "held", master->held_count);
    return row;
}

static const struct query masters_query = {
    .options = &masters_options,
    .kind = MEZZO_ASK_MASTERS,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "address",
    .nouns = "masters",
};

static int run(int argc, char **argv)
{
    return query_run(&masters_query, argc, argv);
}

const struct command command_masters = {
    .name = "masters", .run = run, .options = &masters_options};
