/* cgroup.h - what limits a run, and what tells its processes from others.
 *
 * All is below one group of the agent's own, found once at its start:
 *
 *     OURS/mezzo/NAME/daemon         the agent (cgroup2, where it must move)
 *     OURS/mezzo/NAME/runs/RUN      a run
 *     OURS/mezzo/NAME/whole/RUN      one with cpus or devices of its own
 *
 * where OURS is the group that the agent was started in, of cgroup2 where it
 * has the controllers, else of each v1 hierarchy.  Outside nothing is touched.
 * Where neither can be had, runs are plain sessions, without limits.
 *
 * Threads  those of its caller: a call is some small writes to the kernel. */

#ifndef AGENT_OS_CGROUP_H
#define AGENT_OS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/orders.h"
#include "base/effect.h"
#include "base/error.h"

struct cgroups;

enum {
    CGROUP_HIERARCHIES_MAX = 8,
    CGROUP_PATH_SIZE = 4096,
};

struct cgroups_options {
    const char *directory; /* the state directory, where our groups are noted
                            * for an agent that is started elsewhere */
    const char *name;      /* of this agent, on this machine */
    bool is_off;           /* plain sessions, whatever there is */
    const char *const *devices; /* of which a run sees what it was granted */
    size_t devices_count;
};

/* Never fails: at worst there are plain sessions. */
struct cgroups *cgroups_open(const struct cgroups_options *options);

/* Remove what of our groups is empty.  NULL is a no-op. */
void cgroups_close(struct cgroups *c);

/* What there is, for the log: "cgroup v1: cpu, memory; ...". */
const char *cgroups_describe(const struct cgroups *c);

/* Where runs are that have neither cpus nor devices of their own: its children
 * begin where it is. */
void cgroups_take_launcher(struct cgroups *c, pid_t pid);

/* The groups of one run: a bit for each hierarchy. */
struct cgroup {
    unsigned runs;  /* below runs/ */
    unsigned whole; /* below whole/ */
};

bool cgroup_is_any(const struct cgroup *g);

/* Make them and set their limits. */
int cgroup_make(struct cgroups *c,
                const char *run,
                const struct order_launch *limits,
                struct cgroup *g,
                struct error *err);

/* Those an earlier agent has made. */
void cgroup_find(struct cgroups *c, const char *run, struct cgroup *g);

struct cgroup_paths {
    const char *v1[CGROUP_HIERARCHIES_MAX];
    size_t v1_count;
    const char *unified; /* NULL: none */
};

/* Directories to enter; valid until the next call. */
void cgroup_paths(struct cgroups *c,
                  const char *run,
                  const struct cgroup *g,
                  struct cgroup_paths *paths);

/* To all processes in it, which may fork meanwhile; SIGKILL gets them all. */
void cgroup_signal(struct cgroups *c,
                   const char *run,
                   const struct cgroup *g,
                   int signal);

/* -EBUSY  there are processes in it */
int cgroup_remove(struct cgroups *c, const char *run, struct cgroup *g);

/* Has one of its processes been killed for want of memory? */
bool cgroup_is_out_of_memory(struct cgroups *c,
                             const char *run,
                             const struct cgroup *g);

/* The most it had; 0: not known. */
uint64_t cgroup_memory_max(struct cgroups *c,
                           const char *run,
                           const struct cgroup *g);

/* Every run that has a group, by the flat form of its name. */
typedef void cgroup_visit_f(void *arg, const char *flat_name);
void cgroups_visit(struct cgroups *c, cgroup_visit_f *visit, void *arg);

/* Remove the groups of one of those; false: it had processes, which have been
 * killed. */
bool cgroups_end(struct cgroups *c, const char *flat_name);

#endif
