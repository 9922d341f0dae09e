/* agent_links.h - connections to agents' second sockets, one for all that is
 * read from an agent; closed when nothing was for a while.  Pure. */

#ifndef LIBFRAMEWORK_AGENT_LINKS_H
#define LIBFRAMEWORK_AGENT_LINKS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/effect.h"

enum {
    AGENT_LINKS_IDLE_MS = 5000
};

struct agent_link {
    TAILQ_ENTRY(agent_link) entry;
    char name[32]; /* of the peer; empty: not connected yet, or not any more */
    char *endpoint;
    char *key; /* NULL: in plain */
    size_t users_count;
    msec_t idle_due; /* when there are none */
};

struct agent_links {
    TAILQ_HEAD(, agent_link) all;
    uint64_t made;
    const char *prefix; /* of the links' names */
};

void agent_links_init(struct agent_links *a);
void agent_links_release(struct agent_links *a);

/* The one to `endpoint`, for one more user; connected by the first
 * agent_links_connect(). */
struct agent_link *agent_links_use(struct agent_links *a,
                                   const char *endpoint,
                                   const char *key);
void agent_links_leave(struct agent_link *l, msec_t now);
void agent_links_connect(struct agent_links *a,
                         struct agent_link *l,
                         struct effects *fx);

/* NULL when the peer is none of them. */
struct agent_link *agent_links_find(struct agent_links *a, const char *peer);

/* It has ended, and all users have left. */
void agent_links_drop(struct agent_links *a, struct agent_link *l);

/* End those that were idle for long. */
void agent_links_flush(struct agent_links *a, msec_t now, struct effects *fx);
msec_t agent_links_deadline(const struct agent_links *a);

#endif
