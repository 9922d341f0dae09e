/* start.h - makes a child out of a LAUNCH packet.
 *
 * What it takes is done by the child itself, between clone and exec, and with
 * plain system calls: enter the cgroups, write the pid file, become the user,
 * open its output.  What fails there it says through a pipe, which closes by
 * itself when the exec has worked; so nothing that hangs in one child (a
 * directory on a dead server) holds up the others. */

#ifndef AGENT_LAUNCHER_START_H
#define AGENT_LAUNCHER_START_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "agent/launcher/container.h"
#include "agent/launcher/descriptors.h"
#include "agent/launcher/packet.h"

enum {
    START_STRINGS_MAX = 8192, /* arguments and environment, and their NULLs */
    START_CGROUPS_MAX = 16,
    START_GROUPS_MAX = 1024,
    START_LIMITS_MAX = 16,
    START_REASON_SIZE = 256,
    START_TARGET_MAX = 255,
};

struct start_limit {
    int resource;
    struct rlimit value;
};

/* Points into the packet and into the tables of start.c: one at a time. */
struct start_request {
    char **argv;
    char **environment;
    const char *directory;
    const char *working_directory; /* NULL: it stays there */
    const char *output;            /* NULL: as the launcher's, like `error` */
    const char *error;
    const char *input;    /* NULL: /dev/null */
    const char *pid_file; /* NULL: none */
    off_t pid_offset;
    const char *pid_name;
    const char *cgroups[START_CGROUPS_MAX];
    size_t cgroups_count;
    const char *cgroup_unified; /* NULL: as the launcher */
    uid_t user;                 /* (uid_t)-1: it stays who it is */
    gid_t group;
    gid_t *groups;
    size_t groups_count;
    struct start_limit limits[START_LIMITS_MAX];
    size_t limits_count;
    const int *fds;               /* that came with the packet */
    int targets[DESCRIPTORS_MAX]; /* what each is to be */
    size_t targets_count;
    bool is_fenced;        /* see FIELD_FENCED */
    bool has_terminal;     /* its descriptor 0 is one, to be its own */
    const char *container; /* NULL: it is none, see container.h; a container's
                            * `user` only owns its output */
    struct container_mounts mounts;
};

/* NULL, or what is wrong with the packet, which came with `fds`. */
const char *start_parse(struct packet_reader *packet,
                        const struct descriptors *fds,
                        struct start_request *request);

struct started {
    pid_t pid;
    int pidfd;
    int pipe; /* hangs up at exec; ask start_result() then */
};

/* 0, or -errno of the clone. */
int start_child(const struct start_request *request, struct started *started);

/* Whether the child has got as far as exec, once the pipe hung up: true and
 * when it started, or false and `reason`. */
bool start_result(int pipe, uint64_t *ticks, char reason[START_REASON_SIZE]);

/* When process `pid` was started, in ticks since boot; 0: there is none. */
uint64_t start_ticks(pid_t pid);

#endif
