/* launcher.h - the agent's end of mezzo-launcher: connects to the one that is
 * there, starts one where there is none, and does so again when it dies.
 *
 * Memory   arguments are borrowed for the call; what a callback is given is
 *          valid until it returns.
 * Order    requests are carried out in the order they were made.  Those made
 *          before launcher_cb.listed wait for it.
 * Signals  are sent without it: until REAP the pid is nobody else's.
 * Threads  all belongs to the event base's. */

#ifndef AGENT_OS_LAUNCHER_H
#define AGENT_OS_LAUNCHER_H

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "agent/launcher/packet.h"
#include "agent/orders.h"
#include "base/error.h"

struct event_base;
struct launcher;

enum {
    LAUNCHER_QUEUE_SIZE_MAX = 16 << 20 /* bytes of requests not yet sent */
};

struct launcher_cb {
    /* A child of a launcher that was here before us, or before a connection
     * broke; EXITED follows where it has exited already.  One that was STARTING
     * comes again, RUNNING or FAILED. */
    void (*child)(void *arg,
                  pid_t pid,
                  uint64_t ticks,
                  enum packet_child_state state);
    /* Those were all; who else was its child is not any more.  Comes first of
     * all, and again after each `lost`. */
    void (*listed)(void *arg);
    /* Requests are forgotten; whether one that was not answered had been
     * carried out is known when the next list has come. */
    void (*lost)(void *arg, const char *reason);
    void (*launched)(void *arg, uint64_t ticket, pid_t pid, uint64_t ticks);
    void (*refused)(void *arg, uint64_t ticket, const char *reason);
    void (*exited)(void *arg,
                   pid_t pid,
                   int wait_status,
                   const struct report_usage *usage);
};

struct launcher_options {
    struct event_base *base;
    const char *directory; /* for its socket, launcher.sock, and its log */
    const char *program;   /* path of mezzo-launcher */
    const struct launcher_cb *cb;
    void *arg;
};

/* -ENAMETOOLONG  the directory's path is too long for a socket
 * others         no launcher could be started */
int launcher_new(const struct launcher_options *options,
                 struct launcher **launcher,
                 struct error *err);

/* It goes on without us.  NULL is a no-op. */
void launcher_free(struct launcher *l);

/* The launcher's pid; 0: it is not there at the moment. */
pid_t launcher_pid(const struct launcher *l);

struct launcher_limit {
    int resource; /* RLIMIT_x */
    struct rlimit value;
};

struct launcher_request {
    uint64_t ticket;         /* > 0; comes back in the answer */
    const char *const *argv; /* NULL at the end, like this: */
    const char *const *environment;
    const char *directory; /* entered as who we are, and from there ... */
    const char *working_directory; /* ... as the user; NULL: it stays there */
    const char *output;            /* opened by the user, from `directory` */
    const char *error;
    const char *input;          /* likewise; NULL: /dev/null */
    const char *pid_file;       /* "NAME PID TICKS\n" is written there ... */
    off_t pid_offset;           /* ... at this place, before exec, ... */
    const char *pid_name;       /* ... and this is the name */
    const char *const *cgroups; /* v1 directories */
    size_t cgroups_count;
    const char *cgroup_unified; /* a directory of cgroup2; NULL: none */
    bool is_user_other;         /* than ours: the three below */
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t groups_count;
    const struct launcher_limit *limits;
    size_t limits_count;
    const int *fds; /* fds[i] becomes descriptor targets[i] of it */
    const int *targets;
    size_t fds_count;            /* at most DESCRIPTORS_MAX */
    bool is_fenced;              /* ends when there is no agent for long */
    bool has_terminal;           /* its descriptor 0 is one, to be its own */
    const char *const *unmounts; /* not mounted for it */
    size_t unmounts_count;
    /* Of an OCI runtime: the file where it leaves the pid of the child that is
     * to take its place, which is LAUNCHED then; `user` owns the output only.
     * NULL: it is none. */
    const char *container;
    const char *overlay; /* mounted for it alone, its options; NULL: none */
    const char *overlay_at;
    const char *overlay_from; /* where relative paths in those begin */
};

/* -EMFILE  no descriptors are left to keep `fds` until they can be sent
 * -E2BIG   more than a packet holds
 * -EAGAIN  too much is waiting to be sent */
int launcher_launch(struct launcher *l,
                    const struct launcher_request *request,
                    struct error *err);

/* Let the zombie go; or, of one that lives, what it will be. */
void launcher_reap(struct launcher *l, pid_t pid);

/* It is to execute `program` anew; `lost` follows. */
void launcher_reexec(struct launcher *l, const char *program);

/* It is to exit when it has no child. */
void launcher_stop(struct launcher *l);

#endif
