/* permission.c - first who may send such a frame at all, which is a table, then
 * every role and user that a scheduler's or an operator's call names, wherever
 * it names one: also in the parts of a call that its type does not use. */

#include "base/permission.h"

#include <string.h>

#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"

#define FRAME(type) (1u << FRAME_##type)
#define ALL (FRAME(HEARTBEAT) | FRAME(FAREWELL))

static const unsigned may_send[] = {
    [PRINCIPAL_AGENT] =
        ALL | FRAME(AGENT_CALLS) | FRAME(EXECUTOR_EVENTS) | FRAME(STREAM_EVENT),
    [PRINCIPAL_FRAMEWORK] = ALL | FRAME(SCHEDULER_CALLS),
    [PRINCIPAL_OPERATOR] = ALL | FRAME(MASTER_CALL) | FRAME(SCHEDULER_CALLS),
    /* Also an agent to whom another connects: see agent/channels.c. */
    [PRINCIPAL_MASTER] = ALL | FRAME(SCHEDULER_EVENTS) | FRAME(AGENT_EVENTS) |
                         FRAME(MASTER_RESPONSE) | FRAME(STREAM_EVENT) |
                         FRAME(MASTER_CALL), /* for the history */
    [PRINCIPAL_EXECUTOR] = ALL | FRAME(EXECUTOR_CALLS),
    [PRINCIPAL_ANYONE] = ~0u,
    [PRINCIPAL_GUEST] = ALL | FRAME(STREAM_CALL),
    [PRINCIPAL_SERVER] = ALL | FRAME(SCHEDULER_EVENTS) |
                         FRAME(MASTER_RESPONSE) | FRAME(STREAM_EVENT) |
                         FRAME(EXECUTOR_EVENTS),
};

static const char *const frame_names[] = {
    [FRAME_HEARTBEAT] = "heartbeats",
    [FRAME_FAREWELL] = "farewells",
    [FRAME_SCHEDULER_CALLS] = "scheduler calls",
    [FRAME_SCHEDULER_EVENTS] = "scheduler events",
    [FRAME_EXECUTOR_CALLS] = "executor calls",
    [FRAME_EXECUTOR_EVENTS] = "executor events",
    [FRAME_AGENT_CALLS] = "agent calls",
    [FRAME_AGENT_EVENTS] = "agent events",
    [FRAME_MASTER_CALL] = "master calls",
    [FRAME_MASTER_RESPONSE] = "master responses",
    [FRAME_STREAM_CALL] = "stream calls",
    [FRAME_STREAM_EVENT] = "stream events",
};

/* The first thing found that is not permitted. */
struct verdict {
    const struct principal *principal;
    struct error *text; /* may be NULL */
    bool is_refused;
};

static void check_role(struct verdict *v, const char *role)
{
    if (v->is_refused || principal_may_use_role(v->principal, role))
        return;
    error_set(v->text, 0, "principal %s may not use role %s",
              v->principal->name, role);
    v->is_refused = true;
}

static void check_roles(struct verdict *v, char *const *roles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_role(v, roles[i]);
}

static void check_user(struct verdict *v, const char *user)
{
    if (v->is_refused || principal_may_run_as(v->principal, user))
        return;
    error_set(v->text, 0, "principal %s may not run as user %s",
              v->principal->name, user);
    v->is_refused = true;
}

static void check_command(struct verdict *v,
                          const Mesos__V1__CommandInfo *command)
{
    if (command != NULL && command->user != NULL)
        check_user(v, command->user);
}

static void check_executor(struct verdict *v,
                           const Mesos__V1__ExecutorInfo *executor)
{
    if (executor != NULL)
        check_command(v, executor->command);
}

static void check_tasks(struct verdict *v,
                        Mesos__V1__TaskInfo *const *tasks,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Mesos__V1__TaskInfo *task = tasks[i];

        check_command(v, task->command);
        check_executor(v, task->executor);
        if (task->health_check != NULL)
            check_command(v, task->health_check->command);
        if (task->check != NULL && task->check->command != NULL)
            check_command(v, task->check->command->command);
    }
}

static void check_reservations(struct verdict *v,
                               Mesos__V1__Resource *const *resources,
                               size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Mesos__V1__Resource *one = resources[i];

        if (one->role != NULL && strcmp(one->role, "*") != 0)
            check_role(v, one->role);
        for (size_t j = 0; j < one->n_reservations; j++)
            if (one->reservations[j]->role != NULL)
                check_role(v, one->reservations[j]->role);
    }
}

static void check_operation(struct verdict *v,
                            const Mesos__V1__Offer__Operation *operation)
{
    const Mesos__V1__Offer__Operation__LaunchGroup *group =
        operation->launch_group;

    if (operation->launch != NULL)
        check_tasks(v, operation->launch->task_infos,
                    operation->launch->n_task_infos);
    if (group != NULL) {
        check_executor(v, group->executor);
        check_tasks(v, group->task_group->tasks, group->task_group->n_tasks);
    }
    if (operation->reserve != NULL)
        check_reservations(v, operation->reserve->resources,
                           operation->reserve->n_resources);
    if (operation->unreserve != NULL)
        check_reservations(v, operation->unreserve->resources,
                           operation->unreserve->n_resources);
}

/* `role` alone counts where there are no `roles`; it is "*" by default. */
static void check_framework(struct verdict *v,
                            const Mesos__V1__FrameworkInfo *info)
{
    const char *role = info->role != NULL ? info->role : "*";

    check_roles(v, info->roles, info->n_roles);
    if (info->n_roles == 0 || strcmp(role, "*") != 0)
        check_role(v, role);
    check_user(v, info->user);
    if (v->is_refused || info->principal == NULL ||
        strcmp(info->principal, v->principal->name) == 0)
        return;
    error_set(v->text, 0, "principal %s is not %s", v->principal->name,
              info->principal);
    v->is_refused = true;
}

static void check_asks(struct verdict *v,
                       const Mesos__V1__Scheduler__Call__Request *request)
{
    for (size_t i = 0; i < request->n_requests; i++) {
        const Mesos__V1__Ask *ask = request->requests[i]->ask;

        if (ask != NULL && ask->role != NULL && strcmp(ask->role, "*") != 0)
            check_role(v, ask->role);
    }
}

static void check_scheduler_call(struct verdict *v,
                                 const Mesos__V1__Scheduler__Call *call)
{
    if (call->subscribe != NULL) {
        check_framework(v, call->subscribe->framework_info);
        check_roles(v, call->subscribe->suppressed_roles,
                    call->subscribe->n_suppressed_roles);
    }
    if (call->update_framework != NULL) {
        check_framework(v, call->update_framework->framework_info);
        check_roles(v, call->update_framework->suppressed_roles,
                    call->update_framework->n_suppressed_roles);
    }
    if (call->accept != NULL)
        for (size_t i = 0; i < call->accept->n_operations; i++)
            check_operation(v, call->accept->operations[i]);
    if (call->revive != NULL)
        check_roles(v, call->revive->roles, call->revive->n_roles);
    if (call->suppress != NULL)
        check_roles(v, call->suppress->roles, call->suppress->n_roles);
    if (call->request != NULL)
        check_asks(v, call->request);
}

static void check_master_call(struct verdict *v,
                              const Mesos__V1__Master__Call *call)
{
    if (v->principal->kind == PRINCIPAL_MASTER &&
        call->type != MESOS__V1__MASTER__CALL__TYPE__GET_HISTORY) {
        error_set(v->text, 0, "master %s may ask for the history only",
                  v->principal->name);
        v->is_refused = true;
    }
    if (call->update_weights != NULL)
        for (size_t i = 0; i < call->update_weights->n_weight_infos; i++)
            if (call->update_weights->weight_infos[i]->role != NULL)
                check_role(v, call->update_weights->weight_infos[i]->role);
    if (call->update_quota != NULL)
        for (size_t i = 0; i < call->update_quota->n_quota_configs; i++)
            check_role(v, call->update_quota->quota_configs[i]->role);
    if (call->reserve_resources != NULL)
        check_reservations(v, call->reserve_resources->resources,
                           call->reserve_resources->n_resources);
    if (call->unreserve_resources != NULL)
        check_reservations(v, call->unreserve_resources->resources,
                           call->unreserve_resources->n_resources);
}

static void check_body(struct verdict *v,
                       enum frame_type type,
                       const ProtobufCMessage *message)
{
    if (type == FRAME_MASTER_CALL)
        check_master_call(v, (const Mesos__V1__Master__Call *)message);
    if (type == FRAME_SCHEDULER_CALLS) {
        const Mezzo__SchedulerCalls *calls =
            (const Mezzo__SchedulerCalls *)message;

        for (size_t i = 0; i < calls->n_calls; i++)
            check_scheduler_call(v, calls->calls[i]);
    }
}

const char *permission_refuses(const struct principal *principal,
                               enum frame_type type,
                               const ProtobufCMessage *message,
                               struct error *text)
{
    struct verdict v = {.principal = principal, .text = text};

    if ((may_send[principal->kind] >> type & 1) == 0) {
        error_set(text, 0, "%s %s may not send %s",
                  principal_kind_name(principal->kind), principal->name,
                  frame_names[type]);
        v.is_refused = true;
    } else {
        check_body(&v, type, message);
    }
    if (!v.is_refused)
        return NULL;
    return text != NULL ? text->text : "not permitted";
}
