/* deadlines.h - what is due when, earliest first.
 *
 * A deadline lives in what it is the deadline of.  Equal times come in the
 * order in which they were set, so that a run can be repeated. */

#ifndef BASE_DEADLINES_H
#define BASE_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct deadlines;

struct deadline {
    int kind;    /* the owner's to choose */
    void *owner; /* whose it is */
    msec_t due;
    uint64_t number;
    size_t position; /* 0: not set */
};

struct deadlines *deadlines_new(void);
void deadlines_free(struct deadlines *h);

/* Set it, or move it. */
void deadlines_set(struct deadlines *h, struct deadline *d, msec_t due);

/* Nothing happens if it is not set. */
void deadlines_cancel(struct deadlines *h, struct deadline *d);

/* The earliest if it is due at `now`, no longer set; else NULL. */
struct deadline *deadlines_take(struct deadlines *h, msec_t now);

/* When the earliest is due, or MSEC_NEVER. */
msec_t deadlines_next(const struct deadlines *h);

#endif
