/* node.h - the executor's core: one job's part on one agent.
 *
 * Node 0 has the plan and is the root of the tree that the nodes are.  Ranks
 * are started in steps: a job without a script is one step; a script, which
 * runs on node 0, asks for more.  A step is prepared on all nodes before it is
 * started on any.
 *
 *     prepared   told to all; each looks whether it can be started there
 *     running    all were ready
 *     ending     its ranks are being ended
 *     ended      all of its ranks on all nodes have
 *
 * What has to be done is asked of a host; what happens is told to the node.
 * Processes have keys: step << 32 | their number on this node. */

#ifndef MPI_NODE_H
#define MPI_NODE_H

#include <jansson.h>
#include <mezzo/executor.h>

#include "base/error.h"
#include "frameworks/mpi/layout.h"
#include "frameworks/mpi/words.h"

struct node;

#define NODE_SCRIPT_KEY UINT64_MAX

enum {
    NODE_STEPS_MAX = 1000, /* at once */
    NODE_OUT = 1,
    NODE_ERR = 2,
};

struct node_spawn {
    const struct words *argv;
    const struct words *environment;
    const char *directory;
    bool is_script;
    const char *output, *error; /* files of the script; `error` may be NULL */
    bool has_input;             /* what was sent to the task, or the step */
    unsigned step;
    unsigned rank; /* of the step */
};

/* What is known of a step when its ranks are about to be started. */
struct node_step {
    unsigned number;
    const char *name; /* the same on all nodes: "42.0.1" */
    const char *program, *directory;
    const struct words *environment;
    const struct layout *layout;
    const char *const *places; /* of each node */
    unsigned node;             /* ours */
    bool shares_place;         /* some nodes are one machine */
    bool shares_kernel;        /* or would be, but for their networks */
    unsigned kernel_ranks;     /* of all nodes on our machine's processors */
};

struct node_host {
    int64_t (*now_ms)(void *arg);
    int (*send)(void *arg, unsigned node, const void *piece, size_t size);
    /* NULL: such a program can be started there; else why not. */
    const char *(*check)(void *arg,
                         const char *program,
                         const char *path,
                         const char *directory);
    /* Write down a script and say where, NULL: it cannot be. */
    const char *(*write_script)(void *arg, const char *text);
    /* NULL, or why it cannot be. */
    const char *(*spawn)(void *arg,
                         uint64_t key,
                         const struct node_spawn *spawn);
    void (*signal)(void *arg, uint64_t key, int signal_number);
    /* To a rank's PMI connection, which is shut without bytes. */
    void (*pmi)(void *arg, uint64_t key, const void *bytes, size_t size);
    void (*output)(void *arg, int stream, const char *bytes, size_t size);
    void (*step_output)(
        void *arg, unsigned step, int stream, const char *bytes, size_t size);
    void (*step_ended)(void *arg, unsigned step, int code, const char *text);
    void (*hold)(void *arg, unsigned step, bool holds);
    /* PMIx: a step of it begins and ends here; what one of its ranks gets in
     * its environment; what all have put has come. */
    void (*pmix_begin)(void *arg, const struct node_step *step);
    void (*pmix_environment)(void *arg,
                             unsigned step,
                             unsigned rank,
                             struct words *environment);
    void (*pmix_share)(void *arg,
                       unsigned step,
                       const void *bytes,
                       size_t size);
    void (*pmix_ask)(void *arg,
                     unsigned step,
                     unsigned rank,
                     unsigned from,
                     unsigned number);
    void (*pmix_tell)(void *arg,
                      unsigned number,
                      const void *bytes,
                      size_t size);
    void (*pmix_end)(void *arg, unsigned step);
    void (*say)(void *arg,
                enum mezzo_task_state state,
                const char *message,
                const char *data);
};

/* `place` says which nodes are one machine: "KERNEL:NETWORK"; `name` is for
 * messages. */
struct node *node_new(const struct node_host *host,
                      void *arg,
                      const char *place,
                      const char *name);
void node_free(struct node *n);

/* The task that we are for.  False if `data` is none of our framework's. */
bool node_launch(struct node *n, const void *data, size_t size);

/* When node_alarm() is due; INT64_MAX: never. */
int64_t node_deadline_ms(const struct node *n);
void node_alarm(struct node *n);

void node_piece(struct node *n, unsigned from, const void *piece, size_t size);
void node_peer_lost(struct node *n, unsigned peer, const char *reason);

void node_spawned(struct node *n, uint64_t key, const char *failure);
void node_exited(struct node *n, uint64_t key, int wait_status);
void node_pmi(struct node *n, uint64_t key, const void *bytes, size_t size);
void node_output(
    struct node *n, uint64_t key, int stream, const char *bytes, size_t size);
void node_output_ended(struct node *n, uint64_t key, int stream);

/* The framework has it killed: TERM, and KILL after `grace_ms`. */
void node_kill(struct node *n, int64_t grace_ms);

/* The script asks for a step: its number, or -1 and why not.  There may be
 * {"argv", "environment", "directory", "ranks", "ranks_per_node", "label"}. */
int node_request(struct node *n, const json_t *wanted, struct error *err);
/* The number that the next one gets. */
int node_next_step(const struct node *n);
void node_abandon(struct node *n, unsigned step);

/* Who asked for the step cannot take more output, or can again. */
void node_hold(struct node *n, unsigned step, bool holds);

/* From PMIx: all ranks here are in a fence, and this is what they put. */
void node_pmix_fence(struct node *n,
                     unsigned step,
                     const void *bytes,
                     size_t size);
void node_pmix_spoke(struct node *n, unsigned step, unsigned rank, bool ended);
void node_pmix_abort(struct node *n,
                     unsigned step,
                     unsigned rank,
                     int code,
                     const char *message);
/* A rank wanted what we have not: it hears so, and its job's stderr. */
void node_pmix_refused(struct node *n,
                       unsigned step,
                       unsigned rank,
                       const char *what);
void node_pmix_ask(struct node *n,
                   unsigned step,
                   unsigned rank,
                   unsigned number);
void node_pmix_tell(struct node *n,
                    unsigned step,
                    unsigned to,
                    unsigned number,
                    const void *bytes,
                    size_t size);

#endif
