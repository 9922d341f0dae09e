/* shapes.c - a hash of chains, as long as there are shapes. */

#include "master/alloc/shapes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct shapes {
    struct shape **chains;
    size_t chains_count; /* a power of two */
    size_t count;
};

struct shapes *shapes_new(void)
{
    struct shapes *s = memory_new(1, sizeof *s);

    s->chains_count = 64;
    s->chains = memory_new(s->chains_count, sizeof(*s->chains));
    return s;
}

void shapes_free(struct shapes *s)
{
    if (s == NULL)
        return;
    assert(s->count == 0);
    free(s->chains);
    free(s);
}

static struct shape **chain_of(const struct shapes *s,
                               const struct view *view,
                               const struct quantity *q)
{
    uint64_t h = (uintptr_t)view >> 4;

    for (int i = 0; i < QUANTITY_MAX; i++)
        h = (h ^ (uint64_t)q->of[i] ^ h >> 29) * 0x9e3779b97f4a7c15u;
    return &s->chains[(h >> 32) & (s->chains_count - 1)];
}

static void grow(struct shapes *s)
{
    struct shape **old = s->chains;
    size_t count = s->chains_count;

    s->chains_count = count * 2;
    s->chains = memory_new(s->chains_count, sizeof(*s->chains));
    for (size_t i = 0; i < count; i++) {
        while (old[i] != NULL) {
            struct shape *moved = old[i];
            struct shape **chain = chain_of(s, moved->view, &moved->quantity);

            old[i] = moved->next;
            moved->next = *chain;
            *chain = moved;
        }
    }
    free(old);
}

struct shape *shapes_use(struct shapes *s,
                         const struct view *view,
                         const struct quantity *quantity)
{
    struct shape **chain = chain_of(s, view, quantity), *shape;

    for (shape = *chain; shape != NULL; shape = shape->next) {
        if (shape->view == view &&
            memcmp(&shape->quantity, quantity, sizeof *quantity) == 0) {
            shape->uses++;
            return shape;
        }
    }
    if (s->count++ == s->chains_count) {
        grow(s);
        chain = chain_of(s, view, quantity);
    }
    shape = memory_new(1, sizeof *shape);
    shape->view = view;
    shape->quantity = *quantity;
    shape->uses = 1;
    shape->next = *chain;
    *chain = shape;
    return shape;
}

void shapes_release(struct shapes *s, struct shape *shape)
{
    struct shape **at;

    if (--shape->uses > 0)
        return;
    at = chain_of(s, shape->view, &shape->quantity);
    while (*at != shape)
        at = &(*at)->next;
    *at = shape->next;
    s->count--;
    free(shape);
}
