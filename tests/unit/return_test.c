/* return_test.c - agents and frameworks that come back to a master, some of
 * them on connections that are older than what it knows. */

#include <stdio.h>
#include <string.h>

#include "master/master.h"
#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    char agent[96];
    char framework[96];
};

/* Agent "a" and framework "f", whose task "t" runs, on links of epoch 10. */
static void set_up(struct fixture *x)
{
    const Mezzo__AgentEvent *registered;
    const Mesos__V1__Scheduler__Event *e;

    x->disk = store_tree_new();
    x->d = desk_new(x->disk, 1000);
    desk_set_link_epoch(x->d, 10);
    desk_store(x->d);
    desk_register(x->d, "a", NULL);
    desk_subscribe(x->d, "f", NULL);
    desk_store(x->d);
    desk_pass(x->d, 10);
    registered = desk_take_order(x->d, "a", ORDER(REGISTERED));
    snprintf(x->agent, sizeof x->agent, "%s",
             registered->registered->agent_id->value);
    e = desk_take_event(x->d, "f", EVENT(SUBSCRIBED));
    snprintf(x->framework, sizeof x->framework, "%s",
             e->subscribed->framework_id->value);
    e = desk_take_event(x->d, "f", EVENT(OFFERS));
    calls_launch(x->d, "f", e->offers->offers[0]->id->value, x->agent, "t",
                 "cpus:1;mem:64");
    calls_update(x->d, "a", x->framework, "t", TASK_RUNNING, 1);
    desk_clear(x->d);
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
}

static void a_registration_that_was_overtaken_changes_nothing(void)
{
    struct fixture x;

    set_up(&x);
    desk_set_link_epoch(x.d, 9);
    calls_return(x.d, "late", x.agent, x.framework, "u", TASK_RUNNING);
    CHECK(desk_has_ended(x.d, "late", "a newer connection"));
    CHECK(!desk_has_ended(x.d, "a", ""));
    desk_set_link_epoch(x.d, 11);
    calls_return(x.d, "a2", x.agent, x.framework, "t", TASK_RUNNING);
    CHECK(desk_has_ended(x.d, "a", "a newer connection"));
    CHECK(desk_take_order(x.d, "a2", ORDER(REGISTERED)) != NULL);
    CHECK(desk_take_order(x.d, "a2", ORDER(RECONCILE)) == NULL);
    tear_down(&x);
}

static void a_subscription_that_was_overtaken_changes_nothing(void)
{
    struct fixture x;

    set_up(&x);
    desk_end_link(x.d, "f");
    desk_set_link_epoch(x.d, 9);
    desk_subscribe(x.d, "late", x.framework);
    desk_store(x.d);
    CHECK(desk_has_ended(x.d, "late", "a newer connection"));
    CHECK(desk_take_event(x.d, "late", EVENT(ERROR)) == NULL);
    desk_set_link_epoch(x.d, 10);
    desk_subscribe(x.d, "f2", x.framework);
    desk_store(x.d);
    CHECK(desk_take_event(x.d, "f2", EVENT(SUBSCRIBED)) != NULL);
    tear_down(&x);
}

/* A clock was set back: its links have lower numbers than before. */
static void a_newer_connection_is_forgotten_after_a_while(void)
{
    struct fixture x;

    set_up(&x);
    desk_end_link(x.d, "a");
    desk_set_link_epoch(x.d, 2);
    desk_pass(x.d, 59000);
    calls_return(x.d, "a2", x.agent, x.framework, "t", TASK_RUNNING);
    CHECK(desk_has_ended(x.d, "a2", "a newer connection"));
    desk_pass(x.d, 2000);
    desk_store(x.d);
    calls_return(x.d, "a3", x.agent, x.framework, "t", TASK_RUNNING);
    desk_store(x.d);
    CHECK(desk_take_order(x.d, "a3", ORDER(REGISTERED)) != NULL);
    tear_down(&x);
}

static void an_agent_on_its_way_in_hears_what_has_been_torn_down(void)
{
    struct fixture x;

    set_up(&x);
    desk_end_link(x.d, "a");
    desk_pass(x.d, 16000);
    desk_store(x.d); /* it is unreachable */
    calls_plain(x.d, "f", MESOS__V1__SCHEDULER__CALL__TYPE__TEARDOWN);
    calls_return(x.d, "a2", x.agent, x.framework, "t", TASK_RUNNING);
    desk_store(x.d); /* that the framework has ended; then the agent's return */
    CHECK(desk_take_order(x.d, "a2", ORDER(REGISTERED)) != NULL);
    CHECK(desk_take_order(x.d, "a2", ORDER(SHUTDOWN_FRAMEWORK)) != NULL);
    tear_down(&x);
}

static void a_framework_that_is_back_is_told_again(void)
{
    const Mezzo__AgentEvent *order;
    struct fixture x;

    set_up(&x);
    desk_end_link(x.d, "f");
    calls_update(x.d, "a", x.framework, "t", TASK_FINISHED, 2);
    desk_subscribe(x.d, "f2", x.framework);
    CHECK(desk_take_order(x.d, "a", ORDER(RECONCILE)) == NULL);
    desk_store(x.d);
    order = desk_take_order(x.d, "a", ORDER(RECONCILE));
    CHECK(order != NULL && order->reconcile->n_task_ids == 0);
    CHECK(desk_take_order(x.d, "a", ORDER(RECONCILE)) == NULL);
    tear_down(&x);
}

int main(void)
{
    a_registration_that_was_overtaken_changes_nothing();
    a_subscription_that_was_overtaken_changes_nothing();
    a_newer_connection_is_forgotten_after_a_while();
    an_agent_on_its_way_in_hears_what_has_been_torn_down();
    a_framework_that_is_back_is_told_again();
    return test_done();
}
