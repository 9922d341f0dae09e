/* errands.h - an executor's tasks, and the updates of them that the agent has
 * not acknowledged.  Both in the order in which they came.  Pure. */

#ifndef LIBFRAMEWORK_ERRANDS_H
#define LIBFRAMEWORK_ERRANDS_H

#include "base/effect.h"
#include "base/error.h"
#include "base/uuid.h"
#include "mezzo/task.h"
#include "proto/executor.pb-c.h"

enum {
    ERRANDS_REPEATED_SIZE_MAX = FRAME_SIZE_MAX / 2, /* in a subscription */
};

struct errands;

/* `stream` is the number of its updates' stream. */
struct errands *errands_new(uint64_t stream);
void errands_free(struct errands *r);

/* False when the task is known already. */
bool errands_add(struct errands *r, const Mesos__V1__TaskInfo *info);

/* Is it there, and has not ended? */
bool errands_has(const struct errands *r, const char *task_id);

/* Remember what is said of a task, until it is acknowledged. */
void errands_say(struct errands *r, Mesos__V1__TaskStatus *status);

/* The agent has it. */
void errands_acknowledge(struct errands *r,
                         const uint8_t *uuid,
                         size_t uuid_size);

size_t errands_unacknowledged(const struct errands *r);

/* There is a new link: what was not acknowledged is to be said again, as far as
 * it fits in a SUBSCRIBE in that. */
void errands_repeat(struct errands *r,
                    Mesos__V1__Executor__Call__Subscribe *subscribe,
                    struct arena *arena);

/* The next that is to be said, in `arena`; NULL when all was. */
Mesos__V1__TaskStatus *errands_next(struct errands *r, struct arena *arena);
bool errands_has_next(const struct errands *r);

#endif
