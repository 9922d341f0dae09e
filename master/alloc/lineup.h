/* lineup.h - the agents that a gang could be on, in the order of the pool. */

#ifndef MASTER_ALLOC_LINEUP_H
#define MASTER_ALLOC_LINEUP_H

#include "master/alloc/plan.h"

/* Could some slot of it be on the agent, if that were free? */
bool lineup_may_ever_be_on(const struct ask *ask, const struct agent *agent);

/* Put those that have room for any slot of the plan's gang into its line: with
 * what the gang may have of them now (and no more of them than are enough), or,
 * for a plan of later, with all that is free. */
void lineup_make(struct alloc *a, struct plan *plan);

#endif
