/* updates.c - updates pass through; the master only keeps its own picture of
 * the task true, and forgets the task when its end has been acknowledged. */

#include "master/updates.h"

#include <string.h>

#include "master/events.h"
#include "master/history.h"
#include "master/holdings.h"
#include "master/muster.h"
#include "master/subscription.h"

static void forget_task(struct turn *t, struct task *task)
{
    struct framework *framework = task->framework;

    history_note(t, task);
    holdings_drop_task(t, task);
    subscription_finish(t, framework);
}

/* When it is of; now, if it does not say. */
static msec_t wall_of(const struct turn *t, const Mesos__V1__TaskStatus *status)
{
    return status->has_timestamp && status->timestamp > 0 &&
                   status->timestamp * 1000 < (double)t->input->wall
               ? (msec_t)(status->timestamp * 1000)
               : t->input->wall;
}

/* The newest state counts, or this one, if the agent does not say. */
static void note_state(struct turn *t,
                       struct task *task,
                       const Mezzo__AgentCall__Update *update)
{
    const Mesos__V1__TaskStatus *status = update->status;
    enum task_state newest = (enum task_state)(
        update->has_latest_state ? update->latest_state : status->state);

    if (newest != (enum task_state)task->state) {
        bool was_started = task->state == TASK_RUNNING;

        holdings_set_state(t, task, newest);
        if (task->max_seconds > 0 && !was_started && newest == TASK_RUNNING)
            holdings_set_end(t, task, t->now + tasks_walltime_ms(task));
    }
    tasks_set_forwarded(task, (enum task_state)status->state);
    if (status->state == MESOS__V1__TASK_STATE__TASK_RUNNING &&
        task->started_ms == 0)
        task->started_ms = wall_of(t, status);
    if (!task_has_ended((enum task_state)status->state))
        return;
    tasks_set_end(task, status);
    if (status->has_uuid && status->uuid.len == UUID_SIZE)
        memcpy(task->end_uuid, status->uuid.data, UUID_SIZE);
}

/* Nobody is there to acknowledge it: we do. */
static void acknowledge_ourselves(struct turn *t,
                                  struct agent *agent,
                                  const Mezzo__AgentCall__Update *update)
{
    const Mesos__V1__TaskStatus *status = update->status;

    if (status->has_uuid)
        events_acknowledge(t, agent, update->framework_id->value,
                           status->task_id->value, status->uuid, false);
}

static bool is_of_an_agent(Mesos__V1__TaskState state)
{
    return (unsigned)state < TASK_STATES_COUNT &&
           state != MESOS__V1__TASK_STATE__TASK_UNREACHABLE &&
           state != MESOS__V1__TASK_STATE__TASK_UNKNOWN;
}

/* Of a gang that is not started we say so ourselves for an agent that is away;
 * should its task have ended in another way by then, that stands. */
static void keep_our_word(const struct task *task,
                          Mesos__V1__TaskStatus *status)
{
    if (task_has_ended((enum task_state)task->forwarded) &&
        task_has_ended((enum task_state)status->state))
        status->state = (Mesos__V1__TaskState)task->forwarded;
}

void updates_received(struct turn *t,
                      struct agent *agent,
                      const Mezzo__AgentCall__Update *update)
{
    struct framework *framework =
        frameworks_find(t->m->frameworks, update->framework_id->value);
    struct task *task = NULL;

    if (!is_of_an_agent(update->status->state) ||
        (update->has_latest_state && !is_of_an_agent(update->latest_state))) {
        effects_end_link(t->fx, t->input->peer,
                         "an update to a state no agent can tell");
        return;
    }
    if (framework == NULL) {
        acknowledge_ourselves(t, agent, update);
        events_shutdown_framework(t, agent, update->framework_id->value);
        return;
    }
    task = tasks_find(framework, update->status->task_id->value);
    if (task != NULL && task->agent != agent)
        task = NULL; /* an old one of that id; its framework is told */
    if (task != NULL) {
        keep_our_word(task, update->status);
        note_state(t, task, update);
    }
    if (framework->state != FRAMEWORK_ENDED) {
        events_forward(t, framework, update->status);
        if (task != NULL && task_has_ended((enum task_state)task->forwarded))
            muster_task_ended(t, task, update->status->message);
        return;
    }
    acknowledge_ourselves(t, agent, update);
    if (task != NULL && task_has_ended((enum task_state)task->forwarded))
        forget_task(t, task);
}

static bool is_acknowledged(const struct task *task,
                            uint64_t stream,
                            uint64_t sequence,
                            bool up_to)
{
    uint64_t of_stream, of_sequence;

    uuid_parse(task->end_uuid, &of_stream, &of_sequence);
    if (of_stream != stream)
        return false;
    return up_to ? of_sequence <= sequence : of_sequence == sequence;
}

static void forget_up_to(struct turn *t,
                         const struct framework *framework,
                         struct agent *agent,
                         uint64_t stream,
                         uint64_t sequence)
{
    struct task *task = TAILQ_FIRST(&agent->tasks), *next;

    for (; task != NULL && task_has_ended((enum task_state)task->forwarded);
         task = next) {
        next = TAILQ_NEXT(task, of_agent);
        if (task->framework == framework &&
            is_acknowledged(task, stream, sequence, true))
            forget_task(t, task);
    }
}

void updates_acknowledge(struct turn *t,
                         struct framework *framework,
                         const Mesos__V1__Scheduler__Call__Acknowledge *call)
{
    struct agent *agent = agents_find(t->m->agents, call->agent_id->value);
    struct task *task = tasks_find(framework, call->task_id->value);
    bool up_to = call->has_up_to && call->up_to;
    uint64_t stream, sequence;

    if (call->uuid.len != UUID_SIZE) {
        effects_end_link(t->fx, t->input->peer,
                         "acknowledges what is no uuid of ours");
        return;
    }
    if (agent == NULL || agent->state != AGENT_REGISTERED)
        return; /* it says so again, and so will the framework */
    uuid_parse(call->uuid.data, &stream, &sequence);
    events_acknowledge(t, agent, framework->id, call->task_id->value,
                       call->uuid, up_to);
    if (up_to)
        forget_up_to(t, framework, agent, stream, sequence);
    else if (task != NULL && task_has_ended((enum task_state)task->forwarded) &&
             is_acknowledged(task, stream, sequence, false))
        forget_task(t, task);
}

void updates_kill(struct turn *t,
                  struct task *task,
                  Mesos__V1__KillPolicy *policy)
{
    task->is_kill_wanted = true;
    events_kill(t, task, policy);
}

void updates_executor_ended(struct turn *t,
                            struct agent *agent,
                            const Mezzo__AgentCall__ExecutorEnded *call)
{
    struct framework *framework =
        frameworks_find(t->m->frameworks, call->framework_id->value);
    struct executor *e;

    if (framework == NULL)
        return;
    e = tasks_find_executor(agent, framework, call->executor_id->value);
    if (e != NULL)
        holdings_drop_executor(t, agent, e);
    events_failure(t, framework, agent->id, call->executor_id->value,
                   call->has_status ? &call->status : NULL);
    subscription_finish(t, framework);
}
