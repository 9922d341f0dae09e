/* dialogue.h - what executors and their agent say to each other.
 *
 * An executor's link begins with its token and SUBSCRIBE.  While it has none,
 * what it should know waits in the roster, and is said when it subscribes. */

#ifndef AGENT_DIALOGUE_H
#define AGENT_DIALOGUE_H

#include "agent/roster.h"
#include "proto/wire.pb-c.h"

/* FRAME_EXECUTOR_CALLS from `peer`.  What makes no sense ends its link. */
void dialogue_receive(const char *peer,
                      const Mezzo__ExecutorCalls *calls,
                      struct step *step);

/* The executor whose link that was, or NULL. */
struct executor *dialogue_link_ended(const char *peer, struct step *step);

/* Give it `t`, if it listens and `t` is journaled. */
void dialogue_deliver(struct task *t, struct step *step);

/* Have it end `t`. */
void dialogue_kill(struct task *t, struct step *step);

/* What it called `uuid` is journaled. */
void dialogue_acknowledge(const struct task *t,
                          ProtobufCBinaryData uuid,
                          struct step *step);

/* From its scheduler. */
void dialogue_message(struct executor *e,
                      ProtobufCBinaryData data,
                      struct step *step);

/* Ask it to end. */
void dialogue_shut_down(struct executor *e, struct step *step);

/* It has ended: so does its link. */
void dialogue_close(struct executor *e, struct step *step);

#endif
