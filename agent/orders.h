/* orders.h - what the agent's core orders from its machine, and what the
 * machine reports: the payload of EFFECT_LOCAL and of INPUT_LOCAL.
 *
 * A *run* is one task, or one executor, on this agent: "FRAMEWORK/TASK" or
 * "FRAMEWORK/executor/EXECUTOR"; the name of its sandbox and of its cgroup.
 * Orders for one run are carried out in order; each that is answered is
 * answered once.  agent/os carries them out for real, tests/sim does so in
 * virtual time.
 *
 * Start:   RECOVER -> RECOVERED, then ADOPT for each run that was alive.
 * A life:  PREPARE -> PREPARED, LAUNCH -> LAUNCHED, [SIGNAL], EXITED,
 *          JOURNAL (its end), REAP -> REAPED, much later REMOVE.
 * Images:  FETCH_IMAGE -> IMAGE; then runs may be prepared with its digest,
 *          until REMOVE_IMAGE.
 *
 * Its processes: SPAWN -> SPAWNED, [SIGNAL], PROCESS_EXITED, RELEASE; numbered
 *          by the core.  An earlier agent's are told after ADOPT's LAUNCHED.
 *
 * The journal: appends and rewrites take effect in the order they are given.
 * One that is not synced is answered when it is written and waits for no sync
 * of another.  Of one that fails nothing stays in the file.
 *
 * The environment of a run is completed by the machine, which alone knows
 * where things are: MEZZO_SANDBOX, MESOS_SANDBOX and MESOS_DIRECTORY always;
 * PATH, HOME and USER where they are not given. */

#ifndef AGENT_ORDERS_H
#define AGENT_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"

enum order_kind {
    ORDER_RECOVER,
    ORDER_JOURNAL, /* append `bytes`; JOURNALED with `ticket` follows */
    ORDER_REWRITE, /* `bytes` instead of all that was; the same follows, and
                    * before that of what is appended behind */
    ORDER_PREPARE, /* make the sandbox, fetch the URIs */
    ORDER_LAUNCH,
    ORDER_ADOPT,  /* an earlier agent's run: LAUNCHED (and one day EXITED) or
                   * EXITED follows; EXITED with a fault: there is none */
    ORDER_SIGNAL, /* to all of the run's processes; those of a run that has no
                   * process are nobody's and the order is ignored */
    ORDER_REAP,   /* its end is journaled: let the process and cgroup go, and
                   * kill what is left of it; REAPED follows.  It may come
                   * while PREPARE works, which is then given up (PREPARED with
                   * a fault), and for a run that was never launched. */
    ORDER_REMOVE, /* delete its sandbox, if there is one; not answered */
    ORDER_READ,   /* `size_max` bytes at `offset` of a file; READ follows */
    ORDER_WATCH,  /* GROWN follows, once, when the file is longer than
                   * `offset` or the run has ended */
    ORDER_LIST,   /* LISTED follows */
    ORDER_SPAWN,  /* a process beside the run's first */
    ORDER_TAKE,   /* what `process` has written, `size_max` bytes at most: TOOK
                   * follows when there is something, or its end */
    ORDER_FEED,   /* `bytes` to the stdin of `process`, or where that is 0 of
                   * the run's own or its task `path`; FED follows when all is
                   * written */
    ORDER_END_INPUT, /* it reads an end of file then; not answered, as is: */
    ORDER_RESIZE,    /* the terminal of `process` */
    ORDER_TASK, /* a directory for task `path` of an executor, in its sandbox,
                 * with a fifo for its input if it `has_input` */
    ORDER_RELEASE, /* what became of `process` need not be told any more; if it
                    * lives it is killed.  Not answered */
    ORDER_FETCH_IMAGE,  /* `image`, to the store; IMAGE with `ticket` follows */
    ORDER_CANCEL_IMAGE, /* `ticket`: that will not be answered any more */
    ORDER_NETWORK,      /* of containers; not answered */
    ORDER_REMOVE_IMAGE, /* `path` is its digest; not answered */
    ORDER_CHECK, /* is the run well?  CHECKED with `ticket` follows; not, when
                  * the run ends meanwhile */
};

/* One of: argv, run inside its container; a port, and with a path what an HTTP
 * server there answers. */
struct order_check {
    const char *const *argv; /* NULL at the end */
    const char *address;
    unsigned port;
    const char *path; /* NULL: that it can be connected to is enough */
    msec_t ms_max;
};

struct order_image {
    const char *source;    /* as skopeo has it: docker://..., oci:DIR:TAG */
    const char *reference; /* as the task has it */
    const char *digest;    /* of a docker:// source that names it; else NULL */
    bool is_insecure;      /* its registry has no TLS that could be believed */
};

enum order_network {
    ORDER_NETWORK_HOST,
    ORDER_NETWORK_BRIDGE,
    ORDER_NETWORK_NONE,
};

struct order_port {
    unsigned container_port;
    unsigned host_port;
    bool is_udp;
};

enum order_volume_kind {
    ORDER_VOLUME_NAMED,   /* `source` is a directory's name; it stays */
    ORDER_VOLUME_HOST,    /* a path of the machine's */
    ORDER_VOLUME_SANDBOX, /* a path in the sandbox */
    ORDER_VOLUME_TMPFS,
};

struct order_volume {
    enum order_volume_kind kind;
    const char *path; /* in the container */
    const char *source;
    int64_t size_bytes; /* of a tmpfs; 0: half the memory */
    bool is_read_only;
};

/* What a run is started in: part of PREPARE and, with the same values, of
 * LAUNCH.  Lists have a NULL at the end; one that is NULL is the image's. */
struct order_container {
    const char *digest; /* of an image in the store */
    const char *const *entrypoint;
    const char *const *arguments;
    const char *hostname; /* NULL: the task's id, as far as it can be */
    const char *user;     /* inside; NULL: the image's */
    enum order_network network;
    const struct order_port *ports;
    size_t ports_count;
    const struct order_volume *volumes;
    size_t volumes_count;
    const char *const *dns_servers; /* NULL: the machine's */
    const char *const *dns_search;
    bool has_init;
    bool is_read_only;
    int stop_signal; /* SIGTERM means it; 0: the image's */
};

struct order_uri {
    const char *value;
    const char *output_file; /* NULL: its last part */
    bool is_executable;
    bool is_extracted;
    bool is_cached;
};

/* A subnet that is behind an agent elsewhere. */
struct order_network_peer {
    unsigned third; /* of 10.88.THIRD.0/24 */
    const char *address;
};

struct order_launch {
    const char *const *argv;        /* NULL at the end */
    const char *const *environment; /* "NAME=value", NULL at the end */
    const char *working_directory;  /* NULL: the sandbox */
    const char *user;               /* NULL: the agent's own */
    int64_t cpu_milli;              /* 0: not limited, like all of these */
    int64_t memory_bytes;
    int64_t pids_max;
    int64_t output_bytes_max; /* of stdout, and of stderr */
    bool is_cpu_hard;         /* a quota, not only a weight */
    bool is_fenced;     /* its launcher ends it when it has no agent for long */
    bool has_processes; /* an executor: one of them that is out of memory does
                         * not end the others */
    bool has_input;     /* FEED; else its stdin is empty */
    unsigned cpus_whole;        /* that many cpus of its own, as a cpuset */
    const char *const *devices; /* the GPUs granted: "0", "/dev/nvidia0" */
    size_t devices_count;
    const struct order_container *container; /* NULL: a plain process; else
                                              * argv is none */
};

enum order_spawn_io {
    ORDER_SPAWN_PASSED, /* descriptors that the run's executor has passed */
    ORDER_SPAWN_PIPES,  /* stdin, stdout, stderr: FEED and TAKE */
    ORDER_SPAWN_TERMINAL,
};

struct order_spawn {
    enum order_spawn_io io;
    bool is_fenced;                 /* as of a launch */
    const char *const *argv;        /* NULL at the end */
    const char *const *environment; /* all of it; NULL at the end */
    const char *const *variables;   /* PIPES, TERMINAL: those that are not the
                                     * task's own; NULL at the end */
    const char *working_directory;  /* NULL: the sandbox */
    unsigned rows; /* of the terminal, also RESIZE; 0: not known */
    unsigned columns;
    const int *targets; /* what the descriptors that the executor has passed for
                         * it are to be */
    size_t targets_count;
};

struct order {
    enum order_kind kind;
    const char *run;
    uint64_t ticket; /* comes back in the answer */
    const uint8_t *bytes;
    size_t size;
    bool is_synced; /* JOURNAL: answered when it survives a power cut */
    struct {
        const char *user;
        const struct order_uri *uris;
        size_t uris_count;
        const struct order_container *container; /* NULL: none */
        const char *const *removed_volumes; /* USER/NAME, NULL at the end */
    } prepare;
    struct order_launch launch;
    struct {
        unsigned third;    /* of our own subnet from now on; 0: as it is */
        const char *local; /* where others reach us; NULL: they cannot */
        const struct order_network_peer *peers;
        size_t peers_count;
        bool is_all; /* there are no others */
    } network;
    const char *token; /* LAUNCH, ADOPT: of an executor; NULL: it is none */
    struct {
        const char *user;       /* NULL: the agent's own */
        pid_t pid;              /* 0: not known, find it by the run */
        uint64_t started_ticks; /* after boot; tells a reused pid */
    } adopt;
    bool has_input;   /* TASK */
    uint64_t process; /* SPAWN, RELEASE; SIGNAL: its group alone, unless 0 */
    struct order_spawn spawn;
    int signal;
    struct order_image image;
    struct order_check check;
    const char *path; /* in the sandbox */
    uint64_t offset;
    size_t size_max;
};

enum report_kind {
    REPORT_RECOVERED,
    REPORT_JOURNALED,
    REPORT_PREPARED,
    REPORT_LAUNCHED,
    REPORT_EXITED, /* once for a run that was launched or adopted */
    REPORT_REAPED,
    REPORT_READ,
    REPORT_GROWN,
    REPORT_LISTED,
    REPORT_TOOK, /* `bytes`; `is_at_end`: there will be no more */
    REPORT_FED,
    REPORT_SPAWNED,        /* `process`, `pid`; with a fault there is none */
    REPORT_PROCESS_EXITED, /* once for each that was spawned */
    REPORT_IMAGE,
    REPORT_CHECKED, /* with a fault it is not well */
};

struct report_image {
    const char *reference;
    const char *digest;
    uint64_t size; /* bytes, as it is stored */
};

struct report_usage {
    int64_t cpu_user_us;
    int64_t cpu_system_us;
    uint64_t memory_max_bytes;
};

struct report_entry {
    const char *name;
    uint64_t size;
    bool is_directory;
};

struct report {
    enum report_kind kind;
    const char *run;
    uint64_t ticket;
    const char *fault;    /* NULL: it worked; else why not, for a person */
    const uint8_t *bytes; /* RECOVERED: the journal's whole records; READ */
    size_t size;
    uint64_t offset;     /* READ: of `bytes`; later than asked when what was
                          * asked has been punched out */
    uint64_t file_size;  /* READ */
    bool is_error;       /* TOOK: from its stderr */
    bool is_at_end;      /* READ: nothing follows now */
    bool has_ended;      /* READ, GROWN: the run writes no more */
    const char *boot_id; /* RECOVERED */
    const char *journal; /* RECOVERED: its path; NULL: it has none */
    pid_t pid;           /* LAUNCHED, SPAWNED */
    uint64_t started_ticks;
    uint64_t process;     /* SPAWNED, PROCESS_EXITED */
    bool is_status_known; /* EXITED, PROCESS_EXITED */
    int wait_status;      /* as of waitpid() */
    bool is_out_of_memory;
    struct report_usage usage;
    const struct report_entry *entries; /* LISTED */
    size_t entries_count;
    const struct report_image *images; /* RECOVERED: of the store; IMAGE: one */
    size_t images_count;
    const char *address; /* PREPARED: of the container; NULL: none of its own */
};

#endif
