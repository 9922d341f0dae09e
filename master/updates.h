/* updates.h - what becomes of tasks: updates on their way to frameworks,
 * acknowledgements on their way to agents, kills. */

#ifndef MASTER_UPDATES_H
#define MASTER_UPDATES_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"
#include "proto/wire.pb-c.h"

void updates_received(struct turn *t,
                      struct agent *agent,
                      const Mezzo__AgentCall__Update *update);

void updates_acknowledge(struct turn *t,
                         struct framework *framework,
                         const Mesos__V1__Scheduler__Call__Acknowledge *call);

/* Kill it now, or when its agent is back. */
void updates_kill(struct turn *t,
                  struct task *task,
                  Mesos__V1__KillPolicy *policy);

void updates_executor_ended(struct turn *t,
                            struct agent *agent,
                            const Mezzo__AgentCall__ExecutorEnded *call);

#endif
