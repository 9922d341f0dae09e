/* alloc_usage_test.c - of two who have nothing, the one comes first that has
 * had less; in time that is forgotten. */

#include "master/alloc/usage.h"

#include "master/alloc/policy.h"
#include "tests/unit/alloc_asking.h"

enum {
    HOUR = 3600 * 1000,
    HALF_LIFE = 24 * HOUR,
    WHOLE = 1 << 24, /* the pool, in which usage counts */
};

static void usage_halves_with_each_half_life(void)
{
    uint64_t much = (uint64_t)1 << 50;
    uint64_t once = policy_decay(much, HALF_LIFE / 2, HALF_LIFE);

    CHECK(policy_decay(much, 0, HALF_LIFE) == much);
    CHECK(policy_decay(much, HALF_LIFE, HALF_LIFE) == much / 2);
    CHECK(policy_decay(much, 3 * HALF_LIFE, HALF_LIFE) == much / 8);
    CHECK(once > much / 1000 * 707 && once < much / 1000 * 708);
    CHECK(policy_decay(much, 100 * (msec_t)HALF_LIFE, HALF_LIFE) == 0);
    /* In small steps as in a large one, but for what rounding takes. */
    for (int i = 0; i < 24 * 60; i++)
        much = policy_decay(much, HOUR / 60, HALF_LIFE);
    CHECK(much / 1000 > ((uint64_t)1 << 49) / 1001 &&
          much / 1001 < ((uint64_t)1 << 49) / 1000);
}

static void what_is_held_adds_up(void)
{
    uint64_t whole = POLICY_SHARE_WHOLE;
    uint64_t hour = policy_accrue(0, whole, HOUR, HALF_LIFE), u = 0;

    CHECK(hour == (uint64_t)WHOLE * HOUR);
    CHECK(policy_accrue(0, whole / 4, HOUR, HALF_LIFE) == hour / 4);
    /* Who holds all of it always has had about 1.44 half-lives of it. */
    for (int i = 0; i < 24 * 20; i++)
        u = policy_accrue(u, whole, HOUR, HALF_LIFE);
    CHECK(u > hour * 34 && u < hour * 36);
    CHECK(policy_accrue(UINT64_MAX, whole, 1, INT64_MAX / 2) == UINT64_MAX);
}

/* One agent of one task; ann and bob are users of batch. */
static struct alloc *set_up(void)
{
    struct alloc *a = alloc_new();

    alloc_set_half_life(a, HALF_LIFE, 0);
    add_agent(a, "a1", "cpus:1;mem:100", "");
    add_framework(a, "ann", "batch/ann");
    add_framework(a, "bob", "batch/bob");
    alloc_suppress(a, "ann", NULL);
    alloc_suppress(a, "bob", NULL);
    return a;
}

static void ask(struct alloc *a, const char *user, const char *role)
{
    PUT(a, .framework = user, .ask.id = "job", .ask.role = role,
        .each = "cpus:1", .count = 1);
}

/* Both ask; who has it runs from `now` for so long. */
static const char *run_one(struct alloc *a, msec_t now, msec_t runs)
{
    struct resources *r = parsed("cpus:1");
    const char *who;

    ask(a, "ann", "batch/ann");
    ask(a, "bob", "batch/bob");
    CHECK(run(a, now) == 1);
    who = strcmp(grants[0].framework_id, "ann") == 0 ? "ann" : "bob";
    alloc_ask_note_placed(a, who, "job", 0, "a1", 1, 1);
    for (msec_t t = now; t < now + runs; t += POLICY_USAGE_MS)
        run(a, t);
    run(a, now + runs);
    alloc_ask_withdraw(a, "ann", "job");
    alloc_ask_withdraw(a, "bob", "job");
    alloc_give_back(a, who, who[0] == 'a' ? "batch/ann" : "batch/bob", "a1", r);
    run(a, now + runs);
    drop(r);
    return who;
}

static void who_has_had_less_comes_first(void)
{
    struct alloc *a = set_up();

    CHECK(strcmp(run_one(a, 10, 4 * HOUR), "ann") == 0); /* by name */
    /* Four short ones are less than a long one was. */
    for (int i = 0; i < 4; i++)
        CHECK(strcmp(run_one(a, (5 + i) * HOUR, HOUR / 2), "bob") == 0);
    CHECK(strcmp(run_one(a, 10 * HOUR, 8 * HOUR), "bob") == 0);
    CHECK(strcmp(run_one(a, 19 * HOUR, HOUR), "ann") == 0);
    alloc_free(a);
}

static void without_a_half_life_nothing_is_remembered(void)
{
    struct alloc *a = set_up();
    const struct alloc_usage *list;

    alloc_set_half_life(a, 0, 0);
    CHECK(strcmp(run_one(a, 10, 4 * HOUR), "ann") == 0);
    CHECK(alloc_usage_list(a, arena, &list) == 0);
    alloc_free(a);
}

static void it_outlives_the_frameworks_and_the_allocator(void)
{
    struct alloc *a = set_up(), *b;
    const struct alloc_usage *list;
    size_t count;

    run_one(a, 10, 4 * HOUR);
    alloc_framework_remove(a, "ann");
    alloc_framework_remove(a, "bob");
    run(a, 5 * HOUR);
    count = alloc_usage_list(a, arena, &list);
    CHECK(count == 2); /* batch, and batch/ann */
    b = set_up();
    for (size_t i = 0; i < count; i++)
        alloc_usage_restore(b, &list[i], HOUR);
    CHECK(strcmp(run_one(b, 10, HOUR), "bob") == 0);
    alloc_free(a);
    /* In the end nobody knows of it any more. */
    run(b, 100 * (msec_t)HALF_LIFE);
    CHECK(alloc_usage_list(b, arena, &list) == 0);
    CHECK(alloc_deadline(b) == MSEC_NEVER);
    alloc_free(b);
}

static void a_share_counts_more_than_what_was(void)
{
    struct alloc *a = set_up();
    struct resources *r = parsed("cpus:1");

    run_one(a, 10, 4 * HOUR); /* ann's */
    add_agent(a, "a2", "cpus:1;mem:100", "");
    alloc_take(a, "bob", "batch/bob", "a2", r);
    ask(a, "ann", "batch/ann");
    ask(a, "bob", "batch/bob");
    CHECK(run(a, 5 * HOUR) == 1);
    CHECK(strcmp(grants[0].framework_id, "ann") == 0);
    drop(r);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    usage_halves_with_each_half_life();
    what_is_held_adds_up();
    who_has_had_less_comes_first();
    without_a_half_life_nothing_is_remembered();
    it_outlives_the_frameworks_and_the_allocator();
    a_share_counts_more_than_what_was();
    arena_free(arena);
    return test_done();
}
