/* pipes.h - our ends of what a process has for stdin, stdout and stderr.
 *
 * Threads  all belongs to the event base's. */

#ifndef AGENT_OS_PIPES_H
#define AGENT_OS_PIPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct event_base;
struct pipes;

enum {
    PIPES_SIZE_MAX = 64 << 10 /* of a piece, either way */
};

struct pipes_cb {
    /* Each answers one call, maybe at once.  `fault` NULL: it is written. */
    void (*took)(void *arg,
                 const uint8_t *bytes,
                 size_t size,
                 bool is_error,
                 bool is_at_end);
    void (*fed)(void *arg, const char *fault);
};

/* Nothing is open yet. */
struct pipes *pipes_new(struct event_base *base,
                        const struct pipes_cb *cb,
                        void *arg);

/* What is open is closed; nothing that was asked is answered any more.  NULL is
 * a no-op. */
void pipes_free(struct pipes *p);

/* Three pipes, whose other ends are put into `fds`, to be closed when they have
 * been passed on. */
int pipes_open(struct pipes *p, int fds[3], struct error *err);

/* Only the first. */
int pipes_open_input(struct pipes *p, int *fd, struct error *err);

/* A terminal of `owner`, three times. */
int pipes_open_terminal(struct pipes *p,
                        uid_t owner,
                        unsigned rows,
                        unsigned columns,
                        int fds[3],
                        struct error *err);

/* To be written to from now on, and ours. */
void pipes_take_input(struct pipes *p, int fd);

/* What it has written, at most `size_max` bytes. */
void pipes_take(struct pipes *p, size_t size_max);

/* To its stdin; a copy is made. */
void pipes_feed(struct pipes *p, const uint8_t *bytes, size_t size);
void pipes_end_input(struct pipes *p);
void pipes_resize(struct pipes *p, unsigned rows, unsigned columns);

/* The process has exited: what is not written yet, by others, never will be. */
void pipes_exited(struct pipes *p);

#endif
