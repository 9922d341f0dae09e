/* subscription.c - every link begins with who we are; when the master has
 * answered, all that it may not know is said again. */

#include "libframework/subscription.h"

#include "base/message.h"

static void add_capability(Mesos__V1__FrameworkInfo *info,
                           Mesos__V1__FrameworkInfo__Capability__Type type,
                           struct arena *arena)
{
    Mesos__V1__FrameworkInfo__Capability *c =
        message_new(arena, &mesos__v1__framework_info__capability__descriptor);

    c->has_type = true;
    c->type = type;
    info->capabilities[info->n_capabilities++] = c;
}

static Mesos__V1__FrameworkID *write_id(const struct mezzo_scheduler *s,
                                        struct arena *arena)
{
    Mesos__V1__FrameworkID *id;

    if (s->framework_id[0] == '\0')
        return NULL;
    id = message_new(arena, &mesos__v1__framework_id__descriptor);
    id->value = arena_strdup(arena, s->framework_id);
    return id;
}

#define CAPABILITY(name) MESOS__V1__FRAMEWORK_INFO__CAPABILITY__TYPE__##name

static Mesos__V1__FrameworkInfo *write_info(const struct mezzo_scheduler *s,
                                            struct arena *arena)
{
    Mesos__V1__FrameworkInfo *info =
        message_new(arena, &mesos__v1__framework_info__descriptor);

    info->name = arena_strdup(arena, s->options.name);
    info->user = arena_strdup(arena, s->surroundings.user);
    info->id = write_id(s, arena);
    info->has_failover_timeout = true;
    info->failover_timeout = (double)s->options.failover_timeout_ms / 1000;
    info->has_checkpoint = info->checkpoint = true;
    if (s->options.principal != NULL)
        info->principal = arena_strdup(arena, s->options.principal);
    if (s->options.webui_url != NULL)
        info->webui_url = arena_strdup(arena, s->options.webui_url);
    info->capabilities = arena_alloc(arena, 5 * sizeof *info->capabilities);
    add_capability(info, CAPABILITY(PARTITION_AWARE), arena);
    add_capability(info, CAPABILITY(MULTI_ROLE), arena);
    add_capability(info, CAPABILITY(RESERVATION_REFINEMENT), arena);
    if (s->options.takes_killing_state)
        add_capability(info, CAPABILITY(TASK_KILLING_STATE), arena);
    if (s->options.takes_gpus)
        add_capability(info, CAPABILITY(GPU_RESOURCES), arena);
    info->roles = arena_alloc(arena, s->roles_count * sizeof *info->roles);
    for (size_t i = 0; i < s->roles_count; i++)
        info->roles[info->n_roles++] = arena_strdup(arena, s->roles[i].name);
    return info;
}

void subscription_ask(struct mezzo_scheduler *s, struct effects *fx)
{
    struct arena *arena = fx->arena;
    Mezzo__SchedulerCalls *frame =
        message_new(arena, &mezzo__scheduler_calls__descriptor);
    Mesos__V1__Scheduler__Call *call =
        message_new(arena, &mesos__v1__scheduler__call__descriptor);
    Mesos__V1__Scheduler__Call__Subscribe *subscribe =
        message_new(arena, &mesos__v1__scheduler__call__subscribe__descriptor);

    call->framework_id = write_id(s, arena);
    call->has_type = true;
    call->type = MESOS__V1__SCHEDULER__CALL__TYPE__SUBSCRIBE;
    call->subscribe = subscribe;
    subscribe->framework_info = write_info(s, arena);
    subscribe->suppressed_roles =
        arena_alloc(arena, s->roles_count * sizeof(char *));
    for (size_t i = 0; i < s->roles_count; i++) {
        s->roles[i].was_said = s->roles[i].is_suppressed;
        if (s->roles[i].is_suppressed)
            subscribe->suppressed_roles[subscribe->n_suppressed_roles++] =
                arena_strdup(arena, s->roles[i].name);
    }
    frame->calls = arena_alloc(arena, sizeof *frame->calls);
    frame->calls[0] = call;
    frame->n_calls = 1;
    effects_send(fx, masters_peer(s->masters), &frame->base);
    s->state = SCHEDULER_SUBSCRIBING;
}

/* The tasks of an earlier process of ours are not known to us. */
static void reconcile_all(struct mezzo_scheduler *s)
{
    Mesos__V1__Scheduler__Call *call =
        outbox_call(s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__RECONCILE,
                    s->framework_id);

    call->reconcile =
        message_new(outbox_arena(s->outbox),
                    &mesos__v1__scheduler__call__reconcile__descriptor);
    outbox_add(s->outbox, call);
}

void subscription_tear_down(struct mezzo_scheduler *s)
{
    outbox_add(s->outbox,
               outbox_call(s->outbox,
                           MESOS__V1__SCHEDULER__CALL__TYPE__TEARDOWN,
                           s->framework_id));
    s->teardown_due = MSEC_NEVER;
}

/* What has changed since we said it. */
static void tell_roles(struct mezzo_scheduler *s)
{
    for (size_t i = 0; i < s->roles_count; i++)
        if (s->roles[i].was_said != s->roles[i].is_suppressed)
            calls_send_role(s, s->roles[i].name, s->roles[i].is_suppressed);
}

void subscription_made(struct mezzo_scheduler *s, struct effects *fx)
{
    const struct mezzo_subscription subscription = {
        .framework_id = s->framework_id,
        .master = masters_endpoint(s->masters),
        .is_again = s->was_subscribed || s->is_resumed,
        .is_new_process = s->is_resumed && !s->was_subscribed,
    };

    s->state = SCHEDULER_SUBSCRIBED;
    s->was_subscribed = true;
    masters_settled(s->masters);
    scheduler_log(s, fx, MEZZO_LOG_NOTICE, "subscribed as %s", s->framework_id);
    if (s->leaving == LEAVING_TEARDOWN) {
        subscription_tear_down(s);
        return;
    }
    tell_roles(s);
    tasks_reconcile(s->tasks, s->now);
    asks_repeat(s->asks);
    readers_resume(s->readers);
    if (subscription.is_new_process)
        reconcile_all(s);
    if (s->callbacks->subscribed != NULL)
        s->callbacks->subscribed(s, &subscription, s->arg);
}
