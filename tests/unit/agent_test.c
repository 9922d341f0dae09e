/* agent_test.c - an agent and its master: registration, lease, and all that a
 * master may say. */

#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name
#define EXITED(status) ((status) << 8)

static bool is_state(const Mesos__V1__TaskStatus *status, enum task_state state)
{
    return status != NULL && (enum task_state)status->state == state;
}

static const Mezzo__AgentCall__Register *take_register(struct desk *d)
{
    const Mezzo__AgentCall *call =
        desk_take_call(d, MEZZO__AGENT_CALL__TYPE__REGISTER);

    return call == NULL ? NULL : call->registration;
}

static struct desk *registered(void)
{
    struct desk *d = desk_new();

    take_register(d);
    desk_register(d);
    return d;
}

static void lose_master(struct desk *d)
{
    desk_end_link(d, desk_master(d), "silent for 9000 ms", desk_now(d));
}

static void an_agent_says_what_it_is_and_has(void)
{
    struct desk *d = desk_new();
    const Mezzo__AgentCall__Register *r = take_register(d);

    CHECK(r != NULL && strcmp(r->agent_info->hostname, "host") == 0);
    CHECK(r->agent_info->n_resources == 4 && r->agent_info->id != NULL);
    CHECK(strcmp(r->agent_info->stream_endpoint, "tcp://host:5051") == 0);
    CHECK(strcmp(r->boot_id, "boot-0") == 0 && r->cluster_id == NULL);
    CHECK(!r->more && r->n_tasks == 0);
    desk_free(d);
}

static void an_agent_keeps_its_id(void)
{
    struct desk *d = registered();
    const Mezzo__AgentCall__Register *r;

    desk_restart(d);
    r = take_register(d);
    CHECK(strcmp(r->agent_info->id->value, "agent-1") == 0);
    CHECK(strcmp(r->cluster_id, "cluster-1") == 0);
    CHECK(r->leader_epoch == 3);
    desk_free(d);
}

static void tasks_are_told_in_parts(void)
{
    struct desk *d = desk_new();
    const Mezzo__AgentCall__Register *r;
    struct resources many = {0};
    size_t tasks = 0, parts = 0;

    resources_parse(&many, "cpus:1000;mem:100000", NULL);
    desk_options(d)->resources = &many;
    desk_restart(d);
    desk_register(d);
    for (int i = 0; i < 250; i++) {
        char id[16];

        snprintf(id, sizeof id, "t%d", i);
        desk_launch(d, desk_task(d, id));
    }
    while (take_register(d) != NULL)
        ;
    lose_master(d);
    desk_pass(d, 1000);
    while ((r = take_register(d)) != NULL) {
        tasks += r->n_tasks;
        parts++;
        CHECK(r->more == (parts < 3));
    }
    CHECK(tasks == 250 && parts == 3);
    desk_free(d);
    resources_release(&many);
}

static void a_task_that_is_told_says_all_that_a_master_counts(void)
{
    struct desk *d = registered();
    const Mezzo__AgentCall__Register *r;
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    desk_add_resource(d, task, "ports:[5-5]");
    desk_launch(d, task);
    desk_restart(d);
    r = take_register(d);
    CHECK(r->n_tasks == 1 && r->n_frameworks == 1);
    CHECK(strcmp(r->frameworks[0]->id->value, "F") == 0);
    CHECK(strcmp(r->tasks[0]->task_id->value, "t") == 0);
    CHECK(strcmp(r->tasks[0]->framework_id->value, "F") == 0);
    CHECK(strcmp(r->tasks[0]->name, "name") == 0);
    CHECK(r->tasks[0]->n_resources == 3);
    CHECK(r->tasks[0]->state == MESOS__V1__TASK_STATE__TASK_RUNNING);
    desk_free(d);
}

static void the_next_master_is_tried_and_ever_more_rarely(void)
{
    struct desk *d = desk_new();
    msec_t before = desk_now(d);
    bool is_right = true;

    CHECK(strcmp(desk_master_endpoint(d), "tcp://m1:5050") == 0);
    lose_master(d);
    desk_pass(d, 1000);
    CHECK(desk_connects_count(d) == 2);
    CHECK(strcmp(desk_master_endpoint(d), "tcp://m2:5050") == 0);
    for (int i = 0; i < 40; i++) {
        uint64_t count = desk_connects_count(d);

        lose_master(d);
        desk_pass(d, 99);
        is_right = is_right && desk_connects_count(d) == count;
        desk_pass(d, 10000 - 99);
        is_right = is_right && desk_connects_count(d) == count + 1;
    }
    CHECK(is_right && desk_now(d) > before);
    desk_register(d);
    lose_master(d);
    desk_pass(d, 1000); /* it begins with short pauses again */
    CHECK(desk_connects_count(d) == 43);
    desk_free(d);
}

static void a_farewell_that_names_the_leader_is_followed(void)
{
    struct desk *d = desk_new();

    lose_master(d);
    desk_pass(d, 1000);
    desk_end_link(d, desk_master(d), "told: the leader is tcp://m1:5050", 0);
    desk_pass(d, 1000);
    CHECK(strcmp(desk_master_endpoint(d), "tcp://m1:5050") == 0);
    desk_end_link(d, desk_master(d), "told: no leader is known", 0);
    desk_pass(d, 1000);
    CHECK(strcmp(desk_master_endpoint(d), "tcp://m2:5050") == 0);
    desk_free(d);
}

static void a_master_that_never_answers_is_left(void)
{
    struct desk *d = desk_new();

    desk_pass(d, 29999);
    CHECK(!desk_has_ended(d, "master/1", "no answer"));
    desk_pass(d, 1);
    CHECK(desk_has_ended(d, "master/1", "no answer"));
    desk_free(d);
}

static void the_master_of_another_cluster_is_refused(void)
{
    struct desk *d = registered();
    Mezzo__AgentEvent *event;
    Mezzo__AgentEvent__Registered r = MEZZO__AGENT_EVENT__REGISTERED__INIT;
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;

    desk_restart(d);
    event = desk_event(d, MEZZO__AGENT_EVENT__TYPE__REGISTERED);
    id.value = (char *)"agent-9";
    r.agent_id = &id;
    r.cluster_id = (char *)"cluster-9";
    event->registered = &r;
    desk_say(d, event);
    CHECK(desk_has_ended(d, desk_master(d), "another cluster"));
    desk_free(d);
}

static void events_that_make_no_sense_end_the_link(void)
{
    static const Mezzo__AgentEvent__Type types[] = {
        MEZZO__AGENT_EVENT__TYPE__REGISTERED,
        MEZZO__AGENT_EVENT__TYPE__LAUNCH,
        MEZZO__AGENT_EVENT__TYPE__KILL,
        MEZZO__AGENT_EVENT__TYPE__ACKNOWLEDGE,
        MEZZO__AGENT_EVENT__TYPE__RECONCILE,
        MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_FRAMEWORK,
        MEZZO__AGENT_EVENT__TYPE__MESSAGE,
        MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_EXECUTOR,
        (Mezzo__AgentEvent__Type)77,
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct desk *d = registered();

        desk_say(d, desk_event(d, types[i])); /* without its part */
        CHECK(desk_has_ended(d, desk_master(d), "master: "));
        desk_free(d);
    }
}

static void nothing_is_taken_before_the_registration(void)
{
    struct desk *d = desk_new();

    desk_launch(d, desk_task(d, "t"));
    CHECK(desk_has_ended(d, desk_master(d), "before we were registered"));
    CHECK(desk_take_order(d, ORDER_PREPARE, NULL) == NULL);
    desk_free(d);
}

static void a_launch_without_a_framework_id_ends_the_link(void)
{
    struct desk *d = registered();

    desk_framework(d)->id = NULL;
    desk_launch(d, desk_task(d, "t"));
    CHECK(desk_has_ended(d, desk_master(d), "without a framework's id"));
    desk_free(d);
}

static void what_strangers_send_ends_their_link(void)
{
    struct desk *d = registered();
    Mezzo__AgentEvents events = MEZZO__AGENT_EVENTS__INIT;
    Mezzo__AgentCalls calls = MEZZO__AGENT_CALLS__INIT;

    desk_receive(d, "aa", PRINCIPAL_GUEST, &events.base);
    CHECK(desk_has_ended(d, "aa", "no frame that an agent expects"));
    desk_receive(d, "master/9", PRINCIPAL_MASTER, &events.base);
    CHECK(desk_has_ended(d, "master/9", "no frame"));
    desk_receive(d, desk_master(d), PRINCIPAL_MASTER, &calls.base);
    CHECK(desk_has_ended(d, desk_master(d), "no frame of a master"));
    desk_free(d);
}

static void launch_fenced(struct desk *d)
{
    Mesos__V1__TaskInfo *task = desk_task(d, "t");

    task->has_fenced = task->fenced = true;
    desk_launch(d, task);
    desk_launch(d, desk_task(d, "u"));
}

static void what_is_fenced_ends_with_the_lease(void)
{
    struct desk *d = registered();
    msec_t confirmed_at;
    const Mesos__V1__TaskStatus *end;

    launch_fenced(d);
    confirmed_at = desk_now(d);
    desk_pass(d, 9000);
    desk_end_link(d, desk_master(d), "silent", confirmed_at);
    desk_pass(d, 999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, NULL) == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_pass(d, 1999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, NULL) == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_exit(d, "F/t", SIGKILL);
    desk_pass(d, 60000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/u") == NULL); /* it lives on */
    while (desk_take_update(d, "t") != NULL)
        ;
    desk_register(d);
    desk_pass(d, 0);
    CHECK(is_state(desk_take_update(d, "t"), TASK_RUNNING));
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_FAILED));
    CHECK(end->reason == REASON(AGENT_DISCONNECTED));
    desk_free(d);
}

static void a_master_that_is_back_in_time_renews_the_lease(void)
{
    struct desk *d = registered();
    msec_t confirmed_at = desk_now(d);

    launch_fenced(d);
    desk_pass(d, 8900);
    desk_end_link(d, desk_master(d), "silent", confirmed_at);
    desk_pass(d, 1000);
    desk_register(d);
    desk_pass(d, 60000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, NULL) == NULL);
    desk_free(d);
}

static void a_restarted_agent_has_half_a_lease(void)
{
    struct desk *d = registered();

    launch_fenced(d);
    desk_restart(d);
    desk_pass(d, 4999);
    CHECK(desk_take_order(d, ORDER_SIGNAL, NULL) == NULL);
    desk_pass(d, 1);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    desk_pass(d, 1000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_free(d);
}

static void a_removed_framework_loses_its_tasks(void)
{
    struct desk *d = registered();
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_FRAMEWORK);
    Mezzo__AgentEvent__ShutdownFramework shutdown =
        MEZZO__AGENT_EVENT__SHUTDOWN_FRAMEWORK__INIT;
    const Mesos__V1__TaskStatus *end;

    desk_launch(d, desk_task(d, "t"));
    desk_take_update(d, "t");
    shutdown.framework_id = desk_framework(d)->id;
    event->shutdown_framework = &shutdown;
    desk_framework(d)->id->value = (char *)"G";
    desk_launch(d, desk_task(d, "u"));
    desk_framework(d)->id->value = (char *)"F";
    desk_say(d, event);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "G/u") == NULL);
    desk_exit(d, "F/t", SIGTERM);
    end = desk_take_update(d, "t");
    CHECK(is_state(end, TASK_KILLED));
    CHECK(end->reason == REASON(FRAMEWORK_REMOVED));
    desk_acknowledge(d, end, true);
    desk_free(d);
}

static void a_refused_agent_ends_all_and_then_itself(void)
{
    struct desk *d = registered();
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN);

    desk_launch(d, desk_task(d, "t"));
    desk_say(d, event);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGTERM);
    CHECK(desk_stopped(d) == -1);
    desk_pass(d, 5000);
    CHECK(desk_take_order(d, ORDER_SIGNAL, "F/t")->signal == SIGKILL);
    desk_exit(d, "F/t", SIGKILL);
    CHECK(desk_stopped(d) == AGENT_STATUS_REFUSED);
    desk_free(d);
}

static void a_refused_agent_does_not_wait_for_ever(void)
{
    struct desk *d = registered();

    desk_launch(d, desk_task(d, "t"));
    desk_say(d, desk_event(d, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN));
    desk_pass(d, 15000);
    CHECK(desk_stopped(d) == AGENT_STATUS_REFUSED);
    desk_free(d);
}

static void a_task_that_is_not_here_is_answered_for(void)
{
    struct desk *d = registered();
    Mezzo__AgentEvent *event =
        desk_event(d, MEZZO__AGENT_EVENT__TYPE__RECONCILE);
    Mezzo__AgentEvent__Reconcile reconcile =
        MEZZO__AGENT_EVENT__RECONCILE__INIT;
    Mesos__V1__TaskID here = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__TaskID lost = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__TaskID *ids[] = {&here, &lost};
    const Mesos__V1__TaskStatus *end;

    desk_launch(d, desk_task(d, "t"));
    desk_take_update(d, "t");
    here.value = (char *)"t";
    lost.value = (char *)"x";
    reconcile.framework_id = desk_framework(d)->id;
    reconcile.task_ids = ids;
    reconcile.n_task_ids = 2;
    event->reconcile = &reconcile;
    desk_say(d, event);
    CHECK(desk_take_update(d, "t") == NULL);
    end = desk_take_update(d, "x");
    CHECK(is_state(end, TASK_DROPPED) && end->reason == REASON(RECONCILIATION));
    CHECK(desk_take_order(d, ORDER_REAP, NULL) == NULL);
    desk_say(d, event);
    CHECK(desk_take_update(d, "x") == NULL); /* it is answered already */
    desk_acknowledge(d, end, false);
    desk_free(d);
}

static void tasks_are_sent_anew_when_the_master_asks(void)
{
    struct desk *d = registered();

    desk_launch(d, desk_task(d, "t"));
    desk_say(d, desk_event(d, MEZZO__AGENT_EVENT__TYPE__SEND_TASKS));
    CHECK(take_register(d)->n_tasks == 1);
    desk_register(d);
    desk_pass(d, 60000);
    CHECK(!desk_has_ended(d, desk_master(d), ""));
    desk_free(d);
}

int main(void)
{
    an_agent_says_what_it_is_and_has();
    an_agent_keeps_its_id();
    tasks_are_told_in_parts();
    a_task_that_is_told_says_all_that_a_master_counts();
    the_next_master_is_tried_and_ever_more_rarely();
    a_farewell_that_names_the_leader_is_followed();
    a_master_that_never_answers_is_left();
    the_master_of_another_cluster_is_refused();
    events_that_make_no_sense_end_the_link();
    nothing_is_taken_before_the_registration();
    a_launch_without_a_framework_id_ends_the_link();
    what_strangers_send_ends_their_link();
    what_is_fenced_ends_with_the_lease();
    a_master_that_is_back_in_time_renews_the_lease();
    a_restarted_agent_has_half_a_lease();
    a_removed_framework_loses_its_tasks();
    a_refused_agent_ends_all_and_then_itself();
    a_refused_agent_does_not_wait_for_ever();
    a_task_that_is_not_here_is_answered_for();
    tasks_are_sent_anew_when_the_master_asks();
    return test_done();
}
