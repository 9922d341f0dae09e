/* backoff.h - how long to wait before the next try: drawn at random, so that
 * many do not come at once, from a range that doubles with each. */

#ifndef LIBFRAMEWORK_BACKOFF_H
#define LIBFRAMEWORK_BACKOFF_H

#include "base/clock.h"
#include "base/random.h"

struct backoff {
    msec_t min_ms;
    msec_t bound_ms; /* of the next; > min_ms */
    msec_t max_ms;   /* of all */
};

static inline msec_t backoff_next(struct backoff *b, struct random *random)
{
    msec_t wait = b->min_ms + (msec_t)random_below(
                                  random, (uint64_t)(b->bound_ms - b->min_ms));

    b->min_ms = b->min_ms * 2 < b->max_ms / 2 ? b->min_ms * 2 : b->max_ms / 2;
    b->bound_ms = b->bound_ms * 2 < b->max_ms ? b->bound_ms * 2 : b->max_ms;
    return wait;
}

#endif
