/* follower_test.c - a standby asks the leader for what has ended. */

#include <stdio.h>
#include <string.h>

#include "base/input.h"
#include "base/message.h"
#include "master/follower.h"
#include "master/master.h"
#include "proto/master.pb-c.h"
#include "tests/test.h"

struct desk {
    struct follower *f;
    struct machine machine;
    struct arena *arena;
    msec_t now;
    char did[512]; /* "connect PEER ENDPOINT", "ask AFTER SINCE", "keep ID" */
    char peer[32];
};

static void note(struct desk *d, const struct effect *e)
{
    size_t size = strlen(d->did);
    char *to = d->did + size;
    size_t room = sizeof d->did - size;

    if (e->kind == EFFECT_CONNECT) {
        snprintf(d->peer, sizeof d->peer, "%s", e->peer);
        snprintf(to, room, "connect %s; ", e->connect.endpoint);
    } else if (e->kind == EFFECT_SEND) {
        const Mesos__V1__Master__Call *call =
            (const Mesos__V1__Master__Call *)e->message;

        snprintf(to, room, "ask %s %lld; ",
                 call->page->after != NULL ? call->page->after : "-",
                 (long long)call->get_history->since_ms);
    } else if (e->kind == EFFECT_LOCAL) {
        const struct master_order *order = e->local;

        snprintf(to, room, "keep %s of %s; ", order->row.task_id,
                 order->row.user);
    } else if (e->kind == EFFECT_END_LINK) {
        snprintf(to, room, "end %s; ", e->text);
    }
}

static const char *step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    input.wall = 1000000;
    d->did[0] = '\0';
    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx)
        note(d, e);
    arena_reset(d->arena);
    return d->did;
}

static const char *pass(struct desk *d, msec_t ms)
{
    d->now += ms;
    return step(d, (struct input){.kind = INPUT_TIMEOUT});
}

static const char *lead(struct desk *d, const char *endpoint)
{
    return step(
        d, (struct input){.kind = INPUT_LOCAL,
                          .local = &(struct follower_leader){endpoint, ""}});
}

/* One task, that ended at `ended`; `id` NULL: none. */
static const char *answer(struct desk *d,
                          const char *id,
                          double ended,
                          const char *at,
                          const char *next)
{
    Mesos__V1__Master__Response r = MESOS__V1__MASTER__RESPONSE__INIT;
    Mesos__V1__Master__Response__GetHistory g =
        MESOS__V1__MASTER__RESPONSE__GET_HISTORY__INIT;
    Mesos__V1__Task task = MESOS__V1__TASK__INIT, *tasks[] = {&task};
    Mesos__V1__TaskStatus status = MESOS__V1__TASK_STATUS__INIT,
                          *statuses[] = {&status};
    Mesos__V1__TaskID task_id = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__FrameworkID framework_id = MESOS__V1__FRAMEWORK_ID__INIT;
    Mesos__V1__AgentID agent_id = MESOS__V1__AGENT_ID__INIT;
    char x[] = "x", anna[] = "anna";

    task_id.value = (char *)(uintptr_t)(id != NULL ? id : "");
    framework_id.value = agent_id.value = x;
    status.task_id = &task_id;
    status.has_timestamp = 1;
    status.timestamp = ended;
    task.name = x;
    task.user = anna;
    task.task_id = &task_id;
    task.framework_id = &framework_id;
    task.agent_id = &agent_id;
    task.statuses = statuses;
    task.n_statuses = 1;
    g.tasks = tasks;
    g.n_tasks = id != NULL;
    g.last = (char *)(uintptr_t)at;
    r.get_history = &g;
    r.next_page = (char *)(uintptr_t)next;
    return step(d, (struct input){.kind = INPUT_RECEIVED,
                                  .peer = d->peer,
                                  .type = FRAME_MASTER_RESPONSE,
                                  .message = &r.base});
}

static void set_up(struct desk *d, msec_t newest_ms)
{
    *d = (struct desk){.f = follower_new(1, newest_ms), .arena = arena_new()};
    d->machine = follower_machine(d->f);
    d->now = 100000;
    CHECK(strcmp(step(d, (struct input){.kind = INPUT_STARTED}), "") == 0);
    CHECK(d->machine.deadline(d->machine.core) == MSEC_NEVER);
}

static void tear_down(struct desk *d)
{
    follower_free(d->f);
    arena_free(d->arena);
}

static void it_follows_page_by_page(void)
{
    struct desk d;

    set_up(&d, 0);
    CHECK(strcmp(lead(&d, "tcp://a:1"), "connect tcp://a:1; ask - 0; ") == 0);
    CHECK(strcmp(answer(&d, "t1", 990, "7", "7"),
                 "keep t1 of anna; ask 7 390000; ") == 0);
    CHECK(strcmp(answer(&d, "t2", 980, "8", NULL), "keep t2 of anna; ") == 0);
    CHECK(strcmp(pass(&d, 999), "") == 0);
    CHECK(strcmp(pass(&d, 1), "ask 8 390000; ") == 0);
    CHECK(strcmp(answer(&d, NULL, 0, "8", NULL), "") == 0);
    tear_down(&d);
}

static void a_new_leader_has_an_order_of_its_own(void)
{
    struct desk d;

    set_up(&d, 700000); /* known before it was started */
    CHECK(strcmp(lead(&d, "tcp://a:1"), "connect tcp://a:1; ask - 100000; ") ==
          0);
    answer(&d, "t1", 990, "7", NULL);
    CHECK(strcmp(lead(&d, "tcp://b:1"), "end another master leads; ") == 0);
    CHECK(strcmp(step(&d, (struct input){.kind = INPUT_LINK_ENDED,
                                         .peer = d.peer,
                                         .reason = "x"}),
                 "") == 0);
    CHECK(strcmp(pass(&d, 1500), "connect tcp://b:1; ask - 390000; ") == 0);
    tear_down(&d);
}

static void one_that_does_not_know_is_asked_seldom(void)
{
    Mesos__V1__Master__Response r = MESOS__V1__MASTER__RESPONSE__INIT;
    struct desk d;

    set_up(&d, 0);
    lead(&d, "tcp://a:1");
    step(&d, (struct input){.kind = INPUT_RECEIVED,
                            .peer = d.peer,
                            .type = FRAME_MASTER_RESPONSE,
                            .message = &r.base});
    CHECK(d.machine.deadline(d.machine.core) == d.now + 10000);
    tear_down(&d);
}

int main(void)
{
    it_follows_page_by_page();
    a_new_leader_has_an_order_of_its_own();
    one_that_does_not_know_is_asked_seldom();
    return test_done();
}
