/* run_table.h - the runs that are here, found by name, number or process.
 *
 * PREPARING --> PREPARED --> LAUNCHING --> RUNNING --> EXITED --> REAPING -->
 *     |                         |            ^                        (gone)
 *     +--(it cannot be)--> gone <+           +-- ADOPTING
 *
 * A run that is to be reaped goes from any of them to REAPING. */

#ifndef AGENT_OS_RUN_TABLE_H
#define AGENT_OS_RUN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "agent/os/cgroup.h"
#include "agent/os/users.h"

struct container;
struct event;
struct fetch;
struct input;
struct lives;
struct pipes;
struct run_table;

enum {
    RUNS_MAX = 8192 /* the launcher has no more children */
};

enum run_state {
    RUN_PREPARING,
    RUN_PREPARED,
    RUN_LAUNCHING,
    RUN_ADOPTING,
    RUN_RUNNING,
    RUN_EXITED,
    RUN_REAPING,
};

enum process_state {
    PROCESS_STARTING,
    PROCESS_RUNNING,
    PROCESS_EXITED,
};

/* One of a run's beside its first: lives_processes.c. */
struct process {
    TAILQ_ENTRY(process) link;
    TAILQ_ENTRY(process) of_run;
    struct run *run;
    uint64_t number; /* of the core, in its run */
    uint64_t ticket; /* of the launcher */
    uint64_t connection;
    enum process_state state;
    pid_t pid;
    uint64_t started_ticks;
    int line; /* of the file of pids */
    bool is_child;
    int pending_signal;  /* STARTING; 0: none */
    int pidfd;           /* else it is watched by this; -1 */
    struct event *ended; /* of that */
    struct pipes *pipes; /* NULL: others have its ends */
};
TAILQ_HEAD(process_list, process);
TAILQ_HEAD(input_list, input);

struct run {
    TAILQ_ENTRY(run) link;
    enum run_state state;
    char *name;
    uint64_t number; /* its own, never another's */
    struct lives *lives;
    uint64_t ticket;  /* of the order that is to be answered */
    struct user user; /* PREPARING: name only */
    bool is_user_known;
    char *token; /* of an executor; NULL: it is none */
    struct process_list processes;
    size_t processes_count;
    struct input_list inputs;    /* lives_inputs.c's */
    struct fetch *fetch;         /* PREPARING: what is being fetched */
    bool is_user_other;          /* than we are */
    struct container *container; /* NULL: a plain process */
    bool is_waiting;             /* PREPARING: for the container */
    bool has_sandbox;            /* PREPARING */
    uint64_t connection;         /* LAUNCHING: on which it was asked for */
    int line;                    /* of the file of pids */
    pid_t pid;                   /* 0: none, or not known */
    uint64_t started_ticks;
    bool is_child;       /* of the launcher, which will tell of its end */
    bool has_exited;     /* its first process, at least */
    int pidfd;           /* else it is watched by this; -1 */
    struct event *ended; /* of that */
    struct event *again; /* REAPING, and an end whose status is not told */
    unsigned tries;
    bool is_reaped_told; /* REAPING: REAPED follows */
    bool is_hunted;      /* REAPING: its session is still to be killed */
    int pending_signal;  /* LAUNCHING, ADOPTING; 0: none */
    struct cgroup cgroup;
    int64_t output_bytes_max;
};

TAILQ_HEAD(run_list, run);

struct run_table *run_table_new(void);

/* With all that are in it.  NULL is a no-op. */
void run_table_free(struct run_table *t);

/* In the order they were added. */
struct run_list *run_table_list(struct run_table *t);

/* NULL when the table is full; the name must be new. */
struct run *run_table_add(struct run_table *t, const char *name);
void run_table_remove(struct run_table *t, struct run *run);

/* These may return NULL. */
struct run *run_table_find(const struct run_table *t, const char *name);
struct run *run_table_find_number(const struct run_table *t, uint64_t number);
struct run *run_table_find_pid(const struct run_table *t, pid_t pid);

#endif
