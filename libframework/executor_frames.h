/* executor_frames.h - an executor's calls, as many in a frame as it may have.
 * Pure. */

#ifndef LIBFRAMEWORK_EXECUTOR_FRAMES_H
#define LIBFRAMEWORK_EXECUTOR_FRAMES_H

#include "libframework/executor.h"
#include "proto/executor.pb-c.h"

/* Sent, in order, when it is full and at its end. */
struct executor_frame {
    struct mezzo_executor *executor;
    struct effects *fx;
    Mesos__V1__Executor__Call *calls[FRAME_RECORDS_MAX];
    size_t count;
    size_t size;
};

/* A call in our name, to be filled in. */
Mesos__V1__Executor__Call *executor_call_new(
    const struct mezzo_executor *e,
    Mesos__V1__Executor__Call__Type type,
    struct arena *arena);

void executor_frame_begin(struct executor_frame *frame,
                          struct mezzo_executor *e,
                          struct effects *fx);

/* `call` is complete, and the arena's. */
void executor_frame_add(struct executor_frame *frame,
                        Mesos__V1__Executor__Call *call);
void executor_frame_end(struct executor_frame *frame);

/* One that is a frame of its own, with our token. */
void executor_frame_subscribe(struct mezzo_executor *e,
                              Mesos__V1__Executor__Call *call,
                              struct effects *fx);

#endif
