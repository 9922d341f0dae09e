/* toy.c - everything runs in this one thread: a toy's driver when its
 * descriptor is readable, a bare socket when somebody looks. */

#include "tests/unit/toy.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "io/socket.h"
#include "io/store.h"
#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"

enum {
    TOYS_MAX = 8,
    PATIENCE_MS = 5000,
};

static struct toy *toys[TOYS_MAX];
static void *bare_zmq;

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The oldest lines go when there is no room. */
static void note(char *lines, size_t size, const char *text)
{
    while (strlen(lines) + strlen(text) + 2 > size) {
        char *rest = strchr(lines, '\n') + 1;

        memmove(lines, rest, strlen(rest) + 1);
    }
    strcat(lines, text);
    strcat(lines, "\n");
}

static const ProtobufCMessage *make(struct arena *arena,
                                    enum frame_type type,
                                    size_t size)
{
    const ProtobufCMessageDescriptor *descriptor = frame_descriptor(type);
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, message);
    if (type == FRAME_STREAM_EVENT) {
        Mezzo__StreamEvent *event = (Mezzo__StreamEvent *)message;

        event->has_data = true;
        event->data.data = arena_alloc(arena, size);
        event->data.len = size;
    } else if (type == FRAME_MASTER_CALL) {
        Mesos__V1__Master__Call *call = (Mesos__V1__Master__Call *)message;

        call->has_type = true;
        call->type = MESOS__V1__MASTER__CALL__TYPE__GET_HEALTH;
    } else if (type == FRAME_STREAM_CALL) {
        ((Mezzo__StreamCall *)message)->type = MEZZO__STREAM_CALL__TYPE__CLOSE;
    }
    return message;
}

static void obey(const struct toy_order *o, struct effects *fx)
{
    static uint64_t epoch = 7;
    static const uint8_t value[] = {1, 2, 3};
    struct store_op *op;

    switch (o->verb) {
    case TOY_LISTEN:
        effects_listen(fx, epoch);
        break;
    case TOY_CONNECT:
        effects_connect(fx, o->peer, o->address, o->key, 0);
        break;
    case TOY_SEND:
        for (int i = 0; i < o->count; i++)
            effects_send(fx, o->peer, make(fx->arena, o->type, o->size));
        break;
    case TOY_END:
        effects_end_link(fx, o->peer, "%s", o->text);
        break;
    case TOY_ORDER:
        effects_local(fx, "first");
        effects_local(fx, "second");
        break;
    case TOY_STORE:
        op = arena_alloc(fx->arena, sizeof *op);
        op->kind = STORE_SET;
        op->key = arena_strdup(fx->arena, o->text);
        op->value = value;
        op->size = sizeof value;
        effects_store(fx, 1, op, 1);
        break;
    case TOY_LOAD:
        effects_load(fx, 2, o->text);
        break;
    case TOY_STOP:
        effects_stop(fx, o->count, "%s", o->text);
        break;
    }
}

static void hear(struct toy *toy, const struct input *in, struct effects *fx)
{
    char line[300];

    toy->received++;
    snprintf(toy->last_peer, sizeof toy->last_peer, "%s", in->peer);
    snprintf(line, sizeof line, "%s %s: type %d",
             principal_kind_name(in->principal->kind), in->principal->name,
             (int)in->type);
    note(toy->trace, sizeof toy->trace, line);
    if (toy->echoes && in->type == FRAME_MASTER_CALL)
        effects_send(fx, in->peer, make(fx->arena, FRAME_MASTER_RESPONSE, 0));
}

static void step(void *core,
                 const struct input *in,
                 msec_t now,
                 struct effects *fx)
{
    struct toy *toy = core;
    char line[300] = "";

    (void)now;
    switch (in->kind) {
    case INPUT_STARTED:
        snprintf(line, sizeof line, "started");
        break;
    case INPUT_RECEIVED:
        hear(toy, in, fx);
        break;
    case INPUT_LINK_ENDED:
        toy->ended++;
        snprintf(line, sizeof line, "ended: %s", in->reason);
        break;
    case INPUT_TIMEOUT:
        toy->timeouts++;
        break;
    case INPUT_STORED:
        snprintf(line, sizeof line, "stored %d: outcome %d, %zu entries",
                 (int)in->request, (int)in->answer->outcome,
                 in->answer->entries_count);
        break;
    case INPUT_LOCAL:
        obey(in->local, fx);
        break;
    }
    if (line[0] != '\0')
        note(toy->trace, sizeof toy->trace, line);
}

static msec_t deadline(const void *core)
{
    return ((const struct toy *)core)->is_busy ? 0 : MSEC_NEVER;
}

/* The first order is answered from within, and that with a log line. */
static void local(void *arg, const void *order)
{
    struct toy *toy = arg;
    const struct toy_order answer = {.verb = TOY_STOP, .text = "third"};

    note(toy->trace, sizeof toy->trace, order);
    if (strcmp(order, "first") == 0)
        driver_input(toy->driver,
                     &(struct input){.kind = INPUT_LOCAL, .local = &answer});
}

static void log_line(void *arg, enum log_level level, const char *text)
{
    struct toy *toy = arg;

    (void)level;
    note(toy->log, sizeof toy->log, text);
    if (strcmp(text, "third") == 0)
        note(toy->trace, sizeof toy->trace, text);
}

int toy_open(struct toy *toy,
             const struct driver_options *options,
             struct error *err)
{
    struct driver_options o = *options;
    int rc, i = 0;

    o.machine = (struct machine){toy, step, deadline};
    o.local = local;
    o.log = log_line;
    o.arg = toy;
    rc = driver_new(&o, &toy->driver, err);
    if (rc < 0)
        return rc;
    while (toys[i] != NULL)
        i++;
    toys[i] = toy;
    return 0;
}

void toy_start(struct toy *toy, const struct driver_options *options)
{
    struct error err;

    memset(toy, 0, sizeof *toy);
    if (toy_open(toy, options, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    toy_do(toy, (struct toy_order){.verb = TOY_LISTEN});
}

void toy_stop(struct toy *toy)
{
    for (int i = 0; i < TOYS_MAX; i++)
        if (toys[i] == toy)
            toys[i] = NULL;
    driver_free(toy->driver);
    toy->driver = NULL;
}

void toy_do(struct toy *toy, struct toy_order order)
{
    driver_input(toy->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = &order});
}

void toy_run_once(int ms)
{
    struct pollfd fds[TOYS_MAX];
    struct toy *whose[TOYS_MAX];
    nfds_t count = 0;

    for (int i = 0; i < TOYS_MAX; i++) {
        if (toys[i] == NULL)
            continue;
        whose[count] = toys[i];
        fds[count++] = (struct pollfd){driver_fd(toys[i]->driver), POLLIN, 0};
    }
    poll(fds, count, ms);
    for (nfds_t i = 0; i < count; i++)
        if (fds[i].revents != 0)
            driver_process(whose[i]->driver);
}

static bool until_has(const char *lines, const char *text)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    while (strstr(lines, text) == NULL && clock_ms() < end)
        toy_run_once(10);
    if (strstr(lines, text) != NULL)
        return true;
    printf("# not \"%s\" in:\n# %s\n", text, lines);
    return false;
}

static bool until_counts(const int *number, int count)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    while (*number < count && clock_ms() < end)
        toy_run_once(10);
    if (*number != count)
        printf("# %d, not %d\n", *number, count);
    return *number == count;
}

bool toy_hears(struct toy *toy, const char *text)
{
    return until_has(toy->trace, text);
}

bool toy_logs(struct toy *toy, const char *text)
{
    return until_has(toy->log, text);
}

bool toy_receives(struct toy *toy, int count)
{
    return until_counts(&toy->received, count);
}

bool toy_ends(struct toy *toy, int count)
{
    return until_counts(&toy->ended, count);
}

void bare_connect(struct bare *b,
                  const char *address,
                  const struct keys *keys,
                  const char *server_key,
                  const void *id,
                  size_t id_size)
{
    memset(b, 0, sizeof *b);
    if (bare_zmq == NULL)
        bare_zmq = zmq_ctx_new();
    b->socket = socket_new_dealer(bare_zmq, keys, server_key);
    if (id != NULL)
        zmq_setsockopt(b->socket, ZMQ_ROUTING_ID, id, id_size);
    b->monitor =
        socket_new_monitor(bare_zmq, b->socket, ZMQ_EVENT_DISCONNECTED);
    zmq_connect(b->socket, address);
}

void bare_close(struct bare *b, int linger_ms)
{
    socket_close(b->socket, b->monitor, linger_ms);
    b->socket = NULL;
}

void bare_send(struct bare *b, const void *bytes, size_t size, bool has_more)
{
    zmq_send(b->socket, bytes, size, has_more ? ZMQ_SNDMORE : 0);
}

void bare_call(struct bare *b)
{
    struct frame_header h = {
        .type = FRAME_MASTER_CALL,
        .link_epoch = 1,
        .sequence = ++b->sequence,
        .received = b->received,
    };
    uint8_t bytes[FRAME_HEADER_SIZE + 2] = {0};

    frame_encode(&h, bytes);
    memcpy(bytes + FRAME_HEADER_SIZE, "\x08\x01", 2); /* GET_HEALTH */
    bare_send(b, bytes, sizeof bytes, false);
}

static void take_frame(struct bare *b, const zmq_msg_t *body)
{
    const uint8_t *bytes = zmq_msg_data((zmq_msg_t *)body);
    size_t size = zmq_msg_size(body);
    struct frame_header h;
    Mezzo__Farewell *farewell;

    if (frame_decode(&h, bytes, size) != NULL)
        return;
    b->received = h.sequence;
    if (h.type != FRAME_FAREWELL)
        return;
    farewell = mezzo__farewell__unpack(NULL, size - FRAME_HEADER_SIZE,
                                       bytes + FRAME_HEADER_SIZE);
    snprintf(b->farewell, sizeof b->farewell, "%s", farewell->reason);
    mezzo__farewell__free_unpacked(farewell, NULL);
}

static void look(struct bare *b)
{
    struct socket_message m;
    int event, value;

    while (socket_receive(b->socket, &m)) {
        take_frame(b, &m.body);
        zmq_msg_close(&m.body);
    }
    while (socket_take_event(b->monitor, &event, &value))
        b->is_disconnected = true;
}

bool bare_is_told(struct bare *b, const char *text)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    for (look(b); b->farewell[0] == '\0' && clock_ms() < end; look(b))
        toy_run_once(10);
    if (strcmp(b->farewell, text) != 0)
        printf("# told \"%s\"\n", b->farewell);
    return strcmp(b->farewell, text) == 0;
}

bool bare_is_cut_off(struct bare *b)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    for (look(b); !b->is_disconnected && clock_ms() < end; look(b))
        toy_run_once(10);
    return b->is_disconnected;
}

void bare_end(void)
{
    if (bare_zmq != NULL)
        zmq_ctx_term(bare_zmq);
}
