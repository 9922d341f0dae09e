/* tasks.h - the framework's tasks that have not ended, as far as it knows; what
 * is still to be asked or said about them.
 *
 * In the order in which they became known.  Pure. */

#ifndef LIBFRAMEWORK_TASKS_H
#define LIBFRAMEWORK_TASKS_H

#include "base/task_state.h"
#include "libframework/backoff.h"
#include "libframework/outbox.h"

enum {
    TASKS_ENDED_MAX = 10000,   /* remembered, so that none ends twice */
    TASKS_PER_CALL_MAX = 1000, /* asked for in one reconciliation */
    TASKS_CALLS_MAX = 100,     /* of them at once */
    TASKS_WAIT_MS = 1000,      /* for answers; doubled with each round ... */
    TASKS_WAIT_MAX_MS = 60000, /* ... up to this */
};

struct tasks;

struct tasks *tasks_new(void);
void tasks_free(struct tasks *t);

size_t tasks_count(const struct tasks *t);
bool tasks_is_known(const struct tasks *t, const char *task_id);

/* Of a task that has not ended. */
bool tasks_find_state(const struct tasks *t,
                      const char *task_id,
                      enum task_state *state);

/* It is launched; it must not be known. */
void tasks_add(struct tasks *t, const char *task_id, const char *agent_id);

/* It is not launched after all; it must be known. */
void tasks_remove(struct tasks *t, const char *task_id);

/* Was it seen to end, not too long ago?  Then nothing is news about it. */
bool tasks_has_ended(const struct tasks *t, const char *task_id);

/* A status has come and is going to be shown. */
void tasks_note(struct tasks *t,
                const char *task_id,
                const char *agent_id,
                enum task_state state);

/* The master says that it has ended, but knows no more than that: true if we
 * can wait for what the agent has to tell.  It is asked for again, and the next
 * answer will have to do. */
bool tasks_defer_end(struct tasks *t,
                     const char *task_id,
                     const char *agent_id,
                     msec_t now);

/* It has been shown: one that has ended is only remembered as such. */
void tasks_settle(struct tasks *t, const char *task_id, enum task_state state);

/* Have it killed; one that is not known is asked for, too.  Said by the next
 * tasks_flush(), and again after tasks_reconcile(), as long as it has not
 * ended.  `grace_ms` may be -1. */
void tasks_kill(struct tasks *t, const char *task_id, int64_t grace_ms);

/* There is a new link: ask for all, until each is answered. */
void tasks_reconcile(struct tasks *t, msec_t now);

/* Nobody is there to be asked. */
void tasks_pause(struct tasks *t);

/* Put into `o` what is due to be asked and said. */
void tasks_flush(struct tasks *t,
                 struct outbox *o,
                 const char *framework_id,
                 msec_t now,
                 struct random *random);

/* Only while there is someone to be asked. */
msec_t tasks_deadline(const struct tasks *t);

#endif
