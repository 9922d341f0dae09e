/* run_name_test.c - no id, whatever is in it, leaves its directory or meets
 * another. */

#include "agent/os/run_name.h"

#include <string.h>

#include "tests/test.h"

static bool is_flat(const char *run, const char *expected)
{
    char name[RUN_NAME_SIZE];

    run_name_flat(run, name);
    return strcmp(name, expected) == 0;
}

static bool is_path(const char *run, const char *expected)
{
    char path[RUN_NAME_PATH_SIZE];

    run_name_path(run, path);
    return strcmp(path, expected) == 0;
}

static void a_run_has_two_parts_or_three(void)
{
    CHECK(run_name_is_valid("F/T"));
    CHECK(run_name_is_valid("F/executor/E"));
    CHECK(!run_name_is_valid(""));
    CHECK(!run_name_is_valid("F"));
    CHECK(!run_name_is_valid("/T"));
    CHECK(!run_name_is_valid("F/"));
    CHECK(!run_name_is_valid("/"));
    CHECK(!run_name_is_valid("F//E"));
    CHECK(!run_name_is_valid("F/executor/"));
    CHECK(!run_name_is_valid("F/executor/E/x"));
}

static void what_names_may_not_hold_is_escaped(void)
{
    CHECK(is_flat("F/T", "F%2FT"));
    CHECK(is_flat("F/a b%\n\xff", "F%2Fa%20b%25%0A%FF"));
    CHECK(is_path("F/T-1_2.x", "F/T-1_2.x"));
    CHECK(is_path("F/executor/E", "F/executor/E"));
    CHECK(is_path("F/a:b", "F/a%3Ab"));
}

static void dots_do_not_lead_anywhere(void)
{
    CHECK(is_path("../..", "%2E./%2E."));
    CHECK(is_path("F/.", "F/%2E"));
    CHECK(is_path("F/executor/..", "F/executor/%2E."));
    CHECK(is_path("F/.trash", "F/%2Etrash"));
    CHECK(is_flat(".F/T", "%2EF%2FT"));
}

static void a_task_does_not_meet_the_directory_of_executors(void)
{
    CHECK(is_path("F/executor", "F/%65xecutor"));
    CHECK(is_path("executor/T", "executor/T"));
    CHECK(is_path("F/executor/executor", "F/executor/executor"));
}

static void long_names_stay_apart(void)
{
    char a[600], b[600], name_a[RUN_NAME_SIZE], name_b[RUN_NAME_SIZE];
    char path[RUN_NAME_PATH_SIZE];

    memset(a, 'x', sizeof a - 1);
    a[sizeof a - 1] = '\0';
    memcpy(a + 1, "/executor/", 10);
    strcpy(b, a);
    b[sizeof b - 2] = 'y';
    run_name_flat(a, name_a);
    run_name_flat(b, name_b);
    CHECK(strlen(name_a) < RUN_NAME_SIZE);
    CHECK(strncmp(name_a, name_b, 100) == 0);
    CHECK(strcmp(name_a, name_b) != 0);
    run_name_path(a, path);
    CHECK(strrchr(path, '/') - path == 1 + 9);
}

/* Every byte becomes three, in each of three parts. */
static void the_longest_path_fits(void)
{
    char run[600], path[RUN_NAME_PATH_SIZE];

    memset(run, '\x01', sizeof run - 1);
    run[sizeof run - 1] = '\0';
    run[199] = run[399] = '/';
    run_name_path(run, path);
    CHECK(strlen(path) < RUN_NAME_PATH_SIZE);
    for (const char *part = strtok(path, "/"); part != NULL;
         part = strtok(NULL, "/"))
        CHECK(strlen(part) < RUN_NAME_SIZE);
}

int main(void)
{
    a_run_has_two_parts_or_three();
    what_names_may_not_hold_is_escaped();
    dots_do_not_lead_anywhere();
    a_task_does_not_meet_the_directory_of_executors();
    long_names_stay_apart();
    the_longest_path_fits();
    return test_done();
}
