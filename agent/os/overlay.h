/* overlay.h - a tunnel from a bridge to those of agents elsewhere: VXLAN, told
 * where each subnet is, so that nothing has to be found out.
 *
 * Each agent has a network identifier of its own, to which the others send; so
 * several agents of one machine may have one each.  Blocks: on a worker's
 * thread. */

#ifndef AGENT_OS_OVERLAY_H
#define AGENT_OS_OVERLAY_H

#include "agent/os/bridge.h"

enum {
    OVERLAY_MTU = 1450, /* of a packet in another, of 1500 */
    OVERLAY_ADDRESS_SIZE = 16,
};

struct overlay {
    char local[OVERLAY_ADDRESS_SIZE];        /* "": others cannot reach us */
    char remotes[256][OVERLAY_ADDRESS_SIZE]; /* by subnet; "": none is there */
};

/* Make it, if it is not there, and have it as said; nothing to do where there
 * is no other. */
void overlay_apply(const struct overlay *o, const struct bridge *bridge);

void overlay_remove(const struct bridge *bridge);

#endif
