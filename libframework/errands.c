/* errands.c - two lists; updates that were said come before those that were
 * not. */

#include "libframework/errands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"
#include "base/task_state.h"

struct errand {
    TAILQ_ENTRY(errand) entry;
    char *id;
    char *name;
    char *agent_id;
    bool was_acknowledged; /* one of its updates */
    bool has_ended;        /* so was said, at least */
};
TAILQ_HEAD(errand_list, errand);

struct update {
    TAILQ_ENTRY(update) entry;
    Mesos__V1__TaskStatus *status;
};
TAILQ_HEAD(update_list, update);

struct errands {
    uint64_t stream;
    uint64_t sequence;
    struct table *by_id;
    struct errand_list tasks;
    struct update_list updates;
    size_t updates_count;
    struct update *next; /* to be said */
};

static const char *id_of(const void *value)
{
    return ((const struct errand *)value)->id;
}

struct errands *errands_new(uint64_t stream)
{
    struct errands *r = memory_new(1, sizeof *r);

    r->stream = stream;
    r->by_id = table_new(id_of);
    TAILQ_INIT(&r->tasks);
    TAILQ_INIT(&r->updates);
    return r;
}

static void drop_task(struct errands *r, struct errand *k)
{
    table_remove(r->by_id, k);
    TAILQ_REMOVE(&r->tasks, k, entry);
    free(k->id);
    free(k->name);
    free(k->agent_id);
    free(k);
}

static void drop_update(struct errands *r, struct update *u)
{
    if (r->next == u)
        r->next = TAILQ_NEXT(u, entry);
    TAILQ_REMOVE(&r->updates, u, entry);
    r->updates_count--;
    mesos__v1__task_status__free_unpacked(u->status, NULL);
    free(u);
}

void errands_free(struct errands *r)
{
    if (r == NULL)
        return;
    while (!TAILQ_EMPTY(&r->updates))
        drop_update(r, TAILQ_FIRST(&r->updates));
    while (!TAILQ_EMPTY(&r->tasks))
        drop_task(r, TAILQ_FIRST(&r->tasks));
    table_free(r->by_id);
    free(r);
}

bool errands_add(struct errands *r, const Mesos__V1__TaskInfo *info)
{
    struct errand *k;

    if (table_find(r->by_id, info->task_id->value) != NULL)
        return false;
    k = memory_new(1, sizeof *k);
    k->id = memory_strdup(info->task_id->value);
    k->name = memory_strdup(info->name);
    k->agent_id = memory_strdup(info->agent_id->value);
    table_add(r->by_id, k);
    TAILQ_INSERT_TAIL(&r->tasks, k, entry);
    return true;
}

bool errands_has(const struct errands *r, const char *task_id)
{
    const struct errand *k = table_find(r->by_id, task_id);

    return k != NULL && !k->has_ended;
}

void errands_say(struct errands *r, Mesos__V1__TaskStatus *status)
{
    struct errand *k = table_find(r->by_id, status->task_id->value);
    struct update *u = memory_new(1, sizeof *u);
    uint8_t uuid[UUID_SIZE];

    uuid_make(r->stream, ++r->sequence, uuid);
    status->has_uuid = true;
    status->uuid.data = uuid;
    status->uuid.len = sizeof uuid;
    u->status = message_copy(status);
    status->uuid.data = u->status->uuid.data;
    k->has_ended = task_has_ended((enum task_state)status->state);
    TAILQ_INSERT_TAIL(&r->updates, u, entry);
    r->updates_count++;
    r->next = r->next != NULL ? r->next : u;
}

static struct update *find(struct errands *r,
                           const uint8_t *uuid,
                           size_t uuid_size)
{
    struct update *u;

    TAILQ_FOREACH (u, &r->updates, entry)
        if (uuid_size == UUID_SIZE &&
            memcmp(u->status->uuid.data, uuid, UUID_SIZE) == 0)
            return u;
    return NULL;
}

void errands_acknowledge(struct errands *r,
                         const uint8_t *uuid,
                         size_t uuid_size)
{
    struct update *u = find(r, uuid, uuid_size);
    struct errand *k;

    if (u == NULL)
        return;
    k = table_find(r->by_id, u->status->task_id->value);
    if (k != NULL && task_has_ended((enum task_state)u->status->state))
        drop_task(r, k);
    else if (k != NULL)
        k->was_acknowledged = true;
    drop_update(r, u);
}

size_t errands_unacknowledged(const struct errands *r)
{
    return r->updates_count;
}

/* All of a task that the agent needs, to know which is meant. */
static Mesos__V1__TaskInfo *write_task(const struct errand *k,
                                       struct arena *arena)
{
    Mesos__V1__TaskInfo *info =
        message_new(arena, &mesos__v1__task_info__descriptor);

    info->name = arena_strdup(arena, k->name);
    info->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    info->task_id->value = arena_strdup(arena, k->id);
    info->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    info->agent_id->value = arena_strdup(arena, k->agent_id);
    return info;
}

static Mesos__V1__TaskStatus *write_status(const struct update *u,
                                           struct arena *arena)
{
    ProtobufCBinaryData bytes = message_pack_in(arena, &u->status->base);

    return message_unpack_in(arena, &mesos__v1__task_status__descriptor,
                             bytes.data, bytes.len);
}

static void repeat_tasks(struct errands *r,
                         Mesos__V1__Executor__Call__Subscribe *subscribe,
                         size_t *size,
                         struct arena *arena)
{
    const struct errand *k;

    subscribe->unacknowledged_tasks =
        arena_alloc(arena, table_count(r->by_id) * sizeof(void *));
    TAILQ_FOREACH (k, &r->tasks, entry) {
        Mesos__V1__TaskInfo *info;

        if (k->was_acknowledged)
            continue;
        info = write_task(k, arena);
        *size += protobuf_c_message_get_packed_size(&info->base) + 8;
        if (*size > ERRANDS_REPEATED_SIZE_MAX)
            return; /* those we are told of again are not begun again */
        subscribe->unacknowledged_tasks[subscribe->n_unacknowledged_tasks++] =
            info;
    }
}

void errands_repeat(struct errands *r,
                    Mesos__V1__Executor__Call__Subscribe *subscribe,
                    struct arena *arena)
{
    size_t size = 0;
    struct update *u;

    repeat_tasks(r, subscribe, &size, arena);
    subscribe->unacknowledged_updates =
        arena_alloc(arena, r->updates_count * sizeof(void *));
    TAILQ_FOREACH (u, &r->updates, entry) {
        Mesos__V1__Executor__Call__Update *update =
            message_new(arena, &mesos__v1__executor__call__update__descriptor);

        size += protobuf_c_message_get_packed_size(&u->status->base) + 16;
        if (size > ERRANDS_REPEATED_SIZE_MAX)
            break;
        update->status = write_status(u, arena);
        subscribe
            ->unacknowledged_updates[subscribe->n_unacknowledged_updates++] =
            update;
    }
    r->next = u; /* the rest when we are subscribed */
}

Mesos__V1__TaskStatus *errands_next(struct errands *r, struct arena *arena)
{
    struct update *u = r->next;

    if (u == NULL)
        return NULL;
    r->next = TAILQ_NEXT(u, entry);
    return write_status(u, arena);
}

bool errands_has_next(const struct errands *r)
{
    return r->next != NULL;
}
