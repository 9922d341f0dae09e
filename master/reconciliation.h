/* reconciliation.h - what a framework is told of its tasks when it asks. */

#ifndef MASTER_RECONCILIATION_H
#define MASTER_RECONCILIATION_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"

/* No tasks named: all that we know of the framework's. */
void reconciliation_answer(struct turn *t,
                           struct framework *framework,
                           const Mesos__V1__Scheduler__Call__Reconcile *call);

/* One task, of which the framework says that it is on that agent, or NULL. */
void reconciliation_answer_task(struct turn *t,
                                struct framework *framework,
                                const char *task_id,
                                const char *agent_id);

#endif
