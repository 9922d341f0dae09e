/* dialogue.c - calls checked against the executor whose link it is; events,
 * each in a frame of its own. */

#include "agent/dialogue.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "agent/channels.h"
#include "agent/events.h"
#include "agent/identity.h"
#include "agent/inboxes.h"
#include "agent/outbox.h"
#include "agent/processes.h"
#include "agent/runs.h"
#include "agent/tasks.h"
#include "agent/updates.h"
#include "agent/verdict.h"
#include "base/memory.h"
#include "base/message.h"

#define NANOSECONDS_PER_MS 1000000
#define BIT(state) (1u << (state))

/* What an executor may say of its task. */
static const unsigned may_tell =
    BIT(TASK_STARTING) | BIT(TASK_RUNNING) | BIT(TASK_KILLING) |
    BIT(TASK_FINISHED) | BIT(TASK_FAILED) | BIT(TASK_KILLED) | BIT(TASK_ERROR) |
    BIT(TASK_DROPPED) | BIT(TASK_GONE);

static struct executor *find_by_peer(const struct roster *r, const char *peer)
{
    struct executor *e;

    TAILQ_FOREACH (e, &r->executors, entry)
        if (e->peer != NULL && strcmp(e->peer, peer) == 0)
            return e;
    return NULL;
}

static Mesos__V1__TaskID *task_id(const struct task *t, struct arena *arena)
{
    Mesos__V1__TaskID *id = message_new(arena, &mesos__v1__task_id__descriptor);

    id->value = arena_strdup(arena, t->id);
    return id;
}

/* Where its output goes, and from where its input comes. */
static void order_directory(const struct task *t, struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);
    struct order *o = runs_order(t->executor->key, ORDER_TASK, step);

    o->path = arena_strdup(step->fx->arena, t->id);
    o->has_input = info->has_input && info->input;
}

void dialogue_deliver(struct task *t, struct step *step)
{
    Mesos__V1__Executor__Event *event;

    if (t->executor->peer == NULL || !t->run.is_recorded || t->gang != NULL)
        return;
    order_directory(t, step);
    event = events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__LAUNCH, step);
    event->launch = message_new(
        step->fx->arena, &mesos__v1__executor__event__launch__descriptor);
    event->launch->task = roster_task_info(t, step->fx->arena);
    events_send(t->executor, event, step);
    t->is_delivered = t->executor->has_worked = true;
}

void dialogue_kill(struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event;
    Mesos__V1__KillPolicy *policy;

    if (t->executor->peer == NULL)
        return;
    event = events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__KILL, step);
    event->kill =
        message_new(arena, &mesos__v1__executor__event__kill__descriptor);
    event->kill->task_id = task_id(t, arena);
    policy = message_new(arena, &mesos__v1__kill_policy__descriptor);
    policy->grace_period =
        message_new(arena, &mesos__v1__duration_info__descriptor);
    policy->grace_period->nanoseconds = t->grace_ms * NANOSECONDS_PER_MS;
    event->kill->kill_policy = policy;
    events_send(t->executor, event, step);
}

static void acknowledge(const struct executor *e,
                        const char *id,
                        ProtobufCBinaryData uuid,
                        struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event;

    if (uuid.len == 0 || e->peer == NULL)
        return;
    event = events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__ACKNOWLEDGED, step);
    event->acknowledged = message_new(
        arena, &mesos__v1__executor__event__acknowledged__descriptor);
    event->acknowledged->task_id =
        message_new(arena, &mesos__v1__task_id__descriptor);
    event->acknowledged->task_id->value = arena_strdup(arena, id);
    event->acknowledged->uuid.len = uuid.len;
    event->acknowledged->uuid.data = arena_alloc(arena, uuid.len);
    memcpy(event->acknowledged->uuid.data, uuid.data, uuid.len);
    events_send(e, event, step);
}

void dialogue_acknowledge(const struct task *t,
                          ProtobufCBinaryData uuid,
                          struct step *step)
{
    if (t->executor != NULL)
        acknowledge(t->executor, t->id, uuid, step);
}

void dialogue_message(struct executor *e,
                      ProtobufCBinaryData data,
                      struct step *step)
{
    Mesos__V1__Executor__Event *event;

    if (e->peer == NULL || data.len > OUTBOX_RECORD_MAX) {
        effects_log(step->fx, LOG_LEVEL_NOTICE,
                    "%s: a message of %zu bytes is dropped, %s", e->key,
                    data.len,
                    e->peer == NULL ? "it has not subscribed" : "too long");
        return;
    }
    event = events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__MESSAGE, step);
    event->message = message_new(
        step->fx->arena, &mesos__v1__executor__event__message__descriptor);
    event->message->data = data;
    events_send(e, event, step);
}

void dialogue_shut_down(struct executor *e, struct step *step)
{
    if (e->peer != NULL)
        events_send(
            e, events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__SHUTDOWN, step),
            step);
}

static void set_peer(struct executor *e, const char *peer)
{
    free(e->peer);
    e->peer = memory_strdup(peer);
}

void dialogue_close(struct executor *e, struct step *step)
{
    if (e->peer != NULL)
        effects_end_link(step->fx, e->peer, "%s: its process ended", e->key);
    set_peer(e, NULL);
}

struct executor *dialogue_link_ended(const char *peer, struct step *step)
{
    struct executor *e = find_by_peer(step->roster, peer);

    if (e != NULL)
        set_peer(e, NULL);
    return e;
}

/* NULL, or why the update is none that its executor may make. */
static const char *update_fault(const struct executor *e,
                                const Mesos__V1__TaskStatus *status,
                                const struct task *t)
{
    if ((unsigned)status->state >= TASK_STATES_COUNT ||
        (may_tell >> status->state & 1) == 0)
        return "an update with a state that is not an executor's to tell";
    if (protobuf_c_message_get_packed_size(&status->base) >
        OUTBOX_RECORD_MAX - 4096)
        return "an update that is too long";
    if (t != NULL && t->executor != e)
        return "an update of a task that is not its";
    return NULL;
}

static void pass_on(struct task *t,
                    const Mesos__V1__TaskStatus *status,
                    struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__TaskStatus *own = arena_alloc(arena, sizeof *own);
    ProtobufCBinaryData uuid = status->uuid;

    *own = *status;
    own->has_source = true;
    own->source = MESOS__V1__TASK_STATUS__SOURCE__SOURCE_EXECUTOR;
    own->agent_id = NULL;
    own->executor_id = message_new(arena, &mesos__v1__executor_id__descriptor);
    own->executor_id->value = arena_strdup(arena, t->executor->id);
    if (!status->has_uuid)
        uuid.len = 0;
    /* It did as it was told; why it was told so is ours to say. */
    if (t->cause != END_NONE &&
        own->state == MESOS__V1__TASK_STATE__TASK_KILLED)
        verdict_of_cause(own, t->cause);
    /* Its framework may have had it ended for what came of that. */
    if (t->executor->is_out_of_memory &&
        (t->cause == END_NONE || t->cause == END_ASKED))
        verdict_of_memory(own);
    if (task_has_ended((enum task_state)own->state)) {
        tasks_end(t, own, uuid, step);
        return;
    }
    updates_make(t, own, uuid, step);
    if (t->state == TASK_RUNNING && t->started_wall == 0)
        tasks_count_walltime(t, step);
}

static const char *take_update(struct executor *e,
                               const Mesos__V1__TaskStatus *status,
                               struct step *step)
{
    struct task *t = roster_find_task(step->roster, e->framework->id,
                                      status->task_id->value);
    const char *fault = update_fault(e, status, t);

    if (fault != NULL)
        return fault;
    /* What was said before is not said again, only confirmed: it is journaled,
     * or its task is over. */
    if (t == NULL ||
        !task_may_become(t->state, (enum task_state)status->state) ||
        (t->updates_count >= UPDATES_OF_TASK_MAX &&
         !task_has_ended((enum task_state)status->state))) {
        if (status->has_uuid)
            acknowledge(e, status->task_id->value, status->uuid, step);
        return NULL;
    }
    pass_on(t, status, step);
    return NULL;
}

static void tell_subscribed(struct executor *e, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__Executor__Event *event =
        events_new(MESOS__V1__EXECUTOR__EVENT__TYPE__SUBSCRIBED, step);
    Mesos__V1__AgentInfo *agent =
        message_new(arena, &mesos__v1__agent_info__descriptor);

    agent->hostname = arena_strdup(arena, step->options->hostname);
    if (step->identity->agent_id != NULL) {
        agent->id = message_new(arena, &mesos__v1__agent_id__descriptor);
        agent->id->value = arena_strdup(arena, step->identity->agent_id);
    }
    event->subscribed =
        message_new(arena, &mesos__v1__executor__event__subscribed__descriptor);
    event->subscribed->executor_info = roster_executor_info(e, arena);
    event->subscribed->framework_info =
        roster_framework_info(e->framework, arena);
    event->subscribed->agent_info = agent;
    if (step->options->boot_id != NULL)
        event->subscribed->boot_id =
            arena_strdup(arena, step->options->boot_id);
    if (step->options->network_namespace != NULL)
        event->subscribed->network_namespace =
            arena_strdup(arena, step->options->network_namespace);
    events_send(e, event, step);
}

static bool knows(const Mesos__V1__Executor__Call__Subscribe *subscribe,
                  const struct task *t)
{
    for (size_t i = 0;
         subscribe != NULL && i < subscribe->n_unacknowledged_tasks; i++)
        if (strcmp(subscribe->unacknowledged_tasks[i]->task_id->value, t->id) ==
            0)
            return true;
    return false;
}

static void deliver_all(struct executor *e,
                        const Mesos__V1__Executor__Call__Subscribe *subscribe,
                        struct step *step)
{
    struct task *t;

    TAILQ_FOREACH (t, &e->tasks, of_executor) {
        if (task_has_ended(t->state))
            continue;
        /* One of which nothing was heard may have been lost on its way. */
        if (t->state == TASK_STAGING && !knows(subscribe, t))
            dialogue_deliver(t, step);
        else
            t->is_delivered = true;
        if (t->cause != END_NONE)
            dialogue_kill(t, step);
    }
    if (e->was_asked)
        dialogue_shut_down(e, step);
}

static const char *subscribe(struct executor *e,
                             const char *peer,
                             const Mesos__V1__Executor__Call__Subscribe *call,
                             struct step *step)
{
    const char *fault = NULL;

    if (e->peer != NULL && strcmp(e->peer, peer) != 0)
        effects_end_link(step->fx, e->peer, "%s: subscribed anew", e->key);
    set_peer(e, peer);
    e->has_subscribed = true;
    deadlines_cancel(step->deadlines, &e->subscribe);
    tell_subscribed(e, step);
    for (size_t i = 0;
         fault == NULL && call != NULL && i < call->n_unacknowledged_updates;
         i++)
        fault = take_update(e, call->unacknowledged_updates[i]->status, step);
    if (fault != NULL)
        return fault;
    processes_subscribed(e, call, step);
    deliver_all(e, call, step);
    return NULL;
}

static const char *send_message(const struct executor *e,
                                ProtobufCBinaryData data,
                                struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__AgentCall *call =
        outbox_call(MEZZO__AGENT_CALL__TYPE__MESSAGE, step);
    Mezzo__AgentCall__Message *message =
        message_new(arena, &mezzo__agent_call__message__descriptor);

    if (data.len > OUTBOX_RECORD_MAX - 4096)
        return "a message that is too long";
    message->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    message->framework_id->value = arena_strdup(arena, e->framework->id);
    message->executor_id =
        message_new(arena, &mesos__v1__executor_id__descriptor);
    message->executor_id->value = arena_strdup(arena, e->id);
    message->data = data;
    call->message = message;
    outbox_put(step->outbox, call, step);
    return NULL;
}

static const char *take_call(struct executor *e,
                             const char *peer,
                             const Mesos__V1__Executor__Call *call,
                             struct step *step)
{
    const char *missing = "a call without what its type says";

    if (strcmp(call->framework_id->value, e->framework->id) != 0 ||
        strcmp(call->executor_id->value, e->id) != 0)
        return "a call in another executor's name";
    if (!call->has_type)
        return "a call without a type";
    switch (call->type) {
    case MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE:
        return subscribe(e, peer, call->subscribe, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__UPDATE:
        if (call->update == NULL)
            return "an update without a status";
        return take_update(e, call->update->status, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__MESSAGE:
        if (call->message == NULL)
            return "a message without data";
        return send_message(e, call->message->data, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__SPAWN:
        return call->spawn == NULL ? missing
                                   : processes_spawn(e, call->spawn, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__SIGNAL:
        return call->signal == NULL ? missing
                                    : processes_signal(e, call->signal, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__RELEASE:
        return call->release == NULL
                   ? missing
                   : processes_release(e, call->release, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__PEER_SEND:
        return call->peer_send == NULL
                   ? missing
                   : channels_send(e, call->peer_send, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__PEER_TAKE:
        return call->peer_take == NULL ? missing
                                       : inboxes_take(e, call->peer_take, step);
    case MESOS__V1__EXECUTOR__CALL__TYPE__HEARTBEAT:
        return NULL;
    case MESOS__V1__EXECUTOR__CALL__TYPE__UNKNOWN:
    case _MESOS__V1__EXECUTOR__CALL__TYPE_IS_INT_SIZE:
        break;
    }
    return "a call of an unknown type";
}

static bool is_token(const struct executor *e, const char *token)
{
    return strlen(token) == strlen(e->token) &&
           sodium_memcmp(token, e->token, strlen(e->token)) == 0;
}

/* Whose link a new one is; NULL and `*fault`. */
static struct executor *admit(const Mezzo__ExecutorCalls *calls,
                              const char **fault,
                              struct step *step)
{
    const Mesos__V1__Executor__Call *first;
    struct executor *e;

    *fault = "it does not begin with a token and SUBSCRIBE";
    if (calls->token == NULL || calls->n_calls == 0)
        return NULL;
    first = calls->calls[0];
    if (!first->has_type ||
        first->type != MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE)
        return NULL;
    *fault = "no executor of ours has that token";
    e = roster_find_executor(step->roster, first->framework_id->value,
                             first->executor_id->value);
    if (e == NULL || !is_token(e, calls->token))
        return NULL;
    *fault = "its process has ended";
    if (e->run.phase != RUN_LAUNCHING && e->run.phase != RUN_ADOPTING &&
        e->run.phase != RUN_ALIVE)
        return NULL;
    *fault = NULL;
    return e;
}

void dialogue_receive(const char *peer,
                      const Mezzo__ExecutorCalls *calls,
                      struct step *step)
{
    struct executor *e = find_by_peer(step->roster, peer);
    const char *fault = NULL;

    if (e == NULL)
        e = admit(calls, &fault, step);
    for (size_t i = 0; e != NULL && fault == NULL && i < calls->n_calls; i++)
        fault = take_call(e, peer, calls->calls[i], step);
    if (e == NULL || fault != NULL)
        effects_end_link(step->fx, peer, "executor: %s", fault);
}
