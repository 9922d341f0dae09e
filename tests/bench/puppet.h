/* puppet.h - an agent that keeps nothing: it registers, and says of each task
 * that it runs, and at a given time that it has finished.
 *
 * What is launched by one message is told of in one: as an agent would, were
 * its machine fast enough.  It is for counting what a master costs; whether an
 * agent is right is seen with real ones. */

#ifndef BENCH_PUPPET_H
#define BENCH_PUPPET_H

#include "base/machine.h"
#include "base/resources.h"

struct puppet;

struct puppet_options {
    const char *hostname;
    const char *endpoints[2]; /* of masters: when the link to one ends, it
                               * registers with the other; NULL: none */
    const struct resources *resources;
    uint64_t seed;
};

/* What the options point to is borrowed. */
struct puppet *puppet_new(const struct puppet_options *options);
void puppet_free(struct puppet *p);

/* When all that runs finishes; it may be set later than it is launched, before
 * that time comes. */
void puppet_set_end(struct puppet *p, msec_t at);

/* How often it was told that it is registered. */
unsigned puppet_registered_count(const struct puppet *p);

struct machine puppet_machine(struct puppet *p);

#endif
