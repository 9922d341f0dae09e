/* gangs_test.c - tasks that an agent prepares, and starts when it is told. */

#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define STATE(name) MEZZO__AGENT_CALL__GANG__STATE__##name

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

/* One of `count` tasks of gang "G". */
static void prepare(struct desk *d, Mesos__V1__TaskInfo *task, uint32_t count)
{
    Mezzo__AgentEvent *e = desk_event(d, MEZZO__AGENT_EVENT__TYPE__LAUNCH);

    e->launch =
        message_new(desk_arena(d), &mezzo__agent_event__launch__descriptor);
    e->launch->framework = desk_framework(d);
    e->launch->tasks = arena_alloc(desk_arena(d), sizeof *e->launch->tasks);
    e->launch->tasks[0] = task;
    e->launch->n_tasks = 1;
    e->launch->gang_id = (char *)"G";
    e->launch->has_gang_tasks_count = true;
    e->launch->gang_tasks_count = count;
    desk_say(d, e);
}

static void decide(struct desk *d, const char *reason)
{
    Mezzo__AgentEvent *e = desk_event(d, MEZZO__AGENT_EVENT__TYPE__GANG);

    e->gang = message_new(desk_arena(d), &mezzo__agent_event__gang__descriptor);
    e->gang->framework_id =
        message_new(desk_arena(d), &mesos__v1__framework_id__descriptor);
    e->gang->framework_id->value = (char *)"F";
    e->gang->gang_id = (char *)"G";
    e->gang->reason = (char *)reason;
    desk_say(d, e);
}

/* What it says of the gang next; 0: nothing. */
static int told(struct desk *d)
{
    const Mezzo__AgentCall *call =
        desk_take_call(d, MEZZO__AGENT_CALL__TYPE__GANG);

    if (call == NULL)
        return 0;
    CHECK(strcmp(call->gang->gang_id, "G") == 0);
    CHECK(strcmp(call->gang->framework_id->value, "F") == 0);
    return call->gang->state;
}

static int last_told(struct desk *d)
{
    int state, last = 0;

    while ((state = told(d)) != 0)
        last = state;
    return last;
}

static Mesos__V1__TaskInfo *task_of_executor(struct desk *d, const char *id)
{
    Mesos__V1__TaskInfo *task = desk_task(d, id);
    Mesos__V1__ExecutorInfo *e =
        message_new(desk_arena(d), &mesos__v1__executor_info__descriptor);

    e->executor_id =
        message_new(desk_arena(d), &mesos__v1__executor_id__descriptor);
    e->executor_id->value = (char *)"E";
    e->command = task->command;
    task->command = NULL;
    task->executor = e;
    return task;
}

static void subscribe(struct desk *d, const char *peer)
{
    const struct order *o = desk_take_order(d, ORDER_LAUNCH, "F/executor/E");
    Mezzo__ExecutorCalls calls = MEZZO__EXECUTOR_CALLS__INIT;
    Mesos__V1__Executor__Call call = MESOS__V1__EXECUTOR__CALL__INIT;
    Mesos__V1__Executor__Call *one = &call;
    Mesos__V1__Executor__Call__Subscribe subscribe =
        MESOS__V1__EXECUTOR__CALL__SUBSCRIBE__INIT;
    Mesos__V1__ExecutorID id = MESOS__V1__EXECUTOR_ID__INIT;
    Mesos__V1__FrameworkID framework = MESOS__V1__FRAMEWORK_ID__INIT;

    CHECK(o != NULL);
    for (const char *const *e = o->launch.environment; *e != NULL; e++)
        if (strncmp(*e, "MEZZO_EXECUTOR_TOKEN=", 21) == 0)
            calls.token = (char *)*e + 21;
    id.value = (char *)"E";
    framework.value = (char *)"F";
    call.executor_id = &id;
    call.framework_id = &framework;
    call.has_type = true;
    call.type = MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE;
    call.subscribe = &subscribe;
    calls.calls = &one;
    calls.n_calls = 1;
    desk_receive(d, peer, PRINCIPAL_EXECUTOR, &calls.base);
}

/* The task it is launched next, or "". */
static const char *launched(struct desk *d, const char *peer)
{
    const Mezzo__ExecutorEvents *m;

    while ((m = (const Mezzo__ExecutorEvents *)desk_take_message(d, peer)) !=
           NULL)
        if (m->events[0]->launch != NULL)
            return m->events[0]->launch->task->task_id->value;
    return "";
}

static void nothing_starts_before_the_master_says_so(void)
{
    struct desk *d = registered();

    prepare(d, desk_task(d, "t"), 2);
    CHECK(last_told(d) == STATE(PREPARING)); /* one more is to come */
    prepare(d, desk_task(d, "u"), 2);
    CHECK(last_told(d) == STATE(PREPARED));
    CHECK(!desk_is_alive(d, "F/t") && !desk_is_alive(d, "F/u"));
    decide(d, NULL);
    CHECK(desk_is_alive(d, "F/t") && desk_is_alive(d, "F/u"));
    CHECK(last_told(d) == STATE(OVER));
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    desk_free(d);
}

static void it_is_told_when_the_fetches_are_done(void)
{
    struct desk *d = registered();

    desk_hold(d, ORDER_PREPARE);
    prepare(d, desk_task(d, "t"), 1);
    CHECK(last_told(d) == STATE(PREPARING));
    desk_carry_out(d, ORDER_PREPARE, "F/t", NULL);
    CHECK(last_told(d) == STATE(PREPARED));
    desk_free(d);
}

static void one_that_cannot_be_prepared_is_dropped(void)
{
    struct desk *d = registered();

    desk_hold(d, ORDER_PREPARE);
    prepare(d, desk_task(d, "t"), 2);
    prepare(d, desk_task(d, "u"), 2);
    desk_carry_out(d, ORDER_PREPARE, "F/t", "no such file");
    CHECK(is_state(desk_take_update(d, "t"), TASK_DROPPED));
    desk_carry_out(d, ORDER_PREPARE, "F/u", NULL);
    CHECK(last_told(d) == STATE(PREPARING)); /* and never more */
    decide(d, "task t ended before");
    CHECK(is_reason(desk_take_update(d, "u"), REASON(GANG_NOT_STARTED)));
    CHECK(last_told(d) == STATE(OVER));
    CHECK(!desk_is_alive(d, "F/u"));
    desk_free(d);
}

static void what_was_dropped_is_free_again(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *large;

    prepare(d, desk_task(d, "t"), 1);
    decide(d, "no more");
    CHECK(is_state(desk_take_update(d, "t"), TASK_DROPPED));
    large = desk_task(d, "u");
    desk_add_resource(d, large, "cpus:3");
    desk_launch(d, large);
    CHECK(is_state(desk_take_update(d, "u"), TASK_RUNNING));
    desk_free(d);
}

static void a_gang_nobody_knows_is_over(void)
{
    struct desk *d = registered();

    decide(d, "whatever");
    CHECK(last_told(d) == STATE(OVER));
    decide(d, NULL);
    CHECK(last_told(d) == STATE(OVER));
    desk_free(d);
}

static void another_master_is_told_again(void)
{
    struct desk *d = registered();

    prepare(d, desk_task(d, "t"), 1);
    CHECK(last_told(d) == STATE(PREPARED));
    desk_end_link(d, desk_master(d), "gone", desk_now(d));
    desk_pass(d, 2000);
    desk_register(d);
    CHECK(last_told(d) == STATE(PREPARED));
    decide(d, NULL);
    CHECK(desk_is_alive(d, "F/t"));
    desk_free(d);
}

static void a_restart_forgets_what_waits_and_doubles_nothing(void)
{
    struct desk *d = registered();

    prepare(d, desk_task(d, "t"), 1);
    desk_restart(d);
    desk_register(d);
    CHECK(is_state(desk_take_update(d, "t"), TASK_DROPPED));
    decide(d, NULL);
    CHECK(!desk_is_alive(d, "F/t"));
    prepare(d, desk_task(d, "u"), 1);
    decide(d, NULL);
    CHECK(desk_is_alive(d, "F/u"));
    CHECK(is_state(desk_take_update(d, "u"), TASK_RUNNING));
    desk_restart(d);
    desk_register(d);
    CHECK(desk_is_alive(d, "F/u"));
    decide(d, NULL);
    desk_exit(d, "F/u", 0);
    CHECK(is_state(desk_take_update(d, "u"), TASK_RUNNING)); /* once more */
    CHECK(is_state(desk_take_update(d, "u"), TASK_FINISHED));
    desk_free(d);
}

static void an_executor_is_there_before_its_tasks_are_launched(void)
{
    struct desk *d = registered();

    prepare(d, task_of_executor(d, "t"), 1);
    CHECK(last_told(d) == STATE(FETCHED));
    subscribe(d, "x1");
    CHECK(last_told(d) == STATE(PREPARED));
    CHECK(strcmp(launched(d, "x1"), "") == 0);
    decide(d, NULL);
    CHECK(strcmp(launched(d, "x1"), "t") == 0);
    desk_free(d);
}

static void an_executor_without_work_goes(void)
{
    struct desk *d = registered();

    prepare(d, task_of_executor(d, "t"), 1);
    subscribe(d, "x1");
    decide(d, "no more");
    CHECK(is_state(desk_take_update(d, "t"), TASK_DROPPED));
    desk_pass(d, 10000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/executor/E") != NULL);
    desk_free(d);
}

static void a_restart_drops_what_an_executor_was_not_sent(void)
{
    struct desk *d = registered();

    prepare(d, task_of_executor(d, "t"), 1);
    subscribe(d, "x1");
    desk_restart(d);
    desk_register(d);
    CHECK(is_state(desk_take_update(d, "t"), TASK_DROPPED));
    desk_free(d);
}

static void what_an_executor_was_sent_outlives_a_restart(void)
{
    struct desk *d = registered();

    prepare(d, task_of_executor(d, "t"), 1);
    subscribe(d, "x1");
    decide(d, NULL);
    desk_restart(d);
    desk_register(d);
    CHECK(desk_take_update(d, "t") == NULL);
    desk_free(d);
}

int main(void)
{
    nothing_starts_before_the_master_says_so();
    it_is_told_when_the_fetches_are_done();
    one_that_cannot_be_prepared_is_dropped();
    what_was_dropped_is_free_again();
    a_gang_nobody_knows_is_over();
    another_master_is_told_again();
    a_restart_forgets_what_waits_and_doubles_nothing();
    an_executor_is_there_before_its_tasks_are_launched();
    an_executor_without_work_goes();
    a_restart_drops_what_an_executor_was_not_sent();
    what_an_executor_was_sent_outlives_a_restart();
    return test_done();
}
