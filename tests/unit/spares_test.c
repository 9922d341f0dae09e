/* spares_test.c - what is made in advance is taken once, and never in the place
 * of something else. */

#include "agent/os/spares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static char directory[] = "/tmp/spares-test-XXXXXX";
static struct trash *trash;
static int at;

static struct spares *open_spares(void)
{
    static const char *const files[] = {"stdout", "stderr", NULL};
    struct spares *s = NULL;
    struct error err;

    CHECK(spares_open(directory, files, trash, &s, &err) == 0);
    return s;
}

static void without_any_none_is_taken(void)
{
    struct spares *s = open_spares();

    CHECK(spares_are_few(s));
    CHECK(spares_take(s, at, "first") == -ENODATA);
    spares_close(s);
}

static void one_that_is_taken_is_a_sandbox_with_empty_output(void)
{
    struct spares *s = open_spares();
    struct stat info;

    spares_fill(s);
    CHECK(!spares_are_few(s));
    CHECK(spares_take(s, at, "first") == 0);
    CHECK(fstatat(at, "first", &info, 0) == 0);
    CHECK(S_ISDIR(info.st_mode) && (info.st_mode & 07777) == 0700);
    CHECK(fstatat(at, "first/stdout", &info, 0) == 0 && info.st_size == 0);
    CHECK(fstatat(at, "first/stderr", &info, 0) == 0 && info.st_size == 0);
    spares_close(s);
}

static void a_name_that_is_taken_stays_what_it_is(void)
{
    struct spares *s = open_spares();
    struct stat before, after;

    spares_fill(s);
    CHECK(mkdirat(at, "empty", 0711) == 0);
    CHECK(fstatat(at, "empty", &before, 0) == 0);
    CHECK(spares_take(s, at, "empty") == -EEXIST);
    CHECK(fstatat(at, "empty", &after, 0) == 0);
    CHECK(before.st_ino == after.st_ino);
    CHECK(spares_take(s, at, "missing/child") == -ENOENT);
    CHECK(spares_take(s, at, "second") == 0);
    spares_close(s);
}

static void those_that_are_used_up_are_made_again(void)
{
    struct spares *s = open_spares();
    unsigned count = 0, again = 0;
    char name[32];

    spares_fill(s);
    do
        snprintf(name, sizeof name, "a%u", count);
    while (spares_take(s, at, name) == 0 && ++count < 1000);
    CHECK(count > 1 && count < 1000);
    CHECK(spares_are_few(s));
    spares_fill(s);
    do
        snprintf(name, sizeof name, "b%u", again);
    while (spares_take(s, at, name) == 0 && ++again < 1000);
    CHECK(again == count);
    spares_close(s);
}

static void what_is_left_is_not_taken_by_the_next(void)
{
    struct spares *s = open_spares();

    spares_fill(s);
    spares_close(s);
    s = open_spares();
    CHECK(spares_take(s, at, "third") == -ENODATA);
    spares_fill(s);
    CHECK(spares_take(s, at, "third") == 0);
    spares_close(s);
}

int main(void)
{
    char command[64];

    if (mkdtemp(directory) == NULL || trash_open(directory, &trash, NULL) < 0)
        return 99;
    at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    without_any_none_is_taken();
    one_that_is_taken_is_a_sandbox_with_empty_output();
    a_name_that_is_taken_stays_what_it_is();
    those_that_are_used_up_are_made_again();
    what_is_left_is_not_taken_by_the_next();
    trash_close(trash);
    close(at);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    CHECK(system(command) == 0);
    return test_done();
}
