/* door.c - where users come in. */

#include "frameworks/mpi/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"

enum {
    READ_SIZE = 1 << 16
};

struct visitor {
    TAILQ_ENTRY(visitor) entry;
    struct door *door;
    struct watch watch;
    uid_t uid;
    void *data;
    char *line; /* what has come of it */
    size_t line_size;
    char *waiting; /* to be written */
    size_t waiting_size;
    bool is_dismissed, is_broken;
};

struct door {
    struct watches *watches;
    struct watch listener;
    struct door_callbacks callbacks;
    void *arg;
    char *path;
    TAILQ_HEAD(visitor_list, visitor) visitors;
    size_t visitors_count;
};

static void remove_visitor(struct visitor *v)
{
    struct door *d = v->door;

    watches_close(d->watches, &v->watch);
    TAILQ_REMOVE(&d->visitors, v, entry);
    d->visitors_count--;
    free(v->line);
    free(v->waiting);
    free(v);
}

static void leave(struct visitor *v)
{
    if (!v->is_dismissed)
        v->door->callbacks.left(v, v->door->arg);
    remove_visitor(v);
}

static void flush(struct visitor *v)
{
    while (v->waiting_size > 0 && !v->is_broken) {
        ssize_t size = send(v->watch.fd, v->waiting, v->waiting_size,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0) {
            v->is_broken = errno != EAGAIN;
            break;
        }
        v->waiting_size -= (size_t)size;
        memmove(v->waiting, v->waiting + size, v->waiting_size);
    }
    /* One that is to go is woken, to be gone. */
    watches_change(v->door->watches, &v->watch,
                   EPOLLIN |
                       (v->waiting_size > 0 || v->is_dismissed || v->is_broken
                            ? (uint32_t)EPOLLOUT
                            : 0u));
}

void door_say(struct visitor *v, json_t *json)
{
    AUTO(auto_free) char *text = json_dumps(json, JSON_COMPACT);
    size_t size;

    json_decref(json);
    if (text == NULL || v->is_broken)
        return;
    size = strlen(text);
    if (v->waiting_size + size + 1 > DOOR_WAITING_MAX) {
        v->is_broken = true;
    } else {
        v->waiting = memory_resize(v->waiting, v->waiting_size + size + 1, 1);
        memcpy(v->waiting + v->waiting_size, text, size);
        v->waiting[v->waiting_size + size] = '\n';
        v->waiting_size += size + 1;
    }
    flush(v);
}

void door_dismiss(struct visitor *v)
{
    v->is_dismissed = true;
    flush(v);
}

/* The whole lines; false: he is not to be heard any more. */
static bool hear(struct visitor *v)
{
    struct door *d = v->door;
    char *newline;

    while (!v->is_dismissed &&
           (newline = memchr(v->line, '\n', v->line_size)) != NULL) {
        size_t size = (size_t)(newline - v->line) + 1;
        json_t *json = json_loadb(v->line, size, 0, NULL);

        v->line_size -= size;
        memmove(v->line, v->line + size, v->line_size);
        if (json != NULL)
            d->callbacks.said(v, json, d->arg);
        else
            door_say(v, json_pack("{s:s}", "error",
                                  "what was said is no line of JSON"));
        json_decref(json);
        if (json == NULL)
            return false;
    }
    if (v->line_size >= DOOR_LINE_MAX) {
        door_say(v, json_pack("{s:s}", "error", "a line is too long"));
        return false;
    }
    return true;
}

static void visitor_ready(struct watch *w, uint32_t events)
{
    struct visitor *v = w->arg;
    ssize_t size;

    if ((events & EPOLLOUT) != 0)
        flush(v);
    if (v->is_broken || (v->is_dismissed && v->waiting_size == 0)) {
        leave(v);
        return;
    }
    if ((events & ~(uint32_t)EPOLLOUT) == 0)
        return;
    v->line = memory_resize(v->line, v->line_size + READ_SIZE, 1);
    size = recv(w->fd, v->line + v->line_size, READ_SIZE, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        leave(v);
        return;
    }
    v->line_size += (size_t)size;
    if (!hear(v))
        leave(v);
}

static void listener_ready(struct watch *w, uint32_t events)
{
    struct door *d = w->arg;
    struct visitor *v;
    struct ucred peer;
    socklen_t size = sizeof peer;
    int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    if (d->visitors_count >= DOOR_VISITORS_MAX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        close(fd);
        return;
    }
    v = memory_new(1, sizeof *v);
    v->door = d;
    v->uid = peer.uid;
    v->watch = (struct watch){.fd = fd, .ready = visitor_ready, .arg = v};
    TAILQ_INSERT_TAIL(&d->visitors, v, entry);
    d->visitors_count++;
    watches_add(d->watches, &v->watch, EPOLLIN);
}

uid_t door_uid(const struct visitor *v)
{
    return v->uid;
}

void *door_data(const struct visitor *v)
{
    return v->data;
}

void door_set_data(struct visitor *v, void *data)
{
    v->data = data;
}

struct visitor *door_first(const struct door *d)
{
    return TAILQ_FIRST(&d->visitors);
}

struct visitor *door_next(const struct visitor *v)
{
    return TAILQ_NEXT(v, entry);
}

/* One that was left behind is removed, one that is used is not. */
static int take_over(const struct sockaddr_un *address, struct error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);

    close(fd);
    if (rc == 0)
        return error_set(err, -EADDRINUSE,
                         "%s: another mezzo-mpi serve listens there",
                         address->sun_path);
    unlink(address->sun_path);
    return 0;
}

static int listen_at(struct door *d, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(d->path) >= sizeof address.sun_path)
        return error_set(err, -ENAMETOOLONG,
                         "%s: the path of a socket has at most %zu bytes; say "
                         "another with --socket",
                         d->path, sizeof address.sun_path - 1);
    strcpy(address.sun_path, d->path);
    if (take_over(&address, err) < 0)
        return -EADDRINUSE;
    d->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (d->listener.fd < 0 ||
        bind(d->listener.fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_errno(err, "listen on %s", d->path);
    /* Everyone may come in: who he is, the kernel says. */
    if (chmod(d->path, 0666) < 0 || listen(d->listener.fd, SOMAXCONN) < 0)
        return error_errno(err, "listen on %s", d->path);
    return 0;
}

struct door *door_open(struct watches *watches,
                       const char *path,
                       const struct door_callbacks *callbacks,
                       void *arg,
                       struct error *err)
{
    struct door *d = memory_new(1, sizeof *d);

    d->watches = watches;
    d->callbacks = *callbacks;
    d->arg = arg;
    d->path = memory_strdup(path);
    d->listener = (struct watch){.fd = -1, .ready = listener_ready, .arg = d};
    TAILQ_INIT(&d->visitors);
    if (listen_at(d, err) < 0) {
        if (d->listener.fd >= 0)
            close(d->listener.fd);
        free(d->path);
        free(d);
        return NULL;
    }
    watches_add(watches, &d->listener, EPOLLIN);
    return d;
}

void door_close(struct door *d)
{
    if (d == NULL)
        return;
    while (!TAILQ_EMPTY(&d->visitors))
        remove_visitor(TAILQ_FIRST(&d->visitors));
    watches_close(d->watches, &d->listener);
    unlink(d->path);
    free(d->path);
    free(d);
}

void door_path(const char *given, const char *state, char *path, size_t size)
{
    const char *variable = getenv("MEZZO_MPI_SOCKET");

    if (given != NULL && *given != '\0')
        snprintf(path, size, "%s", given);
    else if (variable != NULL && *variable != '\0')
        snprintf(path, size, "%s", variable);
    else if (state != NULL && *state != '\0')
        snprintf(path, size, "%s/mpi.sock", state);
    else
        snprintf(path, size, "/run/mezzo/mpi.sock");
}
