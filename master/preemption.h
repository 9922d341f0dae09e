/* preemption.h - what roles have beyond their guarantees is taken back for
 * those who have less than theirs, ask for it, and cannot be given it.
 *
 * Never what would not help; first of lower priority, then of who has most
 * beyond his guarantee, then what loses the least work.  What has just begun is
 * left alone. */

#ifndef MASTER_PREEMPTION_H
#define MASTER_PREEMPTION_H

#include "master/state.h"

/* DEADLINE_PREEMPT */
void preemption_due(struct turn *t);

#endif
