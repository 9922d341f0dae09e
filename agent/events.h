/* events.h - what is told an executor. */

#ifndef AGENT_EVENTS_H
#define AGENT_EVENTS_H

#include "agent/roster.h"
#include "agent/step.h"
#include "proto/executor.pb-c.h"

/* An event in the step's arena, to be filled in before the step ends. */
Mesos__V1__Executor__Event *events_new(Mesos__V1__Executor__Event__Type type,
                                       struct step *step);

/* In a frame of its own; the executor must have a link. */
void events_send(const struct executor *e,
                 Mesos__V1__Executor__Event *event,
                 struct step *step);

#endif
