/* agent.c - the two views of what is free are changed together, here only. */

#include "master/alloc/agent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Is it counted by the free quantity alone? */
static bool is_plain(const struct resource *r, int name)
{
    return r->kind == RESOURCE_SCALAR && r->reserved_role == NULL &&
           name != NAMES_NONE;
}

static struct resources alone(const struct resource *r)
{
    return (struct resources){.items = (struct resource *)r, .count = 1};
}

static bool has_reserved(const struct resources *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].reserved_role != NULL)
            return true;
    return false;
}

struct agent *agent_new(const char *id,
                        const struct resources *total,
                        struct names *names)
{
    struct agent *a = memory_new(1, sizeof *a);

    a->id = memory_strdup(id);
    a->is_active = true;
    resources_init(&a->exact_total);
    resources_copy(&a->exact_total, total);
    resources_init(&a->rest);
    a->total = names_sum(names, total);
    for (size_t i = 0; i < total->count; i++) {
        const struct resource *r = &total->items[i];
        struct resources one = alone(r);
        int name = names_find(names, r->name);

        if (name != NAMES_NONE && r->kind != RESOURCE_RANGES)
            a->counted.of[name] += names_measure(r);
        if (name != NAMES_NONE && r->kind != RESOURCE_SCALAR)
            a->parts |= (uint8_t)(1 << name);
        if (!is_plain(r, name))
            resources_add(&a->rest, &one);
    }
    a->has_reserved = has_reserved(total);
    LIST_INIT(&a->filters);
    LIST_INIT(&a->ends);
    return a;
}

void agent_free(struct agent *a)
{
    if (a == NULL)
        return;
    for (uint32_t i = 0; i < a->debts_count; i++)
        resources_release(&a->debts[i]);
    free(a->debts);
    resources_release(&a->exact_total);
    resources_release(&a->rest);
    free(a->holdings);
    free(a->traits);
    free(a->id);
    free(a);
}

bool agent_may_use(const char *reserved_role, const char *role)
{
    size_t size;

    if (reserved_role == NULL)
        return true;
    size = strlen(reserved_role);
    return strncmp(role, reserved_role, size) == 0 &&
           (role[size] == '\0' || role[size] == '/');
}

static struct quantity without_others(const struct quantity *all,
                                      const struct resources *list,
                                      const struct names *names,
                                      const char *role)
{
    struct quantity visible = *all;

    for (size_t i = 0; i < list->count; i++) {
        const struct resource *r = &list->items[i];
        int name = names_find(names, r->name);

        if (name != NAMES_NONE && !agent_may_use(r->reserved_role, role))
            visible.of[name] -= names_measure(r);
    }
    return visible;
}

struct quantity agent_visible(const struct agent *a,
                              const struct names *names,
                              const char *role)
{
    return a->has_reserved ? without_others(a->free, &a->rest, names, role)
                           : *a->free;
}

struct quantity agent_usable(const struct agent *a,
                             const struct names *names,
                             const char *role)
{
    return a->has_reserved
               ? without_others(&a->total, &a->exact_total, names, role)
               : a->total;
}

static struct resource copied(const struct resource *r, struct arena *arena)
{
    struct resource copy = *r;
    size_t size;

    if (r->reserved_role != NULL)
        copy.reserved_role = arena_strdup(arena, r->reserved_role);
    switch (r->kind) {
    case RESOURCE_SCALAR:
        break;
    case RESOURCE_RANGES:
        size = r->ranges_count * sizeof *r->ranges;
        copy.ranges = arena_alloc(arena, size);
        memcpy(copy.ranges, r->ranges, size);
        break;
    case RESOURCE_SET:
        copy.items = arena_alloc(arena, r->items_count * sizeof *r->items);
        for (size_t i = 0; i < r->items_count; i++)
            copy.items[i] = arena_strdup(arena, r->items[i]);
        break;
    }
    return copy;
}

/* Of each kind, what is neither reserved nor a range or set. */
static struct quantity plain_part(const struct agent *a,
                                  const struct names *names)
{
    struct quantity plain = *a->free;

    for (size_t i = 0; i < a->rest.count; i++) {
        int name = names_find(names, a->rest.items[i].name);

        if (name != NAMES_NONE)
            plain.of[name] -= names_measure(&a->rest.items[i]);
    }
    return plain;
}

/* Both the plain part and the rest are sorted by name: a merge. */
struct resources *agent_list(const struct agent *a,
                             const struct names *names,
                             const char *role,
                             struct arena *arena)
{
    struct resources *list = arena_alloc(arena, sizeof *list);
    struct quantity plain = plain_part(a, names);
    size_t next = 0;

    list->items = arena_alloc(arena, (names->count + a->rest.count) *
                                         sizeof *list->items);
    for (unsigned i = 0; i <= names->count; i++) {
        unsigned n = i < names->count ? names->by_name[i] : 0;

        while (next < a->rest.count &&
               (i == names->count ||
                strcmp(a->rest.items[next].name, names->of[n]) < 0)) {
            const struct resource *r = &a->rest.items[next++];

            if (role == NULL || agent_may_use(r->reserved_role, role))
                list->items[list->count++] = copied(r, arena);
        }
        if (i < names->count && plain.of[n] > 0) {
            struct resource *r = &list->items[list->count++];

            strcpy(r->name, names->of[n]);
            r->kind = RESOURCE_SCALAR;
            r->milli = plain.of[n];
        }
    }
    return list;
}

struct resources *agent_copy_list(const struct resources *list,
                                  struct arena *arena)
{
    struct resources *copy = arena_alloc(arena, sizeof *copy);

    copy->items = arena_alloc(arena, list->count * sizeof *copy->items);
    for (; copy->count < list->count; copy->count++)
        copy->items[copy->count] = copied(&list->items[copy->count], arena);
    return copy;
}

void agent_copy_free(const struct agent *a,
                     const struct names *names,
                     struct resources *list)
{
    struct quantity plain = plain_part(a, names);

    resources_copy(list, &a->rest);
    for (unsigned i = 0; i < names->count; i++) {
        struct resource one = {.kind = RESOURCE_SCALAR};
        struct resources alone_one = {.items = &one, .count = 1};

        if (plain.of[i] <= 0)
            continue;
        strcpy(one.name, names->of[i]);
        one.milli = plain.of[i];
        resources_add(list, &alone_one);
    }
}

static void owe(struct agent *a, const struct resources *lack)
{
    a->debts = memory_resize(a->debts, a->debts_count + 1, sizeof *a->debts);
    resources_init(&a->debts[a->debts_count]);
    resources_copy(&a->debts[a->debts_count], lack);
    a->debts_count++;
}

static void take_plain(struct agent *a,
                       const struct names *names,
                       const struct resource *r,
                       int name)
{
    int64_t there = plain_part(a, names).of[name];
    int64_t taken = r->milli < there ? r->milli : there;

    a->free->of[name] -= taken;
    if (taken < r->milli) {
        struct resource lack = *r;
        struct resources one = alone(&lack);

        lack.milli -= taken;
        owe(a, &one);
    }
}

static void take_rest(struct agent *a, const struct resource *r, int name)
{
    struct resources one = alone(r), lack;
    int64_t taken = names_measure(r);

    resources_init(&lack);
    if (!resources_contain(&a->rest, &one)) {
        resources_copy(&lack, &one);
        resources_subtract_what_is_there(&lack, &a->rest);
        taken -= names_measure(&lack.items[0]);
        owe(a, &lack);
    }
    resources_subtract_what_is_there(&a->rest, &one);
    if (name != NAMES_NONE)
        a->free->of[name] -= taken;
    resources_release(&lack);
}

void agent_take(struct agent *a,
                struct names *names,
                const struct resources *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct resource *r = &part->items[i];
        int name = names_intern(names, r->name);

        if (is_plain(r, name))
            take_plain(a, names, r, name);
        else
            take_rest(a, r, name);
    }
}

void agent_take_visible(struct agent *a,
                        struct names *names,
                        const struct resources *list)
{
    if (a->has_reserved) {
        agent_take(a, names, list);
        return;
    }
    resources_release(&a->rest);
    resources_init(&a->rest);
    *a->free = (struct quantity){.of = {0}};
}

/* Pay debts out of `part`; it becomes what is left of it. */
static void pay(struct agent *a, struct resources *part)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < a->debts_count; i++) {
        struct resources *debt = &a->debts[i], left;

        resources_init(&left);
        resources_copy(&left, part);
        resources_subtract_what_is_there(&left, debt);
        resources_subtract_what_is_there(debt, part);
        resources_release(part);
        *part = left;
        if (resources_is_empty(debt))
            resources_release(debt);
        else
            a->debts[kept++] = *debt;
    }
    a->debts_count = kept;
}

static void return_all(struct agent *a,
                       struct names *names,
                       const struct resources *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct resource *r = &part->items[i];
        struct resources one = alone(r);
        int name = names_intern(names, r->name);

        if (name != NAMES_NONE)
            a->free->of[name] += names_measure(r);
        if (!is_plain(r, name))
            resources_add(&a->rest, &one);
    }
}

void agent_return(struct agent *a,
                  struct names *names,
                  const struct resources *part)
{
    struct resources left;

    if (a->debts_count == 0) {
        return_all(a, names, part);
        return;
    }
    resources_init(&left);
    resources_copy(&left, part);
    pay(a, &left);
    return_all(a, names, &left);
    resources_release(&left);
}

void agent_convert(struct agent *a,
                   struct names *names,
                   const struct resources *from,
                   const struct resources *to)
{
    agent_take(a, names, from);
    resources_subtract_what_is_there(&a->exact_total, from);
    resources_add(&a->exact_total, to);
    a->has_reserved = has_reserved(&a->exact_total);
    agent_return(a, names, to);
}

void agent_hold(struct agent *a,
                struct tree_node *leaf,
                const struct quantity *q)
{
    uint32_t i = 0;

    if (quantity_is_zero(q))
        return;
    while (i < a->holdings_count && a->holdings[i].leaf != leaf)
        i++;
    if (i == a->holdings_size) {
        a->holdings_size = i == 0 ? 2 : i * 2;
        a->holdings =
            memory_resize(a->holdings, a->holdings_size, sizeof *a->holdings);
    }
    if (i == a->holdings_count) {
        a->holdings[i] = (struct agent_holding){.leaf = leaf};
        a->holdings_count++;
    }
    quantity_add(&a->holdings[i].given, q);
}

void agent_release(struct agent *a,
                   struct tree_node *leaf,
                   const struct quantity *q)
{
    uint32_t i = 0;

    if (quantity_is_zero(q))
        return;
    while (i < a->holdings_count && a->holdings[i].leaf != leaf)
        i++;
    assert(i < a->holdings_count);
    assert(quantity_contains(&a->holdings[i].given, q));
    quantity_subtract(&a->holdings[i].given, q);
    if (quantity_is_zero(&a->holdings[i].given))
        a->holdings[i] = a->holdings[--a->holdings_count];
    if (a->holdings_count == 0)
        a->exclusive_to = 0;
}

struct quantity agent_held_by(const struct agent *a,
                              const struct tree_node *leaf)
{
    for (uint32_t i = 0; i < a->holdings_count; i++) {
        if (a->holdings[i].leaf == leaf)
            return a->holdings[i].given;
    }
    return (struct quantity){.of = {0}};
}
