/* trash.c - a tree is deleted by making it flat: what is found in a directory
 * that is not empty moves up.  So no depth, whoever made it, costs stack or
 * descriptors. */

#include "config.h"

#include "agent/os/trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAMES_TRIED_MAX = 1000
};

struct trash {
    char *path;
    int fd;
    atomic_uint next; /* number of a name in it */
    atomic_bool is_hurried;
};

int trash_open(const char *directory, struct trash **trash, struct error *err)
{
    struct trash *t = calloc(1, sizeof *t);
    int code;

    if (t == NULL || asprintf(&t->path, "%s/.trash", directory) < 0)
        abort();
    if (mkdir(t->path, 0700) < 0 && errno != EEXIST)
        t->fd = -1;
    else
        t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (t->fd < 0) {
        code = error_errno(err, "make %s", t->path);
        trash_close(t);
        return code;
    }
    *trash = t;
    return 0;
}

void trash_close(struct trash *t)
{
    if (t == NULL)
        return;
    if (t->fd >= 0)
        close(t->fd);
    free(t->path);
    free(t);
}

void trash_hurry(struct trash *t)
{
    atomic_store(&t->is_hurried, true);
}

/* Its owner may have closed a directory, and we may be no more than he: then it
 * cannot be moved.  Once open it is not opened again. */
static bool open_closed(int at, const char *name)
{
    struct stat status;

    return fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode) && (status.st_mode & 0700) != 0700 &&
           fchmodat(at, name, 0700, 0) == 0;
}

int trash_move(struct trash *t, int at, const char *name)
{
    char number[16];

    for (int i = 0; i < NAMES_TRIED_MAX; i++) {
        snprintf(number, sizeof number, "%u", atomic_fetch_add(&t->next, 1));
        if (renameat2(at, name, t->fd, number, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno == EEXIST) /* of an earlier agent */
            continue;
        if (errno != EACCES)
            return -1;
        if (!open_closed(at, name)) {
            errno = EACCES;
            return -1;
        }
    }
    return -1;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A directory that could not be deleted; moves up if it is not empty. */
static int lift(struct trash *t, int at, const char *name)
{
    if (unlinkat(at, name, AT_REMOVEDIR) == 0)
        return 0;
    return errno == ENOTEMPTY || errno == EEXIST ? trash_move(t, at, name) : -1;
}

static int delete_entry(struct trash *t, int at, const char *name)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return 0;
    return errno == EISDIR || errno == EPERM ? lift(t, at, name) : -1;
}

/* Everything in the directory `name` of the trash, and then itself. */
static int delete_directory(struct trash *t, const char *name)
{
    int fd =
        openat(t->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *entry;
    int result = 0;
    DIR *stream;

    if (fd < 0 && errno == EACCES && fchmodat(t->fd, name, 0700, 0) == 0)
        fd = openat(t->fd, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fchmod(fd, 0700) < 0 || (stream = fdopendir(fd)) == NULL) {
        close(fd);
        return -1;
    }
    while (result == 0 && !atomic_load(&t->is_hurried) &&
           (entry = readdir(stream)) != NULL)
        if (!is_dots(entry->d_name))
            result = delete_entry(t, fd, entry->d_name);
    closedir(stream);
    if (result < 0)
        return -1;
    /* What came in meanwhile is found in the next round. */
    if (unlinkat(t->fd, name, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY)
        return -1;
    return 0;
}

/* One round; how many were there. */
static int empty_once(struct trash *t, int *code, struct error *err)
{
    int fd = openat(t->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int count = 0;

    if (stream == NULL) {
        *code = error_errno(err, "read the trash");
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (!atomic_load(&t->is_hurried) && (entry = readdir(stream)) != NULL) {
        if (is_dots(entry->d_name))
            continue;
        if (unlinkat(t->fd, entry->d_name, 0) == 0 ||
            delete_directory(t, entry->d_name) == 0)
            count++;
        else if (*code == 0)
            *code = error_errno(err, "delete what is below %s/%s", t->path,
                                entry->d_name);
    }
    closedir(stream);
    return count;
}

int trash_empty(struct trash *t, struct error *err)
{
    int code = 0;

    while (!atomic_load(&t->is_hurried) && empty_once(t, &code, err) > 0)
        ;
    return code;
}
