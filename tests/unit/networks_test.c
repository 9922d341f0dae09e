/* networks_test.c - agents that would have one subnet, and whom the master
 * tells of whom. */

#include <string.h>

#include "base/message.h"
#include "base/store_tree.h"
#include "tests/test.h"
#include "tests/unit/master_desk.h"

/* `place` NULL: with no container network. */
static void register_at(struct desk *d,
                        const char *peer,
                        const char *network,
                        const char *place)
{
    Mezzo__AgentCall call = MEZZO__AGENT_CALL__INIT;
    Mezzo__AgentCall__Register r = MEZZO__AGENT_CALL__REGISTER__INIT;
    Mesos__V1__AgentInfo info = MESOS__V1__AGENT_INFO__INIT;
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "tcp://%s:1", peer);
    info.hostname = (char *)(uintptr_t)peer;
    info.stream_endpoint = endpoint;
    info.container_network = (char *)(uintptr_t)network;
    info.network_place = (char *)(uintptr_t)place;
    call.type = MEZZO__AGENT_CALL__TYPE__REGISTER;
    call.registration = &r;
    r.agent_info = &info;
    desk_agent_says(d, peer, &call);
    desk_store(d);
}

static const Mezzo__AgentEvent__Network *told(struct desk *d, const char *peer)
{
    const Mezzo__AgentEvent *e =
        desk_take_order(d, peer, MEZZO__AGENT_EVENT__TYPE__NETWORK);

    return e != NULL ? e->network : NULL;
}

static bool is(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

int main(void)
{
    struct store_tree *disk = store_tree_new();
    struct desk *d = desk_new(disk, 1000);
    const Mezzo__AgentEvent__Network *n;

    desk_store(d);
    register_at(d, "plain", NULL, NULL);
    CHECK(told(d, "plain") == NULL);

    register_at(d, "a", "10.88.7.0/24", "boot/1");
    n = told(d, "a");
    CHECK(n != NULL && is(n->own, "10.88.7.0/24") && n->n_peers == 0);

    /* Where the same is taken, another is given; each hears of the other. */
    register_at(d, "b", "10.88.7.0/24", "boot/2");
    n = told(d, "b");
    CHECK(n != NULL && is(n->own, "10.88.8.0/24") && n->n_peers == 1 &&
          is(n->peers[0]->network, "10.88.7.0/24") &&
          is(n->peers[0]->endpoint, "tcp://a:1"));
    n = told(d, "a");
    CHECK(n != NULL && n->own == NULL && n->n_peers == 1 &&
          is(n->peers[0]->network, "10.88.8.0/24"));

    /* Who shares a network needs no way there. */
    register_at(d, "c", "10.88.255.0/24", "boot/2");
    n = told(d, "c");
    CHECK(n != NULL && n->n_peers == 1 &&
          is(n->peers[0]->endpoint, "tcp://a:1"));
    CHECK(told(d, "b") == NULL);
    CHECK(told(d, "a") != NULL);

    register_at(d, "e", "10.88.255.0/24", "boot/3");
    n = told(d, "e"); /* around */
    CHECK(n != NULL && is(n->own, "10.88.1.0/24") && n->n_peers == 3);
    register_at(d, "f", "nonsense", "boot/4");
    CHECK(told(d, "f") == NULL);
    desk_free(d);
    store_tree_free(disk);
    return test_done();
}
