/* subscription.h - how a scheduler becomes known to a master. */

#ifndef LIBFRAMEWORK_SUBSCRIPTION_H
#define LIBFRAMEWORK_SUBSCRIPTION_H

#include "libframework/scheduler.h"

/* Say who we are, as the first thing on a new link. */
void subscription_ask(struct mezzo_scheduler *s, struct effects *fx);

/* The master has answered, and our id is safe. */
void subscription_made(struct mezzo_scheduler *s, struct effects *fx);

/* Ask to be forgotten. */
void subscription_tear_down(struct mezzo_scheduler *s);

#endif
