/* reconciliation.c - Mesos' rules, in its order: known; agent not back yet: no
 * answer; agent registered: GONE; unreachable; gone; else UNKNOWN. */

#include "master/reconciliation.h"

#include "master/events.h"

static void say(struct turn *t,
                struct framework *framework,
                const char *task_id,
                const char *agent_id,
                enum task_state state)
{
    events_status(
        t, framework,
        &(struct status_said){
            .task_id = task_id,
            .agent_id = agent_id,
            .state = state,
            .reason = MESOS__V1__TASK_STATUS__REASON__REASON_RECONCILIATION});
}

/* What has become of a task that is not here; false: not known yet. */
static bool judge(const struct turn *t,
                  const char *agent_id,
                  enum task_state *state)
{
    const struct agent *agent =
        agent_id == NULL ? NULL : agents_find(t->m->agents, agent_id);

    if (agent == NULL) {
        *state = TASK_UNKNOWN;
        return agent_id != NULL || !agents_is_any_missing(t->m->agents);
    }
    switch (agent->state) {
    case AGENT_REGISTERED:
        *state = TASK_GONE;
        return true;
    case AGENT_UNREACHABLE:
    case AGENT_RETURNING:
        *state = TASK_UNREACHABLE;
        return true;
    case AGENT_GONE:
        *state = TASK_GONE_BY_OPERATOR;
        return true;
    case AGENT_ADMITTING:
    case AGENT_DISCONNECTED:
    case AGENT_LEAVING:
        return false;
    }
    return false;
}

void reconciliation_answer_task(struct turn *t,
                                struct framework *framework,
                                const char *task_id,
                                const char *agent_id)
{
    const struct task *task = tasks_find(framework, task_id);
    enum task_state state;

    if (task != NULL)
        say(t, framework, task_id, task->agent->id,
            (enum task_state)task->forwarded);
    else if (judge(t, agent_id, &state))
        say(t, framework, task_id, agent_id, state);
}

void reconciliation_answer(struct turn *t,
                           struct framework *framework,
                           const Mesos__V1__Scheduler__Call__Reconcile *call)
{
    const struct task *task;

    for (size_t i = 0; i < call->n_tasks; i++)
        reconciliation_answer_task(t, framework, call->tasks[i]->task_id->value,
                                   call->tasks[i]->agent_id == NULL
                                       ? NULL
                                       : call->tasks[i]->agent_id->value);
    if (call->n_tasks > 0)
        return;
    TAILQ_FOREACH (task, &framework->tasks, of_framework)
        say(t, framework, task->id, task->agent->id,
            (enum task_state)task->forwarded);
}
