/* outbox.c - two arenas: what is sent in a step is read by its driver after it,
 * while the callbacks of the next may already build more. */

#include "libframework/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "proto/wire.pb-c.h"

struct waiting {
    Mesos__V1__Scheduler__Call *call;
    size_t size;
};

struct outbox {
    struct arena *arena; /* of what waits */
    struct arena *sent;  /* of what was sent in the last step */
    struct waiting *calls;
    size_t begin, count, capacity;
    size_t size;
};

struct outbox *outbox_new(void)
{
    struct outbox *o = memory_new(1, sizeof *o);

    o->arena = arena_new();
    o->sent = arena_new();
    return o;
}

void outbox_free(struct outbox *o)
{
    if (o == NULL)
        return;
    arena_free(o->arena);
    arena_free(o->sent);
    free(o->calls);
    free(o);
}

struct arena *outbox_arena(struct outbox *o)
{
    return o->arena;
}

bool outbox_has_room(const struct outbox *o, size_t size)
{
    return o->count - o->begin < OUTBOX_CALLS_MAX &&
           o->size + size <= OUTBOX_SIZE_MAX;
}

Mesos__V1__Scheduler__Call *outbox_call(struct outbox *o,
                                        Mesos__V1__Scheduler__Call__Type type,
                                        const char *framework_id)
{
    Mesos__V1__Scheduler__Call *call =
        message_new(o->arena, &mesos__v1__scheduler__call__descriptor);

    call->has_type = true;
    call->type = type;
    call->framework_id =
        message_new(o->arena, &mesos__v1__framework_id__descriptor);
    call->framework_id->value = arena_strdup(o->arena, framework_id);
    return call;
}

void outbox_add(struct outbox *o, Mesos__V1__Scheduler__Call *call)
{
    size_t size = protobuf_c_message_get_packed_size(&call->base);

    if (o->count == o->capacity) {
        o->capacity = o->capacity > 0 ? o->capacity * 2 : 64;
        o->calls = memory_resize(o->calls, o->capacity, sizeof *o->calls);
    }
    o->calls[o->count++] = (struct waiting){call, size};
    o->size += size;
}

bool outbox_is_empty(const struct outbox *o)
{
    return o->begin == o->count;
}

void outbox_clear(struct outbox *o)
{
    o->begin = o->count = 0;
    o->size = 0;
}

/* One frame of what comes next. */
static void send_frame(struct outbox *o, const char *peer, struct effects *fx)
{
    Mezzo__SchedulerCalls *frame =
        message_new(fx->arena, &mezzo__scheduler_calls__descriptor);
    size_t room = FRAME_SIZE_MAX - FRAME_HEADER_SIZE;

    frame->calls =
        arena_alloc(fx->arena, FRAME_RECORDS_MAX * sizeof *frame->calls);
    while (o->begin < o->count && frame->n_calls < FRAME_RECORDS_MAX) {
        struct waiting *w = &o->calls[o->begin];
        size_t size = w->size + 8; /* its tag and length */

        if (size > room)
            break;
        room -= size;
        frame->calls[frame->n_calls++] = w->call;
        o->size -= w->size;
        o->begin++;
    }
    assert(frame->n_calls > 0); /* none is larger than a frame */
    effects_send(fx, peer, &frame->base);
}

void outbox_send(struct outbox *o, const char *peer, struct effects *fx)
{
    struct arena *sent = o->sent;

    for (int i = 0; i < OUTBOX_FRAMES_MAX && o->begin < o->count; i++)
        send_frame(o, peer, fx);
    if (o->begin < o->count)
        return;
    /* What was sent before this step has long been carried out. */
    arena_reset(sent);
    o->sent = o->arena;
    o->arena = sent;
    o->begin = o->count = 0;
}
