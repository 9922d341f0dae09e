/* drains.h - an agent is emptied, on an operator's word: stored first, so that
 * it goes on whoever leads. */

#ifndef MASTER_DRAINS_H
#define MASTER_DRAINS_H

#include "master/state.h"

/* What runs on it is recalled, and killed after `grace_ms`. */
void drains_begin(struct turn *t,
                  struct agent *agent,
                  msec_t grace_ms,
                  bool is_gone_then);

/* It takes part as others do, also if it was only deactivated. */
void drains_end(struct turn *t, struct agent *agent);

/* No offers, but what runs on it stays. */
void drains_deactivate(struct turn *t, struct agent *agent);

/* DEADLINE_DRAIN */
void drains_due(struct turn *t, struct agent *agent);

#endif
