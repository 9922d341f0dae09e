/* freeing.h - what would have to end so that an ask that waits could be served:
 * the tasks and offers, by name. */

#ifndef MASTER_FREEING_H
#define MASTER_FREEING_H

#include "master/alloc/explain.h"
#include "master/state.h"

/* In words, beginning with the agent that is nearest; NULL: no set of ends
 * would do, or none of those that were looked at.  `*looks` bounds how much is,
 * and becomes less. */
const char *freeing_describe(struct turn *t,
                             const struct framework *framework,
                             const Mesos__V1__Ask *ask,
                             const struct alloc_explanation *e,
                             int64_t *looks);

#endif
