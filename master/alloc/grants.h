/* grants.h - what the run under way has given. */

#ifndef MASTER_ALLOC_GRANTS_H
#define MASTER_ALLOC_GRANTS_H

#include "master/alloc/state.h"

/* All that the client may use of the agent. */
void grants_offer(struct alloc *a,
                  struct client *client,
                  struct agent *agent,
                  struct arena *arena);

/* The slot, so many times, of the agent, which must have it. */
void grants_slot(struct alloc *a,
                 struct ask *ask,
                 struct slot *slot,
                 uint32_t times,
                 struct agent *agent,
                 struct arena *arena);

/* What need_take() has taken: count it, and grant it. */
void grants_record(struct alloc *a,
                   struct ask *ask,
                   struct slot *slot,
                   uint32_t times,
                   struct agent *agent,
                   const struct resources *taken,
                   struct arena *arena);

#endif
