/* wire.h - a ZeroMQ socket, its monitor, and whether there is something to
 * read: a ROUTER where we listen, with many peers, or a DEALER for the one peer
 * we connect to. */

#ifndef IO_WIRE_H
#define IO_WIRE_H

#include "io/context.h"
#include "io/endpoint.h"
#include "io/peers.h"

struct keys;

struct wires {
    struct context *context;
    int epoll_fd;
    TAILQ_HEAD(, wire) pending; /* to be read */
};

struct wire {
    TAILQ_ENTRY(wire) pending;
    bool is_pending;
    bool has_news; /* from `monitor` */
    unsigned turn; /* messages read in it */
    struct wires *wires;
    void *socket; /* NULL: it could not be made */
    void *monitor;
    char *address; /* bound or connected to */
    /* ROUTER */
    size_t number; /* of the endpoint */
    struct driver_endpoint endpoint;
    char domain[CONTEXT_DOMAIN_SIZE]; /* empty: in plain */
    /* DEALER */
    struct peer *peer;     /* NULL: this is a ROUTER */
    char *server_key;      /* NULL: in plain */
    struct peer_list gone; /* of whose connections something may be unread */
};

/* -errno.  The context is borrowed. */
int wires_init(struct wires *ws, struct context *context);
void wires_release(struct wires *ws);

/* Mark as pending what may have something to read.  Answers the context's
 * questions as well. */
void wires_poll(struct wires *ws);

struct wire *wire_new(struct wires *ws, const char *address);

/* What was sent may go out for `linger_ms`. */
void wire_free(struct wire *w, int linger_ms);

/* Open a ROUTER; `keys` and `admit`, which is given `arg`, are for one that is
 * not in plain. */
int wire_bind(struct wire *w,
              const struct keys *keys,
              context_admit_f *admit,
              void *arg,
              struct error *err);

/* Open a DEALER. */
int wire_connect(struct wire *w, const struct keys *keys, struct error *err);

/* To the end of those to be read, where it gets its turn. */
void wire_mark_pending(struct wire *w);
void wire_unmark_pending(struct wire *w);

#endif
