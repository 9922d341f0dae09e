/* roster.h - the frameworks, tasks and executors an agent knows, and what they
 * hold of its resources.  Plain data: what becomes of them is decided in
 * tasks.c, executors.c and updates.c.
 *
 * Everything is in order of arrival, which the journal repeats. */

#ifndef AGENT_ROSTER_H
#define AGENT_ROSTER_H

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "agent/images.h"
#include "agent/scribe.h"
#include "base/resources.h"
#include "base/task_state.h"

enum {
    ROSTER_TASKS_MAX = 100000,
    ROSTER_EXECUTORS_MAX = 10000,
    TOKEN_SIZE = 65, /* in hexadecimal, and a NUL */
};

enum run_phase {
    RUN_PREPARING, /* until the launch is journaled and the sandbox is there */
    RUN_LAUNCHING,
    RUN_ADOPTING, /* it is asked whether it lives */
    RUN_ALIVE,
    RUN_ENDED, /* no process of ours; its end is being journaled */
    RUN_REAPING,
    RUN_GONE,
};

struct run {
    const char *name; /* the owner's key */
    enum run_phase phase;
    bool is_recorded;  /* PREPARING: the launch is journaled */
    bool is_prepared;  /* PREPARING: the sandbox is there */
    bool was_launched; /* there is, or was, a process */
    pid_t pid;
    uint64_t started_ticks;
};

/* Why something is being ended by us. */
enum end_cause {
    END_NONE,
    END_ASKED,
    END_FRAMEWORK, /* it is being torn down */
    END_AGENT,     /* is removed */
    END_WALLTIME,
    END_FENCED,
    END_EXECUTOR_LATE,    /* it never subscribed */
    END_EXECUTOR_MISSING, /* nor did it after we were restarted */
    END_PREEMPTED,        /* others are to have what it holds */
    END_DRAINED,          /* its agent is to be empty */
};

struct executor;
struct executor_process;
struct framework;
struct gang;
struct inbox;
struct update_stream;
TAILQ_HEAD(framework_list, framework);
TAILQ_HEAD(gang_list, gang);
TAILQ_HEAD(task_list, task);
TAILQ_HEAD(executor_list, executor);
TAILQ_HEAD(executor_process_list, executor_process);

struct framework {
    TAILQ_ENTRY(framework) entry;
    char *id;
    Mesos__V1__FrameworkInfo *info; /* NULL: only asked about */
    struct update_stream *stream;   /* updates.c's; NULL: none was needed */
    size_t members_count;           /* tasks and executors */
};

/* Tasks that wait here until their gang starts, on whatever agents it is. */
struct gang {
    TAILQ_ENTRY(gang) entry;
    char *framework_id;
    char *id;
    struct task_list tasks;
    size_t expected_count; /* tasks of it on this agent, refused ones too */
    size_t arrived_count;
    bool is_broken; /* one of them has ended */
    int told;       /* the state last told of it, of its enum; 0: none */
};

/* health.c's; of a task without a check all zeros. */
struct task_health {
    struct deadline next;
    uint64_t ticket; /* of the last check */
    unsigned failures;
    bool is_known;
    bool is_well;
    msec_t since;
};

struct task {
    TAILQ_ENTRY(task) entry;
    TAILQ_ENTRY(task) of_executor;
    TAILQ_ENTRY(task) of_gang;
    struct framework *framework;
    struct executor *executor; /* NULL: it has a run of its own */
    struct gang *gang;         /* whose start it waits for, or NULL */
    char *key;                 /* FRAMEWORK/TASK */
    const char *id;            /* in `key` */
    uint8_t *info;             /* TaskInfo; NULL: nobody told us */
    size_t info_size;
    struct resources resources;
    bool is_holding; /* `resources` are its */
    bool is_fenced;
    bool is_acknowledged; /* its end */
    bool is_delivered;    /* to its executor, as far as we know */
    bool was_waiting;     /* the journal does not know that its gang started */
    enum task_state state;
    enum task_state state_journaled; /* what may be told */
    enum end_cause cause;
    msec_t grace_ms;
    msec_t started_wall; /* 0: not yet */
    struct run run;
    struct scribe_wait recorded;
    struct deadline kill;
    struct deadline walltime;
    struct deadline warning;
    struct deadline start;
    struct image_wait image;
    char *image_digest;     /* NULL: it has none, or it is not known yet */
    bool has_image;         /* which is counted as used */
    char *address;          /* of its container; NULL: none of its own */
    struct deadline recall; /* it is killed then, for `recall_cause` */
    enum end_cause recall_cause;
    struct task_health health;
    size_t updates_count; /* updates.c's */
};

enum executor_process_state {
    PROCESS_IS_STARTING,
    PROCESS_IS_ALIVE,
    PROCESS_HAS_EXITED, /* until the executor has heard it */
};

struct executor_process {
    TAILQ_ENTRY(executor_process) entry;
    uint64_t number;
    enum executor_process_state state;
    pid_t pid;
    bool is_status_known;
    int wait_status;
};

struct executor {
    TAILQ_ENTRY(executor) entry;
    struct framework *framework;
    char *key;      /* FRAMEWORK/executor/EXECUTOR */
    const char *id; /* in `key` */
    uint8_t *info;  /* ExecutorInfo */
    size_t info_size;
    struct resources resources;
    bool is_holding;
    char token[TOKEN_SIZE];
    struct run run;
    char *peer;          /* NULL: it has no link */
    bool has_subscribed; /* ever, as far as we know */
    enum end_cause cause;
    msec_t grace_ms;
    bool has_worked;        /* been sent a task, as far as we know */
    bool was_asked;         /* to end; next it is killed */
    bool is_out_of_memory;  /* it has lost a process to that */
    struct task_list tasks; /* the ended ones are not yet forgotten */
    struct executor_process_list processes; /* processes.c's */
    size_t processes_count;
    size_t peer_channels_count; /* channels.c's: that it sends on */
    uint64_t peer_channel_max;  /* the highest number of one, ever */
    uint64_t peer_cost;         /* of what it has sent and nobody has taken */
    struct inbox *inbox;        /* inboxes.c's; NULL: nobody sends to it */
    struct scribe_wait recorded;
    struct scribe_wait ended;
    struct deadline subscribe;
    struct deadline kill;
};

struct roster {
    struct framework_list frameworks;
    struct task_list tasks;
    struct executor_list executors;
    struct gang_list gangs;
    struct table *frameworks_by_id;
    struct table *tasks_by_key;
    struct table *executors_by_key;
    struct resources total;
    struct resources free; /* what nobody holds */
    bool is_overdrawn;     /* somebody holds what we do not have any more */
};

/* One of its tasks is. */
bool roster_is_fenced(const struct executor *e);

struct roster *roster_new(const struct resources *total);
void roster_free(struct roster *r);

/* NULL, or why it cannot be part of a path. */
const char *roster_id_refuses(const char *id);

struct framework *roster_find_framework(const struct roster *r, const char *id);
struct framework *roster_make_framework(struct roster *r, const char *id);
/* Take over `info`, a copy of which is made. */
void roster_set_framework_info(struct framework *f,
                               const Mesos__V1__FrameworkInfo *info);
/* Its info, in `arena`; NULL if nobody told us. */
Mesos__V1__FrameworkInfo *roster_framework_info(const struct framework *f,
                                                struct arena *arena);
void roster_remove_framework(struct roster *r, struct framework *f);

/* The state is STAGING, the run is being prepared, nothing is held. */
struct task *roster_add_task(struct roster *r,
                             struct framework *f,
                             const char *id);
struct task *roster_find_task(const struct roster *r,
                              const char *framework_id,
                              const char *id);
struct task *roster_find_task_of_run(const struct roster *r, const char *run);
size_t roster_tasks_count(const struct roster *r);
void roster_set_task_info(struct task *t, const Mesos__V1__TaskInfo *info);
/* Its TaskInfo, in `arena`; NULL if nobody told us. */
Mesos__V1__TaskInfo *roster_task_info(const struct task *t,
                                      struct arena *arena);
/* Its deadlines and waits must be over. */
void roster_remove_task(struct roster *r, struct task *t);

/* NULL when none of its tasks are, or were, to wait. */
struct gang *roster_find_gang(const struct roster *r,
                              const char *framework_id,
                              const char *id);
struct gang *roster_make_gang(struct roster *r,
                              const char *framework_id,
                              const char *id);
void roster_join_gang(struct gang *g, struct task *t);
/* Nothing happens if it is in none. */
void roster_leave_gang(struct task *t);
/* It must have no tasks. */
void roster_remove_gang(struct roster *r, struct gang *g);

struct executor *roster_add_executor(struct roster *r,
                                     struct framework *f,
                                     const Mesos__V1__ExecutorInfo *info,
                                     const char *token);
size_t roster_executors_count(const struct roster *r);
struct executor *roster_find_executor(const struct roster *r,
                                      const char *framework_id,
                                      const char *id);
struct executor *roster_find_executor_of_run(const struct roster *r,
                                             const char *run);
/* The name of its run: FRAMEWORK/executor/EXECUTOR. */
const char *roster_executor_key(const char *framework_id,
                                const Mesos__V1__ExecutorInfo *info,
                                struct arena *arena);
Mesos__V1__ExecutorInfo *roster_executor_info(const struct executor *e,
                                              struct arena *arena);
void roster_remove_executor(struct roster *r, struct executor *e);

/* What the wire says, as we count: what an operator reserved is the master's
 * affair, to us it is what it was before. */
int roster_read_resources(struct resources *r,
                          Mesos__V1__Resource *const *wire,
                          size_t count,
                          struct error *err);

/* `resources` are held from now on, or no longer. */
void roster_hold(struct roster *r, const struct resources *resources);
void roster_let_go(struct roster *r, const struct resources *resources);

/* Conservation, for tests: what is free and what is held is all there is; NULL,
 * or what is wrong. */
const char *roster_check(const struct roster *r);

#endif
