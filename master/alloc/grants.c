/* grants.c - everything that counts what is given is told here. */

#include "master/alloc/grants.h"

#include "base/memory.h"
#include "master/alloc/backfill.h"
#include "master/alloc/ends.h"

static struct alloc_grant *add_grant(struct alloc *a,
                                     struct client *client,
                                     struct agent *agent,
                                     const struct resources *list)
{
    struct alloc_grant *g;

    if (a->grants_count == a->grants_size) {
        a->grants_size = a->grants_size == 0 ? 64 : a->grants_size * 2;
        a->grants = memory_resize(a->grants, a->grants_size, sizeof *a->grants);
    }
    g = &a->grants[a->grants_count++];
    *g = (struct alloc_grant){
        .framework_id = client->framework->id,
        .role = client->role->name,
        .agent_id = agent->id,
        .resources = list,
    };
    return g;
}

static void count_given(struct alloc *a,
                        struct client *client,
                        const struct ask *ask,
                        struct agent *agent,
                        const struct quantity *given)
{
    uint64_t serial;

    agent_hold(agent, &client->node, given);
    tree_give(&client->node, given, pool_scale(a->pool, &serial));
    backfill_note_given(a, ask, agent, given);
}

/* Only amounts are cut; of what cannot be, all goes. */
static void cut(struct alloc *a,
                struct resources *list,
                const struct quantity *room)
{
    struct quantity left = *room;
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct resource r = list->items[i];
        int name = names_find(&a->names, r.name);
        int64_t size = names_measure(&r);

        if (name != NAMES_NONE && size > left.of[name]) {
            if (r.kind != RESOURCE_SCALAR || left.of[name] == 0)
                continue;
            r.milli = size = left.of[name];
        }
        if (name != NAMES_NONE && left.of[name] != INT64_MAX)
            left.of[name] -= size;
        list->items[kept++] = r;
    }
    list->count = kept;
}

void grants_offer(struct alloc *a,
                  struct client *client,
                  struct agent *agent,
                  struct arena *arena)
{
    struct quantity given = *agent->free, room;
    struct resources *list =
        agent_list(agent, &a->names, client->role->name, arena);

    if (tree_headroom(&client->node, &room)) {
        cut(a, list, &room);
        agent_take(agent, &a->names, list);
    } else {
        agent_take_visible(agent, &a->names, list);
    }
    quantity_subtract(&given, agent->free);
    count_given(a, client, NULL, agent, &given);
    add_grant(a, client, agent, list);
}

/* The last grant for the ask, if the same agent can be given more with it:
 * both must be amounts of the same kinds, in the same order. */
static struct alloc_grant *last_grant(const struct alloc *a,
                                      const struct ask *ask,
                                      const struct agent *agent,
                                      const struct resources *more)
{
    struct alloc_grant *g;

    if (ask->grant_run != a->runs)
        return NULL;
    g = &a->grants[ask->grant];
    if (g->agent_id != agent->id || g->resources->count != more->count)
        return NULL;
    for (size_t i = 0; i < more->count; i++) {
        if (more->items[i].kind != RESOURCE_SCALAR ||
            resource_compare(&more->items[i], &g->resources->items[i]) != 0)
            return NULL;
    }
    return g;
}

static void count_slot(struct alloc *a,
                       struct ask *ask,
                       struct slot *slot,
                       uint32_t times,
                       struct agent *agent,
                       const struct resources *taken)
{
    struct quantity given = slot->need.quantity;

    for (int i = 0; i < QUANTITY_MAX; i++)
        given.of[i] *= times;
    if (!need_is_plain(&slot->need, agent))
        given = names_sum(&a->names, taken); /* parts may be more */
    count_given(a, ask->client, ask, agent, &given);
    asks_note_granted(ask, slot, agent, times);
    keeps_note_granted(a->keeps, agent, ask, times, &given);
    if (ask->is_exclusive)
        agent->exclusive_to = ask->serial;
    if (ask->max_ms > 0)
        ends_add(a->ends, agent, &ask->client->node, a->now + ask->max_ms,
                 ask->serial, &given);
}

void grants_record(struct alloc *a,
                   struct ask *ask,
                   struct slot *slot,
                   uint32_t times,
                   struct agent *agent,
                   const struct resources *taken,
                   struct arena *arena)
{
    struct alloc_grant *g = last_grant(a, ask, agent, taken);

    count_slot(a, ask, slot, times, agent, taken);
    if (g != NULL) {
        for (size_t i = 0; i < taken->count; i++)
            g->resources->items[i].milli += taken->items[i].milli;
        ((uint32_t *)g->counts)[slot - ask->slots] += times;
        return;
    }
    ask->grant_run = a->runs;
    ask->grant = a->grants_count;
    g = add_grant(a, ask->client, agent, taken);
    g->ask_id = ask->id;
    g->gang_id = ask->gang_run == a->runs ? ask->gang_id : NULL;
    g->max_ms = ask->max_ms;
    g->priority = ask->urgency.priority;
    g->counts_count = ask->slots_count;
    g->counts = arena_alloc(arena, ask->slots_count * sizeof *g->counts);
    ((uint32_t *)g->counts)[slot - ask->slots] = times;
}

void grants_slot(struct alloc *a,
                 struct ask *ask,
                 struct slot *slot,
                 uint32_t times,
                 struct agent *agent,
                 struct arena *arena)
{
    grants_record(a, ask, slot, times, agent,
                  need_take(&slot->need, &a->names, agent,
                            ask->client->role->name, times, arena),
                  arena);
}
