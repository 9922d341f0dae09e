/* alloc_need_test.c - how often what is asked for is there, and what is taken;
 * and the kinds of resources that it is counted by. */

#include "master/alloc/need.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;
static struct names names;
static struct pool *pool;
static struct agent *agent;
static struct need need;

static struct resources parsed(const char *text)
{
    struct resources r;

    resources_init(&r);
    if (resources_parse(&r, text, NULL) < 0)
        abort();
    return r;
}

/* An agent that has so much, in a pool of its own. */
static void begin(const char *total)
{
    struct resources r = parsed(total);

    names_init(&names);
    pool = pool_new();
    agent = agent_new("a", &r, &names);
    pool_add(pool, agent);
    resources_release(&r);
}

static void end(void)
{
    pool_free(pool);
}

static uint32_t times(const char *each, const char *role)
{
    struct resources r = parsed(each);
    uint32_t count;

    CHECK(need_init(&need, &names, &r, NULL) == 0);
    count = need_times(&need, &names, agent, role, 100);
    CHECK(need_fits(&need, &names, agent, role) == (count > 0));
    need_release(&need);
    resources_release(&r);
    return count;
}

/* What is taken, as text. */
static const char *taken(const char *each, const char *role, uint32_t count)
{
    struct resources r = parsed(each), *got;
    const char *text;

    CHECK(need_init(&need, &names, &r, NULL) == 0);
    got = need_take(&need, &names, agent, role, count, arena);
    text = resources_format(got, arena);
    need_release(&need);
    resources_release(&r);
    return text;
}

static void amounts_fit_as_often_as_the_scarcest(void)
{
    begin("cpus:4;mem:1000");
    CHECK(times("cpus:1", "r") == 4);
    CHECK(times("cpus:0.001;mem:1", "r") == 100); /* the most */
    CHECK(times("cpus:1;mem:400", "r") == 2);
    CHECK(times("cpus:4.001", "r") == 0);
    CHECK(times("gpus:1", "r") == 0);
    CHECK(strcmp(taken("cpus:1;mem:400", "r", 2), "cpus:2;mem:800") == 0);
    CHECK(times("cpus:1", "r") == 2 && times("mem:400", "r") == 0);
    end();
}

static void any_of_a_range_or_a_set_will_do(void)
{
    begin("cpus:8;ports:[1-3,10-12];gpus:{a,b,c}");
    CHECK(times("cpus:1;ports:2", "r") == 3);
    CHECK(times("gpus:1", "r") == 3 && times("gpus:2", "r") == 1);
    CHECK(strcmp(taken("gpus:1;ports:2", "r", 2),
                 "gpus:{a,b};ports:[1-3,10-10]") == 0);
    CHECK(times("ports:2", "r") == 1 && times("gpus:1", "r") == 1);
    end();
}

static void certain_ones_are_there_once(void)
{
    begin("cpus:8;ports:[1-3,10-12]");
    CHECK(times("ports:[2-3]", "r") == 1);
    CHECK(times("ports:[3-10]", "r") == 0); /* between them are none */
    CHECK(strcmp(taken("ports:[2-2]", "r", 1), "ports:[2-2]") == 0);
    CHECK(times("ports:[2-3]", "r") == 0 && times("ports:[1-1]", "r") == 1);
    CHECK(times("ports:1", "r") == 5);
    end();
}

static void what_is_reserved_is_taken_first_and_by_its_role(void)
{
    begin("cpus:2;cpus(r):2;mem:100");
    CHECK(times("cpus:1", "r") == 4);
    CHECK(times("cpus:1", "s") == 2);
    CHECK(times("cpus:1", "r/below") == 4);
    CHECK(times("cpus:1", "rx") == 2);
    CHECK(times("cpus(r):1", "r") == 2); /* only of what is reserved */
    CHECK(strcmp(taken("cpus:1", "r", 1), "cpus(r):1") == 0);
    CHECK(strcmp(taken("cpus:1", "r", 2), "cpus:1;cpus(r):1") == 0);
    CHECK(times("cpus:1", "r") == 1 && times("cpus(r):1", "r") == 0);
    end();
}

static void what_cannot_be_asked_is_refused(void)
{
    struct resources none = {0}, r;
    struct error err = {""};
    char text[32];

    begin("cpus:1");
    CHECK(need_init(&need, &names, &none, &err) == -EINVAL);
    CHECK(strstr(err.text, "nothing is asked") != NULL);
    for (unsigned i = names.count; i < QUANTITY_MAX; i++) {
        snprintf(text, sizeof text, "k%u", i);
        CHECK(names_intern(&names, text) == (int)i);
    }
    r = parsed("other:1");
    CHECK(need_init(&need, &names, &r, &err) == -EINVAL);
    CHECK(strstr(err.text, "other: more than 8 kinds") != NULL);
    resources_release(&r);
    end();
}

static void names_have_numbers_and_an_order(void)
{
    struct names n;

    names_init(&n);
    CHECK(names_find(&n, "cpus") == NAMES_CPUS);
    CHECK(names_find(&n, "mem") == NAMES_MEM);
    CHECK(names_find(&n, "disk") == NAMES_NONE);
    CHECK(names_intern(&n, "disk") == 2 && names_intern(&n, "disk") == 2);
    CHECK(names_intern(&n, "a") == 3 && names_intern(&n, "z") == 4);
    for (unsigned i = 1; i < n.count; i++)
        CHECK(strcmp(n.of[n.by_name[i - 1]], n.of[n.by_name[i]]) < 0);
    while (n.count < QUANTITY_MAX) {
        char text[] = "b0";

        text[1] = (char)('0' + n.count);
        names_intern(&n, text);
    }
    CHECK(names_intern(&n, "more") == NAMES_NONE);
    CHECK(names_intern(&n, "disk") == 2);
}

static void a_sum_is_over_reservations_and_kinds(void)
{
    struct resources r =
        parsed("cpus:1.5;cpus(r):2;ports:[1-3,7-7];gpus:{a,b}");
    struct quantity sum;

    names_init(&names);
    sum = names_sum(&names, &r);
    CHECK(sum.of[NAMES_CPUS] == 3500);
    CHECK(sum.of[names_find(&names, "ports")] == 4000);
    CHECK(sum.of[names_find(&names, "gpus")] == 2000);
    CHECK(sum.of[NAMES_MEM] == 0);
    resources_release(&r);
}

static void quantities_are_compared_kind_by_kind(void)
{
    struct quantity a = {.of = {3, 0, 5}}, b = {.of = {2, 1, 5}}, c = a;

    CHECK(!quantity_contains(&a, &b) && !quantity_contains(&b, &a));
    quantity_raise(&c, &b);
    CHECK(c.of[0] == 3 && c.of[1] == 1 && c.of[2] == 5);
    CHECK(quantity_contains(&c, &a) && quantity_contains(&c, &b));
    c = a;
    quantity_lower(&c, &b);
    CHECK(c.of[0] == 2 && c.of[1] == 0 && c.of[2] == 5);
    quantity_subtract(&a, &a);
    CHECK(quantity_is_zero(&a) && !quantity_is_zero(&b));
    a.of[QUANTITY_MAX - 1] = -1;
    CHECK(!quantity_is_zero(&a));
}

int main(void)
{
    arena = arena_new();
    amounts_fit_as_often_as_the_scarcest();
    any_of_a_range_or_a_set_will_do();
    certain_ones_are_there_once();
    what_is_reserved_is_taken_first_and_by_its_role();
    what_cannot_be_asked_is_refused();
    names_have_numbers_and_an_order();
    a_sum_is_over_reservations_and_kinds();
    quantities_are_compared_kind_by_kind();
    arena_free(arena);
    return test_done();
}
