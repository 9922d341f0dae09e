/* shortage.c - from the roles that are short, or from the first in order, down
 * to the asks that wait. */

#include "master/alloc/shortage.h"

#include <stddef.h>

#include "master/alloc/plan.h"
#include "master/alloc/search.h"

struct hunt {
    struct alloc *alloc;
    const struct role *short_of; /* NULL: it is for priorities */
    struct alloc_shortage *list;
    size_t count;
    size_t max;
};

/* In this round. */
static struct quantity promised_to(const struct alloc *a, const struct role *r)
{
    return r->promised_round == a->shortage_rounds
               ? r->promised
               : (struct quantity){.of = {0}};
}

static void promise(struct alloc *a,
                    const struct ask *ask,
                    const struct quantity *sum)
{
    struct role *r = ask->client->role;

    for (; r != NULL; r = r->parent) {
        r->promised = promised_to(a, r);
        r->promised_round = a->shortage_rounds;
        quantity_add(&r->promised, sum);
    }
}

/* Whom agents are kept for is provided for until that is over. */
static void begin_round(struct alloc *a)
{
    const struct quantity *need;
    struct ask *ask;
    size_t i = 0;

    a->shortage_rounds++;
    while ((ask = keeps_next(a->keeps, &i, &need)) != NULL) {
        ask->provided = a->shortage_rounds;
        promise(a, ask, need);
    }
}

/* How many times `need` are within what the role is to have. */
static uint32_t within(const struct alloc *a,
                       const struct role *r,
                       const struct quantity *need,
                       uint32_t most)
{
    struct quantity promised = promised_to(a, r);
    bool is_any = false;

    for (int i = 0; i < QUANTITY_MAX; i++) {
        int64_t guarantee = r->quota->own.of[i];
        int64_t left = guarantee - r->node.given.of[i] - promised.of[i];
        int64_t times;

        if (need->of[i] == 0 || guarantee == 0)
            continue; /* nothing is said of that kind */
        times = left > 0 ? left / need->of[i] : 0;
        is_any = true;
        if (times < most)
            most = (uint32_t)times;
    }
    return is_any ? most : 0;
}

static struct quantity sum_of_gang(const struct ask *ask)
{
    struct quantity sum = {.of = {0}};

    for (size_t i = 0; i < ask->slots_count; i++)
        for (int k = 0; k < QUANTITY_MAX; k++)
            sum.of[k] += ask->slots[i].need.quantity.of[k] * ask->slots[i].min;
    return sum;
}

static void add(struct hunt *h,
                const struct ask *ask,
                size_t slot,
                uint32_t count,
                bool is_gang)
{
    h->list[h->count++] = (struct alloc_shortage){
        .framework_id = ask->client->framework->id,
        .ask_id = ask->id,
        .role = ask->client->role->name,
        .short_role = h->short_of == NULL ? NULL : h->short_of->name,
        .slot = slot,
        .count = count,
        .is_gang = is_gang,
        .is_by_priority = h->short_of == NULL,
        .priority = ask->urgency.priority};
}

static void add_slot(struct hunt *h, const struct ask *ask, size_t at)
{
    const struct slot *slot = &ask->slots[at];
    uint32_t count = slot_pending(slot);

    if (h->short_of != NULL)
        count = within(h->alloc, h->short_of, &slot->need.quantity, count);
    if (count == 0 || h->count == h->max ||
        (h->short_of != NULL &&
         !tree_may_give(&ask->client->node, &slot->need.quantity)))
        return;
    add(h, ask, at, count, false);
}

static void add_gang(struct hunt *h, const struct ask *ask)
{
    struct quantity sum = sum_of_gang(ask);
    size_t from = h->count;

    if (h->max - h->count < ask->slots_count)
        return;
    if (h->short_of != NULL && (within(h->alloc, h->short_of, &sum, 1) == 0 ||
                                !tree_may_give(&ask->client->node, &sum)))
        return;
    for (size_t i = 0; i < ask->slots_count; i++)
        if (ask->slots[i].min > 0)
            add(h, ask, i, ask->slots[i].min, true);
    for (; from + 1 < h->count; from++)
        h->list[from].is_continued = true;
}

static void add_asks(struct hunt *h, const struct client *client)
{
    if (!client->framework->is_active)
        return;
    for (uint32_t i = 0; i < client->asks_count && h->count < h->max; i++) {
        const struct ask *ask = client->asks[i];

        if (ask->provided == h->alloc->shortage_rounds)
            continue;
        switch (ask_stage(ask)) {
        case ASK_ANSWERING:
            break;
        case ASK_ASSEMBLING:
            add_gang(h, ask);
            break;
        case ASK_SINGLE:
            for (size_t k = 0; k < ask->slots_count; k++)
                if (slot_pending(&ask->slots[k]) > 0)
                    add_slot(h, ask, k);
            break;
        }
    }
}

static void hunt_below(struct hunt *h, const struct tree_node *n)
{
    const struct tree_node *child;

    if (n->leaf != NULL)
        add_asks(h, n->leaf);
    LIST_FOREACH (child, &n->children, of_parent)
        hunt_below(h, child);
}

static void hunt_short(struct hunt *h, const struct tree_node *n)
{
    const struct tree_node *child;

    if (n->quota != NULL && tree_is_short(n)) {
        /* Only roles have quotas. */
        h->short_of = (const struct role *)((const char *)n -
                                            offsetof(struct role, node));
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

    begin_round(a);
    h.list = arena_alloc(arena, max * sizeof *h.list);
    hunt_short(&h, roles_root(a->roles));
    *list = h.list;
    return h.count;
}

static bool add_waiting(struct tree_node *leaf, void *arg)
{
    struct hunt *h = arg;

    add_asks(h, leaf->leaf);
    return h->count == h->max;
}

size_t alloc_waiting(struct alloc *a,
                     size_t max,
                     struct arena *arena,
                     const struct alloc_shortage **list)
{
    struct hunt h = {.alloc = a, .max = max};

    h.list = arena_alloc(arena, max * sizeof *h.list);
    tree_walk(roles_root(a->roles), add_waiting, &h);
    *list = h.list;
    return h.count;
}

static struct ask *ask_of(struct alloc *a, const struct alloc_shortage *s)
{
    return asks_find(clients_get_framework(a->clients, s->framework_id),
                     s->ask_id);
}

static struct quantity visible_with(const struct alloc *a,
                                    const struct agent *agent,
                                    const struct client *client,
                                    const struct quantity *more)
{
    struct quantity left = agent_visible(agent, &a->names, client->role->name);

    quantity_add(&left, more);
    return left;
}

static uint32_t room_of_spread(const struct slot *slot,
                               const struct agent *agent,
                               uint32_t times,
                               uint32_t taken)
{
    for (size_t i = 0; i < slot->spreads_count; i++) {
        uint32_t room = spread_room(&slot->spreads[i], agent);

        room = room > taken ? room - taken : 0;
        if (times > room)
            times = room;
    }
    return times;
}

static struct quantity sum_of_places(const struct ask *ask,
                                     const struct alloc_places *places)
{
    struct quantity sum = {.of = {0}};

    for (size_t i = 0; i < ask->slots_count; i++)
        for (int k = 0; k < QUANTITY_MAX; k++)
            sum.of[k] += ask->slots[i].need.quantity.of[k] * places->counts[i];
    return sum;
}

uint32_t alloc_shortage_fits(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more,
                             const struct alloc_places *places)
{
    struct ask *ask = ask_of(a, s);
    struct agent *agent = pool_get(a->pool, agent_id);
    struct quantity left, kept, sum = names_sum(&a->names, more);
    struct slot *slot = ask == NULL ? NULL : &ask->slots[s->slot];

    if (slot == NULL || ask->is_exclusive || !agent->is_active ||
        agent->exclusive_to != 0 ||
        (slot->view != NULL &&
         views_failed(slot->view, agent) < slot->view->tests_count))
        return 0;
    left = visible_with(a, agent, ask->client, &sum);
    if (!keeps_may_use(agent, ask)) {
        kept = keeps_need(a->keeps, agent);
        quantity_subtract(&left, &kept);
    }
    kept = sum_of_places(ask, places);
    quantity_subtract(&left, &kept);
    slot_reckon(slot);
    return room_of_spread(slot, agent, plan_times(slot, &left),
                          places->counts[s->slot]);
}

/* ------------------------------------------------------------ who is first */

struct query {
    struct alloc *alloc;
    const struct agent *agent;
    struct quantity more;
    const struct ask *found; /* NULL, though one is: a classic offer */
};

static bool would_use(struct query *q, struct ask *ask)
{
    struct quantity left =
        visible_with(q->alloc, q->agent, ask->client, &q->more);

    if (ask->provided == q->alloc->shortage_rounds)
        return false;
    for (size_t i = 0; i < ask->slots_count; i++) {
        struct slot *slot = &ask->slots[i];

        if (slot_pending(slot) > 0 && plan_times(slot, &left) > 0 &&
            search_may_be_on(q->alloc, ask, slot, q->agent))
            return true;
    }
    return false;
}

static bool is_to_be_served(struct tree_node *leaf, void *arg)
{
    struct client *client = leaf->leaf;
    struct query *q = arg;
    struct quantity left = visible_with(q->alloc, q->agent, client, &q->more);

    if (client->framework->asks == NULL)
        return !filters_may_hide(q->alloc->filters, &client->filters, q->agent,
                                 &left);
    for (uint32_t i = 0; i < client->asks_count; i++)
        if (would_use(q, client->asks[i])) {
            q->found = client->asks[i];
            return true;
        }
    return false;
}

bool alloc_shortage_is_first(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more)
{
    struct query q = {.alloc = a,
                      .agent = pool_get(a->pool, agent_id),
                      .more = names_sum(&a->names, more)};

    return tree_walk(roles_root(a->roles), is_to_be_served, &q) != NULL &&
           q.found != NULL && q.found == ask_of(a, s);
}

bool alloc_shortage_is_within(struct alloc *a,
                              const struct alloc_shortage *s,
                              const struct alloc_places *places)
{
    const struct ask *ask = ask_of(a, s);
    const struct role *r = ask == NULL ? NULL : ask->client->role;
    struct quantity sum;

    if (ask == NULL)
        return false;
    sum = sum_of_places(ask, places);
    for (; r != NULL; r = r->parent)
        for (int k = 0; k < QUANTITY_MAX && r->quota != NULL; k++)
            if (r->node.given.of[k] - r->leaving.of[k] + sum.of[k] >
                r->quota->limit.of[k])
                return false;
    return true;
}

uint32_t alloc_shortage_left(struct alloc *a, const struct alloc_shortage *s)
{
    const struct ask *ask = ask_of(a, s);
    const struct role *r =
        s->short_role == NULL ? NULL : roles_find(a->roles, s->short_role);
    struct quantity sum;

    if (ask == NULL || r == NULL || r->quota == NULL)
        return ask == NULL ? 0 : s->count;
    if (!s->is_gang)
        return within(a, r, &ask->slots[s->slot].need.quantity, s->count);
    sum = sum_of_gang(ask);
    return within(a, r, &sum, 1) == 1 ? s->count : 0;
}

void alloc_shortage_provide(struct alloc *a,
                            const struct alloc_shortage *s,
                            const struct alloc_places *places,
                            bool is_all)
{
    struct ask *ask = ask_of(a, s);
    struct quantity sum;

    if (ask == NULL)
        return;
    if (is_all)
        ask->provided = a->shortage_rounds;
    sum = sum_of_places(ask, places);
    promise(a, ask, &sum);
}

void alloc_shortage_keep(struct alloc *a,
                         const struct alloc_shortage *s,
                         const char *agent_id,
                         const struct alloc_places *places,
                         msec_t until)
{
    struct agent *agent = pool_get(a->pool, agent_id);
    struct ask *ask = ask_of(a, s);
    struct quantity need;
    uint32_t count = 0;

    for (int i = 0; i < ALLOC_SLOTS_MAX; i++)
        count += places->counts[i];
    if (ask == NULL || agent->kept_for != NULL)
        return; /* then it is there for the first of them */
    need = sum_of_places(ask, places);
    keeps_add(a->keeps, agent, ask, count, &need, until);
}

/* ------------------------------------------------------ who may lose what */

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

int64_t alloc_role_excess(struct alloc *a, const char *role)
{
    const struct role *r = roles_find(a->roles, role);
    struct quantity q;
    uint64_t serial;
    const struct scale *scale = pool_scale(a->pool, &serial);

    if (r == NULL)
        return 0;
    q = r->node.given;
    quantity_subtract(&q, &r->leaving);
    for (int i = 0; i < QUANTITY_MAX && r->quota != NULL; i++)
        q.of[i] = q.of[i] > r->quota->guarantee.of[i]
                      ? q.of[i] - r->quota->guarantee.of[i]
                      : 0;
    return (int64_t)policy_share(scale, &q, r->node.weight);
}

bool alloc_has_guarantees(const struct alloc *a)
{
    return roles_have_guarantees(a->roles);
}
