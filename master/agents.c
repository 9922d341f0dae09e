/* agents.c - a list, found by id and by link. */

#include "master/agents.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"

struct agents {
    TAILQ_HEAD(, agent) all;
    struct table *by_id;
    struct table *by_peer;
    struct retired *retired;
};

static const char *const state_names[] = {
    [AGENT_ADMITTING] = "admitting",
    [AGENT_REGISTERED] = "registered",
    [AGENT_DISCONNECTED] = "disconnected",
    [AGENT_LEAVING] = "disconnected",
    [AGENT_UNREACHABLE] = "unreachable",
    [AGENT_RETURNING] = "unreachable",
    [AGENT_GONE] = "gone",
};

static const char *id_of(const void *value)
{
    return ((const struct agent *)value)->id;
}

static const char *peer_of(const void *value)
{
    return ((const struct agent *)value)->peer;
}

struct agents *agents_new(struct retired *retired)
{
    struct agents *a = memory_new(1, sizeof *a);

    a->retired = retired;
    TAILQ_INIT(&a->all);
    a->by_id = table_new(id_of);
    a->by_peer = table_new(peer_of);
    return a;
}

struct agent *agents_add(struct agents *a,
                         const char *id,
                         const char *principal,
                         Mesos__V1__AgentInfo *info,
                         enum agent_state state)
{
    struct agent *agent = memory_new(1, sizeof *agent);

    agent->id = memory_strdup(id);
    agent->principal = memory_strdup(principal);
    agent->state = state;
    agent->info = info;
    TAILQ_INIT(&agent->tasks);
    TAILQ_INIT(&agent->executors);
    TAILQ_INIT(&agent->offers);
    agent->deadline.owner = agent;
    outbox_open(&agent->mailbox, MAILBOX_AGENT, agent->id);
    table_add(a->by_id, agent);
    TAILQ_INSERT_TAIL(&a->all, agent, entry);
    return agent;
}

static void agent_free(struct agents *a, struct agent *agent)
{
    retired_add(a->retired, &agent->info->base);
    resources_release(&agent->total);
    resources_release(&agent->reserved);
    resources_release(&agent->to_be_reserved);
    free(agent->peer);
    free(agent->principal);
    free(agent->id);
    free(agent);
}

void agents_remove(struct agents *a, struct agent *agent)
{
    assert(TAILQ_EMPTY(&agent->tasks) && TAILQ_EMPTY(&agent->executors) &&
           TAILQ_EMPTY(&agent->offers));
    assert(agent->deadline.position == 0);
    agents_set_peer(a, agent, NULL);
    table_remove(a->by_id, agent);
    TAILQ_REMOVE(&a->all, agent, entry);
    agent_free(a, agent);
}

void agents_free(struct agents *a)
{
    struct agent *agent;

    if (a == NULL)
        return;
    while ((agent = TAILQ_FIRST(&a->all)) != NULL) {
        TAILQ_REMOVE(&a->all, agent, entry);
        agent_free(a, agent);
    }
    table_free(a->by_id);
    table_free(a->by_peer);
    free(a);
}

struct agent *agents_find(const struct agents *a, const char *id)
{
    return table_find(a->by_id, id);
}

struct agent *agents_find_peer(const struct agents *a, const char *peer)
{
    return table_find(a->by_peer, peer);
}

void agents_set_peer(struct agents *a, struct agent *agent, const char *peer)
{
    if (agent->peer != NULL)
        table_remove(a->by_peer, agent);
    free(agent->peer);
    agent->peer = peer == NULL ? NULL : memory_strdup(peer);
    agent->mailbox.peer = agent->peer;
    if (peer != NULL)
        table_add(a->by_peer, agent);
}

/* Of less than is reserved, all is: its resources have shrunk. */
static void reserve_in(struct resources *total,
                       const struct resources *reserved)
{
    for (size_t i = 0; i < reserved->count; i++) {
        struct resource plain = reserved->items[i];
        struct resources of_it = {.items = &plain, .count = 1};
        struct resources before = {0}, taken = {0};

        plain.reserved_role = NULL;
        plain.is_dynamic = false;
        resources_copy(&before, total);
        resources_subtract_what_is_there(total, &of_it);
        resources_copy(&taken, &before);
        resources_subtract(&taken, total);
        for (size_t k = 0; k < taken.count; k++) {
            taken.items[k].reserved_role =
                memory_strdup(reserved->items[i].reserved_role);
            taken.items[k].is_dynamic = true;
        }
        resources_add(total, &taken);
        resources_release(&before);
        resources_release(&taken);
    }
}

void agents_set_reserved(struct agent *agent, const struct resources *reserved)
{
    struct resources total = {0};

    if (&agent->reserved != reserved)
        resources_copy(&agent->reserved, reserved);
    /* It was read when it was set. */
    resources_from_wire(&total, agent->info->resources,
                        agent->info->n_resources, NULL);
    reserve_in(&total, &agent->reserved);
    resources_release(&agent->total);
    agent->total = total;
}

int agents_set_info(struct agents *a,
                    struct agent *agent,
                    Mesos__V1__AgentInfo *info,
                    struct error *err)
{
    struct resources total = {0};
    int rc =
        resources_from_wire(&total, info->resources, info->n_resources, err);

    if (rc < 0)
        return rc;
    resources_release(&total);
    if (agent->info != info)
        retired_add(a->retired, &agent->info->base);
    agent->info = info;
    agents_set_reserved(agent, &agent->reserved);
    return 0;
}

struct agent *agents_find_named(const struct agents *a,
                                const char *name,
                                const char **fault)
{
    struct agent *agent = agents_find(a, name), *one;
    size_t count = 0;

    if (agent != NULL)
        return agent;
    for (one = agents_first(a); one != NULL; one = TAILQ_NEXT(one, entry))
        if (one->state != AGENT_GONE &&
            strcmp(one->info->hostname, name) == 0) {
            agent = one;
            count++;
        }
    if (count == 1)
        return agent;
    *fault = count == 0 ? "no such agent; see: mezzo agents"
                        : "several agents are on that host; name one by its id";
    return NULL;
}

const char *agents_state_name(enum agent_state state)
{
    return state_names[state];
}

bool agents_is_any_missing(const struct agents *a)
{
    const struct agent *agent = agents_first(a);

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry))
        if (!agent->is_pooled && agent->state != AGENT_UNREACHABLE &&
            agent->state != AGENT_GONE)
            return true;
    return false;
}

struct agent *agents_first(const struct agents *a)
{
    return TAILQ_FIRST(&a->all);
}

size_t agents_count(const struct agents *a)
{
    return table_count(a->by_id);
}
