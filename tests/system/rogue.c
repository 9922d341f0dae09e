/* rogue.c - rogue ADDRESS [KEYS SERVER-KEY]: tries on a master what no friend
 * would, each over a connection of its own, and checks that it is put out and
 * told why.  Prints TAP.  That the master lives on is for others to see.
 *
 * With keys, those of a framework or an operator. */

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "io/socket.h"
#include "proto/frame.h"
#include "proto/wire.pb-c.h"
#include "tests/hostile.h"
#include "tests/test.h"

enum {
    PATIENCE_MS = 5000,
    CUT_OFF_SIZE = 5 << 20, /* over libzmq's own bound, see io/socket.c */
};

struct rogue {
    void *socket;
    void *monitor;
};

static const char *address, *server_key;
static struct keys keys;
static void *zmq;
static uint8_t bytes[CUT_OFF_SIZE];
static uint8_t *const body = bytes + FRAME_HEADER_SIZE;

/* `id` NULL: a right one. */
static struct rogue dial_as(const char *id)
{
    struct rogue r = {.socket = socket_new_dealer(
                          zmq, server_key == NULL ? NULL : &keys, server_key)};

    if (r.socket == NULL)
        exit(EXIT_FAILURE);
    if (id != NULL)
        zmq_setsockopt(r.socket, ZMQ_ROUTING_ID, id, strlen(id));
    r.monitor = socket_new_monitor(zmq, r.socket, ZMQ_EVENT_DISCONNECTED);
    if (r.monitor == NULL || socket_connect(r.socket, address) < 0)
        exit(EXIT_FAILURE);
    return r;
}

static struct rogue dial(void)
{
    return dial_as(NULL);
}

/* What is not wanted is cut off, perhaps before it says a word: no send waits
 * for a connection that is not there any more. */

/* `bytes`, whose body has `size` bytes, as frame number `sequence`. */
static void send_frame(struct rogue *r,
                       enum frame_type type,
                       uint64_t sequence,
                       size_t size)
{
    const struct frame_header h = {
        .type = type, .link_epoch = 1, .sequence = sequence};

    frame_encode(&h, bytes);
    zmq_send(r->socket, bytes, FRAME_HEADER_SIZE + size, ZMQ_DONTWAIT);
}

/* What it is told at the end: a farewell's reason, "cut off" for a connection
 * that goes without, or NULL while it goes on. */
static const char *take_end(struct rogue *r)
{
    static char reason[256];
    struct socket_message m;
    Mezzo__Farewell *farewell;
    struct frame_header h;
    int event, value;

    reason[0] = '\0';
    while (socket_receive(r->socket, &m)) {
        size_t size = zmq_msg_size(&m.body);
        const uint8_t *frame = zmq_msg_data(&m.body);

        if (frame_decode(&h, frame, size) == NULL && h.type == FRAME_FAREWELL) {
            farewell = mezzo__farewell__unpack(NULL, size - FRAME_HEADER_SIZE,
                                               frame + FRAME_HEADER_SIZE);
            snprintf(reason, sizeof reason, "%s", farewell->reason);
            mezzo__farewell__free_unpacked(farewell, NULL);
        }
        zmq_msg_close(&m.body);
    }
    if (reason[0] != '\0')
        return reason;
    return socket_take_event(r->monitor, &event, &value) ? "cut off" : NULL;
}

static bool ends(struct rogue *r, const char *expected)
{
    struct pollfd changed[] = {
        {socket_fd(r->socket), POLLIN, 0},
        {socket_fd(r->monitor), POLLIN, 0},
    };
    const char *end = take_end(r);
    bool is_so;

    for (int waited = 0; end == NULL && waited < PATIENCE_MS; waited += 50) {
        poll(changed, 2, 50);
        end = take_end(r);
    }
    is_so = end != NULL && strncmp(end, expected, strlen(expected)) == 0;
    if (!is_so)
        printf("# %s\n", end == NULL ? "it goes on" : end);
    socket_close(r->socket, r->monitor, 0);
    return is_so;
}

static void what_is_no_message_is_refused(void)
{
    struct rogue r = dial();

    zmq_send(r.socket, "lively", 6, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(r.socket, "evil", 4, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(r.socket, "evil", 4, ZMQ_DONTWAIT);
    CHECK(ends(&r, "cut off"));
    r = dial();
    zmq_send(r.socket, "garbage", 7, ZMQ_DONTWAIT);
    CHECK(ends(&r, "cut off"));
    r = dial();
    zmq_send(r.socket, bytes, FRAME_SIZE_MAX + 1, ZMQ_DONTWAIT);
    CHECK(ends(&r, "cut off"));
    r = dial();
    zmq_send(r.socket, bytes, CUT_OFF_SIZE, ZMQ_DONTWAIT);
    CHECK(ends(&r, "cut off"));
}

static void what_cannot_be_unpacked_is_refused(void)
{
    struct rogue r = dial();

    send_frame(&r, FRAME_EXECUTOR_CALLS, 1, hostile_nesting(body, 9000));
    CHECK(ends(&r, "nested too deep"));
    r = dial();
    send_frame(&r, FRAME_SCHEDULER_CALLS, 1,
               hostile_amplification(body, 500000));
    CHECK(ends(&r, "too costly to unpack"));
    r = dial();
    memset(body, 0xff, 9);
    send_frame(&r, FRAME_SCHEDULER_CALLS, 1, 9);
    CHECK(ends(&r, "malformed"));
}

static void what_is_not_its_to_say_is_refused(void)
{
    struct rogue r = dial();

    send_frame(&r, FRAME_AGENT_EVENTS, 1, 0);
    CHECK(ends(&r, ""));
    r = dial();
    send_frame(&r, FRAME_MASTER_RESPONSE, 1, 0);
    CHECK(ends(&r, ""));
}

static void numbers_that_do_not_follow_are_refused(void)
{
    struct rogue r = dial();

    send_frame(&r, FRAME_HEARTBEAT, 1, 0);
    send_frame(&r, FRAME_HEARTBEAT, 3, 0);
    CHECK(ends(&r, "gap: frame 3 came, not 2"));
    r = dial();
    send_frame(&r, FRAME_HEARTBEAT, 2, 0);
    CHECK(ends(&r, "gap: frame 2 came, not 1"));
    r = dial();
    send_frame(&r, FRAME_HEARTBEAT, 1, 0);
    send_frame(&r, FRAME_HEARTBEAT, 1, 0);
    CHECK(ends(&r, "gap: frame 1 came, not 2"));
}

static void an_id_of_another_length_is_refused(void)
{
    struct rogue r = dial_as("short");

    send_frame(&r, FRAME_HEARTBEAT, 1, 0);
    CHECK(ends(&r, ""));
}

int main(int argc, char **argv)
{
    struct error err;

    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: rogue ADDRESS [KEYS SERVER-KEY]\n");
        return 2;
    }
    address = argv[1];
    if (argc == 4) {
        server_key = argv[3];
        if (keys_load(&keys, argv[2], &err) < 0) {
            fprintf(stderr, "rogue: %s\n", err.text);
            return 2;
        }
    }
    zmq = zmq_ctx_new();
    what_is_no_message_is_refused();
    what_cannot_be_unpacked_is_refused();
    what_is_not_its_to_say_is_refused();
    numbers_that_do_not_follow_are_refused();
    an_id_of_another_length_is_refused();
    zmq_ctx_term(zmq);
    return test_done();
}
