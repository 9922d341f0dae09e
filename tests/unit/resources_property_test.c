/* resources_property_test.c - laws that hold for all resources, tried on many
 * random ones, against sets of small numbers. */

#include "base/resources.h"

#include <string.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    ROUNDS = 4000,
    NUMBERS = 32, /* ports and items are below */
};

static struct arena *arena;
static struct random rng = {2024};

/* Ranges and items of which each number is there or not. */
static void add_random_parts(struct resources *r,
                             const char *name,
                             enum resource_kind kind)
{
    uint64_t bits = random_next(&rng) & random_next(&rng);

    for (unsigned i = 0; i < NUMBERS; i++) {
        char text[64];
        struct resources one = {0};

        if ((bits >> i & 1) == 0)
            continue;
        snprintf(text, sizeof text,
                 kind == RESOURCE_SET ? "%s:{%u}" : "%s:[%u-%u]", name, i, i);
        if (resources_parse(&one, text, NULL) != 0)
            CHECK(!"parsed");
        resources_add(r, &one);
        resources_release(&one);
    }
}

static void add_random_scalar(struct resources *r, const char *name)
{
    struct resource one = {.kind = RESOURCE_SCALAR};

    snprintf(one.name, sizeof one.name, "%s", name);
    one.milli = (int64_t)random_below(&rng, 5);
    resources_take(r, &one);
}

static struct resources make_random(void)
{
    struct resources r = {0};

    add_random_scalar(&r, "cpus");
    add_random_scalar(&r, "mem");
    if (random_below(&rng, 2) > 0)
        add_random_parts(&r, "ports", RESOURCE_RANGES);
    if (random_below(&rng, 2) > 0)
        add_random_parts(&r, "ports(a)", RESOURCE_RANGES);
    if (random_below(&rng, 2) > 0)
        add_random_parts(&r, "gpus", RESOURCE_SET);
    return r;
}

static struct resources sum_of(const struct resources *a,
                               const struct resources *b)
{
    struct resources sum = {0};

    resources_copy(&sum, a);
    resources_add(&sum, b);
    return sum;
}

static struct resources rest_of(const struct resources *a,
                                const struct resources *b)
{
    struct resources rest = {0};

    resources_copy(&rest, a);
    resources_subtract_what_is_there(&rest, b);
    return rest;
}

/* Sorted, without duplicates, empties, or parts that touch. */
static bool is_normal(const struct resources *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct resource *one = &r->items[i];

        if (resource_is_empty(one) ||
            (i > 0 && resource_compare(&r->items[i - 1], one) >= 0))
            return false;
        if (one->kind == RESOURCE_RANGES)
            for (size_t j = 1; j < one->ranges_count; j++)
                if (one->ranges[j - 1].end + 1 >= one->ranges[j].begin)
                    return false;
        if (one->kind == RESOURCE_SET)
            for (size_t j = 1; j < one->items_count; j++)
                if (strcmp(one->items[j - 1], one->items[j]) >= 0)
                    return false;
    }
    return true;
}

/* Parts that both have are one thing, so only what is new comes off again. */
static bool laws_hold(const struct resources *a, const struct resources *b)
{
    struct resources sum = sum_of(a, b);
    struct resources other = sum_of(b, a);
    struct resources fresh = rest_of(b, a);
    struct resources whole = sum_of(a, &fresh);
    struct resources back = rest_of(&whole, &fresh);
    struct resources rest = rest_of(a, b);
    bool all_hold = is_normal(&sum) && is_normal(&rest) && is_normal(&whole);

    all_hold = all_hold && resources_equal(&sum, &other);
    all_hold = all_hold && resources_contain(&sum, a);
    all_hold = all_hold && resources_contain(&sum, b);
    all_hold = all_hold && resources_contain(a, &rest);
    all_hold = all_hold && resources_equal(&back, a);
    all_hold = all_hold && resources_contain(&whole, b);
    all_hold =
        all_hold && resources_contain(a, b) == resources_is_empty(&fresh);
    all_hold =
        all_hold && resources_lack(a, b, NULL) == !resources_is_empty(&fresh);
    resources_release(&sum);
    resources_release(&other);
    resources_release(&fresh);
    resources_release(&whole);
    resources_release(&back);
    resources_release(&rest);
    return all_hold;
}

static void sums_and_differences_obey_their_laws(void)
{
    bool is_so = true;

    for (int round = 0; round < ROUNDS && is_so; round++) {
        struct resources a = make_random();
        struct resources b = make_random();

        is_so = laws_hold(&a, &b);
        if (!is_so)
            printf("# %s and %s\n", resources_format(&a, arena),
                   resources_format(&b, arena));
        resources_release(&a);
        resources_release(&b);
        arena_reset(arena);
    }
    CHECK(is_so);
}

static void what_is_added_can_be_taken_away(void)
{
    bool is_so = true;

    for (int round = 0; round < ROUNDS && is_so; round++) {
        struct resources a = make_random();
        struct resources all = make_random();
        struct resources b = rest_of(&all, &a); /* parts are disjoint now */
        struct resources sum = sum_of(&a, &b);

        resources_subtract(&sum, &b);
        is_so = resources_equal(&sum, &a);
        resources_release(&a);
        resources_release(&b);
        resources_release(&all);
        resources_release(&sum);
    }
    CHECK(is_so);
}

static void text_and_wire_say_the_same(void)
{
    bool is_so = true;

    for (int round = 0; round < ROUNDS && is_so; round++) {
        struct resources a = make_random();
        struct resources b = {0};
        struct resources c = {0};
        Mesos__V1__Resource **wire;
        size_t count;

        wire = resources_to_wire(&a, "r", arena, &count);
        is_so = resources_parse(&b, resources_format(&a, arena), NULL) == 0 &&
                resources_from_wire(&c, wire, count, NULL) == 0 &&
                resources_equal(&a, &b) && resources_equal(&a, &c);
        resources_release(&a);
        resources_release(&b);
        resources_release(&c);
        arena_reset(arena);
    }
    CHECK(is_so);
}

int main(void)
{
    arena = arena_new();
    sums_and_differences_obey_their_laws();
    what_is_added_can_be_taken_away();
    text_and_wire_say_the_same();
    arena_free(arena);
    return test_done();
}
