/* interpolate.h - ${...} in the values of a Compose file.
 *
 *     $NAME ${NAME}                 its value, or nothing
 *     ${NAME:-text} ${NAME-text}    ... or `text` (when it is empty or absent;
 *                                   when it is absent)
 *     ${NAME:?text} ${NAME?text}    ... or refused with `text`
 *     ${NAME:+text} ${NAME+text}    `text` if it has one
 *     $$                            $
 *
 * `text` may have such in it again. */

#ifndef CONTAINER_INTERPOLATE_H
#define CONTAINER_INTERPOLATE_H

#include "base/arena.h"
#include "base/error.h"

enum {
    INTERPOLATE_SIZE_MAX = 1 << 16, /* of a result */
    INTERPOLATE_DEPTH_MAX = 16,
};

/* The value of a variable, or NULL. */
typedef const char *interpolate_f(void *arg, const char *name);

/* -EINVAL  it is malformed, or a variable is needed
 * -E2BIG   a bound is passed */
int interpolate(struct arena *arena,
                const char *text,
                interpolate_f *value_of,
                void *arg,
                const char **result,
                struct error *err);

#endif
