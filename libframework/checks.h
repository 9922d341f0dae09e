/* checks.h - what a caller gave, looked at where it comes in.
 *
 * All return 0, or -EINVAL (-E2BIG for a size) and which of them was wrong:
 * `what` names it, as in "task name". */

#ifndef LIBFRAMEWORK_CHECKS_H
#define LIBFRAMEWORK_CHECKS_H

#include <stddef.h>

#include "base/error.h"

/* An id as task.h describes it. */
int checks_id(const char *what, const char *id, struct error *err);

/* Text of 1 to `size_max` bytes without control characters. */
int checks_text(const char *what,
                const char *text,
                size_t size_max,
                struct error *err);

/* The same, or NULL. */
int checks_optional_text(const char *what,
                         const char *text,
                         size_t size_max,
                         struct error *err);

/* Any bytes, also none, of at most `size_max`. */
int checks_size(const char *what,
                size_t size,
                size_t size_max,
                struct error *err);

#endif
