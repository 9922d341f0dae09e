/* sandbox.c - where sandboxes are, how they come and go.
 *
 * One that goes is first renamed into a trash of the same file system, so that
 * its name is free at once.  There the tree is deleted by making it flat: what
 * is found in a directory that is not empty moves up.  So no depth, whoever
 * made it, costs stack or descriptors. */

#include "config.h"

#include "agent/os/sandbox.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/run_name.h"
#include "agent/os/sandbox_place.h"

#define TRASH ".trash" /* no id begins so: see run_name.c */

enum {
    NAMES_TRIED_MAX = 1000
};

struct sandboxes {
    char *directory;
    int fd;
    int trash_fd;
    atomic_uint next; /* number of a name in the trash */
    atomic_bool is_hurried;
};

static int open_directory(int at, const char *name, struct error *err)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    return fd < 0 ? error_errno(err, "open %s", name) : fd;
}

int sandboxes_open(const char *directory,
                   struct sandboxes **sandboxes,
                   struct error *err)
{
    struct sandboxes *s = calloc(1, sizeof *s);
    int code = 0;

    if (s == NULL)
        abort();
    s->directory = strdup(directory);
    s->fd = -1;
    s->trash_fd = -1;
    /* Passed through by users on the way to their own, but not read. */
    if ((mkdir(directory, 0711) < 0 && errno != EEXIST) ||
        chmod(directory, 0711) < 0)
        code = error_errno(err, "make %s", directory);
    else
        code = s->fd = open_directory(AT_FDCWD, directory, err);
    if (code >= 0 && mkdirat(s->fd, TRASH, 0700) < 0 && errno != EEXIST)
        code = error_errno(err, "make %s/" TRASH, directory);
    if (code >= 0)
        code = s->trash_fd = open_directory(s->fd, TRASH, err);
    if (code < 0) {
        sandboxes_close(s);
        return code;
    }
    *sandboxes = s;
    return 0;
}

void sandboxes_hurry(struct sandboxes *s)
{
    atomic_store(&s->is_hurried, true);
}

void sandboxes_close(struct sandboxes *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        close(s->fd);
    if (s->trash_fd >= 0)
        close(s->trash_fd);
    free(s->directory);
    free(s);
}

int sandbox_open_root(const struct sandboxes *s, const char *run)
{
    char path[RUN_NAME_PATH_SIZE];
    int fd;

    run_name_path(run, path);
    fd = openat(s->fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int sandbox_path(const struct sandboxes *s,
                 const char *run,
                 char path[SANDBOX_PATH_SIZE],
                 struct error *err)
{
    char name[RUN_NAME_PATH_SIZE];

    run_name_path(run, name);
    if (snprintf(path, SANDBOX_PATH_SIZE, "%s/%s", s->directory, name) >=
        SANDBOX_PATH_SIZE)
        return error_set(err, -ENAMETOOLONG,
                         "the path of a sandbox is too long");
    return 0;
}

/* Those above `path`, which are passed through only. */
static int make_parents(const struct sandboxes *s, char *path)
{
    for (char *slash = strchr(path, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        int result;

        *slash = '\0';
        result = mkdirat(s->fd, path, 0711);
        *slash = '/';
        if (result < 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

int sandbox_make(struct sandboxes *s,
                 const char *run,
                 uid_t user,
                 gid_t group,
                 struct error *err)
{
    char path[RUN_NAME_PATH_SIZE];
    int result, code;

    run_name_path(run, path);
    result = mkdirat(s->fd, path, 0700);
    if (result < 0 && errno == ENOENT && make_parents(s, path) == 0)
        result = mkdirat(s->fd, path, 0700);
    if (result < 0 && errno == EEXIST) {
        code = sandbox_throw_away(s, run, err);
        if (code < 0)
            return code;
        if (make_parents(s, path) == 0)
            result = mkdirat(s->fd, path, 0700);
    }
    if (result < 0)
        return error_errno(err, "make the sandbox %s", path);
    if (user == geteuid() && group == getegid())
        return 0;
    if (fchownat(s->fd, path, user, group, AT_SYMLINK_NOFOLLOW) < 0) {
        code = error_errno(err, "give the sandbox %s to its user", path);
        unlinkat(s->fd, path, AT_REMOVEDIR);
        return code;
    }
    return 0;
}

/* `name` in `at` becomes an entry of the trash. */
static int move_to_trash(struct sandboxes *s, int at, const char *name)
{
    char number[16];

    for (int i = 0; i < NAMES_TRIED_MAX; i++) {
        snprintf(number, sizeof number, "%u", atomic_fetch_add(&s->next, 1));
        if (renameat2(at, name, s->trash_fd, number, RENAME_NOREPLACE) == 0)
            return 0;
        if (errno != EEXIST) /* of an earlier agent */
            return -1;
    }
    return -1;
}

int sandbox_throw_away(struct sandboxes *s, const char *run, struct error *err)
{
    char path[RUN_NAME_PATH_SIZE];
    char *slash;

    run_name_path(run, path);
    if (move_to_trash(s, s->fd, path) < 0) {
        if (errno == ENOENT)
            return 0;
        return error_errno(err, "remove the sandbox %s", path);
    }
    while ((slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
        if (unlinkat(s->fd, path, AT_REMOVEDIR) < 0)
            break; /* another run's is there */
    }
    return 0;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A directory that could not be deleted; moves up if it is not empty. */
static int lift(struct sandboxes *s, int at, const char *name)
{
    if (unlinkat(at, name, AT_REMOVEDIR) == 0)
        return 0;
    if (errno == ENOTEMPTY || errno == EEXIST) {
        if (move_to_trash(s, at, name) == 0)
            return 0;
        /* Its owner may have closed it, and we may be no more than he. */
        if (errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
            return move_to_trash(s, at, name);
    }
    return -1;
}

static int delete_entry(struct sandboxes *s, int at, const char *name)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return 0;
    return errno == EISDIR || errno == EPERM ? lift(s, at, name) : -1;
}

/* Everything in the directory `name` of the trash, and then itself. */
static int delete_directory(struct sandboxes *s, const char *name)
{
    int fd = openat(s->trash_fd, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *entry;
    int result = 0;
    DIR *stream;

    if (fd < 0 && errno == EACCES && fchmodat(s->trash_fd, name, 0700, 0) == 0)
        fd = openat(s->trash_fd, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fchmod(fd, 0700) < 0 || (stream = fdopendir(fd)) == NULL) {
        close(fd);
        return -1;
    }
    while (result == 0 && !atomic_load(&s->is_hurried) &&
           (entry = readdir(stream)) != NULL)
        if (!is_dots(entry->d_name))
            result = delete_entry(s, fd, entry->d_name);
    closedir(stream);
    if (result < 0)
        return -1;
    /* What came in meanwhile is found in the next round. */
    if (unlinkat(s->trash_fd, name, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY)
        return -1;
    return 0;
}

/* One round through the trash; how many were there. */
static int empty_once(struct sandboxes *s, int *code, struct error *err)
{
    int fd = openat(s->trash_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int count = 0;

    if (stream == NULL) {
        *code = error_errno(err, "read the trash");
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (!atomic_load(&s->is_hurried) && (entry = readdir(stream)) != NULL) {
        if (is_dots(entry->d_name))
            continue;
        if (unlinkat(s->trash_fd, entry->d_name, 0) == 0 ||
            delete_directory(s, entry->d_name) == 0)
            count++;
        else if (*code == 0)
            *code = error_errno(err, "delete what is below %s/" TRASH "/%s",
                                s->directory, entry->d_name);
    }
    closedir(stream);
    return count;
}

int sandboxes_empty_trash(struct sandboxes *s, struct error *err)
{
    int code = 0;

    while (!atomic_load(&s->is_hurried) && empty_once(s, &code, err) > 0)
        ;
    return code;
}
