/* search.h - which agent may serve whom. */

#ifndef MASTER_ALLOC_SEARCH_H
#define MASTER_ALLOC_SEARCH_H

#include "master/alloc/state.h"

/* Is there something on the agent to be offered to the client as it is? */
bool search_offer_fits(struct alloc *a,
                       struct client *client,
                       const struct agent *agent);

/* The next agent for which that is so. */
enum pool_found search_offer(struct alloc *a,
                             struct client *client,
                             int64_t *steps,
                             struct agent **found);

/* Has the agent what is scarce, which somebody asks for, and this slot (NULL: a
 * classic offer) does not? */
bool search_is_spared(const struct alloc *a,
                      const struct slot *slot,
                      const struct agent *agent);

/* May the slot be on the agent, but for what is free and how it is spread? */
bool search_may_be_on(struct alloc *a,
                      const struct ask *ask,
                      const struct slot *slot,
                      const struct agent *agent);

/* Can the agent take one more of the slot?  Where it matters how that is
 * spread, slot_reckon() comes first. */
bool search_slot_fits(struct alloc *a,
                      const struct ask *ask,
                      struct slot *slot,
                      const struct agent *agent);

enum pool_found search_slot(struct alloc *a,
                            const struct ask *ask,
                            struct slot *slot,
                            int64_t *steps,
                            struct agent **found);

#endif
