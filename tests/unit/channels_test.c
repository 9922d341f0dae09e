/* channels_test.c - executors that talk to each other by way of their agents:
 * the side of who sends, and that of who receives. */

#include "agent/channels.h"

#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/ticket.h"
#include "tests/test.h"
#include "tests/unit/executor_desk.h"

#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name
#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name
#define STREAM_CALL(name) MEZZO__STREAM_CALL__TYPE__##name
#define STREAM_EVENT(name) MEZZO__STREAM_EVENT__TYPE__##name
#define COST(size) ((size) + CHANNELS_MESSAGE_COST)

static const char guest_key[] = "0000000000000000000000000000000000000001";

/* "x" is the link of executor "E", which is in group "g". */
static struct desk *in_group(void)
{
    struct desk *d = desk_new();
    Mesos__V1__TaskInfo *task = executor_desk_task(d, "t");
    const char *token;

    task->executor->group = (char *)"g";
    desk_register(d);
    desk_launch(d, task);
    token = executor_desk_token(d);
    executor_desk_subscribe(d, "x", token);
    CHECK(executor_desk_take(d, "x", EVENT(SUBSCRIBED)) != NULL);
    CHECK(executor_desk_take(d, "x", EVENT(LAUNCH)) != NULL);
    return d;
}

static void send(struct desk *d, uint64_t channel, const char *text)
{
    Mesos__V1__Executor__Call *call = executor_desk_call(d, CALL(PEER_SEND));

    call->peer_send = message_new(
        desk_arena(d), &mesos__v1__executor__call__peer_send__descriptor);
    call->peer_send->channel = channel;
    call->peer_send->executor_id = (char *)"peer";
    call->peer_send->data.data = (uint8_t *)text;
    call->peer_send->data.len = strlen(text);
    executor_desk_say(d, "x", NULL, call);
}

static bool is_asked_for(struct desk *d)
{
    const Mezzo__AgentCall *call =
        desk_take_call(d, MEZZO__AGENT_CALL__TYPE__FIND_PEER);

    return call != NULL && strcmp(call->find_peer->group, "g") == 0 &&
           strcmp(call->find_peer->framework_id->value, "F") == 0 &&
           strcmp(call->find_peer->executor_id->value, "peer") == 0;
}

static void answer(struct desk *d, const char *endpoint)
{
    Mezzo__AgentEvent *event = desk_event(d, MEZZO__AGENT_EVENT__TYPE__PEER);

    event->peer =
        message_new(desk_arena(d), &mezzo__agent_event__peer__descriptor);
    event->peer->framework_id =
        message_new(desk_arena(d), &mesos__v1__framework_id__descriptor);
    event->peer->framework_id->value = (char *)"F";
    event->peer->executor_id =
        message_new(desk_arena(d), &mesos__v1__executor_id__descriptor);
    event->peer->executor_id->value = (char *)"peer";
    event->peer->endpoint = (char *)endpoint;
    event->peer->has_ticket = endpoint != NULL;
    event->peer->ticket.data = (uint8_t *)"ticket";
    event->peer->ticket.len = 6;
    desk_say(d, event);
}

/* The next call of that type on the link to the other agent. */
static const Mezzo__StreamCall *heard(struct desk *d,
                                      Mezzo__StreamCall__Type type)
{
    const Mezzo__StreamCall *call =
        (const Mezzo__StreamCall *)desk_take_message(d, "peer-1");

    return call != NULL && call->type == type ? call : NULL;
}

static bool heard_message(struct desk *d, const char *text)
{
    const Mezzo__StreamCall *call = heard(d, STREAM_CALL(WRITE));

    return call != NULL && call->data.len == strlen(text) &&
           memcmp(call->data.data, text, call->data.len) == 0;
}

static void tell(struct desk *d,
                 uint64_t stream,
                 Mezzo__StreamEvent__Type type,
                 uint64_t credit)
{
    Mezzo__StreamEvent *event =
        message_new(desk_arena(d), &mezzo__stream_event__descriptor);

    event->stream = stream;
    event->type = type;
    event->has_credit = true;
    event->credit = credit;
    event->reason = (char *)"because";
    desk_receive(d, "peer-1", PRINCIPAL_MASTER, &event->base);
}

/* A channel that is open, and its stream. */
static struct desk *opened(uint64_t *stream)
{
    struct desk *d = in_group();
    const Mezzo__StreamCall *call;

    send(d, 1, "one");
    CHECK(is_asked_for(d));
    answer(d, "tcp://other:1");
    CHECK(strcmp(desk_master_endpoint(d), "tcp://other:1") == 0);
    call = heard(d, STREAM_CALL(OPEN));
    CHECK(call != NULL && strcmp(call->open->peer, "E") == 0);
    CHECK(call != NULL && call->open->ticket.len == 6);
    *stream = call != NULL ? call->stream : 0;
    CHECK(heard(d, STREAM_CALL(WRITE)) == NULL);
    tell(d, *stream, STREAM_EVENT(OPENED), 0);
    CHECK(heard_message(d, "one"));
    return d;
}

static bool is_lost(struct desk *d, const char *why)
{
    const Mesos__V1__Executor__Event *event =
        executor_desk_take(d, "x", EVENT(PEER_LOST));

    return event != NULL && strstr(event->peer_lost->reason, why) != NULL &&
           strcmp(event->peer_lost->executor_id, "peer") == 0;
}

static void what_is_sent_goes_to_the_others_agent(void)
{
    uint64_t stream;
    struct desk *d = opened(&stream);
    const Mesos__V1__Executor__Event *event;

    send(d, 1, "two");
    CHECK(heard_message(d, "two"));
    tell(d, stream, STREAM_EVENT(TAKEN), COST(3));
    event = executor_desk_take(d, "x", EVENT(PEER_TAKEN));
    CHECK(event != NULL && event->peer_taken->channel == 1);
    CHECK(event != NULL && event->peer_taken->cost == COST(3));
    desk_free(d);
}

static void a_broken_link_loses_its_channels(void)
{
    uint64_t stream;
    struct desk *d = opened(&stream);

    desk_end_link(d, "peer-1", "cut", 0);
    CHECK(is_lost(d, "cut"));
    send(d, 1, "was on its way");
    CHECK(!is_asked_for(d));
    send(d, 2, "anew");
    CHECK(is_asked_for(d));
    desk_free(d);
}

static void an_end_of_the_other_is_told(void)
{
    uint64_t stream;
    struct desk *d = opened(&stream);

    tell(d, stream, STREAM_EVENT(FAILED), 0);
    CHECK(is_lost(d, "because"));
    desk_free(d);
}

static void who_is_not_there_yet_is_waited_for(void)
{
    struct desk *d = in_group();

    send(d, 1, "one");
    CHECK(is_asked_for(d));
    answer(d, NULL);
    CHECK(!is_asked_for(d));
    desk_pass(d, CHANNELS_PAUSE_MS_MIN);
    CHECK(is_asked_for(d));
    answer(d, "tcp://other:1");
    tell(d, heard(d, STREAM_CALL(OPEN))->stream, STREAM_EVENT(FAILED), 0);
    CHECK(executor_desk_take(d, "x", EVENT(PEER_LOST)) == NULL);
    desk_pass(d, 2 * CHANNELS_PAUSE_MS_MIN);
    CHECK(is_asked_for(d));
    do {
        answer(d, NULL);
        desk_pass(d, CHANNELS_PAUSE_MS_MAX);
    } while (is_asked_for(d));
    CHECK(is_lost(d, "there is no such executor"));
    desk_free(d);
}

static void a_silent_master_is_asked_again(void)
{
    struct desk *d = in_group();

    send(d, 1, "one");
    CHECK(is_asked_for(d));
    desk_pass(d, CHANNELS_ANSWER_MS);
    CHECK(is_asked_for(d));
    desk_pass(d, CHANNELS_PATIENCE_MS);
    CHECK(is_lost(d, "no master"));
    desk_free(d);
}

static void the_end_of_ours_closes_its_channels(void)
{
    uint64_t stream;
    struct desk *d = opened(&stream);

    desk_end_link(d, "x", "gone", 0);
    CHECK(heard(d, STREAM_CALL(CLOSE)) != NULL);
    desk_pass(d, CHANNELS_IDLE_MS);
    CHECK(desk_has_ended(d, "peer-1", "nothing is sent"));
    desk_free(d);
}

static void an_agent_that_lies_is_left(void)
{
    uint64_t stream;
    struct desk *d = opened(&stream);

    tell(d, stream, STREAM_EVENT(TAKEN), COST(3) + 1);
    CHECK(desk_has_ended(d, "peer-1", "more was taken than was written"));
    tell(d, stream, STREAM_EVENT(OPENED), 0);
    CHECK(desk_has_ended(d, "peer-1", "opened"));
    desk_free(d);
}

static void no_more_goes_to_one_agent_than_it_takes(void)
{
    static char large[CHANNELS_MESSAGE_MAX];
    uint64_t stream;
    struct desk *d = opened(&stream);
    int count = 0;

    memset(large, 'x', sizeof large - 1);
    for (int i = 0; i < 32; i++)
        send(d, 1, large);
    while (heard(d, STREAM_CALL(WRITE)) != NULL)
        count++;
    CHECK(count == 16);
    tell(d, stream, STREAM_EVENT(TAKEN), COST(sizeof large - 1));
    CHECK(heard(d, STREAM_CALL(WRITE)) != NULL);
    CHECK(heard(d, STREAM_CALL(WRITE)) == NULL);
    desk_free(d);
}

static void what_may_not_be_sent_ends_the_link(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token); /* in no group */

    send(d, 1, "one");
    CHECK(desk_has_ended(d, "x", "in no group"));
    desk_free(d);
}

/* --------------------------------------------------------------- receiving */

static ProtobufCBinaryData ticket(struct desk *d, const char *group)
{
    Mezzo__Ticket t = MEZZO__TICKET__INIT;
    uint8_t key[TICKET_KEY_SIZE];

    memset(key, 'k', sizeof key);
    t.holder_key = (char *)guest_key;
    t.framework_id = (char *)"F";
    t.task_id = (char *)"E";
    t.group = (char *)group;
    t.verb = MESOS__V1__TICKET_VERB__PEER;
    t.expires_ms = INT64_MAX;
    return ticket_make(&t, key, desk_arena(d));
}

static void call(struct desk *d,
                 Mezzo__StreamCall__Type type,
                 const char *group,
                 const char *text)
{
    Mezzo__StreamCall *c =
        message_new(desk_arena(d), &mezzo__stream_call__descriptor);

    c->stream = 7;
    c->type = type;
    if (type == STREAM_CALL(OPEN)) {
        c->open =
            message_new(desk_arena(d), &mezzo__stream_call__open__descriptor);
        c->open->ticket = ticket(d, group);
        c->open->peer = (char *)"peer";
    }
    if (text != NULL) {
        c->has_data = true;
        c->data.data = (uint8_t *)text;
        c->data.len = strlen(text);
    }
    desk_receive(d, "g", PRINCIPAL_GUEST, &c->base);
}

static const Mezzo__StreamEvent *told(struct desk *d,
                                      Mezzo__StreamEvent__Type type)
{
    const Mezzo__StreamEvent *event =
        (const Mezzo__StreamEvent *)desk_take_message(d, "g");

    return event != NULL && event->type == type ? event : NULL;
}

static uint64_t got(struct desk *d, const char *text)
{
    const Mesos__V1__Executor__Event *event =
        executor_desk_take(d, "x", EVENT(PEER_MESSAGE));

    if (event == NULL || event->peer_message->data.len != strlen(text) ||
        memcmp(event->peer_message->data.data, text, strlen(text)) != 0)
        return 0;
    return event->peer_message->channel;
}

static void take(struct desk *d, uint64_t channel, uint64_t cost)
{
    Mesos__V1__Executor__Call *c = executor_desk_call(d, CALL(PEER_TAKE));

    c->peer_take = message_new(
        desk_arena(d), &mesos__v1__executor__call__peer_take__descriptor);
    c->peer_take->channel = channel;
    c->peer_take->cost = cost;
    executor_desk_say(d, "x", NULL, c);
}

static void what_comes_is_given_and_its_taking_told(void)
{
    struct desk *d = in_group();
    const Mezzo__StreamEvent *event;
    uint64_t channel;

    call(d, STREAM_CALL(OPEN), "g", NULL);
    CHECK(told(d, STREAM_EVENT(OPENED)) != NULL);
    call(d, STREAM_CALL(WRITE), NULL, "hello");
    channel = got(d, "hello");
    CHECK(channel != 0);
    take(d, channel, COST(5));
    event = told(d, STREAM_EVENT(TAKEN));
    CHECK(event != NULL && event->credit == COST(5));
    take(d, channel, 1);
    CHECK(desk_has_ended(d, "x", "taken more than it was given"));
    desk_free(d);
}

static void another_group_is_refused(void)
{
    struct desk *d = in_group();
    const Mezzo__StreamEvent *event;

    call(d, STREAM_CALL(OPEN), "h", NULL);
    event = told(d, STREAM_EVENT(FAILED));
    CHECK(event != NULL && strstr(event->reason, "another group") != NULL);
    call(d, STREAM_CALL(WRITE), NULL, "hello");
    CHECK(got(d, "hello") == 0);
    desk_free(d);
}

static void the_end_of_a_sender_is_told(void)
{
    struct desk *d = in_group();

    call(d, STREAM_CALL(OPEN), "g", NULL);
    call(d, STREAM_CALL(CLOSE), NULL, NULL);
    CHECK(is_lost(d, "it has ended"));
    call(d, STREAM_CALL(OPEN), "g", NULL);
    desk_end_link(d, "g", "cut", 0);
    CHECK(is_lost(d, "cut"));
    desk_free(d);
}

static void the_end_of_a_receiver_is_told(void)
{
    struct desk *d = in_group();

    call(d, STREAM_CALL(OPEN), "g", NULL);
    CHECK(told(d, STREAM_EVENT(OPENED)) != NULL);
    desk_end_link(d, "x", "gone", 0);
    CHECK(told(d, STREAM_EVENT(FAILED)) != NULL);
    call(d, STREAM_CALL(OPEN), "g", NULL);
    CHECK(told(d, STREAM_EVENT(FAILED)) != NULL); /* not there now */
    desk_free(d);
}

static void a_slow_receiver_is_given_so_much(void)
{
    static char large[CHANNELS_MESSAGE_MAX];
    struct desk *d = in_group();
    uint64_t channel = 0;
    int count = 0;

    memset(large, 'x', sizeof large - 1);
    call(d, STREAM_CALL(OPEN), "g", NULL);
    for (int i = 0; i < 32; i++)
        call(d, STREAM_CALL(WRITE), NULL, large);
    for (uint64_t c; (c = got(d, large)) != 0; channel = c)
        count++;
    CHECK(count == 16);
    take(d, channel, COST(sizeof large - 1));
    CHECK(got(d, large) == channel);
    CHECK(got(d, large) == 0);
    desk_free(d);
}

int main(void)
{
    what_is_sent_goes_to_the_others_agent();
    a_broken_link_loses_its_channels();
    an_end_of_the_other_is_told();
    who_is_not_there_yet_is_waited_for();
    a_silent_master_is_asked_again();
    the_end_of_ours_closes_its_channels();
    an_agent_that_lies_is_left();
    no_more_goes_to_one_agent_than_it_takes();
    what_may_not_be_sent_ends_the_link();
    what_comes_is_given_and_its_taking_told();
    another_group_is_refused();
    the_end_of_a_sender_is_told();
    the_end_of_a_receiver_is_told();
    a_slow_receiver_is_given_so_much();
    return test_done();
}
