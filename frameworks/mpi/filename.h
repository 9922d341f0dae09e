/* filename.h - names of output files with parts that each job fills in:
 * "run-%j.txt".
 *
 *     %j %J  the job's number      %A %a  of its array, and its index in that
 *     %x     its name              %u     its user
 *     %N     the first node        %n     the node's index
 *     %t     the rank's            %s     the step's
 *     %%     a %
 *
 * A number between the % and a letter for a number is how many digits it has
 * at least: "%4j". */

#ifndef MPI_FILENAME_H
#define MPI_FILENAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct filename_facts {
    uint64_t job;
    bool is_in_array;
    uint64_t array_job;
    unsigned array_index;
    const char *name;
    const char *user;
    const char *node;
    unsigned node_index;
    unsigned rank;
    unsigned step;
};

/* To be freed.  Of a job without an array %A is its number and %a 4294967294,
 * as users of Slurm know it. */
char *filename_expand(const char *pattern, const struct filename_facts *facts);

/* -EINVAL  it has a part that is none of above */
int filename_check(const char *pattern, struct error *err);

#endif
