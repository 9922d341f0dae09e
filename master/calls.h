/* calls.h - frames from schedulers and agents, taken apart into calls. */

#ifndef MASTER_CALLS_H
#define MASTER_CALLS_H

#include "master/state.h"
#include "proto/wire.pb-c.h"

void calls_of_scheduler(struct turn *t, const Mezzo__SchedulerCalls *frame);
void calls_of_agent(struct turn *t, const Mezzo__AgentCalls *frame);

#endif
