/* message_trace.h - messages as one line of text each, for the trace.
 *
 * What comes from the wall clock is left out: a trace does not depend on it. */

#ifndef SIM_MESSAGE_TRACE_H
#define SIM_MESSAGE_TRACE_H

#include <protobuf-c/protobuf-c.h>

#include "tests/sim/world.h"

/* "agent-1 < master AgentEvents events { type=LAUNCH ... }" */
void message_trace(struct world *w,
                   const char *receiver,
                   const char *sender,
                   const ProtobufCMessage *message);

#endif
