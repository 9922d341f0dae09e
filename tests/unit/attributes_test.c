/* attributes_test.c - what an operator says of a machine. */

#include "agent/os/attributes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;
static Mesos__V1__Attribute **list;
static size_t count;
static struct error err;

static int parse(const char *text)
{
    err.text[0] = '\0';
    return attributes_parse(text, arena, &list, &count, &err);
}

static bool is_text(size_t i, const char *name, const char *value)
{
    return i < count && strcmp(list[i]->name, name) == 0 &&
           list[i]->type == MESOS__V1__VALUE__TYPE__TEXT &&
           strcmp(list[i]->text->value, value) == 0;
}

static bool is_number(size_t i, const char *name, double value)
{
    return i < count && strcmp(list[i]->name, name) == 0 &&
           list[i]->type == MESOS__V1__VALUE__TYPE__SCALAR &&
           list[i]->scalar->value == value;
}

static void a_value_is_a_number_or_a_text(void)
{
    CHECK(parse("rack:r1;speed:2.5;zone:a-1") == 0 && count == 3);
    CHECK(is_text(0, "rack", "r1"));
    CHECK(is_number(1, "speed", 2.5));
    CHECK(is_text(2, "zone", "a-1"));
    CHECK(parse("n:-3;t:3a;e:1e3;v:1.2.3") == 0 && count == 4);
    CHECK(is_text(1, "t", "3a") && is_text(3, "v", "1.2.3"));
    CHECK(is_number(2, "e", 1000));
}

static void what_no_number_can_be_is_a_text(void)
{
    CHECK(parse("a:nan;b:inf;c:1e300") == 0);
    CHECK(is_text(0, "a", "nan") && is_text(1, "b", "inf") &&
          is_text(2, "c", "1e300"));
}

static void empty_parts_are_passed_over(void)
{
    CHECK(parse("") == 0 && count == 0);
    CHECK(parse(";;a:b;") == 0 && count == 1);
}

static void only_the_first_colon_separates(void)
{
    CHECK(parse("url:http://x:1") == 0 && is_text(0, "url", "http://x:1"));
}

static void a_part_that_is_none_is_named(void)
{
    CHECK(parse("a:b;rack") == -EINVAL && strstr(err.text, "'rack'") != NULL);
    CHECK(parse(":v") == -EINVAL && strstr(err.text, "':v'") != NULL);
    CHECK(parse("n:") == -EINVAL && strstr(err.text, "'n:'") != NULL);
}

static void there_is_a_limit(void)
{
    static char text[(ATTRIBUTES_MAX + 1) * 4 + 1];

    for (int i = 0; i < ATTRIBUTES_MAX; i++)
        memcpy(text + i * 4, "a:b;", 4);
    CHECK(parse(text) == 0 && count == ATTRIBUTES_MAX);
    strcat(text, "c:d");
    CHECK(parse(text) == -EINVAL && strstr(err.text, "256") != NULL);
}

int main(void)
{
    arena = arena_new();
    a_value_is_a_number_or_a_text();
    what_no_number_can_be_is_a_text();
    empty_parts_are_passed_over();
    only_the_first_colon_separates();
    a_part_that_is_none_is_named();
    there_is_a_limit();
    arena_free(arena);
    return test_done();
}
