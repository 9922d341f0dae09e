/* transport.c - what becomes of a peer, as peers.h draws it.
 *
 * A ROUTER has no call to end one connection: libzmq tells the descriptor with
 * each message, and when a descriptor is gone; what we must not do is to shut
 * one that has become another's. */

#include "io/transport.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/address.h"
#include "io/keys.h"
#include "io/socket.h"
#include "io/wire.h"

enum {
    NUMBER_SIZE_MAX = 24, /* of an endpoint, in a name */
    NAME_SIZE_MAX = 2 * SOCKET_ID_SIZE_MAX + NUMBER_SIZE_MAX,
    FAREWELL_MS = 250,  /* for a last message to arrive */
    TURN_MESSAGES = 32, /* of one wire before another's turn */
    COMPLAINTS_MAX = 5, /* lines about strangers, in each */
    COMPLAINTS_MS = 10000,
};

struct transport {
    struct transport_options options;
    struct wires wires;
    struct context *context; /* NULL: it is another's */
    struct wire **listeners; /* one for each endpoint, NULL until open */
    struct peers *peers;
    struct peer_list connecting, condemned, parted;
    struct socket_message message; /* of the last event */
    msec_t now;
    msec_t complaints_since;
    unsigned complaints;
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

/* Strangers may knock as often as they like, and must not fill a disk. */
__attribute__((format(printf, 2, 3))) static void complain(struct transport *t,
                                                           const char *format,
                                                           ...)
{
    char text[256];
    va_list args;

    if (t->now - t->complaints_since >= COMPLAINTS_MS) {
        if (t->complaints > COMPLAINTS_MAX) {
            snprintf(text, sizeof text, "%u more were refused",
                     t->complaints - COMPLAINTS_MAX);
            t->options.log(t->options.arg, LOG_LEVEL_NOTICE, text);
        }
        t->complaints_since = t->now;
        t->complaints = 0;
    }
    if (++t->complaints > COMPLAINTS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    t->options.log(t->options.arg, LOG_LEVEL_NOTICE, text);
}

static bool admit(void *arg, const char *key, const char *address)
{
    struct transport *t = arg;

    if (principals_find(t->options.principals, key) != NULL)
        return true;
    complain(t, "%s: refused, its key %s is in no line of the allow-list",
             address, key);
    return false;
}

static bool admit_anyone(void *arg, const char *key, const char *address)
{
    (void)arg;
    (void)key;
    (void)address;
    return true;
}

int transport_new(const struct transport_options *options,
                  struct transport **transport,
                  struct error *err)
{
    struct transport *t;

    for (size_t i = 0; i < options->endpoints_count; i++) {
        const struct driver_endpoint *e = &options->endpoints[i];
        int rc = endpoint_check(e, options->keys != NULL, err);

        assert(e->policy != DRIVER_PLAIN || e->principal != NULL);
        assert(e->policy != DRIVER_ALLOW_LIST || options->principals != NULL ||
               options->keys == NULL);
        if (rc < 0)
            return rc;
    }
    t = allocate(sizeof *t);
    t->options = *options;
    if (options->context == NULL)
        t->context = context_new(NULL);
    if (wires_init(&t->wires,
                   t->context == NULL ? options->context : t->context) < 0) {
        context_free(t->context);
        free(t);
        return error_errno(err, "epoll");
    }
    t->peers = peers_new();
    t->listeners = allocate(options->endpoints_count * sizeof *t->listeners);
    TAILQ_INIT(&t->connecting);
    TAILQ_INIT(&t->condemned);
    TAILQ_INIT(&t->parted);
    zmq_msg_init(&t->message.body);
    *transport = t;
    return 0;
}

void transport_free(struct transport *t)
{
    if (t == NULL)
        return;
    zmq_msg_close(&t->message.body);
    for (struct peer *p = peers_first(t->peers); p != NULL;
         p = TAILQ_NEXT(p, all)) {
        peers_move(p, NULL);
        if (p->wire->peer == p)
            wire_free(p->wire, FAREWELL_MS);
    }
    peers_free(t->peers);
    for (size_t i = 0; i < t->options.endpoints_count; i++)
        wire_free(t->listeners[i], FAREWELL_MS);
    free(t->listeners);
    wires_release(&t->wires);
    context_free(t->context);
    free(t);
}

int transport_fd(const struct transport *t)
{
    return t->wires.epoll_fd;
}

static int listen_on(struct transport *t, size_t i, struct error *err)
{
    const struct driver_endpoint *e = &t->options.endpoints[i];
    struct wire *w = wire_new(&t->wires, e->address);

    assert(t->listeners[i] == NULL);
    t->listeners[i] = w;
    w->number = i;
    w->endpoint = *e;
    return wire_bind(w, e->policy == DRIVER_PLAIN ? NULL : t->options.keys,
                     e->policy == DRIVER_ANY_KEY ? admit_anyone : admit, t,
                     err);
}

int transport_listen(struct transport *t, struct error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < t->options.endpoints_count; i++)
        rc = listen_on(t, i, err);
    return rc;
}

const char *transport_address(const struct transport *t, size_t i)
{
    return i < t->options.endpoints_count && t->listeners[i] != NULL
               ? t->listeners[i]->address
               : NULL;
}

__attribute__((format(printf, 3, 4))) static void condemn(struct transport *t,
                                                          struct peer *p,
                                                          const char *format,
                                                          ...)
{
    va_list args;

    if (p->state > PEER_CONDEMNED)
        return;
    free(p->reason);
    va_start(args, format);
    if (vasprintf(&p->reason, format, args) < 0)
        abort();
    va_end(args);
    p->state = PEER_CONDEMNED;
    peers_move(p, &t->condemned);
}

void transport_connect(struct transport *t,
                       const char *peer,
                       const char *address,
                       const char *server_key,
                       msec_t now)
{
    struct wire *w = wire_new(&t->wires, address);
    struct peer *p = peers_add(t->peers, peer, NULL, 0);
    const char *fault = address_refuses(address);
    struct error err;

    p->wire = w;
    p->principal = t->options.server;
    p->due = now + SOCKET_CONNECT_MS;
    peers_move(p, &t->connecting);
    w->peer = p;
    if (server_key != NULL && (w->server_key = strdup(server_key)) == NULL)
        abort();
    if (fault != NULL)
        condemn(t, p, "'%s' %s", address, fault);
    else if (server_key == NULL && !address_is_local(address))
        condemn(t, p, "%s without a key: only on 127.0.0.1", address);
    else if (server_key != NULL && !keys_is_key(server_key))
        condemn(t, p, "'%s' is not a key", server_key);
    else if (server_key != NULL && t->options.keys == NULL)
        condemn(t, p, "%s needs keys of ours", address);
    else if (wire_connect(w, t->options.keys, &err) < 0)
        condemn(t, p, "%s", err.text);
}

/* The connection of `p` has gone, but not yet what it sent. */
static void lose(struct transport *t, struct peer *p)
{
    peers_set_fd(t->peers, p, -1);
    switch (p->state) {
    case PEER_CONNECTING:
    case PEER_OPEN:
        p->state = PEER_GONE;
        peers_move(p, &p->wire->gone);
        break;
    case PEER_PARTED:
    case PEER_SHUT:
        p->state = PEER_SHUT;
        peers_move(p, &p->wire->gone);
        break;
    case PEER_GONE:
    case PEER_CONDEMNED:
    case PEER_REPORTED:
        break;
    }
}

/* Why a connection that was never whole has failed, as far as libzmq tells. */
static void fail_to_connect(struct transport *t,
                            const struct wire *w,
                            int event,
                            int value)
{
    if (event == ZMQ_EVENT_CLOSED)
        condemn(t, w->peer, "nobody listens at %s, or it cannot be reached",
                w->address);
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 400)
        condemn(t, w->peer, "%s does not know our key %s", w->address,
                t->options.keys->public_key);
    else if (w->server_key != NULL)
        condemn(t, w->peer, "handshake with %s failed: its key is not %s",
                w->address, w->server_key);
    else
        condemn(t, w->peer, "handshake with %s failed: it wants keys",
                w->address);
}

static void take_dealer_event(struct transport *t,
                              struct wire *w,
                              int event,
                              int value)
{
    struct peer *p = w->peer;

    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        if (p->state == PEER_CONNECTING) {
            p->state = PEER_OPEN;
            peers_move(p, NULL);
        }
    } else if (p->state == PEER_CONNECTING) {
        fail_to_connect(t, w, event, value);
    } else {
        lose(t, p);
    }
}

static void take_router_event(struct transport *t,
                              const struct wire *w,
                              int event,
                              int value)
{
    struct peer *p;

    if (event == ZMQ_EVENT_DISCONNECTED) {
        p = peers_find_fd(t->peers, value);
        if (p != NULL)
            lose(t, p);
    } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
        complain(t, "%s: a handshake failed: a wrong key of ours, or none",
                 w->address);
    }
}

static void take_news(struct transport *t, struct wire *w)
{
    int event, value;

    w->has_news = false;
    while (socket_take_event(w->monitor, &event, &value))
        if (w->peer != NULL)
            take_dealer_event(t, w, event, value);
        else
            take_router_event(t, w, event, value);
}

static void name_peer(const struct wire *w,
                      const struct socket_message *m,
                      char *name)
{
    for (size_t i = 0; i < m->id_size; i++) {
        *name++ = "0123456789abcdef"[m->id[i] >> 4];
        *name++ = "0123456789abcdef"[m->id[i] & 15];
    }
    *name = '\0';
    if (w->number > 0)
        snprintf(name, NUMBER_SIZE_MAX, "/%zu", w->number);
}

static void identify(struct transport *t, struct peer *p, const char *key)
{
    switch (p->wire->endpoint.policy) {
    case DRIVER_PLAIN:
        p->principal = p->wire->endpoint.principal;
        break;
    case DRIVER_ANY_KEY:
        snprintf(p->guest.key, sizeof p->guest.key, "%s", key);
        p->guest.name = p->guest.key;
        p->guest.kind = PRINCIPAL_GUEST;
        p->principal = &p->guest;
        break;
    case DRIVER_ALLOW_LIST:
        p->principal = principals_find(t->options.principals, key);
        if (p->principal == NULL)
            condemn(t, p, "its key %s is not allowed any more", key);
        break;
    }
}

/* What libzmq says of its connection is only worth something while that is
 * there: a newcomer may be gone already, and its descriptor another's. */
static struct peer *welcome(struct transport *t,
                            struct wire *w,
                            const char *name,
                            struct socket_message *m,
                            const char *key)
{
    struct peer *p = peers_add(t->peers, name, m->id, m->id_size);
    const char *address = zmq_msg_gets(&m->body, "Peer-Address");
    int fd = zmq_msg_get(&m->body, ZMQ_SRCFD);

    p->wire = w;
    p->state = PEER_OPEN;
    snprintf(p->address, sizeof p->address, "%s", address ? address : "");
    take_news(t, w); /* of the descriptor's earlier connections */
    if (fd >= 0 && address_is_peer_of(fd, p->address))
        peers_set_fd(t->peers, p, fd);
    else
        lose(t, p);
    identify(t, p, key);
    return p;
}

/* The peer of a message, if it may speak. */
static struct peer *recognise(struct transport *t,
                              struct wire *w,
                              struct socket_message *m)
{
    const bool is_guarded = w->domain[0] != '\0';
    const char *key = "";
    char name[NAME_SIZE_MAX];
    struct peer *p = w->peer;

    if (p == NULL) {
        name_peer(w, m, name);
        p = peers_find(t->peers, name);
        if (is_guarded)
            key = zmq_msg_gets(&m->body, "User-Id");
        if (key == NULL)
            key = "none";
        if (p == NULL)
            p = welcome(t, w, name, m, key);
        /* An id may have come with another connection meanwhile. */
        if (p->principal != NULL && is_guarded &&
            strcmp(p->principal->key, key) != 0)
            condemn(t, p, "its id is used with another key");
        if (m->id_size != SOCKET_ID_SIZE)
            condemn(t, p, "routing id of %zu bytes", m->id_size);
    }
    if (m->parts != 1)
        condemn(t, p, "message of %u parts", m->parts);
    return p->state < PEER_CONDEMNED ? p : NULL;
}

/* False when there is nothing to read. */
static bool read_message(struct transport *t,
                         struct wire *w,
                         struct transport_event *e)
{
    struct peer *p;

    zmq_msg_close(&t->message.body);
    if (w->socket == NULL || !socket_receive(w->socket, &t->message))
        return false;
    p = recognise(t, w, &t->message);
    if (p == NULL)
        return true;
    e->peer = p->name;
    e->principal = p->principal;
    e->bytes = zmq_msg_data(&t->message.body);
    e->size = zmq_msg_size(&t->message.body);
    return true;
}

static void report(struct peer *p, struct transport_event *e)
{
    p->state = PEER_REPORTED;
    peers_move(p, NULL);
    e->peer = p->name;
    e->reason = p->reason != NULL ? p->reason : "connection lost";
}

/* All was read: those whose connection has gone can say no more.  False when
 * there was none. */
static bool take_gone(struct transport *t,
                      struct wire *w,
                      struct transport_event *e)
{
    struct peer *p;

    while ((p = TAILQ_FIRST(&w->gone)) != NULL) {
        if (p->state == PEER_GONE) {
            report(p, e);
            return true;
        }
        peers_remove(t->peers, p);
    }
    return false;
}

bool transport_receive(struct transport *t, struct transport_event *e)
{
    struct wire *w;

    *e = (struct transport_event){.peer = NULL};
    for (;;) {
        if (!TAILQ_EMPTY(&t->condemned)) {
            report(TAILQ_FIRST(&t->condemned), e);
            return true;
        }
        w = TAILQ_FIRST(&t->wires.pending);
        if (w == NULL)
            return false;
        if (w->has_news)
            take_news(t, w);
        if (++w->turn > TURN_MESSAGES)
            wire_mark_pending(w);
        if (read_message(t, w, e) || take_gone(t, w, e))
            return true;
        wire_unmark_pending(w);
    }
}

bool transport_is_pending(const struct transport *t)
{
    return !TAILQ_EMPTY(&t->wires.pending) || !TAILQ_EMPTY(&t->condemned);
}

const char *transport_send(struct transport *t,
                           const char *peer,
                           const uint8_t *bytes,
                           size_t size)
{
    struct peer *p = peers_find(t->peers, peer);

    if (p == NULL || p->state > PEER_CONDEMNED)
        return "no connection";
    if (p->state >= PEER_GONE)
        return NULL; /* there is a better reason, which is yet to be told */
    if (!p->wire->is_pending)
        wire_mark_pending(p->wire); /* sending may eat the sign of what came */
    return socket_send(p->wire->socket, p->id, p->id_size, bytes, size);
}

/* Freed when libzmq has seen it too, and what it still sent was read. */
static void shut(struct transport *t, struct peer *p)
{
    peers_move(p, NULL);
    p->state = PEER_SHUT;
    if (p->fd < 0 || !address_is_peer_of(p->fd, p->address))
        peers_remove(t->peers, p);
    else
        shutdown(p->fd, SHUT_RDWR);
}

void transport_part(struct transport *t,
                    const char *peer,
                    const uint8_t *bytes,
                    size_t size,
                    msec_t now)
{
    struct peer *p = peers_find(t->peers, peer);
    struct wire *w;

    if (p == NULL || p->state >= PEER_PARTED)
        return;
    w = p->wire;
    if (bytes != NULL && w->socket != NULL)
        socket_send(w->socket, p->id, p->id_size, bytes, size);
    if (w->peer == p) {
        peers_remove(t->peers, p);
        wire_free(w, FAREWELL_MS);
        return;
    }
    if (!w->is_pending)
        wire_mark_pending(w);
    if (p->state == PEER_GONE) {
        p->state = PEER_SHUT;
    } else if (bytes == NULL || p->fd < 0) {
        shut(t, p);
    } else {
        p->state = PEER_PARTED;
        p->due = now + FAREWELL_MS;
        peers_move(p, &t->parted);
    }
}

static void expire(struct transport *t)
{
    struct peer *p;

    while ((p = TAILQ_FIRST(&t->connecting)) != NULL && p->due <= t->now)
        condemn(t, p, "no answer from %s within %d ms", p->wire->address,
                SOCKET_CONNECT_MS);
    while ((p = TAILQ_FIRST(&t->parted)) != NULL && p->due <= t->now)
        shut(t, p);
}

void transport_poll(struct transport *t, msec_t now)
{
    t->now = now;
    wires_poll(&t->wires);
    expire(t);
}

msec_t transport_deadline(const struct transport *t)
{
    const struct peer *connecting = TAILQ_FIRST(&t->connecting);
    const struct peer *parted = TAILQ_FIRST(&t->parted);
    msec_t due = connecting == NULL ? MSEC_NEVER : connecting->due;

    return parted != NULL && parted->due < due ? parted->due : due;
}

void transport_set_principals(struct transport *t,
                              const struct principals *principals)
{
    t->options.principals = principals;
    for (struct peer *p = peers_first(t->peers); p != NULL;
         p = TAILQ_NEXT(p, all)) {
        const struct principal *before = p->principal;
        char key[PRINCIPAL_KEY_SIZE];

        if (p->wire->endpoint.policy != DRIVER_ALLOW_LIST || before == NULL ||
            p->wire->peer == p)
            continue;
        memcpy(key, before->key, sizeof key);
        identify(t, p, key);
    }
}
