/* whatif.h - what would follow, if agents were drained, or more were asked for.
 *
 * The real allocator is run on a copy of its books, which is made and run a
 * little in each step: nobody waits for it. */

#ifndef MASTER_WHATIF_H
#define MASTER_WHATIF_H

#include "master/state.h"
#include "proto/master.pb-c.h"

struct whatifs *whatifs_new(void);
void whatifs_free(struct whatifs *w);

/* NULL: it is answered when it is known; else why not. */
const char *whatif_begin(struct turn *t, const Mesos__V1__Master__Call *call);

/* DEADLINE_WHATIF */
void whatif_due(struct turn *t);

#endif
