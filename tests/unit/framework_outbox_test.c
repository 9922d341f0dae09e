/* framework_outbox_test.c - calls in frames: none too large, none too full, in
 * order, and not too many at once. */

#include <string.h>

#include "base/message.h"
#include "libframework/outbox.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

struct sent {
    size_t frames, calls;
    size_t largest; /* frame, in bytes */
    size_t fullest; /* frame, in calls */
    bool in_order;
};

static void put(struct outbox *o, size_t number, size_t size)
{
    struct arena *arena = outbox_arena(o);
    Mesos__V1__Scheduler__Call *call =
        outbox_call(o, MESOS__V1__SCHEDULER__CALL__TYPE__MESSAGE, "f1");

    call->message =
        message_new(arena, &mesos__v1__scheduler__call__message__descriptor);
    call->message->agent_id =
        message_new(arena, &mesos__v1__agent_id__descriptor);
    call->message->agent_id->value = arena_strdup(arena, "a");
    call->message->executor_id =
        message_new(arena, &mesos__v1__executor_id__descriptor);
    call->message->executor_id->value = arena_strdup(arena, "e");
    call->message->data.len = size < sizeof number ? sizeof number : size;
    call->message->data.data = arena_alloc(arena, call->message->data.len);
    memcpy(call->message->data.data, &number, sizeof number);
    outbox_add(o, call);
}

/* One step's worth; `*next` is the number that must come. */
static struct sent send(struct outbox *o, size_t *next)
{
    struct arena *arena = arena_new();
    struct effects fx = {.arena = arena};
    struct sent sent = {.in_order = true};

    outbox_send(o, "master", &fx);
    effects_foreach (e, &fx) {
        const Mezzo__SchedulerCalls *calls =
            (const Mezzo__SchedulerCalls *)e->message;
        size_t size =
            FRAME_HEADER_SIZE + protobuf_c_message_get_packed_size(e->message);

        sent.frames++;
        sent.calls += calls->n_calls;
        sent.largest = size > sent.largest ? size : sent.largest;
        sent.fullest =
            calls->n_calls > sent.fullest ? calls->n_calls : sent.fullest;
        for (size_t i = 0; i < calls->n_calls; i++, (*next)++) {
            size_t number;

            memcpy(&number, calls->calls[i]->message->data.data, sizeof number);
            sent.in_order &= number == *next;
        }
    }
    arena_free(arena);
    return sent;
}

static void small_calls_share_frames(void)
{
    struct outbox *o = outbox_new();
    struct sent sent;
    size_t next = 0;

    for (size_t i = 0; i < 250; i++)
        put(o, i, 0);
    sent = send(o, &next);
    CHECK(sent.frames == 3 && sent.calls == 250 && sent.fullest == 100);
    CHECK(sent.in_order && outbox_is_empty(o));
    CHECK(send(o, &next).frames == 0);
    outbox_free(o);
}

static void large_calls_do_not_overfill_a_frame(void)
{
    struct outbox *o = outbox_new();
    struct sent sent;
    size_t next = 0;

    for (size_t i = 0; i < 10; i++)
        put(o, i, 300 * 1024);
    sent = send(o, &next);
    CHECK(sent.calls == 10 && sent.in_order);
    CHECK(sent.largest <= FRAME_SIZE_MAX && sent.frames == 4);
    outbox_free(o);
}

static void a_step_sends_so_much_and_the_next_the_rest(void)
{
    struct outbox *o = outbox_new();
    size_t next = 0, count = FRAME_RECORDS_MAX * OUTBOX_FRAMES_MAX + 1;
    struct sent sent;

    for (size_t i = 0; i < count; i++)
        put(o, i, 0);
    sent = send(o, &next);
    CHECK(sent.frames == OUTBOX_FRAMES_MAX && !outbox_is_empty(o));
    put(o, count, 0);
    sent = send(o, &next);
    CHECK(sent.calls == 2 && sent.in_order && outbox_is_empty(o));
    outbox_free(o);
}

static void it_has_bounds(void)
{
    struct outbox *o = outbox_new();
    size_t count = 0, next = 0;

    CHECK(outbox_has_room(o, OUTBOX_SIZE_MAX));
    CHECK(!outbox_has_room(o, OUTBOX_SIZE_MAX + 1));
    while (outbox_has_room(o, 100))
        put(o, count++, 0);
    CHECK(count == OUTBOX_CALLS_MAX);
    outbox_clear(o);
    CHECK(outbox_is_empty(o) && outbox_has_room(o, OUTBOX_SIZE_MAX));
    CHECK(send(o, &next).frames == 0);
    outbox_free(o);
}

int main(void)
{
    small_calls_share_frames();
    large_calls_do_not_overfill_a_frame();
    a_step_sends_so_much_and_the_next_the_rest();
    it_has_bounds();
    return test_done();
}
