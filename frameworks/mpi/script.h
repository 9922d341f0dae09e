/* script.h - the #SBATCH lines of a batch script.
 *
 * They stand before the first line that is neither a comment nor blank.  The
 * options that the issue of today does not have are refused, by name, with the
 * file and the line: a job that runs otherwise than it says is worse. */

#ifndef MPI_SCRIPT_H
#define MPI_SCRIPT_H

#include "frameworks/mpi/request.h"

/* What each option is, as far as it was said; NULL: it was not.  A flag is "".
 */
struct script_options {
    char *values[REQUEST_OPTIONS_COUNT];
};

/* Replace what is there by what the script says.
 *
 * -EINVAL  "job.sh:3: ..."; some may be set */
int script_read(const char *file,
                const char *text,
                struct script_options *o,
                struct error *err);

/* A value for one of them; borrowed and copied. */
void script_options_set(struct script_options *o,
                        enum request_option option,
                        const char *value);
void script_options_release(struct script_options *o);

#endif
