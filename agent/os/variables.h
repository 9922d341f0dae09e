/* variables.h - the environment of a run's processes: what they were told, and
 * what programs take for granted. */

#ifndef AGENT_OS_VARIABLES_H
#define AGENT_OS_VARIABLES_H

struct user;

/* `environment` (NULL at the end), and behind it what is not in it: where the
 * sandbox is, PATH, HOME and who the user is.  One piece, to be freed; its
 * first strings are the caller's. */
const char **variables_add(const char *const *environment,
                           const struct user *user,
                           const char *sandbox);

#endif
