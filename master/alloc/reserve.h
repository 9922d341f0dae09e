/* reserve.h - when will a gang that does not fit now, and where? */

#ifndef MASTER_ALLOC_RESERVE_H
#define MASTER_ALLOC_RESERVE_H

#include "master/alloc/state.h"

/* The gang is first in order: keep a place for it.  What was kept for another
 * is as good as freed.  False when it will not fit at any time that is known;
 * then nothing has changed. */
bool reserve_for(struct alloc *a, struct ask *ask);

#endif
