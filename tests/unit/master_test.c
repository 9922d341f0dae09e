/* master_test.c - a master with one agent, "a", and one framework, "f", or two
 * of each; time and disk moved by hand. */

#include "master/master.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name
#define CALL(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    char agent[96];
    char framework[96];
    char offer[96];
};

static void take_offer(struct fixture *x)
{
    const Mesos__V1__Scheduler__Event *e =
        desk_take_event(x->d, "f", EVENT(OFFERS));

    snprintf(x->offer, sizeof x->offer, "%s",
             e == NULL ? "" : e->offers->offers[0]->id->value);
}

static void set_up(struct fixture *x)
{
    const Mezzo__AgentEvent *registered;
    const Mesos__V1__Scheduler__Event *subscribed;

    x->disk = store_tree_new();
    x->d = desk_new(x->disk, 1000);
    desk_store(x->d);
    desk_register(x->d, "a", NULL);
    desk_subscribe(x->d, "f", NULL);
    desk_store(x->d);
    desk_pass(x->d, 10);
    registered = desk_take_order(x->d, "a", ORDER(REGISTERED));
    subscribed = desk_take_event(x->d, "f", EVENT(SUBSCRIBED));
    CHECK(registered != NULL && subscribed != NULL);
    snprintf(x->agent, sizeof x->agent, "%s",
             registered->registered->agent_id->value);
    snprintf(x->framework, sizeof x->framework, "%s",
             subscribed->subscribed->framework_id->value);
    take_offer(x);
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
}

/* A task "t" of one cpu, known to run. */
static void launch_one(struct fixture *x)
{
    calls_launch(x->d, "f", x->offer, x->agent, "t", "cpus:1;mem:64");
    calls_update(x->d, "a", x->framework, "t", TASK_RUNNING, 1);
    desk_clear(x->d);
}

static void another_master(struct fixture *x)
{
    msec_t now = desk_now(x->d);

    desk_free(x->d);
    x->d = desk_new(x->disk, now);
    desk_store(x->d);
}

static void it_listens_when_its_epoch_is_stored(void)
{
    struct fixture x = {.disk = store_tree_new()};

    x.d = desk_new(x.disk, 0);
    CHECK(!desk_is_listening(x.d));
    desk_store(x.d);
    CHECK(desk_is_listening(x.d) && desk_epoch(x.d) == 1);
    another_master(&x);
    CHECK(desk_epoch(x.d) == 2);
    tear_down(&x);
}

static void nobody_is_answered_before_it_is_stored(void)
{
    struct fixture x = {.disk = store_tree_new()};

    x.d = desk_new(x.disk, 0);
    desk_store(x.d);
    desk_register(x.d, "a", NULL);
    desk_subscribe(x.d, "f", NULL);
    CHECK(desk_take_order(x.d, "a", ORDER(REGISTERED)) == NULL);
    CHECK(desk_take_event(x.d, "f", EVENT(SUBSCRIBED)) == NULL);
    desk_fail_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(REGISTERED)) == NULL);
    desk_pass(x.d, 1000); /* it asks again */
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(REGISTERED)) != NULL);
    CHECK(desk_take_event(x.d, "f", EVENT(SUBSCRIBED)) != NULL);
    tear_down(&x);
}

static void an_offer_is_spent_once_and_its_rest_comes_back(void)
{
    struct fixture x;
    const Mezzo__AgentEvent *order;
    const Mesos__V1__Scheduler__Event *e;

    set_up(&x);
    CHECK(x.offer[0] != '\0');
    calls_launch(x.d, "f", x.offer, x.agent, "t1", "cpus:1;mem:64");
    order = desk_take_order(x.d, "a", ORDER(LAUNCH));
    CHECK(order != NULL && order->launch->n_tasks == 1);
    calls_launch(x.d, "f", x.offer, x.agent, "t2", "cpus:1;mem:64");
    CHECK(desk_take_order(x.d, "a", ORDER(LAUNCH)) == NULL);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    CHECK(desk_take_event(x.d, "f", EVENT(OFFERS)) == NULL); /* filtered */
    desk_pass(x.d, 5010);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 3);
    tear_down(&x);
}

static void a_task_that_needs_more_than_its_offer_is_an_error(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:5;mem:64");
    e = desk_take_event(x.d, "f", EVENT(UPDATE));
    CHECK(e != NULL && (int)e->update->status->state == TASK_ERROR);
    CHECK(strstr(e->update->status->message, "cpus") != NULL);
    CHECK(desk_take_order(x.d, "a", ORDER(LAUNCH)) == NULL);
    tear_down(&x);
}

static void a_declined_offer_comes_again_after_its_filter(void)
{
    struct fixture x;

    set_up(&x);
    calls_decline(x.d, "f", x.offer, 60);
    desk_pass(x.d, 59000);
    CHECK(desk_take_event(x.d, "f", EVENT(OFFERS)) == NULL);
    desk_pass(x.d, 1010);
    CHECK(desk_take_event(x.d, "f", EVENT(OFFERS)) != NULL);
    tear_down(&x);
}

static void an_offer_is_a_lease(void)
{
    struct fixture x;

    set_up(&x);
    desk_pass(x.d, 29000);
    CHECK(desk_take_event(x.d, "f", EVENT(RESCIND)) == NULL);
    desk_pass(x.d, 1000);
    CHECK(desk_take_event(x.d, "f", EVENT(RESCIND)) != NULL);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:1;mem:64");
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    tear_down(&x);
}

static void what_a_task_held_is_offered_within_ten_milliseconds(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:4;mem:4096");
    calls_update(x.d, "a", x.framework, "t", TASK_FINISHED, 1);
    desk_pass(x.d, 10);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 4);
    tear_down(&x);
}

static void updates_go_up_and_acknowledgements_down(void)
{
    const Mezzo__AgentEvent *order;
    struct fixture x;

    set_up(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:1;mem:64");
    calls_update(x.d, "a", x.framework, "t", TASK_RUNNING, 1);
    calls_update(x.d, "a", x.framework, "t", TASK_FINISHED, 2);
    CHECK(calls_take_state(x.d, "f") == TASK_RUNNING);
    CHECK(calls_take_state(x.d, "f") == TASK_FINISHED);
    calls_acknowledge(x.d, "f", x.agent, "t", 1);
    order = desk_take_order(x.d, "a", ORDER(ACKNOWLEDGE));
    CHECK(order != NULL &&
          strcmp(order->acknowledge->task_id->value, "t") == 0);
    calls_reconcile(x.d, "f", "t", x.agent);
    CHECK(calls_take_state(x.d, "f") == TASK_FINISHED); /* not yet forgotten */
    calls_acknowledge(x.d, "f", x.agent, "t", 2);
    CHECK(desk_take_order(x.d, "a", ORDER(ACKNOWLEDGE)) != NULL);
    calls_reconcile(x.d, "f", "t", x.agent);
    CHECK(calls_take_state(x.d, "f") == TASK_GONE);
    tear_down(&x);
}

static void a_silent_agent_is_unreachable_and_may_come_back(void)
{
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    desk_end_link(x.d, "a");
    desk_pass(x.d, 14900);
    desk_store(x.d);
    CHECK(calls_take_state(x.d, "f") == -1);
    desk_pass(x.d, 100);
    CHECK(calls_take_state(x.d, "f") == -1); /* not before it is stored */
    desk_store(x.d);
    CHECK(calls_take_state(x.d, "f") == TASK_UNREACHABLE);
    calls_return(x.d, "a2", x.agent, x.framework, "t", TASK_RUNNING);
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a2", ORDER(REGISTERED)) != NULL);
    CHECK(calls_take_state(x.d, "f") == TASK_RUNNING);
    tear_down(&x);
}

static void a_task_the_agent_does_not_name_is_asked_for(void)
{
    const Mezzo__AgentEvent *order;
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    desk_end_link(x.d, "a");
    calls_return(x.d, "a2", x.agent, NULL, NULL, TASK_RUNNING);
    order = desk_take_order(x.d, "a2", ORDER(RECONCILE));
    CHECK(order != NULL && order->reconcile->n_task_ids == 1);
    calls_update(x.d, "a2", x.framework, "t", TASK_DROPPED, 9);
    CHECK(calls_take_state(x.d, "f") == TASK_DROPPED);
    tear_down(&x);
}

static void a_kill_waits_for_its_agent(void)
{
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    desk_end_link(x.d, "a");
    calls_kill(x.d, "f", "t");
    calls_return(x.d, "a2", x.agent, x.framework, "t", TASK_RUNNING);
    CHECK(desk_take_order(x.d, "a2", ORDER(KILL)) != NULL);
    calls_kill(x.d, "f", "nothing");
    CHECK(calls_take_state(x.d, "f") == TASK_UNKNOWN);
    tear_down(&x);
}

static void a_framework_may_come_back_on_another_link(void)
{
    struct fixture x;

    set_up(&x);
    desk_subscribe(x.d, "g", x.framework);
    CHECK(desk_take_event(x.d, "f", EVENT(ERROR)) != NULL);
    CHECK(desk_has_ended(x.d, "f", "failed over"));
    desk_store(x.d);
    CHECK(desk_take_event(x.d, "g", EVENT(SUBSCRIBED)) != NULL);
    calls_launch(x.d, "g", x.offer, x.agent, "t", "cpus:1;mem:64");
    CHECK(calls_take_state(x.d, "g") == TASK_DROPPED);
    desk_pass(x.d, 10);
    CHECK(desk_take_event(x.d, "g", EVENT(OFFERS)) != NULL);
    tear_down(&x);
}

static void a_framework_that_stays_away_is_torn_down(void)
{
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    desk_end_link(x.d, "f");
    desk_store(x.d);
    desk_pass(x.d, 3599000);
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(SHUTDOWN_FRAMEWORK)) == NULL);
    desk_pass(x.d, 1000);
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(SHUTDOWN_FRAMEWORK)) != NULL);
    calls_update(x.d, "a", x.framework, "t", TASK_KILLED, 2);
    CHECK(desk_take_order(x.d, "a", ORDER(ACKNOWLEDGE)) != NULL);
    desk_subscribe(x.d, "g", x.framework);
    CHECK(desk_take_event(x.d, "g", EVENT(ERROR)) != NULL);
    CHECK(desk_has_ended(x.d, "g", "removed"));
    tear_down(&x);
}

static void its_deadline_outlives_the_master(void)
{
    struct fixture x;

    set_up(&x);
    desk_end_link(x.d, "f");
    desk_store(x.d);
    desk_pass(x.d, 3000000);
    another_master(&x);
    desk_pass(x.d, 599000);
    desk_store(x.d);
    desk_subscribe(x.d, "g", x.framework);
    CHECK(!desk_has_ended(x.d, "g", "removed")); /* in time */
    desk_end_link(x.d, "g");
    desk_store(x.d);
    another_master(&x);
    desk_pass(x.d, 3600000);
    desk_store(x.d);
    desk_subscribe(x.d, "h", x.framework);
    CHECK(desk_has_ended(x.d, "h", "removed"));
    another_master(&x);
    desk_subscribe(x.d, "i", x.framework);
    CHECK(desk_has_ended(x.d, "i", "removed"));
    tear_down(&x);
}

static void tasks_are_rebuilt_from_agents(void)
{
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    another_master(&x);
    desk_subscribe(x.d, "f", x.framework);
    desk_store(x.d);
    calls_reconcile(x.d, "f", "t", x.agent);
    CHECK(calls_take_state(x.d, "f") == -1); /* its agent may still tell */
    calls_return(x.d, "a", x.agent, x.framework, "t", TASK_RUNNING);
    calls_reconcile(x.d, "f", "t", x.agent);
    CHECK(calls_take_state(x.d, "f") == TASK_RUNNING);
    calls_reconcile(x.d, "f", NULL, NULL);
    CHECK(calls_take_state(x.d, "f") == TASK_RUNNING);
    desk_pass(x.d, 10);
    take_offer(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "u", "cpus:4;mem:64");
    CHECK(calls_take_state(x.d, "f") == TASK_ERROR); /* "t" holds one */
    tear_down(&x);
}

static void agents_that_stay_away_after_a_restart_become_unreachable(void)
{
    struct fixture x;

    set_up(&x);
    another_master(&x);
    desk_subscribe(x.d, "f", x.framework);
    desk_store(x.d);
    desk_pass(x.d, 15000);
    desk_store(x.d);
    CHECK(desk_take_event(x.d, "f", EVENT(FAILURE)) != NULL);
    calls_reconcile(x.d, "f", "t", x.agent);
    CHECK(calls_take_state(x.d, "f") == TASK_UNREACHABLE);
    tear_down(&x);
}

static void a_torn_down_framework_frees_what_it_held(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    desk_subscribe(x.d, "g", NULL);
    desk_store(x.d);
    calls_plain(x.d, "f", CALL(TEARDOWN));
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(SHUTDOWN_FRAMEWORK)) != NULL);
    desk_pass(x.d, 10);
    e = desk_take_event(x.d, "g", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 3);
    calls_update(x.d, "a", x.framework, "t", TASK_KILLED, 2);
    desk_pass(x.d, 10);
    e = desk_take_event(x.d, "g", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 1);
    tear_down(&x);
}

static void the_end_nobody_acknowledged_is_acknowledged_at_the_teardown(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    const Mesos__V1__Master__Response *r;
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    calls_update(x.d, "a", x.framework, "t", TASK_FINISHED, 2);
    calls_plain(x.d, "f", CALL(TEARDOWN));
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a", ORDER(ACKNOWLEDGE)) != NULL);
    call.has_type = 1;
    call.type = MESOS__V1__MASTER__CALL__TYPE__GET_TASKS;
    r = desk_ask(x.d, &call);
    CHECK(r != NULL && r->get_tasks->n_tasks == 0);
    CHECK(r->get_tasks->n_completed_tasks == 1);
    CHECK(r->get_tasks->completed_tasks[0]->n_statuses == 1);
    call.type = MESOS__V1__MASTER__CALL__TYPE__GET_FRAMEWORKS;
    CHECK(desk_ask(x.d, &call)->get_frameworks->n_frameworks == 0);
    tear_down(&x);
}

static void an_agent_that_is_gone_is_sent_away(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__MarkAgentGone mark =
        MESOS__V1__MASTER__CALL__MARK_AGENT_GONE__INIT;
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;
    const Mesos__V1__Master__Response *r;
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    id.value = x.agent;
    mark.agent_id = &id;
    call.has_type = 1;
    call.type = MESOS__V1__MASTER__CALL__TYPE__MARK_AGENT_GONE;
    call.mark_agent_gone = &mark;
    r = desk_ask(x.d, &call);
    CHECK(r != NULL && r->type == MESOS__V1__MASTER__RESPONSE__TYPE__DONE);
    desk_store(x.d);
    CHECK(calls_take_state(x.d, "f") == TASK_GONE_BY_OPERATOR);
    CHECK(desk_take_order(x.d, "a", ORDER(SHUTDOWN)) != NULL);
    calls_return(x.d, "a2", x.agent, NULL, NULL, TASK_RUNNING);
    CHECK(desk_take_order(x.d, "a2", ORDER(SHUTDOWN)) != NULL);
    CHECK(desk_has_ended(x.d, "a2", "gone"));
    tear_down(&x);
}

/* Its first offer is declined, so that only asks are served. */
static void set_up_asking(struct fixture *x,
                          const char *each,
                          unsigned count,
                          const char *not_host)
{
    set_up(x);
    calls_ask(x->d, "f", each, count, not_host);
    calls_decline(x->d, "f", x->offer, 0);
    desk_store(x->d);
    desk_pass(x->d, 10);
}

static void an_ask_is_offered_what_serves_it_and_no_more(void)
{
    const Mesos__V1__Scheduler__Event *e;
    const Mesos__V1__Offer *offer;
    struct fixture x;

    set_up_asking(&x, "cpus:1;mem:64", 2, NULL);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e != NULL);
    offer = e->offers->offers[0];
    CHECK(strcmp(offer->ask_id, "ask") == 0);
    CHECK(offer->resources[0]->scalar->value == 2);
    desk_pass(x.d, 100);
    CHECK(desk_take_event(x.d, "f", EVENT(OFFERS)) == NULL);
    tear_down(&x);
}

static void what_an_ask_was_not_given_a_task_for_is_wanted_again(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up_asking(&x, "cpus:1;mem:64", 2, NULL);
    take_offer(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:1;mem:64");
    desk_pass(x.d, 6000);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 1);
    tear_down(&x);
}

static void an_ask_outlives_the_master(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up_asking(&x, "cpus:1;mem:64", 3, NULL);
    take_offer(&x);
    calls_launch(x.d, "f", x.offer, x.agent, "t", "cpus:1;mem:64");
    desk_store(x.d);
    another_master(&x);
    desk_subscribe(x.d, "f", x.framework);
    calls_return(x.d, "a", x.agent, x.framework, "t", TASK_RUNNING);
    desk_store(x.d);
    desk_pass(x.d, 10);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->resources[0]->scalar->value == 2);
    tear_down(&x);
}

static void a_malformed_ask_is_refused_with_its_field(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct fixture x;

    set_up_asking(&x, "", 1, NULL);
    e = desk_take_event(x.d, "f", EVENT(ASK_UPDATED));
    CHECK(e != NULL && e->ask_updated->refused);
    CHECK(strstr(e->ask_updated->explanation, "slots[0]") != NULL);
    calls_ask(x.d, "f", "cpus:1;mem:64", 1, "host"); /* it has but this one */
    CHECK(desk_take_event(x.d, "f", EVENT(ASK_UPDATED)) == NULL);
    desk_pass(x.d, 6000);
    e = desk_take_event(x.d, "f", EVENT(OFFERS));
    CHECK(e == NULL || e->offers->offers[0]->ask_id == NULL);
    tear_down(&x);
}

static void operators_see_what_there_is(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    const Mesos__V1__Master__Response *r;
    struct fixture x;

    set_up(&x);
    launch_one(&x);
    call.has_type = 1;
    call.type = MESOS__V1__MASTER__CALL__TYPE__GET_STATE;
    r = desk_ask(x.d, &call);
    CHECK(r != NULL && r->get_state->get_agents->n_agents == 1);
    CHECK(r->get_state->get_tasks->n_tasks == 1);
    CHECK(r->get_state->get_frameworks->frameworks[0]->tasks_count == 1);
    call.type = MESOS__V1__MASTER__CALL__TYPE__GET_ROLES;
    r = desk_ask(x.d, &call);
    CHECK(r != NULL && r->get_roles->n_roles == 1);
    CHECK(r->get_roles->roles[0]->share > 0.2);
    tear_down(&x);
}

static void what_makes_no_sense_ends_its_link_only(void)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    struct fixture x;

    set_up(&x);
    call.type = MEZZO__AGENT_CALL__TYPE__UPDATE;
    desk_agent_says(x.d, "b", &call);
    CHECK(desk_has_ended(x.d, "b", "without its content"));
    calls_update(x.d, "c", x.framework, "t", TASK_RUNNING, 1);
    CHECK(desk_has_ended(x.d, "c", "before it is registered"));
    calls_plain(x.d, "d", CALL(ACCEPT));
    CHECK(desk_has_ended(x.d, "d", "without its content"));
    calls_plain(x.d, "e", CALL(REVIVE));
    CHECK(desk_has_ended(x.d, "e", "before it is subscribed"));
    calls_update(x.d, "a", x.framework, "t", TASK_UNREACHABLE, 1);
    CHECK(desk_has_ended(x.d, "a", "no agent can tell"));
    CHECK(!desk_has_ended(x.d, "f", ""));
    tear_down(&x);
}

int main(void)
{
    it_listens_when_its_epoch_is_stored();
    nobody_is_answered_before_it_is_stored();
    an_offer_is_spent_once_and_its_rest_comes_back();
    a_task_that_needs_more_than_its_offer_is_an_error();
    a_declined_offer_comes_again_after_its_filter();
    an_offer_is_a_lease();
    what_a_task_held_is_offered_within_ten_milliseconds();
    updates_go_up_and_acknowledgements_down();
    a_silent_agent_is_unreachable_and_may_come_back();
    a_task_the_agent_does_not_name_is_asked_for();
    a_kill_waits_for_its_agent();
    a_framework_may_come_back_on_another_link();
    a_framework_that_stays_away_is_torn_down();
    its_deadline_outlives_the_master();
    tasks_are_rebuilt_from_agents();
    agents_that_stay_away_after_a_restart_become_unreachable();
    a_torn_down_framework_frees_what_it_held();
    the_end_nobody_acknowledged_is_acknowledged_at_the_teardown();
    an_agent_that_is_gone_is_sent_away();
    an_ask_is_offered_what_serves_it_and_no_more();
    what_an_ask_was_not_given_a_task_for_is_wanted_again();
    an_ask_outlives_the_master();
    a_malformed_ask_is_refused_with_its_field();
    operators_see_what_there_is();
    what_makes_no_sense_ends_its_link_only();
    return test_done();
}
