/* relay.h - what is sent to a task, on its way to rank 0.
 *
 * It comes through a fifo, of which nobody knows whether its writer is yet to
 * come or has left; a rank that read it would see an end too soon.  So we read
 * it, and rank 0 a pipe, which ends when the writer has. */

#ifndef MPI_RELAY_H
#define MPI_RELAY_H

#include "frameworks/mpi/watch.h"

struct relay;

/* `*fd` is rank 0's end, for whom it is to be closed; NULL: there can be none.
 */
struct relay *relay_new(struct watches *watches, const char *fifo, int *fd);
void relay_free(struct relay *r);

#endif
