/* shortage.c - from the roles that are short down to the asks that wait. */

#include "master/alloc/shortage.h"

#include "master/alloc/plan.h"
#include "master/alloc/search.h"

struct hunt {
    struct alloc *alloc;
    const struct tree_node *short_of; /* the role that is */
    struct alloc_shortage *list;
    size_t count;
    size_t max;
};

/* How many more of the slot are within what the node is to have. */
static uint32_t within(const struct tree_node *n,
                       const struct slot *slot,
                       uint32_t most)
{
    const struct pool_need *need = &slot->need.amounts;
    bool is_any = false;

    for (unsigned i = 0; i < need->count; i++) {
        int64_t left = n->quota->guarantee.of[need->kinds[i]] -
                       n->given.of[need->kinds[i]];
        int64_t times = left > 0 ? left / need->amounts[i] : 0;

        if (n->quota->guarantee.of[need->kinds[i]] == 0)
            continue; /* nothing is said of that kind */
        is_any = true;
        if (times < most)
            most = (uint32_t)times;
    }
    return is_any ? most : 0;
}

static void add_slot(struct hunt *h, const struct ask *ask, size_t at)
{
    const struct slot *slot = &ask->slots[at];
    bool is_gang = ask_stage(ask) == ASK_ASSEMBLING;
    uint32_t wanted = is_gang ? slot->min : slot_pending(slot);
    uint32_t count = within(h->short_of, slot, wanted);

    if (count == 0 || (is_gang && count < wanted) || h->count == h->max ||
        !tree_may_give(&ask->client->node, &slot->need.quantity))
        return;
    h->list[h->count++] =
        (struct alloc_shortage){.framework_id = ask->client->framework->id,
                                .ask_id = ask->id,
                                .slot = at,
                                .count = count,
                                .is_gang = is_gang};
}

static void hunt_below(struct hunt *h, const struct tree_node *n)
{
    const struct client *client = n->leaf;
    const struct tree_node *child;

    if (client == NULL) {
        LIST_FOREACH (child, &n->children, of_parent)
            hunt_below(h, child);
        return;
    }
    if (!client->framework->is_active)
        return;
    for (uint32_t i = 0; i < client->asks_count; i++) {
        const struct ask *ask = client->asks[i];

        /* A gang of several shapes would have to be planned as one. */
        if (ask_stage(ask) == ASK_ANSWERING ||
            (ask_stage(ask) == ASK_ASSEMBLING && ask->slots_count > 1))
            continue;
        for (size_t k = 0; k < ask->slots_count; k++)
            if (slot_pending(&ask->slots[k]) > 0)
                add_slot(h, ask, k);
    }
}

static void hunt_short(struct hunt *h, const struct tree_node *n)
{
    const struct tree_node *child;

    if (n->quota != NULL && tree_is_short(n)) {
        h->short_of = n;
        hunt_below(h, n);
        return;
    }
    LIST_FOREACH (child, &n->children, of_parent)
        hunt_short(h, child);
}

size_t alloc_shortages(struct alloc *a,
                       size_t max,
                       struct arena *arena,
                       const struct alloc_shortage **list)
{
    struct hunt h = {.alloc = a, .max = max};

    h.list = arena_alloc(arena, max * sizeof *h.list);
    hunt_short(&h, roles_root(a->roles));
    *list = h.list;
    return h.count;
}

uint32_t alloc_shortage_fits(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more)
{
    struct framework *framework =
        clients_get_framework(a->clients, s->framework_id);
    struct ask *ask = asks_find(framework, s->ask_id);
    struct agent *agent = pool_get(a->pool, agent_id);
    struct quantity left, sum = names_sum(&a->names, more);
    struct slot *slot = ask == NULL ? NULL : &ask->slots[s->slot];
    uint32_t times;

    if (slot == NULL || ask->is_exclusive || !agent->is_active ||
        agent->exclusive_to != 0 ||
        (slot->view != NULL &&
         views_failed(slot->view, agent) < slot->view->tests_count))
        return 0;
    left = agent_visible(agent, &a->names, ask->client->role->name);
    quantity_add(&left, &sum);
    times = plan_times(slot, &left);
    slot_reckon(slot);
    for (size_t i = 0; i < slot->spreads_count; i++) {
        uint32_t room = spread_room(&slot->spreads[i], agent);

        if (times > room)
            times = room;
    }
    return times;
}

void alloc_role_note_leaving(struct alloc *a,
                             const char *role,
                             const struct resources *resources,
                             bool is_leaving)
{
    struct role *found = roles_find(a->roles, role);
    struct quantity q = names_sum(&a->names, resources);

    for (; found != NULL; found = found->parent) {
        if (is_leaving)
            quantity_add(&found->leaving, &q);
        else
            quantity_subtract(&found->leaving, &q);
    }
}

bool alloc_role_may_lose(struct alloc *a,
                         const char *role,
                         const struct resources *resources)
{
    const struct role *r = roles_find(a->roles, role);
    struct quantity q = names_sum(&a->names, resources);

    for (; r != NULL; r = r->parent) {
        if (r->quota == NULL)
            continue;
        for (int i = 0; i < QUANTITY_MAX; i++)
            if (q.of[i] > 0 && r->quota->guarantee.of[i] > 0 &&
                r->node.given.of[i] - r->leaving.of[i] - q.of[i] <
                    r->quota->guarantee.of[i])
                return false;
    }
    return true;
}

bool alloc_has_guarantees(const struct alloc *a)
{
    return roles_have_guarantees(a->roles);
}
