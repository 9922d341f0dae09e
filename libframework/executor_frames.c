/* executor_frames.c - calls in the arena, until they are sent. */

#include "libframework/executor_frames.h"

#include <string.h>

#include "base/message.h"
#include "proto/wire.pb-c.h"

Mesos__V1__Executor__Call *executor_call_new(
    const struct mezzo_executor *e,
    Mesos__V1__Executor__Call__Type type,
    struct arena *arena)
{
    Mesos__V1__Executor__Call *call =
        message_new(arena, &mesos__v1__executor__call__descriptor);

    call->has_type = true;
    call->type = type;
    call->executor_id = message_new(arena, &mesos__v1__executor_id__descriptor);
    call->executor_id->value = arena_strdup(arena, e->options.executor_id);
    call->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    call->framework_id->value = arena_strdup(arena, e->options.framework_id);
    return call;
}

static void send(struct mezzo_executor *e,
                 Mesos__V1__Executor__Call *const *calls,
                 size_t count,
                 const char *token,
                 struct effects *fx)
{
    Mezzo__ExecutorCalls *frame =
        message_new(fx->arena, &mezzo__executor_calls__descriptor);

    if (token != NULL)
        frame->token = arena_strdup(fx->arena, token);
    frame->calls = arena_alloc(fx->arena, count * sizeof *frame->calls);
    memcpy(frame->calls, calls, count * sizeof *frame->calls);
    frame->n_calls = count;
    effects_send(fx, masters_peer(e->agent), &frame->base);
}

void executor_frame_begin(struct executor_frame *frame,
                          struct mezzo_executor *e,
                          struct effects *fx)
{
    frame->executor = e;
    frame->fx = fx;
    frame->count = frame->size = 0;
}

void executor_frame_end(struct executor_frame *frame)
{
    if (frame->count > 0)
        send(frame->executor, frame->calls, frame->count, NULL, frame->fx);
    frame->count = frame->size = 0;
}

void executor_frame_add(struct executor_frame *frame,
                        Mesos__V1__Executor__Call *call)
{
    size_t size = protobuf_c_message_get_packed_size(&call->base) + 8;

    if (frame->count == FRAME_RECORDS_MAX ||
        frame->size + size > FRAME_SIZE_MAX / 2)
        executor_frame_end(frame);
    frame->size += size;
    frame->calls[frame->count++] = call;
}

void executor_frame_subscribe(struct mezzo_executor *e,
                              Mesos__V1__Executor__Call *call,
                              struct effects *fx)
{
    send(e, &call, 1, e->options.token, fx);
}
