/* query.c - ask, turn rows into JSON, print. */

#include "cli/query.h"

#include <stdio.h>

#include "cli/cluster.h"

static bool as_json;

const struct options_row query_options[QUERY_OPTIONS_COUNT] = {
    {.name = "master",
     .argument = "HOST:PORT",
     .kind = OPTIONS_STRING,
     .value = &cluster_given.master,
     .is_command_line_only = true,
     .help = cluster_master_help},
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &cluster_given.state,
     .is_command_line_only = true,
     .help = cluster_state_help},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
};

int query_run(const struct query *q, int argc, char **argv)
{
    const struct mezzo_question question = {.kind = q->kind};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    json_t *rows;
    int status;

    options_parse(q->options, argc, argv);
    op = cluster_operator();
    rows = json_array();
    status = cluster_ask(op, &question, &answer);
    if (status == 0) {
        for (size_t i = 0; i < q->count(answer); i++)
            json_array_append_new(rows, q->row(answer, i));
        status = listing_print(stdout, rows, q->columns, q->columns_count,
                               q->nouns, as_json);
    }
    json_decref(rows);
    mezzo_operator_free(op);
    return status;
}
