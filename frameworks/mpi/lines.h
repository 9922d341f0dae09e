/* lines.h - output of a rank, by line: so that what several write at once is
 * not mixed within one. */

#ifndef MPI_LINES_H
#define MPI_LINES_H

#include <stddef.h>

enum {
    LINES_SIZE_MAX = 8192 /* a longer one goes in pieces */
};

/* Zeros: nothing has come. */
struct lines {
    char *rest; /* of a line that is not whole */
    size_t size;
};

typedef void lines_write_f(void *arg, const char *bytes, size_t size);

/* Whole lines are written, each with `prefix` before it. */
void lines_add(struct lines *l,
               const char *bytes,
               size_t size,
               const char *prefix,
               lines_write_f *write,
               void *arg);

/* It is over: a last line without an end is written too. */
void lines_end(struct lines *l,
               const char *prefix,
               lines_write_f *write,
               void *arg);
void lines_release(struct lines *l);

#endif
