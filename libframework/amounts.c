/* amounts.c - the plain resources have fields, and all others are text. */

#include "libframework/amounts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int read_scalar(struct resources *r,
                       const char *name,
                       int64_t amount,
                       int64_t milli_each,
                       struct error *err)
{
    if (amount < 0 || amount > RESOURCE_MILLI_MAX / milli_each)
        return error_set(err, -EINVAL, "%s: %" PRId64 " cannot be", name,
                         amount);
    if (amount > 0)
        resources_set_milli(r, name, amount * milli_each);
    return 0;
}

static int read_ports(struct resources *r,
                      const struct mezzo_resources *amounts,
                      struct error *err)
{
    struct resource_range ranges[RESOURCE_PARTS_MAX];
    struct resource ports = {.name = "ports",
                             .kind = RESOURCE_RANGES,
                             .ranges = ranges,
                             .ranges_count = amounts->ports_count};
    const struct resources more = {.items = &ports, .count = 1};

    if (amounts->ports_count == 0)
        return 0;
    if (amounts->ports_count > RESOURCE_PARTS_MAX)
        return error_set(err, -EINVAL, "ports: more than %d ranges",
                         RESOURCE_PARTS_MAX);
    for (size_t i = 0; i < amounts->ports_count; i++) {
        ranges[i] = (struct resource_range){amounts->ports[i].begin,
                                            amounts->ports[i].end};
        if (ranges[i].begin > ranges[i].end ||
            (i > 0 && ranges[i].begin <= ranges[i - 1].end))
            return error_set(err, -EINVAL,
                             "ports: [%" PRIu64 "-%" PRIu64 "] is not in order",
                             ranges[i].begin, ranges[i].end);
    }
    resources_add(r, &more);
    return 0;
}

static bool has_field(const struct resource *item)
{
    return strcmp(item->name, "cpus") == 0 || strcmp(item->name, "mem") == 0 ||
           strcmp(item->name, "disk") == 0 || strcmp(item->name, "ports") == 0;
}

static int read_others(struct resources *r,
                       const struct mezzo_resources *amounts,
                       struct error *err)
{
    struct resources others;
    int result = 0;

    if (amounts->others == NULL || amounts->others[0] == '\0')
        return 0;
    resources_init(&others);
    if (resources_parse(&others, amounts->others, err) < 0)
        return -EINVAL;
    for (size_t i = 0; i < others.count && result == 0; i++)
        if (others.items[i].reserved_role != NULL)
            result = error_set(err, -EINVAL, "%s: reservations are not asked",
                               others.items[i].name);
        else if (has_field(&others.items[i]))
            result = error_set(err, -EINVAL, "%s: it has a field of its own",
                               others.items[i].name);
    if (result == 0)
        resources_add(r, &others);
    resources_release(&others);
    return result;
}

int amounts_read(struct resources *r,
                 const struct mezzo_resources *amounts,
                 struct error *err)
{
    if (read_scalar(r, "cpus", amounts->cpu_milli, 1, err) == 0 &&
        read_scalar(r, "mem", amounts->memory_mb, 1000, err) == 0 &&
        read_scalar(r, "disk", amounts->disk_mb, 1000, err) == 0 &&
        read_ports(r, amounts, err) == 0 && read_others(r, amounts, err) == 0)
        return 0;
    resources_release(r);
    resources_init(r);
    return -EINVAL;
}

/* `r` as if nothing of it were reserved. */
static void flatten(struct resources *flat, const struct resources *r)
{
    resources_init(flat);
    for (size_t i = 0; i < r->count; i++) {
        struct resource item = r->items[i];
        const struct resources one = {.items = &item, .count = 1};

        item.reserved_role = NULL;
        item.is_dynamic = false;
        resources_add(flat, &one);
    }
}

static void show_ports(struct mezzo_resources *amounts,
                       const struct resource *item,
                       struct arena *arena)
{
    struct mezzo_range *ports =
        arena_alloc(arena, item->ranges_count * sizeof *ports);

    for (size_t i = 0; i < item->ranges_count; i++)
        ports[i] =
            (struct mezzo_range){item->ranges[i].begin, item->ranges[i].end};
    amounts->ports = ports;
    amounts->ports_count = item->ranges_count;
}

void amounts_show(struct mezzo_resources *amounts,
                  const struct resources *r,
                  struct arena *arena)
{
    struct resources flat, others;

    flatten(&flat, r);
    resources_init(&others);
    *amounts = (struct mezzo_resources){
        .cpu_milli = resources_milli(&flat, "cpus"),
        .memory_mb = resources_milli(&flat, "mem") / 1000,
        .disk_mb = resources_milli(&flat, "disk") / 1000,
    };
    for (size_t i = 0; i < flat.count; i++) {
        struct resource *item = &flat.items[i];
        const struct resources one = {.items = item, .count = 1};

        if (!has_field(item))
            resources_add(&others, &one);
        else if (item->kind == RESOURCE_RANGES &&
                 strcmp(item->name, "ports") == 0)
            show_ports(amounts, item, arena);
    }
    amounts->others = resources_format(&others, arena);
    resources_release(&others);
    resources_release(&flat);
}

void amounts_show_wire(struct mezzo_resources *amounts,
                       Mesos__V1__Resource *const *wire,
                       size_t count,
                       struct arena *arena)
{
    struct resources r;

    resources_init(&r);
    if (resources_from_wire(&r, wire, count, NULL) < 0)
        resources_init(&r);
    amounts_show(amounts, &r, arena);
    resources_release(&r);
}

/* The part of `item` that `from` has as well, as resources of one. */
static void take_common(struct resources *common,
                        const struct resource *item,
                        const struct resource *from)
{
    struct resources all, rest;
    struct resource wanted = *item;
    const struct resources one = {.items = &wanted, .count = 1};

    wanted.reserved_role = from->reserved_role;
    wanted.is_dynamic = from->is_dynamic;
    resources_init(&all);
    resources_init(&rest);
    resources_add(&all, &(struct resources){(struct resource *)from, 1});
    resources_copy(&rest, &one);
    resources_subtract_what_is_there(&rest, &all);
    resources_copy(common, &one);
    resources_subtract_what_is_there(common, &rest);
    resources_release(&all);
    resources_release(&rest);
}

/* Move as much of `item` as there is under one reservation. */
static void move_part(struct resources *left,
                      size_t i,
                      struct resources *wanted,
                      const struct resource *item,
                      struct resources *granted)
{
    struct resources common, plain;

    resources_init(&common);
    take_common(&common, item, &left->items[i]);
    resources_subtract(left, &common);
    resources_add(granted, &common);
    flatten(&plain, &common);
    resources_subtract(wanted, &plain);
    resources_release(&plain);
    resources_release(&common);
}

static const struct resource *find_kind(const struct resources *r,
                                        const struct resource *like)
{
    const struct resource *found = resources_find(r, like->name, NULL);

    return found != NULL && found->kind == like->kind ? found : NULL;
}

/* Of those with a reservation, or of those without. */
static void grant_from(struct resources *left,
                       bool reserved,
                       struct resources *wanted,
                       struct resources *granted)
{
    for (size_t i = left->count; i-- > 0;) {
        const struct resource *item = find_kind(wanted, &left->items[i]);

        if (item != NULL && (left->items[i].reserved_role != NULL) == reserved)
            move_part(left, i, wanted, item, granted);
    }
}

int amounts_grant(struct resources *left,
                  const struct resources *wanted,
                  struct resources *granted,
                  struct error *err)
{
    struct resources flat, missing;
    struct error lack;
    bool lacks;

    flatten(&flat, left);
    lacks = resources_lack(&flat, wanted, &lack);
    resources_release(&flat);
    if (lacks)
        return error_set(err, -EINVAL, "%s", lack.text);
    resources_init(&missing);
    resources_copy(&missing, wanted);
    grant_from(left, true, &missing, granted);
    grant_from(left, false, &missing, granted);
    resources_release(&missing);
    return 0;
}
