/* readers.c - a list of readers, which is short, and walked.  A callback may
 * close any reader: what was closed is only marked, and goes in the next
 * readers_flush(). */

#include "libframework/readers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/agent_links.h"
#include "libframework/backoff.h"
#include "libframework/checks.h"
#include "mezzo/framework.h"
#include "proto/wire.pb-c.h"

enum reader_state {
    READER_WAITING,
    READER_WANTING,  /* from `due` on */
    READER_ASKED,    /* until `due` */
    READER_TICKETED, /* to be opened */
    READER_OPEN,
    READER_OVER, /* to be dropped */
};

struct reader {
    TAILQ_ENTRY(reader) entry;
    enum reader_state state;
    uint64_t id; /* also that of its stream */
    char *task_id;
    char *file;
    uint64_t offset; /* of the next byte */
    bool follows;
    bool lists;
    bool was_open;
    bool must_close; /* OVER: its stream is open */
    int tries;
    msec_t due;
    struct backoff backoff;
    struct agent_link *link; /* TICKETED, OPEN */
    uint64_t credit_owed;
    uint8_t *ticket;
    size_t ticket_size;
};
TAILQ_HEAD(reader_list, reader);

struct readers {
    const struct readers_callbacks *callbacks;
    void *arg;
    struct random *random;
    struct reader_list all;
    size_t count; /* without those that are over */
    uint64_t opened;
    struct agent_links links;
    bool is_paused;
};

static const struct backoff whiles = {100, 1000, 30000};

struct readers *readers_new(const struct readers_callbacks *callbacks,
                            void *arg,
                            struct random *random)
{
    struct readers *r = memory_new(1, sizeof *r);

    r->callbacks = callbacks;
    r->arg = arg;
    r->random = random;
    TAILQ_INIT(&r->all);
    agent_links_init(&r->links);
    return r;
}

static void leave_link(struct reader *k, msec_t now)
{
    if (k->link != NULL)
        agent_links_leave(k->link, now);
    k->link = NULL;
}

static void drop(struct readers *r, struct reader *k)
{
    TAILQ_REMOVE(&r->all, k, entry);
    free(k->task_id);
    free(k->file);
    free(k->ticket);
    free(k);
}

void readers_free(struct readers *r)
{
    if (r == NULL)
        return;
    while (!TAILQ_EMPTY(&r->all))
        drop(r, TAILQ_FIRST(&r->all));
    agent_links_release(&r->links);
    free(r);
}

int readers_open(struct readers *r,
                 const struct mezzo_read *read,
                 uint64_t *reader,
                 struct error *err)
{
    const char *file = read->file != NULL ? read->file : "stdout";
    struct reader *k;

    if (checks_text("task", read->task_id, MEZZO_NAME_MAX * 2, err) < 0 ||
        (file[0] != '\0' &&
         checks_text("file", file, READERS_PATH_MAX, err) < 0))
        return -EINVAL;
    if (file[0] == '\0' && !read->lists)
        return error_set(err, -EINVAL, "the file has no name");
    if (r->count >= MEZZO_READERS_MAX)
        return error_set(err, -ENOSPC, "more than %d readers",
                         MEZZO_READERS_MAX);
    k = memory_new(1, sizeof *k);
    k->id = ++r->opened;
    k->task_id = memory_strdup(read->task_id);
    k->file = memory_strdup(file);
    k->offset = read->offset;
    k->follows = read->follows;
    k->lists = read->lists;
    k->backoff = whiles;
    TAILQ_INSERT_TAIL(&r->all, k, entry);
    r->count++;
    *reader = k->id;
    return 0;
}

static struct reader *find(struct readers *r, uint64_t id)
{
    struct reader *k;

    TAILQ_FOREACH (k, &r->all, entry)
        if (k->id == id)
            return k->state != READER_OVER ? k : NULL;
    return NULL;
}

static void end(struct readers *r, struct reader *k)
{
    k->must_close = k->state == READER_OPEN && k->link != NULL;
    k->state = READER_OVER;
    r->count--;
}

int readers_close(struct readers *r, uint64_t reader, struct error *err)
{
    struct reader *k = find(r, reader);

    if (k == NULL)
        return error_set(err, -ENOENT, "there is no such reader");
    end(r, k);
    return 0;
}

size_t readers_count(const struct readers *r)
{
    return r->count;
}

/* The last that is heard of it; its stream is not open any more. */
static void finish(struct readers *r,
                   struct reader *k,
                   enum mezzo_output_kind kind,
                   const char *reason,
                   msec_t now)
{
    const struct mezzo_output output = {
        .kind = kind,
        .reader = k->id,
        .task_id = k->task_id,
        .file = k->file,
        .offset = k->offset,
        .reason = reason,
    };

    leave_link(k, now);
    end(r, k);
    r->callbacks->output(r->arg, &output);
}

/* It did not work: again, in a while, unless it is hopeless. */
static void try_again(struct readers *r,
                      struct reader *k,
                      const char *reason,
                      msec_t now)
{
    if (++k->tries >= READERS_TRIES_MAX) {
        finish(r, k, MEZZO_OUTPUT_FAILED, reason, now);
        return;
    }
    leave_link(k, now);
    k->state = READER_WANTING;
    k->due = now + backoff_next(&k->backoff, r->random);
}

static Mesos__V1__TicketVerb verb_of(const struct reader *k)
{
    if (!k->lists &&
        (strcmp(k->file, "stdout") == 0 || strcmp(k->file, "stderr") == 0))
        return MESOS__V1__TICKET_VERB__READ_OUTPUT;
    return MESOS__V1__TICKET_VERB__READ_FILES;
}

/* NULL, or why the ticket is of no use. */
static const char *check_ticket(const struct readers_ticket *ticket)
{
    if (ticket->endpoint == NULL)
        return ticket->reason != NULL ? ticket->reason
                                      : "there is no such task";
    if (checks_text("endpoint", ticket->endpoint, MEZZO_NAME_MAX, NULL) < 0 ||
        checks_optional_text("key", ticket->key, MEZZO_KEY_SIZE - 1, NULL) <
            0 ||
        ticket->bytes.len == 0)
        return "the ticket makes no sense";
    return NULL;
}

static void use_ticket(struct readers *r,
                       struct reader *k,
                       const struct readers_ticket *ticket)
{
    free(k->ticket);
    k->ticket_size = ticket->bytes.len;
    k->ticket = memory_copy(ticket->bytes.data, k->ticket_size);
    k->link = agent_links_use(&r->links, ticket->endpoint, ticket->key);
    k->state = READER_TICKETED;
}

void readers_take_ticket(struct readers *r,
                         const struct readers_ticket *ticket,
                         msec_t now)
{
    const char *fault = check_ticket(ticket);
    struct reader *k;

    TAILQ_FOREACH (k, &r->all, entry) {
        if (k->state != READER_ASKED || verb_of(k) != ticket->verb ||
            strcmp(k->task_id, ticket->task_id) != 0)
            continue;
        if (fault == NULL)
            use_ticket(r, k, ticket);
        else if (k->was_open || ticket->comes_later)
            try_again(r, k, fault, now);
        else
            finish(r, k, MEZZO_OUTPUT_FAILED, fault, now);
    }
}

void readers_pause(struct readers *r)
{
    struct reader *k;

    r->is_paused = true;
    TAILQ_FOREACH (k, &r->all, entry)
        if (k->state == READER_ASKED) {
            k->state = READER_WANTING;
            k->due = 0;
        }
}

void readers_resume(struct readers *r)
{
    r->is_paused = false;
}

void readers_task_changed(struct readers *r, const char *task_id)
{
    struct reader *k;

    TAILQ_FOREACH (k, &r->all, entry)
        if (k->state == READER_WAITING && strcmp(k->task_id, task_id) == 0 &&
            r->callbacks->is_ready(r->arg, task_id)) {
            k->state = READER_WANTING;
            k->due = 0;
        }
}

/* A piece; what we have of it already is left out. */
static const char *take_data(struct readers *r,
                             struct reader *k,
                             const Mezzo__StreamEvent *event)
{
    uint64_t skip = 0;

    if (!event->has_offset || !event->has_data ||
        event->data.len > UINT64_MAX - event->offset)
        return "a piece of a file without offset or bytes";
    k->credit_owed += event->data.len;
    if (event->offset < k->offset)
        skip = k->offset - event->offset;
    if (skip >= event->data.len)
        return NULL;
    k->offset = event->offset + event->data.len;
    k->tries = 0;
    k->backoff = whiles;
    r->callbacks->output(r->arg, &(struct mezzo_output){
                                     .kind = MEZZO_OUTPUT_DATA,
                                     .reader = k->id,
                                     .task_id = k->task_id,
                                     .file = k->file,
                                     .offset = event->offset + skip,
                                     .data = event->data.data + skip,
                                     .size = event->data.len - skip,
                                 });
    return NULL;
}

static const char *take_entry(struct readers *r,
                              struct reader *k,
                              const Mezzo__StreamEvent *event)
{
    if (event->name == NULL)
        return "an entry of a directory without a name";
    r->callbacks->output(
        r->arg, &(struct mezzo_output){
                    .kind = MEZZO_OUTPUT_ENTRY,
                    .reader = k->id,
                    .task_id = k->task_id,
                    .file = event->name,
                    .size = event->has_size ? event->size : 0,
                    .is_directory = event->has_directory && event->directory,
                });
    return NULL;
}

/* NULL, or what is wrong with the event. */
static const char *take_event(struct readers *r,
                              struct reader *k,
                              const Mezzo__StreamEvent *event,
                              msec_t now)
{
    k->was_open = true;
    switch (event->type) {
    case MEZZO__STREAM_EVENT__TYPE__DATA:
        return take_data(r, k, event);
    case MEZZO__STREAM_EVENT__TYPE__ENTRY:
        return take_entry(r, k, event);
    case MEZZO__STREAM_EVENT__TYPE__ENDED:
        finish(r, k, MEZZO_OUTPUT_ENDED, NULL, now);
        return NULL;
    case MEZZO__STREAM_EVENT__TYPE__FAILED:
        finish(r, k, MEZZO_OUTPUT_FAILED,
               event->reason != NULL ? event->reason : "the agent cannot", now);
        return NULL;
    default: /* of a newer agent */
        return "an event of a stream that is none";
    }
}

bool readers_receive(struct readers *r,
                     const struct input *input,
                     msec_t now,
                     struct effects *fx)
{
    struct agent_link *l = agent_links_find(&r->links, input->peer);
    const Mezzo__StreamEvent *event;
    const char *fault = NULL;
    struct reader *k;

    if (l == NULL)
        return false;
    if (input->type != FRAME_STREAM_EVENT) {
        effects_end_link(fx, l->name, "not an event of a stream");
        return true;
    }
    event = (const Mezzo__StreamEvent *)input->message;
    k = find(r, event->stream);
    if (k != NULL && k->state == READER_OPEN && k->link == l)
        fault = take_event(r, k, event, now);
    if (fault != NULL)
        effects_end_link(fx, l->name, "%s", fault);
    return true;
}

bool readers_link_ended(struct readers *r,
                        const struct input *input,
                        msec_t now)
{
    struct agent_link *l = agent_links_find(&r->links, input->peer);
    struct reader *k;

    if (l == NULL)
        return false;
    TAILQ_FOREACH (k, &r->all, entry)
        if (k->link == l && k->state == READER_OVER)
            leave_link(k, now);
        else if (k->link == l)
            try_again(r, k, input->reason, now);
    assert(l->users_count == 0);
    agent_links_drop(&r->links, l);
    return true;
}

static void send(struct effects *fx,
                 const struct agent_link *l,
                 Mezzo__StreamCall call)
{
    Mezzo__StreamCall *sent =
        message_new(fx->arena, &mezzo__stream_call__descriptor);

    *sent = call;
    effects_send(fx, l->name, &sent->base);
}

static Mezzo__StreamCall call_of(const struct reader *k,
                                 Mezzo__StreamCall__Type type)
{
    Mezzo__StreamCall call = MEZZO__STREAM_CALL__INIT;

    call.stream = k->id;
    call.type = type;
    return call;
}

static void open_stream(struct readers *r, struct reader *k, struct effects *fx)
{
    Mezzo__StreamCall call = call_of(k, MEZZO__STREAM_CALL__TYPE__OPEN);
    Mezzo__StreamCall__Open *open =
        message_new(fx->arena, &mezzo__stream_call__open__descriptor);

    agent_links_connect(&r->links, k->link, fx);
    open->ticket.len = k->ticket_size;
    open->ticket.data = arena_alloc(fx->arena, k->ticket_size);
    memcpy(open->ticket.data, k->ticket, k->ticket_size);
    open->path = arena_strdup(fx->arena, k->file);
    open->has_offset = open->has_follow = open->has_list = true;
    open->offset = k->offset;
    open->follow = k->follows;
    open->list = k->lists;
    call.open = open;
    call.has_credit = true;
    call.credit = READERS_CREDIT;
    send(fx, k->link, call);
    k->credit_owed = 0;
    k->state = READER_OPEN;
}

static void give_credit(struct reader *k, struct effects *fx)
{
    Mezzo__StreamCall call = call_of(k, MEZZO__STREAM_CALL__TYPE__CREDIT);

    if (k->credit_owed < READERS_CREDIT / 2)
        return;
    call.has_credit = true;
    call.credit = k->credit_owed;
    send(fx, k->link, call);
    k->credit_owed = 0;
}

static void ask(struct readers *r, struct reader *k, msec_t now)
{
    if (r->is_paused || k->due > now ||
        !r->callbacks->ask_ticket(r->arg, k->task_id, verb_of(k)))
        return;
    k->state = READER_ASKED;
    k->due = now + READERS_TICKET_MS;
}

static void flush(struct readers *r,
                  struct reader *k,
                  msec_t now,
                  struct effects *fx)
{
    switch (k->state) {
    case READER_WAITING:
        if (!r->callbacks->is_ready(r->arg, k->task_id))
            break;
        k->state = READER_WANTING;
        k->due = 0;
        /* fall through */
    case READER_WANTING:
        ask(r, k, now);
        break;
    case READER_ASKED:
        if (k->due <= now)
            try_again(r, k, "no ticket came", now);
        break;
    case READER_TICKETED:
        open_stream(r, k, fx);
        break;
    case READER_OPEN:
        give_credit(k, fx);
        break;
    case READER_OVER:
        if (k->must_close && k->link != NULL)
            send(fx, k->link, call_of(k, MEZZO__STREAM_CALL__TYPE__CLOSE));
        leave_link(k, now);
        drop(r, k);
        break;
    }
}

void readers_flush(struct readers *r, msec_t now, struct effects *fx)
{
    struct reader *k, *next;

    for (k = TAILQ_FIRST(&r->all); k != NULL; k = next) {
        next = TAILQ_NEXT(k, entry);
        flush(r, k, now, fx);
    }
    agent_links_flush(&r->links, now, fx);
}

static msec_t due_of(const struct readers *r, const struct reader *k)
{
    switch (k->state) {
    case READER_WANTING:
        return r->is_paused ? MSEC_NEVER : k->due;
    case READER_ASKED:
        return k->due;
    case READER_TICKETED:
    case READER_OVER:
        return 0;
    case READER_WAITING:
    case READER_OPEN:
        break;
    }
    return MSEC_NEVER;
}

msec_t readers_deadline(const struct readers *r)
{
    msec_t due = agent_links_deadline(&r->links);
    const struct reader *k;

    TAILQ_FOREACH (k, &r->all, entry)
        if (due_of(r, k) < due)
            due = due_of(r, k);
    return due;
}
