/* clerk.h - the MPI framework in the world: its core, the library's, a disk,
 * and users who submit jobs and cancel them.
 *
 * Its executors are processes of hosts that work for a while, fail, hang, do
 * not hear TERM, cannot be started, or leave while the others work.  What
 * really runs is asked of the ledger: no two attempts at one job run at once,
 * and what was kept once is known for ever. */

#ifndef SIM_CLERK_H
#define SIM_CLERK_H

#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct clerk;

struct clerk *clerk_new(struct world *w,
                        struct network *n,
                        struct ledger *l,
                        const char *masters,
                        unsigned ranks_max);
void clerk_free(struct clerk *k);

struct process *clerk_process(const struct clerk *k);

/* From now on nothing happens to it, and nobody submits. */
void clerk_calm(struct clerk *k);

/* All jobs have ended, by its own account, and nothing of them runs: NULL; or
 * what is not so. */
const char *clerk_unfinished(struct clerk *k);

/* Of all jobs, so far. */
unsigned clerk_completed_count(const struct clerk *k);

#endif
