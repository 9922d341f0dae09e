/* agent_processes_test.c - what an executor has its agent start beside it. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/processes.h"
#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/executor_desk.h"

#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name
#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name
#define RUN EXECUTOR_DESK_RUN

static Mesos__V1__Executor__Call *spawn_call(struct desk *d, uint64_t process)
{
    static const char *arguments[] = {"prog", "-x"};
    static const char *environment[] = {"A=1"};
    static uint32_t targets[] = {1, 7};
    Mesos__V1__Executor__Call *call = executor_desk_call(d, CALL(SPAWN));

    call->spawn = message_new(desk_arena(d),
                              &mesos__v1__executor__call__spawn__descriptor);
    call->spawn->process = process;
    call->spawn->arguments = (char **)arguments;
    call->spawn->n_arguments = 2;
    call->spawn->environment = (char **)environment;
    call->spawn->n_environment = 1;
    call->spawn->targets = targets;
    call->spawn->n_targets = 2;
    return call;
}

static void spawn(struct desk *d, const char *peer, uint64_t process)
{
    executor_desk_say(d, peer, NULL, spawn_call(d, process));
}

static void is_spawned(struct desk *d, uint64_t process, pid_t pid)
{
    desk_report(d, &(struct report){.kind = REPORT_SPAWNED,
                                    .run = RUN,
                                    .process = process,
                                    .pid = pid});
}

static void has_exited(struct desk *d, uint64_t process, int status)
{
    desk_report(d, &(struct report){.kind = REPORT_PROCESS_EXITED,
                                    .run = RUN,
                                    .process = process,
                                    .is_status_known = true,
                                    .wait_status = status});
}

static void release(struct desk *d, uint64_t process)
{
    Mesos__V1__Executor__Call *call = executor_desk_call(d, CALL(RELEASE));

    call->release = message_new(
        desk_arena(d), &mesos__v1__executor__call__release__descriptor);
    call->release->process = process;
    executor_desk_say(d, "x", NULL, call);
}

/* On a new link, with what it knows of its processes. */
static void subscribe_again(struct desk *d,
                            const char *token,
                            uint64_t process,
                            uint64_t spawning)
{
    Mesos__V1__Executor__Call *call = executor_desk_call(d, CALL(SUBSCRIBE));

    call->subscribe = message_new(
        desk_arena(d), &mesos__v1__executor__call__subscribe__descriptor);
    call->subscribe->processes = &process;
    call->subscribe->n_processes = process != 0;
    call->subscribe->spawning = &spawning;
    call->subscribe->n_spawning = spawning != 0;
    executor_desk_say(d, "y", token, call);
    CHECK(executor_desk_take(d, "y", EVENT(SUBSCRIBED)) != NULL);
}

static bool heard_spawned(struct desk *d, const char *peer, int64_t pid)
{
    const Mesos__V1__Executor__Event *event =
        executor_desk_take(d, peer, EVENT(SPAWNED));

    return event != NULL && event->spawned->pid == pid &&
           event->spawned->failure == NULL;
}

static bool heard_exited(struct desk *d, const char *peer, int status)
{
    const Mesos__V1__Executor__Event *event =
        executor_desk_take(d, peer, EVENT(EXITED));

    return event != NULL &&
           (event->exited->has_status ? event->exited->status : -1) == status;
}

static void a_process_is_started_told_and_released(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const struct order *o;

    spawn(d, "x", 3);
    o = desk_take_order(d, ORDER_SPAWN, RUN);
    CHECK(o != NULL && o->process == 3 && strcmp(o->spawn.argv[1], "-x") == 0);
    CHECK(o->spawn.argv[2] == NULL && o->spawn.environment[1] == NULL);
    CHECK(o->spawn.targets_count == 2 && o->spawn.targets[1] == 7);
    is_spawned(d, 3, 99);
    CHECK(heard_spawned(d, "x", 99));
    has_exited(d, 3, 0x700);
    CHECK(heard_exited(d, "x", 0x700));
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN) == NULL);
    release(d, 3);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN)->process == 3);
    release(d, 3);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN) == NULL);
    desk_free(d);
}

static void a_signal_is_for_one_process(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    Mesos__V1__Executor__Call *call = executor_desk_call(d, CALL(SIGNAL));
    const struct order *o;

    spawn(d, "x", 3);
    call->signal = message_new(desk_arena(d),
                               &mesos__v1__executor__call__signal__descriptor);
    call->signal->process = 3;
    call->signal->signal = SIGINT;
    executor_desk_say(d, "x", NULL, call);
    o = desk_take_order(d, ORDER_SIGNAL, RUN);
    CHECK(o != NULL && o->process == 3 && o->signal == SIGINT);
    call->signal->process = 4; /* none of its */
    executor_desk_say(d, "x", NULL, call);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN) == NULL);
    desk_free(d);
}

static void what_could_not_be_started_is_told_why(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__Executor__Event *event;

    spawn(d, "x", 3);
    desk_report(d, &(struct report){.kind = REPORT_SPAWNED,
                                    .run = RUN,
                                    .process = 3,
                                    .fault = "no such file"});
    event = executor_desk_take(d, "x", EVENT(SPAWNED));
    CHECK(event != NULL && !event->spawned->has_pid);
    CHECK(strcmp(event->spawned->failure, "no such file") == 0);
    spawn(d, "x", 3); /* may be tried again */
    CHECK(desk_take_order(d, ORDER_SPAWN, RUN) != NULL);
    CHECK(desk_take_order(d, ORDER_SPAWN, RUN) != NULL);
    desk_free(d);
}

static void an_end_is_told_until_it_was_heard(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    spawn(d, "x", 3);
    is_spawned(d, 3, 99);
    desk_end_link(d, "x", "gone", 0);
    has_exited(d, 3, 0x100);
    subscribe_again(d, token, 3, 0);
    CHECK(heard_exited(d, "y", 0x100));
    desk_free(d);
}

static void what_was_asked_for_twice_is_started_once(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    spawn(d, "x", 3);
    CHECK(desk_take_order(d, ORDER_SPAWN, RUN) != NULL);
    desk_end_link(d, "x", "gone", 0);
    is_spawned(d, 3, 99);
    has_exited(d, 3, 0x100);
    subscribe_again(d, token, 0, 3);
    CHECK(executor_desk_take(d, "y", EVENT(LAUNCH)) != NULL);
    spawn(d, "y", 3);
    CHECK(heard_spawned(d, "y", 99));
    CHECK(heard_exited(d, "y", 0x100));
    CHECK(desk_take_order(d, ORDER_SPAWN, RUN) == NULL);
    desk_free(d);
}

static void what_the_executor_knows_no_more_is_released(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    spawn(d, "x", 3);
    is_spawned(d, 3, 99);
    desk_end_link(d, "x", "gone", 0);
    subscribe_again(d, token, 0, 0);
    CHECK(desk_take_order(d, ORDER_RELEASE, RUN)->process == 3);
    desk_free(d);
}

static void what_nobody_knows_has_ended_with_its_status_lost(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    desk_end_link(d, "x", "gone", 0);
    subscribe_again(d, token, 3, 0);
    CHECK(heard_exited(d, "y", -1));
    desk_free(d);
}

static void a_new_agent_finds_what_the_old_one_started(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const struct order *o;

    spawn(d, "x", 3);
    is_spawned(d, 3, 99);
    desk_restart(d);
    o = desk_take_order(d, ORDER_ADOPT, RUN);
    CHECK(o != NULL && strcmp(o->token, token) == 0);
    CHECK(o != NULL && strcmp(o->adopt.user, "alice") == 0);
    is_spawned(d, 3, 99);
    has_exited(d, 3, 0x500);
    subscribe_again(d, token, 3, 0);
    CHECK(heard_exited(d, "y", 0x500));
    desk_free(d);
}

static void nonsense_ends_the_link(void)
{
    const char *token;

    for (int i = 0; i < 6; i++) {
        struct desk *d = executor_desk_new(&token);
        Mesos__V1__Executor__Call *call = spawn_call(d, i == 0 ? 0 : 3);
        static uint32_t twice[] = {1, 1}, high[] = {1, 256};

        if (i == 1)
            call->spawn->process = PROCESSES_OURS;
        if (i == 2)
            call->spawn->n_arguments = 0;
        if (i == 3)
            call->spawn->targets = twice;
        if (i == 4)
            call->spawn->targets = high;
        if (i == 5)
            call->spawn = NULL;
        executor_desk_say(d, "x", NULL, call);
        CHECK(desk_has_ended(d, "x", "executor: "));
        CHECK(desk_take_order(d, ORDER_SPAWN, RUN) == NULL);
        desk_free(d);
    }
}

static void there_is_a_bound(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__Executor__Event *event;

    for (uint64_t i = 1; i <= PROCESSES_OF_EXECUTOR_MAX; i++)
        spawn(d, "x", i);
    CHECK(desk_take_message(d, "x") == NULL);
    spawn(d, "x", PROCESSES_OF_EXECUTOR_MAX + 1);
    event = executor_desk_take(d, "x", EVENT(SPAWNED));
    CHECK(event != NULL && event->spawned->failure != NULL);
    desk_free(d);
}

int main(void)
{
    a_process_is_started_told_and_released();
    a_signal_is_for_one_process();
    what_could_not_be_started_is_told_why();
    an_end_is_told_until_it_was_heard();
    what_was_asked_for_twice_is_started_once();
    what_the_executor_knows_no_more_is_released();
    what_nobody_knows_has_ended_with_its_status_lost();
    a_new_agent_finds_what_the_old_one_started();
    nonsense_ends_the_link();
    there_is_a_bound();
    return test_done();
}
