/* tickets.c - a list of those that are not answered. */

#include "libframework/tickets.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "libframework/checks.h"
#include "libframework/outbox.h"

enum {
    KEY_BYTES = 40
};

struct pending {
    TAILQ_ENTRY(pending) entry;
    uint64_t request;
    char *task_id;
    enum mezzo_verb verb;
};

struct tickets {
    TAILQ_HEAD(, pending) list;
    size_t count;
    uint64_t made;
};

struct tickets *tickets_new(void)
{
    struct tickets *t = memory_new(1, sizeof *t);

    TAILQ_INIT(&t->list);
    return t;
}

static void drop(struct tickets *t, struct pending *p)
{
    TAILQ_REMOVE(&t->list, p, entry);
    t->count--;
    free(p->task_id);
    free(p);
}

void tickets_free(struct tickets *t)
{
    if (t == NULL)
        return;
    while (!TAILQ_EMPTY(&t->list))
        drop(t, TAILQ_FIRST(&t->list));
    free(t);
}

static int check(struct mezzo_scheduler *s,
                 const char *task_id,
                 enum mezzo_verb verb,
                 const char *holder_key)
{
    int result = scheduler_check_open(s);

    if (result == 0)
        result = checks_id("task id", task_id, &s->fault);
    if (result == 0)
        result = checks_text("key", holder_key, KEY_BYTES, &s->fault);
    if (result == 0 &&
        (verb < MEZZO_VERB_READ_OUTPUT || verb > MEZZO_VERB_INPUT))
        result = error_set(&s->fault, -EINVAL, "%d is no verb", (int)verb);
    if (result == 0 && s->state != SCHEDULER_SUBSCRIBED)
        result = error_set(&s->fault, -ENOTCONN, "we are not subscribed");
    if (result == 0 && s->tickets->count >= MEZZO_TICKETS_MAX)
        result = error_set(&s->fault, -ENOBUFS, "%d tickets are not given",
                           MEZZO_TICKETS_MAX);
    if (result == 0)
        result = scheduler_check_room(s, MEZZO_ID_MAX * 3);
    return result;
}

int mezzo_scheduler_ticket(struct mezzo_scheduler *s,
                           const char *task_id,
                           enum mezzo_verb verb,
                           const char *holder_key,
                           uint64_t *request)
{
    struct arena *arena = outbox_arena(s->outbox);
    int result = check(s, task_id, verb, holder_key);
    Mesos__V1__Scheduler__Call *call;
    struct pending *p;

    if (result < 0)
        return result;
    p = memory_new(1, sizeof *p);
    p->request = ++s->tickets->made;
    p->task_id = memory_strdup(task_id);
    p->verb = verb;
    TAILQ_INSERT_TAIL(&s->tickets->list, p, entry);
    s->tickets->count++;
    call = outbox_call(s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__TICKET,
                       s->framework_id);
    call->ticket =
        message_new(arena, &mesos__v1__scheduler__call__ticket__descriptor);
    call->ticket->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    call->ticket->task_id->value = arena_strdup(arena, task_id);
    call->ticket->verb = (Mesos__V1__TicketVerb)verb;
    call->ticket->holder_key = arena_strdup(arena, holder_key);
    call->ticket->has_request = true;
    call->ticket->request = p->request;
    outbox_add(s->outbox, call);
    if (request != NULL)
        *request = p->request;
    scheduler_called(s);
    return 0;
}

static void tell(struct mezzo_scheduler *s, struct mezzo_ticket ticket)
{
    if (s->callbacks->ticket != NULL)
        s->callbacks->ticket(s, &ticket, s->arg);
}

void tickets_take(struct mezzo_scheduler *s,
                  const Mesos__V1__Scheduler__Event__Ticket *from)
{
    struct mezzo_ticket ticket = {
        .request = from->request,
        .task_id = from->task_id->value,
        .endpoint = from->endpoint,
        .bytes = from->ticket.data,
        .size = from->has_ticket ? from->ticket.len : 0,
    };
    struct pending *p;

    TAILQ_FOREACH (p, &s->tickets->list, entry)
        if (p->request == from->request)
            break;
    if (p == NULL)
        return;
    ticket.verb = p->verb;
    drop(s->tickets, p);
    if (from->key != NULL && from->key[0] != '\0')
        ticket.agent_key = from->key;
    if (from->endpoint == NULL || !from->has_ticket)
        ticket.failure =
            from->failure != NULL ? from->failure : "there is no such task";
    tell(s, ticket);
}

void tickets_lost(struct mezzo_scheduler *s)
{
    struct pending *p;
    size_t count = s->tickets->count; /* more may be asked for meanwhile */

    while (count-- > 0 && (p = TAILQ_FIRST(&s->tickets->list)) != NULL) {
        char *task_id = memory_strdup(p->task_id);
        const struct mezzo_ticket ticket = {.request = p->request,
                                            .task_id = task_id,
                                            .verb = p->verb,
                                            .failure = "the master was lost"};

        drop(s->tickets, p);
        tell(s, ticket);
        free(task_id);
    }
}
