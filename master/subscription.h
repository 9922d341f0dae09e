/* subscription.h - how frameworks come, go, and end. */

#ifndef MASTER_SUBSCRIPTION_H
#define MASTER_SUBSCRIPTION_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"

/* Each of these may end the link. */
void subscription_subscribe(struct turn *t,
                            const Mesos__V1__FrameworkID *id,
                            const Mesos__V1__Scheduler__Call__Subscribe *call);
void subscription_update(
    struct turn *t,
    struct framework *framework,
    const Mesos__V1__Scheduler__Call__UpdateFramework *call);

void subscription_link_ended(struct turn *t, struct framework *framework);

/* We have just taken over, and it is not back yet: its deadline still holds. */
void subscription_resume_absence(struct turn *t, struct framework *framework);

/* Kill its tasks and forget it; it is told why, if it is there. */
void subscription_tear_down(struct turn *t,
                            struct framework *framework,
                            const char *why);

/* It is not here, but an agent runs its tasks: take it up as disconnected, or
 * as ended if it has. */
struct framework *subscription_recover(struct turn *t,
                                       const Mesos__V1__FrameworkInfo *info);

/* After a task or executor of it has gone: forget it, if it was the last of an
 * ended framework. */
void subscription_finish(struct turn *t, struct framework *framework);

/* Its suppressed roles have changed. */
void subscription_suppress(struct turn *t,
                           struct framework *framework,
                           char *const *roles,
                           size_t count,
                           bool is_suppressed);

#endif
