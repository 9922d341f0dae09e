/* variables.h - what a job finds in its environment: the SLURM_... that scripts
 * and MPI libraries read. */

#ifndef MPI_VARIABLES_H
#define MPI_VARIABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "frameworks/mpi/layout.h"
#include "frameworks/mpi/words.h"

struct variables_job {
    uint64_t job;
    const char *name;
    const char *user;
    const char *directory;
    const char *host; /* where it was submitted */
    const char *partition;
    const char *account;
    unsigned cpus_per_rank;
    bool has_cpus_per_rank;  /* it was asked for */
    unsigned ranks_per_node; /* 0: not asked for */
    int64_t memory_node_mb;  /* 0: not asked for */
    int64_t memory_cpu_mb;
    unsigned restarts;
    bool is_in_array;
    uint64_t array_job;
    unsigned array_index, array_count, array_min, array_max, array_step;
    const struct layout *layout;
};

/* Of all processes on node `node` of it. */
void variables_set_job(struct words *environment,
                       const struct variables_job *job,
                       size_t node);

/* Of one rank of a step, whose ranks are laid out as `layout` says. */
void variables_set_rank(struct words *environment,
                        const struct layout *layout,
                        size_t node,
                        unsigned rank,
                        unsigned step);

#endif
