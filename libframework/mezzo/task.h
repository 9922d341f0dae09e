/* task.h - tasks, what they need, and what became of them.
 *
 * Plain data, for schedulers, executors and operators alike.
 *
 * Units    cpu_milli is thousandths of a cpu, _mb is MiB, _ms milliseconds;
 *          wall_ms is milliseconds since 1970.
 * Memory   strings and arrays are borrowed: what is given to a call, until it
 *          returns; what a callback is given, until that returns.
 * Absent   a string that is not there is NULL, an amount 0, a list empty; a
 *          struct of zeros is a good beginning.
 * Limits   ids are 1 to MEZZO_ID_MAX printable ASCII characters, without blanks
 *          and '/', and not "." or "..". */

#ifndef MEZZO_TASK_H
#define MEZZO_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
    MEZZO_ID_MAX = 200,
    MEZZO_NAME_MAX = 255,          /* of tasks, frameworks, files, labels */
    MEZZO_TASK_SIZE_MAX = 1 << 18, /* bytes of a task, all told */
    MEZZO_DATA_MAX = 1 << 16,      /* bytes of data to or from an executor */
    MEZZO_UPDATE_ID_SIZE = 16,
};

/* The states and numbers of Mesos v1. */
enum mezzo_task_state {
    MEZZO_TASK_STARTING = 0,
    MEZZO_TASK_RUNNING = 1,
    MEZZO_TASK_FINISHED = 2, /* it exited with 0 */
    MEZZO_TASK_FAILED = 3,
    MEZZO_TASK_KILLED = 4,
    MEZZO_TASK_LOST = 5,
    MEZZO_TASK_STAGING = 6,
    MEZZO_TASK_ERROR = 7, /* it was refused: it asks what cannot be */
    MEZZO_TASK_KILLING = 8,
    MEZZO_TASK_DROPPED = 9,      /* it was never started: try again */
    MEZZO_TASK_UNREACHABLE = 10, /* its agent is; it may come back */
    MEZZO_TASK_GONE = 11,
    MEZZO_TASK_GONE_BY_OPERATOR = 12,
    MEZZO_TASK_UNKNOWN = 13, /* nobody knows it */
};

/* FINISHED, FAILED, KILLED, LOST, ERROR, DROPPED, GONE, GONE_BY_OPERATOR. */
bool mezzo_task_has_ended(enum mezzo_task_state state);

/* "TASK_RUNNING"; "?" for a number that is none. */
const char *mezzo_task_state_name(enum mezzo_task_state state);

struct mezzo_range {
    uint64_t begin;
    uint64_t end; /* inclusive */
};

/* What a task needs, or an offer holds, whatever role it is reserved to. */
struct mezzo_resources {
    int64_t cpu_milli;
    int64_t memory_mb;
    int64_t disk_mb;
    const struct mezzo_range *ports; /* sorted, disjoint */
    size_t ports_count;
    const char *others; /* all else: "gpus:{0,1};licences:3;tapes:[1-4]" */
};

struct mezzo_label {
    const char *key;
    const char *value; /* NULL: none */
};

struct mezzo_variable {
    const char *name;
    const char *value;
};

/* A file that is in the sandbox before the command starts. */
struct mezzo_uri {
    const char *value;       /* file, http, https; or an absolute path */
    const char *output_file; /* NULL: its last part */
    bool is_executable;
    bool is_kept_packed; /* an archive is not unpacked */
    bool is_cached;
};

/* Either `shell`, a line for /bin/sh, or `argv`, which is started as it is.
 *
 * In a container `argv` replaces the arguments of its image, and with neither
 * those are kept; the shell is the image's; `working_directory` is a path in
 * the container, `environment` is added to the image's.  URIs are fetched into
 * the sandbox as ever, and `user` stays one of the machine: who must be allowed
 * to run it. */
struct mezzo_command {
    const char *shell;
    const char *const *argv; /* NULL at the end */
    const struct mezzo_variable *environment;
    size_t environment_count;
    const struct mezzo_uri *uris;
    size_t uris_count;
    const char *user;              /* NULL: the framework's */
    const char *working_directory; /* NULL: the sandbox */
};

/* A program of the framework's own that runs tasks as it likes.  Tasks of one
 * framework on one agent that name the same id share one process of it. */
struct mezzo_executor_info {
    const char *id;
    const char *name; /* NULL: the id */
    struct mezzo_command command;
    struct mezzo_resources resources; /* beside those of its tasks */
    const void *data;
    size_t data_size;
    const char *group; /* executors of one framework that share it may talk to
                        * each other; NULL: to nobody */
    int64_t memory_max_mb; /* of all its processes together; 0: not limited.
                            * Who goes beyond loses a process, and then its
                            * tasks, unless they finish, end with a reason
                            * that has LIMITATION_MEMORY in it */
};

enum mezzo_network {
    MEZZO_NETWORK_HOST = 0, /* the machine's own */
    MEZZO_NETWORK_BRIDGE,   /* an address of its own on the pool's container
                             * network */
    MEZZO_NETWORK_NONE,     /* loopback only */
};

struct mezzo_port_mapping {
    unsigned container_port;
    unsigned host_port; /* one of the task's ports, a resource of it */
    bool is_udp;
};

/* One of: name, host_path, sandbox_path, tmpfs. */
struct mezzo_volume {
    const char *path;         /* in the container, absolute */
    const char *name;         /* kept on the agent under a name of the
                               * framework's; made when it is not there, with
                               * what the image has at `path` */
    const char *host_path;    /* one of those that the agent allows */
    const char *sandbox_path; /* in the task's sandbox, what a URI brought */
    bool is_tmpfs;
    int64_t size_mb; /* of a tmpfs; 0: half the memory */
    bool is_read_only;
};

/* What a task runs in: an OCI image and what is around it. */
struct mezzo_container {
    const char *image; /* "debian:12", "host:5000/name@sha256:...", or as skopeo
                        * spells it: docker://, oci:DIR:TAG,
                        * docker-archive:FILE */
    const char *const *entrypoint; /* NULL at the end; NULL: the image's */
    const char *hostname;
    const char *user; /* inside: "name", "uid", "uid:gid"; NULL: the image's */
    enum mezzo_network network;
    const struct mezzo_port_mapping *ports; /* of a BRIDGE */
    size_t ports_count;
    const struct mezzo_volume *volumes;
    size_t volumes_count;
    const char *const *dns_servers; /* NULL at the end; NULL: the machine's */
    const char *const *dns_search;
    bool has_init;     /* a first process that passes signals on and reaps */
    bool is_read_only; /* its root */
    const char *stop_signal; /* "SIGQUIT", "15"; NULL: the image's, else TERM */
    int64_t pids_max;        /* 0: the agent's */
};

enum mezzo_check_kind {
    MEZZO_CHECK_NONE,
    MEZZO_CHECK_COMMAND,
    MEZZO_CHECK_HTTP, /* an answer of 200 to 399 */
    MEZZO_CHECK_TCP,
};

/* How the agent finds out whether a task is well.  What it finds is reported,
 * when it changes, as a RUNNING status with has_health. */
struct mezzo_health_check {
    enum mezzo_check_kind kind;
    const char *shell;       /* COMMAND: one of these two, run inside the */
    const char *const *argv; /* container; NULL at the end */
    unsigned port;           /* HTTP, TCP: on the task's own address */
    const char *path;        /* HTTP; NULL: "/" */
    int64_t interval_ms;     /* from one's end to the next; 0: 10 s */
    int64_t timeout_ms;      /* then it has failed; 0: 20 s */
    int64_t grace_ms;        /* failures so soon after the start do not count */
    unsigned failures_max;   /* in a row, and it is unhealthy; 0: 3 */
};

struct mezzo_task {
    const char *id;   /* never used before by this framework */
    const char *name; /* NULL: the id */
    struct mezzo_resources resources;
    struct mezzo_command command;
    const struct mezzo_executor_info *executor;    /* instead of a command */
    const struct mezzo_container *container;       /* NULL: a plain process */
    const struct mezzo_health_check *health_check; /* NULL: none */
    const void *data;                              /* for the executor */
    size_t data_size;
    const struct mezzo_label *labels;
    size_t labels_count;
    int64_t kill_grace_ms;   /* from TERM to KILL; 0: the agent's, 5 s */
    int64_t duration_max_ms; /* then it is killed; 0: never */
    int warn_signal;         /* sent `warn_before_ms` before that, and before */
    int64_t warn_before_ms;  /* a preemption kills it; 0: none */
    int64_t cpu_limit_milli; /* never more than this, even of idle cpus */
    /* Named volumes of command.user's on its agent: they are gone when it
     * starts.  While another task has one, it fails.  NULL at the end. */
    const char *const *removed_volumes;
    bool has_input; /* its stdin is what MEZZO_VERB_INPUT sends; else empty */
    bool is_fenced; /* killed when its agent loses its master for long */
    unsigned ask_slot;  /* of the offer's ask, that it takes up */
    unsigned ask_count; /* so many of that; 0: one */
};

/* A task's own account of itself, when it has ended. */
struct mezzo_usage {
    int64_t cpu_user_ms;
    int64_t cpu_system_ms;
    int64_t wall_ms; /* how long it lasted */
    uint64_t memory_max_bytes;
};

/* What became of a task. */
struct mezzo_status {
    const char *task_id;
    const char *agent_id;    /* NULL: of none */
    const char *executor_id; /* NULL: it has none */
    enum mezzo_task_state state;
    const char *reason;  /* of Mesos: "REASON_..."; NULL: none */
    const char *message; /* for a person; NULL: none */
    const void *data;    /* an executor's */
    size_t data_size;
    int64_t wall_ms; /* when; 0: not known */
    bool has_exit_code;
    int exit_code;
    int signal; /* that killed it; 0: none did */
    bool has_health;
    bool is_healthy;
    bool has_usage;
    struct mezzo_usage usage;
    const char *address;      /* of the container on its network; NULL: none of
                               * its own */
    const char *image_digest; /* "sha256:...", when it is known; NULL */
    bool is_reliable;         /* sent until acknowledged, by `update_id` */
    uint8_t update_id[MEZZO_UPDATE_ID_SIZE];
};

/* What to read of a task's sandbox.  Of one that has not started yet, it
 * begins when it has. */
struct mezzo_read {
    const char *task_id;
    const char *file; /* NULL: "stdout"; "stderr", or any other path in it */
    uint64_t offset;  /* where to begin */
    bool follows;     /* wait for more until the task has ended */
    bool lists; /* `file` is a directory ("" is the sandbox): its entries */
};

/* A piece of it, or its end. */
enum mezzo_output_kind {
    MEZZO_OUTPUT_DATA,
    MEZZO_OUTPUT_ENTRY,  /* of a directory: `file` and `size` */
    MEZZO_OUTPUT_ENDED,  /* there is no more; the last that is heard */
    MEZZO_OUTPUT_FAILED, /* `reason`; the last that is heard */
};

struct mezzo_output {
    enum mezzo_output_kind kind;
    uint64_t reader; /* whose */
    const char *task_id;
    const char *file;
    uint64_t offset; /* of `data`; greater than where the last ended when what
                      * is between is no longer kept */
    const void *data;
    size_t size;
    bool is_directory;
    const char *reason;
};

/* What a ticket lets its holder do with a task. */
enum mezzo_verb {
    MEZZO_VERB_READ_OUTPUT = 1, /* stdout and stderr */
    MEZZO_VERB_READ_FILES,      /* any file of its sandbox */
    MEZZO_VERB_EXEC,            /* run a program beside it */
    MEZZO_VERB_INPUT,           /* write to its stdin */
};

/* Good for some minutes, for whoever has the key pair it was made for. */
struct mezzo_ticket {
    uint64_t request; /* that it answers */
    const char *task_id;
    enum mezzo_verb verb;
    const char *endpoint;  /* of the agent */
    const char *agent_key; /* Z85; NULL: in plain */
    const void *bytes;
    size_t size;
    const char *failure; /* why there is none; NULL: there is one */
};

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
