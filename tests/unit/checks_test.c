/* checks_test.c - what a framework gives is looked at where it comes in. */

#include "libframework/checks.h"

#include <errno.h>
#include <string.h>

#include "base/id.h"
#include "tests/test.h"

static struct error err;

static void ids_are_printable_and_short(void)
{
    static const char *const bad[] = {"a b", "a/b", "a\n", "\x7f", "\xc3\xa9"};
    char id[ID_SIZE_MAX + 2];

    CHECK(checks_id("task id", "T-1_2.x:y", &err) == 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(checks_id("task id", bad[i], &err) == -EINVAL);
    CHECK(strstr(err.text, "task id") != NULL);
    CHECK(checks_id("task id", NULL, &err) == -EINVAL);
    CHECK(checks_id("task id", "", &err) == -EINVAL);
    CHECK(strcmp(err.text, "task id is missing") == 0);
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    CHECK(checks_id("task id", id, &err) == -EINVAL);
    id[ID_SIZE_MAX] = '\0';
    CHECK(checks_id("task id", id, &err) == 0);
}

static void text_is_bounded_and_draws_nothing(void)
{
    CHECK(checks_text("name", "12345", 5, &err) == 0);
    CHECK(checks_text("name", "\xc3\xa9 /", 9, &err) == 0);
    CHECK(checks_text("name", "123456", 5, &err) == -EINVAL);
    CHECK(strcmp(err.text, "name has more than 5 bytes") == 0);
    CHECK(checks_text("name", "a\033[2J", 9, &err) == -EINVAL);
    CHECK(checks_text("name", "a\x7f", 9, &err) == -EINVAL);
    CHECK(strstr(err.text, "control character") != NULL);
    CHECK(checks_text("name", NULL, 5, &err) == -EINVAL);
    CHECK(checks_text("name", "", 5, NULL) == -EINVAL);
}

static void what_is_optional_is_there_whole_or_not_at_all(void)
{
    CHECK(checks_optional_text("name", NULL, 5, &err) == 0);
    CHECK(checks_optional_text("name", "a", 5, &err) == 0);
    CHECK(checks_optional_text("name", "", 5, &err) == -EINVAL);
}

static void sizes_are_bounded(void)
{
    CHECK(checks_size("data", 0, 0, &err) == 0);
    CHECK(checks_size("data", 7, 7, &err) == 0);
    CHECK(checks_size("data", 8, 7, &err) == -E2BIG);
    CHECK(strcmp(err.text, "data has 8 bytes, 7 are the most") == 0);
}

int main(void)
{
    ids_are_printable_and_short();
    text_is_bounded_and_draws_nothing();
    what_is_optional_is_there_whole_or_not_at_all();
    sizes_are_bounded();
    return test_done();
}
