/* outbox.h - what one step says to whom, gathered into few frames.
 *
 * Records to one peer keep their order; at the end of the step each peer gets
 * one frame, or several where a bound is reached.  What is posted to a mailbox
 * without a peer is dropped: whoever is not there reconciles later. */

#ifndef MASTER_OUTBOX_H
#define MASTER_OUTBOX_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/effect.h"
#include "proto/wire.pb-c.h"

enum mailbox_kind {
    MAILBOX_AGENT,     /* records are mezzo.AgentEvent */
    MAILBOX_FRAMEWORK, /* records are mesos.v1.scheduler.Event */
};

struct mailbox {
    TAILQ_ENTRY(mailbox) entry;
    enum mailbox_kind kind;
    const char *id;   /* of the agent or framework; borrowed */
    const char *peer; /* its owner keeps it right; NULL: no link */
    void **records;   /* of this step, in its arena */
    size_t count;
    size_t capacity;
};

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox *o);

void outbox_open(struct mailbox *box, enum mailbox_kind kind, const char *id);

/* `record` is the arena's. */
void outbox_post(struct outbox *o,
                 struct mailbox *box,
                 struct arena *arena,
                 void *record);

/* Send what was posted; what comes after is sent after. */
void outbox_flush(struct outbox *o, struct effects *fx);

/* Forget what was posted to `box`, whose owner is being freed. */
void outbox_drop(struct outbox *o, struct mailbox *box);

#endif
