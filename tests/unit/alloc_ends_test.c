/* alloc_ends_test.c - what comes back, the earliest first, and no more of it
 * than is out. */

#include "master/alloc/ends.h"

#include <stdlib.h>

#include "base/random.h"
#include "master/alloc/tree.h"
#include "tests/test.h"

enum {
    MANY = 200
};

static struct names names;
static struct ends *ends;
static struct agent *agent;
static struct tree_node a, b;

static struct quantity amount(int64_t cpus, int64_t mem)
{
    return (struct quantity){.of = {cpus, mem}};
}

static void add(struct tree_node *leaf, msec_t at, int64_t cpus, int64_t mem)
{
    const struct quantity q = amount(cpus, mem);

    ends_add(ends, agent, leaf, at, 0, &q);
}

static void removed(struct tree_node *leaf,
                    msec_t at,
                    int64_t cpus,
                    int64_t mem)
{
    const struct quantity q = amount(cpus, mem);

    ends_remove(ends, agent, leaf, at, 0, &q);
}

struct seen {
    msec_t last;
    bool is_in_order;
    unsigned count;
    unsigned count_max; /* then it is enough; 0: never */
    struct quantity sum;
};

static bool visit(const struct end *end, void *arg)
{
    struct seen *s = arg;

    s->is_in_order = s->is_in_order && s->last <= end->at;
    s->last = end->at;
    quantity_add(&s->sum, &end->quantity);
    return ++s->count == s->count_max;
}

static struct seen walk(unsigned count_max)
{
    struct seen s = {.is_in_order = true, .count_max = count_max};

    CHECK(ends_walk(ends, visit, &s) == (count_max > 0));
    return s;
}

static bool is_left(int64_t cpus, int64_t mem)
{
    struct seen s = walk(0);

    return s.sum.of[0] == cpus && s.sum.of[1] == mem;
}

static void begin(void)
{
    struct resources total;

    names_init(&names);
    resources_init(&total);
    resources_set_milli(&total, "cpus", 100000);
    agent = agent_new("a1", &total, &names);
    resources_release(&total);
    ends = ends_new();
    tree_node_init(&a, NULL, "a", &a);
    tree_node_init(&b, NULL, "b", &b);
}

static void end(void)
{
    ends_remove_of_agent(ends, agent);
    CHECK(walk(0).count == 0);
    ends_free(ends);
    agent_free(agent);
}

static void the_earliest_is_first_whatever_came_first(void)
{
    struct random random = {1};
    struct seen s;

    begin();
    for (int i = 0; i < MANY; i++)
        add(&a, (msec_t)random_below(&random, 50), 1, 1);
    s = walk(0);
    CHECK(s.is_in_order && s.sum.of[0] == MANY);
    CHECK(s.count <= 50); /* those of one time are one */
    for (msec_t at = 0; at < 50; at += 3)
        removed(&a, at, 1000, 1000);
    s = walk(0);
    CHECK(s.is_in_order && s.last == 49);
    CHECK(walk(5).count == 5);
    end();
}

static void what_never_ends_is_not_expected(void)
{
    begin();
    add(&a, MSEC_NEVER, 1, 1);
    add(&a, 5, 0, 0);
    CHECK(walk(0).count == 0);
    end();
}

static void as_much_is_removed_as_is_known(void)
{
    begin();
    add(&a, 5, 4, 10);
    removed(&a, 6, 1, 1); /* of another time */
    removed(&b, 5, 1, 1); /* of somebody else */
    CHECK(is_left(4, 10));
    removed(&a, 5, 1, -3); /* less than nothing is nothing */
    CHECK(is_left(3, 10));
    removed(&a, MSEC_NEVER, 100, 4);
    CHECK(is_left(0, 6));
    removed(&a, 5, 0, 6);
    CHECK(walk(0).count == 0);
    end();
}

static void offers_are_apart_from_tasks(void)
{
    const struct quantity q = amount(1, 1);

    begin();
    ends_add(ends, agent, &a, 5, 9, &q);
    removed(&a, 5, 1, 1);
    CHECK(is_left(1, 1));
    ends_remove(ends, agent, &a, MSEC_NEVER, 9, &q);
    CHECK(walk(0).count == 0);
    end();
}

static void hold(struct tree_node *leaf, int64_t cpus, int64_t mem)
{
    const struct quantity q = amount(cpus, mem);

    agent_hold(agent, leaf, &q);
}

static void offers_are_given_up_first_and_then_what_ends_last(void)
{
    const struct quantity q = amount(1, 1);

    begin();
    hold(&a, 2, 2);
    add(&a, 5, 1, 1);
    add(&a, 7, 1, 1);
    add(&b, 9, 1, 1); /* holds nothing, but is not asked about */
    ends_add(ends, agent, &a, 3, 9, &q);
    ends_trim(ends, agent, &a);
    CHECK(is_left(3, 3));
    CHECK(walk(1).last == 5);
    agent_release(agent, &a, &q);
    ends_trim(ends, agent, &a);
    CHECK(is_left(2, 2) && walk(1).last == 5);
    ends_trim(ends, agent, &b);
    CHECK(is_left(1, 1));
    end();
}

/* What ends last has nothing of what is too much. */
static void only_what_is_too_much_is_given_up(void)
{
    begin();
    hold(&a, 1, 5);
    add(&a, 10, 2, 0);
    add(&a, 20, 0, 5);
    ends_trim(ends, agent, &a);
    CHECK(is_left(1, 5));
    end();
}

static void no_more_is_left_than_is_held(void)
{
    struct random random = {5};
    bool is_good = true;

    for (int round = 0; round < MANY; round++) {
        int64_t cpus = (int64_t)random_below(&random, 20);
        int64_t mem = (int64_t)random_below(&random, 20);
        struct seen s;

        begin();
        hold(&a, cpus, mem);
        for (int i = 0; i < 5; i++)
            add(&a, (msec_t)random_below(&random, 4),
                (int64_t)random_below(&random, 9),
                (int64_t)random_below(&random, 9));
        ends_trim(ends, agent, &a);
        s = (struct seen){.is_in_order = true};
        ends_walk(ends, visit, &s);
        is_good = is_good && s.sum.of[0] <= cpus && s.sum.of[1] <= mem;
        ends_remove_of_agent(ends, agent);
        ends_free(ends);
        agent_free(agent);
    }
    CHECK(is_good);
}

int main(void)
{
    the_earliest_is_first_whatever_came_first();
    what_never_ends_is_not_expected();
    as_much_is_removed_as_is_known();
    offers_are_apart_from_tasks();
    offers_are_given_up_first_and_then_what_ends_last();
    only_what_is_too_much_is_given_up();
    no_more_is_left_than_is_held();
    return test_done();
}
