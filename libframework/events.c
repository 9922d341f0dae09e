/* events.c - what the master says, in order, to callbacks. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "base/message.h"
#include "libframework/scheduler.h"
#include "libframework/status.h"
#include "libframework/subscription.h"
#include "libframework/tickets.h"

typedef Mesos__V1__Scheduler__Event event;

#define TYPE(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name

static const char *take_subscribed(struct mezzo_scheduler *s,
                                   const event *e,
                                   struct effects *fx)
{
    const char *id = e->subscribed->framework_id->value;

    if (s->state != SCHEDULER_SUBSCRIBING)
        return "subscribed twice";
    if (!id_is_valid(id) || strlen(id) >= sizeof s->framework_id)
        return "a framework id that is none";
    if (s->framework_id[0] != '\0' && strcmp(s->framework_id, id) != 0)
        return "subscribed as another framework";
    snprintf(s->framework_id, sizeof s->framework_id, "%s", id);
    if (s->options.store == NULL || s->is_id_safe) {
        subscription_made(s, fx);
        return NULL;
    }
    s->state = SCHEDULER_STORING;
    if (s->id_request == 0)
        s->id_request =
            storage_put_own(s->storage, SCHEDULER_ID_KEY, s->framework_id,
                            strlen(s->framework_id));
    return NULL;
}

static void decline_unheld(struct mezzo_scheduler *s, const char *offer_id)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call = outbox_call(
        s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__DECLINE, s->framework_id);

    call->decline =
        message_new(arena, &mesos__v1__scheduler__call__decline__descriptor);
    call->decline->offer_ids =
        arena_alloc(arena, sizeof *call->decline->offer_ids);
    call->decline->offer_ids[0] =
        message_new(arena, &mesos__v1__offer_id__descriptor);
    call->decline->offer_ids[0]->value = arena_strdup(arena, offer_id);
    call->decline->n_offer_ids = 1;
    outbox_add(s->outbox, call);
}

static const char *take_offers(struct mezzo_scheduler *s,
                               const event *e,
                               struct effects *fx)
{
    size_t count = 0;
    struct mezzo_offer *offers =
        arena_alloc(fx->arena, e->offers->n_offers * sizeof *offers);

    for (size_t i = 0; i < e->offers->n_offers; i++) {
        const Mesos__V1__Offer *wire = e->offers->offers[i];
        const char *fault;

        if (offers_is_full(s->offers) || s->callbacks->offers == NULL) {
            if (outbox_has_room(s->outbox, MEZZO_ID_MAX * 2))
                decline_unheld(s, wire->id->value); /* or its lease ends */
            continue;
        }
        fault = offers_add(s->offers, wire);
        if (fault != NULL)
            return fault;
        offers_show(&offers[count++], wire, fx->arena);
    }
    if (count > 0)
        s->callbacks->offers(s, offers, count, s->arg);
    return NULL;
}

static void take_rescind(struct mezzo_scheduler *s, const char *offer_id)
{
    if (offers_remove(s->offers, offer_id) && s->callbacks->rescinded != NULL)
        s->callbacks->rescinded(s, offer_id, s->arg);
}

/* The end of a task as the master remembers it: the agent knows more. */
static bool is_hearsay(const Mesos__V1__TaskStatus *status)
{
    return !status->has_uuid && status->has_reason &&
           status->reason ==
               MESOS__V1__TASK_STATUS__REASON__REASON_RECONCILIATION &&
           (status->state == MESOS__V1__TASK_STATE__TASK_FINISHED ||
            status->state == MESOS__V1__TASK_STATE__TASK_FAILED ||
            status->state == MESOS__V1__TASK_STATE__TASK_KILLED);
}

/* Its agent is there and does not know it, and has never said a word of it: it
 * was lost with the master that was to launch it.  An agent forgets nothing
 * that we have not acknowledged. */
static bool was_never_launched(const struct mezzo_scheduler *s,
                               const Mesos__V1__TaskStatus *status)
{
    enum task_state state;

    return !status->has_uuid && status->has_reason &&
           status->reason ==
               MESOS__V1__TASK_STATUS__REASON__REASON_RECONCILIATION &&
           status->state == MESOS__V1__TASK_STATE__TASK_GONE &&
           tasks_find_state(s->tasks, status->task_id->value, &state) &&
           state == TASK_STAGING;
}

static void show_status(struct mezzo_scheduler *s,
                        const struct mezzo_status *status)
{
    enum task_state state = (enum task_state)status->state;

    tasks_note(s->tasks, status->task_id, status->agent_id, state);
    readers_task_changed(s->readers, status->task_id);
    if (s->callbacks->status != NULL)
        s->callbacks->status(s, status, s->arg);
    tasks_settle(s->tasks, status->task_id, state);
    readers_task_changed(s->readers, status->task_id);
}

static const char *take_status(struct mezzo_scheduler *s,
                               const Mesos__V1__TaskStatus *wire)
{
    struct mezzo_status status;
    const char *fault = status_show(&status, wire);
    bool was_handled;

    if (fault != NULL)
        return fault;
    if (was_never_launched(s, wire)) {
        status.state = MEZZO_TASK_DROPPED;
        status.message = "it was lost on its way to its agent";
    }
    was_handled =
        status.is_reliable && updates_was_handled(s->updates, status.update_id);
    if (s->options.acknowledges_by_hand && status.is_reliable && !was_handled) {
        show_status(s, &status); /* again, if it was not acknowledged */
        return NULL;
    }
    if (!was_handled && !tasks_has_ended(s->tasks, status.task_id)) {
        if (is_hearsay(wire) &&
            tasks_defer_end(s->tasks, status.task_id, status.agent_id, s->now))
            return NULL;
        show_status(s, &status);
    }
    if (status.is_reliable)
        updates_acknowledge(s->updates, status.agent_id, status.task_id,
                            status.update_id);
    return NULL;
}

static void take_message(struct mezzo_scheduler *s,
                         const Mesos__V1__Scheduler__Event__Message *message)
{
    const struct mezzo_message shown = {
        .agent_id = message->agent_id->value,
        .executor_id = message->executor_id->value,
        .data = message->data.data,
        .size = message->data.len,
    };

    if (s->callbacks->message != NULL)
        s->callbacks->message(s, &shown, s->arg);
}

static void take_failure(struct mezzo_scheduler *s,
                         const Mesos__V1__Scheduler__Event__Failure *failure)
{
    const struct mezzo_failure shown = {
        .agent_id = failure->agent_id ? failure->agent_id->value : NULL,
        .executor_id =
            failure->executor_id ? failure->executor_id->value : NULL,
        .has_status = failure->has_status,
        .status = failure->has_status ? failure->status : 0,
    };

    if (s->callbacks->failure != NULL)
        s->callbacks->failure(s, &shown, s->arg);
}

static void take_ticket(struct mezzo_scheduler *s,
                        const Mesos__V1__Scheduler__Event__Ticket *ticket)
{
    const struct readers_ticket taken = {
        .task_id = ticket->task_id->value,
        .verb = ticket->verb,
        .endpoint = ticket->endpoint,
        .key =
            ticket->key != NULL && ticket->key[0] != '\0' ? ticket->key : NULL,
        .bytes = ticket->ticket,
        .reason = ticket->failure,
        /* One that we know may not have come to the master yet. */
        .comes_later = (ticket->has_later && ticket->later) ||
                       (ticket->endpoint == NULL &&
                        tasks_is_known(s->tasks, ticket->task_id->value)),
    };

    if (ticket->has_request && ticket->request != 0)
        tickets_take(s, ticket);
    else
        readers_take_ticket(s->readers, &taken, s->now);
}

static void take_ask(struct mezzo_scheduler *s,
                     const Mesos__V1__Scheduler__Event__AskUpdated *updated)
{
    const struct mezzo_ask_answer answer = {
        .ask_id = updated->ask_id,
        .explanation = updated->explanation,
        .is_impossible = updated->has_impossible && updated->impossible,
        .is_refused = updated->has_refused && updated->refused,
        .starts_by_wall_ms =
            updated->has_starts_by_ms ? updated->starts_by_ms : 0,
        .agents_count = updated->has_agents_count ? updated->agents_count : 0,
    };

    if (s->callbacks->ask_updated != NULL)
        s->callbacks->ask_updated(s, &answer, s->arg);
}

static void take_recalls(
    struct mezzo_scheduler *s,
    const Mesos__V1__Scheduler__Event__InverseOffers *inverse,
    struct effects *fx)
{
    for (size_t i = 0; i < inverse->n_inverse_offers; i++) {
        const Mesos__V1__InverseOffer *o = inverse->inverse_offers[i];
        const char **ids =
            arena_alloc(fx->arena, (o->n_task_ids + 1) * sizeof *ids);
        const Mesos__V1__TimeInfo *start = o->unavailability->start;

        for (size_t k = 0; k < o->n_task_ids; k++)
            ids[k] = o->task_ids[k]->value;
        if (s->callbacks->recalled != NULL)
            s->callbacks->recalled(
                s,
                &(struct mezzo_recall){
                    .agent_id = o->agent_id != NULL ? o->agent_id->value : "",
                    .task_ids = ids,
                    .tasks_count = o->n_task_ids,
                    .deadline_wall_ms = start->nanoseconds / 1000000,
                    .reason = o->has_reason ? status_reason(o->reason) : NULL,
                },
                s->arg);
    }
}

/* Has the event what its type needs? */
static bool is_whole(const event *e)
{
    if (!e->has_type)
        return false;
    switch (e->type) {
    case TYPE(SUBSCRIBED):
        return e->subscribed != NULL;
    case TYPE(OFFERS):
        return e->offers != NULL;
    case TYPE(RESCIND):
        return e->rescind != NULL;
    case TYPE(UPDATE):
        return e->update != NULL;
    case TYPE(MESSAGE):
        return e->message != NULL;
    case TYPE(FAILURE):
        return e->failure != NULL;
    case TYPE(ERROR):
        return e->error != NULL;
    case TYPE(TICKET):
        return e->ticket != NULL &&
               (e->ticket->endpoint == NULL || e->ticket->has_ticket);
    case TYPE(ASK_UPDATED):
        return e->ask_updated != NULL;
    case TYPE(INVERSE_OFFERS):
        return e->inverse_offers != NULL;
    default: /* of a newer master, or nothing to us */
        return true;
    }
}

static const char *show(struct mezzo_scheduler *s,
                        const event *e,
                        struct effects *fx)
{
    switch (e->type) {
    case TYPE(OFFERS):
        return take_offers(s, e, fx);
    case TYPE(RESCIND):
        take_rescind(s, e->rescind->offer_id->value);
        break;
    case TYPE(UPDATE):
        return take_status(s, e->update->status);
    case TYPE(MESSAGE):
        take_message(s, e->message);
        break;
    case TYPE(FAILURE):
        take_failure(s, e->failure);
        break;
    case TYPE(TICKET):
        take_ticket(s, e->ticket);
        break;
    case TYPE(ASK_UPDATED):
        take_ask(s, e->ask_updated);
        break;
    case TYPE(INVERSE_OFFERS):
        take_recalls(s, e->inverse_offers, fx);
        break;
    default:
        break;
    }
    return NULL;
}

static const char *hold(struct mezzo_scheduler *s, const event *e)
{
    if (s->held_count >= SCHEDULER_HELD_MAX)
        return "too many events before our id was stored";
    if (s->held == NULL) {
        s->held = memory_new(SCHEDULER_HELD_MAX, sizeof(event *));
    }
    s->held[s->held_count++] = message_copy(e);
    return NULL;
}

static const char *take(struct mezzo_scheduler *s,
                        const event *e,
                        struct effects *fx)
{
    if (!is_whole(e))
        return "an event without its content";
    if (e->type == TYPE(SUBSCRIBED))
        return take_subscribed(s, e, fx);
    if (e->type == TYPE(ERROR)) {
        scheduler_refused(s, fx, e->error->message);
        return NULL;
    }
    if (s->leaving == LEAVING_TEARDOWN)
        return NULL; /* nothing of it matters any more */
    switch (s->state) {
    case SCHEDULER_STORING:
        return hold(s, e);
    case SCHEDULER_SUBSCRIBED:
        return show(s, e, fx);
    case SCHEDULER_NEW:
    case SCHEDULER_STANDING_BY:
    case SCHEDULER_CLAIMING:
    case SCHEDULER_LOADING:
    case SCHEDULER_UNLINKED:
    case SCHEDULER_SUBSCRIBING:
    case SCHEDULER_OVER:
        break;
    }
    return "an event before we are subscribed";
}

const char *events_take(struct mezzo_scheduler *s,
                        const Mezzo__SchedulerEvents *events,
                        struct effects *fx)
{
    const char *fault = NULL;

    for (size_t i = 0;
         i < events->n_events && fault == NULL && s->state != SCHEDULER_OVER;
         i++)
        fault = take(s, events->events[i], fx);
    return fault;
}

const char *events_take_held(struct mezzo_scheduler *s, struct effects *fx)
{
    const char *fault = NULL;

    for (size_t i = 0; i < s->held_count && fault == NULL; i++)
        fault = show(s, s->held[i], fx);
    return fault;
}

void events_drop_held(struct mezzo_scheduler *s)
{
    for (size_t i = 0; i < s->held_count; i++)
        mesos__v1__scheduler__event__free_unpacked(s->held[i], NULL);
    s->held_count = 0;
}
