/* recalls.c - one notice for each framework on an agent. */

#include "master/recalls.h"

#include "master/events.h"
#include "master/holdings.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static const Mesos__V1__TaskStatus__Reason reasons[] = {
    [RECALL_PREEMPTED] = REASON(CONTAINER_PREEMPTED),
    [RECALL_DRAINED] = REASON(AGENT_DRAINING),
};

static bool may_be_recalled(const struct task *task)
{
    return task->recall_due == 0 &&
           !task_has_ended((enum task_state)task->state);
}

/* Those of one framework, the first of whom is `tasks[from]`. */
static void recall_of_framework(struct turn *t,
                                struct task *const *tasks,
                                size_t from,
                                size_t count,
                                enum recall_cause cause,
                                msec_t after_ms)
{
    struct task **own = arena_alloc(t->arena, count * sizeof(*own));
    size_t own_count = 0;

    for (size_t i = from; i < count; i++) {
        struct task *task = tasks[i];

        if (task->framework != tasks[from]->framework || !may_be_recalled(task))
            continue;
        task->recall_cause = (uint8_t)cause;
        holdings_set_recall(t, task, t->now + after_ms);
        events_kill_later(t, task, reasons[cause], after_ms);
        own[own_count++] = task;
    }
    events_recall(t, own, own_count, reasons[cause], after_ms);
    effects_log(t->fx, LOG_LEVEL_NOTICE,
                "%s: %zu of its tasks on %s are recalled, %s",
                own[0]->framework->id, own_count, own[0]->agent->id,
                cause == RECALL_DRAINED ? "the agent is drained"
                                        : "others are to have it");
}

void recalls_make(struct turn *t,
                  struct task *const *tasks,
                  size_t count,
                  enum recall_cause cause,
                  msec_t after_ms)
{
    for (size_t i = 0; i < count; i++)
        if (may_be_recalled(tasks[i]))
            recall_of_framework(t, tasks, i, count, cause, after_ms);
}

void recalls_repeat(struct turn *t, const struct agent *agent)
{
    const struct task *task;

    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        if (task->recall_due != 0)
            events_kill_later(
                t, task, reasons[task->recall_cause],
                task->recall_due > t->now ? task->recall_due - t->now : 0);
}
