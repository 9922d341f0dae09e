/* explain.h - why is it not running?  Told to frameworks when it changes, and
 * to operators when they ask. */

#ifndef MASTER_EXPLAIN_H
#define MASTER_EXPLAIN_H

#include "master/state.h"
#include "proto/master.pb-c.h"

/* There is a new ask: tell its framework soon, if it must wait. */
void explain_soon(struct turn *t);

/* DEADLINE_EXPLAIN */
void explain_due(struct turn *t);

/* In a line. */
struct alloc_explanation;
const char *explain_line(const struct alloc_explanation *e,
                         struct arena *arena);

/* NULL, or why there is nothing to explain. */
const char *explain_answer(struct turn *t,
                           const Mesos__V1__Master__Call__Explain *call,
                           Mesos__V1__Master__Response *r);

#endif
