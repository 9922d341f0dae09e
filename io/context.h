/* context.h - a ZeroMQ context, and who may connect to its sockets.
 *
 * Drivers of one thread may share one: a context has two threads of its own.
 * It asks about each key that connects; the answer is wanted at once.  Belongs
 * to the thread of its drivers. */

#ifndef IO_CONTEXT_H
#define IO_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

struct context;

struct context_options {
    int threads;     /* that move bytes; 0: one */
    int sockets_max; /* three for each link we open; 0: 1000 */
};

/* `options` may be NULL. */
struct context *context_new(const struct context_options *options);

/* Waits, shortly, for what was sent last.  NULL is a no-op. */
void context_free(struct context *c);

void *context_zmq(const struct context *c);

enum {
    CONTEXT_DOMAIN_SIZE = 24
};

/* May who has shown to hold the secret of `key` (Z85), connected from
 * `address`, come in? */
typedef bool context_admit_f(void *arg, const char *key, const char *address);

/* Ask `admit` about those who connect to sockets of `domain`, which is written
 * here. */
void context_guard(struct context *c,
                   context_admit_f *admit,
                   void *arg,
                   char domain[CONTEXT_DOMAIN_SIZE]);
void context_unguard(struct context *c, const char *domain);

/* Readable, once there is a guard, when context_process() is to be called. */
int context_fd(const struct context *c);
void context_process(struct context *c);

#endif
