/* search.c - the tests are in the order of what they cost. */

#include "master/alloc/search.h"

#include "master/alloc/backfill.h"

struct looking {
    struct alloc *alloc;
    struct client *client;
    const struct ask *ask;
    struct slot *slot;
};

/* May the ask, or one that has none, have so much in spite of the gang that the
 * agent is kept for? */
static bool is_unbound(const struct alloc *a,
                       const struct ask *ask,
                       const struct agent *agent,
                       const struct quantity *q)
{
    const struct quantity *spare;

    return backfill_may_use(a, ask, agent, &spare) ||
           quantity_contains(spare, q);
}

bool search_is_spared(const struct alloc *a,
                      const struct slot *slot,
                      const struct agent *agent)
{
    int kind;

    if (!asks_want_scarce(a->asks) || (slot != NULL && slot->is_scarce))
        return false;
    kind = names_find(&a->names, POLICY_SCARCE);
    return kind != NAMES_NONE && agent->total.of[kind] > 0;
}

bool search_offer_fits(struct alloc *a,
                       struct client *client,
                       const struct agent *agent)
{
    const char *role = client->role->name;
    struct quantity visible, room, within;

    if (agent->exclusive_to != 0 || !keeps_may_use(agent, NULL))
        return false;
    if (search_is_spared(a, NULL, agent)) {
        client->is_bound = true;
        return false;
    }
    visible = agent_visible(agent, &a->names, role);
    if (!policy_is_worth_offering(&visible))
        return false;
    within = visible;
    if (tree_headroom(&client->node, &room))
        quantity_lower(&within, &room);
    if (!policy_is_worth_offering(&within)) {
        client->is_bound = true; /* until something is given back */
        return false;
    }
    if (!is_unbound(a, NULL, agent, &visible)) {
        client->is_bound = true;
        return false;
    }
    if (!filters_may_hide(a->filters, &client->filters, agent, &visible))
        return true;
    arena_reset(a->trial);
    return !filters_hide(a->filters, &client->filters, agent,
                         agent_list(agent, &a->names, role, a->trial));
}

static bool offer_fits(const struct agent *agent, const void *arg)
{
    const struct looking *l = arg;

    return search_offer_fits(l->alloc, l->client, agent);
}

enum pool_found search_offer(struct alloc *a,
                             struct client *client,
                             int64_t *steps,
                             struct agent **found)
{
    struct looking l = {.alloc = a, .client = client};
    struct pool_query query = {.fits = offer_fits, .arg = &l};

    return pool_find(a->pool, &query, &client->cursor, steps, found);
}

bool search_may_be_on(struct alloc *a,
                      const struct ask *ask,
                      const struct slot *slot,
                      const struct agent *agent)
{
    if (!agent->is_active || !views_has(slot->view, agent) ||
        search_is_spared(a, slot, agent) || !keeps_may_use(agent, ask))
        return false;
    if (agent->exclusive_to != 0 && agent->exclusive_to != ask->serial)
        return false;
    if (ask->is_exclusive && agent->exclusive_to == 0 &&
        agent->holdings_count > 0)
        return false;
    return !filters_may_hide(a->filters, &ask->client->filters, agent,
                             &slot->need.quantity);
}

bool search_slot_fits(struct alloc *a,
                      const struct ask *ask,
                      struct slot *slot,
                      const struct agent *agent)
{
    if (search_is_spared(a, slot, agent)) {
        slot->is_bound = true; /* until nobody asks for it any more */
        return false;
    }
    if (!pool_may_fit(&slot->need.amounts, agent->free) ||
        !search_may_be_on(a, ask, slot, agent))
        return false;
    for (size_t i = 0; i < slot->spreads_count; i++) {
        if (!spread_allows(&slot->spreads[i], agent))
            return false;
    }
    if (!is_unbound(a, ask, agent, &slot->need.quantity)) {
        slot->is_bound = true;
        return false;
    }
    return need_fits(&slot->need, &a->names, agent, ask->client->role->name);
}

static bool slot_fits(const struct agent *agent, const void *arg)
{
    const struct looking *l = arg;

    return search_slot_fits(l->alloc, l->ask, l->slot, agent);
}

static bool slot_qualifies(const struct agent *agent, const void *arg)
{
    const struct looking *l = arg;

    return views_has(l->slot->view, agent);
}

static enum pool_found search_list(struct alloc *a,
                                   const struct ask *ask,
                                   struct slot *slot,
                                   int64_t *steps,
                                   struct agent **found)
{
    const struct view *view = slot->view;

    if (slot->list_layout != view->layout) {
        slot->list_layout = view->layout;
        slot->list_next = 0;
    }
    for (; slot->list_next < view->count; slot->list_next++) {
        if (*steps <= 0)
            return POOL_TIRED;
        *steps -= 2;
        *found = view->agents[slot->list_next];
        if (search_slot_fits(a, ask, slot, *found))
            return POOL_FOUND;
    }
    return POOL_NONE;
}

enum pool_found search_slot(struct alloc *a,
                            const struct ask *ask,
                            struct slot *slot,
                            int64_t *steps,
                            struct agent **found)
{
    struct looking l = {a, ask->client, ask, slot};
    struct pool_query query = {
        .need = slot->need.amounts,
        .qualifies = slot->view == NULL ? NULL : slot_qualifies,
        .fits = slot_fits,
        .arg = &l,
        .mark = &slot->shape->mark,
    };

    if (slot->view != NULL && !views_build(a->views, slot->view, steps))
        return POOL_TIRED;
    slot_reckon(slot);
    if (slot->view != NULL && !slot->view->is_broad)
        return search_list(a, ask, slot, steps, found);
    return pool_find(a->pool, &query, &slot->cursor, steps, found);
}
