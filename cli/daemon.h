/* daemon.h - one process that `mezzo up` starts in the background.
 *
 * A daemon NAME of a cluster in directory STATE writes to STATE/log/NAME, and
 * is remembered in STATE/run/NAME by its pid and the time it was started at:
 * together they name a process for good, although pids are used again. */

#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"

enum {
    DAEMON_NAME_SIZE = 64,
    DAEMON_ARGUMENTS_MAX = 32,
    DAEMON_PATH_SIZE = 4096,
};

struct daemon {
    char name[DAEMON_NAME_SIZE];
    char *argv[DAEMON_ARGUMENTS_MAX + 1]; /* on the heap, NULL at the end */
    size_t argv_count;
    pid_t pid;         /* 0: it is not running */
    bool is_our_child; /* we have started it */
    long log_offset;   /* where its log was when we did */
};

void daemon_init(struct daemon *d, const char *name);
void daemon_release(struct daemon *d);

/* Append an argument; the first is the program's path. */
__attribute__((format(printf, 2, 3))) void daemon_add(struct daemon *d,
                                                      const char *format,
                                                      ...);

/* Find out whether it runs: sets `pid`. */
void daemon_look(struct daemon *d, const char *state);

/* Start it.  What it is given is all it knows: no variable MEZZO_... of ours is
 * passed on, since it would be taken for an option. */
int daemon_start(struct daemon *d, const char *state, struct error *err);

/* One that we have started has ended: true, with its last words in `err`. */
bool daemon_has_failed(struct daemon *d, const char *state, struct error *err);

/* Send `signal_number` and wait until it has ended, or for `wait_ms`; then it
 * is killed.  True if it ended by itself. */
bool daemon_stop(struct daemon *d,
                 const char *state,
                 int signal_number,
                 msec_t wait_ms);

/* The path of one of our programs: beside this one, as it was installed, or
 * wherever the installation was moved to.  -ENOENT if it is not there. */
int daemon_find_program(const char *name,
                        char path[DAEMON_PATH_SIZE],
                        struct error *err);

#endif
