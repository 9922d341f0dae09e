/* core.h - the container framework, as a state machine on the public API.
 *
 * It opens nothing and reads no clock: the shell runs the scheduler it is given
 * the callbacks of, and brings requests; the simulator does the same.  State is
 * in the library's store, and survives us. */

#ifndef CONTAINER_CORE_H
#define CONTAINER_CORE_H

#include "frameworks/container/state.h"

/* `options` and `hooks` must outlive it. */
struct container *container_new(const struct container_options *options,
                                const struct container_hooks *hooks,
                                void *arg);
void container_free(struct container *c);

/* For mezzo_scheduler_new(), with the container as `arg`; then it is told of
 * its scheduler before that runs. */
extern const struct mezzo_scheduler_callbacks container_callbacks;
void container_set_scheduler(struct container *c,
                             struct mezzo_scheduler *scheduler);

/* Whoever has changed something from outside lets it be acted on. */
void container_turn(struct container *c);

/* What was stored is known, so that requests make sense. */
bool container_is_ready(const struct container *c);

#endif
