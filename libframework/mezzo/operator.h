/* operator.h - what a command line or a tool asks a master, over the wire that
 * frameworks use.
 *
 *     struct mezzo_operator *o = mezzo_operator_new(NULL);
 *     const struct mezzo_answer *answer;
 *
 *     if (mezzo_operator_agents(o, &answer) < 0)
 *         errx(answer->exit_status, "%s", answer->text);
 *     for (size_t i = 0; i < answer->agents_count; i++)
 *         puts(answer->agents[i].id);
 *     mezzo_operator_free(o);
 *
 * The functions named for a question ask it and wait; mezzo_operator_ask()
 * does not wait, and calls back.  Questions with many rows are asked page by
 * page, and answered whole, in order of id.
 *
 * Units    as in task.h.
 * Memory   arguments are borrowed for the call; an answer is valid until the
 *          next call, or until the callback returns.  Allocation failure
 *          aborts.
 * Errors   0, or a negative errno, which is also in the answer:
 *          -ENOTCONN   no master answers; the text says what to do next
 *          -ETIMEDOUT  it did, but not in time; it may have been done
 *          -EREMOTEIO  the master refuses or cannot; the text is its own
 *          -EINVAL     an argument cannot be
 *          -EBUSY      too much was asked already
 *          and those of mezzo_cluster_find().
 * Threads  one belongs to the thread that made it. */

#ifndef MEZZO_OPERATOR_H
#define MEZZO_OPERATOR_H

#include "mezzo/cluster.h"
#include "mezzo/task.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct mezzo_operator;
struct mezzo_ask;

enum {
    MEZZO_ROWS_MAX = 10000000,  /* of one answer */
    MEZZO_QUESTIONS_MAX = 1000, /* at once */
};

struct mezzo_operator_options {
    struct mezzo_cluster_options cluster;
    int64_t timeout_ms; /* of a question; 0: 10 s, and where another master may
                         * take over, 60 s to find one that leads */
    /* May be NULL.  Questions have waited for a master for some seconds,
     * because of `why`, and are waiting. */
    void (*waiting)(void *arg, const char *why);
    void *arg;
};

struct mezzo_master_row {
    const char *address;
    bool is_leader;
    int64_t pid; /* the operating system's; 0: not known */
    const char *version;
    uint64_t leader_epoch;
    unsigned held_count; /* agents that do not answer: too many at once to be
                          * marked unreachable */
};

struct mezzo_agent_row {
    const char *id;
    const char *hostname;
    const char *state; /* "registered", "disconnected", "draining", "held"
                        * (as in mezzo_master_row), ... */
    bool is_active;
    int64_t pid; /* the operating system's; 0: not known */
    const char *version;
    int64_t registered_wall_ms;
    struct mezzo_resources total;
    struct mezzo_resources used;
    struct mezzo_resources offered;
    const struct mezzo_label *attributes;
    size_t attributes_count;
    /* What of the total is for certain roles, "cpus(db):2"; what operators
     * have reserved as "cpus(db,dynamic):2"; NULL: nothing is. */
    const char *reserved;
};

struct mezzo_framework_row {
    const char *id;
    const char *name;
    const char *user;
    const char *roles; /* "batch,web" */
    bool is_active;    /* not suspended */
    bool is_connected;
    int64_t registered_wall_ms;
    int64_t failover_timeout_ms;
    unsigned tasks_count;
    struct mezzo_resources used;
    struct mezzo_resources offered;
};

struct mezzo_task_row {
    const char *id;
    const char *name;
    const char *framework_id;
    const char *agent_id;
    const char *hostname;    /* the agent's; NULL: not said */
    const char *executor_id; /* NULL: none */
    const char *user;        /* NULL: not said */
    enum mezzo_task_state state;
    struct mezzo_resources resources; /* that it holds, or has held */
    const struct mezzo_label *labels;
    size_t labels_count;
    const struct mezzo_status *status; /* the newest; NULL: none yet */
    int64_t launched_wall_ms;          /* 0: not known */
    int64_t started_wall_ms;           /* when it first ran; 0: not yet */
};

struct mezzo_offer_row {
    const char *id;
    const char *framework_id;
    const char *agent_id;
    const char *hostname;
    const char *role;
    struct mezzo_resources resources;
};

struct mezzo_role_row {
    const char *name;
    int64_t weight_milli;
    const char *frameworks;      /* ids, with commas */
    struct mezzo_resources used; /* or offered */
    const char *guarantee;       /* "cpus:4;mem:1024"; NULL: none */
    const char *limit;
    int64_t share_milli; /* of its dominant resource, over its weight */
};

struct mezzo_reason_row {
    const char *ask_id;
    const char *framework_id;
    const char *reason;
    unsigned agents_count; /* that it holds for */
    const char *detail;
};

struct mezzo_ask_row { /* that waits, explained */
    const char *ask_id;
    const char *framework_id;
    const char *role;
    const char *text; /* all of it in a line */
    unsigned wanted;  /* tasks */
    unsigned offered;
    unsigned placed;
    unsigned fits_now; /* of what is hardest to place */
    bool is_gang;
    bool is_impossible;        /* no agent of the pool can ever serve it */
    const char *nearest_agent; /* NULL: none comes near */
    const char *would_free_it;
    int64_t starts_by_wall_ms; /* a place is kept for it; 0: not known */
    unsigned place_agents_count;
};

enum mezzo_whatif_kind {
    MEZZO_WHATIF_SUBMITTED = 1, /* the ask that was thought of */
    MEZZO_WHATIF_MOVED,         /* a task of a drained agent */
    MEZZO_WHATIF_OTHER,         /* an ask that would fare otherwise */
};

struct mezzo_whatif_row {
    enum mezzo_whatif_kind kind;
    const char *framework_id;
    const char *id; /* of the ask, or of the task */
    const char *role;
    unsigned wanted; /* tasks */
    unsigned placed_now;
    unsigned placed_then;
    const char *places;        /* then: "node-1 2, node-2 1"; the first 100 */
    const char *text;          /* why not all; NULL: all are placed */
    const char *hostname;      /* MOVED: that it has to leave */
    int64_t starts_by_wall_ms; /* 0: not known, or it starts at once */
};

enum mezzo_question_kind {
    MEZZO_ASK_MASTERS,
    MEZZO_ASK_AGENTS,
    MEZZO_ASK_FRAMEWORKS,
    MEZZO_ASK_TASKS, /* those that have ended too, while it remembers them */
    MEZZO_ASK_OFFERS,
    MEZZO_ASK_ROLES,
    MEZZO_ASK_VERSION,
    MEZZO_ASK_HISTORY, /* tasks that ended long ago too: `since_wall_ms`, `user`
                        */
    MEZZO_EXPLAIN_TASK, /* why does it not run? */
    MEZZO_EXPLAIN_FRAMEWORK,
    MEZZO_EXPLAIN_ASK,
    MEZZO_EXPLAIN_ROLE,
    MEZZO_KILL_TASK,
    MEZZO_TEARDOWN_FRAMEWORK,
    MEZZO_DRAIN_AGENT,
    MEZZO_DEACTIVATE_AGENT,
    MEZZO_REACTIVATE_AGENT,
    MEZZO_MARK_AGENT_GONE,
    MEZZO_SET_QUOTA, /* of a role */
    MEZZO_SET_WEIGHT,
    MEZZO_GET_TICKET, /* for a task, to whoever has `holder_key` */
    MEZZO_RESERVE,    /* of an agent, `resources` for `role` */
    MEZZO_UNRESERVE,
    MEZZO_WHATIF, /* `agents` were drained, or `ask` was made? */
};

struct mezzo_question {
    enum mezzo_question_kind kind;
    const char *subject;    /* the id of it; a task: its id, FRAMEWORK/TASK, its
                             * name, or a prefix of its id that only it has */
    int64_t since_wall_ms;  /* HISTORY: that ended then or later */
    const char *user;       /* HISTORY: whose; NULL: all */
    int64_t grace_ms;       /* KILL, DRAIN; -1: as the task says */
    bool marks_gone;        /* DRAIN: when it has drained */
    const char *guarantee;  /* SET_QUOTA: "cpus:4;mem:1024"; NULL: none */
    const char *limit;      /* the same; what is not named has no limit */
    bool is_forced;         /* SET_QUOTA: whatever is there or in use;
                             * RESERVE: whatever others are guaranteed */
    int64_t weight_milli;   /* SET_WEIGHT: above 0 */
    enum mezzo_verb verb;   /* TICKET, of: */
    const char *holder_key; /* Z85; see guest.h */
    const char *role;       /* RESERVE, UNRESERVE */
    const char *resources;  /* the same: "cpus:4;mem:1024" */
    const char *const *agents; /* WHATIF: ids or hostnames */
    size_t agents_count;
    const struct mezzo_ask *ask; /* WHATIF, as in framework.h; NULL: none */
};

/* `rows` of the kind that was asked for; the others are empty. */
struct mezzo_answer {
    int result;       /* 0 or -errno */
    int exit_status;  /* for a command: 0; 1, or what the master says */
    const char *text; /* what failed, or what the answer is in words, or "" */
    const struct mezzo_master_row *masters;
    size_t masters_count;
    const struct mezzo_agent_row *agents;
    size_t agents_count;
    const struct mezzo_framework_row *frameworks;
    size_t frameworks_count;
    const struct mezzo_task_row *tasks;
    size_t tasks_count;
    const struct mezzo_offer_row *offers;
    size_t offers_count;
    const struct mezzo_role_row *roles;
    size_t roles_count;
    const struct mezzo_reason_row *reasons;
    size_t reasons_count;
    const struct mezzo_ask_row *asks; /* whose reasons they are */
    size_t asks_count;
    const struct mezzo_whatif_row *whatif;
    size_t whatif_count;
    const struct mezzo_ticket *ticket; /* NULL: none was asked for */
};

typedef void mezzo_answered_f(struct mezzo_operator *op,
                              const struct mezzo_answer *answer,
                              void *arg);

/* Nothing is opened before something is asked.  NULL: all as cluster.h says. */
struct mezzo_operator *mezzo_operator_new(
    const struct mezzo_operator_options *options);

/* NULL is a no-op.  What was asked is not answered any more. */
void mezzo_operator_free(struct mezzo_operator *op);

/* ------------------------------------------------- ask, and wait for it */

int mezzo_operator_masters(struct mezzo_operator *op,
                           const struct mezzo_answer **answer);
int mezzo_operator_agents(struct mezzo_operator *op,
                          const struct mezzo_answer **answer);
int mezzo_operator_frameworks(struct mezzo_operator *op,
                              const struct mezzo_answer **answer);
int mezzo_operator_tasks(struct mezzo_operator *op,
                         const struct mezzo_answer **answer);
int mezzo_operator_offers(struct mezzo_operator *op,
                          const struct mezzo_answer **answer);
int mezzo_operator_roles(struct mezzo_operator *op,
                         const struct mezzo_answer **answer);

/* Any question. */
int mezzo_operator_wait(struct mezzo_operator *op,
                        const struct mezzo_question *question,
                        const struct mezzo_answer **answer);

typedef void mezzo_output_f(const struct mezzo_output *output, void *arg);

/* Read a file of a task's sandbox, or with `read->lists` what is in a
 * directory: `output` is called with each piece, last with its end.  It is
 * waited for as long as it takes.  `read->task_id` may be any name of a task,
 * as in a question.  `*answer` says what has failed. */
int mezzo_operator_read(struct mezzo_operator *op,
                        const struct mezzo_read *read,
                        mezzo_output_f *output,
                        void *arg,
                        const struct mezzo_answer **answer);

/* ------------------------------------------------- ask, and be called */

/* `answered` is called once, by mezzo_operator_process().
 *
 * -EBUSY  MEZZO_QUESTIONS_MAX are not answered yet */
int mezzo_operator_ask(struct mezzo_operator *op,
                       const struct mezzo_question *question,
                       mezzo_answered_f *answered,
                       void *arg);

/* A descriptor that is readable when there is something to process. */
int mezzo_operator_fd(struct mezzo_operator *op);

/* Do what there is to do, without waiting. */
int mezzo_operator_process(struct mezzo_operator *op);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
