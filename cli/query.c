/* query.c - ask, turn rows into JSON, print. */

#include "cli/query.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cluster.h"

static bool as_json;

const struct options_row query_options[QUERY_OPTIONS_COUNT] = {
    CLUSTER_OPTIONS,
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
};

static int compare(const void *a, const void *b, void *key)
{
    const char *of_a = json_string_value(
        json_object_get(*(json_t *const *)a, (const char *)key));
    const char *of_b = json_string_value(
        json_object_get(*(json_t *const *)b, (const char *)key));

    return strverscmp(of_a != NULL ? of_a : "", of_b != NULL ? of_b : "");
}

/* Numbers in names by their value: agent-2 before agent-10. */
static json_t *ordered_rows(const struct query *q,
                            const struct mezzo_answer *answer)
{
    const size_t count = q->count(answer);
    json_t **all = calloc(count + 1, sizeof *all);
    json_t *rows = json_array();

    if (all == NULL || rows == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        all[i] = q->row(answer, i);
    qsort_r(all, count, sizeof *all, compare, (void *)(uintptr_t)q->order);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, all[i]);
    free(all);
    return rows;
}

int query_run(const struct query *q, int argc, char **argv)
{
    const struct mezzo_question question = {.kind = q->kind};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    json_t *rows;
    int status;

    options_parse(q->options, argc, argv);
    op = cluster_operator();
    status = cluster_ask(op, &question, &answer);
    if (status == 0) {
        rows = ordered_rows(q, answer);
        status = listing_print(stdout, rows, q->columns, q->columns_count,
                               q->nouns, as_json);
        json_decref(rows);
    }
    mezzo_operator_free(op);
    return status;
}
