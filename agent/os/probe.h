/* probe.h - can it be connected to, and what does an HTTP server there say?
 *
 * Threads  a thread opens each socket in the network namespace it is to be in;
 *          all else is the loop's. */

#ifndef AGENT_OS_PROBE_H
#define AGENT_OS_PROBE_H

#include <sys/types.h>

#include "base/clock.h"

struct event_base;
struct probes;

struct probe_request {
    pid_t pid;           /* whose network; 0: ours */
    const char *address; /* IPv4 */
    unsigned port;
    const char *path; /* of HTTP, whose answer is to be 200 to 399; NULL */
    msec_t ms_max;
};

/* `fault` NULL: yes. */
typedef void probe_done_f(void *arg, const char *fault);

struct probes *probes_new(struct event_base *base);

/* No `done` is called any more.  NULL is a no-op. */
void probes_free(struct probes *p);

/* `done` is called later. */
void probe_start(struct probes *p,
                 const struct probe_request *request,
                 probe_done_f *done,
                 void *arg);

#endif
