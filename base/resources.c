/* resources.c - lists of resources.  Both lists of every operation are sorted
 * alike, so each is one walk along the two. */

#include "base/resources.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void resources_init(struct resources *r)
{
    *r = (struct resources){0};
}

void resources_release(struct resources *r)
{
    for (size_t i = 0; i < r->count; i++)
        resource_release(&r->items[i]);
    free(r->items);
    *r = (struct resources){0};
}

void resources_copy(struct resources *to, const struct resources *from)
{
    struct resources copy = {0};

    copy.items = memory_resize(NULL, from->count, sizeof *copy.items);
    for (size_t i = 0; i < from->count; i++)
        resource_copy(&copy.items[i], &from->items[i]);
    copy.count = from->count;
    resources_release(to);
    *to = copy;
}

/* Where `key` is or would be, at `from` or behind it. */
static size_t find_place(const struct resources *r,
                         size_t from,
                         const struct resource *key,
                         bool *is_there)
{
    int order = 1;

    while (from < r->count &&
           (order = resource_compare(&r->items[from], key)) < 0)
        from++;
    *is_there = from < r->count && order == 0;
    return from;
}

static struct resource *make_place(struct resources *r, size_t at)
{
    r->items = memory_resize(r->items, r->count + 1, sizeof *r->items);
    memmove(&r->items[at + 1], &r->items[at],
            (r->count - at) * sizeof *r->items);
    r->count++;
    return &r->items[at];
}

static void remove_empty(struct resources *r)
{
    size_t count = 0;

    for (size_t i = 0; i < r->count; i++)
        if (resource_is_empty(&r->items[i]))
            resource_release(&r->items[i]);
        else
            r->items[count++] = r->items[i];
    r->count = count;
}

void resources_take(struct resources *r, struct resource *one)
{
    bool is_there;
    size_t at = find_place(r, 0, one, &is_there);

    if (is_there)
        resource_add(&r->items[at], one);
    if (is_there || resource_is_empty(one))
        resource_release(one);
    else
        *make_place(r, at) = *one;
}

void resources_add(struct resources *r, const struct resources *more)
{
    size_t at = 0;
    bool is_there;

    assert(r != more);
    for (size_t i = 0; i < more->count; i++) {
        at = find_place(r, at, &more->items[i], &is_there);
        if (is_there)
            resource_add(&r->items[at], &more->items[i]);
        else
            resource_copy(make_place(r, at), &more->items[i]);
    }
}

void resources_subtract_what_is_there(struct resources *r,
                                      const struct resources *part)
{
    size_t at = 0;
    bool is_there;

    assert(r != part);
    for (size_t i = 0; i < part->count; i++) {
        at = find_place(r, at, &part->items[i], &is_there);
        if (is_there)
            resource_subtract(&r->items[at], &part->items[i]);
    }
    remove_empty(r);
}

/* The first of `part` that `all` has not, or has not enough of; NULL: none. */
static const struct resource *find_lacking(const struct resources *all,
                                           const struct resources *part,
                                           const struct resource **offered)
{
    size_t at = 0;
    bool is_there;

    for (size_t i = 0; i < part->count; i++) {
        at = find_place(all, at, &part->items[i], &is_there);
        *offered = is_there ? &all->items[at] : NULL;
        if (!is_there || !resource_contains(&all->items[at], &part->items[i]))
            return &part->items[i];
    }
    return NULL;
}

bool resources_contain(const struct resources *all,
                       const struct resources *part)
{
    const struct resource *offered;

    return find_lacking(all, part, &offered) == NULL;
}

void resources_subtract(struct resources *r, const struct resources *part)
{
    assert(resources_contain(r, part));
    resources_subtract_what_is_there(r, part);
}

bool resources_is_empty(const struct resources *r)
{
    return r->count == 0;
}

bool resources_equal(const struct resources *a, const struct resources *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!resource_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

int64_t resources_milli(const struct resources *r, const char *name)
{
    int64_t sum = 0;

    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].kind == RESOURCE_SCALAR &&
            strcmp(r->items[i].name, name) == 0)
            sum += r->items[i].milli;
    return sum;
}

void resources_set_milli(struct resources *r, const char *name, int64_t milli)
{
    struct resource one = {.kind = RESOURCE_SCALAR};
    bool is_there;
    size_t at;

    assert(milli >= 0 && resource_name_refuses(name) == NULL);
    memcpy(one.name, name, strlen(name) + 1);
    at = find_place(r, 0, &one, &is_there);
    if (!is_there)
        *make_place(r, at) = one;
    r->items[at].milli = milli;
    remove_empty(r);
}

const struct resource *resources_find(const struct resources *r,
                                      const char *name,
                                      const char *reserved_role)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct resource *one = &r->items[i];

        if (strcmp(one->name, name) != 0 ||
            (one->reserved_role == NULL) != (reserved_role == NULL))
            continue;
        if (reserved_role == NULL ||
            strcmp(one->reserved_role, reserved_role) == 0)
            return one;
    }
    return NULL;
}

static void say_lack(const struct resource *asked,
                     const struct resource *offered,
                     const char *label,
                     struct error *text)
{
    char numbers[2][MILLI_TEXT_SIZE];
    struct resource rest;

    resource_copy(&rest, asked);
    if (offered != NULL)
        resource_subtract(&rest, offered);
    switch (asked->kind) {
    case RESOURCE_SCALAR:
        milli_format(asked->milli, numbers[0]);
        milli_format(offered != NULL ? offered->milli : 0, numbers[1]);
        error_set(text, 0, "%s: %s asked, %s offered", label, numbers[0],
                  numbers[1]);
        break;
    case RESOURCE_RANGES:
        error_set(text, 0, "%s: [%" PRIu64 "-%" PRIu64 "] asked, not offered",
                  label, rest.ranges[0].begin, rest.ranges[0].end);
        break;
    case RESOURCE_SET:
        error_set(text, 0, "%s: {%s} asked, not offered", label, rest.items[0]);
        break;
    }
    resource_release(&rest);
}

bool resources_lack(const struct resources *all,
                    const struct resources *part,
                    struct error *text)
{
    const struct resource *offered;
    const struct resource *asked = find_lacking(all, part, &offered);
    char label[128];

    if (asked == NULL)
        return false;
    if (asked->reserved_role == NULL)
        snprintf(label, sizeof label, "%s", asked->name);
    else
        snprintf(label, sizeof label, "%s(%s)", asked->name,
                 asked->reserved_role);
    say_lack(asked, offered, label, text);
    return true;
}
