/* state.h - what the calls of alloc.h and a run of pass.h both work on. */

#ifndef MASTER_ALLOC_STATE_H
#define MASTER_ALLOC_STATE_H

#include "master/alloc/alloc.h"
#include "master/alloc/asks.h"
#include "master/alloc/gained.h"
#include "master/alloc/keeps.h"

struct alloc {
    struct names names;
    struct attributes *attributes;
    struct pool *pool;
    struct roles *roles;
    struct filters *filters;
    struct views *views;
    struct shapes *shapes;
    struct clients *clients;
    struct asks *asks;
    struct ends *ends;
    struct backfill *backfill;
    struct keeps *keeps;
    enum alloc_order order;
    struct gained gained;
    uint64_t scale_serial; /* of which the order in the tree is */
    bool is_order_stale;   /* a weight has changed */
    bool is_work_left;     /* the last run ended before it was done */
    bool is_changed;       /* what came first may not any more */
    msec_t last_run;
    msec_t half_life;    /* of usage; 0: none is remembered */
    msec_t usage_at;     /* it was reckoned then */
    size_t usages_count; /* roles that have any */
    msec_t now;          /* of the run under way */
    int64_t steps;       /* it has left */
    uint64_t runs;
    uint64_t plans;
    uint64_t shortage_rounds;
    uint64_t gangs_count;       /* ever put together */
    struct alloc_grant *grants; /* of the run under way */
    size_t grants_count;
    size_t grants_size;
    struct arena *answers; /* what calls have returned */
    struct arena *trial;   /* lists made to be compared */
};

/* Every call that changes something starts here. */
static inline void state_change(struct alloc *a)
{
    arena_reset(a->answers);
    a->is_changed = true;
}

#endif
