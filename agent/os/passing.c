/* passing.c - connections by the run they are of, strangers in a list. */

#include "config.h"

#include "agent/os/passing.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/table.h"

enum {
    HELLO_SIZE_MAX = 1024,
    ACCEPTS_PER_WAKE = 64,
};

struct connection {
    TAILQ_ENTRY(connection) link;
    struct passing *passing;
    int fd;
    struct event *readable; /* of a stranger */
    char *run;              /* NULL: a stranger's */
};
TAILQ_HEAD(connection_list, connection);

struct passing {
    struct passing_options options;
    struct sockaddr_un address;
    int fd;
    struct event *acceptable;
    struct connection_list strangers;
    struct connection_list known; /* and by_run */
    size_t strangers_count;
    struct table *by_run;
};

static const char *run_of(const void *value)
{
    return ((const struct connection *)value)->run;
}

static void connection_free(struct connection *c)
{
    struct passing *p = c->passing;

    if (c->run != NULL) {
        table_remove(p->by_run, c);
        TAILQ_REMOVE(&p->known, c, link);
    } else {
        TAILQ_REMOVE(&p->strangers, c, link);
        p->strangers_count--;
        event_free(c->readable);
    }
    close(c->fd);
    free(c->run);
    free(c);
}

void passing_end(struct passing *p, const char *run)
{
    struct connection *c = table_find(p->by_run, run);

    if (c != NULL)
        connection_free(c);
}

static void admit(struct connection *c, char *run)
{
    struct passing *p = c->passing;

    passing_end(p, run); /* it has connected anew */
    TAILQ_REMOVE(&p->strangers, c, link);
    p->strangers_count--;
    event_free(c->readable);
    c->readable = NULL;
    c->run = run;
    table_add(p->by_run, c);
    TAILQ_INSERT_TAIL(&p->known, c, link);
}

/* The run that a hello names, to be freed; NULL if it may not. */
static char *check_hello(const struct passing *p, const char *text)
{
    char framework[HELLO_SIZE_MAX], executor[HELLO_SIZE_MAX];
    char token[HELLO_SIZE_MAX], *run;

    if (sscanf(text, "%1023s %1023s %1023s", framework, executor, token) != 3)
        return NULL;
    if (asprintf(&run, "%s/executor/%s", framework, executor) < 0)
        abort();
    if (p->options.is_token(p->options.arg, run, token))
        return run;
    free(run);
    return NULL;
}

static void hear(struct connection *c)
{
    struct descriptors fds;
    char text[HELLO_SIZE_MAX + 1], *run = NULL;
    ssize_t size = descriptors_receive(c->fd, text, HELLO_SIZE_MAX, &fds);

    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    descriptors_close(&fds);
    if (size > 0 && size <= HELLO_SIZE_MAX) {
        text[size] = '\0';
        run = check_hello(c->passing, text);
    }
    if (run != NULL)
        admit(c, run);
    else
        connection_free(c);
}

static void readable_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    hear(arg);
}

static void accept_all(struct passing *p)
{
    for (int i = 0; i < ACCEPTS_PER_WAKE; i++) {
        int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        struct connection *c;

        if (fd < 0)
            return;
        if (p->strangers_count == PASSING_STRANGERS_MAX)
            connection_free(TAILQ_FIRST(&p->strangers));
        c = calloc(1, sizeof *c);
        if (c == NULL)
            abort();
        c->passing = p;
        c->fd = fd;
        c->readable = event_new(p->options.base, fd, EV_READ | EV_PERSIST,
                                readable_cb, c);
        if (c->readable == NULL)
            abort();
        event_add(c->readable, NULL);
        TAILQ_INSERT_TAIL(&p->strangers, c, link);
        p->strangers_count++;
    }
}

static void acceptable_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    accept_all(arg);
}

/* Who has connected and was not heard yet: the order may have overtaken it. */
static void hear_strangers(struct passing *p)
{
    struct connection *c, *next;

    accept_all(p);
    for (c = TAILQ_FIRST(&p->strangers); c != NULL; c = next) {
        next = TAILQ_NEXT(c, link);
        hear(c);
    }
}

static int none_came(struct error *err)
{
    return error_set(err, -ENOENT, "its descriptors did not come");
}

int passing_take(struct passing *p,
                 const char *run,
                 uint64_t process,
                 struct descriptors *fds,
                 struct error *err)
{
    struct connection *c;
    uint8_t bytes[sizeof process];
    ssize_t size;

    hear_strangers(p);
    c = table_find(p->by_run, run);
    fds->count = 0;
    while (c != NULL) {
        uint64_t number = 0;

        size = descriptors_receive(c->fd, bytes, sizeof bytes, fds);
        if (size < 0)
            return none_came(err);
        for (size_t i = 0; i < sizeof bytes; i++)
            number |= (uint64_t)bytes[i] << 8 * i;
        if (size == sizeof bytes && number == process)
            break;
        descriptors_close(fds);
        if (size == sizeof bytes)
            continue; /* of one that was never ordered */
        passing_end(p, run);
        c = NULL;
    }
    if (c == NULL)
        return none_came(err);
    if (!fds->were_more)
        return 0;
    descriptors_close(fds);
    return error_set(err, -EMFILE, "the agent has too many descriptors open");
}

static int listen_at(struct passing *p, struct error *err)
{
    unlink(p->address.sun_path); /* an earlier agent's */
    p->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->fd < 0)
        return error_errno(err, "socket");
    /* For whoever has a token. */
    if (bind(p->fd, (const struct sockaddr *)&p->address, sizeof p->address) <
            0 ||
        chmod(p->address.sun_path, 0666) < 0 || listen(p->fd, SOMAXCONN) < 0)
        return error_errno(err, "listen at %s", p->address.sun_path);
    p->acceptable = event_new(p->options.base, p->fd, EV_READ | EV_PERSIST,
                              acceptable_cb, p);
    if (p->acceptable == NULL)
        abort();
    event_add(p->acceptable, NULL);
    return 0;
}

int passing_new(const struct passing_options *options,
                struct passing **passing,
                struct error *err)
{
    struct passing *p = calloc(1, sizeof *p);
    int code;

    if (p == NULL)
        abort();
    p->options = *options;
    p->fd = -1;
    p->address.sun_family = AF_UNIX;
    p->by_run = table_new(run_of);
    TAILQ_INIT(&p->strangers);
    TAILQ_INIT(&p->known);
    if (snprintf(p->address.sun_path, sizeof p->address.sun_path,
                 "%s/descriptors",
                 options->directory) >= (int)sizeof p->address.sun_path)
        code = error_set(err, -ENAMETOOLONG,
                         "%s: the path is too long for a socket in it",
                         options->directory);
    else
        code = listen_at(p, err);
    if (code < 0) {
        passing_free(p);
        return code;
    }
    *passing = p;
    return 0;
}

void passing_free(struct passing *p)
{
    struct connection *c;

    if (p == NULL)
        return;
    while ((c = TAILQ_FIRST(&p->strangers)) != NULL)
        connection_free(c);
    while ((c = TAILQ_FIRST(&p->known)) != NULL)
        connection_free(c);
    table_free(p->by_run);
    if (p->acceptable != NULL)
        event_free(p->acceptable);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}
