/* reconcile.h - what is wanted, minus what there is: again from nothing, each
 * time anything has changed. */

#ifndef CONTAINER_RECONCILE_H
#define CONTAINER_RECONCILE_H

#include "frameworks/container/state.h"

/* Add, retire and remove runs of `p`; when it must be looked at again, whatever
 * happens, is p->deadline.  True when the project is gone, and to be removed.
 */
bool reconcile(struct container *c, struct container_project *p, msec_t now);

/* Why instance `instance` has no run now. */
const char *reconcile_why_waiting(struct service *s,
                                  unsigned instance,
                                  msec_t now);

#endif
