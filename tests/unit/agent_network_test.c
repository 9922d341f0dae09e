/* agent_network_test.c - what the master says of the network, as an order. */

#include <string.h>

#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

static void say(struct desk *d, const char *own, const char *network)
{
    struct arena *arena = desk_arena(d);
    Mezzo__AgentEvent *e = desk_event(d, MEZZO__AGENT_EVENT__TYPE__NETWORK);
    Mezzo__AgentEvent__Network__Peer *p =
        message_new(arena, &mezzo__agent_event__network__peer__descriptor);

    e->network = message_new(arena, &mezzo__agent_event__network__descriptor);
    if (own != NULL)
        e->network->own = arena_strdup(arena, own);
    p->network = arena_strdup(arena, network);
    p->endpoint = arena_strdup(arena, "tcp://10.0.0.9:5051");
    e->network->peers = arena_alloc(arena, sizeof p);
    e->network->peers[0] = p;
    e->network->n_peers = 1;
    desk_say(d, e);
}

int main(void)
{
    struct desk *d = desk_new();
    const Mezzo__AgentCall *call;
    const struct order *o;

    call = desk_take_call(d, MEZZO__AGENT_CALL__TYPE__REGISTER);
    CHECK(call != NULL &&
          strcmp(call->registration->agent_info->container_network,
                 "10.88.3.0/24") == 0);
    desk_register(d);
    say(d, "10.88.4.0/24", "10.88.5.0/24");
    o = desk_take_order(d, ORDER_NETWORK, NULL);
    CHECK(o != NULL && o->network.third == 4 && o->network.is_all);
    CHECK(o != NULL && o->network.peers_count == 1 &&
          o->network.peers[0].third == 5 &&
          strcmp(o->network.peers[0].address, "10.0.0.9") == 0);
    say(d, NULL, "10.88.6.0/24");
    o = desk_take_order(d, ORDER_NETWORK, NULL);
    CHECK(o != NULL && o->network.third == 0 && !o->network.is_all);
    say(d, NULL, "10.88.600.0/24"); /* left out */
    o = desk_take_order(d, ORDER_NETWORK, NULL);
    CHECK(o != NULL && o->network.peers_count == 0);
    say(d, "10.99.0.0/24", "10.88.6.0/24"); /* that ends the link */
    CHECK(desk_take_order(d, ORDER_NETWORK, NULL) == NULL);
    desk_free(d);
    return test_done();
}
