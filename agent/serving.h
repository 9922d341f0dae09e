/* serving.h - what a master has a registered agent do. */

#ifndef AGENT_SERVING_H
#define AGENT_SERVING_H

#include "agent/step.h"
#include "proto/wire.pb-c.h"

/* NULL, or why the event is none for us. */
const char *serving_obey(const Mezzo__AgentEvent *event, struct step *step);

#endif
