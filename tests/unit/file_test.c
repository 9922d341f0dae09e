/* file_test.c - files whole or not at all, and one owner of a lock. */

#include "io/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/test.h"

static char directory[] = "/tmp/file_test.XXXXXX";
static struct error err;

static bool holds(const char *path, const char *text)
{
    char *bytes;
    size_t size;
    bool is_same;

    if (file_read(path, 100000, &bytes, &size, &err) < 0)
        return false;
    is_same = size == strlen(text) && memcmp(bytes, text, size + 1) == 0;
    free(bytes);
    return is_same;
}

static void what_is_written_is_read(void)
{
    struct stat st;

    CHECK(file_write("a", 0640, "one", 3, &err) == 0 && holds("a", "one"));
    CHECK(stat("a", &st) == 0 && (st.st_mode & 0777) == 0640);
    CHECK(file_write("a", 0600, "two", 3, &err) == 0 && holds("a", "two"));
    CHECK(file_create("a", 0600, "three", 5, &err) == -EEXIST);
    CHECK(holds("a", "two"));
    CHECK(file_create("b", 0600, "", 0, &err) == 0 && holds("b", ""));
    CHECK(file_write("no/a", 0600, "x", 1, &err) == -ENOENT);
    CHECK(strstr(err.text, "no/a") != NULL);
}

static void a_file_that_is_too_large_is_not_read(void)
{
    char large[10000];
    char *bytes = NULL;
    size_t size;

    memset(large, 'x', sizeof large);
    CHECK(file_write("large", 0600, large, sizeof large, &err) == 0);
    CHECK(file_read("large", sizeof large, &bytes, &size, &err) == 0);
    CHECK(size == sizeof large && memcmp(bytes, large, size) == 0);
    free(bytes);
    bytes = NULL;
    CHECK(file_read("large", sizeof large - 1, &bytes, &size, &err) == -EFBIG);
    CHECK(bytes == NULL);
    CHECK(file_read(".", 10, &bytes, &size, &err) == -EISDIR);
}

static void directories_are_made_with_those_above(void)
{
    CHECK(file_make_directories("d/e/f", 0700, &err) == 0);
    CHECK(file_make_directories("d/e/f", 0700, &err) == 0);
    CHECK(access("d/e/f", F_OK) == 0);
    CHECK(file_make_directories("a/e", 0700, &err) == -ENOTDIR);
    CHECK(file_make_directories("a", 0700, &err) == -ENOTDIR);
}

static void a_lock_has_one_owner_and_names_it(void)
{
    char owner[32];
    int fd, other, status;
    pid_t child;

    CHECK(file_lock("lock", &fd, &err) == 0);
    snprintf(owner, sizeof owner, "process %d", (int)getpid());
    child = fork();
    if (child == 0) {
        close(fd); /* the parent's still holds */
        _exit(file_lock("lock", &other, &err) == -EBUSY &&
                      strstr(err.text, owner) != NULL
                  ? 0
                  : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(fd);
    CHECK(file_lock("lock", &fd, &err) == 0);
    close(fd);
}

int main(void)
{
    char remove[64];

    if (mkdtemp(directory) == NULL || chdir(directory) < 0)
        return EXIT_FAILURE;
    what_is_written_is_read();
    a_file_that_is_too_large_is_not_read();
    directories_are_made_with_those_above();
    a_lock_has_one_owner_and_names_it();
    snprintf(remove, sizeof remove, "rm -r %s", directory);
    return system(remove) == 0 ? test_done() : EXIT_FAILURE;
}
