/* removals.h - a project that goes with its volumes: on each host that has
 * some, a small task that agents remove them for.
 *
 * What is removed is forgotten when its task has ended well; whatever happens
 * before, it is done again, which does no harm. */

#ifndef CONTAINER_REMOVALS_H
#define CONTAINER_REMOVALS_H

#include "frameworks/container/state.h"

/* Nothing of it runs any more.  True: all of its volumes are gone. */
bool removals_step(struct container *c,
                   struct container_project *p,
                   msec_t now);

void removals_free(struct container *c, struct container_project *p);

/* An offer for, a status of a task of ours: true.  Of any other: false. */
bool removals_offer(struct container *c, const struct mezzo_offer *offer);
bool removals_status(struct container *c, const struct mezzo_status *status);

#endif
