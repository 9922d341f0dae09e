/* serve.h - the framework's shell: its core, its scheduler, its door. */

#ifndef CONTAINER_SERVE_H
#define CONTAINER_SERVE_H

#include <mezzo/framework.h>

#include "base/error.h"

struct serve_options {
    struct mezzo_cluster_options cluster;
    const char *directory;     /* of our own state, which is there */
    const char *socket;        /* where users come */
    const char *names_program; /* NULL: no names are served */
    const char *role;          /* NULL: "*" */
};

/* Until SIGTERM or SIGINT, or it fails. */
int serve(const struct serve_options *options, struct error *err);

#endif
