/* dotenv_test.c - files of variables. */

#include "frameworks/container/dotenv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;
static struct dotenv env;

static const char *value_of(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "HOME") == 0 ? "/root" : NULL;
}

static bool is(const char *name, const char *value)
{
    const char *found = dotenv_find(&env, name);

    return found != NULL && strcmp(found, value) == 0;
}

static bool fails(const char *text, const char *words)
{
    struct error why;

    return dotenv_parse(arena, text, value_of, NULL, &env, &why) == -EINVAL &&
           strstr(why.text, words) != NULL;
}

static void lines_are_variables(void)
{
    CHECK(dotenv_parse(arena,
                       "# a comment\n\nA=1\nexport B = two words # and why\n"
                       "C=a#b\r\nD=\nE=${A}$HOME\nA=3\nF\n",
                       value_of, NULL, &env, NULL) == 0);
    CHECK(env.count == 7);
    CHECK(is("A", "3"));
    CHECK(is("B", "two words"));
    CHECK(is("C", "a#b"));
    CHECK(is("D", ""));
    CHECK(is("E", "1/root"));
    CHECK(env.variables[6].value == NULL);
}

static void quotes_keep_what_is_inside(void)
{
    CHECK(dotenv_parse(arena,
                       "A='$HOME # x'\nB=\"$HOME\\n\\\"\\$x\" # y\n"
                       "C=\"two\nlines\"\nD=1\n",
                       value_of, NULL, &env, NULL) == 0);
    CHECK(is("A", "$HOME # x"));
    CHECK(is("B", "/root\n\"$x"));
    CHECK(is("C", "two\nlines"));
    CHECK(is("D", "1"));
}

static void nonsense_is_refused_with_its_line(void)
{
    CHECK(fails("A=1\n=2\n", "2: a line is NAME=VALUE"));
    CHECK(fails("A=1\nB C\n", "2: a line is NAME=VALUE"));
    CHECK(fails("A='x\n", "1: a ' is not closed"));
    CHECK(fails("\nA=\"x\n", "2: a \" is not closed"));
    CHECK(fails("A='x'y\n", "1: text after"));
    CHECK(fails("A=${\n", "1: "));
}

int main(void)
{
    arena = arena_new();
    lines_are_variables();
    quotes_keep_what_is_inside();
    nonsense_is_refused_with_its_line();
    arena_free(arena);
    return test_done();
}
