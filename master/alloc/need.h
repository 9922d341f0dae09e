/* need.h - what one slot of an ask needs of an agent.
 *
 * A kind may be named as a number (cpus:2, and also ports:3 or gpus:1 where an
 * agent has a range or a set of them: any three, any one) or exactly
 * (ports:[8080-8080]).  What is reserved to a role that may use it is taken
 * first, since nobody else could. */

#ifndef MASTER_ALLOC_NEED_H
#define MASTER_ALLOC_NEED_H

#include "master/alloc/pool.h"

struct need {
    struct pool_need amounts; /* in the order of their names */
    uint8_t kinds;            /* bit i: of the kind i */
    struct quantity quantity;
    struct resources each;
    bool is_exact;   /* it has ranges, items or reservations of its own */
    bool is_certain; /* of these, ranges or items: once on an agent */
};

/* -EINVAL: which is not to be had, and why. */
int need_init(struct need *n,
              struct names *names,
              const struct resources *each,
              struct error *err);
void need_release(struct need *n);

/* Is it only amounts that matter, of this agent? */
static inline bool need_is_plain(const struct need *n, const struct agent *a)
{
    return !n->is_exact && !a->has_reserved && (a->parts & n->kinds) == 0;
}

/* Could `role` be given it once? */
bool need_fits(const struct need *n,
               const struct names *names,
               const struct agent *a,
               const char *role);

/* How often at once, `most` at most. */
uint32_t need_times(const struct need *n,
                    const struct names *names,
                    const struct agent *a,
                    const char *role,
                    uint32_t most);

/* Take it `times` out of what is free, which must be there: what it is, in
 * `arena`. */
struct resources *need_take(const struct need *n,
                            struct names *names,
                            struct agent *a,
                            const char *role,
                            uint32_t times,
                            struct arena *arena);

#endif
