/* updates.c - a stream is found by its number; those touched last are at the
 * end of the list. */

#include "libframework/updates.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"
#include "base/uuid.h"
#include "mezzo/task.h"

struct range {
    uint64_t first;
    uint64_t last;
};

struct stream {
    TAILQ_ENTRY(stream) entry;
    char key[17];                            /* its number, in hexadecimal */
    struct range ranges[UPDATES_RANGES_MAX]; /* ascending, with gaps between */
    size_t ranges_count;
};
TAILQ_HEAD(stream_list, stream);

/* One acknowledgement that waits for the end of the step. */
struct saying {
    TAILQ_ENTRY(saying) entry;
    char *agent_id;
    char *task_id;
    uint8_t uuid[UUID_SIZE];
    char stream[17];
    uint64_t number;
    bool is_up_to; /* all before it in its stream is handled as well */
};
TAILQ_HEAD(saying_list, saying);

struct updates {
    struct table *by_key;
    struct stream_list streams;
    struct saying_list sayings;
};

enum {
    FIRST_SEQUENCE = 1 /* of every stream */
};

static const char *key_of(const void *value)
{
    return ((const struct stream *)value)->key;
}

struct updates *updates_new(void)
{
    struct updates *u = memory_new(1, sizeof *u);

    u->by_key = table_new(key_of);
    TAILQ_INIT(&u->streams);
    TAILQ_INIT(&u->sayings);
    return u;
}

static void forget(struct updates *u, struct stream *s)
{
    TAILQ_REMOVE(&u->streams, s, entry);
    table_remove(u->by_key, s);
    free(s);
}

static void drop_saying(struct updates *u, struct saying *a)
{
    TAILQ_REMOVE(&u->sayings, a, entry);
    free(a->agent_id);
    free(a->task_id);
    free(a);
}

void updates_free(struct updates *u)
{
    if (u == NULL)
        return;
    updates_clear(u);
    while (!TAILQ_EMPTY(&u->streams))
        forget(u, TAILQ_FIRST(&u->streams));
    table_free(u->by_key);
    free(u);
}

/* The key of its stream, and its number there. */
static uint64_t parse(const uint8_t *uuid, char key[17])
{
    uint64_t stream, sequence;

    uuid_parse(uuid, &stream, &sequence);
    snprintf(key, 17, "%016" PRIx64, stream);
    return sequence;
}

bool updates_was_handled(const struct updates *u, const uint8_t *uuid)
{
    const struct stream *s;
    char key[17];
    uint64_t number = parse(uuid, key);

    s = table_find(u->by_key, key);
    for (size_t i = 0; s != NULL && i < s->ranges_count; i++)
        if (number >= s->ranges[i].first && number <= s->ranges[i].last)
            return true;
    return false;
}

static struct stream *touch(struct updates *u, const char *key)
{
    struct stream *s = table_find(u->by_key, key);

    if (s != NULL) {
        TAILQ_REMOVE(&u->streams, s, entry);
    } else {
        if (table_count(u->by_key) >= UPDATES_STREAMS_MAX)
            forget(u, TAILQ_FIRST(&u->streams));
        s = memory_new(1, sizeof *s);
        snprintf(s->key, sizeof s->key, "%s", key);
        table_add(u->by_key, s);
    }
    TAILQ_INSERT_TAIL(&u->streams, s, entry);
    return s;
}

static void remove_range(struct stream *s, size_t i)
{
    s->ranges_count--;
    memmove(&s->ranges[i], &s->ranges[i + 1],
            (s->ranges_count - i) * sizeof s->ranges[0]);
}

static void insert_range(struct stream *s, size_t i, uint64_t number)
{
    if (s->ranges_count == UPDATES_RANGES_MAX) {
        if (i == 0)
            return; /* it would be the one to be forgotten */
        remove_range(s, 0);
        i--;
    }
    memmove(&s->ranges[i + 1], &s->ranges[i],
            (s->ranges_count - i) * sizeof s->ranges[0]);
    s->ranges[i] = (struct range){number, number};
    s->ranges_count++;
}

static void note(struct stream *s, uint64_t number)
{
    size_t i = 0;

    while (i < s->ranges_count && s->ranges[i].last < number)
        i++;
    if (i < s->ranges_count && s->ranges[i].first <= number)
        return;
    if (i > 0 && s->ranges[i - 1].last + 1 == number)
        s->ranges[--i].last = number;
    else if (i < s->ranges_count && s->ranges[i].first == number + 1)
        s->ranges[i].first = number;
    else
        insert_range(s, i, number);
    if (i + 1 < s->ranges_count &&
        s->ranges[i].last + 1 == s->ranges[i + 1].first) {
        s->ranges[i].last = s->ranges[i + 1].last;
        remove_range(s, i + 1);
    }
}

/* The stream's last word of this step, if it says "up to". */
static struct saying *find_last(struct updates *u, const char *stream)
{
    struct saying *a;

    TAILQ_FOREACH_REVERSE (a, &u->sayings, saying_list, entry)
        if (strcmp(a->stream, stream) == 0)
            return a->is_up_to ? a : NULL;
    return NULL;
}

void updates_acknowledge(struct updates *u,
                         const char *agent_id,
                         const char *task_id,
                         const uint8_t *uuid)
{
    struct saying *a = memory_new(1, sizeof *a), *before;
    struct stream *s;
    uint64_t number;

    a->number = number = parse(uuid, a->stream);
    s = touch(u, a->stream);
    note(s, number);
    a->is_up_to = s->ranges_count > 0 && s->ranges[0].first <= FIRST_SEQUENCE &&
                  number <= s->ranges[0].last;
    before = find_last(u, a->stream);
    if (a->is_up_to && before != NULL && before->number <= number)
        drop_saying(u, before);
    a->agent_id = memory_strdup(agent_id);
    a->task_id = memory_strdup(task_id);
    memcpy(a->uuid, uuid, UUID_SIZE);
    TAILQ_INSERT_TAIL(&u->sayings, a, entry);
}

static Mesos__V1__Scheduler__Call *build(struct outbox *o,
                                         const char *framework_id,
                                         const struct saying *a)
{
    struct arena *arena = outbox_arena(o);
    Mesos__V1__Scheduler__Call *call = outbox_call(
        o, MESOS__V1__SCHEDULER__CALL__TYPE__ACKNOWLEDGE, framework_id);
    Mesos__V1__Scheduler__Call__Acknowledge *said = message_new(
        arena, &mesos__v1__scheduler__call__acknowledge__descriptor);

    said->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    said->agent_id->value = arena_strdup(arena, a->agent_id);
    said->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    said->task_id->value = arena_strdup(arena, a->task_id);
    said->uuid.len = UUID_SIZE;
    said->uuid.data = arena_alloc(arena, UUID_SIZE);
    memcpy(said->uuid.data, a->uuid, UUID_SIZE);
    said->has_up_to = said->up_to = a->is_up_to;
    call->acknowledge = said;
    return call;
}

void updates_flush(struct updates *u,
                   struct outbox *o,
                   const char *framework_id)
{
    struct saying *a;

    while ((a = TAILQ_FIRST(&u->sayings)) != NULL &&
           outbox_has_room(o, MEZZO_ID_MAX * 4)) {
        outbox_add(o, build(o, framework_id, a));
        drop_saying(u, a);
    }
}

void updates_clear(struct updates *u)
{
    while (!TAILQ_EMPTY(&u->sayings))
        drop_saying(u, TAILQ_FIRST(&u->sayings));
}

bool updates_is_empty(const struct updates *u)
{
    return TAILQ_EMPTY(&u->sayings);
}
