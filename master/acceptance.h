/* acceptance.h - what frameworks do with offers. */

#ifndef MASTER_ACCEPTANCE_H
#define MASTER_ACCEPTANCE_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"

void acceptance_accept(struct turn *t,
                       struct framework *framework,
                       const Mesos__V1__Scheduler__Call__Accept *call);

void acceptance_decline(struct turn *t,
                        struct framework *framework,
                        const Mesos__V1__Scheduler__Call__Decline *call);

/* Its lease has ended. */
void acceptance_lapse(struct turn *t, struct offer *offer);

#endif
