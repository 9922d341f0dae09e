/* plan.h - a gang, all of it, laid out on agents, before anything is taken.
 *
 * Who makes a plan says of each agent how much is there for it, now or at some
 * other time, and in which order the agents are to be used. */

#ifndef MASTER_ALLOC_PLAN_H
#define MASTER_ALLOC_PLAN_H

#include "master/alloc/state.h"

struct piece {
    struct agent *agent;
    struct slot *slot;
    uint32_t times;
};

struct plan {
    struct ask *ask;
    bool is_now; /* else for when more is free */
    uint64_t serial;
    struct agent **line; /* to be used in this order */
    size_t line_count;
    size_t line_size;
    struct piece *pieces;
    size_t pieces_count;
    size_t pieces_size;
    uint64_t capacity[ALLOC_SLOTS_MAX]; /* of the line, each slot for itself */
};

void plan_init(struct plan *p, struct alloc *a, struct ask *ask, bool is_now);
void plan_release(struct plan *p);

/* At the end of the line, with so much left; nothing, when it is in it. */
void plan_add(struct plan *p, struct agent *agent, const struct quantity *left);

bool plan_has(const struct plan *p, const struct agent *agent);

/* So much more will be left, at `at`, of one that is in the line. */
void plan_add_more(struct plan *p,
                   struct agent *agent,
                   const struct quantity *more,
                   msec_t at);

/* Could each slot's min, for itself, be there? */
bool plan_is_promising(const struct plan *p);

/* Lay all slots' min out on the agents `line[0]` to `line[count - 1]`; the
 * pieces are the result.  False when it does not fit. */
bool plan_fill(struct plan *p,
               struct alloc *a,
               struct agent *const *line,
               size_t count);

/* How often the slot fits into `left`. */
uint32_t plan_times(const struct slot *slot, const struct quantity *left);

#endif
