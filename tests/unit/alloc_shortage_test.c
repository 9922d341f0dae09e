/* alloc_shortage_test.c - who is short, what would help, and of whom it may be
 * taken. */

#include "master/alloc/shortage.h"

#include "tests/unit/alloc_asking.h"

static const struct alloc_shortage *list;

static void quota(struct alloc *a, const char *role, const char *guarantee)
{
    struct resources *g = parsed(guarantee), none = {0};

    CHECK(alloc_role_set_quota(a, role, g, &none, &error) == 0);
    drop(g);
}

/* "batch" has all of both agents, "web" is to have two cpus. */
static struct alloc *set_up(void)
{
    struct alloc *a = alloc_new();

    add_agent(a, "a1", "cpus:2;mem:100", "rack=r1");
    add_agent(a, "a2", "cpus:2;mem:100", "rack=r2");
    add_framework(a, "f1", "web");
    add_framework(a, "f2", "batch");
    alloc_suppress(a, "f1", NULL);
    alloc_suppress(a, "f2", NULL);
    quota(a, "web", "cpus:2");
    PUT(a, .framework = "f2", .ask.id = "all", .ask.role = "batch",
        .each = "cpus:1", .count = 4);
    run(a, 10);
    return a;
}

static bool may_lose(struct alloc *a, const char *role, const char *text)
{
    struct resources *r = parsed(text);
    bool may = alloc_role_may_lose(a, role, r);

    drop(r);
    return may;
}

static uint32_t fits(struct alloc *a, const char *agent, const char *more)
{
    struct resources *r = parsed(more);
    uint32_t times = alloc_shortage_fits(a, &list[0], agent, r);

    drop(r);
    return times;
}

static void who_asks_for_no_more_than_his_guarantee_is_short(void)
{
    struct alloc *a = set_up();

    CHECK(alloc_has_guarantees(a));
    CHECK(alloc_shortages(a, 10, arena, &list) == 0);
    PUT(a, .ask.id = "x", .ask.role = "web", .each = "cpus:1", .count = 5);
    run(a, 20);
    CHECK(alloc_shortages(a, 10, arena, &list) == 1);
    CHECK(strcmp(list[0].framework_id, "f1") == 0 && list[0].count == 2);
    quota(a, "web", "");
    CHECK(!alloc_has_guarantees(a));
    CHECK(alloc_shortages(a, 10, arena, &list) == 0);
    alloc_free(a);
}

static void what_would_help_is_told_by_agent(void)
{
    struct alloc *a = set_up();

    PUT(a, .ask.id = "x", .ask.role = "web", .each = "cpus:1", .count = 2,
        .constraints = {{"rack", ALLOC_EQUALS, "r2"}});
    run(a, 20);
    CHECK(alloc_shortages(a, 10, arena, &list) == 1);
    CHECK(fits(a, "a1", "cpus:2") == 0);
    CHECK(fits(a, "a2", "") == 0);
    CHECK(fits(a, "a2", "cpus:1") == 1 && fits(a, "a2", "cpus:2") == 2);
    alloc_agent_set_active(a, "a2", false);
    CHECK(fits(a, "a2", "cpus:2") == 0);
    alloc_free(a);
}

static void a_gang_is_short_as_a_whole(void)
{
    struct alloc *a = set_up();

    PUT(a, .ask.id = "x", .ask.role = "web", .each = "cpus:1", .count = 2,
        .min = 2);
    PUT(a, .ask.id = "y", .ask.role = "web", .each = "cpus:1", .count = 3,
        .min = 3);
    run(a, 20);
    CHECK(alloc_shortages(a, 10, arena, &list) == 1);
    CHECK(list[0].is_gang && list[0].count == 2 &&
          strcmp(list[0].ask_id, "x") == 0);
    alloc_free(a);
}

static void nobody_loses_what_he_is_to_have(void)
{
    struct alloc *a = set_up();
    struct resources *one = parsed("cpus:1");

    CHECK(may_lose(a, "batch", "cpus:4"));
    quota(a, "batch", "cpus:2");
    CHECK(may_lose(a, "batch", "cpus:2") && !may_lose(a, "batch", "cpus:3"));
    alloc_role_note_leaving(a, "batch", one, true);
    CHECK(may_lose(a, "batch", "cpus:1") && !may_lose(a, "batch", "cpus:2"));
    alloc_role_note_leaving(a, "batch", one, false);
    CHECK(may_lose(a, "batch", "cpus:2"));
    drop(one);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    who_asks_for_no_more_than_his_guarantee_is_short();
    what_would_help_is_told_by_agent();
    a_gang_is_short_as_a_whole();
    nobody_loses_what_he_is_to_have();
    arena_free(arena);
    return test_done();
}
