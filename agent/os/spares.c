/* spares.c - directories with numbers for names: those from `taken` on, before
 * `made`, are ready. */

#include "config.h"

#include "agent/os/spares.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARE ".spare"

enum {
    SPARES_MAX = 32,
    SPARES_FEW = 24,
    NAME_SIZE = 32,
};

struct spares {
    const char *const *files;
    int fd;
    atomic_ulong made;
    atomic_ulong taken;
};

static unsigned long count(const struct spares *s)
{
    return atomic_load(&s->made) - atomic_load(&s->taken);
}

int spares_open(const char *directory,
                const char *const *files,
                struct trash *trash,
                struct spares **spares,
                struct error *err)
{
    struct spares *s = calloc(1, sizeof *s);
    int at, code = 0;

    if (s == NULL)
        abort();
    s->files = files;
    s->fd = -1;
    at = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at < 0 || (trash_move(trash, at, SPARE) < 0 && errno != ENOENT) ||
        mkdirat(at, SPARE, 0700) < 0 ||
        (s->fd = openat(at, SPARE,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        code = error_errno(err, "make %s/" SPARE, directory);
    if (at >= 0)
        close(at);
    if (code < 0) {
        spares_close(s);
        return code;
    }
    *spares = s;
    return 0;
}

void spares_close(struct spares *s)
{
    if (s == NULL)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

int spares_take(struct spares *s, int at, const char *path)
{
    char name[NAME_SIZE];

    if (count(s) == 0)
        return -ENODATA;
    snprintf(name, sizeof name, "%lu", atomic_load(&s->taken));
    if (renameat2(s->fd, name, at, path, RENAME_NOREPLACE) < 0)
        return -errno;
    atomic_fetch_add(&s->taken, 1);
    return 0;
}

bool spares_are_few(const struct spares *s)
{
    return count(s) < SPARES_FEW;
}

static bool make_file(int at, const char *name)
{
    int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool make_spare(const struct spares *s, const char *name)
{
    bool is_made = true;
    int fd;

    if (mkdirat(s->fd, name, 0700) < 0)
        return false;
    fd = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    for (size_t i = 0; s->files[i] != NULL && is_made; i++)
        is_made = make_file(fd, s->files[i]);
    close(fd);
    return is_made;
}

void spares_fill(struct spares *s)
{
    char name[NAME_SIZE];

    while (count(s) < SPARES_MAX) {
        snprintf(name, sizeof name, "%lu", atomic_load(&s->made));
        if (!make_spare(s, name))
            break; /* a sandbox that cannot be made will say why */
        atomic_fetch_add(&s->made, 1);
    }
}
