/* quantity.h - amounts by kind, as a small vector.
 *
 * The exact lists of base/resources.h say which ports and which reservations;
 * for order, fit and sums the allocator needs only how much, for each kind,
 * in one cache line.  Thousandths; of ranges and sets, the count times 1000. */

#ifndef MASTER_ALLOC_QUANTITY_H
#define MASTER_ALLOC_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    QUANTITY_MAX = 8, /* kinds */
};

struct quantity {
    int64_t of[QUANTITY_MAX];
};

static inline void quantity_add(struct quantity *q, const struct quantity *more)
{
    for (int i = 0; i < QUANTITY_MAX; i++)
        q->of[i] += more->of[i];
}

static inline void quantity_subtract(struct quantity *q,
                                     const struct quantity *part)
{
    for (int i = 0; i < QUANTITY_MAX; i++)
        q->of[i] -= part->of[i];
}

/* Become the larger of both, kind by kind. */
static inline void quantity_raise(struct quantity *q,
                                  const struct quantity *other)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        if (q->of[i] < other->of[i])
            q->of[i] = other->of[i];
    }
}

/* Become the smaller of both, kind by kind. */
static inline void quantity_lower(struct quantity *q,
                                  const struct quantity *other)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        if (q->of[i] > other->of[i])
            q->of[i] = other->of[i];
    }
}

static inline bool quantity_contains(const struct quantity *all,
                                     const struct quantity *part)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        if (all->of[i] < part->of[i])
            return false;
    }
    return true;
}

static inline bool quantity_is_zero(const struct quantity *q)
{
    int64_t any = 0;

    for (int i = 0; i < QUANTITY_MAX; i++)
        any |= q->of[i];
    return any == 0;
}

#endif
