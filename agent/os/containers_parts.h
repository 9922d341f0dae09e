/* containers_parts.h - what the files containers*.c share. */

#ifndef AGENT_OS_CONTAINERS_PARTS_H
#define AGENT_OS_CONTAINERS_PARTS_H

#include "agent/os/containers.h"
#include "agent/os/run_name.h"
#include "proto/record.pb-c.h"

enum {
    CONTAINER_PATH_SIZE = 4096,
    CONTAINER_GROUPS_MAX = 64,
};

#define CONTAINER_SANDBOX "/mnt/mesos/sandbox" /* as Mesos has it */
#define CONTAINER_INIT "/sbin/mezzo-init"

struct containers {
    struct containers_options options;
    char *directory;
    char *volumes;
    int fd; /* of `directory` */
    struct runtime runtime;
    struct trash *trash;
    struct worker *worker;
};

enum {
    CONTAINER_SEEDS_MAX = 200
};

/* A named volume that is not there yet. */
struct container_seed {
    char *path;   /* in the container */
    char *target; /* on the machine */
};

struct container {
    struct containers *all;
    char flat_name[RUN_NAME_SIZE];
    char path[CONTAINER_PATH_SIZE]; /* of its directory */
    Mezzo__Record__Image *image;    /* NULL: it was adopted */
    int stop_signal;
    uid_t user;
    gid_t group;
    gid_t groups[CONTAINER_GROUPS_MAX];
    size_t groups_count;
    struct container_seed seeds[CONTAINER_SEEDS_MAX];
    size_t seeds_count;
    size_t seeds_done;
    void (*seeded)(struct container *c, const char *fault);
    struct tool *tool;
    bool wants_network;
    struct order_port *ports;
    size_t ports_count;
    struct network_seat *seat; /* NULL: it has none */
    struct event *soon;
    container_ready_f *ready;
    void *arg;
};

/* containers_user.c: "name", "uid", "name:group", as the image knows them. */
int container_find_user(struct container *c,
                        const char *user,
                        struct error *err);

/* containers_volumes.c: list what is to be seeded; begin with the next, of
 * which `done` is told; false: there is none. */
int container_list_seeds(struct container *c,
                         const struct order_container *o,
                         struct error *err);
typedef void container_seeded_f(struct container *c, const char *fault);
bool container_seed_next(struct container *c, container_seeded_f *done);
void container_free_seeds(struct container *c);

/* containers_launch.c: the image's layers for overlayfs, from the top down. */
size_t container_write_layers(const struct container *c,
                              char *text,
                              size_t size);

/* containers_volumes.c: of one volume, made where it may be. */
int container_volume(struct container *c,
                     const struct order_volume *volume,
                     const char *sandbox,
                     char source[CONTAINER_PATH_SIZE],
                     struct error *err);

#endif
