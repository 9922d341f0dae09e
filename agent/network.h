/* network.h - what the master says of the containers' network: which subnet is
 * ours, and behind which agents the others are. */

#ifndef AGENT_NETWORK_H
#define AGENT_NETWORK_H

#include "agent/agent.h"
#include "agent/step.h"
#include "proto/wire.pb-c.h"

/* As in AgentInfo; NULL: there is none. */
const char *network_name(const struct agent_options *options,
                         struct arena *arena);

/* NULL, or what is wrong with it.  The bridge's address changes with it. */
const char *network_told(struct agent_options *options,
                         const Mezzo__AgentEvent__Network *network,
                         struct step *step);

#endif
