/* resources_wire_test.c - resources as messages, and what is refused there. */

#include "base/resources.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"

static struct arena *arena;

static Mesos__V1__Resource *scalar(const char *name, double value)
{
    Mesos__V1__Resource *r =
        message_new(arena, &mesos__v1__resource__descriptor);

    r->name = arena_strdup(arena, name);
    r->type = MESOS__V1__VALUE__TYPE__SCALAR;
    r->scalar = message_new(arena, &mesos__v1__value__scalar__descriptor);
    r->scalar->value = value;
    return r;
}

static Mesos__V1__Resource *ranges(const char *name,
                                   uint64_t begin,
                                   uint64_t end)
{
    Mesos__V1__Resource *r = scalar(name, 0);

    r->type = MESOS__V1__VALUE__TYPE__RANGES;
    r->ranges = message_new(arena, &mesos__v1__value__ranges__descriptor);
    r->ranges->n_range = 1;
    r->ranges->range = arena_alloc(arena, sizeof *r->ranges->range);
    r->ranges->range[0] =
        message_new(arena, &mesos__v1__value__range__descriptor);
    r->ranges->range[0]->begin = begin;
    r->ranges->range[0]->end = end;
    return r;
}

static Mesos__V1__Resource *set(const char *name, const char *item)
{
    Mesos__V1__Resource *r = scalar(name, 0);

    r->type = MESOS__V1__VALUE__TYPE__SET;
    r->set = message_new(arena, &mesos__v1__value__set__descriptor);
    r->set->n_item = 1;
    r->set->item = arena_alloc(arena, sizeof *r->set->item);
    r->set->item[0] = arena_strdup(arena, item);
    return r;
}

static Mesos__V1__Resource__ReservationInfo *reserve(Mesos__V1__Resource *r,
                                                     const char *role)
{
    Mesos__V1__Resource__ReservationInfo *info =
        message_new(arena, &mesos__v1__resource__reservation_info__descriptor);

    info->role = arena_strdup(arena, role);
    info->has_type = 1;
    info->type = MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__STATIC;
    r->reservations = arena_alloc(arena, 2 * sizeof *r->reservations);
    r->reservations[r->n_reservations++] = info;
    return info;
}

static bool reads_as(Mesos__V1__Resource *const *wire,
                     size_t count,
                     const char *expected)
{
    struct resources r = {0};
    struct error err = {""};
    bool is_same = resources_from_wire(&r, wire, count, &err) == 0 &&
                   strcmp(resources_format(&r, arena), expected) == 0;

    if (!is_same)
        printf("# %s %s\n", resources_format(&r, arena), err.text);
    resources_release(&r);
    return is_same;
}

static bool one_reads_as(Mesos__V1__Resource *wire, const char *expected)
{
    return reads_as(&wire, 1, expected);
}

static bool is_refused(Mesos__V1__Resource *const *wire,
                       size_t count,
                       const char *why)
{
    struct resources r = {0};
    struct error err = {""};
    bool is_so;

    resources_set_milli(&r, "kept", 1);
    is_so = resources_from_wire(&r, wire, count, &err) == -EINVAL &&
            strstr(err.text, why) != NULL && resources_milli(&r, "kept") == 1;
    if (!is_so)
        printf("# %s\n", err.text);
    resources_release(&r);
    return is_so;
}

static bool one_is_refused(Mesos__V1__Resource *wire, const char *why)
{
    return is_refused(&wire, 1, why);
}

static void each_kind_is_read(void)
{
    CHECK(reads_as(NULL, 0, ""));
    CHECK(one_reads_as(scalar("cpus", 1.5), "cpus:1.5"));
    CHECK(one_reads_as(scalar("cpus", 0), ""));
    CHECK(one_reads_as(ranges("ports", 1, 9), "ports:[1-9]"));
    CHECK(one_reads_as(set("gpus", "a"), "gpus:{a}"));
}

static void doubles_become_thousandths_to_the_nearest(void)
{
    CHECK(one_reads_as(scalar("cpus", 0.1 + 0.2), "cpus:0.3"));
    CHECK(one_reads_as(scalar("cpus", 0.0004), ""));
    CHECK(one_reads_as(scalar("cpus", 0.0006), "cpus:0.001"));
    CHECK(one_reads_as(scalar("cpus", 1e9), "cpus:1000000000"));
    CHECK(one_is_refused(scalar("cpus", 1.1e9), "resource cpus: is no number"));
    CHECK(one_is_refused(scalar("cpus", -0.1), "is no number"));
    CHECK(one_is_refused(scalar("cpus", NAN), "is no number"));
    CHECK(one_is_refused(scalar("cpus", INFINITY), "is no number"));
    CHECK(one_is_refused(scalar("cpus", -INFINITY), "is no number"));
}

static void several_of_one_add_up(void)
{
    CHECK(reads_as((Mesos__V1__Resource *[]){scalar("b", 1), scalar("a", 2),
                                             scalar("b", 3)},
                   3, "a:2;b:4"));
    CHECK(reads_as(
        (Mesos__V1__Resource *[]){ranges("p", 5, 9), ranges("p", 1, 6)}, 2,
        "p:[1-9]"));
    CHECK(is_refused(
        (Mesos__V1__Resource *[]){scalar("a", 9e8), scalar("a", 9e8)}, 2,
        "is more than 1000000000"));
    CHECK(is_refused((Mesos__V1__Resource *[]){scalar("a", 1), set("a", "x")},
                     2, "is given in two kinds"));
}

static void reservations_are_read_in_both_of_their_forms(void)
{
    Mesos__V1__Resource *r = scalar("cpus", 1);

    reserve(r, "batch");
    CHECK(one_reads_as(r, "cpus(batch):1"));
    r->reservations[0]->type =
        MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC;
    CHECK(one_reads_as(r, "cpus(batch,dynamic):1"));
    reserve(r, "batch/night");
    CHECK(one_is_refused(r, "refined"));
    r = scalar("cpus", 1);
    r->role = (char *)"batch";
    CHECK(one_reads_as(r, "cpus(batch):1"));
    r->role = (char *)"a//b";
    CHECK(one_is_refused(r, "no role"));
    r->role = NULL;
    CHECK(one_reads_as(r, "cpus:1"));
    r->reservation =
        message_new(arena, &mesos__v1__resource__reservation_info__descriptor);
    CHECK(one_is_refused(r, "reserved to nobody"));
}

static void what_we_do_not_have_is_not_counted_as_plain(void)
{
    Mesos__V1__Resource *r = scalar("disk", 1);

    r->disk = message_new(arena, &mesos__v1__resource__disk_info__descriptor);
    CHECK(one_is_refused(r, "not supported"));
    r = scalar("cpus", 1);
    r->revocable =
        message_new(arena, &mesos__v1__resource__revocable_info__descriptor);
    CHECK(one_is_refused(r, "not supported"));
    r = scalar("cpus", 1);
    r->shared =
        message_new(arena, &mesos__v1__resource__shared_info__descriptor);
    CHECK(one_is_refused(r, "not supported"));
    r = scalar("cpus", 1);
    r->type = MESOS__V1__VALUE__TYPE__TEXT;
    CHECK(one_is_refused(r, "neither scalar, ranges nor set"));
    r->type = (Mesos__V1__Value__Type)77;
    CHECK(one_is_refused(r, "neither scalar, ranges nor set"));
}

static void what_is_missing_or_wrong_is_refused(void)
{
    Mesos__V1__Resource *r = scalar("cpus", 1);

    r->scalar = NULL;
    CHECK(one_is_refused(r, "has no amount"));
    r->type = MESOS__V1__VALUE__TYPE__RANGES;
    CHECK(one_is_refused(r, "has no amount"));
    r->type = MESOS__V1__VALUE__TYPE__SET;
    CHECK(one_is_refused(r, "has no amount"));
    CHECK(one_is_refused(ranges("p", 9, 1), "begins after its end"));
    CHECK(one_is_refused(set("g", ""), "empty item"));
    CHECK(one_is_refused(set("g", "a,b"), "comma"));
    CHECK(one_is_refused(scalar("", 1), "has no name"));
    CHECK(one_is_refused(scalar("a:b", 1), "other characters"));
    CHECK(one_is_refused(scalar("a\xff", 1), "other characters"));
}

static void counts_are_bounded(void)
{
    Mesos__V1__Resource *many[RESOURCES_MAX + 1];
    Mesos__V1__Resource *r = ranges("p", 1, 1);

    for (int i = 0; i <= RESOURCES_MAX; i++)
        many[i] = scalar("cpus", 1);
    CHECK(reads_as(many, RESOURCES_MAX, "cpus:64"));
    CHECK(is_refused(many, RESOURCES_MAX + 1, "more than 64"));
    r->ranges->n_range = RESOURCE_PARTS_MAX + 1;
    CHECK(one_is_refused(r, "more than 4096 ranges"));
    r = set("g", "x");
    r->set->n_item = RESOURCE_PARTS_MAX + 1;
    CHECK(one_is_refused(r, "more than 4096 items"));
}

static void only_so_many_ranges_are_told(void)
{
    struct resources all = {0};
    Mesos__V1__Resource **wire;
    size_t count;

    for (uint64_t i = 0; i < RESOURCE_PARTS_MAX + 10; i++) {
        Mesos__V1__Resource *r = ranges("p", 3 * i, 3 * i);
        struct resources one = {0};

        resources_from_wire(&one, &r, 1, NULL);
        resources_add(&all, &one);
        resources_release(&one);
    }
    wire = resources_to_wire(&all, NULL, arena, &count);
    CHECK(all.items[0].ranges_count == RESOURCE_PARTS_MAX + 10);
    CHECK(count == 1 && wire[0]->ranges->n_range == RESOURCE_PARTS_MAX);
    resources_release(&all);
}

static void the_allocated_role_is_told(void)
{
    struct resources r = {0};
    Mesos__V1__Resource **wire;
    size_t count;

    CHECK(resources_parse(&r, "cpus:1;cpus(a,dynamic):2", NULL) == 0);
    wire = resources_to_wire(&r, "hpc", arena, &count);
    CHECK(count == 2);
    CHECK(strcmp(wire[1]->allocation_info->role, "hpc") == 0);
    CHECK(wire[0]->n_reservations == 0 && wire[1]->n_reservations == 1);
    CHECK(wire[1]->reservations[0]->type ==
          MESOS__V1__RESOURCE__RESERVATION_INFO__TYPE__DYNAMIC);
    CHECK(reads_as(wire, count, "cpus:1;cpus(a,dynamic):2"));
    wire = resources_to_wire(&r, NULL, arena, &count);
    CHECK(wire[0]->allocation_info == NULL);
    resources_release(&r);
}

int main(void)
{
    arena = arena_new();
    each_kind_is_read();
    doubles_become_thousandths_to_the_nearest();
    several_of_one_add_up();
    reservations_are_read_in_both_of_their_forms();
    what_we_do_not_have_is_not_counted_as_plain();
    what_is_missing_or_wrong_is_refused();
    counts_are_bounded();
    only_so_many_ranges_are_told();
    the_allocated_role_is_told();
    arena_free(arena);
    return test_done();
}
