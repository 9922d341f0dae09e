/* workaround.h - what mends MPI libraries that are known to be broken.
 *
 * MPICH 4.0 on UCX can hang in MPI_Finalize between machines: one rank flushes
 * in ucp_disconnect_nb while its peer waits in the barrier (mended upstream by
 * pmodels/mpich PR 6596, in 4.2).  Its ranks get a small library of ours loaded
 * before, whose ucp_disconnect_nb does nothing. */

#ifndef MPI_WORKAROUND_H
#define MPI_WORKAROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "frameworks/mpi/words.h"

/* Not on one node alone, nor if the job has --no-workarounds. */
bool workaround_is_wanted(const void *plan, size_t size);

/* Add to the environment of a rank of `program` what it needs. */
void workaround_apply(const char *program,
                      const char *directory,
                      struct words *environment);

#endif
