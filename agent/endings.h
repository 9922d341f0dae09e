/* endings.h - what is to end, whoever runs it: one task, all of a framework,
 * all that is fenced, everything. */

#ifndef AGENT_ENDINGS_H
#define AGENT_ENDINGS_H

#include "agent/roster.h"
#include "proto/wire.pb-c.h"

/* What the master says. */
void endings_kill(const Mezzo__AgentEvent__Kill *kill, struct step *step);
void endings_shut_down_framework(const char *framework_id, struct step *step);
void endings_shut_down_executor(
    const Mezzo__AgentEvent__ShutdownExecutor *shutdown, struct step *step);

/* DUE_RECALL */
void endings_recall(struct task *t, struct step *step);

/* DUE_WALLTIME */
void endings_walltime(struct task *t, struct step *step);

/* No master answered: what is fenced must be gone in `left_ms`. */
void endings_fence(msec_t left_ms, struct step *step);

/* That time is over. */
void endings_fence_executors(struct step *step);

/* The agent is not wanted any more. */
void endings_kill_all(struct step *step);

/* Is there anything that runs? */
bool endings_are_over(const struct roster *r);

#endif
