/* scarce.h - who asks for what few agents have: while anybody does that could
 * ever be served, these agents are kept for such asks. */

#ifndef MASTER_ALLOC_SCARCE_H
#define MASTER_ALLOC_SCARCE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "master/alloc/pool.h"

struct slot;

LIST_HEAD(scarce_slots, slot);

/* Embedded; zeroed is empty. */
struct scarce {
    struct scarce_slots slots;
    bool is_wanted;  /* by one that some agent could serve */
    bool is_stale;   /* one has come or gone */
    uint64_t serial; /* of the pool, as it was looked at */
    msec_t at;
};

void scarce_add(struct scarce *s, struct slot *slot);
void scarce_remove(struct scarce *s, struct slot *slot);

/* Look again, when something has changed; true: so has `is_wanted`. */
bool scarce_review(struct scarce *s, struct pool *pool, msec_t now);

#endif
