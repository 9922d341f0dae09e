/* subnet.h - which /24 of the pool's range is an agent's, before it has a
 * bridge.
 *
 * One that no interface of this network namespace has, nor another agent in
 * it: what an agent has taken is an abstract socket's name, which is of the
 * namespace too, and free when the agent is gone, however that was. */

#ifndef AGENT_OS_SUBNET_H
#define AGENT_OS_SUBNET_H

#include <stdbool.h>

#include "base/error.h"

#define SUBNET_RANGE "10.88.0.0/16"
#define SUBNET_FORMAT "10.88.%u" /* and a fourth number */
#define SUBNET_PREFIX (10u << 24 | 88u << 16)

struct subnet {
    unsigned third; /* of 10.88.THIRD.0/24; 0: none */
    int claim;      /* -1: it is not ours */
};

/* The first from `start` on, and around, that is not `is_taken`; 0: none. */
unsigned subnet_choose(const bool is_taken[256], unsigned start);

/* Take the first free one from s->third on; what the interface `bridge` has is
 * ours.  -ENOSPC: all are taken. */
int subnet_claim(struct subnet *s, const char *bridge, struct error *err);
void subnet_release(struct subnet *s);

/* Has another interface than `bridge` got it meanwhile? */
bool subnet_is_taken(const struct subnet *s, const char *bridge);

#endif
