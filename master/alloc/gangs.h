/* gangs.h - all of a gang at once, or nothing.
 *
 * A gang is put together in one step, on agents chosen for all of it; there is
 * never one that has a part and waits for the rest.  So gangs cannot deadlock.
 */

#ifndef MASTER_ALLOC_GANGS_H
#define MASTER_ALLOC_GANGS_H

#include "master/alloc/state.h"

enum gangs_result {
    GANGS_GIVEN,
    GANGS_REFUSED,
    GANGS_TOO_MANY, /* more grants than the run may give; the next may */
};

enum gangs_result gangs_assemble(struct alloc *a,
                                 struct ask *ask,
                                 size_t grants_left,
                                 struct arena *arena);

#endif
