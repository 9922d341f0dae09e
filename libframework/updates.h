/* updates.h - which updates of tasks were handled, so that none is shown twice,
 * and how to say so with few words.
 *
 * An update's uuid is a stream and a number in it (base/uuid.h).  Of each
 * stream the numbers handled are kept as ranges; the acknowledgements of a step
 * become one for a whole stream where nothing before is open.  Pure. */

#ifndef LIBFRAMEWORK_UPDATES_H
#define LIBFRAMEWORK_UPDATES_H

#include <stdbool.h>

#include "libframework/outbox.h"

enum {
    UPDATES_STREAMS_MAX = 100000, /* then the one longest silent is forgotten */
    UPDATES_RANGES_MAX = 16,      /* then the lowest is */
};

struct updates;

struct updates *updates_new(void);
void updates_free(struct updates *u);

bool updates_was_handled(const struct updates *u, const uint8_t *uuid);

/* It has been.  What the strings say is copied. */
void updates_acknowledge(struct updates *u,
                         const char *agent_id,
                         const char *task_id,
                         const uint8_t *uuid);

/* Add what is to be said to `o`, as far as there is room. */
void updates_flush(struct updates *u,
                   struct outbox *o,
                   const char *framework_id);

/* The link is gone: what was not said will be asked for again. */
void updates_clear(struct updates *u);

bool updates_is_empty(const struct updates *u);

#endif
