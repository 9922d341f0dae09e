/* follower.h - a master that stands by: it asks the one that leads for the
 * tasks that have ended since it knew of one last, again and again, so that it
 * has the same history when it leads itself.  Pure. */

#ifndef MASTER_FOLLOWER_H
#define MASTER_FOLLOWER_H

#include "base/machine.h"

struct follower;

/* What INPUT_LOCAL brings: who leads.  What EFFECT_LOCAL asks for is a struct
 * master_order, MASTER_KEEP. */
struct follower_leader {
    const char *endpoint;
    const char *key; /* Z85; empty: in plain */
};

/* `newest_ms`: when the latest task that is known ended; 0: none is. */
struct follower *follower_new(uint64_t seed, msec_t newest_ms);
void follower_free(struct follower *f);

struct machine follower_machine(struct follower *f);

#endif
