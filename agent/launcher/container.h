/* container.h - a child that is an OCI runtime: it makes a container, leaves
 * the pid of that one's first process in a file, and exits.
 *
 * The root of the container is mounted in a mount namespace of the runtime's
 * own, which the container's is made from: it is gone with the container, and
 * nobody else ever sees it.  What the runtime leaves behind is a child of ours,
 * the subreaper, and takes its place in the table: so its end is told exactly,
 * and nobody has to stand between. */

#ifndef AGENT_LAUNCHER_CONTAINER_H
#define AGENT_LAUNCHER_CONTAINER_H

#include <stddef.h>
#include <sys/types.h>

enum {
    CONTAINER_UNMOUNTS_MAX = 4
};

struct container_mounts {
    const char *unmounts[CONTAINER_UNMOUNTS_MAX];
    size_t unmounts_count;
    const char *overlay; /* its options; NULL: none */
    const char *overlay_at;
    const char *overlay_from; /* where relative paths in those begin */
};

/* In the child, as root: the mounts.  NULL, or what could not be done; errno
 * says why. */
const char *container_enter(const struct container_mounts *mounts);

/* What the runtime has written there; 0: nothing of use. */
pid_t container_read_pid(const char *path);

#endif
