/* random.h - numbers that follow from a seed, for cores.
 *
 * Not for secrets: those come from the operating system, through the shell.
 * Source: SplitMix64, Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014. */

#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state; /* any seed */
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* From 0 to `bound` - 1; `bound` > 0. */
static inline uint64_t random_below(struct random *r, uint64_t bound)
{
    return random_next(r) % bound;
}

#endif
