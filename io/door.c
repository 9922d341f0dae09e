/* door.c - libevent's listener and buffers. */

#include "io/door.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

struct door_client {
    LIST_ENTRY(door_client) entry;
    struct door *door;
    struct bufferevent *buffers;
    uid_t uid;
    void *value;
    int file; /* that bytes go to */
    size_t file_left;
    bool is_in_callback, is_cut_off, is_dismissed;
};

struct door {
    struct event_base *base;
    struct evconnlistener *listener;
    const struct door_callbacks *callbacks;
    void *arg;
    char *path;
    LIST_HEAD(door_clients, door_client) clients;
    size_t clients_count;
};

static void leave(struct door_client *client)
{
    struct door *d = client->door;

    if (d->callbacks->left != NULL)
        d->callbacks->left(client, d->arg);
    LIST_REMOVE(client, entry);
    d->clients_count--;
    bufferevent_free(client->buffers);
    free(client);
}

/* Not while a callback of his has him in its hands. */
static void cut_off(struct door_client *client)
{
    client->is_cut_off = true;
    if (!client->is_in_callback)
        leave(client);
}

/* ------------------------------------------------------------ what comes */

static void received(struct door_client *client, int rc)
{
    client->file_left = 0;
    client->door->callbacks->received(client, rc, client->door->arg);
}

static bool read_bytes(struct door_client *client, struct evbuffer *input)
{
    size_t size = evbuffer_get_length(input);
    int count;

    if (size == 0)
        return false;
    if (size > client->file_left)
        size = client->file_left;
    count = evbuffer_write_atmost(input, client->file, (ev_ssize_t)size);
    if (count < 0) {
        received(client, -errno);
        client->is_cut_off = true;
        return false;
    }
    client->file_left -= (size_t)count;
    if (client->file_left == 0)
        received(client, 0);
    return true;
}

static bool read_line(struct door_client *client, struct evbuffer *input)
{
    struct door *d = client->door;
    size_t size;
    char *line = evbuffer_readln(input, &size, EVBUFFER_EOL_LF);

    if (line == NULL) {
        client->is_cut_off |= evbuffer_get_length(input) > DOOR_LINE_MAX;
        return false;
    }
    d->callbacks->line(client, line, size, d->arg);
    free(line);
    return true;
}

static void read_cb(struct bufferevent *buffers, void *arg)
{
    struct door_client *client = arg;
    struct evbuffer *input = bufferevent_get_input(buffers);
    bool has_more = true;

    client->is_in_callback = true;
    while (has_more && !client->is_cut_off && !client->is_dismissed)
        has_more = client->file_left > 0 ? read_bytes(client, input)
                                         : read_line(client, input);
    client->is_in_callback = false;
    if (client->is_cut_off)
        leave(client);
}

/* All that waited is sent. */
static void write_cb(struct bufferevent *buffers, void *arg)
{
    struct door_client *client = arg;

    (void)buffers;
    if (client->is_dismissed)
        cut_off(client);
}

static void event_cb(struct bufferevent *buffers, short what, void *arg)
{
    (void)buffers;
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
        cut_off(arg);
}

static void accept_cb(struct evconnlistener *listener,
                      evutil_socket_t fd,
                      struct sockaddr *address,
                      int size,
                      void *arg)
{
    struct door *d = arg;
    struct door_client *client;
    struct ucred credentials;
    socklen_t length = sizeof credentials;

    (void)listener;
    (void)address;
    (void)size;
    if (d->clients_count >= DOOR_CLIENTS_MAX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) {
        close(fd);
        return;
    }
    client = memory_new(1, sizeof *client);
    client->door = d;
    client->uid = credentials.uid;
    client->buffers =
        bufferevent_socket_new(d->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (client->buffers == NULL)
        abort();
    LIST_INSERT_HEAD(&d->clients, client, entry);
    d->clients_count++;
    bufferevent_setcb(client->buffers, read_cb, write_cb, event_cb, client);
    bufferevent_enable(client->buffers, EV_READ | EV_WRITE);
}

/* ----------------------------------------------------------- open, close */

/* A socket that nobody listens on is left over. */
static int take_path(int fd, struct sockaddr_un *address, struct error *err)
{
    const struct sockaddr *at = (const struct sockaddr *)address;
    int probe;
    bool is_used;

    if (bind(fd, at, sizeof *address) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return error_errno(err, "bind %s", address->sun_path);
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    is_used = probe >= 0 && connect(probe, at, sizeof *address) == 0;
    if (probe >= 0)
        close(probe);
    if (is_used)
        return error_set(err, -EADDRINUSE, "%s: another listens there",
                         address->sun_path);
    unlink(address->sun_path);
    if (bind(fd, at, sizeof *address) < 0)
        return error_errno(err, "bind %s", address->sun_path);
    return 0;
}

static int listen_at(const char *path, int *listening, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, rc;

    if (strlen(path) >= sizeof address.sun_path)
        return error_set(err, -ENAMETOOLONG, "%.150s: longer than %zu", path,
                         sizeof address.sun_path - 1);
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, "socket");
    rc = take_path(fd, &address, err);
    if (rc == 0 && chmod(path, 0666) < 0)
        rc = error_errno(err, "chmod %s", path);
    if (rc < 0)
        close(fd);
    *listening = fd;
    return rc;
}

int door_open(struct event_base *base,
              const char *path,
              const struct door_callbacks *callbacks,
              void *arg,
              struct door **door,
              struct error *err)
{
    struct door *d;
    int fd = -1, rc = listen_at(path, &fd, err);

    if (rc < 0)
        return rc;
    d = memory_new(1, sizeof *d);
    d->base = base;
    d->callbacks = callbacks;
    d->arg = arg;
    d->path = memory_strdup(path);
    LIST_INIT(&d->clients);
    d->listener = evconnlistener_new(
        base, accept_cb, d, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 64,
        fd);
    if (d->listener == NULL)
        abort();
    *door = d;
    return 0;
}

void door_close(struct door *d)
{
    if (d == NULL)
        return;
    while (!LIST_EMPTY(&d->clients))
        leave(LIST_FIRST(&d->clients));
    evconnlistener_free(d->listener);
    unlink(d->path);
    free(d->path);
    free(d);
}

/* ---------------------------------------------------------------- clients */

uid_t door_client_uid(const struct door_client *client)
{
    return client->uid;
}

void door_client_set(struct door_client *client, void *value)
{
    client->value = value;
}

void *door_client_get(const struct door_client *client)
{
    return client->value;
}

void door_send(struct door_client *client, const char *text)
{
    struct evbuffer *output = bufferevent_get_output(client->buffers);

    if (client->is_cut_off)
        return;
    if (evbuffer_get_length(output) > DOOR_QUEUE_MAX) {
        client->is_cut_off = true;
        bufferevent_trigger_event(client->buffers, BEV_EVENT_ERROR,
                                  BEV_TRIG_DEFER_CALLBACKS);
        return;
    }
    if (evbuffer_add(output, text, strlen(text)) < 0 ||
        evbuffer_add(output, "\n", 1) < 0)
        abort();
}

void door_dismiss(struct door_client *client)
{
    client->is_dismissed = true;
    bufferevent_disable(client->buffers, EV_READ);
    if (evbuffer_get_length(bufferevent_get_output(client->buffers)) == 0)
        bufferevent_trigger(client->buffers, EV_WRITE,
                            BEV_TRIG_DEFER_CALLBACKS |
                                BEV_TRIG_IGNORE_WATERMARKS);
}

void door_receive(struct door_client *client, int fd, size_t size)
{
    client->file = fd;
    client->file_left = size;
}
