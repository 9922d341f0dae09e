/* pattern.h - POSIX extended regular expressions, matched against the whole of
 * a value, in time and memory that are bounded beforehand.
 *
 * What a framework sends is matched against every value in the pool, so neither
 * may a pattern explode when it is compiled nor when it is matched: it becomes
 * at most PATTERN_STEPS_MAX instructions, and matching looks at each of these
 * at most once for each byte.  Bytes are bytes; there are no locales, and no
 * back-references. */

#ifndef MASTER_ALLOC_PATTERN_H
#define MASTER_ALLOC_PATTERN_H

#include <stdbool.h>

#include "base/error.h"

enum {
    PATTERN_STEPS_MAX = 1000,
    PATTERN_DEPTH_MAX = 32,    /* of parentheses */
    PATTERN_REPEATS_MAX = 255, /* as POSIX has it */
};

struct pattern;

/* NULL, and why in `err`. */
struct pattern *pattern_new(const char *text, struct error *err);
void pattern_free(struct pattern *p);

/* What matching costs for each byte, at most. */
unsigned pattern_size(const struct pattern *p);

bool pattern_matches(const struct pattern *p, const char *value);

#endif
