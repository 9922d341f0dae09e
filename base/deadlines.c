/* deadlines.c - a binary heap, the first at index 1. */

#include "base/deadlines.h"

#include <stdbool.h>
#include <stdlib.h>

struct deadlines {
    struct deadline **items; /* items[1] ... items[count] */
    size_t count;
    size_t capacity;
    uint64_t number;
};

struct deadlines *deadlines_new(void)
{
    struct deadlines *h = calloc(1, sizeof *h);

    if (h == NULL)
        abort();
    return h;
}

void deadlines_free(struct deadlines *h)
{
    if (h == NULL)
        return;
    free(h->items);
    free(h);
}

static bool is_before(const struct deadline *a, const struct deadline *b)
{
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void put(struct deadlines *h, size_t at, struct deadline *d)
{
    h->items[at] = d;
    d->position = at;
}

static void rise(struct deadlines *h, size_t at)
{
    struct deadline *d = h->items[at];

    for (; at > 1 && is_before(d, h->items[at / 2]); at /= 2)
        put(h, at, h->items[at / 2]);
    put(h, at, d);
}

static void sink(struct deadlines *h, size_t at)
{
    struct deadline *d = h->items[at];
    size_t child;

    for (; (child = at * 2) <= h->count; at = child) {
        if (child < h->count && is_before(h->items[child + 1], h->items[child]))
            child++;
        if (!is_before(h->items[child], d))
            break;
        put(h, at, h->items[child]);
    }
    put(h, at, d);
}

void deadlines_cancel(struct deadlines *h, struct deadline *d)
{
    size_t at = d->position;
    struct deadline *last;

    if (at == 0)
        return;
    d->position = 0;
    last = h->items[h->count--];
    if (last == d)
        return;
    put(h, at, last);
    rise(h, at);
    sink(h, last->position);
}

void deadlines_set(struct deadlines *h, struct deadline *d, msec_t due)
{
    deadlines_cancel(h, d);
    if (h->count + 2 > h->capacity) {
        h->capacity = h->capacity > 0 ? h->capacity * 2 : 64;
        h->items = realloc(h->items, h->capacity * sizeof(struct deadline *));
        if (h->items == NULL)
            abort();
    }
    d->due = due;
    d->number = ++h->number;
    h->count++;
    put(h, h->count, d);
    rise(h, h->count);
}

struct deadline *deadlines_take(struct deadlines *h, msec_t now)
{
    struct deadline *d;

    if (h->count == 0 || h->items[1]->due > now)
        return NULL;
    d = h->items[1];
    deadlines_cancel(h, d);
    return d;
}

msec_t deadlines_next(const struct deadlines *h)
{
    return h->count == 0 ? MSEC_NEVER : h->items[1]->due;
}
