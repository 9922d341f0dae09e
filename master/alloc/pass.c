/* pass.c - at its end, unless it was cut short: nobody who wants something
 * could be given anything of any agent. */

#include "master/alloc/pass.h"

#include "master/alloc/grants.h"
#include "master/alloc/search.h"

struct pass {
    struct alloc *alloc;
    struct arena *arena;
    size_t grants_max;
    int64_t steps; /* left */
    /* An agent to be looked at, and the ask found to fit it, if it is one. */
    struct agent *agent;
    struct ask *ask;
    struct slot *slot;
};

enum {
    GRANT_STEPS = 8,
};

static bool is_over(const struct pass *p)
{
    return p->steps <= 0 || p->alloc->grants_count >= p->grants_max;
}

/* Has the client an ask that p->agent fits? */
static bool has_use(struct pass *p, struct client *client)
{
    for (uint32_t i = 0; i < client->asks_count; i++) {
        p->ask = client->asks[i];
        for (size_t n = 0; n < p->ask->slots_count; n++) {
            p->slot = &p->ask->slots[n];
            p->steps--;
            if (slot_pending(p->slot) == 0 ||
                !pool_may_fit(&p->slot->need.amounts, p->agent->free))
                continue;
            search_reckon(p->slot);
            if (search_slot_fits(p->alloc, p->ask, p->slot, p->agent))
                return true;
        }
    }
    return false;
}

static bool can_use(struct tree_node *leaf, void *arg)
{
    struct pass *p = arg;
    struct client *client = leaf->leaf;

    p->steps -= 2;
    if (client->framework->asks != NULL)
        return has_use(p, client);
    p->ask = NULL;
    return search_offer_fits(p->alloc, client, p->agent);
}

static void give(struct pass *p, struct client *client)
{
    p->steps -= GRANT_STEPS;
    if (p->ask == NULL)
        grants_offer(p->alloc, client, p->agent, p->arena);
    else
        grants_slot(p->alloc, p->ask, p->slot, 1, p->agent, p->arena);
    if (client->framework->asks != NULL)
        clients_settle(client, false);
}

/* Returns false when the run was over before it was done. */
static bool serve_gained(struct pass *p)
{
    struct alloc *a = p->alloc;
    struct tree_node *leaf;

    while ((p->agent = gained_first(&a->gained)) != NULL) {
        while (p->agent->is_active && !quantity_is_zero(p->agent->free)) {
            if (is_over(p))
                return false;
            leaf = tree_walk(roles_root(a->roles), can_use, p);
            if (leaf == NULL)
                break;
            give(p, leaf->leaf);
        }
        gained_remove(&a->gained, p->agent);
        p->steps--;
    }
    return true;
}

/* Find something for a hungry client; what it has looked for in vain is stuck.
 * POOL_NONE: there is nothing left to look for. */
static enum pool_found search_for(struct pass *p, struct client *client)
{
    struct alloc *a = p->alloc;

    p->ask = NULL;
    if (clients_is_search_new(a->clients, client)) {
        client->cursor = (struct pool_cursor){.group = 0};
        asks_restart(client);
    }
    if (client->framework->asks == NULL)
        return search_offer(a, client, &p->steps, &p->agent);
    while (asks_next(client, &p->ask, &p->slot)) {
        enum pool_found found =
            search_slot(a, p->ask, p->slot, &p->steps, &p->agent);

        if (found != POOL_NONE)
            return found;
        p->slot->is_stuck = true;
        p->steps--;
    }
    return POOL_NONE;
}

static bool serve_hungry(struct pass *p)
{
    struct tree_node *root = roles_root(p->alloc->roles), *leaf;

    while ((leaf = tree_first(root, TREE_HUNGRY)) != NULL) {
        if (is_over(p))
            return false;
        switch (search_for(p, leaf->leaf)) {
        case POOL_FOUND:
            give(p, leaf->leaf);
            break;
        case POOL_NONE:
            tree_want(leaf, TREE_WAITING);
            p->steps -= GRANT_STEPS / 2;
            break;
        case POOL_TIRED:
            return false;
        }
    }
    return true;
}

/* The order, if totals or weights have changed. */
static void put_in_order(struct alloc *a)
{
    uint64_t serial;
    const struct scale *scale = pool_scale(a->pool, &serial);

    if (serial != a->scale_serial || a->is_order_stale)
        tree_reckon(roles_root(a->roles), scale);
    a->scale_serial = serial;
    a->is_order_stale = false;
}

void pass_run(struct alloc *a,
              msec_t now,
              size_t grants_max,
              struct arena *arena)
{
    struct pass p = {
        .alloc = a,
        .arena = arena,
        .grants_max = grants_max,
        .steps = POLICY_RUN_STEPS,
    };
    struct agent *shown;

    a->grants_count = 0;
    a->runs++;
    put_in_order(a);
    while (p.steps > 0 && (shown = filters_expire(a->filters, now)) != NULL) {
        gained_add(&a->gained, shown);
        p.steps -= GRANT_STEPS / 2;
    }
    if (gained_take_all(&a->gained))
        clients_search_anew(a->clients);
    /* Who has just begun to ask comes before anything is given: the order in
     * which asks arrived must not matter. */
    a->is_work_left = !asks_wake(a->asks, now, &p.steps) || !serve_gained(&p) ||
                      !serve_hungry(&p);
    a->last_run = now;
}
