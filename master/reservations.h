/* reservations.h - what operators reserve of an agent for a role.
 *
 * While a change is being stored its agent is not offered: so what is to be
 * reserved cannot be given away meanwhile, and is in effect when it is known
 * to last. */

#ifndef MASTER_RESERVATIONS_H
#define MASTER_RESERVATIONS_H

#include "master/state.h"
#include "proto/master.pb-c.h"

struct reservations *reservations_new(void);
void reservations_free(struct reservations *r);

/* RESERVE_RESOURCES, UNRESERVE_RESOURCES.  NULL: it is answered when it is
 * stored; else why not. */
const char *reservations_change(struct turn *t,
                                const Mesos__V1__Master__Call *call);

#endif
