/* acceptance.c - all tasks of a launch are judged and recorded first, then
 * what was accepted is begun: nothing is made on the machine that the journal
 * does not know of. */

#include "agent/acceptance.h"

#include <inttypes.h>
#include <string.h>

#include "agent/dialogue.h"
#include "agent/executors.h"
#include "agent/gangs.h"
#include "agent/health.h"
#include "agent/outbox.h"
#include "agent/sandboxes.h"
#include "agent/tasks.h"
#include "agent/updates.h"
#include "agent/volumes.h"
#include "base/message.h"

enum {
    FRAMEWORK_INFO_MAX = 64 * 1024, /* bytes */
    TASK_INFO_MAX = OUTBOX_RECORD_MAX - 128 * 1024,
    ANSWERED_ID_MAX = 64 * 1024, /* longer ones cannot even be refused */
};

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

/* The executor of a task, or NULL. */
static Mesos__V1__ExecutorInfo *executor_of(
    const Mesos__V1__TaskInfo *info, const Mezzo__AgentEvent__Launch *launch)
{
    return info->executor != NULL ? info->executor : launch->executor;
}

static bool refuses_ids(const Mesos__V1__TaskInfo *info,
                        const Mesos__V1__ExecutorInfo *executor,
                        struct refusal *r)
{
    const char *fault = roster_id_refuses(info->task_id->value);
    const char *what = "its id";
    size_t size = protobuf_c_message_get_packed_size(&info->base);

    if (fault == NULL && executor != NULL) {
        what = "its executor's id";
        fault = roster_id_refuses(executor->executor_id->value);
    }
    if (fault != NULL)
        refusal_set(r, TASK_ERROR, REASON(TASK_INVALID), "%s %s", what, fault);
    else if (size > TASK_INFO_MAX)
        refusal_set(r, TASK_ERROR, REASON(TASK_INVALID),
                    "it has %zu bytes, and may have %d", size, TASK_INFO_MAX);
    else
        return false;
    return true;
}

/* May a task of that id come into the roster? */
static bool is_new(const struct framework *f,
                   const char *task_id,
                   struct step *step)
{
    if (strlen(task_id) > ANSWERED_ID_MAX) {
        effects_log(step->fx, LOG_LEVEL_ERROR,
                    "%s: a task is left out, its id has %zu bytes", f->id,
                    strlen(task_id));
        return false;
    }
    return roster_find_task(step->roster, f->id, task_id) == NULL;
}

/* Its task's resources, and with a new executor that one's too. */
static bool refuses_resources(struct task *t,
                              const Mesos__V1__TaskInfo *info,
                              const Mesos__V1__ExecutorInfo *executor,
                              struct roster *roster,
                              struct refusal *r)
{
    struct resources all = {0};
    struct error lack;
    int fault = roster_read_resources(&t->resources, info->resources,
                                      info->n_resources, &r->text);

    if (fault == 0 && executor != NULL)
        fault = roster_read_resources(&all, executor->resources,
                                      executor->n_resources, &r->text);
    if (fault < 0) {
        r->state = TASK_ERROR;
        r->reason = REASON(TASK_INVALID);
        return true;
    }
    resources_add(&all, &t->resources);
    if (resources_lack(&roster->free, &all, &lack)) {
        refusal_set(r, TASK_DROPPED, REASON(RESOURCES_UNKNOWN),
                    "it does not fit: %s", lack.text);
        fault = 1;
    }
    resources_release(&all);
    return fault != 0;
}

/* `e` is there; or else a new one would be needed. */
static bool refuses_executor(const struct executor *e,
                             const struct roster *roster,
                             struct refusal *r)
{
    if (e == NULL && roster_executors_count(roster) >= ROSTER_EXECUTORS_MAX) {
        refusal_set(r, TASK_DROPPED, REASON(RESOURCES_UNKNOWN),
                    "the agent has %d executors, and no more",
                    ROSTER_EXECUTORS_MAX);
        return true;
    }
    if (e == NULL || !executors_is_ending(e))
        return false;
    refusal_set(r, TASK_DROPPED, REASON(EXECUTOR_TERMINATED),
                "its executor is about to end");
    return true;
}

static bool refuses(struct task *t,
                    const Mesos__V1__TaskInfo *info,
                    const Mesos__V1__ExecutorInfo *executor,
                    struct step *step,
                    struct refusal *r)
{
    const struct executor *e;

    if (refuses_ids(info, executor, r) ||
        launch_refuses(info, executor, t->framework->info, step->options, r) ||
        health_refuses(info, r) || volumes_refuses(t, info, step, r))
        return true;
    if (executor == NULL)
        return refuses_resources(t, info, NULL, step->roster, r);
    e = roster_find_executor(step->roster, t->framework->id,
                             executor->executor_id->value);
    return refuses_executor(e, step->roster, r) ||
           refuses_resources(t, info, e == NULL ? executor : NULL, step->roster,
                             r);
}

static struct executor *start_executor(struct framework *f,
                                       const Mesos__V1__ExecutorInfo *info,
                                       struct step *step)
{
    struct executor *e = roster_add_executor(step->roster, f, info, "");

    executors_make_token(e->key, e->token, step);
    /* It was read a moment ago, and could be. */
    roster_read_resources(&e->resources, info->resources, info->n_resources,
                          NULL);
    e->is_holding = true;
    roster_hold(step->roster, &e->resources);
    executors_record(e, step);
    return e;
}

/* What is begun once all is recorded. */
struct beginning {
    struct task *task;
    const Mesos__V1__TaskInfo *info;
    struct executor *executor; /* that is new */
};

static struct beginning accept(struct task *t,
                               Mesos__V1__TaskInfo *info,
                               const Mesos__V1__ExecutorInfo *executor,
                               struct gang *gang,
                               struct step *step)
{
    struct beginning b = {.task = t, .info = info};

    if (executor != NULL) {
        struct executor *e = roster_find_executor(
            step->roster, t->framework->id, executor->executor_id->value);

        if (e == NULL)
            e = b.executor = start_executor(t->framework, executor, step);
        executors_add_task(e, t);
    }
    t->is_holding = true;
    if (gang != NULL)
        roster_join_gang(gang, t);
    roster_set_task_info(t, info);
    roster_hold(step->roster, &t->resources);
    tasks_record(t, info, step);
    return b;
}

static void begin(const struct beginning *b, struct step *step)
{
    if (b->executor != NULL)
        executors_begin(b->executor, step);
    if (b->task->executor == NULL)
        tasks_begin(b->task, b->info, step);
}

static const char *launch_fault(const Mezzo__AgentEvent__Launch *launch)
{
    const Mesos__V1__FrameworkInfo *f = launch->framework;

    if (f->id == NULL || roster_id_refuses(f->id->value) != NULL)
        return "a launch without a framework's id";
    if (protobuf_c_message_get_packed_size(&f->base) > FRAMEWORK_INFO_MAX)
        return "a framework whose info has more than 64 KiB";
    return NULL;
}

const char *acceptance_launch(const Mezzo__AgentEvent__Launch *launch,
                              struct step *step)
{
    const char *fault = launch_fault(launch);
    struct framework *f;
    struct gang *gang = NULL;
    struct beginning *begun;
    size_t count = 0;

    if (fault != NULL)
        return fault;
    if (launch->gang_id != NULL)
        gang = gangs_arrive(launch->framework->id->value, launch->gang_id,
                            launch->n_tasks, launch->gang_tasks_count, step);
    f = roster_make_framework(step->roster, launch->framework->id->value);
    roster_set_framework_info(f, launch->framework);
    begun = arena_alloc(step->fx->arena, launch->n_tasks * sizeof *begun);
    for (size_t i = 0; i < launch->n_tasks; i++) {
        Mesos__V1__TaskInfo *info = launch->tasks[i];
        const Mesos__V1__ExecutorInfo *executor = executor_of(info, launch);
        struct refusal refusal;
        struct task *t;

        if (!is_new(f, info->task_id->value, step))
            continue;
        if (roster_tasks_count(step->roster) >= ROSTER_TASKS_MAX)
            return "more tasks than an agent can know";
        t = roster_add_task(step->roster, f, info->task_id->value);
        if (!refuses(t, info, executor, step, &refusal)) {
            begun[count++] = accept(t, info, executor, gang, step);
            continue;
        }
        if (gang != NULL)
            gang->is_broken = true;
        tasks_refuse(t, &refusal, step);
    }
    scribe_flush(step->scribe, step);
    for (size_t i = 0; i < count; i++)
        begin(&begun[i], step);
    tasks_leave_framework(f, step);
    return NULL;
}

/* What is said of a task that is not in the roster.  Its end may have been
 * acknowledged through a master that another did not know to be there. */
static void deny(struct task *t, struct step *step)
{
    enum task_state end = sandboxes_end(step->sandboxes, t->key);
    struct refusal refusal;

    if (end == TASK_UNKNOWN)
        refusal_set(&refusal, TASK_DROPPED, REASON(RECONCILIATION),
                    "the agent does not know it");
    else
        refusal_set(&refusal, end, REASON(RECONCILIATION),
                    "it ended before, and that was acknowledged");
    tasks_refuse(t, &refusal, step);
}

const char *acceptance_reconcile(const Mezzo__AgentEvent__Reconcile *reconcile,
                                 struct step *step)
{
    const char *id = reconcile->framework_id->value;
    struct framework *f;

    if (roster_id_refuses(id) != NULL)
        return "a framework's id that is none";
    f = roster_make_framework(step->roster, id);
    if (reconcile->n_task_ids == 0) /* it has come back */
        updates_send_again(f, step);
    for (size_t i = 0; i < reconcile->n_task_ids; i++) {
        const char *task_id = reconcile->task_ids[i]->value;

        if (!is_new(f, task_id, step))
            continue;
        if (roster_tasks_count(step->roster) >= ROSTER_TASKS_MAX)
            return "more tasks than an agent can know";
        deny(roster_add_task(step->roster, f, task_id), step);
    }
    tasks_leave_framework(f, step);
    return NULL;
}
