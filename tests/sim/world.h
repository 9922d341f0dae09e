/* world.h - virtual time, and all that happens in it, from one seed.
 *
 * What happens is an event: it lives in what it happens to, is due once, and
 * may be moved.  Events of one instant happen in the order in which they were
 * set.  The wall clock is an offset, which nothing may depend on.
 *
 * Trace    one line for each thing worth telling, without any wall clock time,
 *          so that two runs of one seed can be compared byte by byte.
 * Failure  world_fail() is how a broken promise ends a run: the first is kept,
 *          and nothing happens any more. */

#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/deadlines.h"

struct world;
struct event;

typedef void event_f(struct event *event);

struct event {
    struct deadline deadline;
    event_f *happen;
    void *arg; /* for `happen` */
};

struct world_options {
    uint64_t seed;
    msec_t wall; /* what the wall clock says at the beginning */
    FILE *trace; /* NULL: none */
};

struct world *world_new(const struct world_options *options);

/* Events that are still set are forgotten; who owns them frees them. */
void world_free(struct world *w);

msec_t world_now(const struct world *w);
msec_t world_wall(const struct world *w);

/* The wall clock is set, by so much. */
void world_jump_wall(struct world *w, msec_t ms);

/* For the step that is under way; whoever makes one resets it. */
struct arena *world_arena(const struct world *w);

void world_set(struct world *w, struct event *event, msec_t due);
void world_cancel(struct world *w, struct event *event);

/* Let the next event happen, if there is one by `end`.  Else it is `end` now,
 * and the answer false; so it is after a failure. */
bool world_turn(struct world *w, msec_t end);

/* From 0 to `bound` - 1; `bound` > 0. */
uint64_t world_random(struct world *w, uint64_t bound);

/* From `least` to `most`, both included. */
msec_t world_between(struct world *w, msec_t least, msec_t most);

/* True `percent` times of 100. */
bool world_chance(struct world *w, unsigned percent);

bool world_is_traced(const struct world *w);
__attribute__((format(printf, 2, 3))) void world_trace(struct world *w,
                                                       const char *format,
                                                       ...);

__attribute__((format(printf, 2, 3))) void world_fail(struct world *w,
                                                      const char *format,
                                                      ...);

/* What the first failure said, or NULL. */
const char *world_failure(const struct world *w);

#endif
