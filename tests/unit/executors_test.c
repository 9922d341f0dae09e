/* executors_test.c - tasks that a framework's own executor runs. */

#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/executor_desk.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define EXITED(status) ((status) << 8)
#define RUN EXECUTOR_DESK_RUN

static bool is_state(const Mesos__V1__TaskStatus *status, enum task_state state)
{
    return status != NULL && (enum task_state)status->state == state;
}

static bool is_reason(const Mesos__V1__TaskStatus *status,
                      Mesos__V1__TaskStatus__Reason reason)
{
    return status != NULL && status->has_reason && status->reason == reason;
}

static struct desk *registered(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    return d;
}

static void update(struct desk *d,
                   const char *peer,
                   const char *task,
                   enum task_state state,
                   const char *uuid)
{
    Mesos__V1__Executor__Call *call =
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__UPDATE);
    Mesos__V1__TaskStatus *status =
        message_new(desk_arena(d), &mesos__v1__task_status__descriptor);

    status->task_id =
        message_new(desk_arena(d), &mesos__v1__task_id__descriptor);
    status->task_id->value = (char *)task;
    status->state = (Mesos__V1__TaskState)state;
    status->has_uuid = true;
    status->uuid.data = (uint8_t *)uuid;
    status->uuid.len = strlen(uuid);
    call->update = message_new(desk_arena(d),
                               &mesos__v1__executor__call__update__descriptor);
    call->update->status = status;
    executor_desk_say(d, peer, NULL, call);
}

static void an_executor_is_started_once_and_given_its_tasks(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__Executor__Event *event;

    CHECK(strlen(token) == 64);
    desk_launch(d, executor_desk_task(d, "u"));
    CHECK(desk_take_order(d, ORDER_PREPARE, RUN) != NULL);
    CHECK(desk_take_order(d, ORDER_PREPARE, NULL) == NULL);
    event =
        executor_desk_take(d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__LAUNCH);
    CHECK(event != NULL &&
          strcmp(event->launch->task->task_id->value, "u") == 0);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

static void what_an_executor_tells_is_journaled_told_and_confirmed(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__TaskStatus *status;
    const Mesos__V1__Executor__Event *event;

    desk_hold(d, ORDER_JOURNAL);
    update(d, "x", "t", TASK_RUNNING, "uuid-1");
    CHECK(desk_take_update(d, "t") == NULL);
    CHECK(desk_take_message(d, "x") == NULL);
    desk_unhold_all(d);
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_RUNNING));
    CHECK(strcmp(status->executor_id->value, "E") == 0);
    CHECK(status->uuid.len == 16);
    event = executor_desk_take(d, "x",
                               MESOS__V1__EXECUTOR__EVENT__TYPE__ACKNOWLEDGED);
    CHECK(event != NULL && event->acknowledged->uuid.len == 6);
    CHECK(memcmp(event->acknowledged->uuid.data, "uuid-1", 6) == 0);
    update(d, "x", "t", TASK_FINISHED, "uuid-2");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FINISHED));
    CHECK(desk_is_alive(d, RUN));
    desk_acknowledge(d, status, true);
    desk_free(d);
}

static void what_is_told_twice_is_confirmed_twice_and_told_once(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    update(d, "x", "t", TASK_FINISHED, "uuid-1");
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    update(d, "x", "t", TASK_FINISHED, "uuid-1");
    CHECK(desk_take_update(d, "t") == NULL);
    CHECK(executor_desk_take(d, "x",
                             MESOS__V1__EXECUTOR__EVENT__TYPE__ACKNOWLEDGED));
    CHECK(executor_desk_take(d, "x",
                             MESOS__V1__EXECUTOR__EVENT__TYPE__ACKNOWLEDGED));
    desk_free(d);
}

static void a_wrong_token_is_refused(void)
{
    struct desk *d = registered();
    char wrong[65];
    const char *token;

    desk_launch(d, executor_desk_task(d, "t"));
    token = executor_desk_token(d);
    memcpy(wrong, token, sizeof wrong);
    wrong[63] = wrong[63] == '0' ? '1' : '0';
    executor_desk_subscribe(d, "y", wrong);
    CHECK(desk_has_ended(d, "y", "no executor of ours"));
    wrong[63] = '\0';
    executor_desk_subscribe(d, "z", wrong);
    CHECK(desk_has_ended(d, "z", "no executor of ours"));
    executor_desk_subscribe(d, "w", NULL);
    CHECK(desk_has_ended(d, "w", "does not begin with a token"));
    update(d, "v", "t", TASK_RUNNING, "uuid-1");
    CHECK(desk_has_ended(d, "v", "does not begin with a token"));
    CHECK(desk_take_message(d, "y") == NULL);
    desk_free(d);
}

static void an_executor_tells_only_what_it_may(void)
{
    static const enum task_state states[] = {
        TASK_STAGING, TASK_UNREACHABLE, TASK_GONE_BY_OPERATOR,
        TASK_UNKNOWN, TASK_LOST,        (enum task_state)99,
    };
    const char *token;
    struct desk *d;
    Mesos__V1__Executor__Call *call;

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        d = executor_desk_new(&token);
        update(d, "x", "t", states[i], "uuid-1");
        CHECK(desk_has_ended(d, "x", "not an executor's to tell"));
        CHECK(desk_take_update(d, "t") == NULL);
        desk_free(d);
    }
    d = executor_desk_new(&token);
    desk_launch(d, desk_task(d, "own"));
    update(d, "x", "own", TASK_FINISHED, "uuid-1");
    CHECK(desk_has_ended(d, "x", "not its"));
    desk_free(d);
    d = executor_desk_new(&token);
    call = executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE);
    call->executor_id->value = (char *)"other";
    executor_desk_say(d, "x", token, call);
    CHECK(desk_has_ended(d, "x", "another executor's name"));
    desk_free(d);
    d = executor_desk_new(&token);
    executor_desk_say(
        d, "x", NULL,
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__UPDATE));
    CHECK(desk_has_ended(d, "x", "without a status"));
    desk_free(d);
}

static void an_executor_that_ends_takes_its_tasks_along(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__TaskStatus *status;
    const Mezzo__AgentCall *ended;

    desk_launch(d, executor_desk_task(d, "u"));
    update(d, "x", "t", TASK_FINISHED, "uuid-1");
    desk_take_update(d, "t");
    desk_exit(d, RUN, EXITED(1));
    CHECK(desk_take_update(d, "t") == NULL);
    status = desk_take_update(d, "u");
    CHECK(is_state(status, TASK_FAILED));
    CHECK(is_reason(status, REASON(EXECUTOR_TERMINATED)));
    ended = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__EXECUTOR_ENDED);
    CHECK(ended != NULL && ended->executor_ended->status == EXITED(1));
    CHECK(!desk_is_zombie(d, RUN) && desk_has_ended(d, "x", "ended"));
    desk_launch(d, executor_desk_task(d, "v")); /* a new one is started */
    CHECK(desk_is_alive(d, RUN));
    CHECK(strcmp(executor_desk_token(d), token) != 0);
    desk_free(d);
}

static void what_an_executor_holds_is_counted_once(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token); /* 1.5 */

    desk_launch(d, executor_desk_task(d, "u")); /* 2.5 */
    desk_launch(d, executor_desk_task(d, "v")); /* 3.5 */
    desk_launch(d, executor_desk_task(d, "w"));
    CHECK(is_state(desk_take_update(d, "w"), TASK_DROPPED));
    CHECK(desk_take_update(d, "v") == NULL);
    desk_exit(d, RUN, EXITED(0));
    for (int i = 0; i < 4; i++) {
        char id[16];

        snprintf(id, sizeof id, "n%d", i);
        desk_launch(d, desk_task(d, id));
        CHECK(is_state(desk_take_update(d, id), TASK_RUNNING));
    }
    desk_free(d);
}

static void an_executor_that_never_subscribes_is_killed(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_hold(d, ORDER_PREPARE);
    desk_launch(d, executor_desk_task(d, "t"));
    desk_pass(d, 100 * 1000); /* it is being fetched */
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN) == NULL);
    desk_unhold_all(d);
    desk_pass(d, 60000 - 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN) == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN)->signal == SIGKILL);
    desk_exit(d, RUN, SIGKILL);
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED));
    CHECK(is_reason(status, REASON(EXECUTOR_REGISTRATION_TIMEOUT)));
    desk_free(d);
}

static void a_task_is_killed_by_its_executor(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__Executor__Event *event;

    update(d, "x", "t", TASK_RUNNING, "uuid-1");
    desk_take_update(d, "t");
    executor_desk_take(d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__ACKNOWLEDGED);
    desk_kill(d, "t");
    event = executor_desk_take(d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__KILL);
    CHECK(event != NULL && strcmp(event->kill->task_id->value, "t") == 0);
    CHECK(event->kill->kill_policy->grace_period->nanoseconds == 5000000000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, NULL) == NULL);
    update(d, "x", "t", TASK_KILLED, "uuid-2");
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLED));
    desk_free(d);
}

static void a_task_killed_before_its_executor_has_it_ends_at_once(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_launch(d, executor_desk_task(d, "t"));
    desk_kill(d, "t");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_KILLED));
    CHECK(is_reason(status, REASON(TASK_KILLED_DURING_LAUNCH)));
    /* Nobody needs the executor now. */
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN)->signal == SIGTERM);
    desk_pass(d, 5000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN)->signal == SIGKILL);
    desk_exit(d, RUN, SIGKILL);
    CHECK(!desk_is_zombie(d, RUN));
    desk_free(d);
}

static void an_executor_outlives_its_agent(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    update(d, "x", "t", TASK_RUNNING, "uuid-1");
    desk_acknowledge(d, desk_take_update(d, "t"), false);
    desk_restart(d);
    desk_register(d);
    CHECK(desk_is_alive(d, RUN));
    executor_desk_subscribe(d, "x2", token);
    CHECK(executor_desk_take(d, "x2",
                             MESOS__V1__EXECUTOR__EVENT__TYPE__SUBSCRIBED));
    CHECK(desk_take_message(d, "x2") == NULL); /* it has its task */
    update(d, "x2", "t", TASK_FINISHED, "uuid-2");
    CHECK(is_state(desk_take_update(d, "t"), TASK_FINISHED));
    desk_free(d);
}

static void a_task_lost_on_its_way_is_given_again(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);

    desk_restart(d);
    desk_register(d);
    executor_desk_subscribe(d, "x2", token);
    CHECK(executor_desk_take(d, "x2",
                             MESOS__V1__EXECUTOR__EVENT__TYPE__SUBSCRIBED));
    CHECK(
        executor_desk_take(d, "x2", MESOS__V1__EXECUTOR__EVENT__TYPE__LAUNCH));
    desk_free(d);
}

static void a_task_that_the_executor_has_is_not_given_again(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    Mesos__V1__Executor__Call *call =
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE);
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    call->subscribe = message_new(
        desk_arena(d), &mesos__v1__executor__call__subscribe__descriptor);
    call->subscribe->n_unacknowledged_tasks = 1;
    call->subscribe->unacknowledged_tasks = &task;
    desk_restart(d);
    desk_register(d);
    desk_kill(d, "t"); /* while it is away */
    CHECK(desk_take_update(d, "t") == NULL);
    executor_desk_say(d, "x2", token, call);
    CHECK(executor_desk_take(d, "x2",
                             MESOS__V1__EXECUTOR__EVENT__TYPE__SUBSCRIBED));
    CHECK(executor_desk_take(d, "x2", MESOS__V1__EXECUTOR__EVENT__TYPE__KILL));
    desk_free(d);
}

static void an_executor_that_does_not_come_back_is_killed(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__TaskStatus *status;

    desk_end_link(d, "x", "silent", 0);
    desk_pass(d, 59999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN) == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN)->signal == SIGKILL);
    desk_exit(d, RUN, SIGKILL);
    desk_register(d);
    status = desk_take_update(d, "t");
    CHECK(is_reason(status, REASON(EXECUTOR_REREGISTRATION_TIMEOUT)));
    desk_free(d);
}

static void one_that_ended_while_no_agent_ran_is_found_ended(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    const Mesos__V1__TaskStatus *status;

    desk_exit_unseen(d, RUN, EXITED(0));
    desk_restart(d);
    desk_register(d);
    desk_pass(d, 0);
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED));
    CHECK(!desk_is_zombie(d, RUN));
    desk_acknowledge(d, status, false);
    desk_restart(d);
    CHECK(desk_take_order(d, ORDER_ADOPT, NULL) == NULL);
    CHECK(desk_take_order(d, ORDER_REAP, NULL) == NULL);
    desk_free(d);
}

static void messages_go_both_ways(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    Mezzo__AgentEvent *event = desk_event(d, MEZZO__AGENT_EVENT__TYPE__MESSAGE);
    Mezzo__AgentEvent__Message message = MEZZO__AGENT_EVENT__MESSAGE__INIT;
    Mesos__V1__Executor__Call *call =
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__MESSAGE);
    const Mezzo__AgentCall *told;
    const Mesos__V1__Executor__Event *heard;

    message.framework_id = call->framework_id;
    message.executor_id = call->executor_id;
    message.data.data = (uint8_t *)"ping";
    message.data.len = 4;
    event->message = &message;
    desk_say(d, event);
    heard =
        executor_desk_take(d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__MESSAGE);
    CHECK(heard != NULL && heard->message->data.len == 4);
    call->message = message_new(
        desk_arena(d), &mesos__v1__executor__call__message__descriptor);
    call->message->data.data = (uint8_t *)"pong";
    call->message->data.len = 4;
    executor_desk_say(d, "x", NULL, call);
    told = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__MESSAGE);
    CHECK(told != NULL && memcmp(told->message->data.data, "pong", 4) == 0);
    call->message->data.data = arena_alloc(desk_arena(d), 600000);
    call->message->data.len = 600000;
    executor_desk_say(d, "x", NULL, call);
    CHECK(desk_has_ended(d, "x", "too long"));
    desk_free(d);
}

static void an_executor_is_asked_to_end_and_then_killed(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_EXECUTOR);
    Mezzo__AgentEvent__ShutdownExecutor shutdown =
        MEZZO__AGENT_EVENT__SHUTDOWN_EXECUTOR__INIT;
    Mesos__V1__ExecutorID id = MESOS__V1__EXECUTOR_ID__INIT;

    id.value = (char *)"E";
    shutdown.framework_id = desk_framework(d)->id;
    shutdown.executor_id = &id;
    event->shutdown_executor = &shutdown;
    desk_say(d, event);
    CHECK(
        executor_desk_take(d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__SHUTDOWN));
    desk_launch(d, executor_desk_task(d, "late"));
    CHECK(is_state(desk_take_update(d, "late"), TASK_DROPPED));
    desk_pass(d, 5000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, RUN)->signal == SIGKILL);
    desk_free(d);
}

static void an_executor_that_cannot_be_launched_fails_its_tasks(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_hold(d, ORDER_LAUNCH);
    desk_launch(d, executor_desk_task(d, "t"));
    desk_carry_out(d, ORDER_LAUNCH, RUN, "no such file");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED));
    CHECK(is_reason(status, REASON(CONTAINER_LAUNCH_FAILED)));
    CHECK(strstr(status->message, "no such file") != NULL);
    desk_launch(d, executor_desk_task(d, "u"));
    CHECK(desk_take_update(d, "u") == NULL);
    desk_free(d);
}

static void a_restarted_machine_ends_the_tasks_of_executors(void)
{
    const char *token;
    struct desk *d = executor_desk_new(&token);
    Mesos__V1__TaskInfo *own = desk_task(d, "own");

    desk_launch(d, own);
    desk_exit(d, "F/own", EXITED(0)); /* so that all is synced */
    desk_reboot(d);
    desk_register(d);
    desk_pass(d, 0);
    CHECK(is_state(desk_take_update(d, "t"), TASK_FAILED));
    desk_free(d);
}

int main(void)
{
    an_executor_is_started_once_and_given_its_tasks();
    what_an_executor_tells_is_journaled_told_and_confirmed();
    what_is_told_twice_is_confirmed_twice_and_told_once();
    a_wrong_token_is_refused();
    an_executor_tells_only_what_it_may();
    an_executor_that_ends_takes_its_tasks_along();
    what_an_executor_holds_is_counted_once();
    an_executor_that_never_subscribes_is_killed();
    a_task_is_killed_by_its_executor();
    a_task_killed_before_its_executor_has_it_ends_at_once();
    an_executor_outlives_its_agent();
    a_task_lost_on_its_way_is_given_again();
    a_task_that_the_executor_has_is_not_given_again();
    an_executor_that_does_not_come_back_is_killed();
    one_that_ended_while_no_agent_ran_is_found_ended();
    messages_go_both_ways();
    an_executor_is_asked_to_end_and_then_killed();
    an_executor_that_cannot_be_launched_fails_its_tasks();
    a_restarted_machine_ends_the_tasks_of_executors();
    return test_done();
}
