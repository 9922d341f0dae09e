/* tasks.h - the tasks of the pool, each of one framework on one agent, and
 * what executors hold beside them.
 *
 * A task is here from its launch until the update that ended it has been
 * acknowledged.  It holds its resources until its state is an end.  There may
 * be a million: a record is kept under 1 KiB with all that points to it. */

#ifndef MASTER_TASKS_H
#define MASTER_TASKS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/resources.h"
#include "base/task_state.h"
#include "base/uuid.h"
#include "proto/mesos.pb-c.h"

struct agent;
struct framework;
struct gang;
struct tasks;

struct task {
    TAILQ_ENTRY(task) of_framework;
    TAILQ_ENTRY(task) of_agent; /* those with `forwarded` an end come first */
    TAILQ_ENTRY(task) of_all;
    LIST_ENTRY(task) of_gang;
    struct framework *framework;
    struct agent *agent;
    struct gang *gang; /* whose start it waits for, or NULL */
    const char *id;    /* these four live behind the record */
    const char *name;
    const char *role;
    const char *user;           /* "": as its framework says */
    struct resources resources; /* held; none once it has ended, ... */
    struct resources asked;     /* ... when this is what it held */
    uint8_t *labels;            /* a packed Labels, or NULL */
    uint32_t labels_size;
    uint32_t end_size;
    uint8_t *end;  /* the packed TaskStatus that ended it, once sent, or NULL */
    uint8_t state; /* enum task_state: the newest its agent has journaled */
    uint8_t forwarded;    /* enum task_state: the last its framework was sent */
    int32_t priority;     /* of its ask: who has less goes first */
    bool is_chosen;       /* preemption.c's, while it makes a plan */
    uint8_t recall_cause; /* enum recall_cause */
    msec_t recall_due;    /* it is killed then; 0: it is not wanted back */
    bool is_kill_wanted;  /* said to the agent again when it is back */
    uint8_t end_uuid[UUID_SIZE]; /* of the update that ended it, once sent */
    uint64_t pass; /* the last registration of its agent that named it */
    uint64_t serial;
    msec_t launched_ms;   /* wall clock */
    msec_t started_ms;    /* the same; 0: it has not, or that is not known */
    uint32_t max_seconds; /* its walltime, rounded up; 0: none */
    msec_t ends;          /* when that is over, as far as we know; 0: none */
};

struct executor {
    TAILQ_ENTRY(executor) of_agent;
    struct framework *framework;
    char *id;
    char *role;
    struct resources resources;
    uint64_t pass;
};

struct completed { /* a task that is no more */
    TAILQ_ENTRY(completed) entry;
    const char *framework_id; /* these four live behind the bytes */
    const char *task_id;
    const char *name;
    const char *agent_id;
    size_t size;
    uint8_t bytes[]; /* a packed Task */
};

struct task_launch { /* all borrowed */
    const char *id;
    const char *name;
    const char *role;
    const char *user; /* NULL: as its framework says */
    const struct resources *resources;
    const Mesos__V1__Labels *labels; /* may be NULL */
    enum task_state state;
    msec_t launched_ms;
};

struct tasks *tasks_new(void);
void tasks_free(struct tasks *t);

struct task *tasks_add(struct tasks *t,
                       struct framework *framework,
                       struct agent *agent,
                       const struct task_launch *launch);
void tasks_remove(struct tasks *t, struct task *task);

/* NULL when the framework has no such task. */
struct task *tasks_find(const struct framework *framework, const char *id);

struct task *tasks_first(const struct tasks *t);
size_t tasks_count(const struct tasks *t);

/* As Mesos shows it, in `arena`. */
Mesos__V1__Task *tasks_describe(const struct task *task, struct arena *arena);

/* Keep what ended it, but for its data. */
void tasks_set_end(struct task *task, const Mesos__V1__TaskStatus *status);

/* Its gang is started, or given up.  Nothing happens if it is in none. */
void tasks_leave_gang(struct task *task);

/* 0: it has none. */
void tasks_set_walltime(struct task *task, msec_t max_ms);
msec_t tasks_walltime_ms(const struct task *task);

/* The framework was sent that. */
void tasks_set_forwarded(struct task *task, enum task_state state);

/* It now runs, or counts, elsewhere. */
void tasks_move(struct task *task, struct agent *agent);

struct executor *tasks_find_executor(const struct agent *agent,
                                     const struct framework *framework,
                                     const char *id);
struct executor *tasks_add_executor(struct agent *agent,
                                    struct framework *framework,
                                    const char *id,
                                    const char *role,
                                    const struct resources *resources);
void tasks_remove_executor(struct agent *agent, struct executor *executor);

/* Ended tasks, described (with the help of `arena`), the oldest forgotten
 * beyond `completed_max`. */
void tasks_note_completed(struct tasks *t,
                          const struct task *task,
                          size_t completed_max,
                          struct arena *arena);
const struct completed *tasks_first_completed(const struct tasks *t);
/* The latest `rows_max`, the oldest of them first. */
Mesos__V1__Task **tasks_completed(const struct tasks *t,
                                  size_t rows_max,
                                  struct arena *arena,
                                  size_t *count);

#endif
