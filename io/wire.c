/* wire.c - the descriptor of a ZeroMQ socket only says that something may have
 * changed, once, and a send can eat that: so a wire stays pending until libzmq
 * itself says that there is nothing more. */

#include "io/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/socket.h"

enum {
    WAKE_EVENTS = 64,
};

static const int router_events =
    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
static const int dealer_events =
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
    ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;

int wires_init(struct wires *ws, struct context *context)
{
    ws->context = context;
    ws->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    TAILQ_INIT(&ws->pending);
    return ws->epoll_fd < 0 ? -errno : 0;
}

void wires_release(struct wires *ws)
{
    close(ws->epoll_fd);
}

static int watch(struct wires *ws, int fd, struct wire *w)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = w};

    return epoll_ctl(ws->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0 && errno != EEXIST
               ? -1
               : 0;
}

void wires_poll(struct wires *ws)
{
    struct epoll_event events[WAKE_EVENTS];
    int count = epoll_wait(ws->epoll_fd, events, WAKE_EVENTS, 0);

    for (int i = 0; i < count; i++) {
        struct wire *w = events[i].data.ptr;

        if (w == NULL) {
            context_process(ws->context);
            continue;
        }
        w->has_news = true; /* or messages: either is read in vain */
        if (!w->is_pending)
            wire_mark_pending(w);
    }
}

struct wire *wire_new(struct wires *ws, const char *address)
{
    struct wire *w = calloc(1, sizeof *w);

    if (w == NULL || (w->address = strdup(address)) == NULL)
        abort();
    w->wires = ws;
    TAILQ_INIT(&w->gone);
    return w;
}

void wire_free(struct wire *w, int linger_ms)
{
    if (w == NULL)
        return;
    wire_unmark_pending(w);
    if (w->socket != NULL)
        epoll_ctl(w->wires->epoll_fd, EPOLL_CTL_DEL, socket_fd(w->socket),
                  NULL);
    if (w->monitor != NULL)
        epoll_ctl(w->wires->epoll_fd, EPOLL_CTL_DEL, socket_fd(w->monitor),
                  NULL);
    socket_close(w->socket, w->monitor, linger_ms);
    if (w->domain[0] != '\0')
        context_unguard(w->wires->context, w->domain);
    free(w->address);
    free(w->server_key);
    free(w);
}

/* To be called before the first connection, or an event could be missed. */
static int monitor(struct wire *w, int events)
{
    if (w->socket == NULL)
        return -1;
    w->monitor =
        socket_new_monitor(context_zmq(w->wires->context), w->socket, events);
    if (w->monitor == NULL || watch(w->wires, socket_fd(w->socket), w) < 0 ||
        watch(w->wires, socket_fd(w->monitor), w) < 0)
        return -1;
    w->has_news = true; /* there is no sign before the first reading */
    wire_mark_pending(w);
    return 0;
}

static int zmq_failed(const char *what, const char *address, struct error *err)
{
    int number = errno == 0 ? EINVAL : errno;

    if (number == EADDRINUSE)
        return error_set(err, -number,
                         "%s is taken by another process: stop that, or "
                         "listen elsewhere",
                         address);
    return error_set(err, -number, "%s %s: %s", what, address,
                     zmq_strerror(number));
}

/* Each connection is a descriptor; the usual bound of 1024 is there for
 * programs that use select(). */
static void raise_descriptors_max(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int wire_bind(struct wire *w,
              const struct keys *keys,
              context_admit_f *admit,
              void *arg,
              struct error *err)
{
    struct context *c = w->wires->context;
    char real[256] = "";
    size_t size = sizeof real;

    raise_descriptors_max();
    if (keys != NULL) {
        context_guard(c, admit, arg, w->domain);
        if (watch(w->wires, context_fd(c), NULL) < 0)
            return error_errno(err, "listen on %s", w->address);
    }
    w->socket = socket_new_router(context_zmq(c), keys, w->domain);
    if (monitor(w, router_events) < 0 || socket_bind(w->socket, w->address) < 0)
        return zmq_failed("listen on", w->address, err);
    zmq_getsockopt(w->socket, ZMQ_LAST_ENDPOINT, real, &size);
    /* Executors of other users come to it, each with a token of its own. */
    if (strncmp(real, "ipc://", 6) == 0 && chmod(real + 6, 0666) < 0)
        return error_errno(err, "let others to %s", real);
    free(w->address);
    w->address = strdup(real);
    if (w->address == NULL)
        abort();
    return 0;
}

int wire_connect(struct wire *w, const struct keys *keys, struct error *err)
{
    w->socket =
        socket_new_dealer(context_zmq(w->wires->context), keys, w->server_key);
    if (monitor(w, dealer_events) < 0 ||
        socket_connect(w->socket, w->address) < 0)
        return zmq_failed("connect to", w->address, err);
    return 0;
}

void wire_unmark_pending(struct wire *w)
{
    if (w->is_pending)
        TAILQ_REMOVE(&w->wires->pending, w, pending);
    w->is_pending = false;
}

void wire_mark_pending(struct wire *w)
{
    wire_unmark_pending(w);
    TAILQ_INSERT_TAIL(&w->wires->pending, w, pending);
    w->is_pending = true;
    w->turn = 0;
}
