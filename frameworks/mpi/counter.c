/* counter.c - where a script's srun, mpiexec and mpirun come to. */

#include "frameworks/mpi/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    WAITING_HOLD = 1 << 20, /* bytes not yet read: ranks are to stop */
    WAITING_GO_ON = 1 << 16,
    INPUT_MAX = 1 << 16,
};

struct customer {
    TAILQ_ENTRY(customer) entry;
    struct counter *counter;
    struct watch socket;
    struct watch input; /* our end of rank 0's stdin */
    int input_fd;       /* rank 0's, until it is taken */
    int step;           /* -1: none yet */
    char *request;
    size_t request_size;
    char *waiting; /* to be written to it */
    size_t waiting_size;
    char typed[INPUT_MAX]; /* to be written to rank 0 */
    size_t typed_size;
    bool is_held, is_over, has_typed_all;
};

struct counter {
    struct watches *watches;
    struct node *node;
    struct watch listener;
    char name[64];
    TAILQ_HEAD(customer_list, customer) customers;
};

static void flush(struct customer *u);

static void remove_customer(struct customer *u)
{
    struct counter *c = u->counter;

    watches_close(c->watches, &u->socket);
    watches_close(c->watches, &u->input);
    if (u->input_fd >= 0)
        close(u->input_fd);
    TAILQ_REMOVE(&c->customers, u, entry);
    free(u->request);
    free(u->waiting);
    free(u);
}

/* It went away: its step ends with it. */
static void abandon(struct customer *u)
{
    struct node *n = u->counter->node;
    int step = u->is_over ? -1 : u->step;
    bool was_held = u->is_held;

    remove_customer(u);
    if (step >= 0 && was_held)
        node_hold(n, (unsigned)step, false);
    if (step >= 0)
        node_abandon(n, (unsigned)step);
}

static void say(struct customer *u, char letter, const void *bytes, size_t size)
{
    const unsigned char head[5] = {
        (unsigned char)letter, (unsigned char)size, (unsigned char)(size >> 8),
        (unsigned char)(size >> 16), (unsigned char)(size >> 24)};

    u->waiting =
        memory_resize(u->waiting, u->waiting_size + sizeof head + size, 1);
    memcpy(u->waiting + u->waiting_size, head, sizeof head);
    memcpy(u->waiting + u->waiting_size + sizeof head, bytes, size);
    u->waiting_size += sizeof head + size;
    if (u->waiting_size > WAITING_HOLD && !u->is_held && u->step >= 0) {
        u->is_held = true;
        node_hold(u->counter->node, (unsigned)u->step, true);
    }
    flush(u);
}

static void end(struct customer *u, int code, const char *text)
{
    char number[16];

    if (*text != '\0')
        say(u, 'm', text, strlen(text));
    snprintf(number, sizeof number, "%d", code);
    u->is_over = true;
    say(u, 'x', number, strlen(number));
}

static void flush(struct customer *u)
{
    struct counter *c = u->counter;

    while (u->waiting_size > 0) {
        ssize_t size = send(u->socket.fd, u->waiting, u->waiting_size,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (size <= 0)
            break;
        u->waiting_size -= (size_t)size;
        memmove(u->waiting, u->waiting + size, u->waiting_size);
    }
    if (u->is_held && u->waiting_size < WAITING_GO_ON) {
        u->is_held = false;
        node_hold(c->node, (unsigned)u->step, false);
    }
    watches_change(
        c->watches, &u->socket,
        (u->typed_size < INPUT_MAX && !u->has_typed_all ? EPOLLIN : 0u) |
            (u->waiting_size > 0 ? (uint32_t)EPOLLOUT : 0u));
}

/* ----------------------------------------------------------------- input */

static void type(struct customer *u)
{
    struct counter *c = u->counter;

    while (u->typed_size > 0 && u->input.fd >= 0) {
        ssize_t size = write(u->input.fd, u->typed, u->typed_size);

        if (size < 0 && errno == EAGAIN)
            break;
        if (size < 0) { /* nobody reads it */
            watches_close(c->watches, &u->input);
            u->typed_size = 0;
            break;
        }
        u->typed_size -= (size_t)size;
        memmove(u->typed, u->typed + size, u->typed_size);
    }
    if (u->typed_size == 0 && u->has_typed_all)
        watches_close(c->watches, &u->input);
    watches_change(c->watches, &u->input,
                   u->typed_size > 0 ? (uint32_t)EPOLLOUT : 0u);
    flush(u); /* it may be read again */
}

static void input_ready(struct watch *w, uint32_t events)
{
    struct customer *u = w->arg;

    if ((events & EPOLLERR) != 0) {
        watches_close(u->counter->watches, w);
        u->typed_size = 0;
    }
    type(u);
}

static void open_input(struct customer *u)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    u->input_fd = fds[0];
    u->input.fd = fds[1];
    watches_add(u->counter->watches, &u->input, 0);
}

int counter_take_input(struct counter *c, unsigned step)
{
    struct customer *u;
    int fd;

    TAILQ_FOREACH (u, &c->customers, entry)
        if (u->step == (int)step) {
            fd = u->input_fd;
            u->input_fd = -1;
            return fd;
        }
    return -1;
}

/* ---------------------------------------------------------------- request */

static void serve(struct customer *u, json_t *json)
{
    struct counter *c = u->counter;
    struct error err = {""};

    open_input(u);
    /* The step may end before this returns; who asked must be known by then. */
    u->step = node_next_step(c->node);
    if (json == NULL || node_request(c->node, json, &err) < 0) {
        u->step = -1;
        end(u, 1, json != NULL ? err.text : "what was asked for is no JSON");
    }
}

/* What comes: a line of JSON, and then input. */
static void take(struct customer *u, const char *bytes, size_t size)
{
    const char *newline;
    json_t *json;
    size_t line;

    if (u->step >= 0 || u->is_over) {
        size_t room = INPUT_MAX - u->typed_size;

        size = size < room ? size : room; /* no more is read than that */
        memcpy(u->typed + u->typed_size, bytes, size);
        u->typed_size += size;
        return;
    }
    newline = memchr(bytes, '\n', size);
    line = newline != NULL ? (size_t)(newline - bytes) + 1 : size;
    if (u->request_size + line > COUNTER_REQUEST_MAX) {
        end(u, 1, "what was asked for is too long");
        return;
    }
    u->request = memory_resize(u->request, u->request_size + line, 1);
    memcpy(u->request + u->request_size, bytes, line);
    u->request_size += line;
    if (newline == NULL)
        return;
    json = json_loadb(u->request, u->request_size, 0, NULL);
    serve(u, json);
    json_decref(json);
    if (size > line)
        take(u, bytes + line, size - line);
}

static void socket_ready(struct watch *w, uint32_t events)
{
    struct customer *u = w->arg;
    size_t room = INPUT_MAX - u->typed_size;
    char bytes[INPUT_MAX];
    ssize_t size;

    if ((events & EPOLLOUT) != 0)
        flush(u);
    if (u->is_over && u->waiting_size == 0) {
        remove_customer(u);
        return;
    }
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        abandon(u);
        return;
    }
    if ((events & EPOLLIN) == 0 || room == 0)
        return;
    size = recv(w->fd, bytes, room, MSG_DONTWAIT);
    if (size < 0)
        return;
    if (size == 0)
        u->has_typed_all = true;
    take(u, bytes, (size_t)size);
    type(u);
}

static void listener_ready(struct watch *w, uint32_t events)
{
    struct counter *c = w->arg;
    struct customer *u;
    struct ucred peer;
    socklen_t size = sizeof peer;
    int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        peer.uid != geteuid()) {
        close(fd);
        return;
    }
    u = memory_new(1, sizeof *u);
    u->counter = c;
    u->step = u->input_fd = -1;
    u->socket = (struct watch){.fd = fd, .ready = socket_ready, .arg = u};
    u->input = (struct watch){.fd = -1, .ready = input_ready, .arg = u};
    TAILQ_INSERT_TAIL(&c->customers, u, entry);
    watches_add(c->watches, &u->socket, EPOLLIN);
}

struct counter *counter_new(struct watches *watches, struct node *node)
{
    struct counter *c = memory_new(1, sizeof *c);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint64_t random = 0;
    size_t size;

    if (getrandom(&random, sizeof random, 0) < 0)
        random = (uint64_t)getpid();
    c->watches = watches;
    c->node = node;
    TAILQ_INIT(&c->customers);
    snprintf(c->name, sizeof c->name, "mezzo-mpi-%016" PRIx64, random);
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s", c->name);
    size = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(c->name);
    c->listener = (struct watch){
        .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
        .ready = listener_ready,
        .arg = c};
    if (c->listener.fd < 0 ||
        bind(c->listener.fd, (struct sockaddr *)&address, (socklen_t)size) <
            0 ||
        listen(c->listener.fd, SOMAXCONN) < 0) {
        if (c->listener.fd >= 0)
            close(c->listener.fd);
        free(c);
        return NULL;
    }
    watches_add(watches, &c->listener, EPOLLIN);
    return c;
}

void counter_free(struct counter *c)
{
    if (c == NULL)
        return;
    while (!TAILQ_EMPTY(&c->customers))
        remove_customer(TAILQ_FIRST(&c->customers));
    watches_close(c->watches, &c->listener);
    free(c);
}

const char *counter_address(const struct counter *c)
{
    return c->name;
}

static struct customer *find(struct counter *c, unsigned step)
{
    struct customer *u;

    TAILQ_FOREACH (u, &c->customers, entry)
        if (u->step == (int)step && !u->is_over)
            return u;
    return NULL;
}

void counter_output(struct counter *c,
                    unsigned step,
                    int stream,
                    const char *bytes,
                    size_t size)
{
    struct customer *u = find(c, step);

    if (u != NULL)
        say(u, stream == NODE_OUT ? 'o' : 'e', bytes, size);
}

void counter_ended(struct counter *c, unsigned step, int code, const char *text)
{
    struct customer *u = find(c, step);

    if (u != NULL)
        end(u, code, text);
}
