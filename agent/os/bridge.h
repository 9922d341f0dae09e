/* bridge.h - a bridge interface on its subnet; a network namespace.
 *
 * By ioctl, and iptables for the one rule by which its containers reach what is
 * beyond.  Blocks: on a worker's thread. */

#ifndef AGENT_OS_BRIDGE_H
#define AGENT_OS_BRIDGE_H

#include <stdbool.h>

#include "agent/os/subnet.h"
#include "base/error.h"

enum {
    BRIDGE_NAME_SIZE = 16
};

struct bridge {
    char name[BRIDGE_NAME_SIZE];
    struct subnet subnet; /* its own address is the first there */
};

int bridge_make(const struct bridge *b, struct error *err);

bool bridge_is_there(const struct bridge *b);
void bridge_remove(const struct bridge *b);

/* A descriptor of a new network namespace, its loopback up; -errno. */
int bridge_new_namespace(struct error *err);

#endif
