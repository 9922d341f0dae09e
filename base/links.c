/* links.c - a table by routing id.  An ended link moves from `live` to `ending`
 * until it has been taken, and then to `refused`, oldest first.  `live` is in
 * the order in which links are to be looked at. */

#include "base/links.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/body.h"
#include "base/table.h"
#include "proto/wire.pb-c.h"

struct link {
    TAILQ_ENTRY(link) entry;
    char *peer;
    uint64_t epoch;
    uint64_t epoch_min;
    uint64_t sent;      /* last number we gave */
    uint64_t confirmed; /* last of these the peer says it has */
    uint64_t received;  /* last number that came; none before is missing */
    msec_t check_due;
    msec_t sent_at;
    msec_t received_at;
    uint64_t mark; /* a frame whose confirmation we wait for; 0: none */
    msec_t mark_at;
    msec_t confirmed_at; /* when the last confirmed mark was sent */
    bool has_ended;
    bool is_told; /* the peer knows, or never had a link */
    char reason[128];
};
TAILQ_HEAD(link_list, link);

struct links {
    struct links_options options;
    uint64_t leader_epoch;
    struct table *by_peer;
    struct link_list live, ending, refused;
    size_t live_count, refused_count;
};

const struct links_options links_defaults = {
    .live_max = 100000,
    .refused_max = 10000,
    .check_ms = 1000,
    .heartbeat_ms = 2500,
    .silence_ms = 9000,
};

static const char *peer_of(const void *value)
{
    return ((const struct link *)value)->peer;
}

static struct link *add_link(struct links *l, const char *peer, msec_t now)
{
    struct link *k = calloc(1, sizeof *k);

    if (k == NULL || (k->peer = strdup(peer)) == NULL)
        abort();
    k->sent_at = k->received_at = now;
    k->check_due = now + l->options.check_ms;
    table_add(l->by_peer, k);
    TAILQ_INSERT_TAIL(&l->live, k, entry); /* one interval for all */
    l->live_count++;
    return k;
}

static void forget(struct links *l, struct link_list *list, struct link *k)
{
    TAILQ_REMOVE(list, k, entry);
    table_remove(l->by_peer, k);
    free(k->peer);
    free(k);
}

struct links *links_new(const struct links_options *options)
{
    struct links *l = calloc(1, sizeof *l);

    if (l == NULL)
        abort();
    assert(options->check_ms > 0 && options->refused_max > 0);
    l->options = *options;
    l->leader_epoch = options->leader_epoch;
    l->by_peer = table_new(peer_of);
    TAILQ_INIT(&l->live);
    TAILQ_INIT(&l->ending);
    TAILQ_INIT(&l->refused);
    return l;
}

void links_free(struct links *l)
{
    if (l == NULL)
        return;
    while (!TAILQ_EMPTY(&l->live))
        forget(l, &l->live, TAILQ_FIRST(&l->live));
    while (!TAILQ_EMPTY(&l->ending))
        forget(l, &l->ending, TAILQ_FIRST(&l->ending));
    while (!TAILQ_EMPTY(&l->refused))
        forget(l, &l->refused, TAILQ_FIRST(&l->refused));
    table_free(l->by_peer);
    free(l);
}

void links_set_leader_epoch(struct links *l, uint64_t leader_epoch)
{
    l->leader_epoch = leader_epoch;
}

size_t links_live_count(const struct links *l)
{
    return l->live_count;
}

void links_open(struct links *l,
                const char *peer,
                uint64_t epoch,
                uint64_t epoch_min,
                msec_t now)
{
    struct link *k;

    assert(table_find(l->by_peer, peer) == NULL);
    k = add_link(l, peer, now);
    k->epoch = epoch;
    k->epoch_min = epoch_min;
}

static void end_link(struct links *l, struct link *k)
{
    k->has_ended = true;
    TAILQ_REMOVE(&l->live, k, entry);
    l->live_count--;
    TAILQ_INSERT_TAIL(&l->ending, k, entry);
}

void links_end(struct links *l, const char *peer, const char *reason, ...)
{
    struct link *k = table_find(l->by_peer, peer);
    va_list args;

    if (k == NULL) {
        k = add_link(l, peer, 0); /* its very first message was a fault */
        k->is_told = true;
    }
    if (k->has_ended)
        return;
    va_start(args, reason);
    vsnprintf(k->reason, sizeof k->reason, reason, args);
    va_end(args);
    end_link(l, k);
}

void links_end_all(struct links *l, const char *reason)
{
    while (!TAILQ_EMPTY(&l->live))
        links_end(l, TAILQ_FIRST(&l->live)->peer, "%s", reason);
}

bool links_refuses(const struct links *l, const char *peer)
{
    const struct link *k = table_find(l->by_peer, peer);

    return k != NULL && k->has_ended;
}

static const uint8_t *pack(struct links *l,
                           struct link *k,
                           const ProtobufCMessage *message,
                           struct arena *arena,
                           size_t *size)
{
    struct frame_header h = {.leader_epoch = l->leader_epoch};
    uint8_t *bytes;

    h.type = frame_type_of(message);
    h.link_epoch = k->epoch;
    h.sequence = ++k->sent;
    h.received = k->received;
    *size = FRAME_HEADER_SIZE + protobuf_c_message_get_packed_size(message);
    assert(*size <= FRAME_SIZE_MAX);
    bytes = arena_alloc(arena, *size);
    frame_encode(&h, bytes);
    protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
    return bytes;
}

bool links_take_ended(struct links *l,
                      struct arena *arena,
                      struct input *input,
                      const uint8_t **farewell,
                      size_t *farewell_size)
{
    struct link *k = TAILQ_FIRST(&l->ending);
    Mezzo__Farewell message = MEZZO__FAREWELL__INIT;

    if (k == NULL)
        return false;
    *farewell = NULL;
    if (!k->is_told) {
        message.reason = k->reason;
        *farewell = pack(l, k, &message.base, arena, farewell_size);
    }
    TAILQ_REMOVE(&l->ending, k, entry);
    TAILQ_INSERT_TAIL(&l->refused, k, entry);
    if (++l->refused_count > l->options.refused_max) {
        forget(l, &l->refused, TAILQ_FIRST(&l->refused));
        l->refused_count--;
    }
    *input = (struct input){.kind = INPUT_LINK_ENDED,
                            .peer = k->peer,
                            .reason = k->reason,
                            .confirmed_at = k->confirmed_at};
    return true;
}

/* Ends the link and is false when a header is not the next one of its link. */
static bool check_numbers(struct links *l,
                          struct link *k,
                          const struct frame_header *h)
{
    if (h->leader_epoch != 0 && h->leader_epoch < k->epoch_min)
        links_end(l, k->peer,
                  "leader epoch %" PRIu64 " is over, it is %" PRIu64,
                  h->leader_epoch, k->epoch_min);
    else if (h->leader_epoch != 0 && l->leader_epoch != 0 &&
             h->leader_epoch != l->leader_epoch)
        links_end(l, k->peer, "leader epoch %" PRIu64 ", not %" PRIu64,
                  h->leader_epoch, l->leader_epoch);
    else if (h->link_epoch != k->epoch)
        links_end(l, k->peer, "link epoch %" PRIu64 ", not %" PRIu64,
                  h->link_epoch, k->epoch);
    else if (h->sequence != k->received + 1)
        links_end(l, k->peer, "gap: frame %" PRIu64 " came, not %" PRIu64,
                  h->sequence, k->received + 1);
    else if (h->received < k->confirmed || h->received > k->sent)
        links_end(l, k->peer, "confirms %" PRIu64 ", sent %" PRIu64,
                  h->received, k->sent);
    return !k->has_ended;
}

static void note_numbers(struct link *k,
                         const struct frame_header *h,
                         msec_t now)
{
    k->received = h->sequence;
    k->confirmed = h->received;
    k->received_at = now;
    if (k->mark != 0 && h->received >= k->mark) {
        k->confirmed_at = k->mark_at;
        k->mark = 0;
    }
}

static void receive_farewell(struct links *l,
                             struct link *k,
                             const ProtobufCMessage *message)
{
    const Mezzo__Farewell *farewell = (const Mezzo__Farewell *)message;

    k->is_told = true;
    links_end(l, k->peer, LINKS_TOLD "%s", farewell->reason);
}

bool links_receive(struct links *l,
                   const char *peer,
                   const uint8_t *bytes,
                   size_t size,
                   msec_t now,
                   struct arena *arena,
                   struct input *input)
{
    struct link *k = table_find(l->by_peer, peer);
    struct frame_header h;
    const ProtobufCMessage *message;
    const char *fault;

    if (k != NULL && k->has_ended)
        return false;
    fault = frame_decode(&h, bytes, size);
    if (fault == NULL && k == NULL) {
        if (l->live_count >= l->options.live_max)
            fault = "too many links";
        else
            (k = add_link(l, peer, now))->epoch = h.link_epoch;
    }
    if (fault == NULL && !check_numbers(l, k, &h))
        return false;
    if (fault == NULL)
        fault = body_unpack(h.type, bytes + FRAME_HEADER_SIZE,
                            size - FRAME_HEADER_SIZE, arena, &message);
    if (fault != NULL) {
        links_end(l, peer, "%s", fault);
        return false;
    }
    note_numbers(k, &h, now);
    if (h.type == FRAME_FAREWELL)
        receive_farewell(l, k, message);
    if (h.type == FRAME_FAREWELL || h.type == FRAME_HEARTBEAT)
        return false;
    *input = (struct input){.kind = INPUT_RECEIVED,
                            .peer = arena_strdup(arena, peer),
                            .type = h.type,
                            .leader_epoch = h.leader_epoch,
                            .link_epoch = h.link_epoch,
                            .message = message};
    return true;
}

static void note_sent(struct link *k, msec_t now)
{
    k->sent_at = now;
    if (k->mark == 0) {
        k->mark = k->sent;
        k->mark_at = now;
    }
}

const uint8_t *links_pack(struct links *l,
                          const char *peer,
                          const ProtobufCMessage *message,
                          msec_t now,
                          struct arena *arena,
                          size_t *size)
{
    struct link *k = table_find(l->by_peer, peer);
    const uint8_t *bytes;

    if (k == NULL || k->has_ended)
        return NULL;
    bytes = pack(l, k, message, arena, size);
    note_sent(k, now);
    return bytes;
}

/* Ends the link and is true when its peer does not answer. */
static bool is_silent(struct links *l, struct link *k, msec_t now)
{
    if (now - k->received_at >= l->options.silence_ms)
        links_end(l, k->peer, "silent for %" PRId64 " ms",
                  now - k->received_at);
    else if (k->mark != 0 && now - k->mark_at >= l->options.silence_ms)
        links_end(l, k->peer, "confirmed nothing for %" PRId64 " ms",
                  now - k->mark_at);
    return k->has_ended;
}

const char *links_heartbeat(struct links *l,
                            msec_t now,
                            struct arena *arena,
                            const uint8_t **bytes,
                            size_t *size)
{
    const Mezzo__Heartbeat heartbeat = MEZZO__HEARTBEAT__INIT;
    struct link *k;

    while ((k = TAILQ_FIRST(&l->live)) != NULL && k->check_due <= now) {
        if (is_silent(l, k, now))
            continue;
        TAILQ_REMOVE(&l->live, k, entry);
        TAILQ_INSERT_TAIL(&l->live, k, entry);
        k->check_due = now + l->options.check_ms;
        if (now - k->sent_at < l->options.heartbeat_ms)
            continue;
        *bytes = pack(l, k, &heartbeat.base, arena, size);
        note_sent(k, now);
        return k->peer;
    }
    return NULL;
}

msec_t links_deadline(const struct links *l)
{
    const struct link *k = TAILQ_FIRST(&l->live);

    return k == NULL ? MSEC_NEVER : k->check_due;
}
