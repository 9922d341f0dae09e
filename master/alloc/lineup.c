/* lineup.c - the agents that a gang could be on. */

#include "master/alloc/lineup.h"

#include <stdlib.h>

#include "master/alloc/backfill.h"
#include "master/alloc/search.h"

bool lineup_may_ever_be_on(const struct ask *ask, const struct agent *agent)
{
    for (size_t i = 0; i < ask->slots_count && agent->is_active; i++) {
        if (views_has(ask->slots[i].view, agent))
            return true;
    }
    return false;
}

struct lineup {
    struct alloc *alloc;
    struct ask *ask;
    struct slot *slot;
    struct plan *plan;
    uint64_t seen; /* how often the slot fits what is free */
};

/* Is the line long enough?  Only of a single shape that may lie anywhere can
 * this be told from capacities. */
static bool is_enough(const struct lineup *l)
{
    return l->plan->is_now && l->ask->slots_count == 1 &&
           l->slot->spreads_count == 0 && l->ask->pack_under == NULL &&
           plan_is_promising(l->plan);
}

static bool visit(const struct agent *seen, const void *arg)
{
    struct lineup *l = (struct lineup *)arg;
    struct alloc *a = l->alloc;
    struct agent *agent = (struct agent *)seen;
    struct quantity left =
        agent_visible(agent, &a->names, l->ask->client->role->name);
    const struct quantity *spare;

    l->seen += plan_times(l->slot, agent->free);
    if (l->plan->is_now) {
        if (!search_may_be_on(a, l->ask, l->slot, agent))
            return false;
        if (!backfill_may_use(a, l->ask, agent, &spare)) {
            l->slot->is_bound = true;
            quantity_lower(&left, spare);
        }
    }
    plan_add(l->plan, agent, &left);
    return is_enough(l);
}

static bool qualifies(const struct agent *agent, const void *arg)
{
    const struct lineup *l = arg;

    return views_has(l->slot->view, agent);
}

/* Returns false when the line was long enough before the end. */
static bool visit_slot(struct lineup *l)
{
    const struct view *view = l->slot->view;
    struct pool_cursor cursor = {.group = 0};
    struct pool_query query = {
        .need = l->slot->need.amounts,
        .qualifies = view == NULL ? NULL : qualifies,
        .fits = visit,
        .arg = l,
        .mark = &l->slot->shape->mark,
    };
    /* A gang is looked at in one go, whatever it costs: that is counted. */
    int64_t start = INT64_MAX, steps = start;
    struct agent *last;
    bool is_end = true;

    if (view != NULL)
        views_build(l->alloc->views, l->slot->view, &steps);
    if (view != NULL && !view->is_broad) {
        for (uint32_t i = 0; i < view->count && is_end; i++) {
            if (view->agents[i]->is_active &&
                pool_may_fit(&query.need, view->agents[i]->free))
                is_end = !visit(view->agents[i], l);
        }
        steps -= view->count;
    } else {
        is_end = pool_find(l->alloc->pool, &query, &cursor, &steps, &last) ==
                 POOL_NONE;
    }
    l->alloc->steps -= start - steps;
    return is_end;
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = pool_place(*(struct agent *const *)a);
    uint64_t y = pool_place(*(struct agent *const *)b);

    return (x > y) - (x < y);
}

void lineup_make(struct alloc *a, struct plan *plan)
{
    struct ask *ask = plan->ask;

    for (size_t i = 0; i < ask->slots_count; i++) {
        struct lineup l = {
            .alloc = a, .ask = ask, .slot = &ask->slots[i], .plan = plan};

        if (visit_slot(&l))
            pool_note_capacity(a->pool, &l.slot->shape->mark, l.seen);
    }
    if (ask->slots_count > 1 && plan->line_count > 1)
        qsort(plan->line, plan->line_count, sizeof(*plan->line), by_place);
}
