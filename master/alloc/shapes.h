/* shapes.h - slots that need the same amounts of the same agents.
 *
 * Thousands of frameworks may ask for a hundred different shapes: what one of
 * them has learnt about where nothing is free, all know. */

#ifndef MASTER_ALLOC_SHAPES_H
#define MASTER_ALLOC_SHAPES_H

#include "master/alloc/pool.h"

struct shapes;
struct view;

struct shape {
    struct shape *next; /* in its chain */
    const struct view *view;
    struct quantity quantity;
    struct pool_mark mark;
    uint32_t uses;
};

struct shapes *shapes_new(void);
void shapes_free(struct shapes *s);

/* Found or made; each _use() needs its _release(), before the view's. */
struct shape *shapes_use(struct shapes *s,
                         const struct view *view,
                         const struct quantity *quantity);
void shapes_release(struct shapes *s, struct shape *shape);

#endif
