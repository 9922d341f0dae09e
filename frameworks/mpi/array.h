/* array.h - one submission, many jobs: "0-15:4,20%2". */

#ifndef MPI_ARRAY_H
#define MPI_ARRAY_H

#include <stddef.h>

#include "base/error.h"

enum {
    ARRAY_COUNT_MAX = 10000,
    ARRAY_INDEX_MAX = 4000000,
};

/* Zeros: none. */
struct array {
    unsigned *indices; /* sorted, each once */
    size_t count;
    unsigned at_once; /* 0: all */
    unsigned step;    /* of the only range; else 1 */
};

/* -EINVAL  it is not that, or too large; `a` is as it was */
int array_parse(const char *text, struct array *a, struct error *err);
void array_release(struct array *a);

#endif
