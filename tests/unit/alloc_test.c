/* alloc_test.c - offers to frameworks that only take or decline. */

#include "master/alloc/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "tests/test.h"

static struct arena *arena;
static const struct alloc_grant *grants;

static struct resources parsed(const char *text)
{
    struct resources r;
    struct error err;

    resources_init(&r);
    if (resources_parse(&r, text, &err) < 0)
        abort();
    return r;
}

static void add_agent(struct alloc *a, const char *id, const char *total)
{
    struct resources r = parsed(total);

    alloc_agent_add(
        a, &(struct alloc_agent_info){.id = id, .hostname = id, .total = &r});
    resources_release(&r);
}

static void add_framework(struct alloc *a, const char *id, const char *role)
{
    alloc_framework_add(a, id, &role, 1);
}

static void filter(struct alloc *a,
                   const char *framework,
                   const char *agent,
                   const char *refused,
                   msec_t until)
{
    struct resources r = parsed(refused);

    alloc_filter(a, framework, "r", agent, &r, until);
    resources_release(&r);
}

static void give_back(struct alloc *a,
                      const char *framework,
                      const char *role,
                      const char *agent,
                      const char *part)
{
    struct resources r = parsed(part);

    alloc_give_back(a, framework, role, agent, &r);
    resources_release(&r);
}

static void take(struct alloc *a,
                 const char *framework,
                 const char *role,
                 const char *agent,
                 const char *part)
{
    struct resources r = parsed(part);

    alloc_take(a, framework, role, agent, &r);
    resources_release(&r);
}

static size_t run(struct alloc *a, msec_t now)
{
    return alloc_run(a, now, 1000, arena, &grants);
}

/* Is the grant `i` so much of `agent` for `framework`? */
static bool granted(size_t i,
                    const char *framework,
                    const char *agent,
                    const char *text)
{
    return strcmp(grants[i].framework_id, framework) == 0 &&
           strcmp(grants[i].agent_id, agent) == 0 &&
           strcmp(resources_format(grants[i].resources, arena), text) == 0;
}

static size_t count_of(size_t count, const char *framework)
{
    size_t of = 0;

    for (size_t i = 0; i < count; i++)
        of += strcmp(grants[i].framework_id, framework) == 0;
    return of;
}

static bool is_sound(struct alloc *a)
{
    const char *wrong = alloc_check(a, arena);

    if (wrong != NULL)
        printf("# %s\n", wrong);
    return wrong == NULL;
}

static void what_an_agent_has_is_offered_whole(void)
{
    struct alloc *a = alloc_new();

    CHECK(alloc_deadline(a) == MSEC_NEVER);
    add_agent(a, "a1", "cpus:4;mem:2048;ports:[100-199,300-399]");
    CHECK(alloc_deadline(a) < MSEC_NEVER);
    CHECK(run(a, 10) == 0);
    CHECK(alloc_deadline(a) == MSEC_NEVER);
    add_framework(a, "f1", "r");
    CHECK(alloc_deadline(a) <= 12);
    CHECK(run(a, 12) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:4;mem:2048;ports:[100-199,300-399]"));
    CHECK(strcmp(grants[0].role, "r") == 0 && grants[0].ask_id == NULL);
    CHECK(resources_is_empty(alloc_agent_free(a, "a1")));
    CHECK(alloc_deadline(a) == MSEC_NEVER && run(a, 20) == 0);
    CHECK(is_sound(a));
    alloc_free(a);
}

static void agents_are_shared_in_turn(void)
{
    struct alloc *a = alloc_new();
    size_t count;

    add_framework(a, "f2", "r");
    add_framework(a, "f1", "r");
    add_agent(a, "a3", "cpus:1;mem:100");
    add_agent(a, "a1", "cpus:1;mem:100");
    add_agent(a, "a4", "cpus:1;mem:100");
    add_agent(a, "a2", "cpus:1;mem:100");
    count = run(a, 0);
    CHECK(count == 4);
    CHECK(granted(0, "f1", "a1", "cpus:1;mem:100"));
    CHECK(granted(1, "f2", "a2", "cpus:1;mem:100"));
    CHECK(count_of(count, "f1") == 2 && count_of(count, "f2") == 2);
    CHECK(is_sound(a));
    alloc_free(a);
}

static void the_dominant_share_decides(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_framework(a, "f2", "r");
    add_agent(a, "a1", "cpus:8;mem:8000");
    add_agent(a, "a2", "cpus:2;mem:2000");
    take(a, "f1", "r", "a1", "cpus:1;mem:4000"); /* 40 % of the memory */
    take(a, "f2", "r", "a1", "cpus:3;mem:100");  /* 30 % of the cpus */
    CHECK(run(a, 0) == 2);
    CHECK(granted(0, "f2", "a1", "cpus:4;mem:3900"));
    CHECK(granted(1, "f1", "a2", "cpus:2;mem:2000"));
    CHECK(is_sound(a));
    alloc_free(a);
}

static void a_weight_is_a_multiple_of_the_share(void)
{
    struct alloc *a = alloc_new();
    size_t count;

    alloc_role_set_weight(a, "heavy", 3000);
    add_framework(a, "f1", "heavy");
    add_framework(a, "f2", "light");
    for (char id[] = "a0"; id[1] <= '7'; id[1]++)
        add_agent(a, id, "cpus:1;mem:100");
    count = run(a, 0);
    CHECK(count == 8 && count_of(count, "f1") == 6);
    CHECK(alloc_role_share(a, "light") == 250000);
    CHECK(alloc_role_share(a, "heavy") == 250000);
    CHECK(alloc_role_share(a, "unheard/of") == 0);
    alloc_role_set_weight(a, "heavy", 1000);
    CHECK(alloc_role_share(a, "heavy") == 750000);
    alloc_free(a);
}

static void a_role_shares_with_those_below_it(void)
{
    struct alloc *a = alloc_new();
    size_t count;

    add_framework(a, "f1", "hpc/day");
    add_framework(a, "f2", "hpc/night");
    add_framework(a, "f3", "web");
    for (char id[] = "a0"; id[1] <= '7'; id[1]++)
        add_agent(a, id, "cpus:1;mem:100");
    count = run(a, 0);
    CHECK(count == 8 && count_of(count, "f3") == 4);
    CHECK(count_of(count, "f1") == 2 && count_of(count, "f2") == 2);
    CHECK(alloc_role_share(a, "hpc") == 500000);
    alloc_free(a);
}

static void a_rare_resource_counts_as_much_as_its_machines(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_framework(a, "f2", "r");
    add_agent(a, "a1", "cpus:10;mem:1000;gpus:{0,1}");
    for (char id[] = "b0"; id[1] <= '8'; id[1]++)
        add_agent(a, id, "cpus:10;mem:1000");
    take(a, "f1", "r", "a1", "cpus:1;mem:10;gpus:{0,1}"); /* all, but 10 % */
    take(a, "f2", "r", "b0", "cpus:10;mem:1000");
    take(a, "f2", "r", "b1", "cpus:10;mem:1000");
    CHECK(run(a, 0) == 8);
    CHECK(granted(0, "f1", "a1", "cpus:9;mem:990"));
    alloc_free(a);
}

static void what_is_reserved_goes_to_its_role_and_below(void)
{
    struct alloc *a = alloc_new();

    add_agent(a, "a1", "cpus:1;mem:100;cpus(hpc):4;mem(hpc):400");
    add_framework(a, "f1", "hpcx");
    CHECK(run(a, 0) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:1;mem:100"));
    add_framework(a, "f2", "hpc/night");
    CHECK(run(a, 2) == 1);
    CHECK(granted(0, "f2", "a1", "cpus(hpc):4;mem(hpc):400"));
    give_back(a, "f1", "hpcx", "a1", "cpus:1;mem:100");
    give_back(a, "f2", "hpc/night", "a1", "cpus(hpc):1;mem(hpc):100");
    add_framework(a, "f3", "hpc");
    CHECK(is_sound(a));
    CHECK(run(a, 4) == 2);
    CHECK(granted(0, "f1", "a1", "cpus:1;mem:100"));
    CHECK(granted(1, "f3", "a1", "cpus(hpc):1;mem(hpc):100"));
    CHECK(is_sound(a));
    alloc_free(a);
}

static void a_crumb_is_not_offered(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:0.009;mem:31.9;disk:1000");
    add_agent(a, "a2", "mem:32");
    add_agent(a, "a3", "cpus:0.01");
    CHECK(run(a, 0) == 2);
    CHECK(granted(0, "f1", "a2", "mem:32"));
    CHECK(granted(1, "f1", "a3", "cpus:0.01"));
    alloc_free(a);
}

static void what_is_freed_is_offered_within_ten_milliseconds(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400");
    CHECK(run(a, 100) == 1);
    give_back(a, "f1", "r", "a1", "cpus:1;mem:50");
    give_back(a, "f1", "r", "a1", "cpus:1;mem:50");
    CHECK(alloc_deadline(a) <= 110);
    CHECK(run(a, alloc_deadline(a)) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:2;mem:100"));
    alloc_free(a);
}

static void a_filter_hides_what_it_contains_until_it_expires(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400;ports:[1-9]");
    CHECK(run(a, 0) == 1);
    give_back(a, "f1", "r", "a1", "cpus:2;mem:200;ports:[1-5]");
    filter(a, "f1", "a1", "cpus:2;mem:200;ports:[1-5]", 5000);
    CHECK(run(a, 2) == 0);
    CHECK(alloc_deadline(a) == 5000);
    CHECK(run(a, 4999) == 0 && run(a, 5000) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:2;mem:200;ports:[1-5]"));
    alloc_free(a);
}

static void a_filter_does_not_hide_anything_more(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400;ports:[1-9]");
    CHECK(run(a, 0) == 1);
    give_back(a, "f1", "r", "a1", "cpus:2;mem:200;ports:[1-5]");
    filter(a, "f1", "a1", "cpus:2;mem:200;ports:[1-5]", 5000);
    CHECK(run(a, 2) == 0);
    take(a, "f1", "r", "a1", "ports:[1-1]");
    give_back(a, "f1", "r", "a1", "ports:[6-6]"); /* as many, but another */
    CHECK(run(a, 4) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:2;mem:200;ports:[2-6]"));
    CHECK(is_sound(a));
    alloc_free(a);
}

static void a_filter_is_one_frameworks(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_framework(a, "f2", "r");
    add_agent(a, "a1", "cpus:4;mem:400");
    filter(a, "f1", "a1", "cpus:4;mem:400", 5000);
    CHECK(run(a, 0) == 1);
    CHECK(granted(0, "f2", "a1", "cpus:4;mem:400"));
    give_back(a, "f2", "r", "a1", "cpus:4;mem:400");
    filter(a, "f2", "a1", "cpus:4;mem:400", 9000);
    CHECK(run(a, 2) == 0);
    alloc_revive(a, "f2", NULL); /* also forgets its filters */
    CHECK(run(a, 4) == 1);
    CHECK(granted(0, "f2", "a1", "cpus:4;mem:400"));
    alloc_free(a);
}

static void a_removed_agent_or_framework_takes_its_filters_along(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400");
    add_agent(a, "a2", "cpus:4;mem:400");
    filter(a, "f1", "a1", "cpus:4;mem:400", 5000);
    filter(a, "f1", "a2", "cpus:4;mem:400", 6000);
    alloc_agent_remove(a, "a1");
    CHECK(run(a, 0) == 0 && alloc_deadline(a) == 6000);
    alloc_framework_remove(a, "f1");
    CHECK(alloc_deadline(a) == MSEC_NEVER);
    alloc_free(a);
}

static void a_suppressed_framework_is_offered_nothing(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400");
    alloc_suppress(a, "f1", "other");
    alloc_suppress(a, "f1", "r");
    CHECK(run(a, 0) == 0);
    alloc_revive(a, "f1", NULL);
    CHECK(run(a, 2) == 1);
    alloc_free(a);
}

static void one_that_is_away_is_offered_nothing_and_keeps_what_it_has(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:400");
    take(a, "f1", "r", "a1", "cpus:2;mem:200");
    alloc_framework_set_active(a, "f1", false);
    CHECK(run(a, 0) == 0);
    CHECK(alloc_role_share(a, "r") == 500000);
    alloc_framework_set_active(a, "f1", true);
    alloc_agent_set_active(a, "a1", false);
    CHECK(run(a, 2) == 0);
    alloc_agent_set_active(a, "a1", true);
    CHECK(run(a, 4) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:2;mem:200"));
    alloc_free(a);
}

static void an_agents_end_gives_back_what_was_given_of_it(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r/s");
    add_agent(a, "a1", "cpus:4;mem:400");
    add_agent(a, "a2", "cpus:4;mem:400");
    CHECK(run(a, 0) == 2);
    CHECK(alloc_role_share(a, "r") == 1000000);
    alloc_agent_remove(a, "a2");
    CHECK(is_sound(a));
    alloc_agent_remove(a, "a1");
    CHECK(alloc_role_share(a, "r") == 0);
    alloc_framework_remove(a, "f1");
    CHECK(is_sound(a));
    alloc_free(a);
}

static void a_role_left_keeps_what_it_was_given_until_it_is_back(void)
{
    static const char *const after[] = {"b", "c"};
    struct alloc *a = alloc_new();
    size_t count;

    add_framework(a, "f1", "a");
    add_agent(a, "a1", "cpus:4;mem:400");
    CHECK(run(a, 0) == 1);
    alloc_framework_set_roles(a, "f1", after, 2);
    CHECK(alloc_role_share(a, "a") == 1000000 && is_sound(a));
    give_back(a, "f1", "a", "a1", "cpus:4;mem:400");
    CHECK(alloc_role_share(a, "a") == 0);
    count = run(a, 2);
    CHECK(count == 1 && strcmp(grants[0].role, "b") == 0);
    CHECK(is_sound(a));
    alloc_free(a);
}

static void what_is_taken_twice_is_owed_and_comes_back_once(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:2;mem:200;ports:[1-9]");
    take(a, "f1", "r", "a1", "cpus:2;ports:[1-3]");
    take(a, "f1", "r", "a1", "cpus:1;ports:[3-4];fpgas:2;disk:7");
    CHECK(is_sound(a));
    give_back(a, "f1", "r", "a1", "cpus:2;ports:[1-3]");
    CHECK(is_sound(a));
    CHECK(run(a, 0) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:1;mem:200;ports:[1-2,5-9]"));
    give_back(a, "f1", "r", "a1", "cpus:1;ports:[3-4];fpgas:2;disk:7");
    CHECK(is_sound(a));
    CHECK(run(a, 2) == 1);
    CHECK(granted(0, "f1", "a1", "cpus:1;ports:[3-4]"));
    CHECK(is_sound(a));
    alloc_free(a);
}

static void more_kinds_than_are_counted_are_kept_exactly(void)
{
    static const char all[] = "cpus:1;k1:1;k2:2;k3:3;k4:4;k5:5;k6:6;k7:7;k8:8";
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", all);
    CHECK(run(a, 0) == 1 && granted(0, "f1", "a1", all));
    CHECK(is_sound(a));
    give_back(a, "f1", "r", "a1", "cpus:1;k1:1;k7:3;k8:4");
    CHECK(run(a, 2) == 1 && granted(0, "f1", "a1", "cpus:1;k1:1;k7:3;k8:4"));
    CHECK(is_sound(a));
    alloc_free(a);
}

static void a_run_gives_no_more_than_it_may(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    for (char id[] = "a0"; id[1] <= '7'; id[1]++)
        add_agent(a, id, "cpus:1;mem:100");
    CHECK(alloc_run(a, 5, 3, arena, &grants) == 3);
    CHECK(alloc_deadline(a) <= 5); /* at once */
    CHECK(alloc_run(a, 5, 3, arena, &grants) == 3);
    CHECK(alloc_run(a, 5, 3, arena, &grants) == 2);
    CHECK(alloc_deadline(a) == MSEC_NEVER);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    what_an_agent_has_is_offered_whole();
    agents_are_shared_in_turn();
    the_dominant_share_decides();
    a_weight_is_a_multiple_of_the_share();
    a_role_shares_with_those_below_it();
    a_rare_resource_counts_as_much_as_its_machines();
    what_is_reserved_goes_to_its_role_and_below();
    a_crumb_is_not_offered();
    what_is_freed_is_offered_within_ten_milliseconds();
    a_filter_hides_what_it_contains_until_it_expires();
    a_filter_does_not_hide_anything_more();
    a_filter_is_one_frameworks();
    a_removed_agent_or_framework_takes_its_filters_along();
    a_suppressed_framework_is_offered_nothing();
    one_that_is_away_is_offered_nothing_and_keeps_what_it_has();
    an_agents_end_gives_back_what_was_given_of_it();
    a_role_left_keeps_what_it_was_given_until_it_is_back();
    what_is_taken_twice_is_owed_and_comes_back_once();
    more_kinds_than_are_counted_are_kept_exactly();
    a_run_gives_no_more_than_it_may();
    arena_free(arena);
    return test_done();
}
