/* muster.h - gangs from the launch of their tasks to their start.
 *
 * The start is stored before the first agent hears of it: who leads after us
 * then tells the others, and of what is not stored, that it never starts. Until
 * the start nothing of it has run; afterwards a loss is the framework's. */

#ifndef MASTER_MUSTER_H
#define MASTER_MUSTER_H

#include "master/state.h"
#include "proto/wire.pb-c.h"

struct gang_member;

/* An agent says how far it is. */
void muster_told(struct turn *t,
                 struct agent *agent,
                 const Mezzo__AgentCall__Gang *call);

/* A task has ended, before its gang is started: it never will be. */
void muster_task_ended(struct turn *t, struct task *task, const char *why);

/* DEADLINE_GANG: an agent has not answered in time. */
void muster_expire(struct turn *t, struct gang_member *member);

/* The agent's link has ended; it is registered, again; it is lost. */
void muster_agent_silent(struct turn *t, const struct agent *agent);
void muster_agent_back(struct turn *t, struct agent *agent);
void muster_agent_lost(struct turn *t,
                       const struct agent *agent,
                       bool is_for_good);

/* What is not started yet never will be. */
void muster_withdraw(struct turn *t,
                     const struct framework *framework,
                     const char *ask_id);
/* The framework has ended: its tasks are being killed. */
void muster_end_framework(struct turn *t, const struct framework *framework);

#endif
