/* resources_wire.c - resources from and to the messages of Mesos.  Of those,
 * disks with volumes, revocable and shared resources and refined reservations
 * are refused: what is not understood must not be counted as plain. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/resources.h"
#include "base/role.h"

static const char *read_role(struct resource *one,
                             const char *role,
                             bool is_dynamic)
{
    if (role == NULL || strcmp(role, "*") == 0)
        return is_dynamic ? "is reserved to nobody" : NULL;
    if (!role_is_valid(role))
        return "is reserved to what is no role";
    one->reserved_role = memory_strdup(role);
    one->is_dynamic = is_dynamic;
    return NULL;
}

/* Mesos has written reservations in two ways; both are read. */
static const char *read_reservation(struct resource *one,
                                    const Mesos__V1__Resource *wire)
{
    const Mesos__V1__Resource__ReservationInfo *r;

    if (wire->n_reservations > 1)
        return "has a refined reservation, which is not supported";
    if (wire->n_reservations == 0)
        return read_role(one, wire->role, wire->reservation != NULL);
    r = wire->reservations[0];
    return read_role(
        one, r->role,
        r->has_type &&
            r->type == MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC);
}

static const char *read_ranges(struct resource *one,
                               const Mesos__V1__Resource *wire)
{
    if (wire->ranges->n_range > RESOURCE_PARTS_MAX)
        return "has more than 4096 ranges";
    one->ranges =
        memory_resize(NULL, wire->ranges->n_range, sizeof *one->ranges);
    one->ranges_count = wire->ranges->n_range;
    for (size_t i = 0; i < one->ranges_count; i++)
        one->ranges[i] = (struct resource_range){wire->ranges->range[i]->begin,
                                                 wire->ranges->range[i]->end};
    return NULL;
}

static const char *read_set(struct resource *one,
                            const Mesos__V1__Resource *wire)
{
    if (wire->set->n_item > RESOURCE_PARTS_MAX)
        return "has more than 4096 items";
    for (size_t i = 0; i < wire->set->n_item; i++) {
        const char *wrong = resource_item_refuses(wire->set->item[i]);

        if (wrong != NULL)
            return wrong;
    }
    one->items = memory_resize(NULL, wire->set->n_item, sizeof *one->items);
    one->items_count = wire->set->n_item;
    for (size_t i = 0; i < one->items_count; i++)
        one->items[i] = memory_strdup(wire->set->item[i]);
    return NULL;
}

static const char *read_amount(struct resource *one,
                               const Mesos__V1__Resource *wire)
{
    switch (wire->type) {
    case MESOS__V1__VALUE__TYPE__SCALAR:
        one->kind = RESOURCE_SCALAR;
        if (wire->scalar == NULL)
            return "has no amount";
        return milli_from_double(wire->scalar->value, &one->milli)
                   ? NULL
                   : "is no number from 0 to 1000000000";
    case MESOS__V1__VALUE__TYPE__RANGES:
        one->kind = RESOURCE_RANGES;
        return wire->ranges == NULL ? "has no amount" : read_ranges(one, wire);
    case MESOS__V1__VALUE__TYPE__SET:
        one->kind = RESOURCE_SET;
        return wire->set == NULL ? "has no amount" : read_set(one, wire);
    default:
        return "is neither scalar, ranges nor set";
    }
}

static const char *read_one(struct resource *one,
                            const Mesos__V1__Resource *wire)
{
    const char *wrong = resource_name_refuses(wire->name);

    if (wrong != NULL)
        return wrong;
    memcpy(one->name, wire->name, strlen(wire->name) + 1);
    if (wire->disk != NULL || wire->shared != NULL || wire->revocable != NULL ||
        wire->provider_id != NULL)
        return "is a volume, shared, revocable or of a provider, which is not "
               "supported";
    wrong = read_reservation(one, wire);
    if (wrong == NULL)
        wrong = read_amount(one, wire);
    return wrong != NULL ? wrong : resource_normalise(one);
}

/* As in Mesos, amounts of the same thing in several entries add up. */
static const char *take(struct resources *r, struct resource *one)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->items[i].name, one->name) == 0) {
            if (r->items[i].kind != one->kind)
                return "is given in two kinds";
            if (one->kind == RESOURCE_SCALAR &&
                r->items[i].milli > RESOURCE_MILLI_MAX - one->milli)
                return "is more than 1000000000";
        }
    resources_take(r, one);
    return NULL;
}

int resources_from_wire(struct resources *r,
                        Mesos__V1__Resource *const *wire,
                        size_t count,
                        struct error *err)
{
    struct resources new = {0};

    if (count > RESOURCES_MAX)
        return error_set(err, -EINVAL, "more than 64 resources");
    for (size_t i = 0; i < count; i++) {
        struct resource one = {0};
        const char *wrong = read_one(&one, wire[i]);

        if (wrong == NULL)
            wrong = take(&new, &one);
        if (wrong != NULL) {
            resource_release(&one);
            resources_release(&new);
            return error_set(err, -EINVAL, "resource %.32s: %s", wire[i]->name,
                             wrong);
        }
    }
    resources_release(r);
    *r = new;
    return 0;
}

static void write_reservation(const struct resource *one,
                              struct arena *arena,
                              Mesos__V1__Resource *wire)
{
    Mesos__V1__Resource__ReservationInfo *r;

    if (one->reserved_role == NULL)
        return;
    r = message_new(arena, &mesos__v1__resource__reservation_info__descriptor);
    r->role = arena_strdup(arena, one->reserved_role);
    r->has_type = 1;
    r->type = one->is_dynamic
                  ? MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC
                  : MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__STATIC;
    wire->reservations = arena_alloc(arena, sizeof *wire->reservations);
    wire->reservations[0] = r;
    wire->n_reservations = 1;
}

static size_t limited(size_t count)
{
    return count < RESOURCE_PARTS_MAX ? count : RESOURCE_PARTS_MAX;
}

static void write_ranges(const struct resource *one,
                         struct arena *arena,
                         Mesos__V1__Resource *wire)
{
    Mesos__V1__Value__Ranges *ranges =
        message_new(arena, &mesos__v1__value__ranges__descriptor);

    ranges->n_range = limited(one->ranges_count);
    ranges->range = arena_alloc(arena, ranges->n_range * sizeof *ranges->range);
    for (size_t i = 0; i < ranges->n_range; i++) {
        ranges->range[i] =
            message_new(arena, &mesos__v1__value__range__descriptor);
        ranges->range[i]->begin = one->ranges[i].begin;
        ranges->range[i]->end = one->ranges[i].end;
    }
    wire->type = MESOS__V1__VALUE__TYPE__RANGES;
    wire->ranges = ranges;
}

static void write_set(const struct resource *one,
                      struct arena *arena,
                      Mesos__V1__Resource *wire)
{
    Mesos__V1__Value__Set *set =
        message_new(arena, &mesos__v1__value__set__descriptor);

    set->n_item = limited(one->items_count);
    set->item = arena_alloc(arena, set->n_item * sizeof *set->item);
    for (size_t i = 0; i < set->n_item; i++)
        set->item[i] = arena_strdup(arena, one->items[i]);
    wire->type = MESOS__V1__VALUE__TYPE__SET;
    wire->set = set;
}

static Mesos__V1__Resource *write_one(const struct resource *one,
                                      struct arena *arena)
{
    Mesos__V1__Resource *wire =
        message_new(arena, &mesos__v1__resource__descriptor);

    wire->name = arena_strdup(arena, one->name);
    write_reservation(one, arena, wire);
    switch (one->kind) {
    case RESOURCE_SCALAR:
        wire->type = MESOS__V1__VALUE__TYPE__SCALAR;
        wire->scalar =
            message_new(arena, &mesos__v1__value__scalar__descriptor);
        wire->scalar->value = milli_to_double(one->milli);
        break;
    case RESOURCE_RANGES:
        write_ranges(one, arena, wire);
        break;
    case RESOURCE_SET:
        write_set(one, arena, wire);
        break;
    }
    return wire;
}

Mesos__V1__Resource **resources_to_wire(const struct resources *r,
                                        const char *allocated_role,
                                        struct arena *arena,
                                        size_t *count)
{
    Mesos__V1__Resource **wire = arena_alloc(arena, r->count * sizeof *wire);

    *count = r->count;
    for (size_t i = 0; i < r->count; i++) {
        wire[i] = write_one(&r->items[i], arena);
        if (allocated_role == NULL)
            continue;
        wire[i]->allocation_info = message_new(
            arena, &mesos__v1__resource__allocation_info__descriptor);
        wire[i]->allocation_info->role = arena_strdup(arena, allocated_role);
    }
    return wire;
}
