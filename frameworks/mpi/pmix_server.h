/* pmix_server.h - libpmix's server, for ranks of Open MPI.
 *
 * The library runs a thread of its own; what it calls there is only queued, and
 * handled in our loop.  Collectives and questions go through the node, as those
 * of PMI do. */

#ifndef MPI_PMIX_SERVER_H
#define MPI_PMIX_SERVER_H

#include "frameworks/mpi/node.h"
#include "frameworks/mpi/watch.h"

struct pmix_server;

/* It is started with the first step; NULL-safe are all but this. */
struct pmix_server *pmix_server_new(struct watches *watches,
                                    struct node *node,
                                    const char *directory);
void pmix_server_free(struct pmix_server *p);

/* Handle what is queued: before it is judged how a rank has left. */
void pmix_server_hear(struct pmix_server *p);

void pmix_server_begin(struct pmix_server *p, const struct node_step *step);
void pmix_server_environment(struct pmix_server *p,
                             unsigned step,
                             unsigned rank,
                             struct words *environment);
void pmix_server_share(struct pmix_server *p,
                       unsigned step,
                       const void *bytes,
                       size_t size);

/* Another node asks for data of a rank of ours, and hears it by
 * node_pmix_tell(). */
void pmix_server_ask(struct pmix_server *p,
                     unsigned step,
                     unsigned rank,
                     unsigned from,
                     unsigned number);

/* The answer to node_pmix_ask(). */
void pmix_server_tell(struct pmix_server *p,
                      unsigned number,
                      const void *bytes,
                      size_t size);
void pmix_server_end(struct pmix_server *p, unsigned step);

#endif
