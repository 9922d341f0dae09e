/* network.c - texts into numbers; the machine does the rest. */

#include "agent/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/runs.h"
#include "agent/settings.h"
#include "base/container_network.h"

enum {
    PEERS_MAX = 256,
};

/* Of "tcp://10.0.0.7:5051"; not one of loopback, which is nobody else's. */
static const char *read_address(const char *endpoint, struct arena *arena)
{
    const char *host = endpoint != NULL ? strstr(endpoint, "://") : NULL;
    char text[16];
    size_t size;

    if (host == NULL)
        return NULL;
    host += strlen("://");
    size = strspn(host, "0123456789.");
    if (size == 0 || size >= sizeof text || host[size] != ':' ||
        strncmp(host, "127.", 4) == 0 || strncmp(host, "0.", 2) == 0)
        return NULL;
    snprintf(text, sizeof text, "%.*s", (int)size, host);
    return arena_strdup(arena, text);
}

const char *network_name(const struct agent_options *options,
                         struct arena *arena)
{
    const char *address = options->bridge_address, *dot;
    char text[32];

    if (address == NULL)
        return NULL;
    dot = strrchr(address, '.');
    snprintf(text, sizeof text, "%.*s.0/24", (int)(dot - address), address);
    return arena_strdup(arena, text);
}

static void take_own(struct agent_options *options, unsigned third)
{
    char address[32];

    snprintf(address, sizeof address, "10.88.%u.1", third);
    settings_set_bridge(options, address);
}

const char *network_told(struct agent_options *options,
                         const Mezzo__AgentEvent__Network *network,
                         struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct order_network_peer *peers;
    struct order *o;
    unsigned third = 0;

    if (network != NULL)
        third = container_network_read(network->own);
    if (network == NULL || network->n_peers > PEERS_MAX ||
        (network->own != NULL && third == 0))
        return "a network that is none";
    if (options->bridge_address == NULL)
        return NULL;
    if (third != 0)
        take_own(options, third);
    peers = arena_alloc(arena, (network->n_peers + 1) * sizeof *peers);
    o = runs_order("", ORDER_NETWORK, step);
    o->network.third = third;
    o->network.local = read_address(options->stream_endpoint, arena);
    o->network.peers = peers;
    o->network.is_all = third != 0;
    for (size_t i = 0; i < network->n_peers; i++) {
        struct order_network_peer *p = &peers[o->network.peers_count];

        p->address = read_address(network->peers[i]->endpoint, arena);
        p->third = container_network_read(network->peers[i]->network);
        if (p->address != NULL && p->third != 0)
            o->network.peers_count++;
    }
    return NULL;
}
