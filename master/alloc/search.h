/* search.h - which agent may serve whom. */

#ifndef MASTER_ALLOC_SEARCH_H
#define MASTER_ALLOC_SEARCH_H

#include "master/alloc/state.h"

/* Is there something on the agent to be offered to the client as it is? */
bool search_offer_fits(struct alloc *a,
                       const struct client *client,
                       const struct agent *agent);

/* The next agent for which that is so. */
enum pool_found search_offer(struct alloc *a,
                             struct client *client,
                             int64_t *steps,
                             struct agent **found);

/* Can the agent take one more of the slot?  Where it matters how the slot is
 * spread, search_reckon() comes first. */
void search_reckon(struct slot *slot);
bool search_slot_fits(struct alloc *a,
                      const struct ask *ask,
                      const struct slot *slot,
                      const struct agent *agent);

enum pool_found search_slot(struct alloc *a,
                            const struct ask *ask,
                            struct slot *slot,
                            int64_t *steps,
                            struct agent **found);

#endif
