/* inside.h - a program that is run in a container. */

#ifndef AGENT_OS_INSIDE_H
#define AGENT_OS_INSIDE_H

#include "agent/orders.h"

struct container;

/* What has the runtime run it inside, as the container's user; to be freed, and
 * so is `*texts`.  Some of it is good until the next call only.  A variable
 * that is said drops all that were, so they are said again. */
const char **inside_command(const struct container *container,
                            const struct order_spawn *spawn,
                            char **texts);

#endif
