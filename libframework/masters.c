/* masters.c - a list of endpoints, and which of them is tried. */

#include "libframework/masters.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "libframework/backoff.h"
#include "libframework/checks.h"

enum {
    ENDPOINT_SIZE = 512,
    KEY_LENGTH = 40
};

#define DETECTED "zk://"

enum masters_state {
    MASTERS_WAITING,   /* until `due` */
    MASTERS_CONNECTED, /* ... to be heard until `due` */
    MASTERS_SETTLED,
};

struct masters {
    enum masters_state state;
    char endpoints[MASTERS_MAX][ENDPOINT_SIZE];
    size_t count;
    size_t at;
    char key[KEY_LENGTH + 1];
    uint64_t epoch;
    uint64_t links_made;
    char peer[32];
    msec_t wait_max_ms;
    struct backoff backoff;
    msec_t due;
};

static struct backoff whiles(msec_t wait_max_ms)
{
    return (struct backoff){
        .min_ms = MASTERS_WAIT_MIN_MS,
        .bound_ms = MASTERS_WAIT_MS,
        .max_ms = wait_max_ms,
    };
}

struct masters *masters_new(msec_t wait_max_ms)
{
    struct masters *m = memory_new(1, sizeof *m);

    m->wait_max_ms = wait_max_ms;
    m->backoff = whiles(m->wait_max_ms);
    return m;
}

void masters_free(struct masters *m)
{
    free(m);
}

static int add_endpoint(struct masters *m,
                        const char *text,
                        size_t size,
                        struct error *err)
{
    bool has_scheme = size > 6 && memmem(text, size, "://", 3) != NULL;
    char *to = m->endpoints[m->count];

    if (size == 0 || size > ENDPOINT_SIZE - 8)
        return error_set(err, -EINVAL, "a master's address has %zu bytes",
                         size);
    if (memchr(text, ':', size) == NULL)
        return error_set(err, -EINVAL, "master '%.*s' has no port: host:port",
                         (int)size, text);
    snprintf(to, ENDPOINT_SIZE, "%s%.*s", has_scheme ? "" : "tcp://", (int)size,
             text);
    m->count++;
    return 0;
}

int masters_set(struct masters *m,
                const char *list,
                const char *key,
                struct error *err)
{
    const char *at = list;

    m->count = 0;
    if (checks_text("the master's address", list, MASTERS_MAX * ENDPOINT_SIZE,
                    err) < 0)
        return -EINVAL;
    if (key != NULL && key[0] != '\0' && strlen(key) != KEY_LENGTH)
        return error_set(err, -EINVAL, "the master's key is none");
    snprintf(m->key, sizeof m->key, "%s", key != NULL ? key : "");
    if (strncmp(list, DETECTED, strlen(DETECTED)) == 0) {
        if (m->wait_max_ms > MASTERS_DETECTED_MS)
            m->wait_max_ms = MASTERS_DETECTED_MS;
        m->backoff = whiles(m->wait_max_ms);
        return add_endpoint(m, list, strlen(list), err);
    }
    for (;;) {
        size_t size = strcspn(at, ",");

        if (m->count == MASTERS_MAX)
            return error_set(err, -EINVAL, "more than %d masters", MASTERS_MAX);
        if (add_endpoint(m, at, size, err) < 0)
            return -EINVAL;
        if (at[size] == '\0')
            break;
        at += size + 1;
    }
    return 0;
}

size_t masters_count(const struct masters *m)
{
    return m->count;
}

bool masters_are_detected(const struct masters *m)
{
    return m->count > 0 &&
           strncmp(m->endpoints[0], DETECTED, strlen(DETECTED)) == 0;
}

bool masters_connect(struct masters *m, msec_t now, struct effects *fx)
{
    if (m->state != MASTERS_WAITING || now < m->due)
        return false;
    assert(m->count > 0);
    snprintf(m->peer, sizeof m->peer, "master-%" PRIu64, ++m->links_made);
    effects_connect(fx, m->peer, m->endpoints[m->at],
                    m->key[0] != '\0' ? m->key : NULL, m->epoch);
    m->state = MASTERS_CONNECTED;
    m->due = now + MASTERS_ANSWER_MS;
    return true;
}

const char *masters_peer(const struct masters *m)
{
    return m->state != MASTERS_WAITING ? m->peer : NULL;
}

const char *masters_endpoint(const struct masters *m)
{
    return m->endpoints[m->at];
}

void masters_heard(struct masters *m, uint64_t epoch)
{
    if (epoch > m->epoch)
        m->epoch = epoch;
}

void masters_settled(struct masters *m)
{
    assert(m->state != MASTERS_WAITING);
    m->state = MASTERS_SETTLED;
    m->backoff = whiles(m->wait_max_ms);
}

void masters_lost(struct masters *m, msec_t now, struct random *random)
{
    m->state = MASTERS_WAITING;
    m->at = (m->at + 1) % m->count;
    m->due = now + (m->at == 0 ? backoff_next(&m->backoff, random)
                               : MASTERS_WAIT_MIN_MS);
}

void masters_forgive(struct masters *m)
{
    assert(m->state == MASTERS_WAITING);
    m->backoff = whiles(m->wait_max_ms);
    m->due = 0;
}

msec_t masters_deadline(const struct masters *m)
{
    return m->state == MASTERS_SETTLED ? MSEC_NEVER : m->due;
}

bool masters_give_up(struct masters *m, msec_t now)
{
    if (m->state != MASTERS_CONNECTED || now < m->due)
        return false;
    m->due = MSEC_NEVER; /* once: that the link has ended is told soon */
    return true;
}
