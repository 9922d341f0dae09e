/* volumes.h - volumes by name: what they are called on the agent, and which a
 * task is to remove. */

#ifndef AGENT_VOLUMES_H
#define AGENT_VOLUMES_H

#include "agent/refusal.h"
#include "agent/roster.h"

bool volumes_is_name(const char *name);

/* USER/NAME: they belong to the user whom their tasks run as. */
const char *volumes_directory(const char *user,
                              const char *name,
                              struct arena *arena);

/* A volume that it is to remove has no name, or another task has it. */
bool volumes_refuses(const struct task *task,
                     const Mesos__V1__TaskInfo *info,
                     struct step *step,
                     struct refusal *refusal);

/* Those that it is to remove, NULL at the end; NULL: none. */
const char *const *volumes_removed(const struct task *task,
                                   const Mesos__V1__TaskInfo *info,
                                   struct step *step);

#endif
