/* alloc.c - the calls: each changes what it names and marks what that may have
 * made possible.  All giving is done by pass.c. */

#include "master/alloc/alloc.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/alloc/backfill.h"
#include "master/alloc/ends.h"
#include "master/alloc/pass.h"
#include "master/alloc/usage.h"

struct alloc *alloc_new(void)
{
    struct alloc *a = memory_new(1, sizeof *a);
    names_init(&a->names);
    a->attributes = attributes_new();
    a->pool = pool_new();
    a->roles = roles_new();
    a->filters = filters_new(POLICY_FILTERS_MAX);
    a->views = views_new(a->attributes, a->pool);
    a->shapes = shapes_new();
    a->ends = ends_new();
    a->backfill = backfill_new();
    a->keeps = keeps_new();
    a->clients = clients_new(a->roles, a->filters);
    a->asks = asks_new(&a->names, a->pool, a->attributes, a->views, a->shapes,
                       a->keeps);
    gained_init(&a->gained, POLICY_GAINED_MAX);
    a->last_run = -POLICY_COALESCE_MS;
    a->shortage_rounds = 1; /* before it nobody was provided for */
    a->answers = arena_new();
    a->trial = arena_new();
    return a;
}

static void forget_asks_of(struct alloc *a, struct client *client)
{
    msec_t at;
    const struct ask *head = backfill_head(a->backfill, &at);

    if (head != NULL && head->client == client)
        backfill_release(a);
    asks_remove_of_client(a->asks, client);
}

static void forget_asks(struct alloc *a, struct framework *framework)
{
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework)
        forget_asks_of(a, client);
}

void alloc_free(struct alloc *a)
{
    struct framework *framework;
    struct agent *agent;

    if (a == NULL)
        return;
    while ((framework = clients_first_framework(a->clients)) != NULL) {
        forget_asks(a, framework);
        clients_drop_framework(a->clients, framework);
    }
    while ((agent = pool_next(a->pool, NULL)) != NULL) {
        attributes_remove_agent(a->attributes, agent);
        filters_remove_of_agent(a->filters, agent);
        ends_remove_of_agent(a->ends, agent);
        backfill_forget_agent(a, agent);
        keeps_forget_agent(a->keeps, agent);
        pool_remove(a->pool, agent);
    }
    asks_free(a->asks);
    backfill_free(a->backfill);
    keeps_free(a->keeps);
    ends_free(a->ends);
    clients_free(a->clients);
    shapes_free(a->shapes);
    views_free(a->views);
    filters_free(a->filters);
    roles_free(a->roles);
    pool_free(a->pool);
    attributes_free(a->attributes);
    gained_release(&a->gained);
    arena_free(a->answers);
    arena_free(a->trial);
    free(a->grants);
    free(a);
}

static const struct scale *scale_of(struct alloc *a)
{
    uint64_t serial;

    return pool_scale(a->pool, &serial);
}

static struct agent *get_agent(struct alloc *a, const char *id)
{
    state_change(a);
    return pool_get(a->pool, id);
}

static struct framework *get_framework(struct alloc *a, const char *id)
{
    state_change(a);
    return clients_get_framework(a->clients, id);
}

void alloc_agent_add(struct alloc *a, const struct alloc_agent_info *info)
{
    struct agent *agent;

    state_change(a);
    agent = agent_new(info->id, info->total, &a->names);
    pool_add(a->pool, agent);
    attributes_add_agent(a->attributes, agent, info);
    views_add_agent(a->views, agent);
    gained_add(&a->gained, agent);
}

void alloc_agent_set_active(struct alloc *a, const char *id, bool is_active)
{
    struct agent *agent = get_agent(a, id);

    if (agent->is_active == is_active)
        return;
    pool_set_active(a->pool, agent, is_active);
    if (is_active)
        gained_add(&a->gained, agent);
}

void alloc_agent_convert(struct alloc *a,
                         const char *id,
                         const struct resources *from,
                         const struct resources *to)
{
    struct agent *agent = get_agent(a, id);

    agent_convert(agent, &a->names, from, to);
    pool_gained(a->pool, agent);
    gained_add(&a->gained, agent);
}

void alloc_agent_remove(struct alloc *a, const char *id)
{
    struct agent *agent = get_agent(a, id);

    for (uint32_t i = 0; i < agent->holdings_count; i++) {
        struct agent_holding *h = &agent->holdings[i];
        struct client *client = h->leaf->leaf;

        tree_give_back(h->leaf, &h->given, scale_of(a));
        clients_tidy(a->clients, client);
    }
    filters_remove_of_agent(a->filters, agent);
    ends_remove_of_agent(a->ends, agent);
    backfill_forget_agent(a, agent);
    keeps_forget_agent(a->keeps, agent);
    gained_remove(&a->gained, agent);
    views_remove_agent(a->views, agent);
    attributes_remove_agent(a->attributes, agent);
    pool_remove(a->pool, agent);
}

static bool is_among(const char *role, const char *const *roles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(roles[i], role) == 0)
            return true;
    }
    return false;
}

static void set_roles(struct alloc *a,
                      struct framework *framework,
                      const char *const *roles,
                      size_t roles_count)
{
    struct client *client, *next;

    for (size_t i = 0; i < roles_count; i++) {
        client = clients_use(a->clients, framework, roles[i]);
        client->is_subscribed = true;
        clients_settle(client, false);
    }
    for (client = LIST_FIRST(&framework->clients); client != NULL;
         client = next) {
        next = LIST_NEXT(client, of_framework);
        if (is_among(client->role->name, roles, roles_count))
            continue;
        client->is_subscribed = false;
        client->is_suppressed = false;
        filters_remove_of_client(a->filters, &client->filters);
        forget_asks_of(a, client);
        clients_settle(client, false);
        clients_tidy(a->clients, client);
    }
}

void alloc_framework_add(struct alloc *a,
                         const char *id,
                         const char *const *roles,
                         size_t roles_count)
{
    state_change(a);
    set_roles(a, clients_add_framework(a->clients, id), roles, roles_count);
}

void alloc_framework_set_roles(struct alloc *a,
                               const char *id,
                               const char *const *roles,
                               size_t roles_count)
{
    set_roles(a, get_framework(a, id), roles, roles_count);
}

void alloc_framework_set_active(struct alloc *a, const char *id, bool is_active)
{
    struct framework *framework = get_framework(a, id);
    struct client *client;

    framework->is_active = is_active;
    LIST_FOREACH (client, &framework->clients, of_framework)
        clients_settle(client, false);
}

void alloc_framework_remove(struct alloc *a, const char *id)
{
    struct framework *framework = get_framework(a, id);

    forget_asks(a, framework);
    clients_remove_framework(a->clients, framework);
}

static void suppress(struct alloc *a,
                     const char *framework_id,
                     const char *role,
                     bool is_suppressed)
{
    struct framework *framework = get_framework(a, framework_id);
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework) {
        if (role != NULL && strcmp(client->role->name, role) != 0)
            continue;
        client->is_suppressed = is_suppressed;
        if (!is_suppressed)
            clients_restart(client);
        clients_settle(client, !is_suppressed);
    }
}

void alloc_suppress(struct alloc *a, const char *framework_id, const char *role)
{
    suppress(a, framework_id, role, true);
}

void alloc_resume(struct alloc *a, const char *framework_id, const char *role)
{
    suppress(a, framework_id, role, false);
}

void alloc_revive(struct alloc *a, const char *framework_id, const char *role)
{
    struct framework *framework = get_framework(a, framework_id);
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework)
        if (role == NULL || strcmp(client->role->name, role) == 0)
            filters_remove_of_client(a->filters, &client->filters);
    alloc_resume(a, framework_id, role);
}

void alloc_filter(struct alloc *a,
                  const char *framework_id,
                  const char *role,
                  const char *agent_id,
                  const struct resources *refused,
                  msec_t until)
{
    struct framework *framework = get_framework(a, framework_id);
    struct client *client = clients_find(framework, role);
    struct agent *shown;

    if (client == NULL || !client->is_subscribed)
        return; /* it is offered nothing anyway */
    shown = filters_add(a->filters, &client->filters,
                        pool_get(a->pool, agent_id), &a->names, refused, until);
    if (shown != NULL)
        gained_add(&a->gained, shown);
}

/* After an ask has come or gone it may want other things, or nothing.  Without
 * any it is offered whatever there is, which nobody has looked for yet. */
static void settle_all(struct framework *framework)
{
    bool is_classic = framework->asks == NULL;
    struct client *client;

    LIST_FOREACH (client, &framework->clients, of_framework) {
        if (is_classic)
            clients_restart(client);
        clients_settle(client, is_classic);
    }
}

int alloc_ask_put(struct alloc *a,
                  const char *framework_id,
                  const struct alloc_ask *ask,
                  struct error *err)
{
    struct framework *framework = get_framework(a, framework_id);
    struct ask *old = ask->id == NULL ? NULL : asks_find(framework, ask->id);
    int result;

    if (old != NULL)
        backfill_forget_ask(a, old);
    result = asks_put(a->asks, framework, ask, err);
    settle_all(framework);
    return result;
}

bool alloc_ask_withdraw(struct alloc *a,
                        const char *framework_id,
                        const char *ask_id)
{
    struct framework *framework = get_framework(a, framework_id);
    struct ask *ask = asks_find(framework, ask_id);

    if (ask == NULL)
        return false;
    backfill_forget_ask(a, ask);
    asks_remove(a->asks, ask);
    settle_all(framework);
    return true;
}

void alloc_ask_note_placed(struct alloc *a,
                           const char *framework_id,
                           const char *ask_id,
                           size_t slot,
                           const char *agent_id,
                           uint32_t granted,
                           uint32_t placed)
{
    struct framework *framework = get_framework(a, framework_id);
    struct ask *ask = asks_find(framework, ask_id);
    struct agent *agent = pool_get(a->pool, agent_id);
    struct client *client;
    struct quantity q;

    if (ask == NULL || slot >= ask->slots_count)
        return;
    client = ask->client;
    if (granted > ask->slots[slot].granted)
        granted = ask->slots[slot].granted; /* some were for one it replaced */
    q = ask->slots[slot].need.quantity;
    for (int i = 0; i < QUANTITY_MAX; i++)
        q.of[i] *= granted;
    ends_remove(a->ends, agent, &client->node, MSEC_NEVER, ask->serial, &q);
    asks_note_placed(ask, &ask->slots[slot], agent, granted, placed);
    if (asks_is_done(ask)) {
        asks_remove(a->asks, ask);
        settle_all(framework);
    } else {
        clients_settle(client, placed < granted);
    }
}

void alloc_take(struct alloc *a,
                const char *framework_id,
                const char *role,
                const char *agent_id,
                const struct resources *resources)
{
    struct agent *agent = get_agent(a, agent_id);
    struct client *client =
        clients_use(a->clients, get_framework(a, framework_id), role);
    struct quantity q = names_sum(&a->names, resources);

    agent_take(agent, &a->names, resources);
    agent_hold(agent, &client->node, &q);
    tree_give(&client->node, &q, scale_of(a));
    clients_tidy(a->clients, client);
}

void alloc_give_back(struct alloc *a,
                     const char *framework_id,
                     const char *role,
                     const char *agent_id,
                     const struct resources *resources)
{
    struct agent *agent = get_agent(a, agent_id);
    struct client *client = clients_find(get_framework(a, framework_id), role);
    struct quantity q = names_sum(&a->names, resources);

    assert(client != NULL || quantity_is_zero(&q));
    agent_return(agent, &a->names, resources);
    if (client != NULL) {
        agent_release(agent, &client->node, &q);
        ends_trim(a->ends, agent, &client->node);
        tree_give_back(&client->node, &q, scale_of(a));
        clients_tidy(a->clients, client);
    }
    pool_gained(a->pool, agent);
    gained_add(&a->gained, agent);
}

void alloc_note_end(struct alloc *a,
                    const char *framework_id,
                    const char *role,
                    const char *agent_id,
                    const struct resources *resources,
                    msec_t ends)
{
    struct agent *agent = get_agent(a, agent_id);
    struct client *client = clients_find(get_framework(a, framework_id), role);
    struct quantity q = names_sum(&a->names, resources);

    if (client == NULL)
        return;
    ends_add(a->ends, agent, &client->node, ends, 0, &q);
    ends_trim(a->ends, agent, &client->node);
}

void alloc_forget_end(struct alloc *a,
                      const char *framework_id,
                      const char *role,
                      const char *agent_id,
                      const struct resources *resources,
                      msec_t ends)
{
    struct agent *agent = get_agent(a, agent_id);
    struct client *client = clients_find(get_framework(a, framework_id), role);
    struct quantity q = names_sum(&a->names, resources);

    if (client != NULL)
        ends_remove(a->ends, agent, &client->node, ends, 0, &q);
}

void alloc_set_order(struct alloc *a, enum alloc_order order)
{
    state_change(a);
    a->order = order;
    asks_set_order(a->asks, order);
}

bool alloc_get_reservation(const struct alloc *a,
                           struct alloc_reservation *reservation)
{
    msec_t at;
    const struct ask *head = backfill_head(a->backfill, &at);

    if (head == NULL)
        return false;
    *reservation = (struct alloc_reservation){
        .framework_id = head->client->framework->id,
        .ask_id = head->id,
        .starts_by = at,
        .agents_count = backfill_agents(a->backfill),
    };
    return true;
}

static msec_t earlier(msec_t a, msec_t b)
{
    return a < b ? a : b;
}

msec_t alloc_deadline(const struct alloc *a)
{
    msec_t soon = a->last_run + POLICY_COALESCE_MS;
    msec_t wake = earlier(asks_deadline(a->asks), usage_deadline(a));

    wake = earlier(wake, keeps_deadline(a->keeps));

    if (a->is_work_left)
        return a->last_run;
    if (a->gained.count > 0 || a->gained.is_all ||
        tree_first(roles_root(a->roles), TREE_HUNGRY) != NULL)
        return soon;
    return earlier(filters_deadline(a->filters), wake < soon ? soon : wake);
}

size_t alloc_run(struct alloc *a,
                 msec_t now,
                 size_t grants_max,
                 struct arena *arena,
                 const struct alloc_grant **grants)
{
    struct alloc_grant *given;

    arena_reset(a->answers);
    pass_run(a, now, grants_max, arena);
    given = arena_alloc(arena, a->grants_count * sizeof *given + 1);
    if (a->grants_count > 0)
        memcpy(given, a->grants, a->grants_count * sizeof *given);
    *grants = given;
    return a->grants_count;
}

const struct resources *alloc_agent_free(const struct alloc *a, const char *id)
{
    const struct agent *agent = pool_get(a->pool, id);

    return agent_list(agent, &a->names, NULL, a->answers);
}

int64_t alloc_role_share(const struct alloc *a, const char *role)
{
    const struct role *found = roles_find(a->roles, role);
    uint64_t serial, share;

    if (found == NULL)
        return 0;
    share = policy_share(pool_scale(a->pool, &serial), &found->node.given,
                         found->node.weight);
    return (int64_t)(share * 1000 / (POLICY_SHARE_WHOLE / 1000));
}
