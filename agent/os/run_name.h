/* run_name.h - a run's name as names of files.
 *
 * Ids may hold what a file's name may not, or what would mean something there;
 * those bytes become "%XX", and what is too long then ends in a hash. */

#ifndef AGENT_OS_RUN_NAME_H
#define AGENT_OS_RUN_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RUN_NAME_SIZE = 256,     /* of a file's name, with its NUL */
    RUN_NAME_PATH_SIZE = 768 /* of up to three */
};

/* "FRAMEWORK/TASK" or "FRAMEWORK/executor/EXECUTOR", no part empty? */
bool run_name_is_valid(const char *run);

/* All of it as one name, that of its cgroup: "FRAMEWORK%2FTASK". */
void run_name_flat(const char *run, char name[RUN_NAME_SIZE]);

/* A path of as many names, for its sandbox.  A task called "executor" does not
 * meet the directory of executors. */
void run_name_path(const char *run, char path[RUN_NAME_PATH_SIZE]);

#endif
