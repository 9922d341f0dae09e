/* execs.c - streams in a list, found by their guest and its number, or by a
 * number of ours: that of the process, and the ticket of its orders. */

#include "agent/execs.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "agent/exec_order.h"
#include "agent/processes.h"
#include "agent/roster.h"
#include "agent/runs.h"
#include "agent/stream_key.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

#define EVENT(name) MEZZO__STREAM_EVENT__TYPE__##name
#define SIGNAL_MAX 64

enum exec_state {
    EXEC_STARTING,
    EXEC_RUNNING, /* an INPUT is, from the beginning */
    EXEC_EXITED,  /* what it wrote is still to be sent */
    EXEC_LEFT,    /* its guest has gone */
};

struct chunk {
    STAILQ_ENTRY(chunk) entry;
    size_t size;
    uint8_t bytes[];
};

struct exec {
    TAILQ_ENTRY(exec) entry;
    char *key; /* "GUEST STREAM" */
    char number_text[24];
    char *guest;
    uint64_t id;
    uint64_t number;
    enum exec_state state;
    bool is_program; /* else only an input */
    bool has_terminal;
    char *run;
    char *task; /* whose input; NULL: the run's own, or it is a program */
    uint64_t credit;
    bool is_taking; /* TAKE is not answered */
    bool is_at_end; /* of its output */
    bool is_status_known;
    int wait_status;
    uint64_t waiting; /* bytes that were written and not yet taken */
    bool is_feeding;  /* FEED is not answered */
    bool has_input_ended;
    STAILQ_HEAD(, chunk) chunks; /* the first is being fed */
    struct deadline kill;
};
TAILQ_HEAD(exec_list, exec);

struct execs {
    struct exec_list list;
    struct table *by_key;
    struct table *by_number;
    size_t count;
    uint64_t made;
};

static const char *key_of(const void *value)
{
    return ((const struct exec *)value)->key;
}

static const char *number_of(const void *value)
{
    return ((const struct exec *)value)->number_text;
}

struct execs *execs_new(void)
{
    struct execs *all = memory_new(1, sizeof *all);

    TAILQ_INIT(&all->list);
    all->by_key = table_new(key_of);
    all->by_number = table_new(number_of);
    return all;
}

static struct exec *find(const struct execs *all,
                         const char *guest,
                         uint64_t id)
{
    char *key = stream_key_new(guest, id);
    struct exec *e = table_find(all->by_key, key);

    free(key);
    return e;
}

static struct exec *find_number(const struct execs *all, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, number);
    return table_find(all->by_number, text);
}

static void drop_chunk(struct exec *e)
{
    struct chunk *c = STAILQ_FIRST(&e->chunks);

    STAILQ_REMOVE_HEAD(&e->chunks, entry);
    free(c);
}

static void leave_guest(struct execs *all, struct exec *e)
{
    if (e->state != EXEC_LEFT)
        table_remove(all->by_key, e);
    e->state = EXEC_LEFT;
}

static void drop(struct execs *all, struct exec *e, struct deadlines *deadlines)
{
    leave_guest(all, e);
    deadlines_cancel(deadlines, &e->kill);
    table_remove(all->by_number, e);
    TAILQ_REMOVE(&all->list, e, entry);
    all->count--;
    while (!STAILQ_EMPTY(&e->chunks))
        drop_chunk(e);
    free(e->key);
    free(e->guest);
    free(e->run);
    free(e->task);
    free(e);
}

void execs_free(struct execs *all, struct deadlines *deadlines)
{
    if (all == NULL)
        return;
    while (!TAILQ_EMPTY(&all->list))
        drop(all, TAILQ_FIRST(&all->list), deadlines);
    table_free(all->by_key);
    table_free(all->by_number);
    free(all);
}

static Mezzo__StreamEvent *tell(const struct exec *e,
                                Mezzo__StreamEvent__Type type,
                                struct step *step)
{
    Mezzo__StreamEvent *event =
        message_new(step->fx->arena, &mezzo__stream_event__descriptor);

    event->stream = e->id;
    event->type = type;
    effects_send(step->fx, e->guest, &event->base);
    return event;
}

static struct order *order(const struct exec *e,
                           enum order_kind kind,
                           struct step *step)
{
    struct order *o = runs_order(e->run, kind, step);

    o->ticket = e->number;
    o->process = e->is_program ? e->number : 0;
    if (e->task != NULL)
        o->path = arena_strdup(step->fx->arena, e->task);
    return o;
}

/* There is a process, which nobody needs any more. */
static void release(struct exec *e, struct step *step)
{
    if (e->is_program)
        order(e, ORDER_RELEASE, step);
    drop(step->execs, e, step->deadlines);
}

static void fail(struct exec *e, const char *reason, struct step *step)
{
    if (e->state != EXEC_LEFT)
        tell(e, EVENT(FAILED), step)->reason =
            arena_strdup(step->fx->arena, reason);
    drop(step->execs, e, step->deadlines);
}

/* ------------------------------------------------------------------ output */

static void take_more(struct exec *e, struct step *step)
{
    if (e->is_taking || e->is_at_end || e->credit == 0 || !e->is_program ||
        (e->state != EXEC_RUNNING && e->state != EXEC_EXITED))
        return;
    order(e, ORDER_TAKE, step)->size_max =
        e->credit < EXECS_DATA_MAX ? (size_t)e->credit : EXECS_DATA_MAX;
    e->is_taking = true;
}

static void end_if_over(struct exec *e, struct step *step)
{
    Mezzo__StreamEvent *event;

    if (e->state != EXEC_EXITED || !e->is_at_end)
        return;
    event = tell(e, EVENT(EXITED), step);
    event->has_status = e->is_status_known;
    event->status = e->wait_status;
    tell(e, EVENT(ENDED), step);
    release(e, step);
}

static void took(struct exec *e, const struct report *report, struct step *step)
{
    Mezzo__StreamEvent *event;

    e->is_taking = false;
    if (e->state == EXEC_LEFT)
        return;
    if (report->size > 0) {
        event = tell(e, EVENT(DATA), step);
        event->has_data = true;
        event->data.len = report->size;
        event->data.data = arena_alloc(step->fx->arena, report->size);
        memcpy(event->data.data, report->bytes, report->size);
        event->has_error = event->error = report->is_error;
        e->credit -= report->size < e->credit ? report->size : e->credit;
    }
    e->is_at_end = report->is_at_end;
    take_more(e, step);
    end_if_over(e, step);
}

/* ------------------------------------------------------------------- input */

static void feed_more(struct exec *e, struct step *step)
{
    const struct chunk *c = STAILQ_FIRST(&e->chunks);
    struct order *o;
    uint8_t *bytes;

    if (e->is_feeding || e->state != EXEC_RUNNING)
        return;
    if (c == NULL && e->has_input_ended) {
        order(e, ORDER_END_INPUT, step);
        if (!e->is_program) { /* that is all there is to it */
            tell(e, EVENT(ENDED), step);
            drop(step->execs, e, step->deadlines);
        }
    }
    if (c == NULL)
        return;
    o = order(e, ORDER_FEED, step);
    bytes = arena_alloc(step->fx->arena, c->size);
    memcpy(bytes, c->bytes, c->size);
    o->bytes = bytes;
    o->size = c->size;
    e->is_feeding = true;
}

static void fed(struct exec *e, const struct report *report, struct step *step)
{
    const struct chunk *c = STAILQ_FIRST(&e->chunks);
    Mezzo__StreamEvent *event;

    e->is_feeding = false;
    if (e->state == EXEC_LEFT) {
        if (!e->is_program)
            drop(step->execs, e, step->deadlines);
        return;
    }
    if (report->fault != NULL && !e->is_program) {
        fail(e, report->fault, step);
        return;
    }
    /* A program that does not read may still write. */
    event = tell(e, EVENT(TAKEN), step);
    event->has_credit = true;
    event->credit = c->size;
    e->waiting -= c->size;
    drop_chunk(e);
    feed_more(e, step);
}

static const char *write_to(struct exec *e,
                            const Mezzo__StreamCall *call,
                            struct step *step)
{
    struct chunk *c;

    if (!call->has_data || call->data.len == 0 ||
        call->data.len > EXECS_DATA_MAX)
        return "a piece of input that cannot be";
    if (e->has_input_ended)
        return "input after its end";
    if (e->waiting + call->data.len > EXECS_WINDOW)
        return "more input than there is room for";
    c = memory_new(1, sizeof *c + call->data.len);
    c->size = call->data.len;
    memcpy(c->bytes, call->data.data, c->size);
    STAILQ_INSERT_TAIL(&e->chunks, c, entry);
    e->waiting += c->size;
    feed_more(e, step);
    return NULL;
}

/* ------------------------------------------------------------------- calls */

static void leave(struct exec *e, struct step *step)
{
    struct execs *all = step->execs;

    if (!e->is_program && !e->is_feeding) {
        drop(all, e, step->deadlines);
    } else if (e->state == EXEC_EXITED) {
        release(e, step);
    } else {
        leave_guest(all, e);
        if (!e->is_program)
            return;
        order(e, ORDER_END_INPUT, step);
        order(e, ORDER_SIGNAL, step)->signal = SIGHUP;
        deadlines_set(step->deadlines, &e->kill, step->now + EXECS_HANG_UP_MS);
    }
}

void execs_due(struct exec *e, struct step *step)
{
    release(e, step);
}

void execs_link_ended(const char *guest, struct step *step)
{
    struct exec *e, *next;

    for (e = TAILQ_FIRST(&step->execs->list); e != NULL; e = next) {
        next = TAILQ_NEXT(e, entry);
        if (e->state != EXEC_LEFT && strcmp(e->guest, guest) == 0)
            leave(e, step);
    }
}

static uint64_t credit_of(const Mezzo__StreamCall *call)
{
    uint64_t credit = call->has_credit ? call->credit : 0;

    return credit < EXECS_CREDIT_MAX ? credit : EXECS_CREDIT_MAX;
}

static void resize(struct exec *e,
                   const Mezzo__StreamCall *call,
                   struct step *step)
{
    struct order *o;

    if (!e->has_terminal || e->state != EXEC_RUNNING)
        return;
    o = order(e, ORDER_RESIZE, step);
    o->spawn.rows = call->has_rows ? call->rows : 0;
    o->spawn.columns = call->has_columns ? call->columns : 0;
}

static const char *send_signal(struct exec *e,
                               const Mezzo__StreamCall *call,
                               struct step *step)
{
    if (!call->has_signal || call->signal <= 0 || call->signal > SIGNAL_MAX)
        return "a signal that is none";
    if (e->is_program && e->state < EXEC_EXITED)
        order(e, ORDER_SIGNAL, step)->signal = call->signal;
    return NULL;
}

static const char *obey(struct exec *e,
                        const Mezzo__StreamCall *call,
                        struct step *step)
{
    switch (call->type) {
    case MEZZO__STREAM_CALL__TYPE__CREDIT:
        e->credit += credit_of(call);
        if (e->credit > EXECS_CREDIT_MAX)
            e->credit = EXECS_CREDIT_MAX;
        take_more(e, step);
        return NULL;
    case MEZZO__STREAM_CALL__TYPE__CLOSE:
        leave(e, step);
        return NULL;
    case MEZZO__STREAM_CALL__TYPE__WRITE:
        return write_to(e, call, step);
    case MEZZO__STREAM_CALL__TYPE__END_INPUT:
        if (!e->has_input_ended) {
            e->has_input_ended = true;
            feed_more(e, step);
        }
        return NULL;
    case MEZZO__STREAM_CALL__TYPE__RESIZE:
        resize(e, call, step);
        return NULL;
    case MEZZO__STREAM_CALL__TYPE__SIGNAL:
        return send_signal(e, call, step);
    case MEZZO__STREAM_CALL__TYPE__OPEN:
    case _MEZZO__STREAM_CALL__TYPE_IS_INT_SIZE:
        break;
    }
    return "an unknown call of a stream";
}

bool execs_receive(const char *guest,
                   const Mezzo__StreamCall *call,
                   struct step *step)
{
    struct exec *e = find(step->execs, guest, call->stream);
    const char *fault;

    if (e == NULL)
        return false;
    fault = obey(e, call, step);
    if (fault != NULL)
        effects_end_link(step->fx, guest, "%s", fault);
    return true;
}

/* ----------------------------------------------------------------- opening */

static const char *input_refuses(const struct task *t, struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);

    if (info == NULL || !info->has_input || !info->input)
        return "the task was not launched with an input";
    if (t->executor != NULL && !t->is_delivered)
        return "the task has not started yet";
    return NULL;
}

static const char *refuses(const struct execs *all,
                           const struct input *input,
                           const Mezzo__StreamCall__Open *open,
                           const struct admission *a,
                           struct step *step)
{
    const struct exec *e;
    size_t count = 0;

    if (a->task == NULL || task_has_ended(a->task->state))
        return "the task has ended";
    if (!a->is_alive)
        return "the task has not started yet";
    TAILQ_FOREACH (e, &all->list, entry)
        count += e->state != EXEC_LEFT && strcmp(e->guest, input->peer) == 0;
    if (count >= EXECS_OF_GUEST_MAX || all->count >= EXECS_MAX)
        return "too many programs and inputs at once";
    return a->ticket->verb == MESOS__V1__TICKET_VERB__EXEC
               ? exec_order_refuses(open->exec)
               : input_refuses(a->task, step);
}

const char *execs_open(const struct input *input,
                       const Mezzo__StreamCall *call,
                       const struct admission *a,
                       struct step *step)
{
    struct execs *all = step->execs;
    const Mezzo__StreamCall__Open *open = call->open;
    const char *fault = refuses(all, input, open, a, step);
    struct exec *e;

    if (fault != NULL)
        return fault;
    e = memory_new(1, sizeof *e);
    e->key = stream_key_new(input->peer, call->stream);
    e->guest = memory_strdup(input->peer);
    e->id = call->stream;
    e->number = PROCESSES_OURS + ++all->made;
    snprintf(e->number_text, sizeof e->number_text, "%" PRIu64, e->number);
    e->run = memory_strdup(a->run);
    e->is_program = a->ticket->verb == MESOS__V1__TICKET_VERB__EXEC;
    e->credit = credit_of(call);
    e->kill = (struct deadline){.kind = DUE_EXEC, .owner = e};
    STAILQ_INIT(&e->chunks);
    table_add(all->by_key, e);
    table_add(all->by_number, e);
    TAILQ_INSERT_TAIL(&all->list, e, entry);
    all->count++;
    if (e->is_program) {
        e->has_terminal = open->exec->has_terminal && open->exec->terminal;
        exec_order_fill(order(e, ORDER_SPAWN, step), a->task, open->exec, step);
        return NULL;
    }
    if (a->task->executor != NULL)
        e->task = memory_strdup(a->task->id);
    e->state = EXEC_RUNNING;
    tell(e, EVENT(OPENED), step);
    return NULL;
}

/* ----------------------------------------------------------------- reports */

static void spawned(struct exec *e,
                    const struct report *report,
                    struct step *step)
{
    if (report->fault != NULL) {
        fail(e, report->fault, step);
        return;
    }
    if (e->state != EXEC_STARTING)
        return;
    e->state = EXEC_RUNNING;
    tell(e, EVENT(OPENED), step);
    take_more(e, step);
    feed_more(e, step);
}

static void exited(struct exec *e,
                   const struct report *report,
                   struct step *step)
{
    if (e->state == EXEC_LEFT) {
        release(e, step);
        return;
    }
    e->state = EXEC_EXITED;
    e->is_status_known = report->is_status_known;
    e->wait_status = report->wait_status;
    take_more(e, step);
    end_if_over(e, step);
}

void execs_report(const struct report *report, struct step *step)
{
    bool is_of_order =
        report->kind == REPORT_TOOK || report->kind == REPORT_FED;
    struct exec *e = find_number(step->execs, is_of_order ? report->ticket
                                                          : report->process);

    if (e == NULL)
        return;
    if (report->kind == REPORT_TOOK)
        took(e, report, step);
    else if (report->kind == REPORT_FED)
        fed(e, report, step);
    else if (report->kind == REPORT_SPAWNED)
        spawned(e, report, step);
    else
        exited(e, report, step);
}

void execs_run_ended(const char *run, struct step *step)
{
    struct exec *e, *next;

    for (e = TAILQ_FIRST(&step->execs->list); e != NULL; e = next) {
        next = TAILQ_NEXT(e, entry);
        if (strcmp(e->run, run) == 0)
            fail(e, "the task has ended", step);
    }
}
