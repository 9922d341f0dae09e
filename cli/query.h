/* query.h - the commands that show one list: a question, its rows, a table. */

#ifndef CLI_QUERY_H
#define CLI_QUERY_H

#include <mezzo/operator.h>

#include "cli/listing.h"
#include "io/options.h"

enum {
    QUERY_OPTIONS_COUNT = 3
};

/* The options of all of them: --master, --state, --json. */
extern const struct options_row query_options[QUERY_OPTIONS_COUNT];

struct query {
    const struct options *options;
    enum mezzo_question_kind kind;
    /* An object of JSON for row `i` of the answer. */
    json_t *(*row)(const struct mezzo_answer *answer, size_t i);
    size_t (*count)(const struct mezzo_answer *answer);
    const struct listing_column *columns;
    size_t columns_count;
    const char *order; /* the key whose values rows are shown in order of */
    const char *nouns; /* "agents" */
};

/* The whole command; its exit status. */
int query_run(const struct query *q, int argc, char **argv);

#endif
