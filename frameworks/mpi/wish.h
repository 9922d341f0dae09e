/* wish.h - a job's options on the command line and in the environment, and the
 * request that is made of them. */

#ifndef MPI_WISH_H
#define MPI_WISH_H

#include <jansson.h>

#include "frameworks/mpi/script.h"
#include "io/options.h"

enum {
    WISH_ROWS_MAX = 64
};

/* What was given for each, where `rows` of options point to. */
struct wish {
    const char *texts[REQUEST_OPTIONS_COUNT];
    bool flags[REQUEST_OPTIONS_COUNT];
    const char *begin; /* a time, in words */
};

/* Rows for all options of a request, behind `count` others; how many there are
 * then. */
size_t wish_rows(struct wish *w, struct options_row *rows, size_t count);

/* From the least to the most: the script's, the environment's, the command
 * line's.  Exits with 2 and what is wrong. */
void wish_gather(const struct wish *w,
                 const struct options *options,
                 struct script_options *all);

/* {"options", "argv", "environment", "directory", "host", "script"} */
json_t *wish_request(const struct script_options *all,
                     char **argv,
                     const char *script);

#endif
