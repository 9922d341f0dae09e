/* verdict.h - what the end of a run means for a task. */

#ifndef AGENT_VERDICT_H
#define AGENT_VERDICT_H

#include "agent/orders.h"
#include "agent/roster.h"

/* State, reason and message of a task that we end because of `cause`. */
void verdict_of_cause(Mesos__V1__TaskStatus *status, enum end_cause cause);

/* The same of one whose process has ended as `report` says, while `cause` may
 * be END_NONE; with what it used. */
void verdict_of_exit(Mesos__V1__TaskStatus *status,
                     const struct report *report,
                     const struct task *task,
                     struct step *step);

/* Its executor has told its end, but had lost a process to the limit of its
 * memory. */
void verdict_of_memory(Mesos__V1__TaskStatus *status);

/* Why a task is being ended, and back, as the journal has it. */
bool verdict_reason_of(enum end_cause cause,
                       Mesos__V1__TaskStatus__Reason *reason);
enum end_cause verdict_cause_of(bool has_reason,
                                Mesos__V1__TaskStatus__Reason reason);

#endif
