/* variables_test.c - what is told wins, and what is missing is added. */

#include "agent/os/variables.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/users.h"
#include "tests/test.h"

static const struct user user = {
    .name = (char *)"joe",
    .home = (char *)"/home/joe",
    .shell = (char *)"/bin/zsh",
};

static size_t count_of(const char **all, const char *variable)
{
    size_t count = 0;

    for (; *all != NULL; all++)
        count += strcmp(*all, variable) == 0;
    return count;
}

static size_t length_of(const char **all)
{
    size_t length = 0;

    while (all[length] != NULL)
        length++;
    return length;
}

static void what_programs_take_for_granted_is_there(void)
{
    const char *const none[] = {NULL};
    const char **all = variables_add(none, &user, "/sandbox");

    CHECK(count_of(all, "MEZZO_SANDBOX=/sandbox") == 1);
    CHECK(count_of(all, "MESOS_SANDBOX=/sandbox") == 1);
    CHECK(count_of(all, "HOME=/home/joe") == 1);
    CHECK(count_of(all, "SHELL=/bin/zsh") == 1);
    CHECK(count_of(all, "USER=joe") == 1);
    CHECK(count_of(all, "LOGNAME=joe") == 1);
    CHECK(length_of(all) == 7);
    free(all);
}

static void what_was_told_wins(void)
{
    const char *const told[] = {"A=1", "HOME=/x", "PATH=", NULL};
    const char **all = variables_add(told, &user, "/s");

    CHECK(all[0] == told[0] && all[1] == told[1] && all[2] == told[2]);
    CHECK(count_of(all, "HOME=/home/joe") == 0);
    CHECK(length_of(all) == 3 + 5);
    free(all);
}

static void the_beginning_of_a_name_is_not_the_name(void)
{
    const char *const told[] = {"HOMER=x", "USER", "PATHS=", "SHEL=y", NULL};
    const char **all = variables_add(told, &user, "/s");

    CHECK(count_of(all, "HOME=/home/joe") == 1);
    CHECK(count_of(all, "USER=joe") == 1);
    CHECK(length_of(all) == 4 + 7);
    free(all);
}

int main(void)
{
    what_programs_take_for_granted_is_there();
    what_was_told_wins();
    the_beginning_of_a_name_is_not_the_name();
    return test_done();
}
