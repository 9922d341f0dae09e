/* policy.c - dominant shares, what they add up to, and how urgent asks are.
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

/* 2^-(1/2), 2^-(1/4), ... in 2^-32. */
static const uint64_t halvings[] = {
    3037000500, 3611622603, 3938502376, 4112874773, 4202935003, 4248701965,
    4271771996, 4283353945, 4289156690, 4292061010, 4293513907, 4294240540,
    4294603903, 4294785595, 4294876445, 4294921870, 4294944583, 4294955939,
    4294961618, 4294964457, 4294965876, 4294966586, 4294966941, 4294967119};

enum {
    HALVINGS_COUNT = sizeof halvings / sizeof halvings[0],
    USAGE_BITS = 24, /* of a share that count */
    USAGE_MIN = 1 << USAGE_BITS,
};

uint64_t policy_decay(uint64_t usage, msec_t elapsed, msec_t half_life)
{
    uint64_t whole = (uint64_t)(elapsed / half_life);
    wide rest = ((wide)(elapsed % half_life) << HALVINGS_COUNT);
    uint64_t part = (uint64_t)(rest / (uint64_t)half_life);

    if (whole >= 64)
        return 0;
    usage >>= whole;
    for (int i = 0; i < HALVINGS_COUNT; i++)
        if (part >> (HALVINGS_COUNT - 1 - i) & 1)
            usage = (uint64_t)(((wide)usage * halvings[i]) >> 32);
    return usage < USAGE_MIN ? 0 : usage;
}

uint64_t policy_accrue(uint64_t usage,
                       uint64_t share,
                       msec_t elapsed,
                       msec_t half_life)
{
    wide more = (wide)(share >> (COARSE_BITS - USAGE_BITS)) * (uint64_t)elapsed;
    wide sum = policy_decay(usage, elapsed, half_life) + more;

    return sum > UINT64_MAX ? UINT64_MAX : (uint64_t)sum;
}

bool policy_changes_with_time(enum alloc_order order)
{
    return order == ALLOC_ORDER_SLOWDOWN;
}

static uint64_t root_of(uint64_t n)
{
    uint64_t root = n, better = (n + 1) / 2;

    while (better < root) { /* Newton's */
        root = better;
        better = (root + n / root) / 2;
    }
    return root;
}

struct urgency policy_urgency(int32_t priority,
                              msec_t since,
                              msec_t max_ms,
                              int64_t cpu_milli)
{
    uint64_t cpus = (uint64_t)(cpu_milli < 1000 ? 1000 : cpu_milli) / 1000;
    bool is_long = max_ms <= 0 || max_ms > POLICY_LONG_MS;

    return (struct urgency){
        .priority = priority,
        .since = since,
        .estimate = is_long ? POLICY_LONG_MS : max_ms,
        .size_root = root_of(root_of(cpus << 32) << 4),
    };
}

/* (waiting + estimate) / (estimate * root of the size), times 2^16. */
static uint64_t pressure(const struct urgency *u, msec_t now)
{
    msec_t waited = now > u->since ? now - u->since : 0;
    wide slowdown = ((wide)(waited + u->estimate) << 16) / (wide)u->estimate;

    return (uint64_t)((slowdown << 10) / u->size_root);
}

msec_t policy_patience(msec_t longest)
{
    msec_t nearly = longest / 10 * 9;

    return nearly > POLICY_PATIENCE_MS ? nearly : POLICY_PATIENCE_MS;
}

/* To order by slowdown takes a third off the mean that arrival gives, and to
 * let what is small go first does so more reliably; but both could let what is
 * long and wide wait for ever.  So size counts for little, long is long, and
 * who has waited for a day comes before, by arrival; where many have, only
 * those who have waited longest, or all would be in the order of arrival. */
int policy_compare_urgency(enum alloc_order order,
                           msec_t now,
                           msec_t patience,
                           const struct urgency *a,
                           const struct urgency *b)
{
    int by_arrival = (a->since > b->since) - (a->since < b->since);
    bool is_a_late = now - a->since >= patience;
    bool is_b_late = now - b->since >= patience;
    uint64_t pressure_a, pressure_b;

    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (order != ALLOC_ORDER_SLOWDOWN || (is_a_late && is_b_late))
        return by_arrival;
    if (is_a_late != is_b_late)
        return is_a_late ? -1 : 1;
    pressure_a = pressure(a, now);
    pressure_b = pressure(b, now);
    if (pressure_a != pressure_b)
        return pressure_a > pressure_b ? -1 : 1;
    return by_arrival;
}
