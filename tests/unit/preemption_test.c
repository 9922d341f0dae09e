/* preemption_test.c - what is taken back, of whom, and what becomes of it: in
 * small pools by hand, and in random ones. */

#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/random.h"
#include "base/resources.h"
#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name
#define ORDER(name) MEZZO__AGENT_EVENT__TYPE__##name

enum {
    AGENTS = 3, /* of four cpus each */
    FRAMEWORKS = 4,
    TASKS_MAX = 4000,
    RUN_MIN_MS = 60000, /* the master's */
    GRACE_MS = 30000,
};

struct task {
    char id[24];
    unsigned framework;
    unsigned agent;
    unsigned cpus;
    int priority;
    msec_t started;
    msec_t recalled; /* 0: it is not */
    bool is_over;
};

struct ask { /* a framework has one at a time */
    unsigned wanted;
    unsigned cpus;
    int priority;
};

struct fixture {
    struct store_tree *disk;
    struct desk *d;
    struct arena *arena;
    char agents[AGENTS][96];
    char frameworks[FRAMEWORKS][96];
    const char *roles[FRAMEWORKS];
    uint64_t sequences[AGENTS][FRAMEWORKS];
    struct ask asks[FRAMEWORKS];
    struct task tasks[TASKS_MAX];
    size_t tasks_count;
    struct random random;
    const char *wrong;
};

static const char *peer(char kind, unsigned n)
{
    static const char *const names[2][4] = {{"a0", "a1", "a2", "a3"},
                                            {"f0", "f1", "f2", "f3"}};

    return names[kind == 'f'][n];
}

static void complain(struct fixture *x, const char *what)
{
    if (x->wrong == NULL)
        x->wrong = what;
}

static void subscribe(struct fixture *x, unsigned n, const char *role)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Subscribe subscribe =
        MESOS__V1__SCHEDULER__CALL__SUBSCRIBE__INIT;
    Mesos__V1__FrameworkInfo info = MESOS__V1__FRAMEWORK_INFO__INIT;
    const Mesos__V1__Scheduler__Event *e;
    char *roles[] = {(char *)(uintptr_t)role};

    info.name = (char *)(uintptr_t) "test";
    info.user = (char *)(uintptr_t) "nobody";
    info.roles = subscribe.suppressed_roles = roles;
    info.n_roles = subscribe.n_suppressed_roles = 1;
    call.has_type = 1;
    call.type = MESOS__V1__SCHEDULER__CALL__TYPE__SUBSCRIBE;
    call.subscribe = &subscribe;
    subscribe.framework_info = &info;
    desk_scheduler_says(x->d, peer('f', n), &call);
    desk_store(x->d);
    e = desk_take_event(x->d, peer('f', n), EVENT(SUBSCRIBED));
    snprintf(x->frameworks[n], sizeof x->frameworks[n], "%s",
             e->subscribed->framework_id->value);
    x->roles[n] = role;
}

/* f0 and f1 in "a", f2 and f3 in "b". */
static struct fixture *set_up(unsigned agents)
{
    struct fixture *x = calloc(1, sizeof *x);

    if (x == NULL)
        abort();
    x->arena = arena_new();
    x->disk = store_tree_new();
    x->d = desk_new(x->disk, 1000);
    desk_store(x->d);
    for (unsigned i = 0; i < agents; i++) {
        const Mezzo__AgentEvent *e;

        desk_register(x->d, peer('a', i), NULL);
        desk_store(x->d);
        e = desk_take_order(x->d, peer('a', i), ORDER(REGISTERED));
        snprintf(x->agents[i], sizeof x->agents[i], "%s",
                 e->registered->agent_id->value);
    }
    for (unsigned i = 0; i < FRAMEWORKS; i++)
        subscribe(x, i, i < 2 ? "a" : "b");
    return x;
}

static void tear_down(struct fixture *x)
{
    desk_free(x->d);
    store_tree_free(x->disk);
    arena_free(x->arena);
    free(x);
}

static void guarantee(struct fixture *x, const char *role, double cpus)
{
    Mesos__V1__Master__Call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__UpdateQuota u =
        MESOS__V1__MASTER__CALL__UPDATE_QUOTA__INIT;
    Mesos__V1__Master__QuotaConfig q = MESOS__V1__MASTER__QUOTA_CONFIG__INIT,
                                   *list = &q;
    Mesos__V1__Master__QuotaConfig__Entry
        entry = MESOS__V1__MASTER__QUOTA_CONFIG__ENTRY__INIT,
        *entries = &entry;
    Mesos__V1__Value__Scalar value = MESOS__V1__VALUE__SCALAR__INIT;

    value.value = cpus;
    entry.key = (char *)(uintptr_t) "cpus";
    entry.value = &value;
    q.role = (char *)(uintptr_t)role;
    q.guarantees = &entries;
    q.n_guarantees = 1;
    u.quota_configs = &list;
    u.n_quota_configs = 1;
    call.has_type = 1;
    call.type = MESOS__V1__MASTER__CALL__TYPE__UPDATE_QUOTA;
    call.update_quota = &u;
    desk_ask(x->d, &call);
    desk_store(x->d);
}

static Mesos__V1__Ask__Slot *slot_of(struct fixture *x,
                                     unsigned cpus,
                                     unsigned count,
                                     unsigned min)
{
    Mesos__V1__Ask__Slot *slot =
        message_new(x->arena, &mesos__v1__ask__slot__descriptor);
    struct resources each = {0};

    resources_set_milli(&each, "cpus", cpus * 1000);
    slot->each = resources_to_wire(&each, NULL, x->arena, &slot->n_each);
    resources_release(&each);
    slot->count = count;
    slot->has_min = 1;
    slot->min = min;
    return slot;
}

static void ask_slots(struct fixture *x,
                      unsigned n,
                      int priority,
                      Mesos__V1__Ask__Slot **slots,
                      size_t slots_count)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Request request =
        MESOS__V1__SCHEDULER__CALL__REQUEST__INIT;
    Mesos__V1__Request one = MESOS__V1__REQUEST__INIT, *ones = &one;
    Mesos__V1__Ask ask = MESOS__V1__ASK__INIT;

    ask.id = (char *)(uintptr_t) "ask";
    ask.role = (char *)(uintptr_t)x->roles[n];
    ask.slots = slots;
    ask.n_slots = slots_count;
    ask.has_priority = 1;
    ask.priority = priority;
    one.ask = &ask;
    request.requests = &ones;
    request.n_requests = 1;
    call.has_type = 1;
    call.type = MESOS__V1__SCHEDULER__CALL__TYPE__REQUEST;
    call.request = &request;
    desk_scheduler_says(x->d, peer('f', n), &call);
    desk_store(x->d);
}

static void ask(
    struct fixture *x, unsigned n, unsigned cpus, unsigned count, int priority)
{
    Mesos__V1__Ask__Slot *slot = slot_of(x, cpus, count, 0);

    ask_slots(x, n, priority, &slot, 1);
    x->asks[n] = (struct ask){count, cpus, priority};
}

static unsigned agent_of(const struct fixture *x, const char *id)
{
    unsigned i = 0;

    while (strcmp(x->agents[i], id) != 0)
        i++;
    return i;
}

static Mesos__V1__TaskInfo *add_task(struct fixture *x,
                                     unsigned n,
                                     const char *agent_id)
{
    struct task *task = &x->tasks[x->tasks_count];
    Mesos__V1__TaskInfo *info =
        message_new(x->arena, &mesos__v1__task_info__descriptor);
    struct resources r = {0};

    *task = (struct task){.framework = n,
                          .agent = agent_of(x, agent_id),
                          .cpus = x->asks[n].cpus,
                          .priority = x->asks[n].priority,
                          .started = desk_now(x->d)};
    snprintf(task->id, sizeof task->id, "t%zu", x->tasks_count++);
    resources_set_milli(&r, "cpus", task->cpus * 1000);
    info->resources = resources_to_wire(&r, NULL, x->arena, &info->n_resources);
    resources_release(&r);
    info->name = task->id;
    info->task_id = message_new(x->arena, &mesos__v1__task_id__descriptor);
    info->task_id->value = task->id;
    info->agent_id = message_new(x->arena, &mesos__v1__agent_id__descriptor);
    info->agent_id->value = x->agents[task->agent];
    info->command = message_new(x->arena, &mesos__v1__command_info__descriptor);
    info->command->value = task->id;
    return info;
}

/* All tasks that it is for. */
static void use(struct fixture *x, unsigned n, const Mesos__V1__Offer *offer)
{
    Mesos__V1__Scheduler__Call call = MESOS__V1__SCHEDULER__CALL__INIT;
    Mesos__V1__Scheduler__Call__Accept accept =
        MESOS__V1__SCHEDULER__CALL__ACCEPT__INIT;
    Mesos__V1__OfferID *offers = offer->id;
    Mesos__V1__Offer__Operation op = MESOS__V1__OFFER__OPERATION__INIT;
    Mesos__V1__Offer__Operation *ops = &op;
    Mesos__V1__Offer__Operation__Launch launch =
        MESOS__V1__OFFER__OPERATION__LAUNCH__INIT;
    size_t from = x->tasks_count;

    launch.n_task_infos = offer->ask_counts[0];
    launch.task_infos =
        arena_alloc(x->arena, launch.n_task_infos * sizeof *launch.task_infos);
    for (size_t i = 0; i < launch.n_task_infos; i++)
        launch.task_infos[i] = add_task(x, n, offer->agent_id->value);
    op.has_type = 1;
    op.type = MESOS__V1__OFFER__OPERATION__TYPE__LAUNCH;
    op.launch = &launch;
    accept.offer_ids = &offers;
    accept.n_offer_ids = accept.n_operations = 1;
    accept.operations = &ops;
    call.has_type = 1;
    call.type = MESOS__V1__SCHEDULER__CALL__TYPE__ACCEPT;
    call.accept = &accept;
    desk_scheduler_says(x->d, peer('f', n), &call);
    for (size_t i = from; i < x->tasks_count; i++) {
        struct task *task = &x->tasks[i];

        calls_update(x->d, peer('a', task->agent), x->frameworks[n], task->id,
                     TASK_RUNNING, ++x->sequences[task->agent][n]);
        x->asks[n].wanted--;
    }
}

static bool use_offers(struct fixture *x)
{
    bool is_any = false;

    for (unsigned n = 0; n < FRAMEWORKS; n++) {
        const Mesos__V1__Scheduler__Event *e;

        while ((e = desk_take_event(x->d, peer('f', n), EVENT(OFFERS))) != NULL)
            for (size_t i = 0; i < e->offers->n_offers; i++) {
                use(x, n, e->offers->offers[i]);
                is_any = true;
            }
    }
    return is_any;
}

static void settle(struct fixture *x)
{
    do {
        desk_store(x->d);
        desk_pass(x->d, 10);
    } while (use_offers(x));
}

static struct task *find_task(struct fixture *x, const char *id)
{
    for (size_t i = 0; i < x->tasks_count; i++)
        if (strcmp(x->tasks[i].id, id) == 0)
            return &x->tasks[i];
    abort();
}

static unsigned held_by(const struct fixture *x, const char *role)
{
    unsigned sum = 0;

    for (size_t i = 0; i < x->tasks_count; i++)
        if (!x->tasks[i].is_over && x->tasks[i].recalled == 0 &&
            strcmp(x->roles[x->tasks[i].framework], role) == 0)
            sum += x->tasks[i].cpus;
    return sum;
}

/* What frameworks are told to give back; how many tasks. */
static size_t note_recalls(struct fixture *x)
{
    size_t count = 0;

    for (unsigned n = 0; n < FRAMEWORKS; n++) {
        const Mesos__V1__Scheduler__Event *e;

        while ((e = desk_take_event(x->d, peer('f', n),
                                    EVENT(INVERSE_OFFERS))) != NULL)
            for (size_t i = 0; i < e->inverse_offers->n_inverse_offers; i++) {
                const Mesos__V1__InverseOffer *o =
                    e->inverse_offers->inverse_offers[i];

                for (size_t k = 0; k < o->n_task_ids; k++) {
                    struct task *task = find_task(x, o->task_ids[k]->value);

                    if (task->recalled != 0)
                        complain(x, "a task is recalled twice");
                    task->recalled = desk_now(x->d);
                    if (task->recalled - task->started < RUN_MIN_MS)
                        complain(x, "a task is recalled that has just begun");
                    count++;
                }
            }
    }
    return count;
}

static void end_task(struct fixture *x,
                     struct task *task,
                     enum task_state state)
{
    task->is_over = true;
    calls_update(x->d, peer('a', task->agent), x->frameworks[task->framework],
                 task->id, state, ++x->sequences[task->agent][task->framework]);
}

/* Those whose grace is over. */
static void end_recalled(struct fixture *x)
{
    for (size_t i = 0; i < x->tasks_count; i++) {
        struct task *task = &x->tasks[i];

        if (!task->is_over && task->recalled != 0 &&
            desk_now(x->d) - task->recalled >= GRACE_MS)
            end_task(x, task, TASK_KILLED);
    }
}

static size_t running(const struct fixture *x, unsigned n)
{
    size_t count = 0;

    for (size_t i = 0; i < x->tasks_count; i++)
        count += !x->tasks[i].is_over && x->tasks[i].framework == n;
    return count;
}

/* ------------------------------------------------------------------ by hand */

static void more_priority_takes_from_less_in_its_role(void)
{
    struct fixture *x = set_up(1);
    const Mezzo__AgentEvent *kill;

    ask(x, 0, 1, 4, 0);
    settle(x);
    CHECK(running(x, 0) == 4);
    ask(x, 1, 1, 2, 5);
    desk_pass(x->d, 30000);
    CHECK(note_recalls(x) == 0); /* it has just begun */
    desk_pass(x->d, 40000);
    CHECK(note_recalls(x) == 2);
    kill = desk_take_order(x->d, "a0", ORDER(KILL));
    CHECK(kill != NULL &&
          kill->kill->reason ==
              MESOS__V1__TASK_STATUS__REASON__REASON_CONTAINER_PREEMPTED);
    desk_pass(x->d, GRACE_MS);
    CHECK(note_recalls(x) == 0); /* that is enough */
    end_recalled(x);
    settle(x);
    CHECK(running(x, 0) == 2 && running(x, 1) == 2);
    tear_down(x);
}

static void equal_priority_and_other_roles_are_left_alone(void)
{
    struct fixture *x = set_up(1);

    ask(x, 0, 1, 4, 3);
    settle(x);
    ask(x, 1, 1, 2, 3);
    ask(x, 2, 1, 2, 9);
    desk_pass(x->d, 300000);
    CHECK(note_recalls(x) == 0);
    tear_down(x);
}

static void nobody_is_recalled_for_what_another_would_get(void)
{
    struct fixture *x = set_up(1);

    ask(x, 0, 1, 4, 0);
    settle(x);
    ask(x, 2, 1, 4, 0); /* of a role that has nothing: it is the next */
    ask(x, 1, 1, 2, 5);
    desk_pass(x->d, 300000);
    CHECK(note_recalls(x) == 0);
    tear_down(x);
}

static void the_least_priority_goes_first_and_then_the_least_work(void)
{
    struct fixture *x = set_up(1);

    ask(x, 0, 1, 2, 1);
    settle(x);
    ask(x, 0, 1, 1, 0);
    settle(x);
    desk_pass(x->d, 100000);
    ask(x, 0, 1, 1, 1);
    settle(x);
    desk_pass(x->d, 100000);
    CHECK(running(x, 0) == 4);
    ask(x, 1, 1, 2, 5);
    desk_pass(x->d, 5000);
    CHECK(note_recalls(x) == 2);
    CHECK(x->tasks[2].recalled != 0); /* of priority 0 */
    CHECK(x->tasks[3].recalled != 0); /* the youngest of priority 1 */
    tear_down(x);
}

static void what_would_not_be_enough_is_not_taken(void)
{
    struct fixture *x = set_up(1);

    ask(x, 0, 1, 2, 0);
    ask(x, 1, 2, 1, 9);
    settle(x);
    CHECK(running(x, 0) == 2 && running(x, 1) == 1);
    ask(x, 0, 3, 1, 5); /* more than those of priority 0 have */
    desk_pass(x->d, 300000);
    CHECK(note_recalls(x) == 0);
    tear_down(x);
}

static void a_gang_of_several_shapes_takes_all_or_nothing(void)
{
    struct fixture *x = set_up(2);
    Mesos__V1__Ask__Slot *slots[2];

    ask(x, 0, 1, 8, 0);
    settle(x);
    CHECK(running(x, 0) == 8);
    /* One launcher of 1 and two workers of 3: it would need both agents. */
    slots[0] = slot_of(x, 1, 1, 1);
    slots[1] = slot_of(x, 3, 2, 2);
    ask_slots(x, 1, 5, slots, 2);
    desk_pass(x->d, 100000);
    CHECK(note_recalls(x) == 7);
    tear_down(x);

    x = set_up(2);
    ask(x, 0, 1, 8, 0);
    settle(x);
    slots[0] = slot_of(x, 1, 1, 1);
    slots[1] = slot_of(x, 3, 3, 3); /* there are only two agents */
    ask_slots(x, 1, 5, slots, 2);
    desk_pass(x->d, 300000);
    CHECK(note_recalls(x) == 0);
    tear_down(x);
}

static void a_gang_within_a_guarantee_is_made_room_for(void)
{
    struct fixture *x = set_up(2);
    Mesos__V1__Ask__Slot *slots[2];

    ask(x, 0, 1, 8, 9); /* priority does not count against a guarantee */
    settle(x);
    guarantee(x, "b", 5);
    slots[0] = slot_of(x, 1, 1, 1);
    slots[1] = slot_of(x, 2, 2, 2);
    ask_slots(x, 2, 0, slots, 2);
    desk_pass(x->d, 100000);
    CHECK(note_recalls(x) == 5);
    tear_down(x);

    x = set_up(2);
    ask(x, 0, 1, 8, 9);
    settle(x);
    guarantee(x, "b", 4); /* it is one more */
    slots[0] = slot_of(x, 1, 1, 1);
    slots[1] = slot_of(x, 2, 2, 2);
    ask_slots(x, 2, 0, slots, 2);
    desk_pass(x->d, 100000);
    CHECK(note_recalls(x) == 0);
    tear_down(x);
}

static void priorities_outlive_the_master(void)
{
    struct fixture *x = set_up(1);
    const Mezzo__AgentEvent *e;

    ask(x, 0, 1, 1, -3);
    settle(x);
    e = desk_take_order(x->d, "a0", ORDER(LAUNCH));
    CHECK(e != NULL && e->launch->tasks[0]->has_priority &&
          e->launch->tasks[0]->priority == -3);
    tear_down(x);
}

/* ----------------------------------------------------------------- at random
 */

static unsigned below(struct fixture *x, unsigned n)
{
    return (unsigned)(random_next(&x->random) % n);
}

/* Is any task of less priority left alone, while one of more waits for as much
 * in the same role, and nobody else would get it? */
static void check_recalls(struct fixture *x, unsigned guaranteed)
{
    unsigned now_held = held_by(x, "b");

    /* Without its own waiting for more priority a role keeps its guarantee. */
    if (x->asks[2].wanted == 0 && x->asks[3].wanted == 0)
        for (size_t i = 0; i < x->tasks_count; i++) {
            const struct task *task = &x->tasks[i];

            if (task->recalled == desk_now(x->d) && task->framework >= 2 &&
                now_held + task->cpus <= guaranteed)
                complain(x, "a role loses what it is to have");
        }
    for (size_t i = 0; i < x->tasks_count; i++) {
        const struct task *task = &x->tasks[i];
        bool is_for_priority = false, is_for_guarantee;

        if (task->recalled != desk_now(x->d))
            continue;
        for (unsigned n = 0; n < FRAMEWORKS; n++)
            is_for_priority |= x->asks[n].wanted > 0 &&
                               x->asks[n].priority > task->priority &&
                               x->roles[n] == x->roles[task->framework];
        is_for_guarantee = task->framework < 2 &&
                           (x->asks[2].wanted > 0 || x->asks[3].wanted > 0) &&
                           guaranteed > 0;
        if (!is_for_priority && !is_for_guarantee)
            complain(x, "a task is recalled for nobody");
    }
}

/* Has somebody begun where the task was, who comes before it: in its role, or
 * within a guarantee? */
static bool has_helped(const struct fixture *x, const struct task *lost)
{
    for (size_t i = 0; i < x->tasks_count; i++) {
        const struct task *given = &x->tasks[i];

        if (given->agent != lost->agent || given->started < lost->recalled)
            continue;
        if (x->roles[given->framework] == x->roles[lost->framework]
                ? given->priority > lost->priority
                : given->framework >= 2)
            return true;
    }
    return false;
}

/* Returns how many tasks were recalled. */
static size_t live(struct fixture *x, unsigned seconds, unsigned guaranteed)
{
    size_t recalls = 0;

    for (; seconds > 0 && x->wrong == NULL; seconds--) {
        desk_pass(x->d, 1000);
        recalls += note_recalls(x);
        check_recalls(x, guaranteed);
        end_recalled(x);
        settle(x);
    }
    return recalls;
}

static const char *live_through(uint64_t seed, size_t *recalls_sum)
{
    struct fixture *x = set_up(AGENTS);
    unsigned guaranteed;
    size_t recalls = 0, late;
    const char *wrong;

    x->random.state = seed;
    guaranteed = below(x, 3) * 3;
    if (guaranteed > 0)
        guarantee(x, "b", guaranteed);
    for (unsigned n = 0; n < FRAMEWORKS; n++) {
        ask(x, n, 1 + below(x, 3), 1 + below(x, 8), (int)below(x, 3));
        settle(x);
        recalls += live(x, below(x, 100), guaranteed);
    }
    /* Nothing else happens: it must come to rest. */
    recalls += live(x, 400, guaranteed);
    late = live(x, 100, guaranteed);
    if (late > 0)
        complain(x, "it does not come to rest");
    for (size_t i = 0; i < x->tasks_count; i++)
        if (x->tasks[i].recalled != 0 && !has_helped(x, &x->tasks[i]))
            complain(x, "nobody was helped");
    wrong = x->wrong;
    if (wrong != NULL)
        printf("# seed %llu: %s\n", (unsigned long long)seed, wrong);
    *recalls_sum += recalls;
    tear_down(x);
    return wrong;
}

static void whatever_runs_only_what_helps_is_taken_back(void)
{
    bool is_right = true;
    size_t recalls = 0;

    for (uint64_t seed = 1; seed <= 1000; seed++)
        is_right = live_through(seed, &recalls) == NULL && is_right;
    CHECK(is_right);
    CHECK(recalls > 1000);
}

int main(void)
{
    more_priority_takes_from_less_in_its_role();
    equal_priority_and_other_roles_are_left_alone();
    nobody_is_recalled_for_what_another_would_get();
    the_least_priority_goes_first_and_then_the_least_work();
    what_would_not_be_enough_is_not_taken();
    a_gang_of_several_shapes_takes_all_or_nothing();
    a_gang_within_a_guarantee_is_made_room_for();
    priorities_outlive_the_master();
    whatever_runs_only_what_helps_is_taken_back();
    return test_done();
}
