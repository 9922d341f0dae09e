/* held.h - statuses that cannot be acted on, or acknowledged, yet.
 *
 * What comes before we know what we have waits for that.  An end is
 * acknowledged when what follows from it is safe; else a process of ours that
 * dies in between would never hear of it again. */

#ifndef CONTAINER_HELD_H
#define CONTAINER_HELD_H

#include "frameworks/container/state.h"

enum {
    HELD_MAX = 100000
};

struct held *held_new(void);
void held_free(struct held *h);

/* All that was told of it, until held_take(). */
void held_add(struct held *h, const struct mezzo_status *status);

/* The first that was added, valid until the next call; NULL: none. */
const struct mezzo_status *held_take(struct held *h);

/* Acknowledge `status`, when `request` is stored; at once if that is 0. */
void held_acknowledge(struct container *c,
                      const struct mezzo_status *status,
                      uint64_t request);
void held_stored(struct container *c, uint64_t request);

/* They will come again. */
void held_forget(struct held *h);

#endif
