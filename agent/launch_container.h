/* launch_container.h - a ContainerInfo as what is ordered for its run. */

#ifndef AGENT_LAUNCH_CONTAINER_H
#define AGENT_LAUNCH_CONTAINER_H

#include "agent/orders.h"
#include "agent/refusal.h"
#include "agent/roster.h"

bool launch_is_container(const Mesos__V1__ContainerInfo *info);

/* Is there anything in it that this agent cannot do? */
bool launch_refuses_container(const Mesos__V1__TaskInfo *task,
                              const struct agent_options *options,
                              struct refusal *refusal);

/* Of a container that was not refused. */
void launch_image(const Mesos__V1__ContainerInfo *info,
                  const struct agent_options *options,
                  struct arena *arena,
                  struct order_image *image);

/* NULL when the task is a plain process. */
const struct order_container *launch_container(const struct task *task,
                                               const Mesos__V1__TaskInfo *info,
                                               struct step *step);

/* What a status tells of it, once its image is known. */
Mesos__V1__ContainerStatus *launch_container_status(const struct task *t,
                                                    struct arena *arena);

#endif
