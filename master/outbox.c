/* outbox.c - a list of the mailboxes that have something. */

#include "master/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"

/* Room for the header and the fields around the records. */
#define BODY_SIZE_MAX ((size_t)FRAME_SIZE_MAX - 4096)

struct outbox {
    TAILQ_HEAD(, mailbox) posted;
};

struct outbox *outbox_new(void)
{
    struct outbox *o = memory_new(1, sizeof *o);

    TAILQ_INIT(&o->posted);
    return o;
}

void outbox_free(struct outbox *o)
{
    free(o);
}

void outbox_open(struct mailbox *box, enum mailbox_kind kind, const char *id)
{
    *box = (struct mailbox){.kind = kind, .id = id};
}

void outbox_post(struct outbox *o,
                 struct mailbox *box,
                 struct arena *arena,
                 void *record)
{
    if (box->peer == NULL)
        return;
    if (box->count == box->capacity) {
        size_t capacity = box->capacity > 0 ? box->capacity * 2 : 4;
        void **grown = arena_alloc(arena, capacity * sizeof *grown);

        if (box->count > 0)
            memcpy(grown, box->records, box->count * sizeof *grown);
        box->records = grown;
        box->capacity = capacity;
    }
    if (box->count == 0)
        TAILQ_INSERT_TAIL(&o->posted, box, entry);
    box->records[box->count++] = record;
}

static void send_events(struct effects *fx,
                        const struct mailbox *box,
                        void **records,
                        size_t count)
{
    Mezzo__SchedulerEvents *m =
        message_new(fx->arena, &mezzo__scheduler_events__descriptor);

    m->framework_id =
        message_new(fx->arena, &mesos__v1__framework_id__descriptor);
    m->framework_id->value = arena_strdup(fx->arena, box->id);
    m->events = (Mesos__V1__Scheduler__Event **)records;
    m->n_events = count;
    effects_send(fx, box->peer, &m->base);
}

static void send_orders(struct effects *fx,
                        const struct mailbox *box,
                        void **records,
                        size_t count)
{
    Mezzo__AgentEvents *m =
        message_new(fx->arena, &mezzo__agent_events__descriptor);

    m->events = (Mezzo__AgentEvent **)records;
    m->n_events = count;
    effects_send(fx, box->peer, &m->base);
}

/* How many of the records, from the first, fit in a frame; one at least. */
static size_t count_fitting(void **records, size_t count)
{
    size_t size = 0, fitting = 0;

    while (fitting < count && fitting < FRAME_RECORDS_MAX) {
        size += 8 + protobuf_c_message_get_packed_size(records[fitting]);
        if (size > BODY_SIZE_MAX && fitting > 0)
            break;
        fitting++;
    }
    return fitting;
}

static void flush_box(struct mailbox *box, struct effects *fx)
{
    for (size_t at = 0, count; at < box->count; at += count) {
        count = count_fitting(box->records + at, box->count - at);
        switch (box->kind) {
        case MAILBOX_AGENT:
            send_orders(fx, box, box->records + at, count);
            break;
        case MAILBOX_FRAMEWORK:
            send_events(fx, box, box->records + at, count);
            break;
        }
    }
}

static void empty(struct outbox *o, struct mailbox *box)
{
    TAILQ_REMOVE(&o->posted, box, entry);
    box->records = NULL;
    box->count = box->capacity = 0;
}

void outbox_flush(struct outbox *o, struct effects *fx)
{
    struct mailbox *box;

    while ((box = TAILQ_FIRST(&o->posted)) != NULL) {
        if (box->peer != NULL)
            flush_box(box, fx);
        empty(o, box);
    }
}

void outbox_drop(struct outbox *o, struct mailbox *box)
{
    if (box->count > 0)
        empty(o, box);
}
