/* standbys.c - copies in an arena of their own. */

#include "master/standbys.h"

#include <stdlib.h>

#include "base/memory.h"

struct standbys {
    struct arena *arena;
    struct master_standbys list;
};

struct standbys *standbys_new(void)
{
    struct standbys *s = memory_new(1, sizeof *s);

    s->arena = arena_new();
    return s;
}

void standbys_free(struct standbys *s)
{
    if (s == NULL)
        return;
    arena_free(s->arena);
    free(s);
}

void standbys_set(struct standbys *s, const struct master_standbys *others)
{
    struct master_standby *items;

    arena_reset(s->arena);
    items = arena_alloc(s->arena, others->count * sizeof *items);
    for (size_t i = 0; i < others->count; i++)
        items[i] = (struct master_standby){
            .address = arena_strdup(s->arena, others->items[i].address),
            .version = arena_strdup(s->arena, others->items[i].version),
            .pid = others->items[i].pid,
        };
    s->list = (struct master_standbys){items, others->count};
}

const struct master_standbys *standbys_list(const struct standbys *s)
{
    return &s->list;
}
