/* streams_test.c - bytes of tasks, to who has a ticket for them. */

#include "agent/streams.h"

#include <string.h>

#include "base/message.h"
#include "base/ticket.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"
#include "tests/unit/executor_desk.h"

#define EXITED(status) ((status) << 8)
#define OUTPUT MESOS__V1__TICKET_VERB__READ_OUTPUT
#define FILES MESOS__V1__TICKET_VERB__READ_FILES

static const char guest_key[] = "0000000000000000000000000000000000000001";

static struct desk *running(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    desk_launch(d, desk_task(d, "t"));
    return d;
}

static ProtobufCBinaryData ticket(struct desk *d,
                                  const char *task,
                                  Mesos__V1__TicketVerb verb)
{
    Mezzo__Ticket t = MEZZO__TICKET__INIT;
    uint8_t key[TICKET_KEY_SIZE];

    memset(key, 'k', sizeof key);
    t.holder_key = (char *)guest_key;
    t.framework_id = (char *)"F";
    t.task_id = (char *)task;
    t.verb = verb;
    t.expires_ms = INT64_MAX;
    return ticket_make(&t, key, desk_arena(d));
}

static Mezzo__StreamCall *call_new(struct desk *d,
                                   uint64_t stream,
                                   Mezzo__StreamCall__Type type)
{
    Mezzo__StreamCall *call =
        message_new(desk_arena(d), &mezzo__stream_call__descriptor);

    call->stream = stream;
    call->type = type;
    return call;
}

static Mezzo__StreamCall *opening(struct desk *d,
                                  uint64_t stream,
                                  ProtobufCBinaryData bytes,
                                  uint64_t credit)
{
    Mezzo__StreamCall *call =
        call_new(d, stream, MEZZO__STREAM_CALL__TYPE__OPEN);

    call->open =
        message_new(desk_arena(d), &mezzo__stream_call__open__descriptor);
    call->open->ticket = bytes;
    call->has_credit = true;
    call->credit = credit;
    return call;
}

static void say(struct desk *d, const Mezzo__StreamCall *call)
{
    desk_receive(d, "g", PRINCIPAL_GUEST, &call->base);
}

static void give_credit(struct desk *d, uint64_t stream, uint64_t credit)
{
    Mezzo__StreamCall *call =
        call_new(d, stream, MEZZO__STREAM_CALL__TYPE__CREDIT);

    call->has_credit = true;
    call->credit = credit;
    say(d, call);
}

static const Mezzo__StreamEvent *take(struct desk *d)
{
    return (const Mezzo__StreamEvent *)desk_take_message(d, "g");
}

static bool is_failed(struct desk *d, const char *why)
{
    const Mezzo__StreamEvent *e = take(d);

    return e != NULL && e->type == MEZZO__STREAM_EVENT__TYPE__FAILED &&
           strstr(e->reason, why) != NULL;
}

static bool is_ended(struct desk *d)
{
    const Mezzo__StreamEvent *e = take(d);

    return e != NULL && e->type == MEZZO__STREAM_EVENT__TYPE__ENDED;
}

static bool is_data(struct desk *d, const char *text, uint64_t offset)
{
    const Mezzo__StreamEvent *e = take(d);

    return e != NULL && e->type == MEZZO__STREAM_EVENT__TYPE__DATA &&
           e->offset == offset && e->data.len == strlen(text) &&
           memcmp(e->data.data, text, e->data.len) == 0;
}

/* Answer an order to read with `text`, which is at `offset`. */
static void answer_read(struct desk *d,
                        const struct order *o,
                        const char *text,
                        uint64_t offset,
                        bool is_at_end,
                        bool has_ended)
{
    desk_report(d, &(struct report){.kind = REPORT_READ,
                                    .run = o->run,
                                    .ticket = o->ticket,
                                    .bytes = (const uint8_t *)text,
                                    .size = strlen(text),
                                    .offset = offset,
                                    .is_at_end = is_at_end,
                                    .has_ended = has_ended});
}

static void output_is_read_to_its_end(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(strcmp(o->path, "stdout") == 0 && o->offset == 0);
    CHECK(o->size_max == 1000);
    answer_read(d, o, "hello", 0, false, false);
    CHECK(is_data(d, "hello", 0));
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(o->offset == 5 && o->size_max == 995);
    answer_read(d, o, "", 5, true, false);
    CHECK(is_ended(d)); /* nobody asked to follow */
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    desk_free(d);
}

static void no_more_is_sent_than_there_is_credit(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 0));
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    give_credit(d, 1, 3);
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(o->size_max == 3);
    give_credit(d, 1, 2);
    answer_read(d, o, "abc", 0, false, false);
    CHECK(is_data(d, "abc", 0));
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(o->size_max == 2 && o->offset == 3);
    answer_read(d, o, "de", 3, false, false);
    CHECK(is_data(d, "de", 3));
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    give_credit(d, 1, UINT64_MAX);
    give_credit(d, 1, UINT64_MAX);
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(o->size_max == STREAM_DATA_MAX);
    desk_free(d);
}

static void who_follows_waits_for_more(void)
{
    struct desk *d = running();
    Mezzo__StreamCall *call = opening(d, 1, ticket(d, "t", OUTPUT), 1000);
    const struct order *o;

    call->open->has_follow = call->open->follow = true;
    call->open->path = (char *)"stderr";
    say(d, call);
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(strcmp(o->path, "stderr") == 0);
    answer_read(d, o, "a", 0, true, false);
    CHECK(is_data(d, "a", 0));
    o = desk_take_order(d, ORDER_WATCH, "F/t");
    CHECK(o != NULL && o->offset == 1);
    desk_report(d, &(struct report){.kind = REPORT_GROWN,
                                    .run = o->run,
                                    .ticket = o->ticket});
    o = desk_take_order(d, ORDER_READ, "F/t");
    answer_read(d, o, "b", 1, true, true);
    CHECK(is_data(d, "b", 1));
    CHECK(is_ended(d)); /* so has the task */
    desk_free(d);
}

static void what_was_punched_out_is_jumped_over(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, "F/t");
    answer_read(d, o, "late", 4096, false, false);
    CHECK(is_data(d, "late", 4096));
    o = desk_take_order(d, ORDER_READ, "F/t");
    CHECK(o->offset == 4100);
    desk_free(d);
}

static void who_follows_a_task_that_has_not_begun_waits_for_it(void)
{
    struct desk *d = desk_new();
    Mezzo__StreamCall *call = opening(d, 1, ticket(d, "t", OUTPUT), 1000);

    desk_register(d);
    desk_hold(d, ORDER_PREPARE);
    desk_launch(d, desk_task(d, "t"));
    call->open->has_follow = call->open->follow = true;
    say(d, call);
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    desk_unhold_all(d);
    CHECK(desk_take_order(d, ORDER_READ, "F/t") != NULL);
    desk_free(d);
}

static void a_ticket_is_for_its_holder_task_and_verb(void)
{
    struct desk *d = running();
    ProtobufCBinaryData good = ticket(d, "t", OUTPUT), bad = good;
    Mezzo__StreamCall *call;

    bad.len--;
    say(d, opening(d, 1, bad, 1000));
    CHECK(is_failed(d, ""));
    bad = ticket(d, "t", OUTPUT);
    bad.data[bad.len - 1] ^= 1;
    say(d, opening(d, 2, bad, 1000));
    CHECK(is_failed(d, ""));
    say(d, opening(d, 3, ticket(d, "no-such-task", OUTPUT), 1000));
    CHECK(is_failed(d, "no sandbox"));
    call = opening(d, 4, good, 1000);
    call->open->path = (char *)"secret";
    say(d, call);
    CHECK(is_failed(d, "stdout and stderr"));
    call = opening(d, 5, good, 1000);
    call->open->has_list = call->open->list = true;
    say(d, call);
    CHECK(is_failed(d, "not for files"));
    say(d, opening(d, 6, ticket(d, "t", (Mesos__V1__TicketVerb)9), 1000));
    CHECK(take(d)->type == MEZZO__STREAM_EVENT__TYPE__FAILED);
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    desk_receive(d, "h", PRINCIPAL_FRAMEWORK, &opening(d, 7, good, 1)->base);
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL); /* another's key */
    desk_free(d);
}

static void no_path_leaves_the_sandbox(void)
{
    static char paths[][16] = {"/etc/passwd", "..", "../x", "a/../../x",
                               "a/.."};
    struct desk *d = running();

    for (size_t i = 0; i < 5; i++) {
        Mezzo__StreamCall *call = opening(d, i, ticket(d, "t", FILES), 1000);

        call->open->path = paths[i];
        say(d, call);
        CHECK(take(d)->type == MEZZO__STREAM_EVENT__TYPE__FAILED);
    }
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    desk_free(d);
}

static void a_directory_is_listed(void)
{
    struct desk *d = running();
    Mezzo__StreamCall *call = opening(d, 1, ticket(d, "t", FILES), 0);
    static const struct report_entry entries[] = {
        {.name = "a", .size = 7}, {.name = "b", .is_directory = true}};
    const Mezzo__StreamEvent *e;
    const struct order *o;

    call->open->has_list = call->open->list = true;
    call->open->path = (char *)"sub";
    say(d, call);
    o = desk_take_order(d, ORDER_LIST, "F/t");
    CHECK(strcmp(o->path, "sub") == 0);
    desk_report(d, &(struct report){.kind = REPORT_LISTED,
                                    .run = o->run,
                                    .ticket = o->ticket,
                                    .entries = entries,
                                    .entries_count = 2});
    e = take(d);
    CHECK(e->type == MEZZO__STREAM_EVENT__TYPE__ENTRY && e->size == 7);
    e = take(d);
    CHECK(strcmp(e->name, "b") == 0 && e->directory);
    CHECK(is_ended(d));
    desk_free(d);
}

static void what_cannot_be_read_fails_with_the_reason(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, "F/t");
    desk_report(d, &(struct report){.kind = REPORT_READ,
                                    .run = o->run,
                                    .ticket = o->ticket,
                                    .fault = "stdout: no such file"});
    CHECK(is_failed(d, "no such file"));
    desk_free(d);
}

static void streams_are_bounded_on_a_link(void)
{
    struct desk *d = running();
    ProtobufCBinaryData bytes = ticket(d, "t", OUTPUT);

    for (unsigned i = 0; i < STREAMS_OF_GUEST_MAX; i++)
        say(d, opening(d, i, bytes, 1000));
    CHECK(take(d) == NULL);
    say(d, opening(d, 99999, bytes, 1000));
    CHECK(is_failed(d, "too many streams on this link"));
    say(d, call_new(d, 0, MEZZO__STREAM_CALL__TYPE__CLOSE));
    say(d, opening(d, 99999, bytes, 1000));
    CHECK(take(d) == NULL);
    desk_free(d);
}

static void streams_are_bounded_in_all(void)
{
    struct desk *d = running();
    ProtobufCBinaryData bytes = ticket(d, "t", OUTPUT);
    char peer[16];
    bool is_right = true;

    for (unsigned i = 0; i <= STREAMS_MAX; i++) {
        const ProtobufCMessage *m;

        snprintf(peer, sizeof peer, "g%u", i);
        desk_receive(d, peer, PRINCIPAL_GUEST, &opening(d, 1, bytes, 9)->base);
        m = desk_take_message(d, peer);
        is_right = is_right && (m != NULL) == (i == STREAMS_MAX);
    }
    CHECK(is_right);
    desk_free(d);
}

static void a_link_that_ends_takes_its_streams_along(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, "F/t");
    desk_end_link(d, "g", "silent", 0);
    answer_read(d, o, "late", 0, false, false);
    CHECK(take(d) == NULL);
    CHECK(desk_take_order(d, ORDER_READ, NULL) == NULL);
    desk_free(d);
}

static void a_closed_stream_is_silent(void)
{
    struct desk *d = running();
    const struct order *o;

    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, "F/t");
    say(d, call_new(d, 1, MEZZO__STREAM_CALL__TYPE__CLOSE));
    answer_read(d, o, "late", 0, false, false);
    CHECK(take(d) == NULL);
    give_credit(d, 1, 10);
    CHECK(take(d) == NULL && !desk_has_ended(d, "g", ""));
    desk_free(d);
}

static void calls_that_make_no_sense_end_the_link(void)
{
    struct desk *d = running();

    say(d, call_new(d, 1, MEZZO__STREAM_CALL__TYPE__OPEN));
    CHECK(desk_has_ended(d, "g", "says not of what"));
    desk_free(d);
    d = running();
    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    CHECK(desk_has_ended(d, "g", "opened again"));
    desk_free(d);
    d = running();
    say(d, call_new(d, 1, (Mezzo__StreamCall__Type)99));
    CHECK(desk_has_ended(d, "g", "unknown call"));
    desk_free(d);
}

static void the_sandbox_of_a_task_that_is_over_can_be_read(void)
{
    struct desk *d = running();

    desk_exit(d, "F/t", EXITED(0));
    desk_pass(d, 0);
    for (const Mesos__V1__TaskStatus *s; (s = desk_take_update(d, "t"));)
        desk_acknowledge(d, s, true);
    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    CHECK(desk_take_order(d, ORDER_READ, "F/t") != NULL);
    desk_restart(d);
    desk_register(d);
    say(d, opening(d, 1, ticket(d, "t", OUTPUT), 1000));
    CHECK(desk_take_order(d, ORDER_READ, "F/t") != NULL);
    desk_pass(d, 25 * 3600 * 1000);
    say(d, opening(d, 2, ticket(d, "t", OUTPUT), 1000));
    CHECK(is_failed(d, "no sandbox"));
    desk_free(d);
}

static void finish(struct desk *d, const char *task)
{
    Mesos__V1__Executor__Call *call =
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__UPDATE);
    Mesos__V1__TaskStatus *status =
        message_new(desk_arena(d), &mesos__v1__task_status__descriptor);

    status->task_id =
        message_new(desk_arena(d), &mesos__v1__task_id__descriptor);
    status->task_id->value = (char *)task;
    status->state = MESOS__V1__TASK_STATE__TASK_FINISHED;
    status->has_uuid = true;
    status->uuid.data = (uint8_t *)"uuid";
    status->uuid.len = 4;
    call->update = message_new(desk_arena(d),
                               &mesos__v1__executor__call__update__descriptor);
    call->update->status = status;
    executor_desk_say(d, "x", NULL, call);
}

static bool is_read_within(struct desk *d, const char *task)
{
    const struct order *o;

    say(d, opening(d, 1, ticket(d, task, OUTPUT), 1000));
    o = desk_take_order(d, ORDER_READ, EXECUTOR_DESK_RUN);
    if (o == NULL || strcmp(o->path, "tasks/t/stdout") != 0)
        return false;
    answer_read(d, o, "done", 0, true, true);
    return is_data(d, "done", 0) && is_ended(d);
}

static void output_in_an_executors_sandbox_outlives_its_task(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    CHECK(is_read_within(d, "t"));
    finish(d, "t");
    CHECK(is_read_within(d, "t"));
    desk_acknowledge(d, desk_take_update(d, "t"), true);
    CHECK(is_read_within(d, "t"));
    say(d, opening(d, 1, ticket(d, "u", OUTPUT), 1000));
    CHECK(is_failed(d, "no sandbox of that task"));
    desk_exit(d, EXECUTOR_DESK_RUN, EXITED(0));
    CHECK(is_read_within(d, "t"));
    desk_restart(d);
    desk_register(d);
    CHECK(is_read_within(d, "t"));
    desk_free(d);
}

int main(void)
{
    output_is_read_to_its_end();
    no_more_is_sent_than_there_is_credit();
    who_follows_waits_for_more();
    what_was_punched_out_is_jumped_over();
    who_follows_a_task_that_has_not_begun_waits_for_it();
    a_ticket_is_for_its_holder_task_and_verb();
    no_path_leaves_the_sandbox();
    a_directory_is_listed();
    what_cannot_be_read_fails_with_the_reason();
    streams_are_bounded_on_a_link();
    streams_are_bounded_in_all();
    a_link_that_ends_takes_its_streams_along();
    a_closed_stream_is_silent();
    calls_that_make_no_sense_end_the_link();
    the_sandbox_of_a_task_that_is_over_can_be_read();
    output_in_an_executors_sandbox_outlives_its_task();
    return test_done();
}
