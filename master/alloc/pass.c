/* pass.c - at its end, unless it was cut short: nobody who wants something
 * could be given anything of any agent, but for what is kept for a gang.
 *
 * The order is gone through from its start in every run, with nobody bound by
 * what is kept.  The first gang that does not fit has it kept for itself from
 * there on; if that is another than before, what is not kept any more counts as
 * gained. */

#include "master/alloc/pass.h"

#include "master/alloc/backfill.h"
#include "master/alloc/gangs.h"
#include "master/alloc/grants.h"
#include "master/alloc/reserve.h"
#include "master/alloc/search.h"
#include "master/alloc/usage.h"

struct pass {
    struct alloc *alloc;
    struct arena *arena;
    size_t grants_max;
    unsigned reserve_tries; /* gangs that will not fit at any known time */
    /* An agent to be looked at; the ask it is for, if it is for one; its slot,
     * NULL: it is a gang to be put together. */
    struct agent *agent;
    struct ask *ask;
    struct slot *slot;
};

enum {
    GRANT_STEPS = 8,
    RESERVE_TRIES = 8,
};

static bool is_over(const struct pass *p)
{
    return p->alloc->steps <= 0 || p->alloc->grants_count >= p->grants_max;
}

/* Nobody in its queue may overtake a gang that waits? */
static bool is_held_back(const struct alloc *a, const struct ask *ask)
{
    msec_t at;
    const struct ask *head = backfill_head(a->backfill, &at);

    return a->order == ALLOC_ORDER_STRICT && backfill_is_binding(a->backfill) &&
           ask != head && ask->client == head->client;
}

static bool has_use(struct pass *p, struct ask *ask)
{
    for (size_t i = 0; i < ask->slots_count; i++) {
        struct slot *slot = &ask->slots[i];

        p->alloc->steps--;
        if (slot_pending(slot) == 0 ||
            !pool_may_fit(&slot->need.amounts, p->agent->free))
            continue;
        if (!tree_may_give(&ask->client->node, &slot->need.quantity)) {
            slot->is_bound = true;
            clients_block(p->alloc->clients, ask->client);
            continue;
        }
        slot_reckon(slot);
        if (search_slot_fits(p->alloc, ask, slot, p->agent)) {
            p->slot = slot;
            return true;
        }
        if (slot->is_bound)
            clients_block(p->alloc->clients, ask->client);
    }
    return false;
}

/* Has the client an ask that p->agent fits, or before it a gang that has not
 * been tried since something has happened? */
static bool has_any_use(struct pass *p, struct client *client)
{
    for (uint32_t i = 0; i < client->asks_count; i++) {
        p->ask = client->asks[i];
        p->slot = NULL;
        if (is_held_back(p->alloc, p->ask))
            continue;
        switch (ask_stage(p->ask)) {
        case ASK_ASSEMBLING:
            if (!p->ask->is_stuck)
                return true;
            break;
        case ASK_ANSWERING:
            break;
        case ASK_SINGLE:
            if (has_use(p, p->ask))
                return true;
            break;
        }
    }
    return false;
}

static bool can_use(struct tree_node *leaf, void *arg)
{
    struct pass *p = arg;
    struct client *client = leaf->leaf;

    p->alloc->steps -= 2;
    if (client->framework->asks != NULL)
        return has_any_use(p, client);
    p->ask = NULL;
    if (search_offer_fits(p->alloc, client, p->agent))
        return true;
    if (client->is_bound)
        clients_block(p->alloc->clients, client);
    return false;
}

/* All of the gang that has to start at once? */
static bool is_within_limits(const struct ask *ask)
{
    struct quantity sum = {.of = {0}};

    for (size_t i = 0; i < ask->slots_count; i++)
        for (int k = 0; k < QUANTITY_MAX; k++)
            sum.of[k] += ask->slots[i].need.quantity.of[k] * ask->slots[i].min;
    return tree_may_give(&ask->client->node, &sum);
}

/* Nothing is kept for who has declined a moment ago, or never answered: it may
 * do so again, while others wait. */
static bool is_worth_a_place(const struct alloc *a, const struct ask *ask)
{
    return !backfill_is_binding(a->backfill) &&
           LIST_EMPTY(&ask->client->filters);
}

/* Returns false when it has to wait for the next run. */
static bool try_gang(struct pass *p)
{
    struct alloc *a = p->alloc;
    struct ask *ask = p->ask;

    if (!is_within_limits(ask)) {
        ask->is_stuck = true; /* and no place is kept for it */
        clients_block(a->clients, ask->client);
        return true;
    }
    switch (gangs_assemble(a, ask, p->grants_max - a->grants_count, p->arena)) {
    case GANGS_GIVEN:
        backfill_forget_ask(a, ask);
        clients_settle(ask->client, true);
        return true;
    case GANGS_TOO_MANY:
        return false;
    case GANGS_REFUSED:
        break;
    }
    ask->is_stuck = true;
    clients_block(a->clients, ask->client);
    if (is_worth_a_place(a, ask) && p->reserve_tries < RESERVE_TRIES &&
        !reserve_for(a, ask))
        p->reserve_tries++;
    return true;
}

/* What has been found, to whom it was found for. */
static bool give(struct pass *p, struct client *client)
{
    p->alloc->steps -= GRANT_STEPS;
    if (p->ask == NULL) {
        grants_offer(p->alloc, client, p->agent, p->arena);
        return true;
    }
    if (p->slot == NULL)
        return try_gang(p);
    grants_slot(p->alloc, p->ask, p->slot, 1, p->agent, p->arena);
    clients_settle(client, false);
    return true;
}

/* Returns false when the run was over before it was done. */
static bool serve_gained(struct pass *p)
{
    struct alloc *a = p->alloc;
    struct agent *agent;
    struct tree_node *leaf;

    while ((agent = gained_first(&a->gained)) != NULL) {
        while (agent->is_active && !quantity_is_zero(agent->free)) {
            if (is_over(p))
                return false;
            p->agent = agent;
            leaf = tree_walk(roles_root(a->roles), can_use, p);
            if (leaf == NULL)
                break;
            if (!give(p, leaf->leaf))
                return false;
        }
        gained_remove(&a->gained, agent);
        a->steps--;
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
    if (client->framework->asks == NULL) {
        enum pool_found found = search_offer(a, client, &a->steps, &p->agent);

        if (client->is_bound)
            clients_block(a->clients, client);
        return found;
    }
    while (asks_next(client, &p->ask, &p->slot)) {
        enum pool_found found = POOL_NONE;

        if (ask_stage(p->ask) == ASK_ASSEMBLING) {
            p->slot = NULL;
            if (!is_held_back(a, p->ask))
                return POOL_FOUND;
            p->ask->is_stuck = true;
            clients_block(a->clients, client);
            continue;
        }
        if (!tree_may_give(&client->node, &p->slot->need.quantity))
            p->slot->is_bound = true;
        else if (!is_held_back(a, p->ask))
            found = search_slot(a, p->ask, p->slot, &a->steps, &p->agent);
        if (found != POOL_NONE)
            return found;
        p->slot->is_stuck = true;
        p->slot->is_bound |= is_held_back(a, p->ask);
        clients_block(a->clients, client);
        a->steps--;
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
            if (!give(p, leaf->leaf))
                return false;
            break;
        case POOL_NONE:
            tree_want(leaf, TREE_WAITING);
            p->alloc->steps -= GRANT_STEPS / 2;
            break;
        case POOL_TIRED:
            return false;
        }
        /* What is kept may have changed hands. */
        if (p->alloc->gained.count > 0 && !serve_gained(p))
            return false;
    }
    return true;
}

/* Everybody; then, if no gang waits for anything, nothing is kept for one, and
 * what was kept is for everybody. */
static bool serve(struct pass *p)
{
    struct alloc *a = p->alloc;

    if (!serve_gained(p) || !serve_hungry(p))
        return false;
    if (backfill_is_binding(a->backfill))
        return true;
    backfill_release(a);
    return serve_gained(p) && serve_hungry(p);
}

/* From the first in order again: what was kept for a gang binds nobody before
 * that gang has been tried. */
static void reconsider(struct alloc *a)
{
    struct client *client, *next;

    backfill_unbind(a->backfill);
    for (client = clients_first_blocked(a->clients); client != NULL;
         client = next) {
        bool is_any;

        next = LIST_NEXT(client, of_blocked);
        a->steps -= client->asks_count / 8;
        asks_sort(a->asks, client);
        is_any = asks_reconsider(client);
        if (client->is_bound)
            client->cursor = (struct pool_cursor){.group = 0};
        if (is_any || client->is_bound)
            clients_settle(client, true);
        client->is_bound = false;
        if (!is_any && client->asks_count < 2)
            clients_unblock(client); /* there is no order to be kept */
    }
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

/* What was declined for a while: who waits with a gang tries that again. */
static void show_again(struct alloc *a)
{
    const struct client_filters *filters;
    struct agent *shown;

    while (a->steps > 0 &&
           (shown = filters_expire(a->filters, a->now, &filters)) != NULL) {
        gained_add(&a->gained, shown);
        a->is_changed |= clients_of_filters(filters)->is_blocked;
        a->steps -= GRANT_STEPS / 2;
    }
}

/* What was kept while tasks were recalled. */
static void show_released(struct alloc *a)
{
    struct agent *agent;

    while ((agent = keeps_take_released(a->keeps, a->now)) != NULL) {
        pool_gained(a->pool, agent);
        gained_add(&a->gained, agent);
        a->is_changed = true;
    }
}

void pass_run(struct alloc *a,
              msec_t now,
              size_t grants_max,
              struct arena *arena)
{
    struct pass p = {.alloc = a, .arena = arena, .grants_max = grants_max};

    a->grants_count = 0;
    a->runs++;
    roles_root(a->roles)->turn =
        (uint32_t)a->runs; /* of all given back until the next */
    a->now = now;
    a->steps = POLICY_RUN_STEPS;
    usage_account(a, now);
    put_in_order(a);
    show_again(a);
    show_released(a);
    if (asks_review_scarce(a->asks, now)) {
        clients_search_anew(a->clients);
        a->is_changed = true;
    }
    if (gained_take_all(&a->gained))
        clients_search_anew(a->clients);
    /* Who has just begun to ask comes before anything is given: the order in
     * which asks arrived must not matter. */
    a->is_work_left = true;
    if (asks_wake(a->asks, now, &a->steps)) {
        if (a->is_changed)
            reconsider(a);
        a->is_changed = false;
        a->is_work_left = !serve(&p);
    }
    a->last_run = now;
}
