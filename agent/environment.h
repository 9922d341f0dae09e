/* environment.h - "NAME=value" strings, each name once. */

#ifndef AGENT_ENVIRONMENT_H
#define AGENT_ENVIRONMENT_H

#include <stddef.h>

#include "base/arena.h"

struct environment {
    struct arena *arena;
    const char **items; /* NULL at the end, if there are any */
    size_t count;
    size_t capacity;
};

/* Set `name`, whatever it was. */
__attribute__((format(printf, 3, 4))) void environment_set(
    struct environment *e, const char *name, const char *format, ...);

/* Set `name` unless it is set. */
void environment_add(struct environment *e,
                     const char *name,
                     const char *value);

#endif
