/* address_test.c - which addresses are ones, and which are ours alone. */

#include "io/address.h"

#include <string.h>

#include "tests/test.h"

static void addresses_are_tcp_or_ipc(void)
{
    CHECK(address_refuses("tcp://127.0.0.1:5050") == NULL);
    CHECK(address_refuses("tcp://[::1]:5050") == NULL);
    CHECK(address_refuses("tcp://*:0") == NULL);
    CHECK(address_refuses("tcp://head-node.example:65535") == NULL);
    CHECK(address_refuses("ipc:///run/mezzo/agent") == NULL);
}

static void what_is_no_address_is_refused(void)
{
    char path[200] = "ipc:///";

    CHECK(address_refuses("") != NULL);
    CHECK(address_refuses("127.0.0.1:5050") != NULL);
    CHECK(address_refuses("inproc://x") != NULL);
    CHECK(address_refuses("tcp://") != NULL);
    CHECK(address_refuses("tcp://host") != NULL);
    CHECK(address_refuses("tcp://:5050") != NULL);
    CHECK(address_refuses("tcp://host:") != NULL);
    CHECK(address_refuses("tcp://host:65536") != NULL);
    CHECK(address_refuses("tcp://host:5050x") != NULL);
    CHECK(address_refuses("tcp://127.0.0.1:0;10.0.0.1:5050") != NULL);
    CHECK(address_refuses("tcp://a b:5050") != NULL);
    CHECK(address_refuses("ipc://") != NULL);
    memset(path + 7, 'x', 106);
    CHECK(address_refuses(path) == NULL);
    memset(path + 7, 'x', 107);
    CHECK(address_refuses(path) != NULL);
}

static void only_loopback_and_ipc_are_local(void)
{
    CHECK(address_is_local("tcp://127.0.0.1:1"));
    CHECK(address_is_local("tcp://127.9.9.9:1"));
    CHECK(address_is_local("tcp://[::1]:1"));
    CHECK(address_is_local("tcp://localhost:1"));
    CHECK(address_is_local("ipc:///x"));
    CHECK(!address_is_local("tcp://0.0.0.0:1"));
    CHECK(!address_is_local("tcp://*:1"));
    CHECK(!address_is_local("tcp://128.0.0.1:1"));
    CHECK(!address_is_local("tcp://127.evil.example:1"));
    CHECK(!address_is_local("tcp://[::]:1"));
    CHECK(!address_is_local("tcp://x"));
}

int main(void)
{
    addresses_are_tcp_or_ipc();
    what_is_no_address_is_refused();
    only_loopback_and_ipc_are_local();
    return test_done();
}
