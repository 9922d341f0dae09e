/* program.h - a program of ranks, as its file tells: where it is, and whether
 * it can come to speak PMIx.
 *
 * A server of PMIx costs a job tens of milliseconds, and most programs never
 * speak to it.  Which do is not in the file; which cannot often is: a program
 * that is linked to the C library alone, and neither loads nor executes
 * anything, can only be what it is; one of MPICH speaks what its library does.
 * Of all others it is taken that they may: of interpreters, scripts, static
 * programs, and when something is loaded before a program's own libraries. */

#ifndef MPI_PROGRAM_H
#define MPI_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "frameworks/mpi/words.h"

/* Into `full`: the file that is executed for `program` in `directory`, where
 * `path` is its PATH (NULL: the system's).  False, and why: there is none. */
bool program_find(const char *program,
                  const char *path,
                  const char *directory,
                  char full[PATH_MAX],
                  const char **why);

/* The file may be any; one that cannot be read may speak it. */
bool program_may_speak_pmix(const char *file, const struct words *environment);

#endif
