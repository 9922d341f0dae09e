/* job_name_test.c - whatever a job is called, its tasks have ids. */

#include "cli/job_name.h"

#include <string.h>

#include "tests/test.h"

static bool is_id(const char *name,
                  size_t instance,
                  size_t instances,
                  const char *expected)
{
    char id[JOB_TASK_ID_SIZE];

    job_task_id(name, instance, instances, id);
    return strcmp(id, expected) == 0;
}

static void one_is_called_as_its_job(void)
{
    CHECK(is_id("web", 0, 1, "web"));
    CHECK(is_id("Web_1.2-x:y", 0, 1, "Web_1.2-x:y"));
}

static void several_are_numbered_from_one(void)
{
    CHECK(is_id("web", 0, 2, "web-1"));
    CHECK(is_id("web", 9999, 10000, "web-10000"));
}

static void what_ids_cannot_have_is_replaced(void)
{
    CHECK(is_id("a b/c", 0, 1, "a-b-c"));
    CHECK(is_id("../x", 0, 1, "t.-x"));
    CHECK(is_id("-x", 0, 1, "tx"));
    CHECK(is_id("\xc3\xa9t\xc3\xa9", 0, 1, "t-t--"));
}

static void long_names_leave_room_for_the_number(void)
{
    char name[1000], a[JOB_TASK_ID_SIZE], b[JOB_TASK_ID_SIZE];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    job_task_id(name, 9998, 10000, a);
    job_task_id(name, 9999, 10000, b);
    CHECK(strlen(a) < MEZZO_ID_MAX && strlen(b) < MEZZO_ID_MAX);
    CHECK(strcmp(strrchr(a, '-'), "-9999") == 0);
    CHECK(strcmp(strrchr(b, '-'), "-10000") == 0);
}

int main(void)
{
    one_is_called_as_its_job();
    several_are_numbered_from_one();
    what_ids_cannot_have_is_replaced();
    long_names_leave_room_for_the_number();
    return test_done();
}
