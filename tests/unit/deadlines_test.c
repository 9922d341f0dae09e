/* deadlines_test.c - the earliest first, and ties in the order they were set,
 * against a plain array. */

#include "base/deadlines.h"

#include <stdbool.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    COUNT = 200
};

static void the_earliest_comes_first(void)
{
    struct deadlines *h = deadlines_new();
    struct deadline a = {0};
    struct deadline b = {0};
    struct deadline c = {0};

    CHECK(deadlines_next(h) == MSEC_NEVER);
    CHECK(deadlines_take(h, 1000) == NULL);
    deadlines_set(h, &a, 30);
    deadlines_set(h, &b, 10);
    deadlines_set(h, &c, 20);
    CHECK(deadlines_next(h) == 10);
    CHECK(deadlines_take(h, 9) == NULL);
    CHECK(deadlines_take(h, 30) == &b);
    CHECK(deadlines_take(h, 30) == &c);
    CHECK(deadlines_take(h, 30) == &a);
    CHECK(deadlines_take(h, 30) == NULL);
    deadlines_free(h);
}

static void ties_come_in_the_order_they_were_set(void)
{
    struct deadlines *h = deadlines_new();
    struct deadline many[50] = {{0}};
    bool is_in_order = true;

    for (int i = 0; i < 50; i++)
        deadlines_set(h, &many[i], 5);
    deadlines_set(h, &many[0], 5); /* set again: the last now */
    for (int i = 1; i < 50; i++)
        is_in_order = is_in_order && deadlines_take(h, 5) == &many[i];
    CHECK(is_in_order && deadlines_take(h, 5) == &many[0]);
    deadlines_free(h);
}

static void what_is_cancelled_does_not_come(void)
{
    struct deadlines *h = deadlines_new();
    struct deadline a = {0};
    struct deadline b = {0};

    deadlines_cancel(h, &a); /* never set */
    deadlines_set(h, &a, 1);
    deadlines_set(h, &b, 2);
    deadlines_cancel(h, &a);
    deadlines_cancel(h, &a);
    CHECK(deadlines_take(h, 9) == &b && deadlines_next(h) == MSEC_NEVER);
    deadlines_free(h);
}

/* The one that should come next; NULL: none is due. */
static struct deadline *find_first(struct deadline *all, msec_t now)
{
    struct deadline *first = NULL;

    for (int i = 0; i < COUNT; i++)
        if (all[i].position != 0 && all[i].due <= now &&
            (first == NULL || all[i].due < first->due ||
             (all[i].due == first->due && all[i].number < first->number)))
            first = &all[i];
    return first;
}

static void random_use_agrees_with_a_search(void)
{
    static struct deadline all[COUNT];
    struct deadlines *h = deadlines_new();
    struct random random = {11};
    msec_t now = 0;
    bool is_same = true;

    for (int round = 0; round < 20000; round++) {
        struct deadline *d = &all[random_below(&random, COUNT)];

        switch (random_below(&random, 4)) {
        case 0:
            deadlines_cancel(h, d);
            break;
        case 1: {
            struct deadline *expected = find_first(all, ++now);

            is_same = is_same && deadlines_take(h, now) == expected;
            break;
        }
        default:
            deadlines_set(h, d, now + (msec_t)random_below(&random, 50));
        }
    }
    CHECK(is_same);
    deadlines_free(h);
}

int main(void)
{
    the_earliest_comes_first();
    ties_come_in_the_order_they_were_set();
    what_is_cancelled_does_not_come();
    random_use_agrees_with_a_search();
    return test_done();
}
