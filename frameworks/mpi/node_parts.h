/* node_parts.h - what the files of an executor's core share. */

#ifndef MPI_NODE_PARTS_H
#define MPI_NODE_PARTS_H

#include <sys/queue.h>

#include "base/error.h"
#include "frameworks/mpi/letter.h"
#include "frameworks/mpi/lines.h"
#include "frameworks/mpi/node.h"
#include "frameworks/mpi/pmi.h"
#include "frameworks/mpi/variables.h"

/* One of many that go up the tree together. */
struct gather {
    unsigned count; /* contributions: our own, and each child's */
    uint8_t *bytes;
    size_t size;
};

enum gather_kind {
    GATHER_READY,
    GATHER_FENCE,
    GATHER_PMIX,
    GATHER_DONE,
    GATHER_KINDS_COUNT,
};

struct rank {
    uint64_t key;
    bool is_started, has_exited, is_done;
    bool was_ended;                 /* by us: how it left says nothing */
    bool has_spoken, has_left_well; /* by PMIx */
    int wait_status;
    struct lines lines[2];
    bool has_output[2]; /* more may come */
    char prefix[32];
};

enum step_stage {
    STEP_PREPARED,
    STEP_RUNNING,
    STEP_ENDING,
    STEP_ENDED,
};

struct step {
    TAILQ_ENTRY(step) entry;
    unsigned number;
    enum step_stage stage;
    struct words argv, environment;
    char *directory;
    bool is_labelled;
    struct layout layout; /* its ranks on the job's nodes */
    struct rank *ranks;   /* of this node */
    unsigned ranks_count, left_count;
    struct pmi *pmi;
    struct owner *owner; /* what that calls back with */
    char **places;       /* of all nodes, from `ready` */
    struct gather gathers[GATHER_KINDS_COUNT];
    int64_t kill_ms;  /* when KILL is due; INT64_MAX: not */
    int64_t quiet_ms; /* when ranks that never spoke are told of */
    bool holds;
    /* of the root: */
    bool has_cause;
    int code, signal;
    bool has_lost_node;
    char text[300];
};

struct node {
    struct node_host host;
    void *arg;
    char *place, *name;
    unsigned number, count;
    uint64_t job;
    unsigned attempt;
    json_t *plan;
    struct layout layout;
    struct letter_inbox *inboxes; /* of each node */
    TAILQ_HEAD(step_list, step) steps;
    unsigned next_step, steps_count;
    bool has_plan, is_over;
    bool is_killed;     /* by the framework */
    struct step script; /* how it has ended */
    bool has_script, script_runs, script_ended;
    bool has_removals; /* steps that have ended are there */
    int64_t script_kill_ms;
    int64_t warn_ms;
    int64_t over_ms; /* when we end even if not all nodes have answered */
};

static inline uint64_t node_key(const struct step *s, unsigned i)
{
    return (uint64_t)s->number << 32 | i;
}

static inline unsigned node_index_of(uint64_t key)
{
    return (unsigned)key;
}

/* node_tree.c: to one, to our children, to the root. */
void node_send(struct node *n, unsigned to, struct letter letter);
void node_send_down(struct node *n, struct letter letter);
void node_send_root(struct node *n, struct letter letter);

/* Our contribution, or a child's; when all are there it goes up, at the root to
 * node_gathered(). */
void node_gather(struct node *n,
                 struct step *s,
                 enum gather_kind kind,
                 const void *bytes,
                 size_t size);
void node_gathered(struct node *n,
                   struct step *s,
                   enum gather_kind kind,
                   const void *bytes,
                   size_t size);

/* node_step.c */
struct step *node_find_step(const struct node *n, unsigned number);
struct step *node_add_step(struct node *n, const json_t *spec);
void node_remove_step(struct node *n, struct step *s);
void node_go(struct node *n, struct step *s, const char *lines, size_t size);
void node_end_step(struct node *n,
                   struct step *s,
                   int signal_number,
                   int64_t grace_ms);
void node_signal_step(struct node *n, struct step *s, int signal_number);
void node_step_alarm(struct node *n, struct step *s, int64_t now);
int64_t node_step_deadline(const struct step *s);

/* The step cannot go on: tell the root why. */
struct cause {
    int code, signal;
    const char *text;
    bool is_lost;     /* a node was */
    int64_t grace_ms; /* for the other ranks; 0: a second */
};
void node_fail(struct node *n, struct step *s, struct cause cause);

/* To the step's stderr, of the rank of this node with that index. */
void node_remark(struct node *n, struct step *s, unsigned i, const char *text);

void node_received(struct node *n, const struct letter *letter);

/* node.c: the job is over, because of that step (which may be NULL). */
void node_end_all(struct node *n, const struct step *s, int code, int signal);
struct step *node_begin_step(struct node *n, json_t *spec);

/* node_pmi.c */
void node_open_pmi(struct node *n, struct step *s, const char *name);

/* node_script.c */
struct words node_environment(struct node *n);
void node_begin_script(struct node *n);
void node_fail_script(struct node *n, const char *why);
void node_script_exited(struct node *n, int wait_status);
void node_end_with_script(struct node *n);
void node_set_warning(struct node *n);
void node_warn(struct node *n);

#endif
