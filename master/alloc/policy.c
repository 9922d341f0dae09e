/* policy.c - dominant shares.
 *
 * A kind that few agents have (GPUs) must not make whoever holds one look as
 * if he held everything: it counts as much as the machines it is in.  So the
 * share of a kind is  given / total * (cpus of the agents that have it) / cpus
 * which for cpus, memory and all that every agent has is given / total. */

#include "master/alloc/policy.h"

#include <assert.h>

__extension__ typedef unsigned __int128 wide;

/* Shares that are equal must come out equal, though their kinds and weights
 * differ: they are reckoned finer than they are compared, and rounded. */
enum {
    FINE_BITS = 54,
    COARSE_BITS = 40,
};

/* 2^FINE_BITS * part / whole / total as factor * 2^-shift, to 62 bits. */
static void factor(uint64_t *factor_out,
                   unsigned *shift_out,
                   uint64_t part,
                   uint64_t whole,
                   uint64_t total)
{
    wide fraction = ((wide)part << 62) / whole;
    unsigned shift = 0;

    while (shift < 64 && (fraction << (shift + 1)) / total < (wide)1 << 62)
        shift++;
    *factor_out = (uint64_t)((fraction << shift) / total);
    *shift_out = shift + 62 - FINE_BITS;
}

void policy_scale(struct scale *s,
                  const struct quantity *totals,
                  const struct quantity *cpus_beside)
{
    int64_t cpus = totals->of[NAMES_CPUS];

    for (int i = 0; i < QUANTITY_MAX; i++) {
        int64_t total = totals->of[i], beside = cpus_beside->of[i];

        s->factors[i] = 0;
        s->shifts[i] = 0;
        if (total <= 0)
            continue;
        if (cpus <= 0) /* a pool of memory or disks */
            factor(&s->factors[i], &s->shifts[i], 1, 1, (uint64_t)total);
        else if (beside > 0)
            factor(&s->factors[i], &s->shifts[i], (uint64_t)beside,
                   (uint64_t)cpus, (uint64_t)total);
    }
}

uint64_t policy_share(const struct scale *s,
                      const struct quantity *given,
                      int64_t weight)
{
    uint64_t most = 0, half = (uint64_t)1 << (FINE_BITS - COARSE_BITS - 1);

    assert(weight > 0);
    for (int i = 0; i < QUANTITY_MAX; i++) {
        wide share;

        if (given->of[i] <= 0 || s->factors[i] == 0)
            continue;
        share = (wide)given->of[i] * s->factors[i] >> s->shifts[i];
        /* More than everything: only what was there before us can be. */
        if (share > (wide)1 << 63)
            share = (wide)1 << 63;
        if (most < (uint64_t)share)
            most = (uint64_t)share;
    }
    if (weight == 1000)
        return (most + half) >> (FINE_BITS - COARSE_BITS);
    return (uint64_t)(((wide)most * 1000 / (uint64_t)weight + half) >>
                      (FINE_BITS - COARSE_BITS));
}
