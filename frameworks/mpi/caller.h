/* caller.h - the client's side of the door. */

#ifndef MPI_CALLER_H
#define MPI_CALLER_H

#include <jansson.h>

#include "base/error.h"
#include "io/options.h"

struct caller;

/* What every command may be told; for its table. */
extern const char *caller_state, *caller_socket;
#define CALLER_ROWS                                                            \
    {.name = "state",                                                          \
     .argument = "DIR",                                                        \
     .kind = OPTIONS_STRING,                                                   \
     .value = &caller_state,                                                   \
     .is_command_line_only = true,                                             \
     .help = "the state directory of the cluster; MEZZO_STATE, or what mezzo " \
             "up started last unless told"},                                   \
    {                                                                          \
        .name = "mpi-socket", .argument = "PATH", .kind = OPTIONS_STRING,      \
        .value = &caller_socket, .is_command_line_only = true,                 \
        .help = "where mezzo-mpi serve listens; MEZZO_MPI_SOCKET, or its "     \
                "place in the state directory unless told"                     \
    }

/* Exits with 1 and what to do when there is nobody. */
struct caller *caller_new(void);
void caller_free(struct caller *c);

/* Takes over `json`. */
void caller_say(struct caller *c, json_t *json);

/* The next line, waited for; to be released.  NULL: there will be no more. */
json_t *caller_hear(struct caller *c);

/* The same without waiting: NULL may mean that nothing has come; for who polls
 * the descriptor. */
int caller_fd(const struct caller *c);
json_t *caller_hear_now(struct caller *c, bool *is_over);

/* Ask, and have the one answer; prints its "error" and exits with 1. */
json_t *caller_ask(json_t *json);

#endif
