/* launch.h - a run as an ask, and as a task. */

#ifndef CONTAINER_LAUNCH_H
#define CONTAINER_LAUNCH_H

#include "frameworks/container/state.h"

/* Ask for what a wanted run needs, if its record is safe and nobody has. */
/* Only for as long as it may be picky; then it is asked for again, anywhere. */
void launch_ask_anywhere(struct container *c, struct run *r);
void launch_ask(struct container *c, struct run *r);

/* An offer for it: it is launched, now or when it is safe where its volumes
 * are. */
void launch_offer(struct container *c,
                  struct run *r,
                  const struct mezzo_offer *offer);

/* One for nothing that is wanted: an earlier process of ours has asked. */
void launch_refuse(struct container *c, const struct mezzo_offer *offer);

/* Some request of ours is stored. */
void launch_stored(struct container *c, uint64_t request);

/* Its offer, if it is still kept, is no more. */
void launch_rescinded(struct container *c, const char *offer_id);

/* Where its volumes are; NULL: they are not, or it has none. */
const char *launch_host(const struct run *r);

#endif
