/* containers.h - what a run in an image has beside its sandbox:
 *
 *     STATE/containers/RUN/  upper/ work/   what it writes, for overlayfs
 *                            root/          where that is mounted, which only
 *                                           the container sees
 *                            config.json    the bundle
 *                            state/         what the runtime knows of it
 *                            hosts, hostname, resolv.conf
 *                            stop           the signal that asks it to end
 *     STATE/volumes/NAME/    a volume that stays
 *
 * The root is mounted in a mount namespace that ends with the container: there
 * is nothing to unmount, whoever is killed and when. */

#ifndef AGENT_OS_CONTAINERS_H
#define AGENT_OS_CONTAINERS_H

#include <sys/resource.h>
#include <sys/types.h>

#include "agent/orders.h"
#include "agent/os/runtime.h"
#include "base/effect.h"
#include "base/error.h"

struct container;
struct containers;
struct event_base;
struct image_store;
struct launcher_request;
struct networks;
struct tools;

struct containers_options {
    struct event_base *base;
    struct image_store *images;
    struct networks *networks;
    struct tools *tools;
    const char *directory; /* the state directory */
    const char *fetch_program;
    const char *runtime;           /* a name or a path; NULL: crun or runc */
    const char *const *host_paths; /* that may be mounted, with what is below
                                    * them; NULL at the end */
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

int containers_open(const struct containers_options *options,
                    struct containers **containers,
                    struct error *err);

/* NULL is a no-op. */
void containers_close(struct containers *c);

/* Which runtime there is, or why none, for the log. */
void containers_describe(const struct containers *c, struct error *text);

/* `fault` NULL: it is ready to be launched. */
typedef void container_ready_f(void *arg, const char *fault);

/* Make a run's; `ready` is called later.  -errno: it cannot be, and nothing is
 * left of it. */
int container_new(struct containers *c,
                  const char *run,
                  const struct order_container *order,
                  container_ready_f *ready,
                  void *arg,
                  struct container **container,
                  struct error *err);

/* That of a run an earlier agent has begun; NULL: it had none. */
struct container *container_adopt(struct containers *c, const char *run);

/* All of it goes but its volumes; its processes are gone already.  NULL is a
 * no-op. */
void container_free(struct container *container);

/* We are about to go, and it stays.  NULL is a no-op. */
void container_leave(struct container *container);

/* Whom the sandbox must belong to. */
uid_t container_user(const struct container *container);
gid_t container_group(const struct container *container);

int container_stop_signal(const struct container *container);

/* Its own; NULL: none. */
const char *container_address(const struct container *container);

/* What the directory of a group is called below where its hierarchy is mounted;
 * "" when that cannot be said. */
void container_cgroup(const char *directory, char group[4096]);

struct container_launch {
    const char *sandbox; /* a path */
    const struct order_launch *launch;
    struct rlimit files;
    const char *cgroup; /* for a runtime that manages it; NULL: none can */
};

/* Write the bundle, and complete `request`: its pointers are good until the
 * next call. */
int container_request(struct container *container,
                      const struct container_launch *launch,
                      struct launcher_request *request,
                      struct error *err);

/* What the runtime said when it could not; "" when nothing. */
void container_why(const struct container *container, struct error *why);

/* A command line that runs something inside, up to the program's name:
 * the runtime's "exec", with `options` behind that; how long. */
size_t container_exec(const struct container *container,
                      const char *const *options,
                      const char *argv[RUNTIME_ARGUMENTS_MAX]);
/* The environment that its first process began with: strings of `*size` bytes
 * with their NULs, to be freed; NULL when it cannot be had. */
char *container_environment(const struct container *container, size_t *size);
const struct runtime *containers_runtime(const struct containers *c);

/* The volume USER/NAME is gone, at once, and from the disk when there is time;
 * one that is not there is gone already. */
int containers_remove_volume(struct containers *c,
                             const char *volume,
                             struct error *err);

/* What an earlier agent has left of runs that are not known any more, by the
 * flat form of their names. */
typedef bool containers_is_known_f(void *arg, const char *flat_name);
void containers_sweep(struct containers *c,
                      containers_is_known_f *is_known,
                      void *arg);

#endif
