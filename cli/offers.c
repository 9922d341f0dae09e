/* offers.c - mezzo offers: show what is offered to frameworks right now. */

#include <mezzo/operator.h>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/query.h"
#include "cli/row.h"

static const struct options offers_options = {
    .program = "mezzo offers",
    .operands = "",
    .summary = "show what is offered to frameworks right now",
    .text = "An offer that is not taken within 30 seconds goes to others.",
    .rows = query_options,
    .rows_count = QUERY_OPTIONS_COUNT,
};

static const struct listing_column columns[] = {
    {.title = "AGENT", .key = "agent_name"},
    {.title = "ROLE", .key = "role"},
    {.title = "CPUS", .key = "resources.cpus", .is_right = true},
    {.title = "MEM", .key = "resources.mem", .is_right = true},
    {.title = "FRAMEWORK", .key = "framework"},
    {.title = "ID", .key = "id"},
};

static size_t count_rows(const struct mezzo_answer *answer)
{
    return answer->offers_count;
}

static json_t *row_json(const struct mezzo_answer *answer, size_t i)
{
    const struct mezzo_offer_row *offer = &answer->offers[i];
    json_t *row = json_object();

    row_text(row, "id", offer->id);
    row_text(row, "framework", offer->framework_id);
    row_text(row, "agent", offer->agent_id);
    row_text(row, "agent_name", offer->hostname);
    row_text(row, "role", offer->role);
    row_value(row, "resources", amounts_json(&offer->resources));
    return row;
}

static const struct query offers_query = {
    .options = &offers_options,
    .kind = MEZZO_ASK_OFFERS,
    .row = row_json,
    .count = count_rows,
    .columns = columns,
    .columns_count = sizeof columns / sizeof columns[0],
    .order = "agent_name",
    .nouns = "offers",
};

static int run(int argc, char **argv)
{
    return query_run(&offers_query, argc, argv);
}

const struct command command_offers = {
    .name = "offers", .run = run, .options = &offers_options};
