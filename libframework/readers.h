/* readers.h - reads files of tasks from the agents that have them.
 *
 *     WAITING (for the task to start) -> WANTING (a ticket) -> ASKED
 *         -> OPEN (a stream on a link to the agent) -> ended
 *
 * A link that breaks sends its readers back to WANTING, after a while; they go
 * on at the byte where they were.  One link serves all readers of an agent and
 * is closed when it has had none for a while.  Pure; for schedulers and
 * operators alike. */

#ifndef LIBFRAMEWORK_READERS_H
#define LIBFRAMEWORK_READERS_H

#include <stdbool.h>

#include "base/effect.h"
#include "base/error.h"
#include "base/input.h"
#include "base/random.h"
#include "mezzo/task.h"
#include "proto/mesos.pb-c.h"

enum {
    READERS_CREDIT = 1 << 18,  /* bytes an agent may be ahead of us */
    READERS_TRIES_MAX = 8,     /* without a byte between them */
    READERS_TICKET_MS = 15000, /* to wait for one */
    READERS_PATH_MAX = 4096,
};

struct readers;

struct readers_callbacks {
    /* May the task be read already? */
    bool (*is_ready)(void *arg, const char *task_id);
    /* Have a ticket asked for; false: not now, again at the next flush. */
    bool (*ask_ticket)(void *arg,
                       const char *task_id,
                       Mesos__V1__TicketVerb verb);
    void (*output)(void *arg, const struct mezzo_output *output);
};

/* `callbacks`, `arg` and `random` are borrowed for its life. */
struct readers *readers_new(const struct readers_callbacks *callbacks,
                            void *arg,
                            struct random *random);
void readers_free(struct readers *r);

/* -EINVAL, -ENOSPC */
int readers_open(struct readers *r,
                 const struct mezzo_read *read,
                 uint64_t *reader,
                 struct error *err);

/* -ENOENT */
int readers_close(struct readers *r, uint64_t reader, struct error *err);

size_t readers_count(const struct readers *r);

/* A ticket, for all that asked for one; without `endpoint`: there is none, for
 * `reason`. */
struct readers_ticket {
    const char *task_id;
    Mesos__V1__TicketVerb verb;
    const char *endpoint;
    const char *key;
    ProtobufCBinaryData bytes;
    const char *reason;
    bool comes_later; /* the agent is away: to be asked for again */
};
void readers_take_ticket(struct readers *r,
                         const struct readers_ticket *ticket,
                         msec_t now);

/* Who is asked for tickets has gone, or is there again. */
void readers_pause(struct readers *r);
void readers_resume(struct readers *r);

/* The task has started, or ended. */
void readers_task_changed(struct readers *r, const char *task_id);

/* Is the peer one of our links?  Then the input was for us. */
bool readers_receive(struct readers *r,
                     const struct input *input,
                     msec_t now,
                     struct effects *fx);
bool readers_link_ended(struct readers *r,
                        const struct input *input,
                        msec_t now);

/* Do what is due. */
void readers_flush(struct readers *r, msec_t now, struct effects *fx);

msec_t readers_deadline(const struct readers *r);

#endif
