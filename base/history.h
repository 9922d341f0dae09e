/* history.h - tasks that have ended, as whoever keeps them is given them and
 * is asked for them.  Plain data. */

#ifndef BASE_HISTORY_H
#define BASE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct history_row {
    const char *framework_id;
    const char *task_id;
    const char *user;
    msec_t ended_ms; /* wall clock */
    const uint8_t *bytes;
    size_t size;
};

/* In the order in which they were kept. */
struct history_question {
    uint64_t number;
    int64_t after;    /* history_answer.last; 0: from the first on */
    msec_t since_ms;  /* that ended then or later */
    const char *user; /* NULL: of all */
    unsigned rows_max;
};

struct history_answer {
    uint64_t number;                /* of the question */
    const char *failure;            /* NULL: none */
    const struct history_row *rows; /* with bytes only */
    size_t count;
    int64_t last; /* the place of the last of them, or what was asked */
    bool is_more;
};

#endif
