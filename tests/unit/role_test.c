/* role_test.c - names of roles, good and bad, and what is below what. */

#include "base/role.h"

#include <string.h>

#include "tests/test.h"

static void roles_are_paths(void)
{
    CHECK(role_is_valid("*"));
    CHECK(role_is_valid("a"));
    CHECK(role_is_valid("hpc/night"));
    CHECK(role_is_valid("a.b/c-d/...") && role_is_valid("a*"));
    CHECK(role_is_valid("1/2/3/4/5/6/7/8"));
    CHECK(!role_is_valid("1/2/3/4/5/6/7/8/9"));
}

static void what_could_be_mistaken_is_no_role(void)
{
    static const char *const bad[] = {
        "",     "/",     "/a",   "a/",    "a//b",  ".",   "..",
        "a/..", "a/./b", "-a",   "a/-b",  "a/*",   "*/a", "a b",
        "a\tb", "a\n",   "a\\b", "a\x7f", "a\x01",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!role_is_valid(bad[i]));
}

static void names_have_a_limit(void)
{
    char name[ROLE_SIZE_MAX + 2] = "";

    memset(name, 'x', ROLE_SIZE_MAX);
    CHECK(role_is_valid(name));
    name[ROLE_SIZE_MAX] = 'x';
    CHECK(!role_is_valid(name));
}

static void below_is_by_parts(void)
{
    CHECK(role_is_below("a/b", "a"));
    CHECK(role_is_below("a/b/c", "a"));
    CHECK(!role_is_below("a", "a"));
    CHECK(!role_is_below("ab", "a"));
    CHECK(!role_is_below("a", "a/b"));
    CHECK(!role_is_below("b/a", "a"));
}

int main(void)
{
    roles_are_paths();
    what_could_be_mistaken_is_no_role();
    names_have_a_limit();
    below_is_by_parts();
    return test_done();
}
