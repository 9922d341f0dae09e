/* tasks.h - the life of a task, from its acceptance until it is forgotten.
 *
 * Each function is one thing that happens to it.  What happens to a task in a
 * phase in which it means nothing is ignored: answers cross. */

#ifndef AGENT_TASKS_H
#define AGENT_TASKS_H

#include "agent/launch.h"
#include "agent/orders.h"
#include "agent/roster.h"

/* It is accepted: journal that. */
void tasks_record(struct task *t, Mesos__V1__TaskInfo *info, struct step *step);

/* Prepare its run, after what was recorded is ordered to be written. */
void tasks_begin(struct task *t,
                 const Mesos__V1__TaskInfo *info,
                 struct step *step);

/* It cannot be begun, or answered for: it ends as `refusal` says. */
void tasks_refuse(struct task *t,
                  const struct refusal *refusal,
                  struct step *step);

/* Its gang starts: journal that, and start it. */
void tasks_go(struct task *t, struct step *step);

/* It was accepted, and is never started after all. */
void tasks_drop(struct task *t,
                const struct refusal *refusal,
                struct step *step);

/* What its machine and its journal report. */
void tasks_recorded(struct task *t, struct step *step);
void tasks_prepared(struct task *t,
                    const struct report *report,
                    struct step *step);
void tasks_image_ready(void *task, /* struct task */
                       const char *digest,
                       const char *fault,
                       struct step *step);
void tasks_launched(struct task *t,
                    const struct report *report,
                    struct step *step);
void tasks_exited(struct task *t,
                  const struct report *report,
                  struct step *step);
void tasks_reaped(struct task *t, struct step *step);
/* One of the three above, or that it is reaped. */
void tasks_report(struct task *t,
                  const struct report *report,
                  struct step *step);
void tasks_end_written(struct task *t, struct step *step);

/* Its end is acknowledged. */
void tasks_acknowledged(struct task *t, struct step *step);

/* It is to end, because of `cause`; it has a run of its own. */
void tasks_kill(struct task *t,
                enum end_cause cause,
                msec_t grace_ms,
                struct step *step);

/* It will be ended because of `cause`; true if it was not known before. */
bool tasks_set_cause(struct task *t,
                     enum end_cause cause,
                     msec_t grace_ms,
                     struct step *step);

/* It runs: begin to count its walltime. */
void tasks_count_walltime(struct task *t, struct step *step);

/* It will be killed for `cause` in `after_ms`, and is warned before, if it
 * wants to be. */
void tasks_recall(struct task *t,
                  enum end_cause cause,
                  msec_t after_ms,
                  struct step *step);

/* DUE_KILL, DUE_WARNING, DUE_START */
void tasks_kill_due(struct task *t, struct step *step);
void tasks_warning_due(struct task *t, struct step *step);
void tasks_start_due(struct task *t, struct step *step);

/* A status with all that does not depend on what has happened. */
Mesos__V1__TaskStatus *tasks_status(const struct task *t,
                                    enum task_state state,
                                    struct step *step);

/* It ends with `status`. */
void tasks_end(struct task *t,
               Mesos__V1__TaskStatus *status,
               ProtobufCBinaryData executor_uuid,
               struct step *step);

/* All that its machine held was lost when it was started anew. */
void tasks_lost(struct task *t, struct step *step);

/* A framework of which nothing is left is forgotten. */
void tasks_leave_framework(struct framework *f, struct step *step);

#endif
