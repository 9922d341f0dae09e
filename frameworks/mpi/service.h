/* service.h - the framework as it runs: the queue on a scheduler, and a door
 * for users. */

#ifndef MPI_SERVICE_H
#define MPI_SERVICE_H

#include <mezzo/framework.h>

#include "base/error.h"
#include "frameworks/mpi/partitions.h"

struct service_options {
    struct mezzo_cluster_options cluster;
    const char *name;
    const char *role;
    const char *store;    /* a file */
    const char *socket;   /* a path */
    const char *executor; /* the path of mezzo-mpi-executor */
    const struct partitions *partitions;
    bool is_verbose;
};

/* Until it is told to stop by SIGTERM or SIGINT: 0, or -errno. */
int service_run(const struct service_options *options, struct error *err);

#endif
