/* executor_test.c - an executor whose agent is played by hand. */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "libframework/executor.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name
#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name

typedef Mesos__V1__Executor__Event event;

/* What it calls back ("<") and sends (">"), a line each. */
struct desk {
    struct mezzo_executor *e;
    struct machine machine;
    struct arena *arena;
    msec_t now;
    char link[32];
    char text[1 << 15];
    size_t size;
    uint8_t uuid[UUID_SIZE]; /* of the update sent last */
};

__attribute__((format(printf, 2, 3))) static void note(struct desk *d,
                                                       const char *format,
                                                       ...)
{
    va_list args;

    va_start(args, format);
    d->size += (size_t)vsnprintf(d->text + d->size, sizeof d->text - d->size,
                                 format, args);
    va_end(args);
}

static void forget(struct desk *d)
{
    d->size = 0;
    d->text[0] = '\0';
}

static bool did(struct desk *d, const char *text)
{
    bool is_same = strcmp(d->text, text) == 0;

    for (char *line = strtok(d->text, "\n"); line != NULL && !is_same;
         line = strtok(NULL, "\n"))
        printf("# did: %s\n", line);
    forget(d);
    return is_same;
}

static void subscribed_cb(struct mezzo_executor *e,
                          const struct mezzo_assignment *a,
                          void *arg)
{
    (void)e;
    note(arg, "< subscribed %s %s %s\n", a->framework_name, a->agent_id,
         a->hostname);
}

static void disconnected_cb(struct mezzo_executor *e,
                            const char *reason,
                            void *arg)
{
    (void)e;
    note(arg, "< disconnected %s\n", reason);
}

static void launch_cb(struct mezzo_executor *e,
                      const struct mezzo_task *task,
                      void *arg)
{
    (void)e;
    note(arg, "< launch %s %.*s\n", task->id, (int)task->data_size,
         (const char *)task->data);
}

static void kill_cb(struct mezzo_executor *e,
                    const char *task_id,
                    int64_t grace_ms,
                    void *arg)
{
    (void)e;
    note(arg, "< kill %s %" PRId64 "\n", task_id, grace_ms);
}

static void message_cb(struct mezzo_executor *e,
                       const void *data,
                       size_t size,
                       void *arg)
{
    (void)e;
    note(arg, "< message %.*s\n", (int)size, (const char *)data);
}

static void shutdown_cb(struct mezzo_executor *e, void *arg)
{
    (void)e;
    note(arg, "< shutdown\n");
}

static void alarm_cb(struct mezzo_executor *e, void *arg)
{
    note(arg, "< alarm %" PRId64 "\n", mezzo_executor_now_ms(e));
}

static void error_cb(struct mezzo_executor *e, const char *message, void *arg)
{
    (void)e;
    note(arg, "< error %s\n", message);
}

static const struct mezzo_executor_callbacks callbacks = {
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .launch = launch_cb,
    .kill = kill_cb,
    .message = message_cb,
    .shutdown = shutdown_cb,
    .alarm = alarm_cb,
    .error = error_cb,
};

static void note_call(struct desk *d, const Mesos__V1__Executor__Call *call)
{
    switch (call->type) {
    case CALL(SUBSCRIBE):
        note(d, "> subscribe");
        for (size_t i = 0; i < call->subscribe->n_unacknowledged_tasks; i++)
            note(d, " %s",
                 call->subscribe->unacknowledged_tasks[i]->task_id->value);
        for (size_t i = 0; i < call->subscribe->n_unacknowledged_updates; i++)
            note(d, " %s=%d",
                 call->subscribe->unacknowledged_updates[i]
                     ->status->task_id->value,
                 call->subscribe->unacknowledged_updates[i]->status->state);
        note(d, "\n");
        break;
    case CALL(UPDATE):
        note(d, "> update %s %d\n", call->update->status->task_id->value,
             call->update->status->state);
        memcpy(d->uuid, call->update->status->uuid.data, UUID_SIZE);
        break;
    case CALL(MESSAGE):
        note(d, "> message %.*s\n", (int)call->message->data.len,
             (const char *)call->message->data.data);
        break;
    default:
        note(d, "> call %d\n", (int)call->type);
        break;
    }
}

static void step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    input.wall = 5000000;
    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx) {
        const Mezzo__ExecutorCalls *calls =
            (const Mezzo__ExecutorCalls *)e->message;

        if (e->kind == EFFECT_CONNECT)
            snprintf(d->link, sizeof d->link, "%s", e->peer);
        if (e->kind == EFFECT_END_LINK)
            note(d, "> end %s\n", e->text);
        if (e->kind == EFFECT_STOP)
            note(d, "> stop %d\n", e->status);
        if (e->kind != EFFECT_SEND)
            continue;
        if (calls->token != NULL)
            note(d, "> token %s\n", calls->token);
        for (size_t i = 0; i < calls->n_calls; i++)
            note_call(d, calls->calls[i]);
    }
    arena_reset(d->arena);
}

static void wait(struct desk *d, msec_t ms)
{
    d->now += ms;
    step(d, (struct input){.kind = INPUT_TIMEOUT});
}

static event *new_event(struct desk *d, Mesos__V1__Executor__Event__Type type)
{
    event *e = message_new(d->arena, &mesos__v1__executor__event__descriptor);

    e->has_type = true;
    e->type = type;
    return e;
}

static void say(struct desk *d, event *e)
{
    Mezzo__ExecutorEvents events = MEZZO__EXECUTOR_EVENTS__INIT;

    events.events = &e;
    events.n_events = 1;
    step(d, (struct input){.kind = INPUT_RECEIVED,
                           .peer = d->link,
                           .type = FRAME_EXECUTOR_EVENTS,
                           .message = &events.base});
}

static void lose(struct desk *d)
{
    step(d, (struct input){.kind = INPUT_LINK_ENDED,
                           .peer = d->link,
                           .reason = "agent gone"});
}

static void subscribe(struct desk *d)
{
    event *e = new_event(d, EVENT(SUBSCRIBED));
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;
    Mesos__V1__ExecutorInfo executor = MESOS__V1__EXECUTOR_INFO__INIT;
    Mesos__V1__FrameworkInfo framework = MESOS__V1__FRAMEWORK_INFO__INIT;
    Mesos__V1__AgentInfo agent = MESOS__V1__AGENT_INFO__INIT;

    id.value = (char *)"a1";
    framework.name = (char *)"frame";
    agent.hostname = (char *)"host";
    agent.id = &id;
    e->subscribed = message_new(
        d->arena, &mesos__v1__executor__event__subscribed__descriptor);
    e->subscribed->executor_info = &executor;
    e->subscribed->framework_info = &framework;
    e->subscribed->agent_info = &agent;
    say(d, e);
}

static void launch(struct desk *d, const char *task_id)
{
    event *e = new_event(d, EVENT(LAUNCH));
    Mesos__V1__TaskInfo *info =
        message_new(d->arena, &mesos__v1__task_info__descriptor);

    e->launch =
        message_new(d->arena, &mesos__v1__executor__event__launch__descriptor);
    e->launch->task = info;
    info->name = arena_strdup(d->arena, task_id);
    info->task_id = message_new(d->arena, &mesos__v1__task_id__descriptor);
    info->task_id->value = arena_strdup(d->arena, task_id);
    info->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    info->agent_id->value = arena_strdup(d->arena, "a1");
    info->has_data = true;
    info->data.data = (uint8_t *)arena_strdup(d->arena, "data");
    info->data.len = 4;
    say(d, e);
}

static void acknowledge(struct desk *d, const uint8_t *uuid)
{
    event *e = new_event(d, EVENT(ACKNOWLEDGED));
    Mesos__V1__TaskID id = MESOS__V1__TASK_ID__INIT;

    id.value = (char *)"t1";
    e->acknowledged = message_new(
        d->arena, &mesos__v1__executor__event__acknowledged__descriptor);
    e->acknowledged->task_id = &id;
    e->acknowledged->uuid.data = (uint8_t *)uuid;
    e->acknowledged->uuid.len = UUID_SIZE;
    say(d, e);
}

static const struct mezzo_executor_options options = {
    .endpoint = "ipc:///run/agent",
    .token = "secret",
    .executor_id = "e1",
    .framework_id = "f1",
};

static void open_desk(struct desk *d)
{
    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->e = mezzo_executor_new(&options, &callbacks, d);
    CHECK(executor_prepare(d->e, &(struct core_surroundings){.seed = 1},
                           NULL) == 0);
    d->machine = executor_machine(d->e);
    step(d, (struct input){.kind = INPUT_STARTED});
    CHECK(did(d, "> token secret\n> subscribe\n"));
    subscribe(d);
    CHECK(did(d, "< subscribed frame a1 host\n"));
}

static void close_desk(struct desk *d)
{
    executor_free(d->e);
    arena_free(d->arena);
}

static void a_task_is_launched_and_told_of(void)
{
    struct desk d;

    open_desk(&d);
    launch(&d, "t1");
    CHECK(did(&d, "< launch t1 data\n"));
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_RUNNING, NULL) == 0);
    CHECK(d.machine.deadline(d.machine.core) == 0);
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_FINISHED, "done") == 0);
    wait(&d, 0);
    CHECK(did(&d, "> update t1 1\n> update t1 2\n"));
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_FAILED, NULL) == -ENOENT);
    close_desk(&d);
}

static void a_restarted_agent_is_told_what_it_may_not_know(void)
{
    uint8_t first[UUID_SIZE];
    struct desk d;

    open_desk(&d);
    launch(&d, "t1");
    launch(&d, "t2");
    mezzo_executor_say(d.e, "t1", MEZZO_TASK_RUNNING, NULL);
    wait(&d, 0);
    memcpy(first, d.uuid, UUID_SIZE);
    lose(&d);
    mezzo_executor_say(d.e, "t2", MEZZO_TASK_RUNNING, NULL);
    forget(&d);
    wait(&d, 1000);
    CHECK(did(&d, "> token secret\n> subscribe t1 t2 t1=1 t2=1\n"));
    subscribe(&d);
    acknowledge(&d, first);
    lose(&d);
    forget(&d);
    wait(&d, 2000);
    CHECK(did(&d, "> token secret\n> subscribe t2 t2=1\n"));
    subscribe(&d);
    launch(&d, "t2"); /* it did not know that we have it */
    CHECK(did(&d, "< subscribed frame a1 host\n"));
    close_desk(&d);
}

static void kills_and_messages_go_to_callbacks(void)
{
    Mesos__V1__TaskID id = MESOS__V1__TASK_ID__INIT;
    struct desk d;
    event *e;

    open_desk(&d);
    launch(&d, "t1");
    forget(&d);
    e = new_event(&d, EVENT(KILL));
    e->kill =
        message_new(d.arena, &mesos__v1__executor__event__kill__descriptor);
    e->kill->task_id = &id;
    id.value = (char *)"t1";
    say(&d, e);
    CHECK(did(&d, "< kill t1 -1\n"));
    e = new_event(&d, EVENT(KILL));
    e->kill =
        message_new(d.arena, &mesos__v1__executor__event__kill__descriptor);
    e->kill->task_id = &id;
    id.value = (char *)"t9"; /* nobody's */
    say(&d, e);
    CHECK(did(&d, ""));
    e = new_event(&d, EVENT(MESSAGE));
    e->message =
        message_new(d.arena, &mesos__v1__executor__event__message__descriptor);
    e->message->data.data = (uint8_t *)arena_strdup(d.arena, "hi");
    e->message->data.len = 2;
    say(&d, e);
    CHECK(did(&d, "< message hi\n"));
    CHECK(mezzo_executor_message(d.e, "ho", 2) == 0);
    CHECK(mezzo_executor_message(d.e, "ho", MEZZO_DATA_MAX + 1) == -E2BIG);
    wait(&d, 0);
    CHECK(did(&d, "> message ho\n"));
    lose(&d);
    CHECK(mezzo_executor_message(d.e, "ho", 2) == -ENOTCONN);
    close_desk(&d);
}

static void it_stops_when_all_is_acknowledged(void)
{
    struct desk d;

    open_desk(&d);
    launch(&d, "t1");
    say(&d, new_event(&d, EVENT(SHUTDOWN)));
    CHECK(did(&d, "< launch t1 data\n< shutdown\n"));
    mezzo_executor_say(d.e, "t1", MEZZO_TASK_KILLED, NULL);
    mezzo_executor_stop(d.e);
    wait(&d, 0);
    CHECK(did(&d, "> update t1 4\n"));
    acknowledge(&d, d.uuid);
    CHECK(did(&d, "> stop 0\n"));
    close_desk(&d);
}

static void it_does_not_wait_for_ever_for_an_agent(void)
{
    struct desk d;

    open_desk(&d);
    launch(&d, "t1");
    lose(&d);
    forget(&d);
    d.now += 15 * 60 * 1000 - 1;
    CHECK(d.machine.deadline(d.machine.core) <= d.now);
    wait(&d, 0);
    forget(&d);
    wait(&d, 1);
    CHECK(strstr(d.text, "< shutdown\n") != NULL);
    forget(&d);
    mezzo_executor_say(d.e, "t1", MEZZO_TASK_KILLED, NULL);
    mezzo_executor_stop(d.e);
    wait(&d, 0);
    lose(&d);
    forget(&d);
    wait(&d, 5000);
    CHECK(strstr(d.text, "> stop 0\n") != NULL);
    close_desk(&d);
}

static void states_that_are_not_its_own_are_refused(void)
{
    struct mezzo_status status = {.task_id = "t1"};
    struct desk d;

    open_desk(&d);
    launch(&d, "t1");
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_GONE, NULL) == -EINVAL);
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_STAGING, NULL) == -EINVAL);
    CHECK(mezzo_executor_say(d.e, "t1", (enum mezzo_task_state)99, NULL) ==
          -EINVAL);
    CHECK(mezzo_executor_say(d.e, "t2", MEZZO_TASK_RUNNING, NULL) == -ENOENT);
    CHECK(mezzo_executor_say(d.e, NULL, MEZZO_TASK_RUNNING, NULL) == -EINVAL);
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_RUNNING, "a\nb") == -EINVAL);
    status.state = MEZZO_TASK_RUNNING;
    status.data = "x";
    status.data_size = MEZZO_DATA_MAX + 1;
    CHECK(mezzo_executor_update(d.e, &status) == -E2BIG);
    for (int i = 0; i < MEZZO_UPDATES_MAX; i++)
        mezzo_executor_say(d.e, "t1", MEZZO_TASK_RUNNING, NULL);
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_FINISHED, NULL) == -ENOBUFS);
    close_desk(&d);
}

static void nonsense_ends_the_link(void)
{
    static const Mesos__V1__Executor__Event__Type types[] = {
        EVENT(SUBSCRIBED),   EVENT(LAUNCH),  EVENT(KILL),
        EVENT(ACKNOWLEDGED), EVENT(MESSAGE), EVENT(ERROR)};
    struct desk d;
    event *e;

    open_desk(&d);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        say(&d, new_event(&d, types[i]));
        CHECK(did(&d, "> end an event without its content\n"));
    }
    subscribe(&d);
    CHECK(did(&d, "> end subscribed twice\n"));
    step(&d, (struct input){.kind = INPUT_RECEIVED,
                            .peer = d.link,
                            .type = FRAME_STREAM_EVENT});
    CHECK(did(&d, "> end not an event for an executor\n"));
    lose(&d);
    wait(&d, 1000);
    forget(&d);
    launch(&d, "t1");
    CHECK(did(&d, "> end an event before we are subscribed\n"));
    e = new_event(&d, EVENT(ERROR));
    e->error =
        message_new(d.arena, &mesos__v1__executor__event__error__descriptor);
    e->error->message = arena_strdup(d.arena, "who are you?");
    say(&d, e);
    CHECK(did(&d, "< error who are you?\n> stop 1\n"));
    CHECK(mezzo_executor_say(d.e, "t1", MEZZO_TASK_RUNNING, NULL) ==
          -ESHUTDOWN);
    close_desk(&d);
}

static void an_alarm_comes_once(void)
{
    struct desk d;

    open_desk(&d);
    mezzo_executor_set_alarm(d.e, 2000);
    wait(&d, 999);
    CHECK(did(&d, ""));
    CHECK(d.machine.deadline(d.machine.core) == 2000);
    wait(&d, 1);
    CHECK(did(&d, "< alarm 2000\n"));
    wait(&d, 5000);
    CHECK(did(&d, ""));
    close_desk(&d);
}

int main(void)
{
    a_task_is_launched_and_told_of();
    a_restarted_agent_is_told_what_it_may_not_know();
    kills_and_messages_go_to_callbacks();
    it_stops_when_all_is_acknowledged();
    it_does_not_wait_for_ever_for_an_agent();
    states_that_are_not_its_own_are_refused();
    nonsense_ends_the_link();
    an_alarm_comes_once();
    return test_done();
}
