/* compose_input.h - the Compose file of a command: found, read with its .env,
 * and made a project. */

#ifndef CONTAINER_COMPOSE_INPUT_H
#define CONTAINER_COMPOSE_INPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"

struct compose_input {
    const char *file;       /* -f; NULL: found here or above */
    const char *project;    /* -p; NULL: as the file or its directory says */
    bool reads_past_builds; /* --no-build */
};

/* The project in its canonical form, to be freed; NULL after lines on stderr
 * that say what is wrong. */
json_t *compose_input_read(struct arena *arena,
                           const struct compose_input *input);

/* The project's name alone, without a word where it can be had without the
 * file; NULL after a line on stderr. */
const char *compose_input_name(struct arena *arena,
                               const struct compose_input *input);

#endif
