/* listing_test.c - what people and programs see of rows. */

#include "cli/listing.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static const struct listing_column columns[] = {
    {.title = "NAME", .key = "name"},
    {.title = "CPUS", .key = "cpus", .is_right = true},
    {.title = "ROLE", .key = "role"},
};

/* What is printed of rows in JSON, on the heap. */
static char *printed(const char *rows_text, bool as_json)
{
    json_t *rows = json_loads(rows_text, 0, NULL);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    CHECK(rows != NULL);
    CHECK(listing_print(out, rows, columns, 3, "rows", as_json) == 0);
    fclose(out);
    json_decref(rows);
    return text;
}

static void a_table_is_aligned(void)
{
    char *text = printed("[{\"name\": \"a\", \"cpus\": 0.1, \"role\": \"*\"},"
                         " {\"name\": \"longer\", \"cpus\": true}]",
                         false);

    CHECK(strcmp(text, "NAME    CPUS  ROLE\n"
                       "a        0.1  *\n"
                       "longer   yes  -\n") == 0);
    free(text);
}

static void a_name_cannot_draw_on_the_terminal(void)
{
    char *text =
        printed("[{\"name\": \"a\\u001b[2J\\u007f\", \"role\": \"é\"}]", false);

    CHECK(strstr(text, "a?[2J?") != NULL);
    CHECK(strchr(text, '\033') == NULL);
    CHECK(strstr(text, "é\n") != NULL);
    free(text);
}

static void no_rows_are_no_table_but_an_empty_array(void)
{
    char *text = printed("[]", false);

    CHECK(strcmp(text, "") == 0);
    free(text);
    text = printed("[]", true);
    CHECK(strcmp(text, "[]\n") == 0);
    free(text);
}

static void json_has_all_members(void)
{
    char *text = printed("[{\"name\": \"a\", \"hidden\": [1, null]}]", true);
    json_t *rows = json_loads(text, 0, NULL);
    const json_t *row = json_array_get(rows, 0);

    CHECK(json_array_size(rows) == 1);
    CHECK(json_array_size(json_object_get(row, "hidden")) == 2);
    json_decref(rows);
    free(text);
}

static void output_that_fails_is_noticed(void)
{
    json_t *rows = json_pack("[{s:s}]", "name", "a");
    FILE *full = fopen("/dev/full", "w");

    CHECK(listing_print(full, rows, columns, 3, "rows", true) == 1);
    fclose(full);
    json_decref(rows);
}

int main(void)
{
    a_table_is_aligned();
    a_name_cannot_draw_on_the_terminal();
    no_rows_are_no_table_but_an_empty_array();
    json_has_all_members();
    output_that_fails_is_noticed();
    return test_done();
}
