/* muster_test.c - a gang of two tasks, each on an agent of its own, "a" and
 * "b": prepared, started, given up, and found by another master. */

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/resources.h"
#include "master/master.h"
#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name
#define CALL(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name
#define STATE(name) MEZZO__AGENT_CALL__GANG__STATE__##name
#define TEXT(text) ((char *)(uintptr_t)(text))

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    char agents[2][96];
    char framework[96];
    char gang[96];
    char offers[2][96];
    char on[2][96]; /* the agents of the offers */
};

static const char *const peers[] = {"a", "b"};

static void another_master(struct fixture *x)
{
    msec_t now = x->d == NULL ? 1000 : desk_now(x->d);

    if (x->d != NULL)
        desk_free(x->d);
    x->d = desk_new(x->disk, now);
    desk_store(x->d);
}

/* Ask "gang" for two tasks that no agent has room for both of. */
static void ask(struct fixture *x, double max_seconds)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Request request =
        MESOS__V1__SCHEDULER__CALL__REQUEST__INIT;
    Mesos__V1__Request one = MESOS__V1__REQUEST__INIT, *ones = &one;
    Mesos__V1__Ask wanted = MESOS__V1__ASK__INIT;
    Mesos__V1__Ask__Slot slot = MESOS__V1__ASK__SLOT__INIT, *slots = &slot;
    struct arena *arena = arena_new();
    struct resources each = {0};

    resources_parse(&each, "cpus:3;mem:64", NULL);
    slot.each = resources_to_wire(&each, NULL, arena, &slot.n_each);
    slot.count = 2;
    slot.has_min = 1;
    slot.min = 2;
    wanted.id = TEXT("gang");
    wanted.slots = &slots;
    wanted.n_slots = 1;
    wanted.has_max_seconds = max_seconds > 0;
    wanted.max_seconds = max_seconds;
    one.ask = &wanted;
    request.requests = &ones;
    request.n_requests = 1;
    call.has_type = 1;
    call.type = CALL(REQUEST);
    call.request = &request;
    desk_scheduler_says(x->d, "f", &call);
    resources_release(&each);
    arena_free(arena);
}

static void take_gang(struct fixture *x)
{
    const Mesos__V1__Scheduler__Event *e =
        desk_take_event(x->d, "f", EVENT(OFFERS));

    CHECK(e != NULL && e->offers->n_offers == 2);
    for (size_t i = 0; e != NULL && i < 2; i++) {
        const Mesos__V1__Offer *o = e->offers->offers[i];

        snprintf(x->offers[i], 96, "%s", o->id->value);
        snprintf(x->on[i], 96, "%s", o->agent_id->value);
        CHECK(o->gang_id != NULL && strcmp(o->ask_id, "gang") == 0);
        snprintf(x->gang, 96, "%s", o->gang_id);
    }
}

static void set_up(struct fixture *x, double max_seconds)
{
    const Mesos__V1__Scheduler__Event *e;

    *x = (struct fixture){.disk = store_tree_new()};
    another_master(x);
    for (int i = 0; i < 2; i++)
        desk_register(x->d, peers[i], NULL);
    desk_subscribe(x->d, "f", NULL);
    desk_store(x->d);
    for (int i = 0; i < 2; i++)
        snprintf(x->agents[i], 96, "%s",
                 desk_take_order(x->d, peers[i], ORDER(REGISTERED))
                     ->registered->agent_id->value);
    snprintf(x->framework, 96, "%s",
             desk_take_event(x->d, "f", EVENT(SUBSCRIBED))
                 ->subscribed->framework_id->value);
    calls_plain(x->d, "f", CALL(SUPPRESS));
    desk_pass(x->d, 10);
    while ((e = desk_take_event(x->d, "f", EVENT(OFFERS))) != NULL)
        for (size_t i = 0; i < e->offers->n_offers; i++)
            calls_decline(x->d, "f", e->offers->offers[i]->id->value, 0);
    desk_store(x->d);
    desk_clear(x->d);
    ask(x, max_seconds);
    desk_store(x->d);
    desk_pass(x->d, 10);
    take_gang(x);
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
}

/* Tasks "t0" and "t1", which needs `second`. */
static void accept(struct fixture *x, const char *second)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Accept accept =
        MESOS__V1__SCHEDULER__CALL__ACCEPT__INIT;
    Mesos__V1__Offer__Operation op = MESOS__V1__OFFER__OPERATION__INIT;
    Mesos__V1__Offer__Operation *ops = &op;
    Mesos__V1__Offer__Operation__Launch launch =
        MESOS__V1__OFFER__OPERATION__LAUNCH__INIT;
    Mesos__V1__CommandInfo command = MESOS__V1__COMMAND_INFO__INIT;
    Mesos__V1__OfferID ids[2], *offers[2];
    Mesos__V1__TaskInfo tasks[2], *infos[2];
    Mesos__V1__TaskID task_ids[2];
    Mesos__V1__AgentID agents[2];
    struct arena *arena = arena_new();

    command.value = TEXT("true");
    for (int i = 0; i < 2; i++) {
        struct resources wanted = {0};

        resources_parse(&wanted, i == 0 ? "cpus:3;mem:64" : second, NULL);
        mesos__v1__offer_id__init(&ids[i]);
        mesos__v1__task_info__init(&tasks[i]);
        mesos__v1__task_id__init(&task_ids[i]);
        mesos__v1__agent_id__init(&agents[i]);
        ids[i].value = x->offers[i];
        offers[i] = &ids[i];
        task_ids[i].value = TEXT(i == 0 ? "t0" : "t1");
        agents[i].value = x->on[i];
        tasks[i].name = TEXT("task");
        tasks[i].task_id = &task_ids[i];
        tasks[i].agent_id = &agents[i];
        tasks[i].command = &command;
        tasks[i].resources =
            resources_to_wire(&wanted, NULL, arena, &tasks[i].n_resources);
        infos[i] = &tasks[i];
        resources_release(&wanted);
    }
    launch.task_infos = infos;
    launch.n_task_infos = 2;
    op.has_type = 1;
    op.type = MESOS__V1__OFFER__OPERATION__TYPE__LAUNCH;
    op.launch = &launch;
    accept.offer_ids = offers;
    accept.n_offer_ids = 2;
    accept.operations = &ops;
    accept.n_operations = 1;
    accept.gang_id = x->gang;
    call.has_type = 1;
    call.type = CALL(ACCEPT);
    call.accept = &accept;
    desk_scheduler_says(x->d, "f", &call);
    arena_free(arena);
}

static void say(struct fixture *x,
                const char *peer,
                Mezzo__AgentCall__Gang__State state)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    Mezzo__AgentCall__Gang gang = MEZZO__AGENT_CALL__GANG__INIT;
    Mesos__V1__FrameworkID framework = MESOS__V1__FRAMEWORK_ID__INIT;

    framework.value = x->framework;
    gang.framework_id = &framework;
    gang.gang_id = x->gang;
    gang.state = state;
    call.type = MEZZO__AGENT_CALL__TYPE__GANG;
    call.gang = &gang;
    desk_agent_says(x->d, peer, &call);
}

/* Is `peer` told to start it, or with `reason` not to? */
static bool is_told(struct fixture *x, const char *peer, const char *reason)
{
    const Mezzo__AgentEvent *e = desk_take_order(x->d, peer, ORDER(GANG));

    if (e == NULL || strcmp(e->gang->gang_id, x->gang) != 0)
        return false;
    return reason == NULL ? e->gang->reason == NULL
                          : e->gang->reason != NULL &&
                                strstr(e->gang->reason, reason) != NULL;
}

static bool is_told_nothing(struct fixture *x)
{
    return desk_take_order(x->d, "a", ORDER(GANG)) == NULL &&
           desk_take_order(x->d, "b", ORDER(GANG)) == NULL;
}

static void all_start_when_all_are_prepared(void)
{
    const Mezzo__AgentEvent *e;
    struct fixture x;

    set_up(&x, 60);
    accept(&x, "cpus:3;mem:64");
    for (int i = 0; i < 2; i++) {
        e = desk_take_order(x.d, peers[i], ORDER(LAUNCH));
        CHECK(e != NULL && e->launch->n_tasks == 1);
        CHECK(strcmp(e->launch->gang_id, x.gang) == 0);
        CHECK(e->launch->gang_tasks_count == 1);
        /* The ask's walltime is theirs. */
        CHECK(e->launch->tasks[0]->max_completion_time->nanoseconds ==
              (int64_t)60 * 1000000000);
    }
    say(&x, "a", STATE(PREPARED));
    CHECK(is_told_nothing(&x));
    say(&x, "b", STATE(PREPARED));
    CHECK(is_told_nothing(&x)); /* not before it is stored */
    desk_store(x.d);
    CHECK(is_told(&x, "a", NULL) && is_told(&x, "b", NULL));
    say(&x, "a", STATE(OVER));
    say(&x, "b", STATE(OVER));
    desk_store(x.d);
    desk_pass(x.d, 5000);
    CHECK(is_told_nothing(&x));
    tear_down(&x);
}

static void one_that_fails_drops_all(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    calls_update(x.d, strcmp(x.on[0], x.agents[0]) == 0 ? "b" : "a",
                 x.framework, "t1", TASK_DROPPED, 1);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    CHECK(is_told(&x, "a", "task t1") && is_told(&x, "b", "task t1"));
    say(&x, "b", STATE(PREPARED)); /* too late */
    CHECK(is_told(&x, "b", "does not know"));
    tear_down(&x);
}

static void one_that_is_invalid_launches_none(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:4;mem:64");
    CHECK(calls_take_state(x.d, "f") == TASK_ERROR);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    CHECK(desk_take_order(x.d, "a", ORDER(LAUNCH)) == NULL);
    CHECK(desk_take_order(x.d, "b", ORDER(LAUNCH)) == NULL);
    ask(&x, 0); /* it is all there again */
    desk_pass(x.d, 10);
    take_gang(&x);
    tear_down(&x);
}

static void who_does_not_answer_in_time_drops_all(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    say(&x, "b", STATE(PREPARING)); /* fetches may take longer */
    desk_pass(x.d, 12000);
    CHECK(is_told_nothing(&x));
    say(&x, "b", STATE(FETCHED));
    desk_pass(x.d, 9999);
    CHECK(is_told_nothing(&x));
    desk_pass(x.d, 1);
    CHECK(is_told(&x, "a", "did not answer") &&
          is_told(&x, "b", "did not answer"));
    tear_down(&x);
}

static void an_agent_that_stays_away_drops_all(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    desk_end_link(x.d, "b");
    desk_pass(x.d, 9999);
    CHECK(is_told_nothing(&x));
    desk_pass(x.d, 1);
    CHECK(is_told(&x, "a", "did not answer"));
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED); /* said by us */
    CHECK(calls_take_state(x.d, "f") == -1); /* the other by its agent */
    tear_down(&x);
}

static void what_was_said_for_an_agent_stands(void)
{
    struct fixture x;
    const char *task;

    set_up(&x, 0);
    task = strcmp(x.on[0], x.agents[1]) == 0 ? "t0" : "t1";
    accept(&x, "cpus:3;mem:64");
    desk_end_link(x.d, "b");
    desk_pass(x.d, 10000);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    calls_return(x.d, "b2", x.agents[1], x.framework, task, TASK_KILLED);
    calls_update(x.d, "b2", x.framework, task, TASK_KILLED, 1);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    calls_update(x.d, "b2", x.framework, task, TASK_KILLED, 1); /* again */
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    tear_down(&x);
}

static void an_agent_that_comes_back_in_time_takes_part(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    desk_end_link(x.d, "b");
    desk_pass(x.d, 5000);
    calls_return(x.d, "b2", x.agents[1], x.framework,
                 strcmp(x.on[0], x.agents[1]) == 0 ? "t0" : "t1", TASK_STAGING);
    say(&x, "b2", STATE(PREPARED));
    desk_store(x.d);
    CHECK(is_told(&x, "a", NULL) && is_told(&x, "b2", NULL));
    tear_down(&x);
}

static void what_is_not_stored_never_starts(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    another_master(&x);
    calls_return(x.d, "a", x.agents[0], x.framework,
                 strcmp(x.on[0], x.agents[0]) == 0 ? "t0" : "t1", TASK_STAGING);
    say(&x, "a", STATE(PREPARED));
    CHECK(is_told(&x, "a", "does not know"));
    tear_down(&x);
}

static void what_is_stored_starts_everywhere(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    say(&x, "b", STATE(PREPARED));
    desk_store(x.d);
    say(&x, "a", STATE(OVER));
    another_master(&x); /* "b" has not heard of it */
    calls_return(x.d, "b", x.agents[1], x.framework,
                 strcmp(x.on[0], x.agents[1]) == 0 ? "t0" : "t1", TASK_STAGING);
    CHECK(is_told(&x, "b", NULL));
    say(&x, "b", STATE(OVER));
    desk_store(x.d);
    another_master(&x);
    calls_return(x.d, "a", x.agents[0], x.framework, NULL, TASK_STAGING);
    calls_return(x.d, "b", x.agents[1], x.framework, NULL, TASK_STAGING);
    tear_down(&x);
}

static void a_loss_after_the_start_is_the_frameworks(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    say(&x, "a", STATE(PREPARED));
    say(&x, "b", STATE(PREPARED));
    desk_store(x.d);
    CHECK(is_told(&x, "a", NULL) && is_told(&x, "b", NULL));
    desk_end_link(x.d, "b");
    desk_pass(x.d, 20000);
    desk_store(x.d);
    CHECK(is_told_nothing(&x));
    CHECK(calls_take_state(x.d, "f") == TASK_UNREACHABLE);
    tear_down(&x);
}

static void one_that_is_killed_before_drops_all(void)
{
    struct fixture x;

    set_up(&x, 0);
    accept(&x, "cpus:3;mem:64");
    calls_kill(x.d, "f", "t0");
    calls_update(x.d, strcmp(x.on[0], x.agents[0]) == 0 ? "a" : "b",
                 x.framework, "t0", TASK_KILLED, 1);
    CHECK(is_told(&x, "a", "task t0") && is_told(&x, "b", "task t0"));
    tear_down(&x);
}

/* And a gang is offered again, all of it. */
static void a_gang_is_not_accepted_in_parts(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up(&x, 0);
    calls_launch(x.d, "f", x.offers[0], x.on[0], "t0", "cpus:2;mem:64");
    e = desk_take_event(x.d, "f", EVENT(UPDATE));
    CHECK(e != NULL &&
          e->update->status->state == MESOS__V1__TASK_STATE__TASK_DROPPED &&
          strstr(e->update->status->message, "of a gang") != NULL);
    e = desk_take_event(x.d, "f", EVENT(RESCIND));
    CHECK(e != NULL && desk_take_event(x.d, "f", EVENT(RESCIND)) != NULL);
    desk_pass(x.d, 10);
    take_gang(&x);
    CHECK(desk_take_order(x.d, peers[0], ORDER(LAUNCH)) == NULL);
    CHECK(desk_take_order(x.d, peers[1], ORDER(LAUNCH)) == NULL);
    tear_down(&x);
}

int main(void)
{
    all_start_when_all_are_prepared();
    one_that_fails_drops_all();
    one_that_is_invalid_launches_none();
    who_does_not_answer_in_time_drops_all();
    an_agent_that_stays_away_drops_all();
    what_was_said_for_an_agent_stands();
    an_agent_that_comes_back_in_time_takes_part();
    what_is_not_stored_never_starts();
    what_is_stored_starts_everywhere();
    a_loss_after_the_start_is_the_frameworks();
    one_that_is_killed_before_drops_all();
    a_gang_is_not_accepted_in_parts();
    return test_done();
}
