/* counter.h - where a script's srun, mpiexec and mpirun come to have ranks
 * started: a socket of the executor on the job's first node.
 *
 * A client writes one line of JSON (node.h: node_request), then what rank 0 is
 * to read; it is answered in frames: a letter, four bytes of size,
 * little-endian, and so many bytes.
 *
 *     o e  output        m  a message for the user
 *     x    the exit status, in decimal; the last */

#ifndef MPI_COUNTER_H
#define MPI_COUNTER_H

#include "frameworks/mpi/node.h"
#include "frameworks/mpi/watch.h"

struct counter;

enum {
    COUNTER_REQUEST_MAX = 1 << 18
};

/* NULL: it could not be opened. */
struct counter *counter_new(struct watches *watches, struct node *node);
void counter_free(struct counter *c);

/* For MEZZO_MPI_STEP in the script's environment. */
const char *counter_address(const struct counter *c);

void counter_output(struct counter *c,
                    unsigned step,
                    int stream,
                    const char *bytes,
                    size_t size);
void counter_ended(struct counter *c,
                   unsigned step,
                   int code,
                   const char *text);

/* The pipe from which rank 0 of the step reads, once; -1: none. */
int counter_take_input(struct counter *c, unsigned step);

#endif
