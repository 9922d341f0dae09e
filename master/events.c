/* events.c - one function for each message; they decide nothing. */

#include "master/events.h"

#include <stdio.h>
#include <string.h>

#include "base/links.h"
#include "base/message.h"

typedef Mesos__V1__Scheduler__Event event;

Mesos__V1__FrameworkID *events_framework_id(struct arena *arena,
                                            const char *value)
{
    Mesos__V1__FrameworkID *id =
        message_new(arena, &mesos__v1__framework_id__descriptor);

    id->value = arena_strdup(arena, value);
    return id;
}

Mesos__V1__AgentID *events_agent_id(struct arena *arena, const char *value)
{
    Mesos__V1__AgentID *id =
        message_new(arena, &mesos__v1__agent_id__descriptor);

    id->value = arena_strdup(arena, value);
    return id;
}

Mesos__V1__TaskID *events_task_id(struct arena *arena, const char *value)
{
    Mesos__V1__TaskID *id = message_new(arena, &mesos__v1__task_id__descriptor);

    id->value = arena_strdup(arena, value);
    return id;
}

static Mesos__V1__ExecutorID *executor_id_of(struct arena *arena,
                                             const char *value)
{
    Mesos__V1__ExecutorID *id =
        message_new(arena, &mesos__v1__executor_id__descriptor);

    id->value = arena_strdup(arena, value);
    return id;
}

Mesos__V1__MasterInfo *events_master_info(const struct master *m,
                                          struct arena *arena)
{
    Mesos__V1__MasterInfo *info =
        message_new(arena, &mesos__v1__master_info__descriptor);
    char id[64];

    snprintf(id, sizeof id, "%s-%llu", m->cluster_id,
             (unsigned long long)m->epoch);
    info->id = arena_strdup(arena, id);
    info->pid = arena_strdup(arena, m->options.address);
    info->hostname = arena_strdup(arena, m->options.hostname);
    info->version = arena_strdup(arena, m->options.version);
    return info;
}

static event *event_new(struct turn *t, Mesos__V1__Scheduler__Event__Type type)
{
    event *e = message_new(t->arena, &mesos__v1__scheduler__event__descriptor);

    e->has_type = 1;
    e->type = type;
    return e;
}

static void post_event(struct turn *t, struct framework *framework, event *e)
{
    outbox_post(t->m->outbox, &framework->mailbox, t->arena, e);
}

void events_subscribed(struct turn *t, struct framework *framework)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__SUBSCRIBED);

    e->subscribed = message_new(
        t->arena, &mesos__v1__scheduler__event__subscribed__descriptor);
    e->subscribed->framework_id = events_framework_id(t->arena, framework->id);
    e->subscribed->has_heartbeat_interval_seconds = 1;
    e->subscribed->heartbeat_interval_seconds =
        (double)links_defaults.heartbeat_ms / 1000;
    e->subscribed->master_info = events_master_info(t->m, t->arena);
    post_event(t, framework, e);
}

Mesos__V1__Offer *events_describe_offer(const struct offer *offer,
                                        msec_t lease_ms,
                                        struct arena *arena)
{
    Mesos__V1__Offer *o = message_new(arena, &mesos__v1__offer__descriptor);
    const Mesos__V1__AgentInfo *info = offer->agent->info;

    o->id = message_new(arena, &mesos__v1__offer_id__descriptor);
    o->id->value = arena_strdup(arena, offer->id);
    o->framework_id = events_framework_id(arena, offer->framework->id);
    o->agent_id = events_agent_id(arena, offer->agent->id);
    o->hostname = arena_strdup(arena, info->hostname);
    o->resources = resources_to_wire(&offer->resources, offer->role, arena,
                                     &o->n_resources);
    /* Packed within this step: what the agent's entry owns may be lent. */
    o->attributes = info->attributes;
    o->n_attributes = info->n_attributes;
    o->allocation_info =
        message_new(arena, &mesos__v1__resource__allocation_info__descriptor);
    o->allocation_info->role = arena_strdup(arena, offer->role);
    if (offer->ask_id != NULL)
        o->ask_id = arena_strdup(arena, offer->ask_id);
    if (offer->gang_id != NULL)
        o->gang_id = arena_strdup(arena, offer->gang_id);
    o->ask_counts =
        arena_alloc(arena, offer->slots_count * sizeof *o->ask_counts);
    o->n_ask_counts = offer->slots_count;
    for (size_t i = 0; i < offer->slots_count; i++)
        o->ask_counts[i] = offer->slots[i].granted;
    o->has_lease_seconds = 1;
    o->lease_seconds = (double)lease_ms / 1000;
    return o;
}

void events_offers(struct turn *t,
                   struct framework *framework,
                   struct offer *const *offers,
                   size_t count)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__OFFERS);

    e->offers =
        message_new(t->arena, &mesos__v1__scheduler__event__offers__descriptor);
    e->offers->offers =
        arena_alloc(t->arena, count * sizeof *e->offers->offers);
    for (size_t i = 0; i < count; i++)
        e->offers->offers[i] = events_describe_offer(
            offers[i], t->m->options.offer_lease_ms, t->arena);
    e->offers->n_offers = count;
    post_event(t, framework, e);
}

void events_rescind(struct turn *t,
                    struct framework *framework,
                    const char *offer_id)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__RESCIND);

    e->rescind = message_new(t->arena,
                             &mesos__v1__scheduler__event__rescind__descriptor);
    e->rescind->offer_id =
        message_new(t->arena, &mesos__v1__offer_id__descriptor);
    e->rescind->offer_id->value = arena_strdup(t->arena, offer_id);
    post_event(t, framework, e);
}

void events_failure(struct turn *t,
                    struct framework *framework,
                    const char *agent_id,
                    const char *executor_id,
                    const int32_t *status)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__FAILURE);

    e->failure = message_new(t->arena,
                             &mesos__v1__scheduler__event__failure__descriptor);
    e->failure->agent_id = events_agent_id(t->arena, agent_id);
    if (executor_id != NULL)
        e->failure->executor_id = executor_id_of(t->arena, executor_id);
    if (status != NULL) {
        e->failure->has_status = 1;
        e->failure->status = *status;
    }
    post_event(t, framework, e);
}

void events_message(struct turn *t,
                    struct framework *framework,
                    const char *agent_id,
                    const char *executor_id,
                    ProtobufCBinaryData data)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__MESSAGE);

    e->message = message_new(t->arena,
                             &mesos__v1__scheduler__event__message__descriptor);
    e->message->agent_id = events_agent_id(t->arena, agent_id);
    e->message->executor_id = executor_id_of(t->arena, executor_id);
    e->message->data = data;
    post_event(t, framework, e);
}

void events_error(struct turn *t,
                  struct framework *framework,
                  const char *message)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__ERROR);

    e->error =
        message_new(t->arena, &mesos__v1__scheduler__event__error__descriptor);
    e->error->message = arena_strdup(t->arena, message);
    post_event(t, framework, e);
}

void events_ask_updated(struct turn *t,
                        struct framework *framework,
                        Mesos__V1__Scheduler__Event__AskUpdated *updated)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__ASK_UPDATED);

    e->ask_updated = updated;
    post_event(t, framework, e);
}

void events_forward(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__TaskStatus *status)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__UPDATE);

    e->update =
        message_new(t->arena, &mesos__v1__scheduler__event__update__descriptor);
    e->update->status = (Mesos__V1__TaskStatus *)(uintptr_t)status;
    post_event(t, framework, e);
}

void events_status(struct turn *t,
                   struct framework *framework,
                   const struct status_said *said)
{
    Mesos__V1__TaskStatus *status =
        message_new(t->arena, &mesos__v1__task_status__descriptor);

    status->task_id = events_task_id(t->arena, said->task_id);
    status->state = (Mesos__V1__TaskState)said->state;
    if (said->agent_id != NULL)
        status->agent_id = events_agent_id(t->arena, said->agent_id);
    status->has_source = 1;
    status->source = MESOS__V1__TASK_STATUS__SOURCE__SOURCE_MASTER;
    status->has_reason = 1;
    status->reason = said->reason;
    status->has_timestamp = 1;
    status->timestamp = (double)t->input->wall / 1000;
    if (said->message != NULL)
        status->message = arena_strdup(t->arena, said->message);
    if (said->state == TASK_UNREACHABLE) {
        status->unreachable_time =
            message_new(t->arena, &mesos__v1__time_info__descriptor);
        status->unreachable_time->nanoseconds = t->input->wall * 1000000;
    }
    events_forward(t, framework, status);
}

static Mezzo__AgentEvent *order_new(struct turn *t,
                                    const struct agent *agent,
                                    Mezzo__AgentEvent__Type type)
{
    Mezzo__AgentEvent *e =
        message_new(t->arena, &mezzo__agent_event__descriptor);

    e->type = type;
    e->agent_id = events_agent_id(t->arena, agent->id);
    return e;
}

static void post_order(struct turn *t,
                       struct agent *agent,
                       Mezzo__AgentEvent *e)
{
    /* Before it knows that it is one of us it listens to little; what it does
     * not hear now is said again then. */
    if ((agent->state == AGENT_ADMITTING || agent->state == AGENT_RETURNING) &&
        e->type != MEZZO__AGENT_EVENT__TYPE__SEND_TASKS &&
        e->type != MEZZO__AGENT_EVENT__TYPE__SHUTDOWN)
        return;
    outbox_post(t->m->outbox, &agent->mailbox, t->arena, e);
}

void events_registered(struct turn *t, struct agent *agent)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__REGISTERED);
    uint8_t *key = arena_alloc(t->arena, TICKET_KEY_SIZE);

    ticket_key_derive(t->m->options.secret, agent->id, key);
    e->registered =
        message_new(t->arena, &mezzo__agent_event__registered__descriptor);
    e->registered->agent_id = events_agent_id(t->arena, agent->id);
    e->registered->cluster_id = arena_strdup(t->arena, t->m->cluster_id);
    e->registered->has_ticket_key = 1;
    e->registered->ticket_key = (ProtobufCBinaryData){TICKET_KEY_SIZE, key};
    post_order(t, agent, e);
}

static Mezzo__AgentEvent *launch_new(struct turn *t,
                                     const struct agent *agent,
                                     const struct framework *framework,
                                     Mesos__V1__TaskInfo **tasks,
                                     size_t count)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__LAUNCH);

    e->launch = message_new(t->arena, &mezzo__agent_event__launch__descriptor);
    e->launch->framework = framework->info;
    e->launch->tasks = tasks;
    e->launch->n_tasks = count;
    return e;
}

void events_launch(struct turn *t,
                   struct agent *agent,
                   const struct framework *framework,
                   Mesos__V1__TaskInfo **tasks,
                   size_t count)
{
    post_order(t, agent, launch_new(t, agent, framework, tasks, count));
}

void events_prepare(struct turn *t,
                    struct agent *agent,
                    const struct framework *framework,
                    Mesos__V1__TaskInfo **tasks,
                    size_t count,
                    const char *gang_id,
                    size_t gang_tasks_count)
{
    Mezzo__AgentEvent *e = launch_new(t, agent, framework, tasks, count);

    e->launch->gang_id = arena_strdup(t->arena, gang_id);
    e->launch->has_gang_tasks_count = 1;
    e->launch->gang_tasks_count = (uint32_t)gang_tasks_count;
    post_order(t, agent, e);
}

void events_gang(struct turn *t,
                 struct agent *agent,
                 const char *framework_id,
                 const char *gang_id,
                 const char *reason)
{
    Mezzo__AgentEvent *e = order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__GANG);

    e->gang = message_new(t->arena, &mezzo__agent_event__gang__descriptor);
    e->gang->framework_id = events_framework_id(t->arena, framework_id);
    e->gang->gang_id = arena_strdup(t->arena, gang_id);
    if (reason != NULL)
        e->gang->reason = arena_strdup(t->arena, reason);
    post_order(t, agent, e);
}

void events_peer(struct turn *t,
                 struct agent *agent,
                 Mezzo__AgentEvent__Peer *peer)
{
    Mezzo__AgentEvent *e = order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__PEER);

    e->peer = peer;
    post_order(t, agent, e);
}

void events_network(struct turn *t,
                    struct agent *agent,
                    Mezzo__AgentEvent__Network *network)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__NETWORK);

    e->network = network;
    post_order(t, agent, e);
}

void events_kill(struct turn *t,
                 const struct task *task,
                 Mesos__V1__KillPolicy *policy)
{
    Mezzo__AgentEvent *e =
        order_new(t, task->agent, MEZZO__AGENT_EVENT__TYPE__KILL);

    e->kill = message_new(t->arena, &mezzo__agent_event__kill__descriptor);
    e->kill->framework_id = events_framework_id(t->arena, task->framework->id);
    e->kill->task_id = events_task_id(t->arena, task->id);
    e->kill->kill_policy = policy;
    post_order(t, task->agent, e);
}

static Mesos__V1__DurationInfo *duration(struct turn *t, msec_t ms)
{
    Mesos__V1__DurationInfo *d =
        message_new(t->arena, &mesos__v1__duration_info__descriptor);

    d->nanoseconds = ms * 1000000;
    return d;
}

void events_kill_later(struct turn *t,
                       const struct task *task,
                       Mesos__V1__TaskStatus__Reason reason,
                       msec_t after_ms)
{
    Mezzo__AgentEvent *e =
        order_new(t, task->agent, MEZZO__AGENT_EVENT__TYPE__KILL);

    e->kill = message_new(t->arena, &mezzo__agent_event__kill__descriptor);
    e->kill->framework_id = events_framework_id(t->arena, task->framework->id);
    e->kill->task_id = events_task_id(t->arena, task->id);
    e->kill->has_reason = 1;
    e->kill->reason = reason;
    e->kill->after = duration(t, after_ms);
    post_order(t, task->agent, e);
}

void events_recall(struct turn *t,
                   struct task *const *tasks,
                   size_t count,
                   Mesos__V1__TaskStatus__Reason reason,
                   msec_t after_ms)
{
    event *e = event_new(t, MESOS__V1__SCHEDULER__EVENT__TYPE__INVERSE_OFFERS);
    Mesos__V1__InverseOffer *o =
        message_new(t->arena, &mesos__v1__inverse_offer__descriptor);
    char id[96];

    snprintf(id, sizeof id, "%s-%llu-R%llu", t->m->cluster_id,
             (unsigned long long)t->m->epoch,
             (unsigned long long)++t->m->offers_numbered);
    o->id = message_new(t->arena, &mesos__v1__offer_id__descriptor);
    o->id->value = arena_strdup(t->arena, id);
    o->framework_id = events_framework_id(t->arena, tasks[0]->framework->id);
    o->agent_id = events_agent_id(t->arena, tasks[0]->agent->id);
    o->unavailability =
        message_new(t->arena, &mesos__v1__unavailability__descriptor);
    o->unavailability->start =
        message_new(t->arena, &mesos__v1__time_info__descriptor);
    o->unavailability->start->nanoseconds =
        (t->input->wall + after_ms) * 1000000;
    o->has_reason = 1;
    o->reason = reason;
    o->task_ids = arena_alloc(t->arena, count * sizeof *o->task_ids);
    o->n_task_ids = count;
    for (size_t i = 0; i < count; i++)
        o->task_ids[i] = events_task_id(t->arena, tasks[i]->id);
    e->inverse_offers = message_new(
        t->arena, &mesos__v1__scheduler__event__inverse_offers__descriptor);
    e->inverse_offers->inverse_offers =
        arena_alloc(t->arena, sizeof *e->inverse_offers->inverse_offers);
    e->inverse_offers->inverse_offers[0] = o;
    e->inverse_offers->n_inverse_offers = 1;
    post_event(t, tasks[0]->framework, e);
}

void events_acknowledge(struct turn *t,
                        struct agent *agent,
                        const char *framework_id,
                        const char *task_id,
                        ProtobufCBinaryData uuid,
                        bool up_to)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__ACKNOWLEDGE);
    Mezzo__AgentEvent__Acknowledge *a =
        message_new(t->arena, &mezzo__agent_event__acknowledge__descriptor);

    a->framework_id = events_framework_id(t->arena, framework_id);
    a->task_id = events_task_id(t->arena, task_id);
    a->uuid = uuid;
    a->has_up_to = up_to;
    a->up_to = up_to;
    e->acknowledge = a;
    post_order(t, agent, e);
}

void events_reconcile(struct turn *t,
                      struct agent *agent,
                      const char *framework_id,
                      const struct task *const *tasks,
                      size_t count)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__RECONCILE);
    Mezzo__AgentEvent__Reconcile *r =
        message_new(t->arena, &mezzo__agent_event__reconcile__descriptor);

    r->framework_id = events_framework_id(t->arena, framework_id);
    r->task_ids = arena_alloc(t->arena, count * sizeof *r->task_ids);
    for (size_t i = 0; i < count; i++)
        r->task_ids[i] = events_task_id(t->arena, tasks[i]->id);
    r->n_task_ids = count;
    e->reconcile = r;
    post_order(t, agent, e);
}

void events_shutdown_framework(struct turn *t,
                               struct agent *agent,
                               const char *framework_id)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_FRAMEWORK);

    e->shutdown_framework = message_new(
        t->arena, &mezzo__agent_event__shutdown_framework__descriptor);
    e->shutdown_framework->framework_id =
        events_framework_id(t->arena, framework_id);
    post_order(t, agent, e);
}

void events_shutdown(struct turn *t, struct agent *agent, const char *reason)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN);

    e->shutdown =
        message_new(t->arena, &mezzo__agent_event__shutdown__descriptor);
    e->shutdown->reason = arena_strdup(t->arena, reason);
    post_order(t, agent, e);
}

void events_to_executor(struct turn *t,
                        struct agent *agent,
                        const char *framework_id,
                        const char *executor_id,
                        const ProtobufCBinaryData *data)
{
    Mezzo__AgentEvent *e =
        order_new(t, agent, MEZZO__AGENT_EVENT__TYPE__SHUTDOWN_EXECUTOR);

    if (data == NULL) {
        e->shutdown_executor = message_new(
            t->arena, &mezzo__agent_event__shutdown_executor__descriptor);
        e->shutdown_executor->framework_id =
            events_framework_id(t->arena, framework_id);
        e->shutdown_executor->executor_id =
            executor_id_of(t->arena, executor_id);
    } else {
        e->type = MEZZO__AGENT_EVENT__TYPE__MESSAGE;
        e->message =
            message_new(t->arena, &mezzo__agent_event__message__descriptor);
        e->message->framework_id = events_framework_id(t->arena, framework_id);
        e->message->executor_id = executor_id_of(t->arena, executor_id);
        e->message->data = *data;
    }
    post_order(t, agent, e);
}
