/* asks.h - what frameworks declare that they want: kept with the framework,
 * given to the allocator, and brought up to date as offers are used. */

#ifndef MASTER_ASKS_H
#define MASTER_ASKS_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"

/* Puts and withdraws; what is malformed is refused with the field's name. */
void asks_request(struct turn *t,
                  struct framework *framework,
                  const Mesos__V1__Scheduler__Call__Request *call);

/* Into that allocator, for a framework in the ask's role.  -EINVAL with the
 * field's name, -ENOSPC. */
int asks_put_into(struct turn *t,
                  struct alloc *alloc,
                  const char *framework_id,
                  const Mesos__V1__Ask *ask,
                  struct error *err);

/* The framework was loaded: the allocator is to know what it wants. */
void asks_resume(struct turn *t, const struct framework *framework);

/* The offer is used, or is no more: what it placed is wanted no longer, the
 * rest again.  Before its resources are given back. */
void asks_settle(struct turn *t, struct offer *offer);

#endif
