/* restore.h - what was kept by an earlier process, as state again. */

#ifndef CONTAINER_RESTORE_H
#define CONTAINER_RESTORE_H

#include "frameworks/container/state.h"

/* Take what was loaded.  What cannot be read is logged and left alone. */
void restore(struct container *c, const struct mezzo_store_answer *answer);

#endif
