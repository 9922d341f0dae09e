/* alloc_spread_test.c - no two on one, so many on one, evenly; and the values
 * that agents have, the other way round. */

#include "master/alloc/spread.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    AGENTS = 6, /* two in each of three racks */
    MANY = 500,
};

static struct names names;
static struct attributes *attributes;
static struct pool *pool;
static struct views *views;
static struct agent *agents[AGENTS];
static struct spread spread;

static struct agent *add_agent(const char *id,
                               const char *rack,
                               const char *total)
{
    const struct alloc_attribute rack_of = {.name = "rack", .value = rack};
    struct resources r;
    struct agent *agent;

    resources_init(&r);
    if (resources_parse(&r, total, NULL) < 0)
        abort();
    agent = agent_new(id, &r, &names);
    attributes_add_agent(
        attributes, agent,
        &(struct alloc_agent_info){.id = id,
                                   .hostname = id,
                                   .total = &r,
                                   .attributes = &rack_of,
                                   .attributes_count = rack == NULL ? 0 : 1});
    pool_add(pool, agent);
    pool_set_active(pool, agent, true);
    views_add_agent(views, agent);
    resources_release(&r);
    return agent;
}

static void remove_agent(struct agent *agent)
{
    views_remove_agent(views, agent);
    attributes_remove_agent(attributes, agent);
    pool_remove(pool, agent);
}

static void begin(enum alloc_relation relation, const char *value)
{
    const struct alloc_constraint c = {"rack", relation, value};

    names_init(&names);
    attributes = attributes_new();
    pool = pool_new();
    views = views_new(attributes, pool);
    for (int i = 0; i < AGENTS; i++) {
        const char id[] = {'a', (char)('0' + i), '\0'};
        const char rack[] = {'r', (char)('0' + i / 2), '\0'};

        agents[i] = add_agent(id, rack, "cpus:4");
    }
    spread_init(&spread, attributes, &c);
}

/* attributes_free() asserts that nothing is used any more. */
static void end(void)
{
    spread_release(&spread, attributes);
    for (int i = 0; i < AGENTS; i++)
        if (agents[i] != NULL)
            remove_agent(agents[i]);
    views_free(views);
    attributes_free(attributes);
    pool_free(pool);
}

static void no_two_are_where_it_is_the_same(void)
{
    begin(ALLOC_UNIQUE, NULL);
    CHECK(spread_room(&spread, agents[0]) == 1);
    spread_add(&spread, agents[0], 1);
    CHECK(!spread_allows(&spread, agents[0]));
    CHECK(!spread_allows(&spread, agents[1])); /* of the same rack */
    CHECK(spread_allows(&spread, agents[2]));
    spread_remove(&spread, agents[1], 1); /* wherever in it that was */
    CHECK(spread_allows(&spread, agents[0]));
    spread_remove(&spread, agents[0], 5); /* more than there are */
    CHECK(spread_room(&spread, agents[0]) == 1);
    end();
}

static void at_most_so_many_are(void)
{
    begin(ALLOC_MAX_PER, "3");
    CHECK(spread_room(&spread, agents[0]) == 3);
    spread_add(&spread, agents[0], 2);
    CHECK(spread_room(&spread, agents[1]) == 1);
    spread_add(&spread, agents[1], 7); /* that run from before */
    CHECK(spread_room(&spread, agents[0]) == 0);
    CHECK(spread_room(&spread, agents[5]) == 3);
    end();
}

/* One that has no such attribute, and has had tasks. */
static void who_does_not_say_it_takes_none(void)
{
    struct agent *other;

    begin(ALLOC_MAX_PER, "3");
    other = add_agent("b", NULL, "cpus:4");
    spread_add(&spread, other, 2);
    CHECK(spread_room(&spread, other) == 0);
    spread_remove(&spread, other, 1);
    CHECK(spread_room(&spread, agents[0]) == 3);
    remove_agent(other);
    end();
}

static void reckon(const char *each, const struct view *view)
{
    struct resources r;
    struct need need;

    resources_init(&r);
    if (resources_parse(&r, each, NULL) < 0)
        abort();
    CHECK(need_init(&need, &names, &r, NULL) == 0);
    spread_reckon(&spread, view, &need);
    need_release(&need);
    resources_release(&r);
}

static void they_are_spread_evenly(void)
{
    begin(ALLOC_GROUP_BY, NULL);
    reckon("cpus:1", NULL);
    CHECK(spread_room(&spread, agents[0]) == 1);
    spread_add(&spread, agents[0], 1);
    spread_add(&spread, agents[2], 1);
    reckon("cpus:1", NULL);
    CHECK(spread_room(&spread, agents[1]) == 0);
    CHECK(spread_room(&spread, agents[4]) == 1);
    spread_add(&spread, agents[4], 1);
    reckon("cpus:1", NULL);
    CHECK(spread_room(&spread, agents[1]) == 1);
    end();
}

/* A rack that can take none does not hold the others back. */
static void only_who_could_take_one_counts(void)
{
    const struct alloc_constraint not_r1 = {"rack", ALLOC_NOT_EQUALS, "r1"};
    int64_t steps = 1000;
    struct view *view;
    struct agent *big;

    begin(ALLOC_GROUP_BY, NULL);
    CHECK(views_use(views, &not_r1, 1, &view, NULL) == 0);
    CHECK(views_build(views, view, &steps));
    spread_add(&spread, agents[0], 1);
    pool_set_active(pool, agents[4], false);
    pool_set_active(pool, agents[5], false);
    reckon("cpus:1", view); /* r1 is not in the view, r2 is away */
    CHECK(spread_room(&spread, agents[0]) == 1);
    reckon("cpus:1", NULL);
    CHECK(spread_room(&spread, agents[0]) == 0);
    reckon("cpus:5", NULL); /* nobody is so large */
    CHECK(spread_room(&spread, agents[2]) == 0);
    big = add_agent("big", "r0", "cpus:8");
    reckon("cpus:5", NULL);
    CHECK(spread_room(&spread, big) == 1);
    remove_agent(big);
    views_release(views, view);
    end();
}

static void counts_stay_right_over_many_values(void)
{
    struct agent *many[MANY];
    uint32_t counts[MANY] = {0};
    struct random random = {9};
    bool is_right = true;

    begin(ALLOC_MAX_PER, "1000");
    for (int i = 0; i < MANY; i++) {
        char name[16];

        snprintf(name, sizeof name, "m%d", i);
        many[i] = add_agent(name, name, "cpus:1");
    }
    for (int n = 0; n < MANY * 20; n++) {
        int i = (int)random_below(&random, MANY);

        if (counts[i] > 0 && random_below(&random, 3) == 0) {
            spread_remove(&spread, many[i], 1);
            counts[i]--;
        } else {
            spread_add(&spread, many[i], 1);
            counts[i]++;
        }
    }
    for (int i = 0; i < MANY; i++)
        is_right =
            is_right && spread_room(&spread, many[i]) == 1000 - counts[i];
    CHECK(is_right);
    for (int i = 0; i < MANY; i++)
        remove_agent(many[i]);
    end();
}

int main(void)
{
    no_two_are_where_it_is_the_same();
    at_most_so_many_are();
    who_does_not_say_it_takes_none();
    they_are_spread_evenly();
    only_who_could_take_one_counts();
    counts_stay_right_over_many_values();
    return test_done();
}
