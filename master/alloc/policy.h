/* policy.h - who comes first, and what is worth offering.
 *
 * Everything about the order that could be otherwise is decided here. */

#ifndef MASTER_ALLOC_POLICY_H
#define MASTER_ALLOC_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "master/alloc/alloc.h"
#include "master/alloc/names.h"
#include "master/alloc/quantity.h"

enum {
    /* Changes of so long are one run. */
    POLICY_COALESCE_MS = 2,
    /* Agents with something new that are looked at one by one; of more than
     * these, all are searched. */
    POLICY_GAINED_MAX = 1024,
    /* Of a run; at most 5 ms in the largest pools, less in others. */
    POLICY_RUN_STEPS = 30 * 1000,
    /* So long the order of asks may be older than their waiting. */
    POLICY_SORT_MS = 1000,
    /* Who has waited so long, and nearly as long as anybody, comes before all
     * who have not. */
    POLICY_PATIENCE_MS = 24 * 3600 * 1000,
    /* Longer walltimes do not make anybody wait longer. */
    POLICY_LONG_MS = 16 * 3600 * 1000,
    /* So often what roles hold is added to what they have had. */
    POLICY_USAGE_MS = 30 * 1000,
    /* Roles whose usage is remembered when nobody is in them. */
    POLICY_USAGES_MAX = 10000,
    /* Kept in all; the one to expire first goes when there are more. */
    POLICY_FILTERS_MAX = 256 * 1024,
};

/* The place of a role or framework among its siblings: least first. */
struct rank {
    int32_t class;
    uint32_t turn;  /* in which it last gave something back; 0: none */
    uint64_t share; /* dominant, over the weight, in 2^-40 of the pool */
    uint64_t usage; /* what it has had, over the weight: see below */
};

/* How urgent an ask is among those of its framework and role. */
struct urgency {
    int32_t priority; /* higher first */
    msec_t since;
    msec_t estimate;    /* of how long it runs, POLICY_LONG_MS at most */
    uint64_t size_root; /* the fourth root of its processors, times 2^10 */
};

/* `max_ms` 0: without end; `cpu_milli` of all that has to start at once. */
struct urgency policy_urgency(int32_t priority,
                              msec_t since,
                              msec_t max_ms,
                              int64_t cpu_milli);

/* What makes shares of amounts, for the pool as it is. */
struct scale {
    uint64_t factors[QUANTITY_MAX];
    unsigned shifts[QUANTITY_MAX];
};

#define POLICY_SHARE_WHOLE ((uint64_t)1 << 40)

/* `totals` of all agents; `cpus_beside[i]`: the cpus of the agents that have
 * the kind i at all. */
void policy_scale(struct scale *s,
                  const struct quantity *totals,
                  const struct quantity *cpus_beside);

uint64_t policy_share(const struct scale *s,
                      const struct quantity *given,
                      int64_t weight);

static inline bool policy_is_before(const struct rank *a, const struct rank *b)
{
    if (a->class != b->class)
        return a->class < b->class;
    if (a->share != b->share)
        return a->share < b->share;
    return a->usage != b->usage ? a->usage < b->usage : a->turn < b->turn;
}

/* What was held counts less the longer ago it was: half after each half-life.
 * In 2^-24 of the pool times milliseconds; what is a moment of a crumb is
 * nothing any more. */
uint64_t policy_decay(uint64_t usage, msec_t elapsed, msec_t half_life);

/* With a share held for so long. */
uint64_t policy_accrue(uint64_t usage,
                       uint64_t share,
                       msec_t elapsed,
                       msec_t half_life);

/* What is too long to wait, where the longest have waited for `longest`. */
msec_t policy_patience(msec_t longest);

/* Below 0: `a` comes first; 0: neither does. */
int policy_compare_urgency(enum alloc_order order,
                           msec_t now,
                           msec_t patience,
                           const struct urgency *a,
                           const struct urgency *b);

/* May the order of two change by waiting? */
bool policy_changes_with_time(enum alloc_order order);

/* Its client's, among the clients of the role. */
static inline int32_t policy_class(const struct urgency *most_urgent)
{
    return most_urgent->priority == INT32_MIN ? INT32_MAX
                                              : -most_urgent->priority;
}

/* What few agents have: these are kept for who asks for it, while somebody
 * does. */
#define POLICY_SCARCE "gpus"

static inline bool policy_is_worth_offering(const struct quantity *q)
{
    return q->of[NAMES_CPUS] >= 10 || q->of[NAMES_MEM] >= 32 * 1000;
}

#endif
