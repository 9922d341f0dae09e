/* json_writer_test.c - commas, escapes, and text that JSON cannot hold. */

#include "agent/os/json_writer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static void values_follow_one_another(void)
{
    static const char *const items[] = {"a", "b"};
    char *text = NULL;
    size_t size;
    struct json_writer w = {.file = open_memstream(&text, &size)};

    json_begin(&w, NULL, '{');
    json_text(&w, "t", "x");
    json_begin(&w, "o", '{');
    json_end(&w, '}');
    json_number(&w, "n", INT64_MIN);
    json_list(&w, "l", items, 2);
    json_list(&w, "e", NULL, 0);
    json_begin(&w, "m", '[');
    json_number(&w, NULL, 1);
    json_bool(&w, NULL, false);
    json_end(&w, ']');
    json_bool(&w, "b", true);
    json_end(&w, '}');
    fclose(w.file);
    CHECK(strcmp(text, "{\"t\":\"x\",\"o\":{},\"n\":-9223372036854775808,"
                       "\"l\":[\"a\",\"b\"],\"e\":[],\"m\":[1,false],"
                       "\"b\":true}") == 0);
    CHECK(!w.is_bad);
    free(text);
}

/* As it is written; NULL: it cannot be. */
static const char *written(const char *value)
{
    static char text[256];
    FILE *file = fmemopen(text, sizeof text, "w");
    struct json_writer w = {.file = file};

    json_text(&w, NULL, value);
    fclose(file);
    return w.is_bad ? NULL : text;
}

static void what_means_something_is_escaped(void)
{
    CHECK(strcmp(written(""), "\"\"") == 0);
    CHECK(strcmp(written("a\"b\\c/"), "\"a\\u0022b\\u005cc/\"") == 0);
    CHECK(strcmp(written("\n\x01\x1f"), "\"\\u000a\\u0001\\u001f\"") == 0);
}

static void characters_of_all_sizes_pass(void)
{
    static const char *const good[] = {
        "\x7f",         "\xc2\x80",         "\xdf\xbf",
        "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const char *text = written(good[i]);

        CHECK(text != NULL && strncmp(text + 1, good[i], strlen(good[i])) == 0);
    }
}

static void what_is_not_utf_8_is_noticed(void)
{
    static const char *const bad[] = {
        "\x80",             /* a second byte first */
        "\xff",             /* never one */
        "\xc3",             /* cut off */
        "\xe2\x82",         /* cut off */
        "\xc0\x80",         /* longer than it need be: NUL */
        "\xe0\x9f\xbf",     /* the same */
        "\xf0\x8f\xbf\xbf", /* the same */
        "\xed\xa0\x80",     /* half of a pair */
        "\xf4\x90\x80\x80", /* beyond the last */
        "\xf8\x88\x80\x80\x80",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(written(bad[i]) == NULL);
}

int main(void)
{
    values_follow_one_another();
    what_means_something_is_escaped();
    characters_of_all_sizes_pass();
    what_is_not_utf_8_is_noticed();
    return test_done();
}
