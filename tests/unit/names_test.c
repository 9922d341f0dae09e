/* names_test.c - which task a person means. */

#include "cli/names.h"

#include <string.h>

#include "tests/test.h"

static const struct mezzo_task_row tasks[] = {
    {.id = "web-1",
     .name = "web",
     .framework_id = "f1",
     .state = MEZZO_TASK_RUNNING},
    {.id = "web-2",
     .name = "web",
     .framework_id = "f1",
     .state = MEZZO_TASK_RUNNING},
    {.id = "count",
     .name = "count",
     .framework_id = "f2",
     .state = MEZZO_TASK_FINISHED},
    {.id = "count",
     .name = "count",
     .framework_id = "f3",
     .state = MEZZO_TASK_RUNNING},
    {.id = "old", .framework_id = "f4", .state = MEZZO_TASK_FAILED},
    {.id = "old", .framework_id = "f5", .state = MEZZO_TASK_FAILED},
    {.id = "web", .framework_id = "f6", .state = MEZZO_TASK_RUNNING},
    {.id = "long-name-7", .framework_id = "f6", .state = MEZZO_TASK_RUNNING},
};

static const struct mezzo_task_row *find(const char *name, struct error *err)
{
    return names_find(tasks, sizeof tasks / sizeof tasks[0], name, err);
}

static void a_full_id_names_one(void)
{
    CHECK(find("f2/count", NULL) == &tasks[2]);
    CHECK(find("f3/count", NULL) == &tasks[3]);
    CHECK(find("f1/count", NULL) == NULL);
}

static void an_id_goes_before_a_name(void)
{
    CHECK(find("web", NULL) == &tasks[6]);
    CHECK(find("web-2", NULL) == &tasks[1]);
}

static void one_that_runs_goes_before_one_that_has_ended(void)
{
    CHECK(find("count", NULL) == &tasks[3]);
}

static void several_that_fit_alike_are_refused_by_name(void)
{
    struct error err = {""};

    CHECK(find("old", &err) == NULL);
    CHECK(strstr(err.text, "2 tasks are called old") != NULL);
    CHECK(strstr(err.text, "f4/old or f5/old") != NULL);
    CHECK(find("we", &err) == NULL);
    CHECK(strstr(err.text, "3 tasks") != NULL);
}

static void the_beginning_of_an_id_is_enough(void)
{
    CHECK(find("long", NULL) == &tasks[7]);
}

static void none_is_said_with_what_to_do(void)
{
    struct error err = {""};

    CHECK(find("nothing", &err) == NULL);
    CHECK(strstr(err.text, "mezzo tasks") != NULL);
    CHECK(find("", &err) == NULL);
}

int main(void)
{
    a_full_id_names_one();
    an_id_goes_before_a_name();
    one_that_runs_goes_before_one_that_has_ended();
    several_that_fit_alike_are_refused_by_name();
    the_beginning_of_an_id_is_enough();
    none_is_said_with_what_to_do();
    return test_done();
}
