/* updates.h - a framework's stream of updates: each is journaled, then sent,
 * and sent again until it is acknowledged.
 *
 * A stream is sent in its order: an acknowledgement of all up to a number must
 * not cover what was never sent.  At most UPDATES_WINDOW_MAX of it are on
 * their way. */

#ifndef AGENT_UPDATES_H
#define AGENT_UPDATES_H

#include "agent/roster.h"
#include "proto/wire.pb-c.h"

enum {
    UPDATES_WINDOW_MAX = 1000,
    UPDATES_OF_TASK_MAX = 64, /* unacknowledged; then only its end is taken */
    UPDATES_BYTES_MAX = 64 << 20, /* of a framework; then without their data */
    UPDATES_RESEND_MIN_MS = 10000,
    UPDATES_RESEND_MAX_MS = 600000,
};

struct update;

/* The next update of `task`, which becomes `status->state`: numbered, stamped
 * and journaled, with a sync if it is an end.  `executor_uuid` is what the
 * executor called it, or empty. */
void updates_make(struct task *task,
                  Mesos__V1__TaskStatus *status,
                  ProtobufCBinaryData executor_uuid,
                  struct step *step);

/* SCRIBE_UPDATE: it is on disk, and may be told.  Valid until the next call. */
struct update_written {
    struct task *task;
    enum task_state state;
    ProtobufCBinaryData executor_uuid;
};
struct update_written updates_written(struct scribe_wait *wait,
                                      struct step *step);

/* `uuid` of `task_id`, or all up to it, have been acknowledged.  The tasks
 * whose end was among them, in `*ended`, are to be forgotten when they may be.
 */
size_t updates_acknowledge(struct framework *f,
                           const Mezzo__AgentEvent__Acknowledge *acknowledge,
                           struct step *step,
                           struct task ***ended);

/* Drop what is left of the task's, and journal that its end was taken. */
void updates_forget(struct task *task, struct step *step);

/* Somebody listens anew, a master or one framework: everything is to be sent
 * from the beginning. */
void updates_restart(struct step *step);
void updates_send_again(struct framework *f, struct step *step);

/* DUE_RESEND */
void updates_resend(struct update_stream *stream, struct step *step);

/* Begin with a new number: updates that were sent may not have been journaled,
 * and theirs must not be used again. */
void updates_renew(struct framework *f, struct step *step);

/* Free the stream; without its tasks it has no updates. */
void updates_close(struct framework *f, struct deadlines *deadlines);

/* What the journal says. */
void updates_replay(struct task *task, const Mesos__V1__TaskStatus *status);
void updates_replay_stream(struct framework *f,
                           uint64_t number,
                           uint64_t sequence_next);
/* The task whose end this was, or NULL. */
struct task *updates_replay_acknowledgement(
    struct framework *f, const Mezzo__Record__Journal__Acknowledgement *a);

/* What the journal should say: of the stream, if there is one; and the first
 * update for NULL, then the next. */
bool updates_stream_record(const struct framework *f,
                           Mezzo__Record__Journal *record,
                           struct arena *arena);
const struct update *updates_next(const struct framework *f,
                                  const struct update *after,
                                  Mezzo__Record__Journal *record,
                                  struct arena *arena);

#endif
