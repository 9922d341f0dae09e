/* need.c - nearly every need is a few amounts, and nearly every agent has just
 * amounts of these: that takes a loop over two or three numbers.  All else is
 * carved out of a copy of the exact list of what is free. */

#include "master/alloc/need.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"

int need_init(struct need *n,
              struct names *names,
              const struct resources *each,
              struct error *err)
{
    struct quantity sum;

    if (resources_is_empty(each))
        return error_set(err, -EINVAL, "each: nothing is asked for");
    for (size_t i = 0; i < each->count; i++) {
        const struct resource *r = &each->items[i];

        if (names_intern(names, r->name) == NAMES_NONE)
            return error_set(err, -EINVAL,
                             "each: %s: more than %d kinds of resources",
                             r->name, QUANTITY_MAX);
    }
    *n = (struct need){.kinds = 0};
    sum = names_sum(names, each);
    for (unsigned i = 0; i < names->count; i++) {
        unsigned name = names->by_name[i];

        if (sum.of[name] == 0)
            continue;
        n->amounts.kinds[n->amounts.count] = (uint8_t)name;
        n->amounts.amounts[n->amounts.count++] = sum.of[name];
        n->kinds |= (uint8_t)(1 << name);
    }
    n->quantity = sum;
    for (size_t i = 0; i < each->count; i++) {
        if (each->items[i].kind != RESOURCE_SCALAR ||
            each->items[i].reserved_role != NULL)
            n->is_exact = true;
        if (each->items[i].kind != RESOURCE_SCALAR)
            n->is_certain = true;
    }
    resources_init(&n->each);
    resources_copy(&n->each, each);
    return 0;
}

void need_release(struct need *n)
{
    resources_release(&n->each);
}

static bool may_carve(const struct resource *from,
                      const struct resource *wanted,
                      const char *role)
{
    if (strcmp(from->name, wanted->name) != 0 ||
        !agent_may_use(from->reserved_role, role))
        return false;
    return wanted->reserved_role == NULL ||
           (from->reserved_role != NULL &&
            strcmp(wanted->reserved_role, from->reserved_role) == 0);
}

/* The first of the ranges or items of `from`, worth `milli` or less. */
static int64_t carve_parts(const struct resource *from,
                           int64_t milli,
                           struct resources *carved)
{
    uint64_t units = ((uint64_t)milli + 999) / 1000, taken = 0;
    struct resource part = *from;
    struct resources one = {.items = &part, .count = 1};
    AUTO(auto_free) struct resource_range *ranges = NULL;

    if (from->kind == RESOURCE_SET) {
        taken = from->items_count < units ? from->items_count : units;
        part.items_count = (size_t)taken;
    } else {
        ranges = memory_copy(from->ranges,
                             from->ranges_count * sizeof *from->ranges);
        part.ranges = ranges;
        for (part.ranges_count = 0; taken < units; part.ranges_count++) {
            struct resource_range *r = &ranges[part.ranges_count];

            if (part.ranges_count == from->ranges_count)
                break;
            if (r->end - r->begin >= units - taken)
                r->end = r->begin + (units - taken) - 1;
            taken += r->end - r->begin + 1;
        }
    }
    resources_add(carved, &one);
    return (int64_t)(taken * 1000);
}

/* An amount, of whatever has that name. */
static bool carve_amount(struct resources *left,
                         const struct resource *wanted,
                         int64_t milli,
                         const char *role,
                         bool is_reserved,
                         struct resources *carved)
{
    struct resources got;

    resources_init(&got);
    for (size_t i = 0; i < left->count && milli > 0; i++) {
        const struct resource *from = &left->items[i];
        struct resource part = *from;
        struct resources one = {.items = &part, .count = 1};

        if (!may_carve(from, wanted, role) ||
            (from->reserved_role != NULL) != is_reserved)
            continue;
        if (from->kind != RESOURCE_SCALAR) {
            milli -= carve_parts(from, milli, &got);
            continue;
        }
        if (part.milli > milli)
            part.milli = milli;
        milli -= part.milli;
        resources_add(&got, &one);
    }
    resources_subtract(left, &got);
    resources_add(carved, &got);
    resources_release(&got);
    if (milli > 0 && is_reserved)
        return carve_amount(left, wanted, milli, role, false, carved);
    return milli <= 0;
}

/* Certain numbers or items, all out of one reservation, or unreserved. */
static bool carve_exactly(struct resources *left,
                          const struct resource *wanted,
                          const char *role,
                          struct resources *carved)
{
    for (size_t i = left->count; i-- > 0;) {
        struct resource part = *wanted;
        struct resources one = {.items = &part, .count = 1};

        if (!may_carve(&left->items[i], wanted, role))
            continue;
        part.reserved_role = left->items[i].reserved_role;
        part.is_dynamic = left->items[i].is_dynamic;
        if (!resources_contain(left, &one))
            continue;
        resources_add(carved, &one);
        resources_subtract(left, &one);
        return true;
    }
    return false;
}

static bool carve_once(const struct need *n,
                       struct resources *left,
                       const char *role,
                       struct resources *carved)
{
    for (size_t i = 0; i < n->each.count; i++) {
        const struct resource *r = &n->each.items[i];

        if (r->kind == RESOURCE_SCALAR
                ? !carve_amount(left, r, r->milli, role, true, carved)
                : !carve_exactly(left, r, role, carved))
            return false;
    }
    return true;
}

/* Carve as often as it goes, and as `most`. */
static uint32_t carve(const struct need *n,
                      const struct names *names,
                      const struct agent *a,
                      const char *role,
                      uint32_t most,
                      struct resources *carved)
{
    struct resources left;
    uint32_t times = 0;

    resources_init(&left);
    agent_copy_free(a, names, &left);
    while (times < most) {
        struct resources got;
        bool is_enough;

        resources_init(&got);
        is_enough = carve_once(n, &left, role, &got);
        if (is_enough)
            resources_add(carved, &got);
        resources_release(&got);
        if (!is_enough)
            break;
        times++;
    }
    resources_release(&left);
    return times;
}

uint32_t need_times(const struct need *n,
                    const struct names *names,
                    const struct agent *a,
                    const char *role,
                    uint32_t most)
{
    struct resources carved;
    uint32_t times = most;

    for (unsigned i = 0; i < n->amounts.count; i++) {
        int64_t fit = a->free->of[n->amounts.kinds[i]] / n->amounts.amounts[i];

        if (fit < times)
            times = fit < 0 ? 0 : (uint32_t)fit;
    }
    if (times == 0 || need_is_plain(n, a))
        return times;
    resources_init(&carved);
    times = carve(n, names, a, role, times, &carved);
    resources_release(&carved);
    return times;
}

bool need_fits(const struct need *n,
               const struct names *names,
               const struct agent *a,
               const char *role)
{
    return pool_may_fit(&n->amounts, a->free) &&
           (need_is_plain(n, a) || need_times(n, names, a, role, 1) == 1);
}

static struct resources *take_plain(const struct need *n,
                                    const struct names *names,
                                    struct agent *a,
                                    uint32_t times,
                                    struct arena *arena)
{
    const struct pool_need *m = &n->amounts;
    struct resources *list = arena_alloc(arena, sizeof *list);

    list->items = arena_alloc(arena, m->count * sizeof *list->items);
    for (; list->count < m->count; list->count++) {
        struct resource *r = &list->items[list->count];
        unsigned kind = m->kinds[list->count];

        memcpy(r->name, names->of[kind], sizeof r->name);
        r->kind = RESOURCE_SCALAR;
        r->milli = m->amounts[list->count] * times;
        a->free->of[kind] -= r->milli;
        assert(a->free->of[kind] >= 0);
    }
    return list;
}

struct resources *need_take(const struct need *n,
                            struct names *names,
                            struct agent *a,
                            const char *role,
                            uint32_t times,
                            struct arena *arena)
{
    struct resources carved, *list;
    uint32_t done;

    if (need_is_plain(n, a))
        return take_plain(n, names, a, times, arena);
    resources_init(&carved);
    done = carve(n, names, a, role, times, &carved);
    assert(done == times);
    agent_take(a, names, &carved);
    list = agent_copy_list(&carved, arena);
    resources_release(&carved);
    return list;
}
