/* health.h - when a task is looked at, and what that says of it: nothing while
 * it is young and fails; well after one success; unwell after so many failures
 * in a row.  The machine does the looking.
 *
 * Until it is well for the first time it is looked at every second, if its
 * interval is longer: whoever waits for it need not wait for that. */

#ifndef AGENT_HEALTH_H
#define AGENT_HEALTH_H

#include "agent/orders.h"
#include "agent/refusal.h"
#include "agent/roster.h"

/* Is there a check that this agent cannot do? */
bool health_refuses(const Mesos__V1__TaskInfo *task, struct refusal *refusal);

/* Its process is there, as its machine has just said. */
void health_start(struct task *t, struct step *step);

/* DUE_HEALTH */
void health_due(struct task *t, struct step *step);

/* CHECKED */
void health_report(const struct report *report, struct step *step);

#endif
