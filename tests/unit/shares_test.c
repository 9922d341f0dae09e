/* shares_test.c - what operators decide of who gets what: checked, stored, and
 * then in force. */

#include <string.h>

#include "base/message.h"
#include "base/resources.h"
#include "proto/record.pb-c.h"
#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name
#define CALL(name) MESOS__V1__MASTER__CALL__TYPE__##name
#define ANSWER(name) MESOS__V1__MASTER__RESPONSE__TYPE__##name

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    struct arena *arena;
    char agent[96];
    char framework[96];
    char offer[96];
};

static const Mesos__V1__Offer *take_offer(struct fixture *x)
{
    const Mesos__V1__Scheduler__Event *e =
        desk_take_event(x->d, "f", EVENT(OFFERS));

    snprintf(x->offer, sizeof x->offer, "%s",
             e == NULL ? "" : e->offers->offers[0]->id->value);
    return e == NULL ? NULL : e->offers->offers[0];
}

/* An agent of four cpus, a framework in the role "*", all of it offered. */
static void set_up(struct fixture *x)
{
    const Mezzo__AgentEvent *registered;
    const Mesos__V1__Scheduler__Event *subscribed;

    x->arena = arena_new();
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
    CHECK(take_offer(x) != NULL);
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
    arena_free(x->arena);
}

/* A task of `cpus`, which runs. */
static void launch(struct fixture *x, const char *task, const char *resources)
{
    calls_launch(x->d, "f", x->offer, x->agent, task, resources);
    calls_update(x->d, "a", x->framework, task, TASK_RUNNING, 1);
    desk_clear(x->d);
}

static void another_master(struct fixture *x)
{
    msec_t now = desk_now(x->d);

    desk_free(x->d);
    x->d = desk_new(x->disk, now);
    desk_store(x->d);
    desk_subscribe(x->d, "f", x->framework);
    desk_store(x->d);
    desk_register(x->d, "a", x->agent);
    desk_store(x->d);
}

static Mesos__V1__AgentID *agent_id(struct fixture *x)
{
    Mesos__V1__AgentID *id =
        message_new(x->arena, &mesos__v1__agent_id__descriptor);

    id->value = x->agent;
    return id;
}

/* As `type`, RESERVE_RESOURCES or its opposite. */
static const Mesos__V1__Master__Response *reserve(
    struct fixture *x, Mesos__V1__Master__Call__Type type, const char *text)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__ReserveResources r =
        MESOS__V1__MASTER__CALL__RESERVE_RESOURCES__INIT;
    struct resources wanted = {0};

    resources_parse(&wanted, text, NULL);
    r.agent_id = agent_id(x);
    r.resources = resources_to_wire(&wanted, NULL, x->arena, &r.n_resources);
    resources_release(&wanted);
    call.has_type = 1;
    call.type = type;
    call.reserve_resources = type == CALL(RESERVE_RESOURCES) ? &r : NULL;
    call.unreserve_resources = type == CALL(RESERVE_RESOURCES) ? NULL : &r;
    return desk_ask(x->d, &call);
}

static bool has_failed(const Mesos__V1__Master__Response *r, const char *why)
{
    if (r == NULL || r->type != ANSWER(FAILED))
        return false;
    if (strstr(r->failed->message, why) == NULL)
        printf("# %s\n", r->failed->message);
    return strstr(r->failed->message, why) != NULL;
}

static bool is_done(const Mesos__V1__Master__Response *r)
{
    if (r != NULL && r->type == ANSWER(FAILED))
        printf("# %s\n", r->failed->message);
    return r != NULL && r->type == ANSWER(DONE);
}

static bool offers(const Mesos__V1__Offer *offer, const char *text)
{
    struct arena *arena = arena_new();
    struct resources r = {0};
    const char *is;
    bool is_same;

    if (offer != NULL)
        resources_from_wire(&r, offer->resources, offer->n_resources, NULL);
    is = resources_format(&r, arena);
    is_same = strcmp(is, text) == 0;
    if (!is_same)
        printf("# %s\n", is);
    resources_release(&r);
    arena_free(arena);
    return is_same;
}

static void what_is_reserved_is_stored_before_it_takes_effect(void)
{
    struct fixture x;

    set_up(&x);
    calls_decline(x.d, "f", x.offer, 0);
    CHECK(reserve(&x, CALL(RESERVE_RESOURCES), "cpus(db,dynamic):3") == NULL);
    desk_clear(x.d);
    desk_pass(x.d, 100);
    CHECK(take_offer(&x) == NULL); /* of an agent that is being changed */
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:1;mem:4096;ports:[1-10]"));
    tear_down(&x);
}

static void what_is_on_offer_is_taken_back_for_it(void)
{
    struct fixture x;

    set_up(&x);
    CHECK(reserve(&x, CALL(RESERVE_RESOURCES), "mem(db,dynamic):4000") == NULL);
    CHECK(desk_take_event(x.d, "f", EVENT(RESCIND)) != NULL);
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:4;mem:96;ports:[1-10]"));
    tear_down(&x);
}

static void what_is_in_use_is_not_reserved(void)
{
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:2;mem:64");
    CHECK(has_failed(reserve(&x, CALL(RESERVE_RESOURCES), "cpus(db,dynamic):3"),
                     "cpus:3 is more than is not in use: cpus:2 of cpus:4"));
    CHECK(has_failed(reserve(&x, CALL(RESERVE_RESOURCES), "cpus(db,dynamic):5"),
                     "cpus:5 is more than the agent has: cpus:4"));
    CHECK(has_failed(reserve(&x, CALL(RESERVE_RESOURCES), "cpus(db):1"),
                     "a role is needed"));
    CHECK(
        has_failed(reserve(&x, CALL(UNRESERVE_RESOURCES), "cpus(db,dynamic):1"),
                   "is more than the agent has: none"));
    CHECK(reserve(&x, CALL(RESERVE_RESOURCES), "cpus(db,dynamic):2") == NULL);
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    tear_down(&x);
}

static void a_reservation_outlives_the_master_and_is_given_back(void)
{
    struct fixture x;

    set_up(&x);
    reserve(&x, CALL(RESERVE_RESOURCES),
            "cpus(db,dynamic):3;mem(db,dynamic):1");
    desk_store(x.d);
    another_master(&x);
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:1;mem:4095;ports:[1-10]"));
    calls_decline(x.d, "f", x.offer, 0);
    CHECK(reserve(&x, CALL(UNRESERVE_RESOURCES), "cpus(db,dynamic):2") == NULL);
    desk_clear(x.d);
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:2"));
    another_master(&x);
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:3;mem:4095;ports:[1-10]"));
    tear_down(&x);
}

static Mesos__V1__Ask *ask_for(struct fixture *x,
                               const char *each,
                               uint32_t count)
{
    Mesos__V1__Ask *ask = message_new(x->arena, &mesos__v1__ask__descriptor);
    Mesos__V1__Ask__Slot *slot =
        message_new(x->arena, &mesos__v1__ask__slot__descriptor);
    struct resources wanted = {0};

    resources_parse(&wanted, each, NULL);
    slot->each = resources_to_wire(&wanted, NULL, x->arena, &slot->n_each);
    resources_release(&wanted);
    slot->count = count;
    ask->id = arena_strdup(x->arena, "submit");
    ask->slots = arena_alloc(x->arena, sizeof(*ask->slots));
    ask->slots[0] = slot;
    ask->n_slots = 1;
    return ask;
}

/* The answer, after what time it takes. */
static const Mesos__V1__Master__Response__WhatIf *what_if(
    struct fixture *x, Mesos__V1__Ask *submit, bool is_drained)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__WhatIf w = MESOS__V1__MASTER__CALL__WHAT_IF__INIT;
    Mesos__V1__AgentID *drained = agent_id(x);
    const Mesos__V1__Master__Response *r;

    w.submit = submit;
    w.drain = &drained;
    w.n_drain = is_drained;
    call.has_type = 1;
    call.type = CALL(WHAT_IF);
    call.what_if = &w;
    desk_ask(x->d, &call);
    desk_pass(x->d, 100);
    r = desk_answer(x->d);
    return r != NULL ? r->what_if : NULL;
}

static void what_would_be_placed_is_told_and_not_done(void)
{
    const Mesos__V1__Master__Response__WhatIf *w;
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:1;mem:64");
    w = what_if(&x, ask_for(&x, "cpus:1", 5), false);
    CHECK(w != NULL && w->n_rows == 1);
    CHECK(w->rows[0]->placed_then == 3 && w->rows[0]->wanted == 5);
    CHECK(strcmp(w->rows[0]->places[0]->hostname, "host") == 0);
    CHECK(strstr(w->rows[0]->text, "cpus: 1 wanted, at most 0 free") != NULL);
    /* Another ask, made in earnest, comes first and loses nothing. */
    calls_ask(x.d, "f", "cpus:2", 1, NULL);
    w = what_if(&x, ask_for(&x, "cpus:1", 2), false);
    CHECK(w != NULL && w->n_rows == 1 && w->rows[0]->placed_then == 1);
    CHECK(desk_take_order(x.d, "a", ORDER(LAUNCH)) == NULL);
    tear_down(&x);
}

static void what_would_have_to_move_is_told(void)
{
    const Mesos__V1__Master__Response__WhatIf *w;
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:3;mem:64");
    w = what_if(&x, NULL, true);
    CHECK(w != NULL && w->n_rows == 1);
    CHECK(strcmp(w->rows[0]->id, "t") == 0);
    CHECK(strcmp(w->rows[0]->hostname, "host") == 0);
    CHECK(w->rows[0]->placed_then == 0 && w->rows[0]->text != NULL);
    desk_register(x.d, "b", NULL);
    desk_store(x.d);
    w = what_if(&x, NULL, true);
    CHECK(w != NULL && w->n_rows == 1 && w->rows[0]->placed_then == 1);
    CHECK(desk_take_order(x.d, "a", ORDER(KILL)) == NULL);
    tear_down(&x);
}

static void what_makes_no_sense_is_refused(void)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__WhatIf w = MESOS__V1__MASTER__CALL__WHAT_IF__INIT;
    struct fixture x;

    set_up(&x);
    call.has_type = 1;
    call.type = CALL(WHAT_IF);
    call.what_if = &w;
    CHECK(has_failed(desk_ask(x.d, &call), "what is to be thought of"));
    w.submit = ask_for(&x, "cpus:1", 200000);
    desk_ask(x.d, &call);
    desk_pass(x.d, 100);
    CHECK(has_failed(desk_answer(x.d), "slots[0].count: 200000 is more than"));
    w.submit = ask_for(&x, "cpus:1", 1);
    for (int i = 0; i < 8; i++)
        CHECK(desk_ask(x.d, &call) == NULL);
    CHECK(has_failed(desk_ask(x.d, &call), "ask again later"));
    tear_down(&x); /* with those that nobody has answered */
}

/* Of all roles, as it is stored; 0: it is not. */
static uint64_t stored_usage(struct fixture *x)
{
    struct store_answer a = store_tree_load(x->disk, "/usage", x->arena);
    const Mezzo__Record__Usage *record;

    if (a.entries_count != 1)
        return 0;
    record = message_unpack_in(x->arena, &mezzo__record__usage__descriptor,
                               a.entries[0].value, a.entries[0].size);
    CHECK(record != NULL && record->n_roles == 1);
    CHECK(strcmp(record->roles[0]->role, "*") == 0);
    CHECK(record->roles[0]->own == record->roles[0]->amount);
    return record->roles[0]->amount;
}

static void what_roles_have_had_outlives_the_master(void)
{
    const uint64_t minute = (uint64_t)60000 << 24; /* of the whole pool */
    struct fixture x;
    uint64_t before;

    set_up(&x);
    launch(&x, "t", "cpus:4;mem:64");
    CHECK(stored_usage(&x) == 0);
    desk_pass(x.d, 5 * 60 * 1000 + 100);
    desk_store(x.d);
    before = stored_usage(&x);
    CHECK(before > 4 * minute && before <= 5 * minute);
    calls_update(x.d, "a", x.framework, "t", TASK_FINISHED, 2);
    another_master(&x);
    desk_end_link(x.d, "f"); /* so that it holds no offers */
    desk_pass(x.d, 6 * 60 * 1000);
    desk_store(x.d);
    /* Nothing is added, and of what there is hardly anything is gone. */
    CHECK(stored_usage(&x) < before && stored_usage(&x) > before / 100 * 99);
    tear_down(&x);
}

static const Mesos__V1__Master__Response__Explain__Ask *explain(
    struct fixture *x)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__Explain e = MESOS__V1__MASTER__CALL__EXPLAIN__INIT;
    const Mesos__V1__Master__Response *r;

    e.subject = MESOS__V1__MASTER__CALL__EXPLAIN__SUBJECT__FRAMEWORK;
    e.id = x->framework;
    call.has_type = 1;
    call.type = CALL(EXPLAIN);
    call.explain = &e;
    r = desk_ask(x->d, &call);
    return r == NULL || r->explain->n_asks != 1 ? NULL : r->explain->asks[0];
}

static bool is_freed(struct fixture *x, const char *text)
{
    const Mesos__V1__Master__Response__Explain__Ask *a = explain(x);
    const char *is = a != NULL ? a->would_free_it : NULL;

    if (is == NULL || strcmp(is, text) != 0)
        printf("# %s\n", is == NULL ? "nothing" : is);
    return is != NULL && strcmp(is, text) == 0;
}

static void what_would_free_it_is_named(void)
{
    struct fixture x;

    set_up(&x);
    launch(&x, "t1", "cpus:1;mem:64");
    desk_pass(x.d, 6000);
    take_offer(&x);
    launch(&x, "t2", "cpus:2;mem:64");
    desk_pass(x.d, 6000);
    take_offer(&x);
    launch(&x, "t3", "cpus:1;mem:64");
    calls_ask(x.d, "f", "cpus:1", 1, NULL);
    CHECK(is_freed(&x, "free when t1 of test ends"));
    calls_ask(x.d, "f", "cpus:2", 1, NULL);
    CHECK(is_freed(&x, "free when t2 of test ends")); /* t1 is not enough */
    calls_ask(x.d, "f", "cpus:3", 1, NULL);
    CHECK(is_freed(&x, "free when t1 of test and t2 of test end"));
    calls_ask_gang(x.d, "f", "cpus:1", 4);
    CHECK(is_freed(&x, "free when t1 of test, t2 of test and t3 of test end"));
    calls_update(x.d, "a", x.framework, "t2", TASK_FINISHED, 2);
    tear_down(&x);
}

/* Of the role "*", or of that and another, whose guarantee is `other`. */
static const Mesos__V1__Master__Response *set_quota(struct fixture *x,
                                                    double guarantee,
                                                    double limit,
                                                    double other,
                                                    bool is_forced)
{
    const double values[] = {guarantee, limit, other};
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__UpdateQuota u =
        MESOS__V1__MASTER__CALL__UPDATE_QUOTA__INIT;
    Mesos__V1__Master__QuotaConfig one = MESOS__V1__MASTER__QUOTA_CONFIG__INIT;
    Mesos__V1__Master__QuotaConfig two = MESOS__V1__MASTER__QUOTA_CONFIG__INIT;
    Mesos__V1__Master__QuotaConfig *list[] = {&one, &two};
    Mesos__V1__Master__QuotaConfig__Entry entries[3], *at[3];
    Mesos__V1__Value__Scalar scalars[3];

    for (int i = 0; i < 3; i++) {
        mesos__v1__master__quota_config__entry__init(&entries[i]);
        mesos__v1__value__scalar__init(&scalars[i]);
        scalars[i].value = values[i];
        entries[i].key = (char *)(uintptr_t) "cpus";
        entries[i].value = &scalars[i];
        at[i] = &entries[i];
    }
    one.role = (char *)(uintptr_t) "*";
    one.guarantees = &at[0];
    one.n_guarantees = guarantee > 0;
    one.limits = &at[1];
    one.n_limits = limit > 0;
    two.role = (char *)(uintptr_t) "other";
    two.guarantees = &at[2];
    two.n_guarantees = 1;
    u.quota_configs = list;
    u.n_quota_configs = other > 0 ? 2 : 1;
    u.has_force = 1;
    u.force = is_forced;
    call.has_type = 1;
    call.type = CALL(UPDATE_QUOTA);
    call.update_quota = &u;
    return desk_ask(x->d, &call);
}

static void quotas_that_cannot_be_are_refused_with_the_numbers(void)
{
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:2;mem:64");
    CHECK(has_failed(set_quota(&x, 5, 0, 0, false),
                     "a guarantee of 5, with 0 of others, is more than the 4"));
    CHECK(has_failed(set_quota(&x, 3, 2, 0, true), "more than the limit of 2"));
    CHECK(has_failed(set_quota(&x, 0, 1, 0, false),
                     "a limit of 1 is less than the 2 in use"));
    /* Of several none, if one of them cannot be. */
    CHECK(has_failed(set_quota(&x, 2, 4, 5, false), "is more than the 4"));
    CHECK(store_tree_load(x.disk, "/roles", x.arena).entries_count == 0);
    CHECK(set_quota(&x, 0, 1, 0, true) == NULL);
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    tear_down(&x);
}

static void a_limit_binds_when_it_is_stored_and_outlives_the_master(void)
{
    struct fixture x;

    set_up(&x);
    calls_decline(x.d, "f", x.offer, 0);
    desk_clear(x.d);
    CHECK(set_quota(&x, 1, 2, 0, false) == NULL);
    desk_store(x.d);
    CHECK(is_done(desk_answer(x.d)));
    another_master(&x);
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:2;mem:4096;ports:[1-10]"));
    tear_down(&x);
}

static void drain(struct fixture *x,
                  Mesos__V1__Master__Call__Type type,
                  int64_t grace_ms,
                  bool marks_gone)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__DrainAgent d =
        MESOS__V1__MASTER__CALL__DRAIN_AGENT__INIT;
    Mesos__V1__Master__Call__OnAgent on =
        MESOS__V1__MASTER__CALL__ON_AGENT__INIT;
    Mesos__V1__DurationInfo grace = MESOS__V1__DURATION_INFO__INIT;

    grace.nanoseconds = grace_ms * 1000000;
    d.agent_id = on.agent_id = agent_id(x);
    d.max_grace_period = &grace;
    d.has_mark_gone = 1;
    d.mark_gone = marks_gone;
    call.has_type = 1;
    call.type = type;
    call.drain_agent = type == CALL(DRAIN_AGENT) ? &d : NULL;
    call.reactivate_agent = type == CALL(REACTIVATE_AGENT) ? &on : NULL;
    CHECK(is_done(desk_ask(x->d, &call)));
}

static const char *state_of_agent(struct fixture *x)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    const Mesos__V1__Master__Response *r;

    call.has_type = 1;
    call.type = CALL(GET_AGENTS);
    r = desk_ask(x->d, &call);
    return r->get_agents->agents[0]->state;
}

static void a_drained_agent_is_emptied_and_may_be_used_again(void)
{
    const Mesos__V1__Scheduler__Event *e;
    const Mezzo__AgentEvent *kill;
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:2;mem:64");
    drain(&x, CALL(DRAIN_AGENT), 7000, false);
    CHECK(desk_take_event(x.d, "f", EVENT(INVERSE_OFFERS)) == NULL);
    desk_store(x.d); /* now it is known to last */
    e = desk_take_event(x.d, "f", EVENT(INVERSE_OFFERS));
    CHECK(e != NULL &&
          strcmp(e->inverse_offers->inverse_offers[0]->task_ids[0]->value,
                 "t") == 0);
    kill = desk_take_order(x.d, "a", ORDER(KILL));
    CHECK(kill != NULL && kill->kill->after->nanoseconds == 7000000000 &&
          kill->kill->reason ==
              MESOS__V1__TASK_STATUS__REASON__REASON_AGENT_DRAINING);
    desk_pass(x.d, 20000);
    CHECK(take_offer(&x) == NULL);
    CHECK(strcmp(state_of_agent(&x), "draining") == 0);
    calls_update(x.d, "a", x.framework, "t", TASK_KILLED, 2);
    desk_pass(x.d, 2000);
    CHECK(strcmp(state_of_agent(&x), "drained") == 0);
    another_master(&x);
    desk_pass(x.d, 10000);
    CHECK(take_offer(&x) == NULL);
    drain(&x, CALL(REACTIVATE_AGENT), 0, false);
    desk_store(x.d);
    desk_pass(x.d, 10);
    CHECK(offers(take_offer(&x), "cpus:4;mem:4096;ports:[1-10]"));
    tear_down(&x);
}

static void a_drained_agent_may_be_gone_then(void)
{
    struct fixture x;

    set_up(&x);
    launch(&x, "t", "cpus:2;mem:64");
    drain(&x, CALL(DRAIN_AGENT), 0, true);
    desk_store(x.d);
    desk_pass(x.d, 5000);
    CHECK(strcmp(state_of_agent(&x), "draining") == 0);
    calls_update(x.d, "a", x.framework, "t", TASK_KILLED, 2);
    desk_pass(x.d, 2000);
    desk_store(x.d);
    CHECK(strcmp(state_of_agent(&x), "gone") == 0);
    CHECK(desk_take_order(x.d, "a", ORDER(SHUTDOWN)) != NULL);
    tear_down(&x);
}

int main(void)
{
    what_is_reserved_is_stored_before_it_takes_effect();
    what_is_on_offer_is_taken_back_for_it();
    what_is_in_use_is_not_reserved();
    a_reservation_outlives_the_master_and_is_given_back();
    what_would_free_it_is_named();
    quotas_that_cannot_be_are_refused_with_the_numbers();
    a_limit_binds_when_it_is_stored_and_outlives_the_master();
    a_drained_agent_is_emptied_and_may_be_used_again();
    a_drained_agent_may_be_gone_then();
    what_roles_have_had_outlives_the_master();
    what_would_be_placed_is_told_and_not_done();
    what_would_have_to_move_is_told();
    what_makes_no_sense_is_refused();
    return test_done();
}
