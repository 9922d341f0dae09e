/* reported.h - what an agent tells of when it registers. */

#ifndef MASTER_REPORTED_H
#define MASTER_REPORTED_H

#include "master/state.h"
#include "proto/wire.pb-c.h"

/* False when something of it is wrong: its link is ended. */
bool reported_take(struct turn *t,
                   struct agent *agent,
                   const Mezzo__AgentCall__Register *r);

#endif
