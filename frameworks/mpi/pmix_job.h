/* pmix_job.h - a step's ranks, as libpmix's server is told of them. */

#ifndef MPI_PMIX_JOB_H
#define MPI_PMIX_JOB_H

#include <stdbool.h>

#include "frameworks/mpi/layout.h"
#include "frameworks/mpi/words.h"

struct pmix_job {
    const char *name; /* of its name space, the same on all nodes */
    const struct layout *layout;
    unsigned node;         /* ours */
    const char *directory; /* for what its ranks make there */
};

/* Wait until the server knows the step, and the ranks of this node; false: it
 * does not take it. */
bool pmix_job_register(const struct pmix_job *job);
void pmix_job_deregister(const char *name);

/* What one of its ranks has to have in its environment. */
void pmix_job_environment(const char *name,
                          unsigned rank,
                          struct words *environment);

#endif
