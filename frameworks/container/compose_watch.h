/* compose_watch.h - a line on stderr for everything that changes in a project,
 * until it is as it should be. */

#ifndef CONTAINER_COMPOSE_WATCH_H
#define CONTAINER_COMPOSE_WATCH_H

#include <jansson.h>
#include <stdint.h>

#include "frameworks/container/client.h"

enum compose_until {
    COMPOSE_UNTIL_SETTLED, /* all that is wanted runs, and nothing else */
    COMPOSE_UNTIL_GONE,
};

/* `report` is the first, and is taken.  The exit status: 1 when a service has
 * failed or gone back, or time is up (0: there is no end). */
int compose_watch(struct client *client,
                  json_t *report,
                  enum compose_until until,
                  int64_t timeout_ms);

#endif
