/* passing.h - descriptors that executors pass: a UNIX socket beside that of
 * ZeroMQ, which cannot carry any.
 *
 * An executor connects (SOCK_SEQPACKET) and says "FRAMEWORK EXECUTOR TOKEN" in
 * its first packet.  Each packet that follows has the number of a process, 8
 * bytes, little-endian, and its descriptors.  Nothing of it is read before that
 * process is ordered, so that what waits is the kernel's, and bounded there. */

#ifndef AGENT_OS_PASSING_H
#define AGENT_OS_PASSING_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/launcher/descriptors.h"
#include "base/error.h"

struct event_base;
struct passing;

enum {
    PASSING_STRANGERS_MAX = 64, /* connections that have not said who they are;
                                 * then the oldest goes */
};

struct passing_options {
    struct event_base *base;
    const char *directory; /* for the socket, "descriptors" */
    /* Is it the token of that run? */
    bool (*is_token)(void *arg, const char *run, const char *token);
    void *arg;
};

/* -ENAMETOOLONG  the directory's path is too long for a socket */
int passing_new(const struct passing_options *options,
                struct passing **passing,
                struct error *err);
/* NULL is a no-op. */
void passing_free(struct passing *p);

/* The descriptors of a process of `run`, which are the caller's then; what was
 * passed for others before is closed.
 *
 * -ENOENT  none came
 * -EMFILE  some did not fit into our table */
int passing_take(struct passing *p,
                 const char *run,
                 uint64_t process,
                 struct descriptors *fds,
                 struct error *err);

/* The run has ended. */
void passing_end(struct passing *p, const char *run);

#endif
