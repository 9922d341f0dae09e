/* departures_test.c - agents that vanish are marked one by one, and not at all
 * when they are too many. */

#include <stdio.h>
#include <string.h>

#include "tests/test.h"
#include "tests/unit/master_calls.h"
#include "tests/unit/master_desk.h"

#define CALL(name) MESOS__V1__MASTER__CALL__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name

enum {
    AGENTS_COUNT = 10,
};

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    char ids[AGENTS_COUNT][96];
};

static const char *peer(int i)
{
    static char name[8];

    snprintf(name, sizeof name, "a%d", i);
    return name;
}

static void set_up(struct fixture *x)
{
    x->disk = store_tree_new();
    x->d = desk_new(x->disk, 1000);
    desk_store(x->d);
    for (int i = 0; i < AGENTS_COUNT; i++) {
        const Mezzo__AgentEvent *e;

        desk_register(x->d, peer(i), NULL);
        desk_store(x->d);
        e = desk_take_order(x->d, peer(i), ORDER(REGISTERED));
        snprintf(x->ids[i], sizeof x->ids[i], "%s",
                 e->registered->agent_id->value);
    }
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
}

static void pass(struct fixture *x, msec_t ms)
{
    desk_pass(x->d, ms);
    desk_store(x->d);
}

static void end_links(struct fixture *x, int count)
{
    for (int i = 0; i < count; i++)
        desk_end_link(x->d, peer(i));
}

/* How many agents are in that state. */
static int count(struct fixture *x, const char *state)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    const Mesos__V1__Master__Response *r;
    int found = 0;

    call.has_type = 1;
    call.type = CALL(GET_AGENTS);
    r = desk_ask(x->d, &call);
    for (size_t i = 0; i < r->get_agents->n_agents; i++)
        found += strcmp(r->get_agents->agents[i]->state, state) == 0;
    return found;
}

static unsigned held(struct fixture *x)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;

    call.has_type = 1;
    call.type = CALL(GET_MASTER);
    return desk_ask(x->d, &call)->get_master->members[0]->held;
}

static void they_go_one_by_one(void)
{
    struct fixture x;

    set_up(&x);
    end_links(&x, 4);
    pass(&x, 14999);
    CHECK(count(&x, "disconnected") == 4);
    pass(&x, 1);
    CHECK(count(&x, "unreachable") == 1);
    pass(&x, 100);
    CHECK(count(&x, "unreachable") == 2);
    pass(&x, 200);
    CHECK(count(&x, "unreachable") == 4 && held(&x) == 0);
    tear_down(&x);
}

static void when_too_many_vanish_none_goes(void)
{
    struct fixture x;

    set_up(&x);
    end_links(&x, 6);
    pass(&x, 3600 * 1000);
    CHECK(count(&x, "held") == 6 && held(&x) == 6);
    CHECK(count(&x, "unreachable") == 0);
    CHECK(count(&x, "registered") == 4);
    calls_return(x.d, "b0", x.ids[0], NULL, NULL, TASK_RUNNING);
    pass(&x, 1000); /* half of them are not too many */
    CHECK(count(&x, "unreachable") == 1 && held(&x) == 0);
    pass(&x, 1000);
    CHECK(count(&x, "unreachable") == 5);
    tear_down(&x);
}

static void who_went_lately_counts(void)
{
    struct fixture x;

    set_up(&x);
    end_links(&x, 4);
    pass(&x, 20000);
    CHECK(count(&x, "unreachable") == 4);
    for (int i = 4; i < 6; i++)
        desk_end_link(x.d, peer(i));
    pass(&x, 20000);
    CHECK(count(&x, "unreachable") == 4 && held(&x) == 2);
    pass(&x, 40000); /* that is a minute ago now */
    CHECK(count(&x, "unreachable") == 6 && held(&x) == 0);
    tear_down(&x);
}

static void an_operator_may_give_them_up(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__MarkAgentGone gone =
        MESOS__V1__MASTER__CALL__MARK_AGENT_GONE__INIT;
    Mesos__V1__AgentID id = MESOS__V1__AGENT_ID__INIT;
    struct fixture x;

    set_up(&x);
    end_links(&x, 6);
    pass(&x, 16000);
    id.value = x.ids[0];
    gone.agent_id = &id;
    call.has_type = 1;
    call.type = CALL(MARK_AGENT_GONE);
    call.mark_agent_gone = &gone;
    desk_ask(x.d, &call);
    pass(&x, 1000);
    CHECK(count(&x, "gone") == 1 && held(&x) == 5);
    tear_down(&x);
}

static void a_new_master_holds_them_too(void)
{
    struct fixture x;
    msec_t now;

    set_up(&x);
    now = desk_now(x.d);
    desk_free(x.d);
    x.d = desk_new(x.disk, now);
    desk_store(x.d);
    CHECK(desk_is_listening(x.d));
    pass(&x, 14000); /* no longer than of any other */
    calls_return(x.d, "b0", x.ids[0], NULL, NULL, TASK_RUNNING);
    pass(&x, 2000);
    CHECK(count(&x, "registered") == 1 && held(&x) == 9);
    for (int i = 1; i < 6; i++) {
        char name[8];

        snprintf(name, sizeof name, "b%d", i);
        calls_return(x.d, name, x.ids[i], NULL, NULL, TASK_RUNNING);
    }
    pass(&x, 2000);
    CHECK(count(&x, "registered") == 6 && count(&x, "unreachable") == 4);
    tear_down(&x);
}

int main(void)
{
    they_go_one_by_one();
    when_too_many_vanish_none_goes();
    who_went_lately_counts();
    an_operator_may_give_them_up();
    a_new_master_holds_them_too();
    return test_done();
}
