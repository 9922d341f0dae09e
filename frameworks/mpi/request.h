/* request.h - what a user wants to have run, and with what.
 *
 * It is told by options, which have the same names in a script's #SBATCH lines,
 * in the environment (SBATCH_...) and on the command line.  A client gathers
 * their texts; who reads them is one function, here. */

#ifndef MPI_REQUEST_H
#define MPI_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "frameworks/mpi/array.h"
#include "frameworks/mpi/dependency.h"
#include "frameworks/mpi/words.h"

enum request_option {
    REQUEST_ACCOUNT,
    REQUEST_ARRAY,
    REQUEST_BEGIN,
    REQUEST_CPUS_PER_TASK,
    REQUEST_DEPENDENCY,
    REQUEST_ERROR,
    REQUEST_EXCLUSIVE,
    REQUEST_JOB_NAME,
    REQUEST_LABEL,
    REQUEST_MEM,
    REQUEST_MEM_PER_CPU,
    REQUEST_MEM_PER_RANK,
    REQUEST_NO_REQUEUE,
    REQUEST_NO_WORKAROUNDS,
    REQUEST_NODES,
    REQUEST_NTASKS,
    REQUEST_NTASKS_PER_NODE,
    REQUEST_OUTPUT,
    REQUEST_PARTITION,
    REQUEST_PRIORITY,
    REQUEST_REQUEUE,
    REQUEST_SIGNAL,
    REQUEST_TIME,
    REQUEST_WAIT,
    REQUEST_OPTIONS_COUNT,
};

struct request_option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* "N"; NULL: it is a flag */
    const char *variable; /* of the environment; NULL: none */
    bool is_directive;    /* it may be in a script */
    const char *help;
};

extern const struct request_option_row request_options[REQUEST_OPTIONS_COUNT];

/* By its name, or by its letter; -1 if there is none. */
int request_find_option(const char *name, size_t size);
int request_find_letter(char letter);

enum {
    REQUEST_RANKS_MAX = 100000,
    REQUEST_NODES_MAX = 10000,
    REQUEST_SCRIPT_SIZE_MAX = 1 << 16,
    REQUEST_WORDS_SIZE_MAX = 1 << 17, /* arguments and environment */
    REQUEST_PRIORITY_MAX = 1000000,
    REQUEST_MEMORY_MB = 256, /* of a rank that says nothing */
};

struct request {
    char *name; /* NULL: not said */
    unsigned ranks;
    bool has_ranks;
    unsigned nodes_min; /* 0: any */
    unsigned nodes_max;
    unsigned ranks_per_node; /* 0: any */
    unsigned cpus_per_rank;
    int64_t memory_node_mb, memory_cpu_mb, memory_rank_mb; /* 0: not said */
    int64_t walltime_ms;                                   /* 0: no end */
    int64_t begin_wall_ms;
    char *output, *error; /* patterns; NULL: not said */
    struct array array;
    struct dependency dependency;
    char *partition, *account;
    bool is_exclusive;
    int signal_number; /* 0: none */
    int64_t signal_before_ms;
    bool signals_script; /* "B:": it alone */
    bool is_requeued;
    bool is_labelled; /* each line has its rank before it */
    bool waits;       /* even if the pool can never serve it */
    bool has_workarounds;
    int priority;
    /* not options: */
    char *user;
    char *directory;
    char *host; /* where it was submitted */
    char *script;
    struct words argv; /* a program, or what a script is given */
    struct words environment;
};

void request_init(struct request *r);
void request_release(struct request *r);

/* `value` may be NULL where an option needs none.  -EINVAL: what it would have
 * to be. */
int request_set(struct request *r,
                enum request_option option,
                const char *value,
                struct error *err);

/* All is set: does it make sense together?  Fills in what was not said. */
int request_settle(struct request *r, struct error *err);

/* Of one rank. */
int64_t request_rank_memory_mb(const struct request *r);

#endif
