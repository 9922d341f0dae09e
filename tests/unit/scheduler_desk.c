/* scheduler_desk.c - every effect has a word; what is not worth one in any test
 * is left out. */

#include "tests/unit/scheduler_desk.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/resources.h"
#include "base/uuid.h"
#include "libframework/scheduler.h"

#define CALL(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name
#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name

__attribute__((format(printf, 2, 3))) static void note(struct desk *d,
                                                       const char *format,
                                                       ...)
{
    va_list args;

    va_start(args, format);
    d->size += (size_t)vsnprintf(d->text + d->size, DESK_TEXT_SIZE - d->size,
                                 format, args);
    va_end(args);
    assert(d->size < DESK_TEXT_SIZE);
}

static void subscribed_cb(struct mezzo_scheduler *s,
                          const struct mezzo_subscription *subscription,
                          void *arg)
{
    (void)s;
    note(arg, "< subscribed %s%s%s\n", subscription->framework_id,
         subscription->is_again ? " again" : "",
         subscription->is_new_process ? " new_process" : "");
}

static void disconnected_cb(struct mezzo_scheduler *s,
                            const char *reason,
                            void *arg)
{
    (void)s;
    note(arg, "< disconnected %s\n", reason);
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct desk *d = arg;

    (void)s;
    for (size_t i = 0; i < offers_count; i++) {
        note(d, "< offer %s %s %s cpus %" PRId64 " mem %" PRId64, offers[i].id,
             offers[i].agent_id, offers[i].role, offers[i].resources.cpu_milli,
             offers[i].resources.memory_mb);
        for (size_t k = 0; k < offers[i].resources.ports_count; k++)
            note(d, " ports %" PRIu64 "-%" PRIu64,
                 offers[i].resources.ports[k].begin,
                 offers[i].resources.ports[k].end);
        note(d, "%s%s\n", offers[i].resources.others[0] ? " " : "",
             offers[i].resources.others);
        if (d->on_offers != NULL)
            d->on_offers(d, offers[i].id);
    }
}

static void rescinded_cb(struct mezzo_scheduler *s,
                         const char *offer_id,
                         void *arg)
{
    (void)s;
    note(arg, "< rescinded %s\n", offer_id);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct desk *d = arg;

    (void)s;
    note(d, "< status %s %s\n", status->task_id,
         mezzo_task_state_name(status->state));
    if (d->on_status != NULL)
        d->on_status(d, status);
}

static void message_cb(struct mezzo_scheduler *s,
                       const struct mezzo_message *message,
                       void *arg)
{
    (void)s;
    note(arg, "< message %s %s %.*s\n", message->agent_id, message->executor_id,
         (int)message->size, (const char *)message->data);
}

static void failure_cb(struct mezzo_scheduler *s,
                       const struct mezzo_failure *failure,
                       void *arg)
{
    (void)s;
    note(arg, "< failure %s %s\n", failure->agent_id,
         failure->executor_id ? failure->executor_id : "-");
}

static void ask_updated_cb(struct mezzo_scheduler *s,
                           const struct mezzo_ask_answer *answer,
                           void *arg)
{
    (void)s;
    note(arg, "< ask %s %s%s\n", answer->ask_id, answer->explanation,
         answer->is_impossible ? " impossible" : "");
}

static void recalled_cb(struct mezzo_scheduler *s,
                        const struct mezzo_recall *recall,
                        void *arg)
{
    (void)s;
    note(arg, "< recalled %s", recall->agent_id);
    for (size_t i = 0; i < recall->tasks_count; i++)
        note(arg, " %s", recall->task_ids[i]);
    note(arg, " by %" PRId64 " %s\n", recall->deadline_wall_ms,
         recall->reason != NULL ? recall->reason : "-");
}

static void output_cb(struct mezzo_scheduler *s,
                      const struct mezzo_output *output,
                      void *arg)
{
    static const char *const kinds[] = {"data", "entry", "ended", "failed"};

    (void)s;
    note(arg, "< %s %" PRIu64 " %s %s %" PRIu64, kinds[output->kind],
         output->reader, output->task_id, output->file, output->offset);
    if (output->kind == MEZZO_OUTPUT_DATA)
        note(arg, " %.*s", output->size < 32 ? (int)output->size : 32,
             (const char *)output->data);
    if (output->kind == MEZZO_OUTPUT_FAILED)
        note(arg, " %s", output->reason);
    note(arg, "\n");
}

static void stored_cb(struct mezzo_scheduler *s,
                      const struct mezzo_store_answer *answer,
                      void *arg)
{
    (void)s;
    note(arg, "< stored %" PRIu64 " %d\n", answer->request, answer->outcome);
    for (size_t i = 0; i < answer->entries_count; i++)
        note(arg, "<   %s %.*s\n", answer->entries[i].key,
             (int)answer->entries[i].size,
             (const char *)answer->entries[i].value);
}

static void alarm_cb(struct mezzo_scheduler *s, void *arg)
{
    note(arg, "< alarm %" PRId64 "\n", mezzo_scheduler_now_ms(s));
}

static void woken_cb(struct mezzo_scheduler *s, void *arg)
{
    (void)s;
    note(arg, "< woken\n");
}

static void error_cb(struct mezzo_scheduler *s, const char *message, void *arg)
{
    (void)s;
    note(arg, "< error %s\n", message);
}

static void standing_by_cb(struct mezzo_scheduler *s,
                           const char *who,
                           void *arg)
{
    (void)s;
    note(arg, "< standing by; %s\n", who);
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .standing_by = standing_by_cb,
    .subscribed = subscribed_cb,
    .disconnected = disconnected_cb,
    .offers = offers_cb,
    .rescinded = rescinded_cb,
    .status = status_cb,
    .message = message_cb,
    .failure = failure_cb,
    .ask_updated = ask_updated_cb,
    .recalled = recalled_cb,
    .output = output_cb,
    .stored = stored_cb,
    .alarm = alarm_cb,
    .woken = woken_cb,
    .error = error_cb,
};

static void called_cb(void *arg)
{
    struct desk *d = arg;

    d->called++;
}

void desk_open(struct desk *d, const struct mezzo_scheduler_options *options)
{
    static const struct mezzo_scheduler_options plain = {.name = "test"};
    const struct core_surroundings surroundings = {
        .seed = 1,
        .user = "me",
        .masters = "127.0.0.1:5050",
        .called = called_cb,
        .arg = d,
    };
    int result;

    memset(d, 0, sizeof *d);
    d->now = 1000;
    d->arena = arena_new();
    d->scheduler =
        mezzo_scheduler_new(options != NULL ? options : &plain, &callbacks, d);
    result = scheduler_prepare(d->scheduler, &surroundings, NULL);
    assert(result == 0);
    d->machine = scheduler_machine(d->scheduler);
}

void desk_close(struct desk *d)
{
    scheduler_free(d->scheduler);
    arena_free(d->arena);
}

bool desk_did(struct desk *d, const char *text)
{
    bool is_same = strcmp(d->text, text) == 0;

    if (!is_same)
        for (char *line = d->text, *next; *line != '\0'; line = next) {
            next = line + strcspn(line, "\n");
            printf("# did: %.*s\n", (int)(next - line), line);
            next += *next == '\n';
        }
    desk_forget(d);
    return is_same;
}

void desk_forget(struct desk *d)
{
    d->size = 0;
    d->text[0] = '\0';
}

static void note_tasks(struct desk *d, const Mesos__V1__Offer__Operation *o)
{
    for (size_t i = 0; i < o->launch->n_task_infos; i++) {
        const Mesos__V1__TaskInfo *info = o->launch->task_infos[i];
        struct resources r;

        resources_init(&r);
        assert(resources_from_wire(&r, info->resources, info->n_resources,
                                   NULL) == 0);
        note(d, " %s@%s=%s", info->task_id->value, info->agent_id->value,
             resources_format(&r, d->arena));
        resources_release(&r);
    }
}

static void note_acknowledge(struct desk *d,
                             const Mesos__V1__Scheduler__Call__Acknowledge *a)
{
    uint64_t stream, sequence;

    uuid_parse(a->uuid.data, &stream, &sequence);
    note(d, " %s %" PRIu64 "%s", a->task_id->value, sequence,
         a->up_to ? " up_to" : "");
}

static void note_subscribe(struct desk *d,
                           const Mesos__V1__Scheduler__Call *call)
{
    const Mesos__V1__Scheduler__Call__Subscribe *s = call->subscribe;

    note(d, " %s", call->framework_id ? call->framework_id->value : "-");
    for (size_t i = 0; i < s->n_suppressed_roles; i++)
        note(d, " suppressed %s", s->suppressed_roles[i]);
}

static void note_call(struct desk *d, const Mesos__V1__Scheduler__Call *call)
{
    const ProtobufCEnumValue *name = protobuf_c_enum_descriptor_get_value(
        &mesos__v1__scheduler__call__type__descriptor, (int)call->type);

    note(d, "> %s", name->name);
    if (call->type == CALL(SUBSCRIBE))
        note_subscribe(d, call);
    if (call->accept != NULL) {
        for (size_t i = 0; i < call->accept->n_offer_ids; i++)
            note(d, " %s", call->accept->offer_ids[i]->value);
        if (call->accept->gang_id != NULL)
            note(d, " gang %s", call->accept->gang_id);
        note_tasks(d, call->accept->operations[0]);
    }
    if (call->decline != NULL)
        note(d, " %s %g", call->decline->offer_ids[0]->value,
             call->decline->filters ? call->decline->filters->refuse_seconds
                                    : -1);
    if (call->acknowledge != NULL)
        note_acknowledge(d, call->acknowledge);
    if (call->kill != NULL)
        note(d, " %s", call->kill->task_id->value);
    if (call->reconcile != NULL)
        for (size_t i = 0; i < call->reconcile->n_tasks; i++)
            note(d, " %s", call->reconcile->tasks[i]->task_id->value);
    if (call->ticket != NULL)
        note(d, " %s", call->ticket->task_id->value);
    if (call->suppress != NULL && call->suppress->n_roles > 0)
        note(d, " %s", call->suppress->roles[0]);
    if (call->revive != NULL && call->revive->n_roles > 0)
        note(d, " %s", call->revive->roles[0]);
    if (call->request != NULL)
        note(d, " %s",
             call->request->requests[0]->ask
                 ? call->request->requests[0]->ask->id
                 : call->request->requests[0]->withdraw);
    note(d, "\n");
}

static void note_send(struct desk *d, const struct effect *e)
{
    if (frame_type_of(e->message) == FRAME_SCHEDULER_CALLS) {
        const Mezzo__SchedulerCalls *calls =
            (const Mezzo__SchedulerCalls *)e->message;

        assert(strcmp(e->peer, d->link) == 0);
        for (size_t i = 0; i < calls->n_calls; i++)
            note_call(d, calls->calls[i]);
    } else {
        const Mezzo__StreamCall *call = (const Mezzo__StreamCall *)e->message;

        note(d, "> %s %s %" PRIu64,
             call->type == MEZZO__STREAM_CALL__TYPE__OPEN     ? "open"
             : call->type == MEZZO__STREAM_CALL__TYPE__CREDIT ? "credit"
                                                              : "close",
             e->peer, call->stream);
        if (call->open != NULL)
            note(d, " %s from %" PRIu64 "%s", call->open->path,
                 call->open->offset, call->open->follow ? " follow" : "");
        note(d, "\n");
    }
}

static void note_effect(struct desk *d, const struct effect *e)
{
    switch (e->kind) {
    case EFFECT_SEND:
        note_send(d, e);
        break;
    case EFFECT_CONNECT:
        note(d, "> connect %s\n", e->connect.endpoint);
        if (strncmp(e->peer, "master", 6) == 0)
            snprintf(d->link, sizeof d->link, "%s", e->peer);
        break;
    case EFFECT_END_LINK:
        note(d, "> end %s: %s\n", e->peer, e->text);
        break;
    case EFFECT_STORE:
        for (size_t i = 0; i < e->store.ops_count; i++)
            note(d, "> store %" PRIu64 " %s %.*s\n", e->store.request,
                 e->store.ops[i].key, (int)e->store.ops[i].size,
                 e->store.ops[i].value ? (const char *)e->store.ops[i].value
                                       : "");
        break;
    case EFFECT_LOAD:
        note(d, "> load %" PRIu64 " %s\n", e->store.request, e->text);
        break;
    case EFFECT_STOP:
        note(d, "> stop %d\n", e->status);
        break;
    case EFFECT_LISTEN:
    case EFFECT_LOG:
    case EFFECT_LOCAL:
        break;
    }
}

void desk_step(struct desk *d, struct input input)
{
    struct effects fx = {.arena = d->arena};

    input.wall = 1000000 + d->now;
    d->machine.step(d->machine.core, &input, d->now, &fx);
    effects_foreach (e, &fx)
        note_effect(d, e);
    arena_reset(d->arena);
}

void desk_settle(struct desk *d)
{
    for (int i = 0; d->machine.deadline(d->machine.core) <= d->now; i++) {
        assert(i < 1000);
        desk_step(d, (struct input){.kind = INPUT_TIMEOUT});
    }
}

void desk_wait(struct desk *d, msec_t ms)
{
    msec_t until = d->now + ms, due;

    desk_settle(d);
    while ((due = d->machine.deadline(d->machine.core)) <= until) {
        d->now = due > d->now ? due : d->now;
        desk_settle(d);
    }
    d->now = until;
}

Mesos__V1__Scheduler__Event *desk_event(struct desk *d,
                                        Mesos__V1__Scheduler__Event__Type type)
{
    Mesos__V1__Scheduler__Event *event =
        message_new(d->arena, &mesos__v1__scheduler__event__descriptor);

    event->has_type = true;
    event->type = type;
    return event;
}

void desk_say(struct desk *d, Mesos__V1__Scheduler__Event *event)
{
    Mezzo__SchedulerEvents *events =
        message_new(d->arena, &mezzo__scheduler_events__descriptor);

    events->framework_id =
        message_new(d->arena, &mesos__v1__framework_id__descriptor);
    events->framework_id->value = arena_strdup(d->arena, "f1");
    events->events = arena_alloc(d->arena, sizeof *events->events);
    events->events[0] = event;
    events->n_events = 1;
    desk_step(d, (struct input){.kind = INPUT_RECEIVED,
                                .peer = d->link,
                                .type = FRAME_SCHEDULER_EVENTS,
                                .leader_epoch = 3,
                                .message = &events->base});
}

void desk_cut(struct desk *d, const char *reason)
{
    desk_step(d, (struct input){.kind = INPUT_LINK_ENDED,
                                .peer = d->link,
                                .reason = reason});
}

void desk_subscribed(struct desk *d, const char *framework_id)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(SUBSCRIBED));

    e->subscribed = message_new(
        d->arena, &mesos__v1__scheduler__event__subscribed__descriptor);
    e->subscribed->framework_id =
        message_new(d->arena, &mesos__v1__framework_id__descriptor);
    e->subscribed->framework_id->value = arena_strdup(d->arena, framework_id);
    desk_say(d, e);
}

static Mesos__V1__Offer *make_offer(struct desk *d,
                                    const char *id,
                                    const char *agent_id,
                                    const char *text)
{
    Mesos__V1__Offer *offer =
        message_new(d->arena, &mesos__v1__offer__descriptor);
    struct resources r;

    resources_init(&r);
    assert(resources_parse(&r, text, NULL) == 0);
    offer->id = message_new(d->arena, &mesos__v1__offer_id__descriptor);
    offer->id->value = arena_strdup(d->arena, id);
    offer->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    offer->agent_id->value = arena_strdup(d->arena, agent_id);
    offer->framework_id =
        message_new(d->arena, &mesos__v1__framework_id__descriptor);
    offer->framework_id->value = arena_strdup(d->arena, "f1");
    offer->hostname = arena_strdup(d->arena, "host");
    offer->resources =
        resources_to_wire(&r, "*", d->arena, &offer->n_resources);
    resources_release(&r);
    return offer;
}

void desk_offer(struct desk *d,
                const char *id,
                const char *agent_id,
                const char *text)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(OFFERS));

    e->offers =
        message_new(d->arena, &mesos__v1__scheduler__event__offers__descriptor);
    e->offers->offers = arena_alloc(d->arena, sizeof *e->offers->offers);
    e->offers->offers[0] = make_offer(d, id, agent_id, text);
    e->offers->n_offers = 1;
    desk_say(d, e);
}

void desk_offer_gang(struct desk *d, const char *gang_id, const char *text)
{
    static const char *const names[3][2] = {
        {"g1", "a1"}, {"g2", "a2"}, {"g3", "a3"}};
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(OFFERS));

    e->offers =
        message_new(d->arena, &mesos__v1__scheduler__event__offers__descriptor);
    e->offers->offers = arena_alloc(d->arena, 3 * sizeof *e->offers->offers);
    for (int i = 0; i < 3; i++) {
        e->offers->offers[i] = make_offer(d, names[i][0], names[i][1], text);
        e->offers->offers[i]->gang_id = arena_strdup(d->arena, gang_id);
    }
    e->offers->n_offers = 3;
    desk_say(d, e);
}

void desk_recall(struct desk *d,
                 const char *agent_id,
                 const char *first,
                 const char *second)
{
    const char *const ids[] = {first, second};
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(INVERSE_OFFERS));
    Mesos__V1__InverseOffer *o =
        message_new(d->arena, &mesos__v1__inverse_offer__descriptor);

    e->inverse_offers = message_new(
        d->arena, &mesos__v1__scheduler__event__inverse_offers__descriptor);
    e->inverse_offers->inverse_offers =
        arena_alloc(d->arena, sizeof *e->inverse_offers->inverse_offers);
    e->inverse_offers->inverse_offers[0] = o;
    e->inverse_offers->n_inverse_offers = 1;
    o->id = message_new(d->arena, &mesos__v1__offer_id__descriptor);
    o->id->value = arena_strdup(d->arena, "i1");
    o->framework_id =
        message_new(d->arena, &mesos__v1__framework_id__descriptor);
    o->framework_id->value = arena_strdup(d->arena, "f1");
    o->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    o->agent_id->value = arena_strdup(d->arena, agent_id);
    o->unavailability =
        message_new(d->arena, &mesos__v1__unavailability__descriptor);
    o->unavailability->start =
        message_new(d->arena, &mesos__v1__time_info__descriptor);
    o->unavailability->start->nanoseconds = (int64_t)77 * 1000000;
    o->has_reason = 1;
    o->reason = MESOS__V1__TASK_STATUS__REASON__REASON_CONTAINER_PREEMPTED;
    o->task_ids = arena_alloc(d->arena, 2 * sizeof *o->task_ids);
    for (; o->n_task_ids < 2; o->n_task_ids++) {
        o->task_ids[o->n_task_ids] =
            message_new(d->arena, &mesos__v1__task_id__descriptor);
        o->task_ids[o->n_task_ids]->value =
            arena_strdup(d->arena, ids[o->n_task_ids]);
    }
    desk_say(d, e);
}

void desk_rescind(struct desk *d, const char *id)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(RESCIND));

    e->rescind = message_new(d->arena,
                             &mesos__v1__scheduler__event__rescind__descriptor);
    e->rescind->offer_id =
        message_new(d->arena, &mesos__v1__offer_id__descriptor);
    e->rescind->offer_id->value = arena_strdup(d->arena, id);
    desk_say(d, e);
}

void desk_error(struct desk *d, const char *message)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(ERROR));

    e->error =
        message_new(d->arena, &mesos__v1__scheduler__event__error__descriptor);
    e->error->message = arena_strdup(d->arena, message);
    desk_say(d, e);
}

Mesos__V1__Scheduler__Event *desk_status(struct desk *d,
                                         const char *task_id,
                                         int state,
                                         uint64_t sequence)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(UPDATE));
    Mesos__V1__TaskStatus *status =
        message_new(d->arena, &mesos__v1__task_status__descriptor);

    e->update =
        message_new(d->arena, &mesos__v1__scheduler__event__update__descriptor);
    e->update->status = status;
    status->task_id = message_new(d->arena, &mesos__v1__task_id__descriptor);
    status->task_id->value = arena_strdup(d->arena, task_id);
    status->agent_id = message_new(d->arena, &mesos__v1__agent_id__descriptor);
    status->agent_id->value = arena_strdup(d->arena, "a1");
    status->state = (Mesos__V1__TaskState)state;
    if (sequence != 0) {
        status->has_uuid = true;
        status->uuid.len = UUID_SIZE;
        status->uuid.data = arena_alloc(d->arena, UUID_SIZE);
        uuid_make(77, sequence, status->uuid.data);
    } else {
        status->has_reason = true;
        status->reason = MESOS__V1__TASK_STATUS__REASON__REASON_RECONCILIATION;
    }
    return e;
}

void desk_update(struct desk *d,
                 const char *task_id,
                 int state,
                 uint64_t sequence)
{
    desk_say(d, desk_status(d, task_id, state, sequence));
}

void desk_ticket(struct desk *d, const char *task_id, const char *endpoint)
{
    Mesos__V1__Scheduler__Event *e = desk_event(d, EVENT(TICKET));

    e->ticket =
        message_new(d->arena, &mesos__v1__scheduler__event__ticket__descriptor);
    e->ticket->task_id = message_new(d->arena, &mesos__v1__task_id__descriptor);
    e->ticket->task_id->value = arena_strdup(d->arena, task_id);
    e->ticket->verb = MESOS__V1__TICKET_VERB__READ_OUTPUT;
    if (endpoint != NULL && strcmp(endpoint, "later") == 0) {
        e->ticket->failure = arena_strdup(d->arena, "its agent is away");
        e->ticket->has_later = e->ticket->later = true;
    } else if (endpoint != NULL) {
        e->ticket->endpoint = arena_strdup(d->arena, endpoint);
        e->ticket->has_ticket = true;
        e->ticket->ticket.data = (uint8_t *)arena_strdup(d->arena, "ticket");
        e->ticket->ticket.len = 6;
    }
    desk_say(d, e);
}

void desk_stored(struct desk *d,
                 uint64_t request,
                 enum store_outcome outcome,
                 const struct store_entry *entries,
                 size_t entries_count)
{
    const struct store_answer answer = {
        .outcome = outcome, .entries = entries, .entries_count = entries_count};

    desk_step(d, (struct input){.kind = INPUT_STORED,
                                .request = request,
                                .answer = &answer});
}

void desk_begin(struct desk *d, const struct mezzo_scheduler_options *options)
{
    desk_open(d, options);
    desk_step(d, (struct input){.kind = INPUT_STARTED});
    desk_subscribed(d, "f1");
    desk_settle(d);
    desk_forget(d);
}

struct mezzo_task desk_task(const char *id)
{
    return (struct mezzo_task){
        .id = id,
        .resources = {.cpu_milli = 1000, .memory_mb = 64},
        .command = {.shell = "true"},
    };
}

void desk_launch(struct desk *d, const char *task_id)
{
    const struct mezzo_task task = desk_task(task_id);
    char offer_id[64];

    snprintf(offer_id, sizeof offer_id, "offer-of-%s", task_id);
    desk_offer(d, offer_id, "a1", "cpus:1;mem:64");
    assert(mezzo_scheduler_accept(d->scheduler, offer_id, &task, 1) == 0);
    desk_settle(d);
    desk_forget(d);
}
