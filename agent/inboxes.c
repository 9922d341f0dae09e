/* inboxes.c - channels in the order they were opened, found by their guest's
 * link and number; messages in the order they came, for each executor. */

#include "agent/inboxes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/channels.h"
#include "agent/events.h"
#include "agent/stream_key.h"
#include "base/id.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

#define EVENT(name) MESOS__V1__EXECUTOR__EVENT__TYPE__##name

struct incoming {
    TAILQ_ENTRY(incoming) entry;
    char *key; /* "GUEST STREAM" */
    char *guest;
    uint64_t id;
    uint64_t number; /* to its executor */
    char *from;
    struct executor *to;
    uint64_t given_cost; /* not yet taken */
};
TAILQ_HEAD(incoming_list, incoming);

struct letter {
    STAILQ_ENTRY(letter) entry;
    struct incoming *channel; /* NULL: it is no more, and this is not given */
    size_t size;
    uint8_t bytes[];
};

/* Of one executor. */
struct inbox {
    STAILQ_HEAD(, letter) letters;
    uint64_t waiting_cost;
    uint64_t given_cost;
    size_t channels_count;
};

struct inboxes {
    struct incoming_list channels;
    struct table *by_key;
    uint64_t made;
};

static const char *key_of(const void *value)
{
    return ((const struct incoming *)value)->key;
}

struct inboxes *inboxes_new(void)
{
    struct inboxes *all = memory_new(1, sizeof *all);

    TAILQ_INIT(&all->channels);
    all->by_key = table_new(key_of);
    return all;
}

static struct incoming *find(const struct inboxes *all,
                             const char *guest,
                             uint64_t id)
{
    char *key = stream_key_new(guest, id);
    struct incoming *c = table_find(all->by_key, key);

    free(key);
    return c;
}

static uint64_t cost_of(const struct letter *l)
{
    return l->size + CHANNELS_MESSAGE_COST;
}

static void drop_letter(struct inbox *inbox)
{
    struct letter *l = STAILQ_FIRST(&inbox->letters);

    inbox->waiting_cost -= cost_of(l);
    STAILQ_REMOVE_HEAD(&inbox->letters, entry);
    free(l);
}

static void free_inbox(struct executor *e)
{
    while (!STAILQ_EMPTY(&e->inbox->letters))
        drop_letter(e->inbox);
    free(e->inbox);
    e->inbox = NULL;
}

static void free_channel(struct inboxes *all, struct incoming *c)
{
    struct inbox *inbox = c->to->inbox;
    struct letter *l;

    STAILQ_FOREACH(l, &inbox->letters, entry)
    if (l->channel == c)
        l->channel = NULL;
    inbox->given_cost -= c->given_cost;
    if (--inbox->channels_count == 0)
        free_inbox(c->to);
    table_remove(all->by_key, c);
    TAILQ_REMOVE(&all->channels, c, entry);
    free(c->key);
    free(c->guest);
    free(c->from);
    free(c);
}

void inboxes_free(struct inboxes *all)
{
    if (all == NULL)
        return;
    while (!TAILQ_EMPTY(&all->channels))
        free_channel(all, TAILQ_FIRST(&all->channels));
    table_free(all->by_key);
    free(all);
}

static Mezzo__StreamEvent *tell_guest(const struct incoming *c,
                                      Mezzo__StreamEvent__Type type,
                                      struct step *step)
{
    Mezzo__StreamEvent *event =
        message_new(step->fx->arena, &mezzo__stream_event__descriptor);

    event->stream = c->id;
    event->type = type;
    effects_send(step->fx, c->guest, &event->base);
    return event;
}

/* Its sender is not there any more. */
static void lose(struct inboxes *all,
                 struct incoming *c,
                 const char *reason,
                 struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event;

    if (c->to->peer != NULL) {
        event = events_new(EVENT(PEER_LOST), step);
        event->peer_lost = message_new(
            arena, &mesos__v1__executor__event__peer_lost__descriptor);
        event->peer_lost->channel = c->number;
        event->peer_lost->executor_id = arena_strdup(arena, c->from);
        event->peer_lost->reason = arena_strdup(arena, reason);
        event->peer_lost->has_incoming = event->peer_lost->incoming = true;
        events_send(c->to, event, step);
    }
    free_channel(all, c);
}

/* Its executor is not there any more, or can take no more. */
static void fail(struct inboxes *all,
                 struct incoming *c,
                 const char *reason,
                 struct step *step)
{
    tell_guest(c, MEZZO__STREAM_EVENT__TYPE__FAILED, step)->reason =
        arena_strdup(step->fx->arena, reason);
    free_channel(all, c);
}

/* NULL and `*to`, or why it is for nobody. */
static const char *check(const Mezzo__Ticket *ticket,
                         const char *from,
                         struct executor **to,
                         struct step *step)
{
    struct executor *e = roster_find_executor(
        step->roster, ticket->framework_id, ticket->task_id);
    const char *group;

    if (from == NULL || !id_is_valid(from) || ticket->group == NULL)
        return "an opening that does not say of whom";
    if (e == NULL || e->run.phase >= RUN_ENDED)
        return "there is no such executor here";
    group = roster_executor_info(e, step->fx->arena)->group;
    if (group == NULL || strcmp(group, ticket->group) != 0)
        return "it is in another group";
    if (e->peer == NULL)
        return "it has not subscribed";
    if (e->inbox != NULL && e->inbox->channels_count >= INBOXES_OF_EXECUTOR_MAX)
        return "too many speak to it";
    *to = e;
    return NULL;
}

/* What the same executor opened before is over. */
static void close_earlier(struct executor *e,
                          const char *from,
                          struct step *step)
{
    struct incoming *c, *next;

    for (c = TAILQ_FIRST(&step->inboxes->channels); c != NULL; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (c->to == e && strcmp(c->from, from) == 0)
            lose(step->inboxes, c, "it began anew", step);
    }
}

const char *inboxes_open(const char *guest,
                         uint64_t id,
                         const Mezzo__Ticket *ticket,
                         const char *from,
                         struct step *step)
{
    struct inboxes *all = step->inboxes;
    struct executor *e;
    const char *fault = check(ticket, from, &e, step);
    struct incoming *c;

    if (fault != NULL)
        return fault;
    close_earlier(e, from, step);
    if (e->inbox == NULL) {
        e->inbox = memory_new(1, sizeof *e->inbox);
        STAILQ_INIT(&e->inbox->letters);
    }
    c = memory_new(1, sizeof *c);
    c->key = stream_key_new(guest, id);
    c->guest = memory_strdup(guest);
    c->id = id;
    c->number = ++all->made;
    c->from = memory_strdup(from);
    c->to = e;
    e->inbox->channels_count++;
    table_add(all->by_key, c);
    TAILQ_INSERT_TAIL(&all->channels, c, entry);
    tell_guest(c, MEZZO__STREAM_EVENT__TYPE__OPENED, step);
    return NULL;
}

static void give(struct incoming *c, const struct letter *l, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event = events_new(EVENT(PEER_MESSAGE), step);

    event->peer_message = message_new(
        arena, &mesos__v1__executor__event__peer_message__descriptor);
    event->peer_message->channel = c->number;
    event->peer_message->executor_id = arena_strdup(arena, c->from);
    event->peer_message->data.len = l->size;
    event->peer_message->data.data = arena_alloc(arena, l->size);
    memcpy(event->peer_message->data.data, l->bytes, l->size);
    events_send(c->to, event, step);
    c->given_cost += cost_of(l);
    c->to->inbox->given_cost += cost_of(l);
}

static void flush(struct executor *e, struct step *step)
{
    struct inbox *inbox = e->inbox;
    struct letter *l;

    while (inbox != NULL && (l = STAILQ_FIRST(&inbox->letters)) != NULL &&
           inbox->given_cost < INBOXES_GIVEN_COST_MAX) {
        if (l->channel != NULL)
            give(l->channel, l, step);
        drop_letter(inbox);
    }
}

static void take_letter(struct incoming *c,
                        const Mezzo__StreamCall *call,
                        struct step *step)
{
    struct inbox *inbox = c->to->inbox;
    struct letter *l = memory_new(1, sizeof *l + call->data.len);

    l->channel = c;
    l->size = call->data.len;
    if (l->size > 0)
        memcpy(l->bytes, call->data.data, l->size);
    STAILQ_INSERT_TAIL(&inbox->letters, l, entry);
    inbox->waiting_cost += cost_of(l);
    flush(c->to, step);
}

bool inboxes_receive(const char *guest,
                     const Mezzo__StreamCall *call,
                     struct step *step)
{
    struct incoming *c = find(step->inboxes, guest, call->stream);

    if (c == NULL)
        return false;
    if (call->type == MEZZO__STREAM_CALL__TYPE__CLOSE) {
        lose(step->inboxes, c, "it has ended", step);
    } else if (call->type == MEZZO__STREAM_CALL__TYPE__WRITE) {
        if (!call->has_data || call->data.len > CHANNELS_MESSAGE_MAX)
            effects_end_link(step->fx, guest, "a message that cannot be");
        else if (c->to->inbox->waiting_cost > INBOXES_WAITING_COST_MAX)
            fail(step->inboxes, c, "it does not take what it gets", step);
        else
            take_letter(c, call, step);
    } else {
        effects_end_link(step->fx, guest, "a call that no channel has");
    }
    return true;
}

void inboxes_link_ended(const char *guest,
                        const char *reason,
                        struct step *step)
{
    struct incoming *c, *next;

    for (c = TAILQ_FIRST(&step->inboxes->channels); c != NULL; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (strcmp(c->guest, guest) == 0)
            lose(step->inboxes, c, reason, step);
    }
}

const char *inboxes_take(struct executor *e,
                         const Mesos__V1__Executor__Call__PeerTake *call,
                         struct step *step)
{
    struct incoming *c;
    Mezzo__StreamEvent *event;

    TAILQ_FOREACH_REVERSE (c, &step->inboxes->channels, incoming_list, entry)
        if (c->to == e && c->number == call->channel)
            break;
    if (c == NULL)
        return NULL; /* it was lost meanwhile */
    if (call->cost > c->given_cost)
        return "it has taken more than it was given";
    c->given_cost -= call->cost;
    e->inbox->given_cost -= call->cost;
    event = tell_guest(c, MEZZO__STREAM_EVENT__TYPE__TAKEN, step);
    event->has_credit = true;
    event->credit = call->cost;
    flush(e, step);
    return NULL;
}

void inboxes_executor_lost(struct executor *e,
                           const char *reason,
                           struct step *step)
{
    struct incoming *c, *next;

    for (c = TAILQ_FIRST(&step->inboxes->channels);
         c != NULL && e->inbox != NULL; c = next) {
        next = TAILQ_NEXT(c, entry);
        if (c->to == e)
            fail(step->inboxes, c, reason, step);
    }
}
