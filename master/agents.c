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
    resources_release(&agent->total);
    agent->total = total;
    if (agent->info != info)
        retired_add(a->retired, &agent->info->base);
    agent->info = info;
    return 0;
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
