/* group.c - a list, and a table by id: an executor may speak to hundreds. */

#include "libframework/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"
#include "libframework/checks.h"

#define CALL(name) MESOS__V1__EXECUTOR__CALL__TYPE__##name

struct message {
    STAILQ_ENTRY(message) entry;
    size_t size;
    uint8_t bytes[];
};

struct peer {
    TAILQ_ENTRY(peer) entry;
    char *id;
    uint64_t channel;    /* that we send on; 0: none */
    uint64_t incoming;   /* that it sends on, as the agent calls it; 0: none */
    uint64_t sent_cost;  /* not yet taken */
    uint64_t taken_cost; /* by us, and not yet told */
    size_t queued_size;
    STAILQ_HEAD(, message) queue;
};
TAILQ_HEAD(peer_list, peer);

struct group {
    struct peer_list list;
    struct table *by_id;
    size_t count;
    size_t queued_size;
    uint64_t sent_cost;
    uint64_t channels_count; /* so far */
    bool has_news;
};

static const char *id_of(const void *value)
{
    return ((const struct peer *)value)->id;
}

struct group *group_new(void)
{
    struct group *all = memory_new(1, sizeof *all);

    TAILQ_INIT(&all->list);
    all->by_id = table_new(id_of);
    return all;
}

static void drop_first(struct group *all, struct peer *p)
{
    struct message *m = STAILQ_FIRST(&p->queue);

    p->queued_size -= m->size + GROUP_MESSAGE_COST;
    all->queued_size -= m->size + GROUP_MESSAGE_COST;
    STAILQ_REMOVE_HEAD(&p->queue, entry);
    free(m);
}

static void drop_queue(struct group *all, struct peer *p)
{
    while (!STAILQ_EMPTY(&p->queue))
        drop_first(all, p);
    all->sent_cost -= p->sent_cost;
    p->sent_cost = 0;
    p->channel = 0;
}

static void drop(struct group *all, struct peer *p)
{
    drop_queue(all, p);
    table_remove(all->by_id, p);
    TAILQ_REMOVE(&all->list, p, entry);
    all->count--;
    free(p->id);
    free(p);
}

void group_free(struct group *all)
{
    if (all == NULL)
        return;
    while (!TAILQ_EMPTY(&all->list))
        drop(all, TAILQ_FIRST(&all->list));
    table_free(all->by_id);
    free(all);
}

static struct peer *get(struct group *all, const char *id)
{
    struct peer *p = table_find(all->by_id, id);

    if (p != NULL)
        return p;
    p = memory_new(1, sizeof *p);
    p->id = memory_strdup(id);
    STAILQ_INIT(&p->queue);
    table_add(all->by_id, p);
    TAILQ_INSERT_TAIL(&all->list, p, entry);
    all->count++;
    return p;
}

int mezzo_executor_send(struct mezzo_executor *e,
                        const char *peer_executor_id,
                        const void *data,
                        size_t size)
{
    struct group *all = e->group;
    struct message *m;
    struct peer *p;

    if (e->state == EXECUTOR_NEW || e->state == EXECUTOR_OVER)
        return error_set(&e->fault, -ESHUTDOWN, "the executor does not run");
    if (checks_id("executor id", peer_executor_id, &e->fault) < 0)
        return -EINVAL;
    if (e->was_subscribed && !e->has_group)
        return error_set(&e->fault, -EINVAL, "we are in no group");
    if (checks_size("a message", size, MEZZO_DATA_MAX, &e->fault) < 0)
        return -E2BIG;
    if (all->queued_size + size > MEZZO_PEER_QUEUE_MAX)
        return error_set(&e->fault, -ENOBUFS, "%d bytes wait for peers",
                         MEZZO_PEER_QUEUE_MAX);
    if (table_find(all->by_id, peer_executor_id) == NULL &&
        all->count >= MEZZO_PEERS_MAX)
        return error_set(&e->fault, -ENOBUFS, "more than %d peers",
                         MEZZO_PEERS_MAX);
    p = get(all, peer_executor_id);
    m = memory_new(1, sizeof *m + size);
    m->size = size;
    if (size > 0)
        memcpy(m->bytes, data, size);
    STAILQ_INSERT_TAIL(&p->queue, m, entry);
    p->queued_size += size + GROUP_MESSAGE_COST;
    all->queued_size += size + GROUP_MESSAGE_COST;
    all->has_news = true;
    executor_called(e);
    return 0;
}

void group_take_message(struct mezzo_executor *e,
                        const Mesos__V1__Executor__Event__PeerMessage *message)
{
    struct peer *p = get(e->group, message->executor_id);

    if (p->incoming != message->channel)
        p->taken_cost = 0;
    p->incoming = message->channel;
    p->taken_cost += message->data.len + GROUP_MESSAGE_COST;
    e->group->has_news = true;
    if (e->callbacks->peer_message != NULL)
        e->callbacks->peer_message(e, message->executor_id, message->data.data,
                                   message->data.len, e->arg);
}

static struct peer *find_channel(const struct group *all, uint64_t channel)
{
    struct peer *p;

    TAILQ_FOREACH (p, &all->list, entry)
        if (p->channel == channel)
            return p;
    return NULL;
}

void group_take_taken(struct mezzo_executor *e,
                      const Mesos__V1__Executor__Event__PeerTaken *taken)
{
    struct peer *p = find_channel(e->group, taken->channel);
    uint64_t cost = taken->cost;

    if (p == NULL || taken->channel == 0)
        return;
    cost = cost < p->sent_cost ? cost : p->sent_cost;
    p->sent_cost -= cost;
    e->group->sent_cost -= cost;
    e->group->has_news = true;
}

static void tell_lost(struct mezzo_executor *e,
                      const char *id,
                      const char *reason)
{
    if (e->callbacks->peer_lost != NULL)
        e->callbacks->peer_lost(e, id, reason, e->arg);
}

/* Told once, by whichever of its two channels is the first to break. */
void group_take_lost(struct mezzo_executor *e,
                     const Mesos__V1__Executor__Event__PeerLost *lost)
{
    struct group *all = e->group;
    struct peer *p = table_find(all->by_id, lost->executor_id);
    bool is_incoming = lost->has_incoming && lost->incoming;

    if (p == NULL || (is_incoming ? p->incoming : p->channel) != lost->channel)
        return;
    if (is_incoming && p->channel != 0) {
        p->incoming = p->taken_cost = 0; /* the other breaks too, or holds */
        return;
    }
    drop(all, p);
    tell_lost(e, lost->executor_id, lost->reason);
}

void group_agent_lost(struct mezzo_executor *e, const char *reason)
{
    struct peer_list lost;
    struct peer *p;

    TAILQ_INIT(&lost);
    TAILQ_CONCAT(&lost, &e->group->list, entry);
    while ((p = TAILQ_FIRST(&lost)) != NULL) {
        char *id = memory_strdup(p->id);
        bool was_open = p->channel != 0 || p->incoming != 0;

        TAILQ_REMOVE(&lost, p, entry);
        TAILQ_INSERT_TAIL(&e->group->list, p, entry);
        if (was_open) {
            drop(e->group, p);
            tell_lost(e, id, reason);
        }
        free(id);
    }
}

bool group_is_busy(const struct group *all)
{
    return all->queued_size > 0 || all->sent_cost > 0;
}

static Mesos__V1__Executor__Call *new_call(const struct executor_frame *frame,
                                           Mesos__V1__Executor__Call__Type type)
{
    return executor_call_new(frame->executor, type, frame->fx->arena);
}

static void send_first(struct group *all,
                       struct peer *p,
                       struct executor_frame *frame)
{
    struct arena *arena = frame->fx->arena;
    Mesos__V1__Executor__Call *call = new_call(frame, CALL(PEER_SEND));
    const struct message *m = STAILQ_FIRST(&p->queue);

    if (p->channel == 0)
        p->channel = ++all->channels_count;
    call->peer_send =
        message_new(arena, &mesos__v1__executor__call__peer_send__descriptor);
    call->peer_send->channel = p->channel;
    call->peer_send->executor_id = arena_strdup(arena, p->id);
    call->peer_send->data.len = m->size;
    call->peer_send->data.data = arena_alloc(arena, m->size);
    memcpy(call->peer_send->data.data, m->bytes, m->size);
    executor_frame_add(frame, call);
    p->sent_cost += m->size + GROUP_MESSAGE_COST;
    all->sent_cost += m->size + GROUP_MESSAGE_COST;
    drop_first(all, p);
}

static void send_taken(struct peer *p, struct executor_frame *frame)
{
    Mesos__V1__Executor__Call *call = new_call(frame, CALL(PEER_TAKE));

    call->peer_take = message_new(
        frame->fx->arena, &mesos__v1__executor__call__peer_take__descriptor);
    call->peer_take->channel = p->incoming;
    call->peer_take->cost = p->taken_cost;
    executor_frame_add(frame, call);
    p->taken_cost = 0;
}

void group_flush(struct group *all, struct executor_frame *frame)
{
    struct peer *p;

    if (!all->has_news)
        return;
    all->has_news = false;
    TAILQ_FOREACH (p, &all->list, entry) {
        if (p->taken_cost > 0)
            send_taken(p, frame);
        while (!STAILQ_EMPTY(&p->queue) && p->sent_cost < GROUP_WINDOW &&
               all->sent_cost < GROUP_WINDOW_ALL)
            send_first(all, p, frame);
    }
}
