/* updates.c - a list for each framework, and in it how far it was sent.
 *
 * An acknowledged end stays in the list until its task is forgotten, and is
 * journaled as acknowledged only then: a task whose process is still to be let
 * go must be found ended after a crash, never alive. */

#include "agent/updates.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/identity.h"
#include "agent/outbox.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/uuid.h"

enum {
    SLICE_MAX = 200, /* updates sent in one go */
};

struct update {
    TAILQ_ENTRY(update) entry;
    struct task *task;
    uint64_t stream;
    uint64_t sequence;
    enum task_state state;
    bool is_journaled;
    bool is_sent;         /* since the last registration */
    bool is_acknowledged; /* an end */
    uint8_t *status;
    size_t status_size;
    size_t executor_uuid_size;
    uint8_t executor_uuid[UUID_SIZE];
    struct scribe_wait wait;
};
TAILQ_HEAD(update_list, update);

struct update_stream {
    struct framework *framework;
    uint64_t number;
    uint64_t sequence_next;
    struct update_list updates;
    struct update *cursor; /* what is to be sent next; NULL: all was */
    size_t in_flight;
    size_t bytes;
    bool is_going_on; /* the slice was full, not the window */
    struct deadline resend;
    msec_t resend_ms;
};

static struct update_stream *stream_new(struct framework *f)
{
    struct update_stream *s = memory_new(1, sizeof *s);

    s->framework = f;
    s->resend = (struct deadline){.kind = DUE_RESEND, .owner = s};
    s->resend_ms = UPDATES_RESEND_MIN_MS;
    s->sequence_next = 1;
    TAILQ_INIT(&s->updates);
    f->stream = s;
    return s;
}

static Mezzo__Record__Journal *record_new(struct arena *arena)
{
    return message_new(arena, &mezzo__record__journal__descriptor);
}

static void fill_stream_record(Mezzo__Record__Journal *record,
                               const struct update_stream *s,
                               struct arena *arena)
{
    Mezzo__Record__Journal__Stream *stream =
        message_new(arena, &mezzo__record__journal__stream__descriptor);

    stream->framework_id = s->framework->id;
    stream->stream = s->number;
    stream->sequence_next = s->sequence_next;
    record->stream = stream;
}

static struct update_stream *open_stream(struct framework *f, struct step *step)
{
    struct update_stream *s = f->stream;

    if (s == NULL)
        s = stream_new(f);
    if (s->number == 0)
        updates_renew(f, step);
    return s;
}

void updates_renew(struct framework *f, struct step *step)
{
    Mezzo__Record__Journal *record = record_new(step->fx->arena);

    assert(f->stream != NULL);
    f->stream->number = random_next(step->random) | 1; /* 0 is none */
    f->stream->sequence_next = 1;
    fill_stream_record(record, f->stream, step->fx->arena);
    scribe_append(step->scribe, record, false, NULL, step);
}

void updates_close(struct framework *f, struct deadlines *deadlines)
{
    struct update_stream *s = f->stream;
    struct update *u;

    if (s == NULL)
        return;
    while ((u = TAILQ_FIRST(&s->updates)) != NULL) {
        TAILQ_REMOVE(&s->updates, u, entry);
        free(u->status);
        free(u);
    }
    deadlines_cancel(deadlines, &s->resend);
    free(s);
    f->stream = NULL;
}

static struct update *add_update(struct update_stream *s,
                                 struct task *task,
                                 const Mesos__V1__TaskStatus *status)
{
    struct update *u = memory_new(1, sizeof *u);

    u->task = task;
    u->state = (enum task_state)status->state;
    u->status = message_pack(&status->base, &u->status_size);
    u->wait = (struct scribe_wait){.kind = SCRIBE_UPDATE, .owner = u};
    s->bytes += u->status_size;
    TAILQ_INSERT_TAIL(&s->updates, u, entry);
    task->updates_count++;
    task->state = u->state;
    return u;
}

static void stamp(Mesos__V1__TaskStatus *status,
                  const struct update_stream *s,
                  struct step *step)
{
    status->has_uuid = true;
    status->uuid.len = UUID_SIZE;
    status->uuid.data = arena_alloc(step->fx->arena, UUID_SIZE);
    uuid_make(s->number, s->sequence_next, status->uuid.data);
    if (!status->has_timestamp) {
        status->has_timestamp = true;
        status->timestamp = (double)step->wall / 1000;
    }
    if (s->bytes > UPDATES_BYTES_MAX)
        status->has_data = false;
}

static void fill_update_record(Mezzo__Record__Journal *record,
                               const struct framework *f,
                               Mesos__V1__TaskStatus *status,
                               struct arena *arena)
{
    Mezzo__Record__Journal__Update *update =
        message_new(arena, &mezzo__record__journal__update__descriptor);

    update->framework_id = f->id;
    update->status = status;
    record->update = update;
}

void updates_make(struct task *task,
                  Mesos__V1__TaskStatus *status,
                  ProtobufCBinaryData executor_uuid,
                  struct step *step)
{
    struct update_stream *s = open_stream(task->framework, step);
    Mezzo__Record__Journal *record = record_new(step->fx->arena);
    struct update *u;

    assert(task_may_become(task->state, (enum task_state)status->state));
    stamp(status, s, step);
    u = add_update(s, task, status);
    u->stream = s->number;
    u->sequence = s->sequence_next++;
    u->executor_uuid_size =
        executor_uuid.len <= UUID_SIZE ? executor_uuid.len : 0;
    if (u->executor_uuid_size > 0)
        memcpy(u->executor_uuid, executor_uuid.data, u->executor_uuid_size);
    if (s->cursor == NULL)
        s->cursor = u;
    fill_update_record(record, task->framework, status, step->fx->arena);
    scribe_append(step->scribe, record, task_has_ended(u->state), &u->wait,
                  step);
}

static void send_one(struct update *u, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__AgentCall *call = outbox_call(MEZZO__AGENT_CALL__TYPE__UPDATE, step);
    Mezzo__AgentCall__Update *update =
        message_new(arena, &mezzo__agent_call__update__descriptor);

    update->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    update->framework_id->value = arena_strdup(arena, u->task->framework->id);
    update->status = message_unpack_in(
        arena, &mesos__v1__task_status__descriptor, u->status, u->status_size);
    assert(update->status != NULL);
    update->status->agent_id = call->agent_id;
    update->has_latest_state = true;
    update->latest_state = (Mesos__V1__TaskState)u->task->state_journaled;
    call->update = update;
    u->is_sent = true;
    outbox_put(step->outbox, call, step);
}

/* As much of the stream as may be on its way. */
static void send_more(struct update_stream *s, struct step *step)
{
    unsigned sent = 0;

    if (!outbox_is_open(step->outbox))
        return;
    s->is_going_on = false;
    while (s->cursor != NULL && s->cursor->is_journaled &&
           s->in_flight < UPDATES_WINDOW_MAX) {
        if (sent == SLICE_MAX) {
            s->is_going_on = true;
            deadlines_set(step->deadlines, &s->resend, step->now);
            return;
        }
        if (!s->cursor->is_acknowledged) {
            send_one(s->cursor, step);
            s->in_flight++;
            sent++;
        }
        s->cursor = TAILQ_NEXT(s->cursor, entry);
    }
    if (s->in_flight > 0 && s->resend.position == 0)
        deadlines_set(step->deadlines, &s->resend, step->now + s->resend_ms);
}

static void rewind_stream(struct update_stream *s)
{
    struct update *u;

    TAILQ_FOREACH (u, &s->updates, entry)
        u->is_sent = false;
    s->cursor = TAILQ_FIRST(&s->updates);
    s->in_flight = 0;
}

void updates_resend(struct update_stream *s, struct step *step)
{
    if (!s->is_going_on) {
        rewind_stream(s);
        s->resend_ms = s->resend_ms * 2 < UPDATES_RESEND_MAX_MS
                           ? s->resend_ms * 2
                           : UPDATES_RESEND_MAX_MS;
    }
    send_more(s, step);
}

void updates_send_again(struct framework *f, struct step *step)
{
    if (f->stream == NULL)
        return;
    rewind_stream(f->stream);
    f->stream->resend_ms = UPDATES_RESEND_MIN_MS;
    /* One stream after the other, each in slices of its own. */
    f->stream->is_going_on = true;
    deadlines_set(step->deadlines, &f->stream->resend, step->now);
}

void updates_restart(struct step *step)
{
    struct framework *f;

    TAILQ_FOREACH (f, &step->roster->frameworks, entry)
        updates_send_again(f, step);
}

struct update_written updates_written(struct scribe_wait *wait,
                                      struct step *step)
{
    struct update *u = wait->owner;
    struct update_stream *s = u->task->framework->stream;

    u->is_journaled = true;
    if (!task_has_ended(u->task->state_journaled))
        u->task->state_journaled = u->state;
    send_more(s, step);
    return (struct update_written){
        u->task, u->state, {u->executor_uuid_size, u->executor_uuid}};
}

static void remove_update(struct update_stream *s,
                          struct update *u,
                          struct step *step)
{
    if (u->is_sent && !u->is_acknowledged)
        s->in_flight--;
    if (s->cursor == u)
        s->cursor = TAILQ_NEXT(u, entry);
    if (step != NULL)
        scribe_cancel(step->scribe, &u->wait);
    u->task->updates_count--;
    s->bytes -= u->status_size;
    TAILQ_REMOVE(&s->updates, u, entry);
    free(u->status);
    free(u);
}

static void record_acknowledgement(const struct update *u, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record = record_new(arena);
    Mezzo__Record__Journal__Acknowledgement *a = message_new(
        arena, &mezzo__record__journal__acknowledgement__descriptor);

    a->framework_id = arena_strdup(arena, u->task->framework->id);
    a->task_id = arena_strdup(arena, u->task->id);
    a->has_stream = true;
    a->stream = u->stream;
    a->sequence = u->sequence;
    record->acknowledgement = a;
    scribe_append(step->scribe, record, false, NULL, step);
}

/* The task, if that was its end. */
static struct task *take_acknowledged(struct update_stream *s,
                                      struct update *u,
                                      struct step *step)
{
    if (!task_has_ended(u->state)) {
        record_acknowledgement(u, step);
        remove_update(s, u, step);
        return NULL;
    }
    if (u->is_sent)
        s->in_flight--;
    u->is_acknowledged = true;
    u->task->is_acknowledged = true;
    return u->task;
}

static void acknowledged_some(struct update_stream *s, struct step *step)
{
    s->resend_ms = UPDATES_RESEND_MIN_MS;
    if (!s->is_going_on)
        deadlines_cancel(step->deadlines, &s->resend);
    send_more(s, step);
}

size_t updates_acknowledge(struct framework *f,
                           const Mezzo__AgentEvent__Acknowledge *acknowledge,
                           struct step *step,
                           struct task ***ended)
{
    struct update_stream *s = f->stream;
    bool is_up_to = acknowledge->has_up_to && acknowledge->up_to;
    uint64_t stream, sequence;
    struct update *u, *next;
    size_t count = 0, removed = 0;

    if (s == NULL || acknowledge->uuid.len != UUID_SIZE)
        return 0;
    uuid_parse(acknowledge->uuid.data, &stream, &sequence);
    *ended = arena_alloc(step->fx->arena,
                         (is_up_to ? UPDATES_WINDOW_MAX : 1) * sizeof **ended);
    for (u = TAILQ_FIRST(&s->updates); u != NULL; u = next) {
        bool is_it = u->stream == stream && u->sequence == sequence;
        struct task *task;

        next = TAILQ_NEXT(u, entry);
        if (u->is_acknowledged ||
            (!is_it &&
             !(is_up_to && u->stream == stream && u->sequence < sequence)))
            continue;
        if (!u->is_journaled)
            break; /* nobody can have seen it */
        task = take_acknowledged(s, u, step);
        if (task != NULL)
            (*ended)[count++] = task;
        removed++;
        if (is_it || removed == UPDATES_WINDOW_MAX)
            break;
    }
    if (removed > 0)
        acknowledged_some(s, step);
    return count;
}

void updates_forget(struct task *task, struct step *step)
{
    struct update_stream *s = task->framework->stream;
    struct update *u, *next;

    for (u = TAILQ_FIRST(&s->updates); task->updates_count > 0; u = next) {
        next = TAILQ_NEXT(u, entry);
        if (u->task != task)
            continue;
        if (u->is_acknowledged)
            record_acknowledgement(u, step);
        remove_update(s, u, step);
    }
}

void updates_replay(struct task *task, const Mesos__V1__TaskStatus *status)
{
    struct update_stream *s = task->framework->stream;
    struct update *u;
    uint64_t stream, sequence;

    if (!status->has_uuid || status->uuid.len != UUID_SIZE)
        return;
    uuid_parse(status->uuid.data, &stream, &sequence);
    if (s == NULL)
        s = stream_new(task->framework);
    u = add_update(s, task, status);
    u->stream = stream;
    u->sequence = sequence;
    u->is_journaled = true;
    task->state_journaled = u->state;
    if (stream == s->number && sequence >= s->sequence_next)
        s->sequence_next = sequence + 1;
}

void updates_replay_stream(struct framework *f,
                           uint64_t number,
                           uint64_t sequence_next)
{
    if (f->stream == NULL)
        stream_new(f);
    f->stream->number = number;
    f->stream->sequence_next = sequence_next;
}

struct task *updates_replay_acknowledgement(
    struct framework *f, const Mezzo__Record__Journal__Acknowledgement *a)
{
    struct update_stream *s = f->stream;
    struct update *u, *next;
    struct task *ended = NULL;

    if (s == NULL)
        return NULL;
    TAILQ_FOREACH (u, &s->updates, entry)
        if (u->stream == a->stream && u->sequence == a->sequence)
            break;
    if (u == NULL)
        return NULL;
    if (task_has_ended(u->state))
        ended = u->task;
    remove_update(s, u, NULL);
    for (u = TAILQ_FIRST(&s->updates); ended != NULL && u != NULL; u = next) {
        next = TAILQ_NEXT(u, entry);
        if (u->task == ended)
            remove_update(s, u, NULL);
    }
    return ended;
}

bool updates_stream_record(const struct framework *f,
                           Mezzo__Record__Journal *record,
                           struct arena *arena)
{
    if (f->stream == NULL)
        return false;
    fill_stream_record(record, f->stream, arena);
    return true;
}

const struct update *updates_next(const struct framework *f,
                                  const struct update *after,
                                  Mezzo__Record__Journal *record,
                                  struct arena *arena)
{
    const struct update *u;

    if (f->stream == NULL)
        return NULL;
    u = after == NULL ? TAILQ_FIRST(&f->stream->updates)
                      : TAILQ_NEXT(after, entry);
    if (u != NULL)
        fill_update_record(
            record, f,
            message_unpack_in(arena, &mesos__v1__task_status__descriptor,
                              u->status, u->status_size),
            arena);
    return u;
}
