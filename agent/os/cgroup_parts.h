/* cgroup_parts.h - what the files cgroup*.c share. */

#ifndef AGENT_OS_CGROUP_PARTS_H
#define AGENT_OS_CGROUP_PARTS_H

#include "agent/os/cgroup.h"
#include "agent/os/cpu_list.h"

enum controller {
    CONTROLLER_CPU = 1 << 0,
    CONTROLLER_MEMORY = 1 << 1,
    CONTROLLER_PIDS = 1 << 2,
    CONTROLLER_CPUSET = 1 << 3,
    CONTROLLER_DEVICES = 1 << 4, /* v1 only */
    CONTROLLER_FREEZER = 1 << 5, /* v1 only */
};

struct hierarchy {
    int version;
    unsigned controllers; /* that may be used in it */
    char *base;           /* OURS/mezzo/NAME */
};

struct cgroups {
    struct hierarchy hierarchies[CGROUP_HIERARCHIES_MAX];
    unsigned count;
    char *description;
    char *name;
    const char *const *devices;
    size_t devices_count;
    struct cpu_list cpus;  /* that there are */
    struct cpu_list taken; /* by runs that have them for themselves */
    char paths[CGROUP_HIERARCHIES_MAX][CGROUP_PATH_SIZE]; /* cgroup_paths() */
};

/* Where one is mounted, and which group of it we are in. */
struct cgroup_mount {
    int version;
    unsigned controllers;            /* v1; those we know */
    char path[CGROUP_PATH_SIZE / 4]; /* of the mount */
    char ours[CGROUP_PATH_SIZE / 4]; /* of our group, the mount's in front */
};

/* Up to CGROUP_HIERARCHIES_MAX that are of use; how many. */
size_t cgroup_mounts(struct cgroup_mount mounts[CGROUP_HIERARCHIES_MAX]);

/* The bit of "cpu"; 0: none of ours. */
unsigned cgroup_controller(const char *name, size_t size);

/* "DIRECTORY/NAME", cut off where it is too long, so that there is none such.
 */
void cgroup_join(char path[CGROUP_PATH_SIZE],
                 const char *directory,
                 const char *name);

/* 0 or -errno; `text` goes in, or comes out, in one piece. */
int cgroup_write(const char *directory, const char *file, const char *text);
int cgroup_write_number(const char *directory, const char *file, int64_t value);
int cgroup_read(const char *directory,
                const char *file,
                char *text,
                size_t text_size);
/* The number behind `key` and a blank in a file of such lines; 0: none. */
uint64_t cgroup_read_count(const char *directory,
                           const char *file,
                           const char *key);

/* What of our groups below `base` is empty, and what we have made above. */
void cgroup_remove_base(const char *base);

/* Make a directory of `base`, and those of it above. */
int cgroup_make_directory(const char *base, const char *name);

/* cgroup_v1.c, cgroup_v2.c: add what may be used of `mount`. */
void cgroup_v1_open(struct cgroups *c, const struct cgroup_mount *mount);
bool cgroup_v2_open(struct cgroups *c, const struct cgroup_mount *mount);

/* cgroup_kill.c: to all in the group of one hierarchy. */
void cgroup_signal_group(const struct hierarchy *h,
                         const char *group,
                         int signal);

/* Those of `wanted` that the hierarchy has, in a group that was just made. */
int cgroup_v1_limit(const struct cgroups *c,
                    const char *group,
                    unsigned wanted,
                    const struct order_launch *limits,
                    const struct cpu_list *cpus);
int cgroup_v2_limit(const char *group,
                    unsigned wanted,
                    const struct order_launch *limits,
                    const struct cpu_list *cpus);

/* Those who have no cpus of their own have the rest. */
void cgroup_v1_share_cpus(const struct hierarchy *h, const char *list);
void cgroup_v2_share_cpus(const struct hierarchy *h, const char *list);

#endif
