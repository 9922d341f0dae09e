/* bridge.h - a bridge interface and its subnet; a network namespace.
 *
 * By ioctl, and iptables for the one rule by which its containers reach what is
 * beyond.  Blocks: on a worker's thread. */

#ifndef AGENT_OS_BRIDGE_H
#define AGENT_OS_BRIDGE_H

#include <stdbool.h>

#include "base/error.h"

enum {
    BRIDGE_NAME_SIZE = 16
};

struct bridge {
    char name[BRIDGE_NAME_SIZE];
    unsigned third; /* of its subnet, 10.88.THIRD.0/24 */
};

/* The first from `start` on, and around, that is not `is_taken`; 0: none. */
unsigned bridge_choose(const bool is_taken[256], unsigned start);

/* Make it, with a subnet that no interface of ours has. */
int bridge_make(struct bridge *b, unsigned start, struct error *err);

bool bridge_is_there(const struct bridge *b);
void bridge_remove(const struct bridge *b);

/* A descriptor of a new network namespace, its loopback up; -errno. */
int bridge_new_namespace(struct error *err);

#endif
