/* command.h - the commands of mezzo-mpi: serve is the framework, the others are
 * its clients.
 *
 * Each is given its own arguments, argv[0] being its name, and returns the exit
 * status: 0, 1 when it failed, 2 when what it was told cannot be; run that of
 * its job. */

#ifndef MPI_COMMAND_H
#define MPI_COMMAND_H

#include "io/options.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const struct options *options;
};

extern const struct command command_serve, command_run, command_submit,
    command_queue, command_history, command_show, command_cancel;

#endif
