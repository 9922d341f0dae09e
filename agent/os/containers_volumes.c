/* containers_volumes.c - where the bytes of a volume are on the machine. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/os/containers_parts.h"

/* Is `path` one of those that may be, or below it? */
static bool may_mount(const struct container *c, const char *path)
{
    const char *const *allowed = c->all->options.host_paths;

    for (; allowed != NULL && *allowed != NULL; allowed++) {
        size_t size = strlen(*allowed);

        if (strncmp(path, *allowed, size) == 0 &&
            (path[size] == '\0' || path[size] == '/' ||
             (*allowed)[size - 1] == '/'))
            return true;
    }
    return false;
}

/* Links are followed first: what counts is where it is. */
static int host_path(const struct container *c,
                     const char *path,
                     char source[CONTAINER_PATH_SIZE],
                     struct error *err)
{
    char real[PATH_MAX];

    if (!may_mount(c, path))
        return error_set(err, -EACCES,
                         "%.100s may not be mounted: the agent allows it with "
                         "--allow-path",
                         path);
    if (realpath(path, real) == NULL)
        return error_errno(err, "volume %.100s", path);
    if (!may_mount(c, real))
        return error_set(err, -EACCES,
                         "%.80s leads to %.80s, which the agent does not "
                         "allow with --allow-path",
                         path, real);
    snprintf(source, CONTAINER_PATH_SIZE, "%s", real);
    return 0;
}

/* Nothing in the sandbox leads out of it. */
static int sandbox_path_of(const char *sandbox,
                           const char *path,
                           char source[CONTAINER_PATH_SIZE],
                           struct error *err)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int root = open(sandbox, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd =
        root < 0 ? -1 : (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    int code =
        fd < 0 ? error_errno(err, "volume of %.100s in the sandbox", path) : 0;

    if (fd >= 0)
        close(fd);
    if (root >= 0)
        close(root);
    if (code == 0 && snprintf(source, CONTAINER_PATH_SIZE, "%s/%s", sandbox,
                              path) >= CONTAINER_PATH_SIZE)
        return error_set(err, -ENAMETOOLONG, "volume %.100s", path);
    return code;
}

int container_volume(struct container *c,
                     const struct order_volume *v,
                     const char *sandbox,
                     char source[CONTAINER_PATH_SIZE],
                     struct error *err)
{
    switch (v->kind) {
    case ORDER_VOLUME_HOST:
        return host_path(c, v->source, source, err);
    case ORDER_VOLUME_SANDBOX:
        return sandbox_path_of(sandbox, v->source, source, err);
    case ORDER_VOLUME_NAMED:
        if (snprintf(source, CONTAINER_PATH_SIZE, "%s/%s", c->all->volumes,
                     v->source) >= CONTAINER_PATH_SIZE)
            return error_set(err, -ENAMETOOLONG, "volume %.100s", v->source);
        return 0;
    case ORDER_VOLUME_TMPFS:
        break;
    }
    return error_set(err, -EINVAL, "volume %.100s is none", v->path);
}
