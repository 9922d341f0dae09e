/* pass.c - at its end, unless it was cut short: no client that wants something
 * could be given anything of any agent. */

#include "master/alloc/pass.h"

#include <string.h>

#include "base/memory.h"

struct pass {
    struct alloc *alloc;
    struct arena *arena;
    size_t grants_max;
    int64_t steps;       /* left */
    struct agent *agent; /* whose turn it is to be looked at */
};

/* A client, to be asked about many agents. */
struct looking {
    struct alloc *alloc;
    const struct client *client;
};

static bool may_fit(const struct quantity *free, const void *arg)
{
    (void)arg;
    return policy_is_worth_offering(free);
}

static bool fits(const struct agent *agent,
                 const struct quantity *free,
                 const void *arg)
{
    const struct looking *l = arg;
    struct alloc *a = l->alloc;
    const char *role = l->client->role->name;
    struct quantity visible = agent_visible(agent, &a->names, free, role);

    if (!policy_is_worth_offering(&visible))
        return false;
    if (!filters_may_hide(a->filters, &l->client->filters, agent, &visible))
        return true;
    arena_reset(a->trial);
    return !filters_hide(a->filters, &l->client->filters, agent,
                         agent_list(agent, &a->names, free, role, a->trial));
}

static void give(struct pass *p, struct client *client, struct agent *agent)
{
    struct alloc *a = p->alloc;
    struct quantity *free = pool_free_of(agent), given = *free;
    struct resources *list;

    list = agent_list(agent, &a->names, free, client->role->name, p->arena);
    agent_take_visible(agent, &a->names, list, free);
    quantity_subtract(&given, free);
    agent_hold(agent, &client->node, &given);
    tree_give(&client->node, &given, pool_scale(a->pool, &a->scale_serial));
    if (a->grants_count == a->grants_size) {
        a->grants_size = a->grants_size == 0 ? 64 : a->grants_size * 2;
        a->grants = memory_resize(a->grants, a->grants_size, sizeof *a->grants);
    }
    a->grants[a->grants_count++] = (struct alloc_grant){
        .framework_id = client->framework->id,
        .role = client->role->name,
        .agent_id = agent->id,
        .resources = list,
    };
    p->steps -= 8;
}

static bool is_over(const struct pass *p)
{
    return p->steps <= 0 || p->alloc->grants_count >= p->grants_max;
}

static bool can_use(struct tree_node *leaf, void *arg)
{
    struct pass *p = arg;
    struct looking l = {p->alloc, leaf->leaf};

    p->steps -= 2;
    return fits(p->agent, pool_free_of(p->agent), &l);
}

/* Returns false when the run was over before it was done. */
static bool serve_gained(struct pass *p)
{
    struct alloc *a = p->alloc;
    struct tree_node *leaf;

    while ((p->agent = gained_first(&a->gained)) != NULL) {
        while (p->agent->is_active &&
               policy_is_worth_offering(pool_free_of(p->agent))) {
            if (is_over(p))
                return false;
            leaf = tree_walk(roles_root(a->roles), can_use, p);
            if (leaf == NULL)
                break;
            give(p, leaf->leaf, p->agent);
        }
        gained_remove(&a->gained, p->agent);
        p->steps--;
    }
    return true;
}

static bool serve_hungry(struct pass *p)
{
    struct alloc *a = p->alloc;
    struct tree_node *leaf;

    while ((leaf = tree_first(roles_root(a->roles), TREE_HUNGRY)) != NULL) {
        struct client *client = leaf->leaf;
        struct looking l = {a, client};
        struct pool_query query = {may_fit, fits, &l};
        struct agent *agent;

        if (is_over(p))
            return false;
        switch (pool_find(a->pool, &query,
                          clients_cursor(a->frameworks, client), &p->steps,
                          &agent)) {
        case POOL_FOUND:
            give(p, client, agent);
            break;
        case POOL_NONE:
            tree_want(leaf, TREE_WAITING);
            p->steps -= 4;
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
    put_in_order(a);
    while (p.steps > 0 && (shown = filters_expire(a->filters, now)) != NULL) {
        gained_add(&a->gained, shown);
        p.steps -= 4;
    }
    if (gained_take_all(&a->gained))
        clients_search_anew(a->frameworks);
    a->is_work_left = !serve_gained(&p) || !serve_hungry(&p);
    a->last_run = now;
}
