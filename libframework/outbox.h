/* outbox.h - calls for the master that wait for the end of the step, or for
 * the next when there are many.
 *
 * Pure.  What is built for it lives in its arena until it is sent or cleared,
 * and has been carried out. */

#ifndef LIBFRAMEWORK_OUTBOX_H
#define LIBFRAMEWORK_OUTBOX_H

#include <stdbool.h>

#include "base/effect.h"
#include "proto/scheduler.pb-c.h"

enum {
    OUTBOX_CALLS_MAX = 100000,
    OUTBOX_SIZE_MAX = 64 << 20,
    OUTBOX_FRAMES_MAX = 32, /* sent in one step */
};

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox *o);

/* Where calls are built. */
struct arena *outbox_arena(struct outbox *o);

/* Is there room for another call of `size` bytes? */
bool outbox_has_room(const struct outbox *o, size_t size);

/* A call of `type`, in the arena: to be filled and added. */
Mesos__V1__Scheduler__Call *outbox_call(struct outbox *o,
                                        Mesos__V1__Scheduler__Call__Type type,
                                        const char *framework_id);

/* There must be room. */
void outbox_add(struct outbox *o, Mesos__V1__Scheduler__Call *call);

bool outbox_is_empty(const struct outbox *o);

/* Forget what was not sent. */
void outbox_clear(struct outbox *o);

/* Send to `peer`, in order: all, or as much as is good for one step. */
void outbox_send(struct outbox *o, const char *peer, struct effects *fx);

#endif
