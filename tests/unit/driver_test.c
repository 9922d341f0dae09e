/* driver_test.c - who is let in, who is put out, and how soon either is told;
 * over real sockets, in one thread. */

#include "io/driver.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/context.h"
#include "io/loop.h"
#include "io/store.h"
#include "tests/test.h"
#include "tests/unit/toy.h"

static char directory[] = "/tmp/driver_test.XXXXXX";
static char ipc[64];
static struct keys master_keys, friend_keys, stranger_keys;
static struct principals *allowed, *others;
static const struct principal master = {.name = "master",
                                        .kind = PRINCIPAL_MASTER};
static const struct principal executor = {.name = "executor",
                                          .kind = PRINCIPAL_EXECUTOR};
static const struct principal operator= {.name = "someone",
                                         .kind = PRINCIPAL_OPERATOR};
static struct toy server, client;

static struct principals *parse_list(const char *name, const struct keys *keys)
{
    struct principals *list;
    struct error err;
    char text[200];

    snprintf(text, sizeof text, "%s %s operator * *\n", name, keys->public_key);
    if (principals_parse(text, strlen(text), &list, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    return list;
}

/* With keys, on a port of the system's choice; its address. */
static const char *start_server(void)
{
    static const struct driver_endpoint endpoint = {
        .address = "tcp://127.0.0.1:0", .policy = DRIVER_ALLOW_LIST};

    toy_start(&server, &(struct driver_options){.endpoints = &endpoint,
                                                .endpoints_count = 1,
                                                .keys = &master_keys,
                                                .principals = allowed});
    return driver_address(server.driver, 0);
}

/* On the ipc path, for operators without keys. */
static void start_plain_server(void)
{
    const struct driver_endpoint endpoint = {
        .address = ipc, .policy = DRIVER_PLAIN, .principal = &operator};

    toy_start(&server, &(struct driver_options){.endpoints = &endpoint,
                                                .endpoints_count = 1});
}

static void start_client(const struct keys *keys)
{
    toy_start(&client,
              &(struct driver_options){.keys = keys, .server = &master});
}

static void connect_client(const char *address, const char *key)
{
    static int count;
    char peer[16];

    snprintf(peer, sizeof peer, "m%d", ++count);
    toy_do(&client, (struct toy_order){.verb = TOY_CONNECT,
                                       .peer = peer,
                                       .address = address,
                                       .key = key});
    toy_do(&client, (struct toy_order){.verb = TOY_SEND,
                                       .peer = peer,
                                       .type = FRAME_MASTER_CALL,
                                       .count = 1});
}

static void stop_both(void)
{
    toy_stop(&client);
    toy_stop(&server);
}

static void an_allowed_key_speaks_as_its_principal(void)
{
    const char *address = start_server();

    server.echoes = true;
    start_client(&friend_keys);
    connect_client(address, master_keys.public_key);
    CHECK(toy_hears(&server, "operator friend: type 9"));
    CHECK(toy_hears(&client, "master master: type 10"));
    CHECK(server.ended == 0 && client.ended == 0);
    stop_both();
}

static void an_unknown_key_is_refused_and_its_owner_knows_why(void)
{
    const char *address = start_server();

    start_client(&stranger_keys);
    connect_client(address, master_keys.public_key);
    CHECK(toy_hears(&client, "does not know our key"));
    CHECK(strstr(client.trace, stranger_keys.public_key) != NULL);
    CHECK(toy_logs(&server, "127.0.0.1: refused, its key "));
    CHECK(server.received == 0);
    stop_both();
}

static void a_wrong_key_of_the_server_is_noticed_by_both(void)
{
    const char *address = start_server();

    start_client(&friend_keys);
    connect_client(address, stranger_keys.public_key);
    CHECK(toy_hears(&client, "failed: its key is not"));
    CHECK(toy_logs(&server, "a handshake failed"));
    connect_client(address, NULL);
    CHECK(toy_hears(&client, "failed: it wants keys"));
    CHECK(server.received == 0);
    stop_both();
}

static void what_cannot_be_connected_to_ends_with_the_reason(void)
{
    start_client(&friend_keys);
    connect_client("tcp://127.0.0.1:1", master_keys.public_key);
    CHECK(toy_hears(&client, "nobody listens at tcp://127.0.0.1:1"));
    connect_client(ipc, NULL);
    CHECK(toy_ends(&client, 2));
    connect_client("tcp://192.0.2.1:5050", NULL);
    CHECK(toy_hears(&client, "without a key: only on 127.0.0.1"));
    connect_client("tcp://192.0.2.1:5050", "no key");
    CHECK(toy_hears(&client, "'no key' is not a key"));
    connect_client("5050", NULL);
    CHECK(toy_hears(&client, "'5050' is not tcp://"));
    CHECK(client.ended == 5);
    toy_stop(&client);
    start_client(NULL);
    connect_client("tcp://127.0.0.1:1", master_keys.public_key);
    CHECK(toy_hears(&client, "needs keys of ours"));
    toy_stop(&client);
}

static int open_endpoint(const char *address,
                         enum driver_policy policy,
                         const struct keys *keys,
                         struct error *err)
{
    const struct driver_endpoint endpoint = {
        .address = address, .policy = policy, .principal = &operator};
    int rc = toy_open(&server,
                      &(struct driver_options){.endpoints = &endpoint,
                                               .endpoints_count = 1,
                                               .keys = keys,
                                               .principals = allowed},
                      err);

    if (rc == 0)
        toy_stop(&server);
    return rc;
}

static void plain_is_for_this_machine_only(void)
{
    struct error err = {""};

    CHECK(open_endpoint("tcp://127.0.0.1:0", DRIVER_PLAIN, NULL, &err) == 0);
    CHECK(open_endpoint("tcp://*:0", DRIVER_PLAIN, NULL, &err) == -EINVAL);
    CHECK(strstr(err.text, "mezzo keygen") != NULL);
    CHECK(open_endpoint("tcp://*:0", DRIVER_ALLOW_LIST, NULL, &err) == -EINVAL);
    CHECK(open_endpoint("tcp://*", DRIVER_ANY_KEY, &master_keys, &err) ==
          -EINVAL);
}

static void a_taken_port_stops_the_driver_with_status_2(void)
{
    struct driver_endpoint endpoint = {.policy = DRIVER_PLAIN,
                                       .principal = &operator};

    endpoint.address = start_server();
    toy_start(&client, &(struct driver_options){.endpoints = &endpoint,
                                                .endpoints_count = 1});
    CHECK(driver_has_stopped(client.driver));
    CHECK(driver_status(client.driver) == 2);
    CHECK(strstr(client.log, "is taken by another process") != NULL);
    stop_both();
}

static void three_doors_lead_to_three_kinds_of_peers(void)
{
    const struct driver_endpoint endpoints[] = {
        {"tcp://127.0.0.1:0", DRIVER_ALLOW_LIST, NULL},
        {"tcp://127.0.0.1:0", DRIVER_ANY_KEY, NULL},
        {ipc, DRIVER_PLAIN, &executor},
    };
    char first_peer[600];
    struct bare bare;

    toy_start(&server, &(struct driver_options){.endpoints = endpoints,
                                                .endpoints_count = 3,
                                                .keys = &master_keys,
                                                .principals = allowed});
    start_client(&stranger_keys);
    connect_client(driver_address(server.driver, 0), master_keys.public_key);
    CHECK(toy_hears(&client, "does not know our key"));
    toy_do(&client,
           (struct toy_order){.verb = TOY_CONNECT,
                              .peer = "agent",
                              .address = driver_address(server.driver, 1),
                              .key = master_keys.public_key});
    toy_do(&client, (struct toy_order){.verb = TOY_SEND,
                                       .peer = "agent",
                                       .type = FRAME_STREAM_CALL,
                                       .count = 1});
    CHECK(toy_hears(&server, "guest "));
    CHECK(strstr(server.trace, stranger_keys.public_key) != NULL);
    /* The same routing id behind two doors is two peers. */
    bare_connect(&bare, driver_address(server.driver, 0), &friend_keys,
                 master_keys.public_key, "0123456789abcdef", 16);
    bare_call(&bare);
    CHECK(toy_hears(&server, "operator friend"));
    strcpy(first_peer, server.last_peer);
    CHECK(strcmp(first_peer, "30313233343536373839616263646566") == 0);
    bare_close(&bare, 0);
    bare_connect(&bare, ipc, NULL, NULL, "0123456789abcdef", 16);
    bare_call(&bare); /* which no executor may */
    CHECK(bare_is_cut_off(&bare));
    CHECK(strstr(server.trace, "executor executor: type") == NULL);
    bare_close(&bare, 0);
    stop_both();
}

static void what_is_no_frame_ends_the_link(void)
{
    static uint8_t large[5 << 20];
    struct bare bare;

    start_plain_server();
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    bare_send(&bare, "lively", 6, true);
    bare_send(&bare, "evil", 4, false);
    CHECK(toy_hears(&server, "ended: message of 2 parts"));
    CHECK(bare_is_cut_off(&bare));
    bare_close(&bare, 0);
    bare_connect(&bare, ipc, NULL, NULL, "short", 5);
    bare_call(&bare);
    CHECK(toy_hears(&server, "ended: routing id of 5 bytes"));
    CHECK(bare_is_cut_off(&bare));
    bare_close(&bare, 0);
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    bare_send(&bare, large, FRAME_SIZE_MAX + 1, false);
    CHECK(toy_hears(&server, "ended: too large"));
    CHECK(bare_is_cut_off(&bare));
    bare_close(&bare, 0);
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    bare_call(&bare);
    bare_send(&bare, large, sizeof large, false); /* libzmq's own bound */
    CHECK(bare_is_cut_off(&bare));
    CHECK(toy_hears(&server, "ended: connection lost"));
    bare_close(&bare, 0);
    CHECK(server.received == 1 && server.ended == 4);
    toy_stop(&server);
}

static void a_gap_ends_the_link_and_the_peer_is_told(void)
{
    struct bare bare;

    start_plain_server();
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    bare_call(&bare);
    bare.sequence++;
    bare_call(&bare);
    CHECK(bare_is_told(&bare, "gap: frame 3 came, not 2"));
    CHECK(bare_is_cut_off(&bare)); /* though it does not go by itself */
    CHECK(server.received == 1 && server.ended == 1);
    bare_close(&bare, 0);
    toy_stop(&server);
}

static void an_id_whose_link_ended_is_not_taken_again(void)
{
    struct bare bare;

    start_plain_server();
    bare_connect(&bare, ipc, NULL, NULL, "0123456789abcdef", 16);
    bare_call(&bare);
    CHECK(toy_receives(&server, 1));
    bare_close(&bare, 0);
    CHECK(toy_hears(&server, "ended: connection lost"));
    bare_connect(&bare, ipc, NULL, NULL, "0123456789abcdef", 16);
    bare_call(&bare);
    CHECK(bare_is_cut_off(&bare));
    CHECK(server.received == 1 && server.ended == 1);
    bare_close(&bare, 0);
    toy_stop(&server);
}

static void what_was_said_last_is_heard_before_the_end(void)
{
    struct bare bare;

    start_plain_server();
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    for (int i = 0; i < 700; i++)
        bare_call(&bare);
    bare_close(&bare, 1000);
    CHECK(toy_ends(&server, 1));
    CHECK(server.received == 700);
    CHECK(strstr(server.trace, "ended: connection lost") != NULL);
    toy_stop(&server);
}

static void a_peer_that_does_not_drain_is_put_out(void)
{
    struct bare bare;

    start_plain_server();
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    bare_call(&bare);
    CHECK(toy_receives(&server, 1));
    toy_do(&server, (struct toy_order){.verb = TOY_SEND,
                                       .peer = server.last_peer,
                                       .type = FRAME_STREAM_EVENT,
                                       .size = 4000,
                                       .count = 20000});
    CHECK(toy_hears(&server, "ended: does not drain"));
    CHECK(bare_is_cut_off(&bare));
    bare_close(&bare, 0);
    toy_stop(&server);
}

static void a_core_ends_a_link_and_its_words_arrive(void)
{
    const char *address = start_server();

    start_client(&friend_keys);
    connect_client(address, master_keys.public_key);
    CHECK(toy_receives(&server, 1));
    toy_do(&server, (struct toy_order){.verb = TOY_END,
                                       .peer = server.last_peer,
                                       .text = "we are full"});
    CHECK(toy_hears(&client, "ended: told: we are full"));
    CHECK(toy_hears(&server, "ended: we are full"));
    CHECK(server.ended == 1 && client.ended == 1);
    stop_both();
}

static void a_driver_that_stops_says_farewell(void)
{
    const char *address = start_server();

    start_client(&friend_keys);
    connect_client(address, master_keys.public_key);
    CHECK(toy_receives(&server, 1));
    toy_stop(&server);
    CHECK(toy_hears(&client, "ended: told: the other side has stopped"));
    toy_stop(&client);
}

/* A server in another process, which is killed; before any driver of ours has
 * threads. */
static void a_killed_peer_is_noticed_at_once(void)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        start_plain_server();
        server.echoes = true;
        for (;;)
            toy_run_once(1000);
    }
    while (access(ipc + strlen("ipc://"), F_OK) < 0)
        usleep(1000);
    start_client(NULL);
    connect_client(ipc, NULL);
    CHECK(toy_hears(&client, "master master: type 10"));
    kill(child, SIGKILL);
    CHECK(toy_hears(&client, "ended: connection lost"));
    CHECK(waitpid(child, &status, 0) == child);
    toy_stop(&client);
}

static void another_list_puts_out_who_is_not_in_it(void)
{
    const char *address = start_server();

    start_client(&friend_keys);
    connect_client(address, master_keys.public_key);
    CHECK(toy_hears(&server, "operator friend"));
    driver_set_principals(server.driver, others);
    CHECK(toy_hears(&server, "is not allowed any more"));
    CHECK(toy_hears(&client, "ended: told: its key"));
    connect_client(address, master_keys.public_key);
    CHECK(toy_hears(&client, "does not know our key"));
    driver_set_principals(server.driver, allowed);
    connect_client(address, master_keys.public_key);
    CHECK(toy_receives(&server, 2));
    driver_set_principals(server.driver, allowed); /* who is in it stays */
    CHECK(server.ended == 1);
    stop_both();
}

static void drivers_share_a_context_but_not_their_lists(void)
{
    static const struct driver_endpoint endpoint = {
        .address = "tcp://127.0.0.1:0", .policy = DRIVER_ALLOW_LIST};
    struct context *context = context_new(NULL);
    struct driver_options options = {.endpoints = &endpoint,
                                     .endpoints_count = 1,
                                     .keys = &master_keys,
                                     .server = &master,
                                     .context = context};
    static struct toy other;

    options.principals = allowed;
    toy_start(&server, &options);
    options.principals = others;
    toy_start(&other, &options);
    options.keys = &friend_keys;
    options.endpoints_count = 0;
    toy_start(&client, &options);
    connect_client(driver_address(other.driver, 0), master_keys.public_key);
    CHECK(toy_hears(&client, "does not know our key"));
    connect_client(driver_address(server.driver, 0), master_keys.public_key);
    CHECK(toy_hears(&server, "operator friend"));
    CHECK(other.received == 0 && client.ended == 1);
    toy_stop(&other);
    connect_client(driver_address(server.driver, 0), master_keys.public_key);
    CHECK(toy_receives(&server, 2)); /* the doorkeeper is still there */
    stop_both();
    context_free(context);
}

static void a_busy_core_still_hears_and_a_flood_is_no_end(void)
{
    struct bare bare;

    start_plain_server();
    server.is_busy = true;
    bare_connect(&bare, ipc, NULL, NULL, NULL, 0);
    for (int i = 0; i < 900; i++)
        bare_call(&bare);
    CHECK(toy_receives(&server, 900));
    CHECK(server.timeouts >= 3); /* at least one for each 256 */
    bare_close(&bare, 0);
    toy_stop(&server);
}

static void orders_and_their_answers_keep_their_order(void)
{
    start_plain_server();
    toy_do(&server, (struct toy_order){.verb = TOY_ORDER});
    CHECK(strcmp(server.trace, "started\nfirst\nsecond\nthird\n") == 0);
    CHECK(driver_has_stopped(server.driver));
    toy_stop(&server);
}

static void the_store_answers(void)
{
    struct store *store;

    CHECK(store_open("memory:", &store, NULL) == 0);
    toy_start(&server, &(struct driver_options){.store = store});
    toy_do(&server, (struct toy_order){.verb = TOY_STORE, .text = "/a/b"});
    toy_do(&server, (struct toy_order){.verb = TOY_LOAD, .text = "/a"});
    CHECK(toy_hears(&server, "stored 1: outcome 0"));
    CHECK(toy_hears(&server, "stored 2: outcome 0, 1 entries"));
    toy_stop(&server);
    store_close(store);
}

static void the_loop_ends_with_the_cores_status(void)
{
    struct event_base *base = event_base_new();

    start_plain_server();
    toy_do(&server,
           (struct toy_order){.verb = TOY_STOP, .count = 5, .text = "enough"});
    CHECK(loop_run(base, server.driver) == 5);
    CHECK(strstr(server.log, "enough") != NULL);
    toy_stop(&server);
    event_base_free(base);
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return EXIT_FAILURE;
    snprintf(ipc, sizeof ipc, "ipc://%s/socket", directory);
    keys_make(&master_keys);
    keys_make(&friend_keys);
    keys_make(&stranger_keys);
    allowed = parse_list("friend", &friend_keys);
    others = parse_list("other", &master_keys);
    a_killed_peer_is_noticed_at_once();
    an_allowed_key_speaks_as_its_principal();
    an_unknown_key_is_refused_and_its_owner_knows_why();
    a_wrong_key_of_the_server_is_noticed_by_both();
    what_cannot_be_connected_to_ends_with_the_reason();
    plain_is_for_this_machine_only();
    a_taken_port_stops_the_driver_with_status_2();
    three_doors_lead_to_three_kinds_of_peers();
    what_is_no_frame_ends_the_link();
    a_gap_ends_the_link_and_the_peer_is_told();
    an_id_whose_link_ended_is_not_taken_again();
    what_was_said_last_is_heard_before_the_end();
    a_peer_that_does_not_drain_is_put_out();
    a_core_ends_a_link_and_its_words_arrive();
    a_driver_that_stops_says_farewell();
    another_list_puts_out_who_is_not_in_it();
    drivers_share_a_context_but_not_their_lists();
    a_busy_core_still_hears_and_a_flood_is_no_end();
    orders_and_their_answers_keep_their_order();
    the_store_answers();
    the_loop_ends_with_the_cores_status();
    bare_end();
    principals_free(allowed);
    principals_free(others);
    unlink(ipc + strlen("ipc://"));
    rmdir(directory);
    return test_done();
}
