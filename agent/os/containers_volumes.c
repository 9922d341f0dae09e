/* containers_volumes.c - where the bytes of a volume are on the machine. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/os/containers_parts.h"
#include "agent/os/image_store.h"
#include "agent/os/tools.h"
#include "io/file.h"

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

/* VOLUMES/USER/NAME: empty and whose process it is, when it is not there. */
static int named_path(const struct container *c,
                      const char *name,
                      char source[CONTAINER_PATH_SIZE],
                      struct error *err)
{
    char *slash;

    if (snprintf(source, CONTAINER_PATH_SIZE, "%s/%s", c->all->volumes, name) >=
        CONTAINER_PATH_SIZE)
        return error_set(err, -ENAMETOOLONG, "volume %.100s", name);
    slash = strrchr(source, '/');
    *slash = '\0';
    if (mkdir(source, 0711) < 0 && errno != EEXIST)
        return error_errno(err, "make %.150s", source);
    *slash = '/';
    if (mkdir(source, 0755) < 0)
        return errno == EEXIST ? 0 : error_errno(err, "make %.150s", source);
    if (chown(source, c->user, c->group) < 0 && geteuid() == 0) {
        int code = error_errno(err, "give %.150s", source);

        rmdir(source); /* the next one is to try again */
        return code;
    }
    return 0;
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
        return named_path(c, v->source, source, err);
    case ORDER_VOLUME_TMPFS:
        break;
    }
    return error_set(err, -EINVAL, "volume %.100s is none", v->path);
}

int container_list_seeds(struct container *c,
                         const struct order_container *o,
                         struct error *err)
{
    char target[CONTAINER_PATH_SIZE], parent[CONTAINER_PATH_SIZE];
    int code = 0;

    for (size_t i = 0; code == 0 && i < o->volumes_count; i++) {
        const struct order_volume *v = &o->volumes[i];

        if (v->kind != ORDER_VOLUME_NAMED)
            continue;
        snprintf(target, sizeof target, "%s/%s", c->all->volumes, v->source);
        if (access(target, F_OK) == 0 || c->seeds_count == CONTAINER_SEEDS_MAX)
            continue;
        snprintf(parent, sizeof parent, "%s/%.*s", c->all->volumes,
                 (int)strcspn(v->source, "/"), v->source);
        code = file_make_directories(parent, 0700, err);
        c->seeds[c->seeds_count++] =
            (struct container_seed){strdup(v->path), strdup(target)};
    }
    return code;
}

void container_free_seeds(struct container *c)
{
    for (size_t i = 0; i < c->seeds_count; i++) {
        free(c->seeds[i].path);
        free(c->seeds[i].target);
    }
    c->seeds_count = 0;
}

static void seeded(void *arg, const struct tool_result *result)
{
    struct container *c = arg;
    char fault[512];

    c->tool = NULL;
    snprintf(fault, sizeof fault, "volume at %.100s: %.300s",
             c->seeds[c->seeds_done].path,
             result->fault != NULL ? result->fault : "");
    c->seeds_done++;
    c->seeded(c, result->fault != NULL ? fault : NULL);
}

bool container_seed_next(struct container *c, container_seeded_f *done)
{
    const struct container_seed *s = &c->seeds[c->seeds_done];
    char overlay[4096], root[CONTAINER_PATH_SIZE + 16];
    const char *const argv[] = {c->all->options.fetch_program,
                                "--seed",
                                s->path,
                                "--directory",
                                s->target,
                                root,
                                NULL};
    size_t used;

    if (c->seeds_done == c->seeds_count)
        return false;
    /* Read only, which takes two of them. */
    used = container_write_layers(c, overlay, sizeof overlay);
    if (used < sizeof overlay)
        snprintf(overlay + used, sizeof overlay - used, "%s",
                 c->image->n_layers == 0 ? "empty" : ":empty");
    snprintf(root, sizeof root, "%s/root", c->path);
    c->seeded = done;
    c->tool = tool_start(
        c->all->options.tools,
        &(struct tool_request){
            .argv = argv,
            .overlay = overlay,
            .overlay_at = root,
            .overlay_from = image_store_layers(c->all->options.images),
        },
        seeded, c);
    if (c->tool == NULL) {
        c->seeds_done++;
        done(c, "too many programs are running on the agent");
    }
    return true;
}
