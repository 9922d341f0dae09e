/* slot.h - one shape of an ask, and how far it is served. */

#ifndef MASTER_ALLOC_SLOT_H
#define MASTER_ALLOC_SLOT_H

#include "master/alloc/need.h"
#include "master/alloc/shapes.h"
#include "master/alloc/spread.h"
#include "master/alloc/views.h"

struct slot {
    struct need need;
    uint32_t count;
    uint32_t min; /* of a gang, all at once */
    uint32_t placed;
    uint32_t granted; /* and neither placed nor returned */
    struct view *view;
    struct shape *shape;
    struct spread *spreads;
    size_t spreads_count;
    bool is_scarce; /* it wants what few agents have, and is in this list: */
    LIST_ENTRY(slot) of_scarce;
    bool is_stuck;
    bool is_bound; /* found something, but that is kept for a gang */
    struct pool_cursor cursor; /* without a list in its view, or a view */
    uint64_t list_layout;
    uint32_t list_next;
};

static inline uint32_t slot_pending(const struct slot *s)
{
    return s->count - s->placed - s->granted;
}

#endif
