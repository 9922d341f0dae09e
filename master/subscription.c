/* subscription.c - a framework's life: each step of it is stored first. */

#include "master/subscription.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/message.h"
#include "base/role.h"
#include "master/events.h"
#include "master/history.h"
#include "master/holdings.h"
#include "master/muster.h"
#include "master/records.h"

enum {
    ROLES_MAX = 256 /* of a framework */
};

/* NULL, or what is wrong with what a framework says of itself. */
static const char removed[] = "Framework has been removed";

static const char *refuse_info(const Mesos__V1__FrameworkInfo *info)
{
    int64_t ignored;

    if (info->name[0] == '\0')
        return "framework_info.name is empty";
    if (info->user[0] == '\0')
        return "framework_info.user is empty";
    if (info->n_roles > ROLES_MAX)
        return "framework_info.roles: too many";
    for (size_t i = 0; i < info->n_roles; i++)
        if (!role_is_valid(info->roles[i]))
            return "framework_info.roles: not the name of a role";
    if (info->role != NULL && !role_is_valid(info->role))
        return "framework_info.role: not the name of a role";
    if (info->has_failover_timeout &&
        !milli_from_double(info->failover_timeout, &ignored))
        return "framework_info.failover_timeout is no duration";
    return NULL;
}

static msec_t failover_timeout_of(const struct turn *t,
                                  const struct framework *framework)
{
    int64_t milliseconds;

    if (framework->info->has_failover_timeout &&
        milli_from_double(framework->info->failover_timeout, &milliseconds))
        return milliseconds;
    return t->m->options.failover_timeout_ms;
}

/* The deadline by which it must be back runs from now, also for whoever takes
 * over from us. */
static void begin_absence(struct turn *t, struct framework *framework)
{
    msec_t timeout_ms = failover_timeout_of(t, framework);

    framework->state = FRAMEWORK_DISCONNECTED;
    framework->deadline_ms = t->input->wall + timeout_ms;
    deadlines_set(t->m->deadlines, &framework->deadline, t->now + timeout_ms);
    records_put_framework(t, framework, NULL);
    alloc_framework_set_active(t->m->alloc, framework->id, false);
}

static void apply_roles(struct turn *t, struct framework *framework)
{
    size_t count;
    const char *const *roles = frameworks_roles(framework, t->arena, &count);

    alloc_framework_set_roles(t->m->alloc, framework->id, roles, count);
    alloc_revive(t->m->alloc, framework->id, NULL);
    for (size_t i = 0; i < framework->suppressed_count; i++)
        alloc_suppress(t->m->alloc, framework->id, framework->suppressed[i]);
}

/* Its agents send again what it has not acknowledged: it was away, or another
 * process of it. */
static void ask_for_updates(struct turn *t, const struct framework *framework)
{
    uint64_t number = ++t->m->passes;
    const struct task *task;

    TAILQ_FOREACH (task, &framework->tasks, of_framework) {
        struct agent *agent = task->agent;

        if (agent->told == number || agent->state != AGENT_REGISTERED)
            continue;
        agent->told = number;
        events_reconcile(t, agent, framework->id, NULL, 0);
    }
}

/* Stored: it is new, or back. */
static void subscribed(struct turn *t, const char *id)
{
    struct framework *framework = frameworks_find(t->m->frameworks, id);

    if (framework == NULL || (framework->state != FRAMEWORK_ADDING &&
                              framework->state != FRAMEWORK_RETURNING))
        return;
    if (framework->peer == NULL) { /* it left meanwhile */
        begin_absence(t, framework);
        return;
    }
    framework->state = FRAMEWORK_CONNECTED;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: framework \"%s\" subscribed",
                framework->id, framework->info->name);
    events_subscribed(t, framework);
    ask_for_updates(t, framework);
    alloc_framework_set_active(t->m->alloc, framework->id, true);
}

/* Agents keep it and tell it to a master that does not know. */
static Mesos__V1__FrameworkInfo *copy_info(const Mesos__V1__FrameworkInfo *from,
                                           const char *id,
                                           const char *principal,
                                           struct arena *arena)
{
    Mesos__V1__FrameworkInfo whole = *from;

    whole.id = events_framework_id(arena, id);
    whole.principal = arena_strdup(arena, principal);
    return message_copy(&whole);
}

static struct framework *add_framework(struct turn *t,
                                       const char *id,
                                       const char *principal,
                                       const Mesos__V1__FrameworkInfo *info,
                                       enum framework_state state)
{
    struct framework *framework =
        frameworks_add(t->m->frameworks, id, principal,
                       copy_info(info, id, principal, t->arena), state);
    size_t count;
    const char *const *roles = frameworks_roles(framework, t->arena, &count);

    framework->deadline.kind = DEADLINE_FRAMEWORK;
    framework->registered_ms = t->input->wall;
    alloc_framework_add(t->m->alloc, id, roles, count);
    alloc_framework_set_active(t->m->alloc, id, false);
    return framework;
}

static void add_new(struct turn *t,
                    const char *id,
                    const Mesos__V1__Scheduler__Call__Subscribe *call)
{
    struct master *m = t->m;
    struct framework *framework;
    char fresh[96];

    if (id == NULL) {
        snprintf(fresh, sizeof fresh, "%s-%" PRIu64 "-%04" PRIu64,
                 m->cluster_id, m->epoch, ++m->frameworks_numbered);
        id = fresh;
    }
    framework = add_framework(t, id, t->input->principal->name,
                              call->framework_info, FRAMEWORK_ADDING);
    frameworks_set_peer(m->frameworks, framework, t->input->peer);
    newest_begin(&framework->newest, t->input->link_epoch);
    subscription_suppress(t, framework, call->suppressed_roles,
                          call->n_suppressed_roles, true);
    records_put_framework(t, framework, subscribed);
}

/* The link it had belongs to an instance that has been replaced. */
static void replace_link(struct turn *t, struct framework *framework)
{
    if (framework->peer != NULL &&
        strcmp(framework->peer, t->input->peer) != 0) {
        events_error(t, framework, "Framework failed over");
        outbox_flush(t->m->outbox, t->fx);
        effects_end_link(t->fx, framework->peer, "framework failed over");
    }
    frameworks_set_peer(t->m->frameworks, framework, t->input->peer);
    newest_begin(&framework->newest, t->input->link_epoch);
}

static void take_back(struct turn *t,
                      struct framework *framework,
                      const Mesos__V1__Scheduler__Call__Subscribe *call)
{
    replace_link(t, framework);
    holdings_return_framework(t, framework);
    deadlines_cancel(t->m->deadlines, &framework->deadline);
    framework->deadline_ms = 0;
    frameworks_set_info(t->m->frameworks, framework,
                        copy_info(call->framework_info, framework->id,
                                  framework->principal, t->arena));
    frameworks_set_suppressed(framework, call->suppressed_roles,
                              call->n_suppressed_roles);
    apply_roles(t, framework);
    alloc_framework_set_active(t->m->alloc, framework->id, false);
    if (framework->state != FRAMEWORK_ADDING)
        framework->state = FRAMEWORK_RETURNING;
    records_put_framework(t, framework, subscribed);
}

/* NULL, or why it cannot subscribe. */
static const char *refuse_subscription(
    const struct turn *t,
    const char *id,
    const struct framework *known,
    const Mesos__V1__Scheduler__Call__Subscribe *call)
{
    const struct framework *speaker =
        frameworks_find_peer(t->m->frameworks, t->input->peer);
    const char *fault = refuse_info(call->framework_info);

    if (fault != NULL)
        return fault;
    for (size_t i = 0; i < call->n_suppressed_roles; i++)
        if (!role_is_valid(call->suppressed_roles[i]))
            return "suppressed_roles: not the name of a role";
    if (id != NULL && !id_is_valid(id))
        return "framework_id is not an id";
    if (speaker != NULL && speaker != known)
        return "this link speaks for another framework";
    if (id != NULL && frameworks_has_ended(t->m->frameworks, id))
        return removed;
    if (known == NULL)
        return NULL;
    if (known->state == FRAMEWORK_ENDED)
        return removed;
    if (strcmp(known->principal, t->input->principal->name) != 0)
        return "framework_id belongs to another principal";
    return NULL;
}

/* To a link that is no framework's: it cannot be told through a mailbox. */
static void say_error(struct turn *t, const char *id, const char *message)
{
    Mezzo__SchedulerEvents *m =
        message_new(t->arena, &mezzo__scheduler_events__descriptor);
    Mesos__V1__Scheduler__Event *e =
        message_new(t->arena, &mesos__v1__scheduler__event__descriptor);

    e->has_type = 1;
    e->type = MESOS__V1__SCHEDULER__EVENT__TYPE__ERROR;
    e->error =
        message_new(t->arena, &mesos__v1__scheduler__event__error__descriptor);
    e->error->message = arena_strdup(t->arena, message);
    m->framework_id = events_framework_id(t->arena, id != NULL ? id : "");
    m->events = arena_alloc(t->arena, sizeof *m->events);
    m->events[0] = e;
    m->n_events = 1;
    effects_send(t->fx, t->input->peer, &m->base);
    effects_end_link(t->fx, t->input->peer, "%s", message);
}

void subscription_subscribe(struct turn *t,
                            const Mesos__V1__FrameworkID *call_id,
                            const Mesos__V1__Scheduler__Call__Subscribe *call)
{
    const Mesos__V1__FrameworkID *framework_id =
        call_id != NULL ? call_id : call->framework_info->id;
    const char *id = framework_id == NULL || framework_id->value[0] == '\0'
                         ? NULL
                         : framework_id->value;
    struct framework *known =
        id == NULL ? NULL : frameworks_find(t->m->frameworks, id);
    const char *fault = refuse_subscription(t, id, known, call);

    if (fault != NULL)
        say_error(t, id, fault);
    else if (known != NULL &&
             newest_is_overtaken(&known->newest, t->input->link_epoch, t->now))
        effects_end_link(t->fx, t->input->peer,
                         "its framework has a newer connection");
    else if (known != NULL && known->state == FRAMEWORK_ENDING)
        effects_end_link(t->fx, t->input->peer, "it is being removed");
    else if (known == NULL)
        add_new(t, id, call);
    else
        take_back(t, known, call);
}

void subscription_update(
    struct turn *t,
    struct framework *framework,
    const Mesos__V1__Scheduler__Call__UpdateFramework *call)
{
    const char *fault = refuse_info(call->framework_info);

    if (fault != NULL) {
        events_error(t, framework, fault);
        return;
    }
    holdings_return_framework(t, framework);
    frameworks_set_info(t->m->frameworks, framework,
                        copy_info(call->framework_info, framework->id,
                                  framework->principal, t->arena));
    frameworks_set_suppressed(framework, call->suppressed_roles,
                              call->n_suppressed_roles);
    apply_roles(t, framework);
    records_put_framework(t, framework, NULL);
}

static bool is_suppressed(const struct framework *framework, const char *role)
{
    for (size_t i = 0; i < framework->suppressed_count; i++)
        if (strcmp(framework->suppressed[i], role) == 0)
            return true;
    return false;
}

void subscription_suppress(struct turn *t,
                           struct framework *framework,
                           char *const *roles,
                           size_t count,
                           bool is_suppressing)
{
    size_t held = framework->suppressed_count, kept = 0;
    char **after = arena_alloc(t->arena, (held + count + 1) * sizeof *after);

    for (size_t i = 0; i < held; i++)
        after[kept++] = arena_strdup(t->arena, framework->suppressed[i]);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < kept && strcmp(after[at], roles[i]) != 0)
            at++;
        if (is_suppressing && !is_suppressed(framework, roles[i]) && at == kept)
            after[kept++] = roles[i];
        else if (!is_suppressing && at < kept)
            after[at] = after[--kept];
        if (is_suppressing)
            alloc_suppress(t->m->alloc, framework->id, roles[i]);
        else if (frameworks_is_refuser(framework))
            alloc_resume(t->m->alloc, framework->id, roles[i]);
        else
            alloc_revive(t->m->alloc, framework->id, roles[i]);
    }
    frameworks_set_suppressed(framework, after, kept);
}

void subscription_link_ended(struct turn *t, struct framework *framework)
{
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: framework disconnected, %s",
                framework->id, t->input->reason);
    frameworks_set_peer(t->m->frameworks, framework, NULL);
    newest_end(&framework->newest, t->now);
    holdings_return_framework(t, framework);
    if (framework->state == FRAMEWORK_CONNECTED)
        begin_absence(t, framework);
}

void subscription_resume_absence(struct turn *t, struct framework *framework)
{
    msec_t left_ms = framework->deadline_ms - t->input->wall;

    if (framework->deadline_ms == 0)
        begin_absence(t, framework);
    else
        deadlines_set(t->m->deadlines, &framework->deadline,
                      t->now + (left_ms > 0 ? left_ms : 0));
}

void subscription_finish(struct turn *t, struct framework *framework)
{
    if (framework->state != FRAMEWORK_ENDED ||
        !TAILQ_EMPTY(&framework->tasks) || framework->executors_count > 0)
        return;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: framework removed",
                framework->id);
    alloc_framework_remove(t->m->alloc, framework->id);
    outbox_flush(t->m->outbox, t->fx);
    deadlines_cancel(t->m->deadlines, &framework->deadline);
    frameworks_remove(t->m->frameworks, framework);
}

/* What it has is known and can be ended: now, or once its registration is
 * complete. */
static bool is_within_reach(const struct agent *agent)
{
    return agent->is_pooled || agent->peer != NULL;
}

static void tell_once(struct turn *t,
                      struct agent *agent,
                      const struct framework *framework,
                      uint64_t number)
{
    if (agent->told != number && agent->state == AGENT_REGISTERED)
        events_shutdown_framework(t, agent, framework->id);
    agent->told = number;
}

static void end_executors(struct turn *t,
                          struct framework *framework,
                          uint64_t number)
{
    struct agent *agent = agents_first(t->m->agents);

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry)) {
        struct executor *e, *next;

        for (e = TAILQ_FIRST(&agent->executors); e != NULL; e = next) {
            next = TAILQ_NEXT(e, of_agent);
            if (e->framework != framework)
                continue;
            if (is_within_reach(agent))
                tell_once(t, agent, framework, number);
            else
                holdings_drop_executor(t, agent, e);
        }
    }
}

/* Its end was sent and nobody will acknowledge it now: we do. */
static void acknowledge_end(struct turn *t, struct task *task)
{
    uint8_t *uuid = arena_alloc(t->arena, UUID_SIZE);

    memcpy(uuid, task->end_uuid, UUID_SIZE);
    events_acknowledge(t, task->agent, task->framework->id, task->id,
                       (ProtobufCBinaryData){UUID_SIZE, uuid}, false);
    history_note(t, task);
    holdings_drop_task(t, task);
}

/* What runs where we can reach is killed; what does not, when its agent comes
 * back and tells of it. */
static void end_tasks(struct turn *t, struct framework *framework)
{
    struct task *task = TAILQ_FIRST(&framework->tasks), *next;
    uint64_t number = ++t->m->passes;

    for (; task != NULL; task = next) {
        next = TAILQ_NEXT(task, of_framework);
        if (!is_within_reach(task->agent)) {
            holdings_drop_task(t, task);
            continue;
        }
        tell_once(t, task->agent, framework, number);
        if (task->agent->peer != NULL && task->end != NULL)
            acknowledge_end(t, task);
    }
    if (framework->executors_count > 0)
        end_executors(t, framework, number);
}

/* Stored: it has ended. */
static void ended(struct turn *t, const char *id)
{
    struct framework *framework = frameworks_find(t->m->frameworks, id);
    const char *forgotten = frameworks_note_ended(t->m->frameworks, id,
                                                  t->m->options.completed_max);

    if (forgotten != NULL)
        records_forget_framework(t, forgotten);
    if (framework == NULL)
        return;
    if (framework->peer != NULL) {
        events_error(t, framework, removed);
        outbox_flush(t->m->outbox, t->fx);
        effects_end_link(t->fx, framework->peer, "%s", removed);
        frameworks_set_peer(t->m->frameworks, framework, NULL);
    }
    framework->state = FRAMEWORK_ENDED;
    muster_end_framework(t, framework);
    end_tasks(t, framework);
    subscription_finish(t, framework);
}

void subscription_tear_down(struct turn *t,
                            struct framework *framework,
                            const char *why)
{
    if (framework->state == FRAMEWORK_ENDING ||
        framework->state == FRAMEWORK_ENDED)
        return;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: framework ends, %s",
                framework->id, why);
    holdings_return_framework(t, framework);
    deadlines_cancel(t->m->deadlines, &framework->deadline);
    alloc_framework_set_active(t->m->alloc, framework->id, false);
    framework->state = FRAMEWORK_ENDING;
    records_put_ended(t, framework, ended);
}

struct framework *subscription_recover(struct turn *t,
                                       const Mesos__V1__FrameworkInfo *info)
{
    struct framework *framework;
    const char *id = info->id->value;

    if (frameworks_has_ended(t->m->frameworks, id))
        return add_framework(t, id, "-", info, FRAMEWORK_ENDED);
    framework =
        add_framework(t, id, info->principal != NULL ? info->principal : "",
                      info, FRAMEWORK_DISCONNECTED);
    begin_absence(t, framework);
    return framework;
}
