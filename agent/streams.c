/* streams.c - guests by their link, their streams in the order of opening. */

#include "agent/streams.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/admission.h"
#include "agent/execs.h"
#include "agent/inboxes.h"
#include "agent/runs.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

enum stream_phase {
    STREAM_WAITING,   /* for its run to be launched */
    STREAM_IDLE,      /* for credit */
    STREAM_ORDERED,   /* for the answer to an order */
    STREAM_ABANDONED, /* the same, and then it is gone */
};

struct guest {
    char *peer;
    size_t streams_count;
};

struct stream {
    TAILQ_ENTRY(stream) entry;
    struct guest *guest; /* NULL: abandoned */
    char *name;          /* its guest's peer, and its id */
    uint64_t id;
    enum stream_phase phase;
    char ticket[24]; /* of the order, in decimal */
    char *run;
    char *path;
    uint64_t offset;
    uint64_t credit;
    bool is_following;
    bool is_listing;
};
TAILQ_HEAD(stream_list, stream);

struct streams {
    struct stream_list list;
    size_t count;
    size_t waiting_count;
    struct table *by_name;   /* those that are not abandoned */
    struct table *by_ticket; /* those that wait for an answer */
    struct table *guests;
    uint64_t tickets_count;
};

static const char *peer_of(const void *value)
{
    return ((const struct guest *)value)->peer;
}

static const char *name_of(const void *value)
{
    return ((const struct stream *)value)->name;
}

static const char *ticket_of(const void *value)
{
    return ((const struct stream *)value)->ticket;
}

static char *name_new(const char *peer, uint64_t id)
{
    size_t size = strlen(peer) + 24;
    char *name = memory_new(1, size);

    snprintf(name, size, "%s %" PRIu64, peer, id);
    return name;
}

struct streams *streams_new(void)
{
    struct streams *s = memory_new(1, sizeof *s);

    TAILQ_INIT(&s->list);
    s->by_name = table_new(name_of);
    s->by_ticket = table_new(ticket_of);
    s->guests = table_new(peer_of);
    return s;
}

/* Its guest wants no more of it. */
static void leave_guest(struct streams *s, struct stream *stream)
{
    struct guest *g = stream->guest;

    if (g == NULL)
        return;
    table_remove(s->by_name, stream);
    stream->guest = NULL;
    if (--g->streams_count > 0)
        return;
    table_remove(s->guests, g);
    free(g->peer);
    free(g);
}

static void set_phase(struct streams *s,
                      struct stream *stream,
                      enum stream_phase phase)
{
    s->waiting_count -= stream->phase == STREAM_WAITING;
    s->waiting_count += phase == STREAM_WAITING;
    stream->phase = phase;
}

static void drop(struct streams *s, struct stream *stream)
{
    leave_guest(s, stream);
    set_phase(s, stream, STREAM_IDLE);
    TAILQ_REMOVE(&s->list, stream, entry);
    s->count--;
    free(stream->name);
    free(stream->run);
    free(stream->path);
    free(stream);
}

void streams_free(struct streams *s)
{
    if (s == NULL)
        return;
    while (!TAILQ_EMPTY(&s->list))
        drop(s, TAILQ_FIRST(&s->list));
    table_free(s->by_name);
    table_free(s->by_ticket);
    table_free(s->guests);
    free(s);
}

static void abandon(struct streams *s, struct stream *stream)
{
    if (stream->phase != STREAM_ORDERED) {
        drop(s, stream);
        return;
    }
    leave_guest(s, stream);
    set_phase(s, stream, STREAM_ABANDONED);
}

static Mezzo__StreamEvent *tell(const char *peer,
                                uint64_t id,
                                Mezzo__StreamEvent__Type type,
                                struct step *step)
{
    Mezzo__StreamEvent *event =
        message_new(step->fx->arena, &mezzo__stream_event__descriptor);

    event->stream = id;
    event->type = type;
    effects_send(step->fx, peer, &event->base);
    return event;
}

static void fail(const char *peer,
                 uint64_t id,
                 const char *reason,
                 struct step *step)
{
    tell(peer, id, MEZZO__STREAM_EVENT__TYPE__FAILED, step)->reason =
        arena_strdup(step->fx->arena, reason);
}

static struct order *order(struct streams *s,
                           struct stream *stream,
                           enum order_kind kind,
                           struct step *step)
{
    struct order *o = runs_order(stream->run, kind, step);

    o->path = arena_strdup(step->fx->arena, stream->path);
    o->offset = stream->offset;
    o->ticket = ++s->tickets_count;
    snprintf(stream->ticket, sizeof stream->ticket, "%" PRIu64, o->ticket);
    table_add(s->by_ticket, stream);
    set_phase(s, stream, STREAM_ORDERED);
    return o;
}

/* Read on, if it may. */
static void advance(struct streams *s, struct stream *stream, struct step *step)
{
    set_phase(s, stream, STREAM_IDLE);
    if (stream->is_listing)
        order(s, stream, ORDER_LIST, step);
    else if (stream->credit > 0)
        order(s, stream, ORDER_READ, step)->size_max =
            stream->credit < STREAM_DATA_MAX ? (size_t)stream->credit
                                             : STREAM_DATA_MAX;
}

static struct stream *find(const struct streams *s,
                           const char *peer,
                           uint64_t id)
{
    char *name = name_new(peer, id);
    struct stream *stream = table_find(s->by_name, name);

    free(name);
    return stream;
}

static struct guest *make_guest(struct streams *s, const char *peer)
{
    struct guest *g = table_find(s->guests, peer);

    if (g != NULL)
        return g;
    g = memory_new(1, sizeof *g);
    g->peer = memory_strdup(peer);
    table_add(s->guests, g);
    return g;
}

static const char *too_many(const struct streams *s, const char *peer)
{
    const struct guest *g = table_find(s->guests, peer);

    if (g != NULL && g->streams_count >= STREAMS_OF_GUEST_MAX)
        return "too many streams on this link";
    return s->count >= STREAMS_MAX ? "too many streams of this agent" : NULL;
}

static uint64_t credit_of(const Mezzo__StreamCall *call)
{
    uint64_t credit = call->has_credit ? call->credit : 0;

    return credit < STREAM_CREDIT_MAX ? credit : STREAM_CREDIT_MAX;
}

static bool is_for_others(Mesos__V1__TicketVerb verb)
{
    return verb != MESOS__V1__TICKET_VERB__READ_OUTPUT &&
           verb != MESOS__V1__TICKET_VERB__READ_FILES;
}

static const char *open_other(const struct input *input,
                              const Mezzo__StreamCall *call,
                              const struct admission *a,
                              struct step *step)
{
    if (a->ticket->verb == MESOS__V1__TICKET_VERB__PEER)
        return inboxes_open(input->peer, call->stream, a->ticket,
                            call->open->peer, step);
    return execs_open(input, call, a, step);
}

static void open_stream(struct streams *s,
                        const struct input *input,
                        const Mezzo__StreamCall *call,
                        struct step *step)
{
    const Mezzo__StreamCall__Open *open = call->open;
    const char *fault = too_many(s, input->peer);
    struct admission a;
    struct stream *stream;

    if (fault == NULL)
        fault = admission_refuses(input, open, &a, step);
    if (fault == NULL && is_for_others(a.ticket->verb)) {
        fault = open_other(input, call, &a, step);
        if (fault == NULL)
            return;
    }
    if (fault != NULL) {
        fail(input->peer, call->stream, fault, step);
        return;
    }
    stream = memory_new(1, sizeof *stream);
    stream->guest = make_guest(s, input->peer);
    stream->guest->streams_count++;
    stream->id = call->stream;
    stream->run = memory_strdup(a.run);
    stream->is_listing = open->has_list && open->list;
    stream->is_following = open->has_follow && open->follow;
    stream->path = memory_strdup(a.path);
    stream->offset = open->has_offset ? open->offset : 0;
    stream->credit = credit_of(call);
    stream->name = name_new(input->peer, call->stream);
    stream->phase = STREAM_WAITING;
    s->waiting_count++;
    table_add(s->by_name, stream);
    TAILQ_INSERT_TAIL(&s->list, stream, entry);
    s->count++;
    if (!a.is_waiting || !stream->is_following)
        advance(s, stream, step);
}

static void take_credit(struct streams *s,
                        struct stream *stream,
                        const Mezzo__StreamCall *call,
                        struct step *step)
{
    stream->credit += credit_of(call);
    if (stream->credit > STREAM_CREDIT_MAX)
        stream->credit = STREAM_CREDIT_MAX;
    if (stream->phase == STREAM_IDLE)
        advance(s, stream, step);
}

void streams_receive(struct streams *s,
                     const struct input *input,
                     struct step *step)
{
    const Mezzo__StreamCall *call = (const Mezzo__StreamCall *)input->message;
    struct stream *stream = find(s, input->peer, call->stream);
    const char *fault = "an unknown call of a stream";

    if (call->type != MEZZO__STREAM_CALL__TYPE__OPEN &&
        (inboxes_receive(input->peer, call, step) ||
         execs_receive(input->peer, call, step)))
        return;
    switch (call->type) {
    case MEZZO__STREAM_CALL__TYPE__OPEN:
        if (call->open != NULL && stream == NULL) {
            open_stream(s, input, call, step);
            return;
        }
        fault = stream != NULL ? "a stream that is open is opened again"
                               : "an opening that says not of what";
        break;
    case MEZZO__STREAM_CALL__TYPE__CREDIT:
        if (stream != NULL) /* it may have ended meanwhile */
            take_credit(s, stream, call, step);
        return;
    case MEZZO__STREAM_CALL__TYPE__CLOSE:
        if (stream != NULL)
            abandon(s, stream);
        return;
    case MEZZO__STREAM_CALL__TYPE__WRITE:
    case MEZZO__STREAM_CALL__TYPE__END_INPUT:
    case MEZZO__STREAM_CALL__TYPE__RESIZE:
    case MEZZO__STREAM_CALL__TYPE__SIGNAL:
        return; /* to what has ended meanwhile */
    case _MEZZO__STREAM_CALL__TYPE_IS_INT_SIZE:
        break;
    }
    effects_end_link(step->fx, input->peer, "%s", fault);
}

void streams_link_ended(struct streams *s, const char *peer)
{
    struct stream *stream = TAILQ_FIRST(&s->list), *next;

    for (; stream != NULL; stream = next) {
        next = TAILQ_NEXT(stream, entry);
        if (stream->guest != NULL && strcmp(stream->guest->peer, peer) == 0)
            abandon(s, stream);
    }
}

static void end(struct streams *s, struct stream *stream, struct step *step)
{
    tell(stream->guest->peer, stream->id, MEZZO__STREAM_EVENT__TYPE__ENDED,
         step);
    drop(s, stream);
}

static void send_data(struct stream *stream,
                      const struct report *report,
                      struct step *step)
{
    Mezzo__StreamEvent *event = tell(stream->guest->peer, stream->id,
                                     MEZZO__STREAM_EVENT__TYPE__DATA, step);

    event->has_offset = true;
    event->offset = report->offset;
    event->has_data = true;
    event->data.len = report->size;
    event->data.data = arena_alloc(step->fx->arena, report->size);
    memcpy(event->data.data, report->bytes, report->size);
}

static void take_read(struct streams *s,
                      struct stream *stream,
                      const struct report *report,
                      struct step *step)
{
    assert(report->size <= STREAM_DATA_MAX);
    if (report->size > 0)
        send_data(stream, report, step);
    if (report->offset + report->size > stream->offset)
        stream->offset = report->offset + report->size;
    stream->credit -=
        report->size < stream->credit ? report->size : stream->credit;
    if (!report->is_at_end)
        advance(s, stream, step);
    else if (stream->is_following && !report->has_ended)
        order(s, stream, ORDER_WATCH, step);
    else
        end(s, stream, step);
}

static void take_list(struct streams *s,
                      struct stream *stream,
                      const struct report *report,
                      struct step *step)
{
    if (report->entries_count > STREAM_ENTRIES_MAX) {
        fail(stream->guest->peer, stream->id,
             "the directory has more than 10000 files", step);
        drop(s, stream);
        return;
    }
    for (size_t i = 0; i < report->entries_count; i++) {
        const struct report_entry *entry = &report->entries[i];
        Mezzo__StreamEvent *event =
            tell(stream->guest->peer, stream->id,
                 MEZZO__STREAM_EVENT__TYPE__ENTRY, step);

        event->name = arena_strdup(step->fx->arena, entry->name);
        event->has_size = true;
        event->size = entry->size;
        event->has_directory = true;
        event->directory = entry->is_directory;
    }
    end(s, stream, step);
}

static struct stream *take_by_ticket(struct streams *s, uint64_t ticket)
{
    char text[24];
    struct stream *stream;

    snprintf(text, sizeof text, "%" PRIu64, ticket);
    stream = table_find(s->by_ticket, text);
    if (stream != NULL)
        table_remove(s->by_ticket, stream);
    return stream;
}

void streams_report(struct streams *s,
                    const struct report *report,
                    struct step *step)
{
    struct stream *stream = take_by_ticket(s, report->ticket);

    if (stream == NULL)
        return;
    if (stream->phase == STREAM_ABANDONED) {
        drop(s, stream);
    } else if (report->fault != NULL) {
        fail(stream->guest->peer, stream->id, report->fault, step);
        drop(s, stream);
    } else if (report->kind == REPORT_READ) {
        take_read(s, stream, report, step);
    } else if (report->kind == REPORT_LISTED) {
        take_list(s, stream, report, step);
    } else {
        advance(s, stream, step);
    }
}

void streams_wake(struct streams *s, const char *run, struct step *step)
{
    struct stream *stream;

    if (s->waiting_count == 0)
        return;
    TAILQ_FOREACH (stream, &s->list, entry)
        if (stream->phase == STREAM_WAITING && strcmp(stream->run, run) == 0)
            advance(s, stream, step);
}
