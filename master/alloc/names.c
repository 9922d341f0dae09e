/* names.c - a handful of names in an array: comparing them all is quicker than
 * any table.  cpus and mem have fixed numbers, as every agent has them. */

#include "master/alloc/names.h"

#include <assert.h>
#include <string.h>

void names_init(struct names *n)
{
    *n = (struct names){.count = 0};
    names_intern(n, "cpus");
    names_intern(n, "mem");
    assert(names_find(n, "cpus") == NAMES_CPUS);
    assert(names_find(n, "mem") == NAMES_MEM);
}

int names_find(const struct names *n, const char *name)
{
    for (unsigned i = 0; i < n->count; i++) {
        if (strcmp(n->of[i], name) == 0)
            return (int)i;
    }
    return NAMES_NONE;
}

int names_intern(struct names *n, const char *name)
{
    int known = names_find(n, name);
    unsigned place;

    if (known != NAMES_NONE || n->count == QUANTITY_MAX)
        return known;
    assert(strlen(name) < sizeof n->of[0]);
    strcpy(n->of[n->count], name);
    for (place = n->count; place > 0; place--) {
        if (strcmp(n->of[n->by_name[place - 1]], name) < 0)
            break;
        n->by_name[place] = n->by_name[place - 1];
    }
    n->by_name[place] = n->count;
    return (int)n->count++;
}

int64_t names_measure(const struct resource *r)
{
    uint64_t count = 0;

    switch (r->kind) {
    case RESOURCE_SCALAR:
        return r->milli;
    case RESOURCE_RANGES:
        for (size_t i = 0; i < r->ranges_count; i++)
            count += r->ranges[i].end - r->ranges[i].begin + 1;
        break;
    case RESOURCE_SET:
        count = r->items_count;
        break;
    }
    /* Absurd ranges wrap around, so that parts still add up to the whole. */
    return (int64_t)(count * 1000);
}

struct quantity names_sum(struct names *n, const struct resources *r)
{
    struct quantity sum = {.of = {0}};

    for (size_t i = 0; i < r->count; i++) {
        int name = names_intern(n, r->items[i].name);

        if (name != NAMES_NONE)
            sum.of[name] += names_measure(&r->items[i]);
    }
    return sum;
}
