/* interpolate_test.c - variables, and what stands in for them. */

#include "frameworks/container/interpolate.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/test.h"

static struct arena *arena;

static const char *value_of(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "NAME") == 0    ? "value"
           : strcmp(name, "EMPTY") == 0 ? ""
                                        : NULL;
}

static bool gives(const char *text, const char *expected)
{
    const char *result;

    return interpolate(arena, text, value_of, NULL, &result, NULL) == 0 &&
           strcmp(result, expected) == 0;
}

static bool fails(const char *text, int code, const char *words)
{
    struct error why;
    const char *result;

    return interpolate(arena, text, value_of, NULL, &result, &why) == code &&
           strstr(why.text, words) != NULL;
}

static void variables_become_their_values(void)
{
    CHECK(gives("plain", "plain"));
    CHECK(gives("$NAME-${NAME}.x", "value-value.x"));
    CHECK(gives("a${NONE}b$NONE", "ab"));
    CHECK(gives("$$NAME and $${NAME}", "$NAME and ${NAME}"));
}

static void texts_stand_in(void)
{
    CHECK(gives("${NAME:-other}", "value"));
    CHECK(gives("${EMPTY:-other}${EMPTY-other}", "other"));
    CHECK(gives("${NONE-other}", "other"));
    CHECK(gives("${NONE:-a}b", "ab"));
    CHECK(gives("${NAME:+yes}${EMPTY:+no}${EMPTY+yes}${NONE+no}", "yesyes"));
    CHECK(gives("${NONE:-${NAME}/${NONE:-x}}", "value/x"));
    CHECK(gives("${NONE:-}", ""));
}

static void what_is_needed_is_said(void)
{
    CHECK(gives("${NAME:?is needed}", "value"));
    CHECK(fails("${NONE:?say which}", -EINVAL, "NONE is needed: say which"));
    CHECK(fails("${EMPTY:?}", -EINVAL, "EMPTY is needed"));
    CHECK(gives("${EMPTY?}", ""));
}

static void nonsense_is_refused(void)
{
    CHECK(fails("${NAME", -EINVAL, "}"));
    CHECK(fails("cost: 5$", -EINVAL, "$$"));
    CHECK(fails("${}", -EINVAL, "name is missing"));
    CHECK(fails("${1}", -EINVAL, "name is missing"));
    CHECK(fails("${NAME!x}", -EINVAL, "one of"));
    CHECK(fails("$-", -EINVAL, "name is missing"));
}

static void it_is_bounded(void)
{
    char *text = memory_new(200001, 1);

    for (int i = 0; i < 20; i++)
        strcat(text, "${NONE:-");
    strcat(text, "x}}}}}}}}}}}}}}}}}}}}");
    CHECK(fails(text, -E2BIG, "nested"));
    text[0] = '\0';
    for (size_t i = 0; i < 200000; i += 5)
        memcpy(text + i, "$NAME", 5);
    CHECK(fails(text, -E2BIG, "longer than"));
    free(text);
}

int main(void)
{
    arena = arena_new();
    variables_become_their_values();
    texts_stand_in();
    what_is_needed_is_said();
    nonsense_is_refused();
    it_is_bounded();
    arena_free(arena);
    return test_done();
}
