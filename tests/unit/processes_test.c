/* processes_test.c - what an executor has started, as its library sees it. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "libframework/executor.h"
#include "libframework/processes.h"
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
    char did[65536];
};

static int closed_count;

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

static void spawned_cb(struct mezzo_executor *e,
                       uint64_t process,
                       int64_t pid,
                       const char *failure,
                       void *arg)
{
    (void)e;
    note(arg, "<spawned %d %d %s\n", (int)process, (int)pid,
         failure != NULL ? failure : "-");
}

static void exited_cb(struct mezzo_executor *e,
                      uint64_t process,
                      int status,
                      void *arg)
{
    (void)e;
    note(arg, "<exited %d %d\n", (int)process, status);
}

static const struct mezzo_executor_callbacks callbacks = {
    .spawned = spawned_cb,
    .exited = exited_cb,
};

static void note_call(struct desk *d, const Mesos__V1__Executor__Call *call)
{
    if (call->type == CALL(SUBSCRIBE)) {
        note(d, ">subscribe");
        for (size_t i = 0; i < call->subscribe->n_processes; i++)
            note(d, " %d", (int)call->subscribe->processes[i]);
        for (size_t i = 0; i < call->subscribe->n_spawning; i++)
            note(d, " (%d)", (int)call->subscribe->spawning[i]);
        note(d, "\n");
    } else if (call->type == CALL(SPAWN)) {
        note(d, ">spawn %d %s %s", (int)call->spawn->process,
             call->spawn->arguments[0],
             call->spawn->n_environment > 0 ? call->spawn->environment[0]
                                            : "-");
        for (size_t i = 0; i < call->spawn->n_targets; i++)
            note(d, " %d", (int)call->spawn->targets[i]);
        note(d, "\n");
    } else if (call->type == CALL(SIGNAL)) {
        note(d, ">signal %d %d\n", (int)call->signal->process,
             call->signal->signal);
    } else if (call->type == CALL(RELEASE)) {
        note(d, ">release %d\n", (int)call->release->process);
    }
}

static void note_order(struct desk *d, const struct executor_order *o)
{
    static const char *const names[] = {"pass", "close", "part"};

    note(d, "!%s", names[o->kind]);
    for (size_t i = 0; i < o->fds_count; i++)
        note(d, " %d", o->fds[i]);
    note(d, "\n");
}

static void step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx) {
        if (e->kind == EFFECT_CONNECT)
            snprintf(d->peer, sizeof d->peer, "%s", e->peer);
        if (e->kind == EFFECT_LOCAL)
            note_order(d, e->local);
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

static void say(struct desk *d, Mesos__V1__Executor__Event *event)
{
    Mezzo__ExecutorEvents events = MEZZO__EXECUTOR_EVENTS__INIT;

    event->has_type = true;
    events.events = &event;
    events.n_events = 1;
    step(d, (struct input){.kind = INPUT_RECEIVED,
                           .peer = d->peer,
                           .type = FRAME_EXECUTOR_EVENTS,
                           .message = &events.base});
}

static void subscribed(struct desk *d)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__Subscribed subscribed =
        MESOS__V1__EXECUTOR__EVENT__SUBSCRIBED__INIT;
    Mesos__V1__ExecutorInfo executor = MESOS__V1__EXECUTOR_INFO__INIT;
    Mesos__V1__FrameworkInfo framework = MESOS__V1__FRAMEWORK_INFO__INIT;
    Mesos__V1__AgentInfo agent = MESOS__V1__AGENT_INFO__INIT;

    framework.name = (char *)"frame";
    agent.hostname = (char *)"host";
    subscribed.executor_info = &executor;
    subscribed.framework_info = &framework;
    subscribed.agent_info = &agent;
    event.type = EVENT(SUBSCRIBED);
    event.subscribed = &subscribed;
    say(d, &event);
}

static void is_spawned(struct desk *d,
                       uint64_t process,
                       int64_t pid,
                       const char *failure)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__Spawned spawned =
        MESOS__V1__EXECUTOR__EVENT__SPAWNED__INIT;

    spawned.process = process;
    spawned.has_pid = failure == NULL;
    spawned.pid = pid;
    spawned.failure = (char *)failure;
    event.type = EVENT(SPAWNED);
    event.spawned = &spawned;
    say(d, &event);
}

static void has_exited(struct desk *d, uint64_t process, int status)
{
    Mesos__V1__Executor__Event event = MESOS__V1__EXECUTOR__EVENT__INIT;
    Mesos__V1__Executor__Event__Exited exited =
        MESOS__V1__EXECUTOR__EVENT__EXITED__INIT;

    exited.process = process;
    exited.has_status = status >= 0;
    exited.status = status;
    event.type = EVENT(EXITED);
    event.exited = &exited;
    say(d, &event);
}

static int copy_fd(int fd)
{
    return fd < 0 ? -EBADF : fd + 100;
}

static void close_fd(int fd)
{
    (void)fd;
    closed_count++;
}

static const char *const *environment(void)
{
    static const char *const own[] = {"OWN=1", NULL};

    return own;
}

static void open_desk(struct desk *d)
{
    static const struct mezzo_executor_options options = {
        .endpoint = "ipc:///run/agent",
        .token = "secret",
        .executor_id = "e1",
        .framework_id = "f1",
    };
    const struct core_surroundings surroundings = {.seed = 1,
                                                   .copy_fd = copy_fd,
                                                   .close_fd = close_fd,
                                                   .environment = environment};

    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->e = mezzo_executor_new(&options, &callbacks, d);
    CHECK(executor_prepare(d->e, &surroundings, NULL) == 0);
    d->machine = executor_machine(d->e);
    step(d, (struct input){.kind = INPUT_STARTED});
    subscribed(d);
    CHECK(did(d, "!part\n>subscribe\n"));
}

static void close_desk(struct desk *d)
{
    executor_free(d->e);
    arena_free(d->arena);
}

static uint64_t spawn(struct desk *d, size_t fds_count)
{
    static const char *const argv[] = {"prog", NULL};
    static const int fds[] = {4, 5}, targets[] = {1, 7};
    const struct mezzo_spawn how = {
        .argv = argv, .fds = fds, .targets = targets, .fds_count = fds_count};
    uint64_t process = 0;

    CHECK(mezzo_executor_spawn(d->e, &how, &process) == 0);
    return process;
}

static void its_life_is_told_and_released(void)
{
    struct desk d;

    open_desk(&d);
    CHECK(spawn(&d, 2) == 1);
    CHECK(mezzo_executor_signal(d.e, 1, 2) == 0);
    turn(&d);
    CHECK(did(&d, "!pass 104 105\n>spawn 1 prog OWN=1 1 7\n>signal 1 2\n"));
    is_spawned(&d, 1, 99, NULL);
    CHECK(did(&d, "<spawned 1 99 -\n!close 104 105\n"));
    is_spawned(&d, 1, 99, NULL);
    CHECK(did(&d, ""));
    has_exited(&d, 1, 0x700);
    CHECK(did(&d, "<exited 1 1792\n>release 1\n"));
    has_exited(&d, 1, 0x700);
    CHECK(did(&d, ""));
    CHECK(mezzo_executor_signal(d.e, 1, 2) == -ENOENT);
    close_desk(&d);
}

static void a_failure_is_told_in_words(void)
{
    struct desk d;

    open_desk(&d);
    spawn(&d, 0);
    turn(&d);
    CHECK(did(&d, ">spawn 1 prog OWN=1\n"));
    is_spawned(&d, 1, 0, "no such file");
    CHECK(did(&d, "<spawned 1 0 no such file\n"));
    CHECK(mezzo_executor_signal(d.e, 1, 2) == -ENOENT);
    close_desk(&d);
}

static void a_new_link_goes_on_with_all(void)
{
    struct desk d;

    open_desk(&d);
    spawn(&d, 0);
    spawn(&d, 2);
    turn(&d);
    is_spawned(&d, 1, 99, NULL);
    did(&d, "");
    step(&d, (struct input){.kind = INPUT_LINK_ENDED,
                            .peer = d.peer,
                            .reason = "agent gone"});
    d.now += 5000;
    turn(&d);
    CHECK(did(&d, "!part\n>subscribe 1 (2)\n"));
    subscribed(&d);
    CHECK(did(&d, "!pass 104 105\n>spawn 2 prog OWN=1 1 7\n"));
    has_exited(&d, 1, -1);
    CHECK(did(&d, "<exited 1 -1\n>release 1\n"));
    close_desk(&d);
}

static void no_more_are_asked_for_at_once_than_can_be_passed(void)
{
    struct desk d;
    size_t count = 0;

    open_desk(&d);
    for (int i = 0; i < PROCESSES_SENT_MAX + 1; i++)
        spawn(&d, 0);
    turn(&d);
    for (const char *at = d.did; (at = strstr(at, ">spawn")) != NULL; at++)
        count++;
    CHECK(count == PROCESSES_SENT_MAX);
    did(&d, "");
    is_spawned(&d, 1, 99, NULL);
    CHECK(did(&d, "<spawned 1 99 -\n>spawn 65 prog OWN=1\n"));
    close_desk(&d);
}

static void what_cannot_be_is_refused(void)
{
    static const char *const argv[] = {"prog", NULL};
    static const char *const none[] = {NULL};
    static const int fds[] = {4, -1}, targets[] = {1, 7}, twice[] = {1, 1};
    struct mezzo_spawn how = {.argv = none};
    struct desk d;

    open_desk(&d);
    CHECK(mezzo_executor_spawn(d.e, &how, NULL) == -EINVAL);
    how = (struct mezzo_spawn){
        .argv = argv, .fds = fds, .targets = targets, .fds_count = 2};
    closed_count = 0;
    CHECK(mezzo_executor_spawn(d.e, &how, NULL) == -EBADF);
    CHECK(closed_count == 1);
    how.targets = twice;
    CHECK(mezzo_executor_spawn(d.e, &how, NULL) == -EINVAL);
    how.fds_count = MEZZO_SPAWN_FDS_MAX + 1;
    CHECK(mezzo_executor_spawn(d.e, &how, NULL) == -E2BIG);
    CHECK(mezzo_executor_signal(d.e, 1, 2) == -ENOENT);
    spawn(&d, 0);
    CHECK(mezzo_executor_signal(d.e, 1, 65) == -EINVAL);
    for (int i = 1; i < MEZZO_PROCESSES_MAX; i++)
        spawn(&d, 0);
    how = (struct mezzo_spawn){.argv = argv};
    CHECK(mezzo_executor_spawn(d.e, &how, NULL) == -ENOSPC);
    close_desk(&d);
}

static void what_is_left_is_closed(void)
{
    struct desk d;

    open_desk(&d);
    spawn(&d, 2);
    closed_count = 0;
    processes_close_all(d.e->processes, close_fd);
    CHECK(closed_count == 2);
    close_desk(&d);
}

int main(void)
{
    its_life_is_told_and_released();
    a_failure_is_told_in_words();
    a_new_link_goes_on_with_all();
    no_more_are_asked_for_at_once_than_can_be_passed();
    what_cannot_be_is_refused();
    what_is_left_is_closed();
    return test_done();
}
