/* reported.c - what an agent tells of when it registers: tasks and executors
 * that we know, or that another master did, and their frameworks. */

#include "master/reported.h"

#include <string.h>

#include "base/id.h"
#include "master/events.h"
#include "master/holdings.h"
#include "master/subscription.h"

#define NANOSECONDS_PER_MS 1000000

static void take_up_frameworks(struct turn *t,
                               const Mezzo__AgentCall__Register *r)
{
    for (size_t i = 0; i < r->n_frameworks; i++) {
        const Mesos__V1__FrameworkInfo *info = r->frameworks[i];

        if (info->id != NULL && id_is_valid(info->id->value) &&
            frameworks_find(t->m->frameworks, info->id->value) == NULL &&
            !frameworks_has_ended(t->m->frameworks, info->id->value))
            subscription_recover(t, info);
    }
}

/* The framework of a task or an executor it tells of; NULL: it has described
 * none of that id.  Of one that has ended the id is enough. */
static struct framework *find_framework(struct turn *t, const char *id)
{
    struct framework *framework = frameworks_find(t->m->frameworks, id);
    Mesos__V1__FrameworkInfo info = MESOS__V1__FRAMEWORK_INFO__INIT;

    if (framework != NULL || !frameworks_has_ended(t->m->frameworks, id))
        return framework;
    info.id = events_framework_id(t->arena, id);
    info.name = info.user = arena_strdup(t->arena, "");
    return subscription_recover(t, &info);
}

static const char *role_of(Mesos__V1__Resource *const *resources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (resources[i]->allocation_info != NULL &&
            resources[i]->allocation_info->role != NULL)
            return resources[i]->allocation_info->role;
    return "*";
}

static void tell_return(struct turn *t,
                        const struct task *task,
                        enum task_state before)
{
    if (before != TASK_UNREACHABLE || task->state == TASK_UNREACHABLE ||
        task_has_ended((enum task_state)task->state))
        return;
    events_status(
        t, task->framework,
        &(struct status_said){
            .task_id = task->id,
            .agent_id = task->agent->id,
            .state = (enum task_state)task->state,
            .reason = MESOS__V1__TASK_STATUS__REASON__REASON_AGENT_REREGISTERED,
            .message = "its agent is back"});
}

static const char *take_known_task(struct turn *t,
                                   struct agent *agent,
                                   struct task *task,
                                   const Mesos__V1__Task *told)
{
    enum task_state before = (enum task_state)task->state;

    if (task->agent != agent) {
        if (task->agent->is_pooled)
            return "a task that runs on another agent";
        tasks_move(task, agent);
    }
    task->pass = agent->pass;
    if (told->state != (Mesos__V1__TaskState)task->state)
        holdings_set_state(t, task, (enum task_state)told->state);
    tell_return(t, task, before);
    return NULL;
}

/* On the wall clock; now, if it has not started. */
static msec_t started_of(const struct turn *t, const Mesos__V1__Task *told)
{
    return told->has_started_ms && told->started_ms > 0 &&
                   told->started_ms < t->input->wall
               ? told->started_ms
               : t->input->wall;
}

static void note_walltime(struct turn *t,
                          struct task *task,
                          const Mesos__V1__Task *told,
                          msec_t started_ms)
{
    const Mesos__V1__DurationInfo *max = told->max_completion_time;
    msec_t max_ms, passed_ms = t->input->wall - started_ms;

    if (max == NULL || max->nanoseconds <= 0 ||
        task_has_ended((enum task_state)task->state))
        return;
    max_ms = max->nanoseconds / NANOSECONDS_PER_MS;
    tasks_set_walltime(task, max_ms);
    holdings_set_end(t, task,
                     t->now + (max_ms > passed_ms ? max_ms - passed_ms : 0));
}

/* NULL, or what is wrong with it. */
static const char *take_task(struct turn *t,
                             struct agent *agent,
                             const Mesos__V1__Task *told)
{
    struct framework *framework = find_framework(t, told->framework_id->value);
    struct resources resources = {0};
    msec_t started_ms = started_of(t, told);
    struct error err;
    struct task *task;

    if (framework == NULL)
        return "a task of a framework it does not describe";
    if (!id_is_valid(told->task_id->value))
        return "a task id that is none";
    if ((unsigned)told->state >= TASK_STATES_COUNT ||
        told->state == MESOS__V1__TASK_STATE__TASK_UNREACHABLE ||
        told->state == MESOS__V1__TASK_STATE__TASK_UNKNOWN)
        return "a task in a state that no agent can tell";
    task = tasks_find(framework, told->task_id->value);
    if (task != NULL)
        return take_known_task(t, agent, task, told);
    if (resources_from_wire(&resources, told->resources, told->n_resources,
                            &err) < 0)
        return "a task with malformed resources";
    task = tasks_add(t->m->tasks, framework, agent,
                     &(struct task_launch){
                         .id = told->task_id->value,
                         .name = told->name,
                         .role = role_of(told->resources, told->n_resources),
                         .user = told->user,
                         .resources = &resources,
                         .labels = told->labels,
                         .state = (enum task_state)told->state,
                         .launched_ms = started_ms});
    task->pass = agent->pass;
    task->started_ms = told->has_started_ms ? told->started_ms : 0;
    task->priority = told->has_priority ? told->priority : 0;
    t->m->has_priorities |= task->priority != 0;
    holdings_take(t, framework, task->role, agent, &task->resources);
    note_walltime(t, task, told, started_ms);
    resources_release(&resources);
    /* An earlier master may have known it, and we have said that we do not. */
    if (agent->state == AGENT_UNREACHABLE || agent->state == AGENT_RETURNING)
        tell_return(t, task, TASK_UNREACHABLE);
    return NULL;
}

static const char *take_executor(struct turn *t,
                                 struct agent *agent,
                                 const Mesos__V1__ExecutorInfo *told)
{
    struct framework *framework =
        told->framework_id == NULL
            ? NULL
            : find_framework(t, told->framework_id->value);
    struct resources resources = {0};
    struct executor *e;
    struct error err;

    if (framework == NULL)
        return "an executor of a framework it does not describe";
    e = tasks_find_executor(agent, framework, told->executor_id->value);
    if (e == NULL) {
        if (resources_from_wire(&resources, told->resources, told->n_resources,
                                &err) < 0)
            return "an executor with malformed resources";
        e = tasks_add_executor(agent, framework, told->executor_id->value,
                               role_of(told->resources, told->n_resources),
                               &resources);
        holdings_take(t, framework, e->role, agent, &resources);
        resources_release(&resources);
    }
    e->pass = agent->pass;
    return NULL;
}

bool reported_take(struct turn *t,
                   struct agent *agent,
                   const Mezzo__AgentCall__Register *r)
{
    const char *fault = NULL;

    take_up_frameworks(t, r);
    for (size_t i = 0; i < r->n_tasks && fault == NULL; i++)
        fault = take_task(t, agent, r->tasks[i]);
    for (size_t i = 0; i < r->n_executors && fault == NULL; i++)
        fault = take_executor(t, agent, r->executors[i]);
    if (fault != NULL)
        effects_end_link(t->fx, t->input->peer, "registers %s", fault);
    return fault == NULL;
}
