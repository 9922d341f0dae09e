/* election.h - contend for a leadership in ZooKeeper, and hear how it went.
 *
 * A node of the session's is made below keeper_path(); who has the lowest
 * number leads.  With the session the leadership ends. */

#ifndef IO_ELECTION_H
#define IO_ELECTION_H

#include "io/contenders.h"

struct election;

struct election_callbacks {
    /* Nobody came before us. */
    void (*elected)(void *arg);
    /* We do not lead any more: somebody else may already. */
    void (*deposed)(void *arg, const char *why);
    /* We cannot contend at all: it is a path that we may not write, say. */
    void (*refused)(void *arg, const char *why);
    /* May be NULL.  Another leads, who is `value`. */
    void (*standing_by)(void *arg, const char *value, size_t size);
    /* May be NULL.  All that contend are others than before; the first leads.
     */
    contenders_listed_f *listed;
    void *arg;
};

/* `value` is what others read of us when we lead; it is copied. */
struct election *election_new(struct keeper *k,
                              const char *value,
                              const struct election_callbacks *callbacks);

/* Just before its keeper is closed; NULL is a no-op. */
void election_free(struct election *e);

#endif
