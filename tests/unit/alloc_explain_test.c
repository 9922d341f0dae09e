/* alloc_explain_test.c - each agent is counted once, under the reason that
 * matters. */

#include "master/alloc/explain.h"

#include "tests/unit/alloc_asking.h"

static struct alloc_explanation e;

static struct alloc *set_up(void)
{
    struct alloc *a = alloc_new();

    add_agent(a, "a1", "cpus:4;mem:1000", "rack=r1");
    add_agent(a, "a2", "cpus:8;mem:1000", "rack=r2");
    add_agent(a, "a3", "cpus:2;mem:1000", "rack=r2");
    add_framework(a, "f1", "r");
    add_framework(a, "f2", "r");
    alloc_suppress(a, "f1", NULL);
    alloc_suppress(a, "f2", NULL);
    return a;
}

static bool explain(struct alloc *a, const char *ask)
{
    return alloc_explain(a, "f1", ask, arena, &e);
}

static uint32_t agents_of(const char *reason)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < e.reasons_count; i++)
        if (strcmp(e.reasons[i].text, reason) == 0)
            return e.reasons[i].agents_count;
        else
            sum += e.reasons[i].agents_count;
    printf("# %s is not among %u\n", reason, sum);
    return 0;
}

static void take(struct alloc *a, const char *agent, const char *text)
{
    struct resources *r = parsed(text);

    alloc_take(a, "f2", "r", agent, r);
    drop(r);
}

static void what_is_served_needs_no_reason(void)
{
    struct alloc *a = set_up();

    PUT(a, .ask.id = "x", .each = "cpus:1", .count = 2);
    CHECK(run(a, 10) > 0);
    CHECK(!explain(a, "x") && !explain(a, "none"));
    alloc_free(a);
}

static void agents_are_counted_by_reason(void)
{
    struct alloc *a = set_up();

    take(a, "a1", "cpus:1.5");
    take(a, "a2", "cpus:8");
    PUT(a, .ask.id = "x", .each = "cpus:3", .count = 5);
    run(a, 10);
    CHECK(explain(a, "x") && e.wanted == 5 && e.offered == 0);
    CHECK(e.impossible == NULL && e.reasons_count == 2);
    CHECK(agents_of("cpus: 3 wanted, at most 2.5 free") == 2);
    CHECK(agents_of("cpus: 3 wanted, at most 2 there") == 1);
    CHECK(strcmp(e.nearest_agent, "a1") == 0);
    CHECK(strstr(e.would_free_it, "f2") != NULL);
    alloc_free(a);
}

static void constraints_come_first(void)
{
    struct alloc *a = set_up();

    take(a, "a1", "cpus:4");
    PUT(a, .ask.id = "x", .each = "cpus:1", .count = 1,
        .constraints = {{"rack", ALLOC_EQUALS, "r1"}});
    run(a, 10);
    CHECK(explain(a, "x"));
    CHECK(agents_of("rack: is not r1") == 2);
    CHECK(agents_of("cpus: 1 wanted, at most 0 free") == 1);
    alloc_agent_set_active(a, "a1", false);
    run(a, 20);
    CHECK(explain(a, "x"));
    CHECK(agents_of("away, drained or deactivated") == 1);
    CHECK(e.impossible == NULL);
    alloc_free(a);
}

static void what_can_never_be_is_said(void)
{
    struct alloc *a = set_up();

    PUT(a, .ask.id = "x", .each = "cpus:9", .count = 1);
    PUT(a, .ask.id = "y", .each = "cpus:1", .count = 1,
        .constraints = {{"colour", ALLOC_EQUALS, "red"}});
    PUT(a, .ask.id = "z", .each = "cpus:2", .count = 8, .min = 8);
    PUT(a, .ask.id = "w", .each = "cpus:2", .count = 7, .min = 7);
    run(a, 10);
    CHECK(explain(a, "x") && strstr(e.impossible, "no agent") != NULL);
    CHECK(agents_of("cpus: 9 wanted, at most 8 there") == 3);
    CHECK(explain(a, "y") && strstr(e.impossible, "no agent") != NULL);
    CHECK(explain(a, "z") && strstr(e.impossible, "more than 7") != NULL);
    CHECK(!explain(a, "w"));
    alloc_free(a);
}

static void a_place_that_is_kept_is_seen(void)
{
    struct alloc *a = set_up();
    struct resources *all = parsed("cpus:8");

    alloc_take(a, "f2", "r", "a2", all);
    alloc_note_end(a, "f2", "r", "a2", all, 5000);
    drop(all);
    PUT(a, .ask.id = "gang", .each = "cpus:2", .count = 5, .min = 5);
    run(a, 10);
    CHECK(explain(a, "gang") && e.is_gang && e.fits_now == 3);
    CHECK(e.starts_by == 5000 && e.agents_count > 0);
    CHECK(strcmp(e.place_for, "gang") == 0);
    alloc_free(a);
}

static void what_is_for_others_is_a_reason(void)
{
    struct alloc *a = alloc_new();

    add_agent(a, "a1", "cpus:1;mem:10;cpus(db):3", "");
    add_agent(a, "a2", "cpus:1;mem:10;cpus(web):3", "");
    add_agent(a, "a3", "cpus:1;mem:10;cpus(r):1", "");
    add_framework(a, "f1", "r/x");
    PUT(a, .ask.id = "x", .ask.role = "r/x", .each = "cpus:3", .count = 1);
    CHECK(run(a, 10) == 0);
    CHECK(explain(a, "x") && e.impossible == NULL);
    CHECK(agents_of("reserved for role db") == 1);
    CHECK(agents_of("reserved for role web") == 1);
    CHECK(agents_of("cpus: 3 wanted, at most 2 there") == 1);
    alloc_free(a);
}

static void spreads_and_declines_are_reasons(void)
{
    struct alloc *a = set_up();
    struct resources *some = parsed("cpus:2");

    PUT(a, .ask.id = "x", .each = "cpus:1", .count = 3,
        .constraints = {{"rack", ALLOC_UNIQUE, NULL}});
    CHECK(run(a, 10) == 2);
    CHECK(explain(a, "x") && e.offered == 2);
    CHECK(agents_of("rack: it has one already") == 3);
    for (int i = 1; i <= 3; i++) {
        char agent[4] = {'a', (char)('0' + i), 0};

        alloc_filter(a, "f1", "r", agent, some, 100000);
    }
    PUT(a, .ask.id = "y", .each = "cpus:2", .count = 1);
    run(a, 20);
    CHECK(explain(a, "y"));
    CHECK(agents_of("declined by the framework a moment ago") == 3);
    drop(some);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    what_is_served_needs_no_reason();
    agents_are_counted_by_reason();
    constraints_come_first();
    what_can_never_be_is_said();
    a_place_that_is_kept_is_seen();
    what_is_for_others_is_a_reason();
    spreads_and_declines_are_reasons();
    arena_free(arena);
    return test_done();
}
