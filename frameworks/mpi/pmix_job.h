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

/* What the library wants in the environment of the ranks that are here.  It
 * takes a millisecond to say so for each, and says the same of all but for its
 * number: where that holds of the first and the last, they alone are asked
 * for. */
struct pmix_variables {
    unsigned first_rank, ranks_count;
    bool are_known, are_alike;
    struct words of_first; /* the owner's to release */
};

void pmix_job_environment(const char *name,
                          unsigned rank,
                          struct pmix_variables *known,
                          struct words *environment);

#endif
