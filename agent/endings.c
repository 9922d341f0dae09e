/* endings.c - finds who is meant, and asks tasks.c or executors.c. */

#include "agent/endings.h"

#include <string.h>

#include "agent/executors.h"
#include "agent/tasks.h"
#include "agent/verdict.h"

enum {
    GRACE_MAX_MS = 24 * 3600 * 1000,
};

#define NANOSECONDS_PER_MS 1000000

/* As the wire says it, within reason; `otherwise` when it says nothing. */
static msec_t grace_of(const Mesos__V1__DurationInfo *duration,
                       msec_t otherwise)
{
    if (duration == NULL)
        return otherwise;
    if (duration->nanoseconds < 0)
        return 0;
    if (duration->nanoseconds / NANOSECONDS_PER_MS > GRACE_MAX_MS)
        return GRACE_MAX_MS;
    return duration->nanoseconds / NANOSECONDS_PER_MS;
}

static msec_t grace_of_task(const struct task *t,
                            const Mesos__V1__KillPolicy *policy,
                            struct step *step)
{
    const Mesos__V1__TaskInfo *info = NULL;

    if (policy == NULL)
        info = roster_task_info(t, step->fx->arena);
    if (info != NULL)
        policy = info->kill_policy;
    return grace_of(policy == NULL ? NULL : policy->grace_period,
                    step->options->grace_ms);
}

static void kill_task(struct task *t,
                      enum end_cause cause,
                      msec_t grace_ms,
                      struct step *step)
{
    if (t->executor != NULL)
        executors_kill_task(t, cause, grace_ms, step);
    else
        tasks_kill(t, cause, grace_ms, step);
}

void endings_kill(const Mezzo__AgentEvent__Kill *kill, struct step *step)
{
    struct task *t = roster_find_task(step->roster, kill->framework_id->value,
                                      kill->task_id->value);

    enum end_cause cause = verdict_cause_of(kill->has_reason, kill->reason);

    /* One that is not known is the master's to reconcile. */
    if (t == NULL)
        return;
    if (kill->after != NULL)
        tasks_recall(t, cause, grace_of(kill->after, 0), step);
    else
        kill_task(t, cause, grace_of_task(t, kill->kill_policy, step), step);
}

void endings_recall(struct task *t, struct step *step)
{
    kill_task(t, t->recall_cause, grace_of_task(t, NULL, step), step);
}

void endings_walltime(struct task *t, struct step *step)
{
    kill_task(t, END_WALLTIME, grace_of_task(t, NULL, step), step);
}

static void stop_executors(const struct framework *f,
                           enum end_cause cause,
                           struct step *step)
{
    struct executor *e, *next;

    for (e = TAILQ_FIRST(&step->roster->executors); e != NULL; e = next) {
        const Mesos__V1__ExecutorInfo *info;

        next = TAILQ_NEXT(e, entry);
        if (f != NULL && e->framework != f)
            continue;
        info = roster_executor_info(e, step->fx->arena);
        executors_stop(
            e, cause,
            grace_of(info->shutdown_grace_period, step->options->grace_ms),
            step);
    }
}

/* Executors first: asked to end, they end their tasks themselves. */
static void end_all(const struct framework *f,
                    enum end_cause cause,
                    struct step *step)
{
    struct task *t, *next;

    stop_executors(f, cause, step);
    for (t = TAILQ_FIRST(&step->roster->tasks); t != NULL; t = next) {
        next = TAILQ_NEXT(t, entry);
        if (f == NULL || t->framework == f)
            kill_task(t, cause, grace_of_task(t, NULL, step), step);
    }
}

void endings_shut_down_framework(const char *framework_id, struct step *step)
{
    struct framework *f = roster_find_framework(step->roster, framework_id);

    if (f != NULL)
        end_all(f, END_FRAMEWORK, step);
}

void endings_kill_all(struct step *step)
{
    end_all(NULL, END_AGENT, step);
}

void endings_shut_down_executor(
    const Mezzo__AgentEvent__ShutdownExecutor *shutdown, struct step *step)
{
    struct executor *e =
        roster_find_executor(step->roster, shutdown->framework_id->value,
                             shutdown->executor_id->value);

    if (e != NULL)
        executors_stop(
            e, END_ASKED,
            grace_of(
                roster_executor_info(e, step->fx->arena)->shutdown_grace_period,
                step->options->grace_ms),
            step);
}

void endings_fence(msec_t left_ms, struct step *step)
{
    struct task *t, *next;

    for (t = TAILQ_FIRST(&step->roster->tasks); t != NULL; t = next) {
        next = TAILQ_NEXT(t, entry);
        if (t->is_fenced && !task_has_ended(t->state))
            kill_task(t, END_FENCED, left_ms, step);
    }
}

void endings_fence_executors(struct step *step)
{
    struct task *t;

    TAILQ_FOREACH (t, &step->roster->tasks, entry)
        if (t->is_fenced && t->executor != NULL && !task_has_ended(t->state))
            executors_stop(t->executor, END_FENCED, 0, step);
}

bool endings_are_over(const struct roster *r)
{
    const struct task *t;

    TAILQ_FOREACH (t, &r->tasks, entry)
        if (t->run.phase != RUN_GONE)
            return false;
    return TAILQ_EMPTY(&r->executors);
}
