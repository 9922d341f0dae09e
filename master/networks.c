/* networks.c - subnets are few, and agents come rarely: looked through. */

#include "master/networks.h"

#include <stdlib.h>
#include <string.h>

#include "base/container_network.h"
#include "base/memory.h"
#include "base/message.h"
#include "master/events.h"

/* 0: it has none. */
static unsigned subnet_of(const struct agent *agent)
{
    return agent->state == AGENT_GONE
               ? 0
               : container_network_read(agent->info->container_network);
}

static bool is_elsewhere(const struct agent *a, const struct agent *b)
{
    const char *x = a->info->network_place, *y = b->info->network_place;

    return x == NULL || y == NULL || strcmp(x, y) != 0;
}

/* That of another, if the one it has taken is another's. */
static void settle(struct turn *t, struct agent *agent, unsigned own)
{
    const struct agent *other = agents_first(t->m->agents);
    bool is_taken[CONTAINER_NETWORKS] = {true};
    char text[CONTAINER_NETWORK_SIZE];

    for (; other != NULL; other = TAILQ_NEXT(other, entry))
        if (other != agent)
            is_taken[subnet_of(other)] = true;
    if (!is_taken[own])
        return;
    for (unsigned i = 1; i < CONTAINER_NETWORKS; i++) {
        unsigned third = 1 + (own + i - 1) % (CONTAINER_NETWORKS - 1);

        if (is_taken[third])
            continue;
        container_network_write(third, text);
        free(agent->info->container_network);
        agent->info->container_network = memory_strdup(text);
        return;
    }
    effects_log(t->fx, LOG_LEVEL_NOTICE,
                "%s: all subnets of 10.88.0.0/16 are taken, and its containers "
                "have addresses of another agent's",
                agent->id);
}

static Mezzo__AgentEvent__Network *network_new(struct turn *t, size_t peers)
{
    Mezzo__AgentEvent__Network *n =
        message_new(t->arena, &mezzo__agent_event__network__descriptor);

    n->peers = arena_alloc(t->arena, (peers + 1) * sizeof(*n->peers));
    return n;
}

static void add_peer(struct turn *t,
                     Mezzo__AgentEvent__Network *n,
                     const struct agent *peer)
{
    Mezzo__AgentEvent__Network__Peer *p =
        message_new(t->arena, &mezzo__agent_event__network__peer__descriptor);

    p->network = arena_strdup(t->arena, peer->info->container_network);
    p->endpoint = arena_strdup(t->arena, peer->info->stream_endpoint);
    n->peers[n->n_peers++] = p;
}

static bool is_peer(const struct agent *agent, const struct agent *other)
{
    return other != agent && subnet_of(other) != 0 &&
           other->info->stream_endpoint != NULL && is_elsewhere(agent, other);
}

void networks_registered(struct turn *t, struct agent *agent)
{
    struct agent *other = agents_first(t->m->agents);
    unsigned own = subnet_of(agent);
    Mezzo__AgentEvent__Network *all, *one;

    if (own == 0)
        return;
    settle(t, agent, own);
    all = network_new(t, CONTAINER_NETWORKS);
    all->own = arena_strdup(t->arena, agent->info->container_network);
    for (; other != NULL; other = TAILQ_NEXT(other, entry)) {
        if (!is_peer(agent, other) || all->n_peers == CONTAINER_NETWORKS)
            continue;
        add_peer(t, all, other);
        if (other->peer == NULL || agent->info->stream_endpoint == NULL)
            continue;
        one = network_new(t, 1);
        add_peer(t, one, agent);
        events_network(t, other, one);
    }
    events_network(t, agent, all);
}
