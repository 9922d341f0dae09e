/* gained.c - an array, sorted backwards when it is read, so that the first is
 * taken from its end. */

#include "master/alloc/gained.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void gained_init(struct gained *g, size_t count_max)
{
    assert(count_max > 0);
    *g = (struct gained){.count_max = count_max};
    g->agents = memory_new(count_max, sizeof(struct agent *));
}

void gained_release(struct gained *g)
{
    free(g->agents);
}

void gained_add(struct gained *g, struct agent *a)
{
    if (g->is_all || a->is_gained)
        return;
    if (g->count == g->count_max) {
        for (size_t i = 0; i < g->count; i++)
            g->agents[i]->is_gained = false;
        g->count = 0;
        g->is_all = true;
        return;
    }
    a->is_gained = true;
    g->agents[g->count++] = a;
    g->is_sorted = false;
}

void gained_remove(struct gained *g, struct agent *a)
{
    size_t i = 0;

    if (!a->is_gained)
        return;
    while (g->agents[i] != a)
        i++;
    memmove(&g->agents[i], &g->agents[i + 1],
            (g->count - i - 1) * sizeof(struct agent *));
    g->count--;
    a->is_gained = false;
}

static int backwards(const void *a, const void *b)
{
    return strcmp((*(struct agent *const *)b)->id,
                  (*(struct agent *const *)a)->id);
}

struct agent *gained_first(struct gained *g)
{
    if (!g->is_sorted)
        qsort(g->agents, g->count, sizeof(struct agent *), backwards);
    g->is_sorted = true;
    return g->count > 0 ? g->agents[g->count - 1] : NULL;
}

bool gained_take_all(struct gained *g)
{
    bool was = g->is_all;

    g->is_all = false;
    return was;
}
