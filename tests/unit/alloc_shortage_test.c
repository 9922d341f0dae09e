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
    const struct alloc_places none = {.counts = {0}};
    uint32_t times = alloc_shortage_fits(a, &list[0], agent, r, &none);

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

/* All of batch's comes back, while a1 is kept for web. */
static struct alloc *keep(struct alloc *a)
{
    const struct alloc_places two = {.counts = {2}};
    struct resources *all = parsed("cpus:2");

    PUT(a, .ask.id = "x", .ask.role = "web", .each = "cpus:1", .count = 2,
        .constraints = {{"rack", ALLOC_EQUALS, "r1"}});
    run(a, 20);
    CHECK(alloc_shortages(a, 10, arena, &list) == 1);
    alloc_shortage_keep(a, &list[0], "a1", &two, 1000);
    /* It is provided for, and what it is promised is not for others. */
    PUT(a, .ask.id = "y", .ask.role = "web", .each = "cpus:1", .count = 2);
    CHECK(alloc_shortages(a, 10, arena, &list) == 0);
    PUT(a, .framework = "f2", .ask.id = "all", .ask.role = "batch",
        .each = "cpus:2", .count = 2);
    alloc_give_back(a, "f2", "batch", "a1", all);
    drop(all);
    return a;
}

static void what_is_kept_is_for_whom_it_is_kept(void)
{
    struct alloc *a = keep(set_up());

    CHECK(run(a, 30) == 1);
    CHECK(strcmp(grants[0].ask_id, "x") == 0 && grants[0].counts[0] == 2);
    alloc_free(a);
}

static void it_is_for_all_when_that_asks_no_more(void)
{
    struct alloc *a = keep(set_up());

    CHECK(alloc_ask_withdraw(a, "f1", "x"));
    CHECK(run(a, 30) == 1 && strcmp(grants[0].ask_id, "y") == 0);
    alloc_free(a);
}

static void it_is_for_all_after_a_while(void)
{
    struct alloc *a = keep(set_up());

    /* Away, it can take nothing. */
    alloc_framework_set_active(a, "f1", false);
    CHECK(run(a, 30) == 0 && run(a, 900) == 0);
    CHECK(alloc_deadline(a) <= 1000);
    CHECK(run(a, 1000) == 1 && strcmp(grants[0].ask_id, "all") == 0);
    alloc_free(a);
}

static void what_waits_is_told_in_order(void)
{
    struct alloc *a = set_up();

    PUT(a, .ask.id = "x", .ask.role = "web", .each = "cpus:1", .count = 1);
    PUT(a, .framework = "f2", .ask.id = "low", .ask.role = "batch",
        .each = "cpus:1", .count = 1);
    PUT(a, .framework = "f2", .ask.id = "high", .ask.role = "batch",
        .ask.priority = 7, .each = "cpus:1", .count = 1);
    run(a, 20);
    CHECK(alloc_waiting(a, 10, arena, &list) == 3);
    CHECK(strcmp(list[0].ask_id, "x") == 0);
    CHECK(strcmp(list[1].ask_id, "high") == 0 && list[1].priority == 7);
    CHECK(strcmp(list[2].ask_id, "low") == 0);
    CHECK(list[1].is_by_priority && strcmp(list[1].role, "batch") == 0);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    who_asks_for_no_more_than_his_guarantee_is_short();
    what_would_help_is_told_by_agent();
    a_gang_is_short_as_a_whole();
    nobody_loses_what_he_is_to_have();
    what_is_kept_is_for_whom_it_is_kept();
    it_is_for_all_when_that_asks_no_more();
    it_is_for_all_after_a_while();
    what_waits_is_told_in_order();
    arena_free(arena);
    return test_done();
}
