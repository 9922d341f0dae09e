/* sandbox.c - where sandboxes are, how they come and go.
 *
 * One that goes is first thrown into a trash, so that its name is free at once.
 */

#include "config.h"

#include "agent/os/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/run_name.h"
#include "agent/os/sandbox_place.h"
#include "agent/os/spares.h"
#include "agent/os/trash.h"

struct sandboxes {
    char *directory;
    int fd;
    struct trash *trash;
    struct spares *spares;
};

static const char *const outputs[] = {SANDBOX_OUTPUT, SANDBOX_ERROR, NULL};

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
    /* Passed through by users on the way to their own, but not read. */
    if ((mkdir(directory, 0711) < 0 && errno != EEXIST) ||
        chmod(directory, 0711) < 0)
        code = error_errno(err, "make %s", directory);
    else
        code = s->fd = open_directory(AT_FDCWD, directory, err);
    if (code >= 0) /* no id begins as their names do: see run_name.c */
        code = trash_open(directory, &s->trash, err);
    if (code >= 0)
        code = spares_open(directory, outputs, s->trash, &s->spares, err);
    if (code < 0) {
        sandboxes_close(s);
        return code;
    }
    *sandboxes = s;
    return 0;
}

void sandboxes_hurry(struct sandboxes *s)
{
    trash_hurry(s->trash);
}

void sandboxes_close(struct sandboxes *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        close(s->fd);
    spares_close(s->spares);
    trash_close(s->trash);
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

/* An empty directory, or one that was made before; 0 or -errno. */
static int make_directory(struct sandboxes *s, char *path)
{
    int code = spares_take(s->spares, s->fd, path);

    if (code == -ENOENT && make_parents(s, path) == 0)
        code = spares_take(s->spares, s->fd, path);
    if (code == 0 || code == -EEXIST)
        return code;
    if (mkdirat(s->fd, path, 0700) == 0)
        return 0;
    if (errno != ENOENT || make_parents(s, path) < 0 ||
        mkdirat(s->fd, path, 0700) < 0)
        return -errno;
    return 0;
}

/* With what is in it if it was a spare. */
static int give(const struct sandboxes *s,
                const char *path,
                uid_t user,
                gid_t group)
{
    static const char *const names[] = {"", "/" SANDBOX_OUTPUT,
                                        "/" SANDBOX_ERROR};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char whole[RUN_NAME_PATH_SIZE + 16];

        snprintf(whole, sizeof whole, "%s%s", path, names[i]);
        if (fchownat(s->fd, whole, user, group, AT_SYMLINK_NOFOLLOW) < 0 &&
            (i == 0 || errno != ENOENT))
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
    int code;

    run_name_path(run, path);
    code = make_directory(s, path);
    if (code == -EEXIST) {
        code = sandbox_throw_away(s, run, err);
        if (code < 0)
            return code;
        code = make_directory(s, path);
    }
    if (code < 0) {
        errno = -code;
        return error_errno(err, "make the sandbox %s", path);
    }
    if (user == geteuid() && group == getegid())
        return 0;
    if (give(s, path, user, group) < 0) {
        code = error_errno(err, "give the sandbox %s to its user", path);
        sandbox_throw_away(s, run, NULL);
        return code;
    }
    return 0;
}

bool sandboxes_are_few(const struct sandboxes *s)
{
    return spares_are_few(s->spares);
}

void sandboxes_make_spares(struct sandboxes *s)
{
    spares_fill(s->spares);
}

int sandbox_throw_away(struct sandboxes *s, const char *run, struct error *err)
{
    char path[RUN_NAME_PATH_SIZE];
    char *slash;

    run_name_path(run, path);
    if (trash_move(s->trash, s->fd, path) < 0) {
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

int sandboxes_empty_trash(struct sandboxes *s, struct error *err)
{
    return trash_empty(s->trash, err);
}
