/* process.h - the processes of an executor: ranks and the script, their pipes,
 * and their connections to the PMI server. */

#ifndef MPI_PROCESS_H
#define MPI_PROCESS_H

#include <mezzo/executor.h>

#include "frameworks/mpi/node.h"
#include "frameworks/mpi/watch.h"

struct processes;

struct processes_options {
    struct mezzo_executor *executor;
    struct watches *watches;
    struct node *node;
};

struct processes *processes_new(const struct processes_options *options);
void processes_free(struct processes *ps);

/* As node_host.spawn; `input_fd` is the stdin, which is taken over; -1: none.
 */
const char *processes_spawn(struct processes *ps,
                            uint64_t key,
                            const struct node_spawn *spawn,
                            int input_fd);
void processes_signal(struct processes *ps, uint64_t key, int signal_number);
void processes_write_pmi(struct processes *ps,
                         uint64_t key,
                         const void *bytes,
                         size_t size);

/* Of all ranks of a step. */
void processes_hold(struct processes *ps, unsigned step, bool holds);

/* What the executor's callbacks tell. */
void processes_spawned(struct processes *ps,
                       uint64_t process,
                       int64_t pid,
                       const char *failure);
void processes_exited(struct processes *ps, uint64_t process, int wait_status);

/* Pipes of who has exited, that others keep open, are not read for ever. */
int64_t processes_deadline_ms(const struct processes *ps);
void processes_alarm(struct processes *ps);

#endif
