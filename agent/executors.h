/* executors.h - programs that frameworks bring to run their tasks.
 *
 * One is started with the first of its tasks, subscribes over the agent's ipc
 * socket with the token of its environment, is given its tasks, and tells what
 * becomes of them.  When it ends, so do those that have not. */

#ifndef AGENT_EXECUTORS_H
#define AGENT_EXECUTORS_H

#include "agent/orders.h"
#include "agent/roster.h"

/* `t` is accepted and recorded; `e` is to be started if it is new. */
void executors_add_task(struct executor *e, struct task *t);

/* Journal that it will be there, and prepare its run once that is ordered. */
void executors_record(struct executor *e, struct step *step);
void executors_begin(struct executor *e, struct step *step);

/* No further task is taken. */
bool executors_is_ending(const struct executor *e);

/* A token that nobody can guess, for the executor `key`. */
void executors_make_token(const char *key,
                          char token[TOKEN_SIZE],
                          struct step *step);

/* What its machine and its journal report. */
void executors_recorded(struct executor *e, struct step *step);
/* PREPARED, LAUNCHED, EXITED, REAPED */
void executors_report(struct executor *e,
                      const struct report *report,
                      struct step *step);
void executors_end_written(struct executor *e, struct step *step);
/* All that its machine held was lost when it was started anew. */
void executors_lost(struct executor *e, struct step *step);

/* The link of `peer` has ended; maybe it was an executor's. */
void executors_link_ended(const char *peer, struct step *step);

/* A task of its is to end. */
void executors_kill_task(struct task *t,
                         enum end_cause cause,
                         msec_t grace_ms,
                         struct step *step);

/* Its only work was dropped before it was sent any: it is to end. */
void executors_stop_if_unused(struct executor *e, struct step *step);

/* It is to end: it is asked, and killed when it has not after `grace_ms`. */
void executors_stop(struct executor *e,
                    enum end_cause cause,
                    msec_t grace_ms,
                    struct step *step);

/* DUE_SUBSCRIBE, DUE_EXECUTOR */
void executors_subscribe_due(struct executor *e, struct step *step);
void executors_kill_due(struct executor *e, struct step *step);

#endif
