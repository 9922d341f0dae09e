/* id_test.c - ids become names of files and keys, and may be nothing else. */

#include "base/id.h"

#include <string.h>

#include "tests/test.h"

static void ids_are_printable_words(void)
{
    CHECK(id_is_valid("a"));
    CHECK(id_is_valid("wordcount-1.2_x@host:5050"));
    CHECK(id_is_valid("...") && id_is_valid(".a") && id_is_valid("-"));
}

static void what_could_leave_its_place_is_no_id(void)
{
    static const char *const bad[] = {
        "",    ".",    "..",  "a/b",  "/",    "../a",
        "a b", "a\tb", "a\n", "\x7f", "\x01", "\xc3\xa4",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!id_is_valid(bad[i]));
}

static void ids_have_a_limit(void)
{
    char id[ID_SIZE_MAX + 2] = "";

    memset(id, 'x', ID_SIZE_MAX);
    CHECK(id_is_valid(id));
    id[ID_SIZE_MAX] = 'x';
    CHECK(!id_is_valid(id));
}

int main(void)
{
    ids_are_printable_words();
    what_could_leave_its_place_is_no_id();
    ids_have_a_limit();
    return test_done();
}
