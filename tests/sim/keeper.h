/* keeper.h - the container framework in the world: its core, the library's, a
 * disk, and a user who changes his mind.
 *
 * What really runs is asked of the ledger, and compared with what is wanted: of
 * an instance whose data is on one host there is never more than one. */

#ifndef SIM_KEEPER_H
#define SIM_KEEPER_H

#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct keeper;

struct keeper *keeper_new(struct world *w,
                          struct network *n,
                          struct ledger *l,
                          const char *masters);
void keeper_free(struct keeper *k);

struct process *keeper_process(const struct keeper *k);
struct disk *keeper_disk(const struct keeper *k);

/* From now on nothing happens to it, and the user is content. */
void keeper_calm(struct keeper *k);

/* Exactly what is wanted runs, and is known to: NULL; or what is not so. */
const char *keeper_unsettled(struct keeper *k);

/* The user takes it down; is it gone, with all that ran? */
void keeper_finish(struct keeper *k);
const char *keeper_unfinished(struct keeper *k);

#endif
