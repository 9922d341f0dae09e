/* table_test.c - a table against a plain array, under many additions and
 * removals. */

#include "base/table.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    KEYS = 500
};

static char keys[KEYS][8];

static const char *key_of(const void *value)
{
    return value;
}

static bool agrees(const struct table *t, const bool *there)
{
    for (int i = 0; i < KEYS; i++)
        if ((table_find(t, keys[i]) == keys[i]) != there[i])
            return false;
    return true;
}

static void what_was_added_is_found_until_it_is_removed(void)
{
    struct table *t = table_new(key_of);
    struct random random = {7};
    bool there[KEYS] = {false};
    bool same = true;

    for (int round = 0; round < 20000; round++) {
        size_t i = random_below(&random, KEYS);

        if (there[i])
            table_remove(t, keys[i]);
        else
            table_add(t, keys[i]);
        there[i] = !there[i];
        if (round % 97 == 0)
            same = same && agrees(t, there);
    }
    CHECK(same);
    table_free(t);
}

static void an_empty_table_finds_nothing(void)
{
    struct table *t = table_new(key_of);

    CHECK(table_find(t, "x") == NULL);
    CHECK(table_count(t) == 0);
    table_free(t);
}

int main(void)
{
    for (int i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "k%d", i);
    an_empty_table_finds_nothing();
    what_was_added_is_found_until_it_is_removed();
    return test_done();
}
