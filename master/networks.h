/* networks.h - the subnets of agents' containers: no two have the same, and
 * each knows where the others are. */

#ifndef MASTER_NETWORKS_H
#define MASTER_NETWORKS_H

#include "master/state.h"

/* It is told which is its own, and of all others; the others of it. */
void networks_registered(struct turn *t, struct agent *agent);

#endif
