/* offers.h - what is offered to whom: leases, each of one agent's resources to
 * one framework in one role.  The allocator counts them as given. */

#ifndef MASTER_OFFERS_H
#define MASTER_OFFERS_H

#include <sys/queue.h>

#include "base/deadlines.h"
#include "base/resources.h"

struct agent;
struct framework;
struct offers;

struct offer_slot { /* of the ask it serves */
    uint32_t granted;
    uint32_t placed; /* have become tasks */
};

struct offer {
    TAILQ_ENTRY(offer) entry;
    TAILQ_ENTRY(offer) of_framework;
    TAILQ_ENTRY(offer) of_agent;
    char *id;
    char *role;
    char *ask_id;             /* NULL: a classic one */
    char *gang_id;            /* NULL: of no gang */
    struct offer_slot *slots; /* without an ask there are none */
    size_t slots_count;
    msec_t max_ms; /* its tasks may run so long; 0: without end */
    int32_t priority;
    struct framework *framework;
    struct agent *agent;
    struct resources resources;
    struct deadline deadline; /* the lease's end */
    bool is_expected;         /* back by then, so the allocator has been told */
};

struct offers *offers_new(void);
void offers_free(struct offers *o);

struct offer *offers_add(struct offers *o,
                         const char *id,
                         struct framework *framework,
                         struct agent *agent,
                         const char *role,
                         const struct resources *resources);

/* Its deadline must not be set. */
void offers_remove(struct offers *o, struct offer *offer);

struct offer *offers_find(const struct offers *o, const char *id);
struct offer *offers_first(const struct offers *o);
size_t offers_count(const struct offers *o);

#endif
