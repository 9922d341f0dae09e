/* operator.c - a queue of questions, all asked at once on one link that is made
 * when there is something to ask. */

#include "libframework/operator.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/question.h"

typedef Mesos__V1__Master__Call master_call;
typedef Mesos__V1__Master__Response response;

static bool is_ready(void *arg, const char *task_id)
{
    (void)arg;
    (void)task_id;
    return true; /* the agent knows */
}

static void output(void *arg, const struct mezzo_output *piece)
{
    struct mezzo_operator *o = arg;

    if (o->output != NULL && piece->reader == o->reader)
        o->output(piece, o->output_arg);
}

static bool ask_ticket(void *arg, const char *task, Mesos__V1__TicketVerb verb);

static const struct readers_callbacks readers_callbacks = {
    .is_ready = is_ready,
    .ask_ticket = ask_ticket,
    .output = output,
};

struct mezzo_operator *mezzo_operator_new(
    const struct mezzo_operator_options *options)
{
    static const struct mezzo_operator_options none;
    struct mezzo_operator *o = memory_new(1, sizeof *o);

    options = options != NULL ? options : &none;
    o->cluster.master = memory_strdup(options->cluster.master);
    o->cluster.state = memory_strdup(options->cluster.state);
    o->cluster.master_key = memory_strdup(options->cluster.master_key);
    o->cluster.key_file = memory_strdup(options->cluster.key_file);
    o->timeout_ms =
        options->timeout_ms > 0 ? options->timeout_ms : OPERATOR_TIMEOUT_MS;
    o->failover_ms = options->timeout_ms > 0 ? 0 : OPERATOR_FAILOVER_MS;
    o->unheard_since = o->told_at = MSEC_NEVER;
    o->waiting = options->waiting;
    o->waiting_arg = options->arg;
    o->masters = masters_new(MASTERS_WAIT_MAX_MS);
    o->readers = readers_new(&readers_callbacks, o, &o->random);
    TAILQ_INIT(&o->questions);
    return o;
}

static void drop(struct mezzo_operator *o, struct question *q)
{
    TAILQ_REMOVE(&o->questions, q, entry);
    o->questions_count--;
    mesos__v1__master__call__free_unpacked(q->call, NULL);
    rows_free(q->rows);
    free(q->after);
    free(q->task);
    free(q);
}

void operator_free(struct mezzo_operator *o)
{
    while (!TAILQ_EMPTY(&o->questions))
        drop(o, TAILQ_FIRST(&o->questions));
    free((char *)o->cluster.master);
    free((char *)o->cluster.state);
    free((char *)o->cluster.master_key);
    free((char *)o->cluster.key_file);
    rows_free(o->kept);
    masters_free(o->masters);
    readers_free(o->readers);
    free(o);
}

int operator_prepare(struct mezzo_operator *o,
                     const struct core_surroundings *surroundings,
                     struct error *err)
{
    if (masters_set(o->masters, surroundings->masters, surroundings->master_key,
                    err) < 0)
        return -EINVAL;
    o->surroundings = *surroundings;
    o->random.state = surroundings->seed;
    return 0;
}

void operator_called(struct mezzo_operator *o)
{
    o->is_called = true;
    if (!o->is_stepping && o->surroundings.called != NULL)
        o->surroundings.called(o->surroundings.arg);
}

static struct question *add(struct mezzo_operator *o, const master_call *call)
{
    struct question *q = memory_new(1, sizeof *q);

    q->call = message_copy(call);
    q->rows = rows_new();
    q->due = MSEC_NEVER; /* from the next step on: now is not known here */
    TAILQ_INSERT_TAIL(&o->questions, q, entry);
    o->questions_count++;
    return q;
}

int operator_start(struct mezzo_operator *o,
                   const struct mezzo_question *question,
                   mezzo_answered_f *answered,
                   void *arg)
{
    master_call call = MESOS__V1__MASTER__CALL__INIT;
    struct arena *arena;
    struct question *q;
    bool is_read;

    if (question_check(question, &o->fault) < 0)
        return -EINVAL;
    if (o->questions_count >= MEZZO_QUESTIONS_MAX)
        return error_set(&o->fault, -EBUSY, "%d questions are not answered",
                         MEZZO_QUESTIONS_MAX);
    arena = arena_new();
    is_read = question_write(&call, question, arena);
    q = add(o, &call);
    arena_free(arena);
    rows_set_verb(q->rows, question->verb);
    q->is_read = is_read;
    q->answered = answered;
    q->arg = arg;
    operator_called(o);
    return 0;
}

static bool ask_ticket(void *arg, const char *task, Mesos__V1__TicketVerb verb)
{
    struct mezzo_operator *o = arg;
    master_call call = MESOS__V1__MASTER__CALL__INIT;
    Mesos__V1__Master__Call__GetTicket get =
        MESOS__V1__MASTER__CALL__GET_TICKET__INIT;
    struct question *q;

    call.has_type = true;
    call.type = MESOS__V1__MASTER__CALL__TYPE__GET_TICKET;
    call.get_ticket = &get;
    get.task = (char *)task;
    get.verb = verb;
    q = add(o, &call);
    q->is_read = true;
    q->task = memory_strdup(task);
    q->verb = verb;
    return true;
}

/* It is answered, or failed: tell who asked. */
static void tell(struct mezzo_operator *o, struct question *q)
{
    const struct mezzo_answer *answer = rows_answer(q->rows);
    struct rows *rows = q->rows;
    mezzo_answered_f *answered;
    void *arg;

    if (q->task != NULL) {
        readers_take_ticket(o->readers,
                            &(struct readers_ticket){.task_id = q->task,
                                                     .verb = q->verb,
                                                     .reason = answer->text},
                            o->now);
        drop(o, q);
        return;
    }
    q->rows = NULL;
    if (q->answered == NULL) {
        rows_free(o->kept);
        o->kept = rows;
        drop(o, q);
        return;
    }
    answered = q->answered;
    arg = q->arg;
    drop(o, q);
    answered(o, answer, arg);
    rows_free(rows);
}

static void fail(struct mezzo_operator *o,
                 struct question *q,
                 int result,
                 const char *why)
{
    rows_say(q->rows, result, 1, why);
    tell(o, q);
}

/* Where one master fails, another will lead soon: that is waited for. */
static bool may_fail_over(const struct mezzo_operator *o)
{
    return o->failover_ms > 0 &&
           (masters_are_detected(o->masters) || masters_count(o->masters) > 1);
}

static msec_t due_of(const struct mezzo_operator *o, const struct question *q)
{
    return o->unheard_since != MSEC_NEVER ? o->unheard_since + o->failover_ms
                                          : q->due;
}

/* A change that was asked for twice, because a master was lost between. */
static void qualify(struct question *q)
{
    const struct mezzo_answer *answer = rows_answer(q->rows);
    char text[MEZZO_ERROR_SIZE];

    if (!q->was_lost || answer->result == 0)
        return;
    snprintf(
        text, sizeof text,
        "%.120s; a master was lost while it was asked, and may have done it",
        answer->text);
    rows_say(q->rows, answer->result, answer->exit_status, text);
}

static void ask(struct mezzo_operator *o,
                struct question *q,
                struct effects *fx)
{
    master_call *call =
        message_new(fx->arena, &mesos__v1__master__call__descriptor);

    *call = *q->call; /* packed before the question can go */
    q->id = ++o->asked;
    call->has_request_id = true;
    call->request_id = q->id;
    if (may_fail_over(o))
        q->due = o->now + o->timeout_ms; /* not while a master was looked for */
    if (question_is_paged(call)) {
        call->page =
            message_new(fx->arena, &mesos__v1__master__call__page__descriptor);
        call->page->after = q->after;
        call->page->has_rows_max = true;
        call->page->rows_max = OPERATOR_PAGE_ROWS;
    }
    effects_send(fx, masters_peer(o->masters), &call->base);
    q->is_asked = true;
}

static struct question *find(struct mezzo_operator *o, uint64_t id)
{
    struct question *q;

    TAILQ_FOREACH (q, &o->questions, entry)
        if (q->is_asked && q->id == id)
            return q;
    return NULL;
}

static const char *take_ticket(struct mezzo_operator *o,
                               struct question *q,
                               const response *r)
{
    const struct readers_ticket ticket = {
        .task_id = q->task,
        .verb = q->verb,
        .endpoint = r->get_ticket != NULL ? r->get_ticket->endpoint : NULL,
        .key = r->get_ticket != NULL && r->get_ticket->key[0] != '\0'
                   ? r->get_ticket->key
                   : NULL,
        .bytes = r->get_ticket != NULL ? r->get_ticket->ticket
                                       : (ProtobufCBinaryData){0, NULL},
    };

    if (r->get_ticket == NULL)
        return "an answer without its content";
    readers_take_ticket(o->readers, &ticket, o->now);
    drop(o, q);
    return NULL;
}

/* NULL, or what makes no sense in it. */
static const char *take_answer(struct mezzo_operator *o, const response *r)
{
    struct question *q = r->has_request_id ? find(o, r->request_id) : NULL;
    const char *fault;

    if (q == NULL)
        return NULL; /* to one that has been given up */
    if (q->task != NULL && r->has_type &&
        r->type == MESOS__V1__MASTER__RESPONSE__TYPE__GET_TICKET)
        return take_ticket(o, q, r);
    fault = rows_add(q->rows, r);
    if (fault != NULL)
        return fault;
    if (r->next_page == NULL || rows_answer(q->rows)->result < 0) {
        qualify(q);
        tell(o, q);
        return NULL;
    }
    free(q->after);
    q->after = memory_strdup(r->next_page);
    q->is_asked = false;
    q->due = o->now + o->timeout_ms;
    return NULL;
}

static void received(struct mezzo_operator *o,
                     const struct input *input,
                     struct effects *fx)
{
    const char *peer = masters_peer(o->masters);
    const char *fault = "not an answer to an operator";

    if (readers_receive(o->readers, input, o->now, fx) || peer == NULL ||
        strcmp(peer, input->peer) != 0)
        return;
    masters_heard(o->masters, input->leader_epoch);
    o->lost[0] = '\0';
    o->unheard_since = o->told_at = MSEC_NEVER;
    if (input->type == FRAME_MASTER_RESPONSE) {
        if (!o->was_heard)
            masters_settled(o->masters);
        o->was_heard = true;
        o->failures = 0;
        fault = take_answer(o, (const response *)input->message);
    }
    if (fault != NULL)
        effects_end_link(fx, input->peer, "%s", fault);
}

/* The address as a person writes it. */
static const char *address_of(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) == 0 ? endpoint + 6 : endpoint;
}

/* Nothing was sent, so that nothing can have been done. */
static bool was_never_there(const char *reason)
{
    return strncmp(reason, "nobody listens", 14) == 0 ||
           strncmp(reason, "nobody leads", 12) == 0;
}

/* That nobody listens needs no detail; that keys do not fit does. */
static void say_why(const struct mezzo_operator *o,
                    const char *reason,
                    struct error *why)
{
    const char *address = address_of(masters_endpoint(o->masters));

    if (strncmp(reason, "nobody listens", 14) == 0)
        error_set(why, 0, "no master at %.100s; start one with: mezzo up",
                  address);
    else
        error_set(why, 0, "no master at %.60s: %.180s", address, reason);
}

static void link_ended(struct mezzo_operator *o, const struct input *input)
{
    const char *peer = masters_peer(o->masters);
    struct question *q, *next;
    bool is_hopeless, was_sent;
    struct error why;

    if (readers_link_ended(o->readers, input, o->now) || peer == NULL ||
        strcmp(peer, input->peer) != 0)
        return;
    was_sent = o->was_heard || !was_never_there(input->reason);
    if (!o->was_heard)
        o->failures++;
    is_hopeless = o->failures >= masters_count(o->masters) &&
                  !masters_are_detected(o->masters) && !may_fail_over(o);
    say_why(o, input->reason, &why);
    snprintf(o->lost, sizeof o->lost, "%s", why.text);
    o->is_linked = o->was_heard = false;
    masters_lost(o->masters, o->now, &o->random);
    for (q = TAILQ_FIRST(&o->questions); q != NULL; q = next) {
        next = TAILQ_NEXT(q, entry);
        if (is_hopeless) {
            fail(o, q, -ENOTCONN, why.text);
        } else if (q->is_asked && !q->is_read && was_sent &&
                   !may_fail_over(o)) {
            fail(o, q, -ETIMEDOUT,
                 "the master was lost; it may have been done");
        } else {
            q->was_lost |= q->is_asked && !q->is_read && was_sent;
            q->is_asked = false; /* again, from its first page */
            free(q->after);
            q->after = NULL;
            rows_clear(q->rows);
        }
    }
    if (is_hopeless) { /* whoever asks again wants it tried again */
        o->failures = 0;
        masters_forgive(o->masters);
    }
}

static void expire(struct mezzo_operator *o)
{
    struct question *q, *next;

    for (q = TAILQ_FIRST(&o->questions); q != NULL; q = next) {
        next = TAILQ_NEXT(q, entry);
        if (due_of(o, q) <= o->now)
            fail(o, q, -ETIMEDOUT,
                 o->lost[0] != '\0' ? o->lost
                                    : "the master did not answer in time");
    }
}

/* Since when nobody is heard, and whether that is to be said. */
static void note_unheard(struct mezzo_operator *o)
{
    if (TAILQ_EMPTY(&o->questions) || o->was_heard || !may_fail_over(o)) {
        o->unheard_since = o->told_at = MSEC_NEVER;
        return;
    }
    if (o->unheard_since == MSEC_NEVER) {
        o->unheard_since = o->now;
        o->told_at = o->now + OPERATOR_WAITING_MS;
    }
    if (o->now < o->told_at)
        return;
    o->told_at = o->now + OPERATOR_WAITING_MORE_MS;
    if (o->waiting != NULL)
        o->waiting(o->waiting_arg,
                   o->lost[0] != '\0' ? o->lost : "no master has answered");
}

static void flush(struct mezzo_operator *o, struct effects *fx)
{
    struct question *q;

    o->is_called = false;
    readers_flush(o->readers, o->now, fx);
    TAILQ_FOREACH (q, &o->questions, entry)
        if (q->due == MSEC_NEVER)
            q->due = o->now + o->timeout_ms;
    note_unheard(o);
    if (TAILQ_EMPTY(&o->questions))
        return;
    if (!o->is_linked)
        o->is_linked = masters_connect(o->masters, o->now, fx);
    if (!o->is_linked)
        return;
    TAILQ_FOREACH (q, &o->questions, entry)
        if (!q->is_asked)
            ask(o, q, fx);
}

static void step(void *core,
                 const struct input *input,
                 msec_t now,
                 struct effects *fx)
{
    struct mezzo_operator *o = core;

    assert(now >= o->now);
    o->now = now;
    o->is_stepping = true;
    switch (input->kind) {
    case INPUT_RECEIVED:
        received(o, input, fx);
        break;
    case INPUT_LINK_ENDED:
        link_ended(o, input);
        break;
    case INPUT_STARTED:
    case INPUT_TIMEOUT:
    case INPUT_STORED:
    case INPUT_LOCAL:
        break;
    }
    expire(o);
    flush(o, fx);
    o->is_stepping = false;
}

static msec_t deadline(const void *core)
{
    const struct mezzo_operator *o = core;
    msec_t due = readers_deadline(o->readers);
    const struct question *q;

    if (o->is_called)
        return 0;
    TAILQ_FOREACH (q, &o->questions, entry)
        due = due_of(o, q) < due ? due_of(o, q) : due;
    due = o->told_at < due ? o->told_at : due;
    if (!o->is_linked && !TAILQ_EMPTY(&o->questions) &&
        masters_deadline(o->masters) < due)
        due = masters_deadline(o->masters);
    return due;
}

struct machine operator_machine(struct mezzo_operator *o)
{
    return (struct machine){.core = o, .step = step, .deadline = deadline};
}
