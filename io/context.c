/* context.c - the context and its one doorkeeper, which libzmq asks through a
 * socket of a fixed name (ZeroMQ RFC 27, ZAP). */

#include "io/context.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <zmq.h>

#include "base/principal.h"
#include "io/socket.h"

enum {
    PART_SIZE_MAX = 256,
    KEY_BYTES = 32,
};

/* The parts of a request, in order. */
enum part {
    PART_VERSION,
    PART_REQUEST,
    PART_DOMAIN,
    PART_ADDRESS,
    PART_ID,
    PART_MECHANISM,
    PART_KEY,
    PARTS_COUNT,
};

struct request {
    char parts[PARTS_COUNT][PART_SIZE_MAX]; /* a NUL behind each */
    size_t sizes[PARTS_COUNT];
};

struct guard {
    TAILQ_ENTRY(guard) entry;
    char domain[CONTEXT_DOMAIN_SIZE];
    context_admit_f *admit;
    void *arg;
};

struct context {
    void *zmq;
    void *doorkeeper; /* from the first guard on */
    uint64_t domains_count;
    TAILQ_HEAD(, guard) guards;
};

struct context *context_new(const struct context_options *options)
{
    struct context *c = calloc(1, sizeof *c);

    if (c == NULL || (c->zmq = zmq_ctx_new()) == NULL)
        abort();
    if (options != NULL && options->threads > 0)
        zmq_ctx_set(c->zmq, ZMQ_IO_THREADS, options->threads);
    if (options != NULL && options->sockets_max > 0)
        zmq_ctx_set(c->zmq, ZMQ_MAX_SOCKETS, options->sockets_max);
    TAILQ_INIT(&c->guards);
    return c;
}

void context_free(struct context *c)
{
    if (c == NULL)
        return;
    assert(TAILQ_EMPTY(&c->guards));
    socket_close(c->doorkeeper, NULL, 0);
    while (zmq_ctx_term(c->zmq) < 0 && errno == EINTR)
        continue;
    free(c);
}

void *context_zmq(const struct context *c)
{
    return c->zmq;
}

void context_guard(struct context *c,
                   context_admit_f *admit,
                   void *arg,
                   char domain[CONTEXT_DOMAIN_SIZE])
{
    struct guard *g = calloc(1, sizeof *g);

    if (g == NULL)
        abort();
    if (c->doorkeeper == NULL)
        c->doorkeeper = socket_new_doorkeeper(c->zmq);
    if (c->doorkeeper == NULL)
        abort(); /* out of descriptors, before the first connection */
    g->admit = admit;
    g->arg = arg;
    snprintf(g->domain, sizeof g->domain, "%" PRIu64, ++c->domains_count);
    memcpy(domain, g->domain, sizeof g->domain);
    TAILQ_INSERT_TAIL(&c->guards, g, entry);
}

void context_unguard(struct context *c, const char *domain)
{
    struct guard *g, *next;

    for (g = TAILQ_FIRST(&c->guards); g != NULL; g = next) {
        next = TAILQ_NEXT(g, entry);
        if (strcmp(g->domain, domain) != 0)
            continue;
        TAILQ_REMOVE(&c->guards, g, entry);
        free(g);
    }
}

int context_fd(const struct context *c)
{
    return c->doorkeeper == NULL ? -1 : socket_fd(c->doorkeeper);
}

/* False when there is none.  What is too long or too much is cut: then it is
 * not a request of libzmq's, and does not get in. */
static bool receive(void *socket, struct request *r)
{
    size_t more_size = sizeof(int);
    char rest[PART_SIZE_MAX];
    int more = 1;

    memset(r, 0, sizeof *r);
    for (int i = 0; more; i++) {
        char *part = i < PARTS_COUNT ? r->parts[i] : rest;
        int size = zmq_recv(socket, part, PART_SIZE_MAX - 1, ZMQ_DONTWAIT);

        if (size < 0)
            return false;
        if (i < PARTS_COUNT)
            r->sizes[i] = (size_t)size;
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_size);
    }
    return true;
}

static bool admits(struct context *c, const struct request *r, char *key)
{
    struct guard *g;

    if (strcmp(r->parts[PART_MECHANISM], "CURVE") != 0 ||
        r->sizes[PART_KEY] != KEY_BYTES ||
        zmq_z85_encode(key, (const uint8_t *)r->parts[PART_KEY], KEY_BYTES) ==
            NULL)
        return false;
    TAILQ_FOREACH (g, &c->guards, entry)
        if (strcmp(g->domain, r->parts[PART_DOMAIN]) == 0)
            return g->admit(g->arg, key, r->parts[PART_ADDRESS]);
    return false;
}

/* The user id, which comes with each message then, is the key. */
static void answer(void *socket, const struct request *r, const char *key)
{
    const char *parts[] = {
        "1.0", r->parts[PART_REQUEST], key == NULL ? "400" : "200",
        "",    key == NULL ? "" : key, "",
    };
    const size_t count = sizeof parts / sizeof parts[0];

    for (size_t i = 0; i < count; i++)
        zmq_send(socket, parts[i],
                 i == 1 ? r->sizes[PART_REQUEST] : strlen(parts[i]),
                 i + 1 < count ? ZMQ_SNDMORE : 0);
}

void context_process(struct context *c)
{
    char key[PRINCIPAL_KEY_SIZE];
    struct request r;

    while (c->doorkeeper != NULL && receive(c->doorkeeper, &r))
        answer(c->doorkeeper, &r, admits(c, &r, key) ? key : NULL);
}
