/* alloc_constraints_test.c - what may be demanded of attributes, and what could
 * never be met. */

#include "master/alloc/constraints.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

static struct error err;

static bool is_refused(const struct alloc_constraint *list,
                       size_t count,
                       const char *why)
{
    const struct alloc_slot slot = {.constraints = list,
                                    .constraints_count = count};
    int code;

    err.text[0] = '\0';
    code = constraints_check(&slot, &err);
    if (code == -EINVAL && strstr(err.text, why) == NULL)
        printf("# %s\n", err.text);
    return code == -EINVAL && strstr(err.text, why) != NULL;
}

static bool is_taken(const struct alloc_constraint *list, size_t count)
{
    const struct alloc_slot slot = {.constraints = list,
                                    .constraints_count = count};

    return constraints_check(&slot, &err) == 0;
}

static void each_relation_has_what_it_needs(void)
{
    const struct alloc_constraint good[] = {
        {"rack", ALLOC_EQUALS, "r1"},  {"rack", ALLOC_NOT_EQUALS, "r2"},
        {"host", ALLOC_MATCHES, "^n"}, {"host", ALLOC_UNIQUE, NULL},
        {"zone", ALLOC_MAX_PER, "3"},  {"zone", ALLOC_GROUP_BY, NULL},
        {"zone", ALLOC_EQUALS, ""},
    };
    const struct alloc_constraint no_value = {"rack", ALLOC_EQUALS, NULL};
    const struct alloc_constraint no_pattern = {"rack", ALLOC_MATCHES, NULL};
    const struct alloc_constraint no_name = {"", ALLOC_UNIQUE, NULL};
    const struct alloc_constraint null_name = {NULL, ALLOC_UNIQUE, NULL};
    const struct alloc_constraint unknown = {"a", (enum alloc_relation)77, "x"};

    CHECK(is_taken(good, sizeof good / sizeof good[0]));
    CHECK(is_taken(NULL, 0));
    CHECK(is_refused(&no_value, 1, "constraints[0].value: is missing"));
    CHECK(is_refused(&no_pattern, 1, "constraints[0].value: is missing"));
    CHECK(is_refused(&no_name, 1, "constraints[0].attribute: is missing"));
    CHECK(is_refused(&null_name, 1, "constraints[0].attribute: is missing"));
    CHECK(is_refused(&unknown, 1, "constraints[0].relation: is unknown"));
}

static void so_many_per_value_is_a_number(void)
{
    static const char *const bad[] = {NULL, "",    "0",  "-1",      "1x",
                                      " 1", "0x2", "00", "1234567", "1.5"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct alloc_constraint c = {"rack", ALLOC_MAX_PER, bad[i]};

        CHECK(is_refused(&c, 1, "is not a number above 0"));
    }
    CHECK(
        is_taken(&(struct alloc_constraint){"r", ALLOC_MAX_PER, "999999"}, 1));
}

static void what_no_agent_could_meet_is_refused(void)
{
    const struct alloc_constraint two[] = {{"rack", ALLOC_EQUALS, "r1"},
                                           {"rack", ALLOC_EQUALS, "r2"}};
    const struct alloc_constraint not_it[] = {{"a", ALLOC_UNIQUE, NULL},
                                              {"rack", ALLOC_NOT_EQUALS, "r1"},
                                              {"rack", ALLOC_EQUALS, "r1"}};
    const struct alloc_constraint others[] = {{"rack", ALLOC_EQUALS, "r1"},
                                              {"rack", ALLOC_EQUALS, "r1"},
                                              {"zone", ALLOC_EQUALS, "r2"},
                                              {"zone", ALLOC_NOT_EQUALS, "x"}};

    CHECK(is_refused(two, 2, "contradicts"));
    CHECK(is_refused(not_it, 3, "constraints[1]: contradicts [2] on rack"));
    CHECK(is_taken(others, 4));
}

static void there_is_a_limit(void)
{
    struct alloc_constraint many[ALLOC_CONSTRAINTS_MAX + 1];

    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = (struct alloc_constraint){"a", ALLOC_EQUALS, "b"};
    CHECK(is_taken(many, ALLOC_CONSTRAINTS_MAX));
    CHECK(is_refused(many, ALLOC_CONSTRAINTS_MAX + 1, "more than 16"));
}

int main(void)
{
    each_relation_has_what_it_needs();
    so_many_per_value_is_a_number();
    what_no_agent_could_meet_is_refused();
    there_is_a_limit();
    return test_done();
}
