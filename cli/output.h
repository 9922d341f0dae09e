/* output.h - what tasks write, on its way to our own stdout and stderr.
 *
 * A thread of its own writes it: a terminal that is held, or a pipe that
 * nobody reads, must not keep us from answering the master's heartbeats.  What
 * waits is bounded; who feeds it stops when it is full and goes on when
 * `drained` was called.
 *
 * Threads  one feeds it; `drained` is called from the other. */

#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct output;

enum {
    OUTPUT_WAITING_MAX = 1 << 20, /* bytes; then it is full */
};

struct output *output_new(void (*drained)(void *arg), void *arg);

/* Writes what is left, unless it is broken.  NULL is a no-op. */
void output_free(struct output *o);

/* Queue a copy of `bytes` for descriptor `fd`. */
void output_write(struct output *o, int fd, const void *bytes, size_t size);

bool output_is_full(struct output *o);

/* The errno of a write that failed, after which nothing more is written; 0 if
 * none has. */
int output_broken(struct output *o);

#endif
