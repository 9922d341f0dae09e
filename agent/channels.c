/* channels.c - channels in a list, which is as long as executors of ours talk
 * to others; links to agents, one for all channels to it. */

#include "agent/channels.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/events.h"
#include "agent/outbox.h"
#include "base/id.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name

enum channel_state {
    CHANNEL_FINDING, /* asked until `due` */
    CHANNEL_PAUSING, /* until `due` */
    CHANNEL_OPENING,
    CHANNEL_OPEN,
};

struct message {
    STAILQ_ENTRY(message) entry;
    size_t size;
    uint8_t bytes[];
};

struct peer_link {
    TAILQ_ENTRY(peer_link) entry;
    char name[32];
    char *endpoint;
    char *key; /* NULL: in plain */
    size_t channels_count;
    uint64_t cost; /* written and not yet taken */
    struct deadline idle;
};

struct peer_channel {
    TAILQ_ENTRY(peer_channel) entry;
    char stream[24]; /* its number as text, which is its key */
    uint64_t stream_number;
    struct executor *from;
    uint64_t number; /* its executor's */
    char *to;
    enum channel_state state;
    struct peer_link *link; /* OPENING, OPEN */
    uint64_t cost;          /* of the queue, and of what is not yet taken */
    uint64_t written_cost;  /* not yet taken */
    msec_t pause_ms;
    msec_t give_up_at;
    struct deadline due;
    STAILQ_HEAD(, message) queue;
};
TAILQ_HEAD(channel_list, peer_channel);

struct channels {
    struct channel_list channels;
    struct table *by_stream;
    TAILQ_HEAD(, peer_link) links;
    uint64_t streams_count;
    uint64_t links_count;
};

static const char *stream_of(const void *value)
{
    return ((const struct peer_channel *)value)->stream;
}

struct channels *channels_new(void)
{
    struct channels *p = memory_new(1, sizeof *p);

    TAILQ_INIT(&p->channels);
    TAILQ_INIT(&p->links);
    p->by_stream = table_new(stream_of);
    return p;
}

static void drop_link(struct channels *p,
                      struct peer_link *l,
                      struct deadlines *deadlines)
{
    deadlines_cancel(deadlines, &l->idle);
    TAILQ_REMOVE(&p->links, l, entry);
    free(l->endpoint);
    free(l->key);
    free(l);
}

static void leave_link(struct peer_channel *c, struct step *step)
{
    struct peer_link *l = c->link;

    c->link = NULL;
    if (l == NULL)
        return;
    l->cost -= c->written_cost;
    if (--l->channels_count == 0)
        deadlines_set(step->deadlines, &l->idle, step->now + CHANNELS_IDLE_MS);
}

static void drop_first(struct peer_channel *c)
{
    struct message *m = STAILQ_FIRST(&c->queue);

    STAILQ_REMOVE_HEAD(&c->queue, entry);
    free(m);
}

static void free_channel(struct channels *p,
                         struct peer_channel *c,
                         struct deadlines *deadlines)
{
    deadlines_cancel(deadlines, &c->due);
    while (!STAILQ_EMPTY(&c->queue))
        drop_first(c);
    TAILQ_REMOVE(&p->channels, c, entry);
    table_remove(p->by_stream, c);
    c->from->peer_channels_count--;
    c->from->peer_cost -= c->cost;
    free(c->to);
    free(c);
}

void channels_free(struct channels *p, struct deadlines *deadlines)
{
    struct peer_channel *c;
    struct peer_link *l;

    if (p == NULL)
        return;
    while ((c = TAILQ_FIRST(&p->channels)) != NULL)
        free_channel(p, c, deadlines);
    while ((l = TAILQ_FIRST(&p->links)) != NULL)
        drop_link(p, l, deadlines);
    table_free(p->by_stream);
    free(p);
}

/* ---------------------------------------------------------- to its executor */

static void tell_lost(const struct executor *e,
                      uint64_t channel,
                      const char *to,
                      const char *reason,
                      struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event;

    if (e->peer == NULL)
        return;
    event = events_new(EVENT(PEER_LOST), step);
    event->peer_lost =
        message_new(arena, &mesos__v1__executor__event__peer_lost__descriptor);
    event->peer_lost->channel = channel;
    event->peer_lost->executor_id = arena_strdup(arena, to);
    event->peer_lost->reason = arena_strdup(arena, reason);
    events_send(e, event, step);
}

static void lose(struct peer_channel *c, const char *reason, struct step *step)
{
    tell_lost(c->from, c->number, c->to, reason, step);
    leave_link(c, step);
    free_channel(step->channels, c, step->deadlines);
}

static void tell_taken(const struct peer_channel *c,
                       uint64_t cost,
                       struct step *step)
{
    Mesos__V1__Executor__Event *event;

    if (c->from->peer == NULL)
        return;
    event = events_new(EVENT(PEER_TAKEN), step);
    event->peer_taken = message_new(
        step->fx->arena, &mesos__v1__executor__event__peer_taken__descriptor);
    event->peer_taken->channel = c->number;
    event->peer_taken->cost = cost;
    events_send(c->from, event, step);
}

/* --------------------------------------------------------------- to find it */

static const char *group_of(const struct executor *e, struct step *step)
{
    return roster_executor_info(e, step->fx->arena)->group;
}

static void ask(struct peer_channel *c, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__AgentCall *call =
        outbox_call(MEZZO__AGENT_CALL__TYPE__FIND_PEER, step);
    Mezzo__AgentCall__FindPeer *find =
        message_new(arena, &mezzo__agent_call__find_peer__descriptor);

    find->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    find->framework_id->value = arena_strdup(arena, c->from->framework->id);
    find->executor_id = message_new(arena, &mesos__v1__executor_id__descriptor);
    find->executor_id->value = arena_strdup(arena, c->to);
    find->group = (char *)group_of(c->from, step);
    call->find_peer = find;
    outbox_put(step->outbox, call, step);
    c->state = CHANNEL_FINDING;
    deadlines_set(step->deadlines, &c->due, step->now + CHANNELS_ANSWER_MS);
}

/* Not there, or not yet. */
static void try_again(struct peer_channel *c,
                      const char *reason,
                      struct step *step)
{
    leave_link(c, step);
    if (step->now >= c->give_up_at) {
        lose(c, reason, step);
        return;
    }
    c->state = CHANNEL_PAUSING;
    deadlines_set(step->deadlines, &c->due, step->now + c->pause_ms);
    c->pause_ms = c->pause_ms * 2 < CHANNELS_PAUSE_MS_MAX
                      ? c->pause_ms * 2
                      : CHANNELS_PAUSE_MS_MAX;
}

void channels_due(struct peer_channel *c, struct step *step)
{
    if (c->state == CHANNEL_FINDING && step->now >= c->give_up_at)
        lose(c, "no master said where it is", step);
    else
        ask(c, step);
}

/* -------------------------------------------------------------- to its agent
 */

static Mezzo__StreamCall *call_new(const struct peer_channel *c,
                                   Mezzo__StreamCall__Type type,
                                   struct step *step)
{
    Mezzo__StreamCall *call =
        message_new(step->fx->arena, &mezzo__stream_call__descriptor);

    call->stream = c->stream_number;
    call->type = type;
    effects_send(step->fx, c->link->name, &call->base);
    return call;
}

static void flush(struct peer_channel *c, struct step *step)
{
    struct message *m;

    while (c->state == CHANNEL_OPEN && !STAILQ_EMPTY(&c->queue) &&
           c->link->cost < CHANNELS_LINK_COST_MAX) {
        Mezzo__StreamCall *call =
            call_new(c, MEZZO__STREAM_CALL__TYPE__WRITE, step);

        m = STAILQ_FIRST(&c->queue);
        call->has_data = true;
        call->data.len = m->size;
        call->data.data = arena_alloc(step->fx->arena, m->size);
        memcpy(call->data.data, m->bytes, m->size);
        c->written_cost += m->size + CHANNELS_MESSAGE_COST;
        c->link->cost += m->size + CHANNELS_MESSAGE_COST;
        drop_first(c);
    }
}

static bool leads_to(const struct peer_link *l,
                     const char *endpoint,
                     const char *key)
{
    return strcmp(l->endpoint, endpoint) == 0 &&
           strcmp(l->key == NULL ? "" : l->key, key == NULL ? "" : key) == 0;
}

static struct peer_link *use_link(const Mezzo__AgentEvent__Peer *peer,
                                  struct step *step)
{
    struct channels *p = step->channels;
    struct peer_link *l;

    TAILQ_FOREACH (l, &p->links, entry)
        if (leads_to(l, peer->endpoint, peer->key))
            break;
    if (l == NULL) {
        l = memory_new(1, sizeof *l);
        snprintf(l->name, sizeof l->name, "peer-%" PRIu64, ++p->links_count);
        l->endpoint = memory_strdup(peer->endpoint);
        if (peer->key != NULL && peer->key[0] != '\0')
            l->key = memory_strdup(peer->key);
        l->idle = (struct deadline){.kind = DUE_PEER_LINK, .owner = l};
        TAILQ_INSERT_TAIL(&p->links, l, entry);
        effects_connect(step->fx, l->name, l->endpoint, l->key, 0);
    }
    deadlines_cancel(step->deadlines, &l->idle);
    l->channels_count++;
    return l;
}

/* A stream of a number that was not used on this link. */
static void open_stream(struct peer_channel *c,
                        const Mezzo__AgentEvent__Peer *peer,
                        struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct channels *p = step->channels;
    Mezzo__StreamCall__Open *open =
        message_new(arena, &mezzo__stream_call__open__descriptor);

    table_remove(p->by_stream, c);
    c->stream_number = ++p->streams_count;
    snprintf(c->stream, sizeof c->stream, "%" PRIu64, c->stream_number);
    table_add(p->by_stream, c);
    c->link = use_link(peer, step);
    c->state = CHANNEL_OPENING;
    deadlines_cancel(step->deadlines, &c->due);
    open->ticket.len = peer->ticket.len;
    open->ticket.data = arena_alloc(arena, peer->ticket.len);
    memcpy(open->ticket.data, peer->ticket.data, peer->ticket.len);
    open->peer = arena_strdup(arena, c->from->id);
    call_new(c, MEZZO__STREAM_CALL__TYPE__OPEN, step)->open = open;
}

void channels_found(const Mezzo__AgentEvent__Peer *peer, struct step *step)
{
    struct peer_channel *c, *next;

    for (c = TAILQ_FIRST(&step->channels->channels); c != NULL; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (c->state != CHANNEL_FINDING ||
            strcmp(c->to, peer->executor_id->value) != 0 ||
            strcmp(c->from->framework->id, peer->framework_id->value) != 0)
            continue;
        if (peer->endpoint == NULL || !peer->has_ticket)
            try_again(c, "there is no such executor", step);
        else
            open_stream(c, peer, step);
    }
}

static struct peer_link *find_link(const struct channels *p, const char *name)
{
    struct peer_link *l;

    TAILQ_FOREACH (l, &p->links, entry)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

static struct peer_channel *find_stream(const struct channels *p,
                                        uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    return table_find(p->by_stream, text);
}

/* There may be room now for others on the link. */
static void flush_link(struct peer_link *l, struct step *step)
{
    struct peer_channel *c;

    TAILQ_FOREACH (c, &step->channels->channels, entry)
        if (c->link == l)
            flush(c, step);
}

static const char *take_event(struct peer_channel *c,
                              const Mezzo__StreamEvent *event,
                              struct step *step)
{
    struct peer_link *l = c->link;
    uint64_t credit = event->has_credit ? event->credit : 0;
    const char *reason =
        event->reason != NULL ? event->reason : "its agent does not say why";

    switch (event->type) {
    case MEZZO__STREAM_EVENT__TYPE__OPENED:
        if (c->state != CHANNEL_OPENING)
            return "a stream that is open is opened";
        c->state = CHANNEL_OPEN;
        flush(c, step);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__TAKEN:
        if (credit > c->written_cost)
            return "more was taken than was written";
        c->written_cost -= credit;
        c->cost -= credit;
        c->from->peer_cost -= credit;
        l->cost -= credit;
        tell_taken(c, credit, step);
        flush_link(l, step);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__FAILED:
        if (c->state == CHANNEL_OPENING)
            try_again(c, reason, step);
        else
            lose(c, reason, step);
        flush_link(l, step);
        return NULL;
    default:
        return "an event that no channel has";
    }
}

bool channels_receive(const struct input *input, struct step *step)
{
    const struct peer_link *l = find_link(step->channels, input->peer);
    const Mezzo__StreamEvent *event;
    struct peer_channel *c;
    const char *fault = NULL;

    if (l == NULL)
        return false;
    event = (const Mezzo__StreamEvent *)input->message;
    if (input->type != FRAME_STREAM_EVENT) {
        fault = "no frame of an agent to another";
    } else {
        c = find_stream(step->channels, event->stream);
        if (c != NULL && c->link == l) /* else it was given up */
            fault = take_event(c, event, step);
    }
    if (fault != NULL)
        effects_end_link(step->fx, input->peer, "%s", fault);
    return true;
}

bool channels_link_ended(const struct input *input, struct step *step)
{
    struct peer_link *l = find_link(step->channels, input->peer);
    struct peer_channel *c, *next;

    if (l == NULL)
        return false;
    for (c = TAILQ_FIRST(&step->channels->channels); c != NULL; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (c->link != l)
            continue;
        if (c->state == CHANNEL_OPENING)
            try_again(c, input->reason, step);
        else
            lose(c, input->reason, step);
    }
    assert(l->channels_count == 0);
    drop_link(step->channels, l, step->deadlines);
    return true;
}

void channels_link_due(struct peer_link *l, struct step *step)
{
    effects_end_link(step->fx, l->name, "nothing is sent");
    drop_link(step->channels, l, step->deadlines); /* that it ends is no news */
}

/* ------------------------------------------------------------ its executor's
 */

static struct peer_channel *find_channel(const struct channels *p,
                                         const struct executor *e,
                                         uint64_t number)
{
    struct peer_channel *c;

    TAILQ_FOREACH_REVERSE (c, &p->channels, channel_list, entry)
        if (c->from == e && c->number == number)
            return c;
    return NULL;
}

static struct peer_channel *add_channel(
    struct executor *e,
    const Mesos__V1__Executor__Call__PeerSend *call,
    struct step *step)
{
    struct channels *p = step->channels;
    struct peer_channel *c = memory_new(1, sizeof *c);

    c->from = e;
    c->number = e->peer_channel_max = call->channel;
    c->to = memory_strdup(call->executor_id);
    c->pause_ms = CHANNELS_PAUSE_MS_MIN;
    c->give_up_at = step->now + CHANNELS_PATIENCE_MS;
    c->due = (struct deadline){.kind = DUE_PEER, .owner = c};
    STAILQ_INIT(&c->queue);
    c->stream_number = ++p->streams_count;
    snprintf(c->stream, sizeof c->stream, "%" PRIu64, c->stream_number);
    table_add(p->by_stream, c);
    TAILQ_INSERT_TAIL(&p->channels, c, entry);
    e->peer_channels_count++;
    ask(c, step);
    return c;
}

static const char *refuses(const struct executor *e,
                           const Mesos__V1__Executor__Call__PeerSend *call,
                           struct step *step)
{
    if (group_of(e, step) == NULL)
        return "a message to a peer of an executor that is in no group";
    if (!id_is_valid(call->executor_id))
        return "a message to an executor that cannot be";
    if (call->data.len > CHANNELS_MESSAGE_MAX)
        return "a message to a peer that is too long";
    if (e->peer_cost + call->data.len > CHANNELS_COST_MAX)
        return "more for its peers than may wait";
    return NULL;
}

const char *channels_send(struct executor *e,
                          const Mesos__V1__Executor__Call__PeerSend *call,
                          struct step *step)
{
    struct peer_channel *c = find_channel(step->channels, e, call->channel);
    const char *fault = refuses(e, call, step);
    struct message *m;

    if (fault != NULL)
        return fault;
    if (c == NULL && call->channel <= e->peer_channel_max)
        return NULL; /* it was lost, which it is about to hear */
    if (c == NULL && e->peer_channels_count >= CHANNELS_OF_EXECUTOR_MAX) {
        e->peer_channel_max = call->channel;
        tell_lost(e, call->channel, call->executor_id,
                  "it speaks to too many others", step);
        return NULL;
    }
    if (c == NULL)
        c = add_channel(e, call, step);
    m = memory_new(1, sizeof *m + call->data.len);
    m->size = call->data.len;
    if (m->size > 0)
        memcpy(m->bytes, call->data.data, m->size);
    STAILQ_INSERT_TAIL(&c->queue, m, entry);
    c->cost += m->size + CHANNELS_MESSAGE_COST;
    e->peer_cost += m->size + CHANNELS_MESSAGE_COST;
    flush(c, step);
    return NULL;
}

void channels_executor_lost(struct executor *e, struct step *step)
{
    struct peer_channel *c, *next;

    e->peer_channel_max = 0; /* its library counts anew */
    for (c = TAILQ_FIRST(&step->channels->channels);
         c != NULL && e->peer_channels_count > 0; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (c->from != e)
            continue;
        if (c->link != NULL)
            call_new(c, MEZZO__STREAM_CALL__TYPE__CLOSE, step);
        leave_link(c, step);
        free_channel(step->channels, c, step->deadlines);
    }
}
