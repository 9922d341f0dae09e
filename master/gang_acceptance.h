/* gang_acceptance.h - an accept of a gang: all its tasks begin to be prepared,
 * or none is launched. */

#ifndef MASTER_GANG_ACCEPTANCE_H
#define MASTER_GANG_ACCEPTANCE_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"

/* `call` has a gang_id. */
void gang_acceptance_accept(struct turn *t,
                            struct framework *framework,
                            const Mesos__V1__Scheduler__Call__Accept *call);

#endif
