/* bundle.h - a container as an OCI runtime reads it: config.json. */

#ifndef AGENT_OS_BUNDLE_H
#define AGENT_OS_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/error.h"

struct bundle_mount {
    const char *destination;
    const char *type; /* NULL: a bind mount */
    const char *source;
    const char *options; /* with commas between them; NULL: none */
};

/* Lists of text have a NULL at the end. */
struct bundle {
    const char *root; /* a path */
    bool is_read_only;
    const char *hostname;
    const char *const *arguments;
    const char *const *environment;
    const char *working_directory;
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t groups_count;
    struct rlimit files;
    const struct bundle_mount *mounts; /* beside /proc, /dev and /sys */
    size_t mounts_count;
    bool has_network;    /* one of its own */
    const char *network; /* a path of it; NULL: a new one, if it has one */
    const char *cgroup;  /* for a runtime that manages it; NULL: none */
    const char *const *devices; /* paths; NULL: none but the usual */
    size_t devices_count;
};

int bundle_write(const char *path,
                 const struct bundle *bundle,
                 struct error *err);

#endif
