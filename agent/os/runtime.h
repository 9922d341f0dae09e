/* runtime.h - the OCI runtime of this machine: crun or runc, whichever can
 * start a container here.
 *
 * crun is told to leave cgroups alone: a container's are the run's, which the
 * runtime is started in.  It refuses to work where cgroup2 holds a controller
 * beside v1's (a hybrid machine), and so is shown none of it. */

#ifndef AGENT_OS_RUNTIME_H
#define AGENT_OS_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct runtime {
    char *program; /* a path; NULL: none works */
    bool is_crun;
    const char *unmounts[1]; /* not to be mounted for it */
    size_t unmounts_count;
    char *init;       /* catatonit, tini: a path; NULL: there is none */
    struct error why; /* there is none */
};

enum {
    RUNTIME_ARGUMENTS_MAX = 16
};

/* Tries them, in a directory of its own: some tens of milliseconds.  `wanted`:
 * a name or a path, that one only; NULL: crun, then runc. */
void runtime_probe(struct runtime *r,
                   const char *wanted,
                   const char *directory);
void runtime_release(struct runtime *r);

/* The beginning of a command line of it, up to its own command; how long.
 * `state` is where it keeps what it knows of one container. */
size_t runtime_begin(const struct runtime *r,
                     const char *state,
                     const char *argv[RUNTIME_ARGUMENTS_MAX]);

#endif
