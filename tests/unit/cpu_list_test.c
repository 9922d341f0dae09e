/* cpu_list_test.c - what the kernel writes of cpus, and what is none of it. */

#include "agent/os/cpu_list.h"

#include <string.h>

#include "tests/test.h"

static bool is_as(const char *from, const char *to)
{
    struct cpu_list list;
    char text[CPU_LIST_SIZE];

    if (!cpu_list_parse(from, &list))
        return false;
    cpu_list_format(&list, text);
    return strcmp(text, to) == 0;
}

static void lists_are_read_and_written(void)
{
    CHECK(is_as("", ""));
    CHECK(is_as("\n", ""));
    CHECK(is_as("0", "0"));
    CHECK(is_as("0-3,8\n", "0-3,8"));
    CHECK(is_as("8,0,2,1", "0-2,8")); /* in order, and together */
    CHECK(is_as("62-65", "62-65"));   /* over the end of a word */
    CHECK(is_as("5-5", "5"));
    CHECK(is_as("4095", "4095"));
}

static void cpus_beyond_the_last_do_not_count(void)
{
    CHECK(is_as("4094-5000", "4094-4095"));
    CHECK(is_as("1,4096", "1"));
    CHECK(is_as("0-99999999999999999999", "0-4095"));
}

static void what_is_no_list_is_refused(void)
{
    static const char *const bad[] = {"a",   "-1",   "1-",  "1--2", ",",
                                      ",1",  "1,,2", "1 2", "0x3",  "1-2-3",
                                      "3-1", "+1",   " 1"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct cpu_list list;

        CHECK(!cpu_list_parse(bad[i], &list));
    }
}

/* No list is longer as text. */
static void every_other_cpu_fits(void)
{
    struct cpu_list list, again;
    char text[CPU_LIST_SIZE];

    memset(&list, 0x55, sizeof list);
    cpu_list_format(&list, text);
    CHECK(cpu_list_count(&list) == CPU_LIST_MAX / 2);
    CHECK(cpu_list_parse(text, &again));
    CHECK(memcmp(&list, &again, sizeof list) == 0);
}

static void sets_are_added_and_removed(void)
{
    struct cpu_list all, some, first;

    CHECK(cpu_list_parse("0-7", &all) && cpu_list_parse("2-3,9", &some));
    cpu_list_remove(&all, &some);
    CHECK(cpu_list_count(&all) == 6);
    cpu_list_first(&all, 3, &first);
    CHECK(cpu_list_count(&first) == 3);
    cpu_list_remove(&all, &first); /* 0, 1, 4: the first that are there */
    cpu_list_add(&all, &some);
    CHECK(cpu_list_parse("2-3,5-7,9", &some));
    CHECK(memcmp(&all, &some, sizeof all) == 0);
    cpu_list_first(&all, 0, &first);
    CHECK(cpu_list_count(&first) == 0);
}

int main(void)
{
    lists_are_read_and_written();
    cpus_beyond_the_last_do_not_count();
    what_is_no_list_is_refused();
    every_other_cpu_fits();
    sets_are_added_and_removed();
    return test_done();
}
