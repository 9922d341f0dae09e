/* role.h - the names of roles, which form a tree: "hpc/night" is below "hpc".
 *
 * As in Mesos: "*", or parts separated by '/', none of which is empty, "." or
 * "..", begins with '-', or has blanks, control characters or backslashes. */

#ifndef BASE_ROLE_H
#define BASE_ROLE_H

#include <stdbool.h>

enum {
    ROLE_SIZE_MAX = 255,
    ROLE_LEVELS_MAX = 8,
};

bool role_is_valid(const char *role);

/* Is `role` strictly below `ancestor`? */
bool role_is_below(const char *role, const char *ancestor);

#endif
