/* framework.h - what a framework links to be offered resources and to run
 * tasks on them.
 *
 * A scheduler is a state machine: things happen to it (callbacks), and it
 * calls.  No call does I/O or blocks; what it asks for is done after the
 * callback it was made in, or soon when it was made in none.  The library
 * connects and connects again, subscribes with the framework's id, reconciles
 * what it knows of tasks with the master's truth, acknowledges statuses once
 * their callback has returned, and shows none twice.
 *
 * Units    times in milliseconds (_ms), memory in MiB (_mb), cpu_milli.
 * Memory   arguments are borrowed for the call; what a callback is given is
 *          valid until it returns.  Allocation failure aborts.
 * Errors   0, or a negative errno and then nothing has changed;
 *          mezzo_scheduler_explain() has it in words.  Beside those named at
 *          each call:
 *          -EINVAL     an argument cannot be: too long, malformed, missing
 *          -ENOBUFS    too much is waiting to be sent
 *          -ESHUTDOWN  the scheduler was torn down, stopped or refused
 * Threads  a scheduler belongs to the thread that made it; only
 *          mezzo_scheduler_wake() may be called from another. */

#ifndef MEZZO_FRAMEWORK_H
#define MEZZO_FRAMEWORK_H

#include "mezzo/cluster.h"
#include "mezzo/task.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct mezzo_scheduler;
struct mezzo_store_answer;

#define MEZZO_NEVER INT64_MAX

enum {
    MEZZO_ROLES_MAX = 64,
    MEZZO_OFFERS_MAX = 100000, /* held at once; more are declined */
    MEZZO_TASKS_MAX = 1000000, /* not yet ended */
    MEZZO_ASKS_MAX = 10000,
    MEZZO_READERS_MAX = 1000,
    MEZZO_TICKETS_MAX = 10000, /* asked for and not yet given */
};

/* All but `name` may be 0 or NULL. */
struct mezzo_scheduler_options {
    const char *name;
    const char *user;         /* tasks run as; NULL: who calls run() */
    const char *const *roles; /* NULL: "*" */
    size_t roles_count;
    const char *principal;
    const char *webui_url;
    int64_t failover_timeout_ms; /* tasks live on without us; 0: 1 hour */
    bool takes_killing_state;    /* be told of TASK_KILLING */
    bool takes_gpus;             /* be offered agents that have some */
    bool acknowledges_by_hand;   /* mezzo_scheduler_acknowledge() */
    bool begins_suppressed;      /* no offers before the first revive */
    bool begins_anew;            /* as a new framework with the same store, if
                                  * the one it says was removed meanwhile; else
                                  * that is an error */
    const char *framework_id;    /* to go on as; NULL: as the store says, or
                                  * as a new one */
    const char *store;           /* a file for our own state, made when it is
                                  * not there, or "zk://HOSTS/PATH"; NULL: it
                                  * dies with us */
    void *state; /* what the next process of the framework is to know, plain
                  * bytes of ours: read from the store before the first
                  * subscription, kept by mezzo_scheduler_save() */
    size_t state_size;
    bool stands_by; /* of the processes that share a store in ZooKeeper one
                     * works, and when it is gone another takes over; until
                     * then nothing is subscribed, stored or loaded.  With it
                     * goes -ECANCELED when another may have taken over. */
    struct mezzo_cluster_options cluster; /* see cluster.h */
};

struct mezzo_subscription {
    const char *framework_id;
    const char *master;  /* its address, as we know it */
    bool is_again;       /* the framework was subscribed before */
    bool is_new_process; /* ... but not by this scheduler: its tasks' statuses
                          * will come, whatever they are */
};

struct mezzo_attribute {
    const char *name;
    const char *value; /* as text: "rack-3", "2.5", "[1-4]" */
};

struct mezzo_offer {
    const char *id;
    const char *agent_id;
    const char *hostname;
    const char *role; /* that pays for it */
    struct mezzo_resources resources;
    const struct mezzo_attribute *attributes;
    size_t attributes_count;
    const char *ask_id;          /* that it serves; NULL: none */
    const uint32_t *slot_counts; /* how many of each slot of the ask */
    size_t slot_counts_count;
    const char *gang_id; /* NULL: of none; see mezzo_scheduler_accept_gang() */
    int64_t lease_ms;    /* after that it is rescinded; 0: not said */
};

struct mezzo_message {
    const char *agent_id;
    const char *executor_id;
    const void *data;
    size_t size;
};

struct mezzo_failure {
    const char *agent_id;    /* NULL: not known */
    const char *executor_id; /* NULL: the whole agent is lost */
    bool has_status;
    int status; /* of the executor, as waitpid() has it */
};

struct mezzo_ask_answer {
    const char *ask_id;
    const char *explanation;   /* why it waits; NULL: not said */
    bool is_impossible;        /* no agent of the pool can ever serve it */
    bool is_refused;           /* it is malformed: there is no such ask now */
    int64_t starts_by_wall_ms; /* a place is kept for it; 0: not known */
    unsigned agents_count;     /* on so many agents */
};

/* What is wanted back: these tasks are killed at the deadline, if they have not
 * ended by then. */
struct mezzo_recall {
    const char *agent_id; /* on which they run */
    const char *const *task_ids;
    size_t tasks_count;
    int64_t deadline_wall_ms;
    const char *reason; /* of Mesos: "REASON_CONTAINER_PREEMPTED" */
};

enum mezzo_log_level {
    MEZZO_LOG_ERROR,
    MEZZO_LOG_NOTICE,
    MEZZO_LOG_DEBUG,
};

/* Any may be NULL.  All may call everything but run, process and free. */
struct mezzo_scheduler_callbacks {
    /* We are heard.  Comes again after each `disconnected`. */
    void (*subscribed)(struct mezzo_scheduler *scheduler,
                       const struct mezzo_subscription *subscription,
                       void *arg);

    /* The master is not; all offers are gone with it, tasks go on.  The
     * library tries again by itself. */
    void (*disconnected)(struct mezzo_scheduler *scheduler,
                         const char *reason,
                         void *arg);

    /* Another process of the framework works, `who`; with stands_by. */
    void (*standing_by)(struct mezzo_scheduler *scheduler,
                        const char *who,
                        void *arg);

    /* What is not wanted should be declined, or others wait for it. */
    void (*offers)(struct mezzo_scheduler *scheduler,
                   const struct mezzo_offer *offers,
                   size_t offers_count,
                   void *arg);
    void (*rescinded)(struct mezzo_scheduler *scheduler,
                      const char *offer_id,
                      void *arg);
    void (*status)(struct mezzo_scheduler *scheduler,
                   const struct mezzo_status *status,
                   void *arg);
    void (*message)(struct mezzo_scheduler *scheduler,
                    const struct mezzo_message *message,
                    void *arg);
    void (*failure)(struct mezzo_scheduler *scheduler,
                    const struct mezzo_failure *failure,
                    void *arg);
    void (*ask_updated)(struct mezzo_scheduler *scheduler,
                        const struct mezzo_ask_answer *answer,
                        void *arg);

    /* Others are to have what some of our tasks hold. */
    void (*recalled)(struct mezzo_scheduler *scheduler,
                     const struct mezzo_recall *recall,
                     void *arg);

    /* A piece of what mezzo_scheduler_read() asked for. */
    void (*output)(struct mezzo_scheduler *scheduler,
                   const struct mezzo_output *output,
                   void *arg);

    /* The answer to mezzo_scheduler_ticket(). */
    void (*ticket)(struct mezzo_scheduler *scheduler,
                   const struct mezzo_ticket *ticket,
                   void *arg);

    /* The answer to mezzo_scheduler_store() or _load(). */
    void (*stored)(struct mezzo_scheduler *scheduler,
                   const struct mezzo_store_answer *answer,
                   void *arg);

    /* The time of mezzo_scheduler_set_alarm() has come. */
    void (*alarm)(struct mezzo_scheduler *scheduler, void *arg);

    /* mezzo_scheduler_wake() was called, once or more. */
    void (*woken)(struct mezzo_scheduler *scheduler, void *arg);

    /* It is over: the master refuses us, or our store has failed. */
    void (*error)(struct mezzo_scheduler *scheduler,
                  const char *message,
                  void *arg);

    /* For the operator; NULL: errors go to stderr, the rest nowhere. */
    void (*log)(struct mezzo_scheduler *scheduler,
                enum mezzo_log_level level,
                const char *text,
                void *arg);
};

/* Never NULL: what is wrong with the options is found by the first run(), fd()
 * or process().  `callbacks` and `arg` must outlive the scheduler. */
struct mezzo_scheduler *mezzo_scheduler_new(
    const struct mezzo_scheduler_options *options,
    const struct mezzo_scheduler_callbacks *callbacks,
    void *arg);

/* The framework, its id and its tasks live on for failover_timeout_ms.  NULL is
 * a no-op. */
void mezzo_scheduler_free(struct mezzo_scheduler *scheduler);

/* What was wrong with the last call that failed: "cpus: 2 asked, 1.5 offered".
 * Valid until the next that fails. */
const char *mezzo_scheduler_explain(const struct mezzo_scheduler *scheduler);

/* NULL before it is known. */
const char *mezzo_scheduler_framework_id(
    const struct mezzo_scheduler *scheduler);

/* The time of this step: CLOCK_BOOTTIME, and since 1970.  Better than asking
 * the system, whose clock is not that of a simulation. */
int64_t mezzo_scheduler_now_ms(const struct mezzo_scheduler *scheduler);
int64_t mezzo_scheduler_wall_ms(const struct mezzo_scheduler *scheduler);

/* ------------------------------------------------------------- loops */

/* Work until mezzo_scheduler_stop(), or a teardown is done: 0.
 *
 * -ECANCELED  `error` was called
 * -EINVAL     the options cannot be
 * -errno      no cluster was found, or the store could not be opened */
int mezzo_scheduler_run(struct mezzo_scheduler *scheduler);

/* For a loop of yours: a descriptor that is readable when there is something
 * to process; or -errno as run(). */
int mezzo_scheduler_fd(struct mezzo_scheduler *scheduler);

/* Do what there is to do, without waiting.  1; 0 when run() would have
 * returned 0; or -errno as run(). */
int mezzo_scheduler_process(struct mezzo_scheduler *scheduler);

/* Have `woken` called, from any thread or signal handler, between the first
 * run(), fd() or process() and free(). */
void mezzo_scheduler_wake(struct mezzo_scheduler *scheduler);

/* Leave, so that run() returns.  Tasks go on; a scheduler with the same
 * framework id may take over. */
void mezzo_scheduler_stop(struct mezzo_scheduler *scheduler);

/* Leave for good: the master kills all tasks and forgets the framework, then
 * run() returns.  Tried again until the master has heard it, for at most 30 s
 * on end without one. */
int mezzo_scheduler_teardown(struct mezzo_scheduler *scheduler);

/* Have `alarm` called at `at_ms` of mezzo_scheduler_now_ms(), once; instead of
 * what was set before.  MEZZO_NEVER: not at all. */
void mezzo_scheduler_set_alarm(struct mezzo_scheduler *scheduler,
                               int64_t at_ms);

/* ------------------------------------------------------------ offers */

/* Launch `tasks` on `offer_id` and return the rest of it to the master.  From
 * now on they are known, TASK_STAGING, and their statuses will come.
 *
 * -ENOENT  the offer was rescinded, used, or is not ours
 * -EINVAL  the tasks need more than it holds, one of them cannot be, or it is
 *          of a gang; the offer stays ours
 * -EEXIST  a task of that id has not ended
 * -E2BIG   a task is larger than MEZZO_TASK_SIZE_MAX, or all together are
 *          larger than about 1 MiB
 * -ENOSPC  there would be more than MEZZO_TASKS_MAX */
int mezzo_scheduler_accept(struct mezzo_scheduler *scheduler,
                           const char *offer_id,
                           const struct mezzo_task *tasks,
                           size_t tasks_count);

/* One of the tasks of a gang, and the offer it goes on. */
struct mezzo_placement {
    const char *offer_id;
    struct mezzo_task task;
};

/* Launch on several offers at once, those of one gang: all or none.  Each agent
 * prepares its tasks; when all have, all start.  If one cannot, is lost, or
 * takes longer than 10 s after its fetches, none starts and all end
 * TASK_DROPPED; so they do when one of them is killed before.  Offers of the
 * gang that are not named are declined.
 *
 * -ENOENT  there is no such gang, or a placement names an offer not of it
 * others   as for accept; all offers stay ours */
int mezzo_scheduler_accept_gang(struct mezzo_scheduler *scheduler,
                                const char *gang_id,
                                const struct mezzo_placement *placements,
                                size_t placements_count);

/* Give an offer back.  What it held is not offered to us again for `refuse_ms`
 * (-1: 5 s), or until the next revive.
 *
 * -ENOENT  as above */
int mezzo_scheduler_decline(struct mezzo_scheduler *scheduler,
                            const char *offer_id,
                            int64_t refuse_ms);

/* Ask for no more offers, or for them again and without any filter.  Of
 * `role`, or with NULL of all our roles.  Holds until changed, also over
 * reconnections.
 *
 * -ENOENT  we have no such role */
int mezzo_scheduler_suppress(struct mezzo_scheduler *scheduler,
                             const char *role);
int mezzo_scheduler_revive(struct mezzo_scheduler *scheduler, const char *role);

/* -------------------------------------------------------------- asks */

enum mezzo_constraint_operator {
    MEZZO_EQUALS = 1,
    MEZZO_NOT_EQUALS = 2,
    MEZZO_MATCHES = 3,  /* an extended regular expression, the whole value */
    MEZZO_UNIQUE = 4,   /* no two tasks of the slot on one value */
    MEZZO_MAX_PER = 5,  /* at most `value` tasks of the slot on one value */
    MEZZO_GROUP_BY = 6, /* spread evenly over the values */
};

struct mezzo_constraint {
    const char *attribute; /* of the agent, or "hostname" */
    enum mezzo_constraint_operator op;
    const char *value; /* NULL: none */
};

/* One shape; each of `count` becomes a task. */
struct mezzo_slot {
    struct mezzo_resources each;
    unsigned count;
    unsigned min; /* a gang: all of these at once, or none */
    const struct mezzo_constraint *constraints;
    size_t constraints_count;
};

struct mezzo_ask {
    const char *id;
    const char *role; /* NULL: our first */
    const struct mezzo_slot *slots;
    size_t slots_count;
    bool is_exclusive;      /* shares no agent with another ask */
    const char *pack_under; /* an attribute, such as "rack" */
    int64_t duration_max_ms;
    int priority; /* higher first */
    int64_t not_before_wall_ms;
};

/* Declare what is wanted: from then on only what serves an ask is offered.
 * Replaces the ask of the same id.  A task launched on an offer for an ask
 * takes up one of its slot (mezzo_task.ask_slot): the ask stays, for what is
 * left of it, until nothing is or it is withdrawn.  It outlives reconnections.
 * A task that was dropped is not wanted again unless it is asked for again.
 *
 * -ENOSPC  there would be more than MEZZO_ASKS_MAX
 * -E2BIG   it is larger than MEZZO_TASK_SIZE_MAX */
int mezzo_scheduler_ask(struct mezzo_scheduler *scheduler,
                        const struct mezzo_ask *ask);

/* -ENOENT  there is no such ask */
int mezzo_scheduler_withdraw(struct mezzo_scheduler *scheduler,
                             const char *ask_id);

/* ------------------------------------------------------------- tasks */

/* Have it killed: TERM, then after `grace_ms` KILL (-1: as its task says).
 * Remembered, and said again after each reconnection, until it has ended.  A
 * task that is not known may be one of an earlier process of ours.
 *
 * -ENOSPC  as for accept */
int mezzo_scheduler_kill(struct mezzo_scheduler *scheduler,
                         const char *task_id,
                         int64_t grace_ms);

/* Have the status of `task_id` sent, or with NULL of all the master knows to be
 * ours.  Seldom needed: it is done after each reconnection.
 *
 * -ENOTCONN  we are not subscribed */
int mezzo_scheduler_reconcile(struct mezzo_scheduler *scheduler,
                              const char *task_id);

/* The state of a task that has not ended.
 *
 * -ENOENT  it has, or never was */
int mezzo_scheduler_task_state(const struct mezzo_scheduler *scheduler,
                               const char *task_id,
                               enum mezzo_task_state *state);

/* Say that what `status` told is safe with us, when acknowledges_by_hand; it
 * may be a copy made in the callback.  One that is not acknowledged is sent
 * again after a reconnection.
 *
 * -EINVAL    it is not reliable, or we do not acknowledge by hand
 * -ENOTCONN  we are not subscribed; it will come again */
int mezzo_scheduler_acknowledge(struct mezzo_scheduler *scheduler,
                                const struct mezzo_status *status);

/* Data for an executor, which may be lost on the way.
 *
 * -ENOTCONN  we are not subscribed */
int mezzo_scheduler_message(struct mezzo_scheduler *scheduler,
                            const struct mezzo_message *message);

/* ------------------------------------------------------------- bytes */

/* Read, from the agent itself: `output` is called until MEZZO_OUTPUT_ENDED or
 * _FAILED, with `*reader` in it (which may be NULL).  Goes on where it was when
 * a link breaks.
 *
 * -ENOSPC  there would be more than MEZZO_READERS_MAX */
int mezzo_scheduler_read(struct mezzo_scheduler *scheduler,
                         const struct mezzo_read *read,
                         uint64_t *reader);

/* Hear no more of it; also between its pieces.
 *
 * -ENOENT  it has ended */
int mezzo_scheduler_close(struct mezzo_scheduler *scheduler, uint64_t reader);

/* Have a ticket made for one of our tasks, for whoever has the key pair of
 * `holder_key` (Z85; see guest.h); whom it is given is our affair.  `ticket`
 * follows, with `*request`.
 *
 * -ENOTCONN  we are not subscribed
 * -ENOBUFS   MEZZO_TICKETS_MAX are not answered */
int mezzo_scheduler_ticket(struct mezzo_scheduler *scheduler,
                           const char *task_id,
                           enum mezzo_verb verb,
                           const char *holder_key,
                           uint64_t *request);

/* ------------------------------------------------------------- store */

#define MEZZO_STORE_ANY UINT64_MAX /* whatever version it has, if any */
#define MEZZO_STORE_ABSENT 0       /* it must not exist */

enum mezzo_store_op_kind {
    MEZZO_STORE_SET,
    MEZZO_STORE_DELETE, /* what does not exist is deleted already */
    MEZZO_STORE_CHECK,  /* only that its version is this one */
};

/* Keys are paths: "/jobs/7". */
struct mezzo_store_op {
    enum mezzo_store_op_kind kind;
    const char *key;
    const void *value; /* SET */
    size_t size;
    uint64_t version; /* it must have now: a number, ANY or ABSENT */
};

struct mezzo_store_entry {
    const char *key;
    const void *value;
    size_t size;
    uint64_t version; /* 1 when it is made, one more with each set */
};

enum mezzo_store_outcome {
    MEZZO_STORE_OK,
    MEZZO_STORE_CONFLICT, /* a version was another; nothing has changed */
    MEZZO_STORE_FAILED,   /* whether it was applied is not known */
};

struct mezzo_store_answer {
    uint64_t request;
    enum mezzo_store_outcome outcome;
    const struct mezzo_store_entry *entries; /* of a load, sorted by key */
    size_t entries_count;
    const char *text; /* what failed; NULL: nothing */
};

/* Apply all of `ops` or none; durable when `stored` is called with `*request`.
 *
 * -E2BIG  together they are larger than 16 MiB, or more than 10,000 */
int mezzo_scheduler_store(struct mezzo_scheduler *scheduler,
                          const struct mezzo_store_op *ops,
                          size_t ops_count,
                          uint64_t *request);

/* Read the entry at `path` and all below it ("/": everything), after what was
 * stored before. */
int mezzo_scheduler_load(struct mezzo_scheduler *scheduler,
                         const char *path,
                         uint64_t *request);

/* Keep what options.state has at the end of this step: whoever takes over, or
 * is started again, finds it there.  Without a store it does nothing. */
int mezzo_scheduler_save(struct mezzo_scheduler *scheduler);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
