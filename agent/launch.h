/* launch.h - a TaskInfo or an ExecutorInfo as what is ordered for its run. */

#ifndef AGENT_LAUNCH_H
#define AGENT_LAUNCH_H

#include "agent/orders.h"
#include "agent/refusal.h"
#include "agent/roster.h"

/* Is there anything in `task` that this agent cannot do?  `executor` is whose
 * task it is, or NULL. */
bool launch_refuses(const Mesos__V1__TaskInfo *task,
                    const Mesos__V1__ExecutorInfo *executor,
                    const Mesos__V1__FrameworkInfo *framework,
                    const struct agent_options *options,
                    struct refusal *refusal);

/* Whom it runs as, in the step's arena; NULL: as the agent. */
const char *launch_user(const Mesos__V1__CommandInfo *command,
                        const Mesos__V1__FrameworkInfo *framework,
                        struct step *step);

/* ORDER_PREPARE's part. */
void launch_prepare(struct order *order,
                    const Mesos__V1__CommandInfo *command,
                    const Mesos__V1__FrameworkInfo *framework,
                    struct step *step);

/* ORDER_LAUNCH's part.  The infos were not refused. */
void launch_task(struct order *order,
                 const struct task *task,
                 const Mesos__V1__TaskInfo *info,
                 struct step *step);
void launch_executor(struct order *order,
                     const struct executor *executor,
                     const Mesos__V1__ExecutorInfo *info,
                     struct step *step);

/* What a task's memory is limited to, in bytes; 0: nothing. */
int64_t launch_memory_bytes(const Mesos__V1__TaskInfo *info,
                            const struct resources *resources);

#endif
