/* group_test.c - an executor and the others of its group, as its library sees
 * them. */

#include "libframework/group.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name
#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name

struct desk {
    struct mezzo_executor *e;
    struct machine machine;
    struct arena *arena;
    msec_t now;
    char peer[64];
    bool has_stopped;
    int sent_count;
    char did[4096];
};

__attribute__((format(printf, 2, 3))) static void note(struct desk *d,
                                                       const char *format,
                                                       ...)
{
    size_t used = strlen(d->did);
    va_list args;

    va_start(args, format);
    vsnprintf(d->did + used, sizeof d->did - used, format, args);
    va_end(args);
}

static bool did(struct desk *d, const char *what)
{
    bool is_same = strcmp(d->did, what) == 0;

    if (!is_same)
        printf("# did: %s\n", d->did);
    d->did[0] = '\0';
    return is_same;
}

static void message_cb(struct mezzo_executor *e,
                       const char *peer,
                       const void *data,
                       size_t size,
                       void *arg)
{
    (void)e;
    note(arg, "<%s %.*s\n", peer, (int)size, (const char *)data);
}

static void lost_cb(struct mezzo_executor *e,
                    const char *peer,
                    const char *reason,
                    void *arg)
{
    (void)e;
    note(arg, "<lost %s %s\n", peer, reason);
}

static const struct mezzo_executor_callbacks callbacks = {
    .peer_message = message_cb,
    .peer_lost = lost_cb,
};

static void note_call(struct desk *d, const Mesos__V1__Executor__Call *call)
{
    if (call->type == CALL(PEER_SEND)) {
        d->sent_count++;
        if (call->peer_send->data.len < 100)
            note(d, ">%d %s %.*s\n", (int)call->peer_send->channel,
                 call->peer_send->executor_id, (int)call->peer_send->data.len,
                 (const char *)call->peer_send->data.data);
    } else if (call->type == CALL(PEER_TAKE)) {
        note(d, ">take %d %d\n", (int)call->peer_take->channel,
             (int)call->peer_take->cost);
    }
}

static void step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx) {
        if (e->kind == EFFECT_CONNECT)
            snprintf(d->peer, sizeof d->peer, "%s", e->peer);
        if (e->kind == EFFECT_STOP)
            d->has_stopped = true;
        if (e->kind == EFFECT_SEND) {
            const Mezzo__ExecutorCalls *calls =
                (const Mezzo__ExecutorCalls *)e->message;

            for (size_t i = 0; i < calls->n_calls; i++)
                note_call(d, calls->calls[i]);
        }
    }
    arena_reset(d->arena);
}

static void turn(struct desk *d)
{
    step(d, (struct input){.kind = INPUT_TIMEOUT});
}

static void say(struct desk *d,
                Mesos__V1__Executor__Event *event,
                Mesos__V1__Executor__Event__Type type)
{
    Mezzo__ExecutorEvents events = MEZZO__EXECUTOR_EVENTS__INIT;

    event->has_type = true;
    event->type = type;
    events.events = &event;
    events.n_events = 1;
    step(d, (struct input){.kind = INPUT_RECEIVED,
                           .peer = d->peer,
                           .type = FRAME_EXECUTOR_EVENTS,
                           .message = &events.base});
}

static void subscribed(struct desk *d, const char *group)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__Subscribed subscribed =
        MESOS__V1__EXECUTOR__EVENT__SUBSCRIBED__INIT;
    Mesos__V1__ExecutorInfo executor = MESOS__V1__EXECUTOR_INFO__INIT;
    Mesos__V1__FrameworkInfo framework = MESOS__V1__FRAMEWORK_INFO__INIT;
    Mesos__V1__AgentInfo agent = MESOS__V1__AGENT_INFO__INIT;

    framework.name = (char *)"frame";
    agent.hostname = (char *)"host";
    executor.group = (char *)group;
    subscribed.executor_info = &executor;
    subscribed.framework_info = &framework;
    subscribed.agent_info = &agent;
    event.subscribed = &subscribed;
    say(d, &event, EVENT(SUBSCRIBED));
}

static void gets(struct desk *d, uint64_t channel, const char *text)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__PeerMessage message =
        MESOS__V1__EXECUTOR__EVENT__PEER_MESSAGE__INIT;

    message.channel = channel;
    message.executor_id = (char *)"b";
    message.data.data = (uint8_t *)text;
    message.data.len = strlen(text);
    event.peer_message = &message;
    say(d, &event, EVENT(PEER_MESSAGE));
}

static void taken(struct desk *d, uint64_t channel, uint64_t cost)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__PeerTaken t =
        MESOS__V1__EXECUTOR__EVENT__PEER_TAKEN__INIT;

    t.channel = channel;
    t.cost = cost;
    event.peer_taken = &t;
    say(d, &event, EVENT(PEER_TAKEN));
}

static void lost(struct desk *d, uint64_t channel, bool is_incoming)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__PeerLost l =
        MESOS__V1__EXECUTOR__EVENT__PEER_LOST__INIT;

    l.channel = channel;
    l.executor_id = (char *)"b";
    l.reason = (char *)"gone";
    l.has_incoming = l.incoming = is_incoming;
    event.peer_lost = &l;
    say(d, &event, EVENT(PEER_LOST));
}

static void open_desk(struct desk *d, const char *group)
{
    static const struct mezzo_executor_options options = {
        .endpoint = "ipc:///run/agent",
        .token = "secret",
        .executor_id = "a",
        .framework_id = "f1",
    };

    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->e = mezzo_executor_new(&options, &callbacks, d);
    CHECK(executor_prepare(d->e, &(struct core_surroundings){.seed = 1},
                           NULL) == 0);
    d->machine = executor_machine(d->e);
    step(d, (struct input){.kind = INPUT_STARTED});
    subscribed(d, group);
}

static void close_desk(struct desk *d)
{
    executor_free(d->e);
    arena_free(d->arena);
}

static int send(struct desk *d, const char *peer, const char *text)
{
    int result = mezzo_executor_send(d->e, peer, text, strlen(text));

    turn(d);
    return result;
}

static void each_peer_has_a_channel(void)
{
    struct desk d;

    open_desk(&d, "g");
    CHECK(send(&d, "b", "one") == 0);
    CHECK(send(&d, "c", "two") == 0);
    CHECK(send(&d, "b", "three") == 0);
    CHECK(did(&d, ">1 b one\n>2 c two\n>1 b three\n"));
    gets(&d, 9, "hello");
    CHECK(did(&d, "<b hello\n>take 9 517\n"));
    close_desk(&d);
}

static void what_is_lost_is_told_once_and_begins_anew(void)
{
    struct desk d;

    open_desk(&d, "g");
    send(&d, "b", "one");
    gets(&d, 9, "hello");
    did(&d, "");
    lost(&d, 9, true);
    CHECK(did(&d, ""));
    lost(&d, 1, false);
    CHECK(did(&d, "<lost b gone\n"));
    lost(&d, 1, false);
    CHECK(did(&d, ""));
    send(&d, "b", "two");
    CHECK(did(&d, ">2 b two\n"));
    close_desk(&d);
}

static void who_only_sent_is_lost_too(void)
{
    struct desk d;

    open_desk(&d, "g");
    gets(&d, 9, "hello");
    did(&d, "");
    lost(&d, 9, true);
    CHECK(did(&d, "<lost b gone\n"));
    close_desk(&d);
}

static void with_the_agent_all_are_lost(void)
{
    struct desk d;

    open_desk(&d, "g");
    send(&d, "b", "one");
    send(&d, "c", "one");
    did(&d, "");
    step(&d, (struct input){.kind = INPUT_LINK_ENDED,
                            .peer = d.peer,
                            .reason = "agent gone"});
    CHECK(did(&d, "<lost b the link to the agent broke\n"
                  "<lost c the link to the agent broke\n"));
    CHECK(send(&d, "b", "two") == 0); /* waits for the agent */
    d.now += 5000;
    turn(&d);
    CHECK(did(&d, ""));
    subscribed(&d, "g");
    CHECK(did(&d, ">3 b two\n"));
    close_desk(&d);
}

static void the_window_is_kept(void)
{
    static char large[MEZZO_DATA_MAX];
    struct desk d;

    open_desk(&d, "g");
    for (int i = 0; i < 5; i++)
        CHECK(mezzo_executor_send(d.e, "b", large, sizeof large) == 0);
    turn(&d);
    CHECK(d.sent_count == 2);
    taken(&d, 1, sizeof large + GROUP_MESSAGE_COST);
    CHECK(d.sent_count == 3);
    taken(&d, 2, 1000000); /* of no channel of ours */
    CHECK(d.sent_count == 3);
    CHECK(mezzo_executor_send(d.e, "b", large, sizeof large + 1) == -E2BIG);
    while (mezzo_executor_send(d.e, "b", large, sizeof large) == 0)
        ;
    CHECK(mezzo_executor_send(d.e, "c", large, sizeof large) == -ENOBUFS);
    close_desk(&d);
}

static void it_stays_until_its_peers_have_taken_all(void)
{
    struct desk d;

    open_desk(&d, "g");
    send(&d, "b", "one");
    mezzo_executor_stop(d.e);
    turn(&d);
    CHECK(!d.has_stopped);
    taken(&d, 1, 3 + GROUP_MESSAGE_COST);
    CHECK(d.has_stopped);
    close_desk(&d);
    open_desk(&d, "g");
    send(&d, "b", "one");
    mezzo_executor_stop(d.e);
    turn(&d);
    d.now += EXECUTOR_STOP_MS;
    turn(&d);
    CHECK(d.has_stopped);
    close_desk(&d);
}

static void who_is_in_no_group_sends_nothing(void)
{
    char id[32];
    struct desk d;

    open_desk(&d, NULL);
    CHECK(send(&d, "b", "one") == -EINVAL);
    close_desk(&d);
    open_desk(&d, "g");
    CHECK(send(&d, "no such id", "one") == -EINVAL);
    for (int i = 0; i < MEZZO_PEERS_MAX; i++) {
        snprintf(id, sizeof id, "p%d", i);
        CHECK(mezzo_executor_send(d.e, id, "x", 1) == 0);
    }
    CHECK(mezzo_executor_send(d.e, "more", "x", 1) == -ENOBUFS);
    close_desk(&d);
}

int main(void)
{
    each_peer_has_a_channel();
    what_is_lost_is_told_once_and_begins_anew();
    who_only_sent_is_lost_too();
    with_the_agent_all_are_lost();
    the_window_is_kept();
    it_stays_until_its_peers_have_taken_all();
    who_is_in_no_group_sends_nothing();
    return test_done();
}
