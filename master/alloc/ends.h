/* ends.h - when what is given is known to come back.
 *
 * A task with a walltime ends by then, or is killed; one without counts as
 * never ending.  What a gang that waits may count on, and from when on, is read
 * from here, the earliest first. */

#ifndef MASTER_ALLOC_ENDS_H
#define MASTER_ALLOC_ENDS_H

#include "base/clock.h"
#include "master/alloc/agent.h"

struct ends;

struct end {
    LIST_ENTRY(end) of_agent;
    struct agent *agent;
    struct tree_node *leaf; /* whose it is */
    msec_t at;
    /* Of an offer that has not been answered: the serial of its ask. */
    uint64_t serial;
    struct quantity quantity;
    uint32_t place; /* in the heap */
};

struct ends *ends_new(void);
void ends_free(struct ends *e);

void ends_add(struct ends *e,
              struct agent *agent,
              struct tree_node *leaf,
              msec_t at,
              uint64_t serial,
              const struct quantity *q);

/* As much of it as is known; `at` MSEC_NEVER: whenever it ends. */
void ends_remove(struct ends *e,
                 struct agent *agent,
                 const struct tree_node *leaf,
                 msec_t at,
                 uint64_t serial,
                 const struct quantity *q);
void ends_remove_of_agent(struct ends *e, struct agent *agent);

/* No more can come back than the leaf holds of the agent: what was expected of
 * offers goes first, then what ends last. */
void ends_trim(struct ends *e, struct agent *agent, struct tree_node *leaf);

/* Call `visit` in the order of time until it returns true; was there one? */
typedef bool ends_visit_f(const struct end *end, void *arg);
bool ends_walk(const struct ends *e, ends_visit_f *visit, void *arg);

#endif
