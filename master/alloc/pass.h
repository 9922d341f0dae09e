/* pass.h - one run: from what has changed to grants.
 *
 * Agents that have gained something come first, each offered to whoever is
 * least served and can use it, until nobody can: what was freed is given again
 * at once, whatever else is to be done.  Then the hungry, least served first,
 * search the pool; who finds nothing waits for an agent that gains. */

#ifndef MASTER_ALLOC_PASS_H
#define MASTER_ALLOC_PASS_H

#include "master/alloc/state.h"

/* Give what can be given, into a->grants. */
void pass_run(struct alloc *a,
              msec_t now,
              size_t grants_max,
              struct arena *arena);

#endif
