/* tasks.c - a task's run in its phases, and the updates that it makes. */

#include "agent/tasks.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/identity.h"
#include "agent/launch_container.h"
#include "agent/outbox.h"
#include "agent/runs.h"
#include "agent/sandboxes.h"
#include "agent/updates.h"
#include "agent/verdict.h"
#include "agent/volumes.h"
#include "base/memory.h"
#include "base/message.h"

enum {
    KILL_AGAIN_MS = 5000, /* what does not die is killed again */
    SIGNAL_MAX = 64,
};

#define NANOSECONDS_PER_MS 1000000
#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static const ProtobufCBinaryData no_uuid;

Mesos__V1__TaskStatus *tasks_status(const struct task *t,
                                    enum task_state state,
                                    struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mesos__V1__TaskStatus *status =
        message_new(arena, &mesos__v1__task_status__descriptor);

    status->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    status->task_id->value = arena_strdup(arena, t->id);
    status->state = (Mesos__V1__TaskState)state;
    status->has_source = true;
    status->source = MESOS__V1__TASK_STATUS__SOURCE__SOURCE_AGENT;
    if (t->executor != NULL) {
        status->executor_id =
            message_new(arena, &mesos__v1__executor_id__descriptor);
        status->executor_id->value = arena_strdup(arena, t->executor->id);
    }
    if (t->image_digest != NULL)
        status->container_status = launch_container_status(t, arena);
    status->has_healthy = t->health.is_known;
    status->healthy = t->health.is_well;
    return status;
}

void tasks_leave_framework(struct framework *f, struct step *step)
{
    if (f->members_count > 0)
        return;
    updates_close(f, step->deadlines);
    roster_remove_framework(step->roster, f);
}

/* What it wrote can be read for as long as that of others. */
static void remember_place(const struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    const Mesos__V1__TaskInfo *info = roster_task_info(t, arena);

    if (info == NULL || info->executor == NULL)
        return;
    sandboxes_keep_within(
        step->sandboxes, t->key,
        roster_executor_key(t->framework->id, info->executor, arena), t->state,
        step);
}

/* When its end is acknowledged and no process is left to be let go. */
static void forget_if_over(struct task *t, struct step *step)
{
    struct framework *f = t->framework;

    if (!t->is_acknowledged || t->run.phase != RUN_GONE)
        return;
    remember_place(t, step);
    updates_forget(t, step);
    roster_remove_task(step->roster, t);
    tasks_leave_framework(f, step);
}

void tasks_end(struct task *t,
               Mesos__V1__TaskStatus *status,
               ProtobufCBinaryData executor_uuid,
               struct step *step)
{
    deadlines_cancel(step->deadlines, &t->kill);
    deadlines_cancel(step->deadlines, &t->walltime);
    deadlines_cancel(step->deadlines, &t->warning);
    deadlines_cancel(step->deadlines, &t->start);
    deadlines_cancel(step->deadlines, &t->health.next);
    images_leave(&t->image, step);
    deadlines_cancel(step->deadlines, &t->recall);
    scribe_cancel(step->scribe, &t->recorded);
    if (t->gang != NULL)
        t->gang->is_broken = true;
    roster_leave_gang(t);
    if (t->is_holding) {
        t->is_holding = false;
        roster_let_go(step->roster, &t->resources);
    }
    updates_make(t, status, executor_uuid, step);
    effects_log(step->fx, LOG_LEVEL_DEBUG, "%s: %s%s%s", t->key,
                task_state_name(t->state), status->message != NULL ? ", " : "",
                status->message != NULL ? status->message : "");
}

static void end_because(struct task *t,
                        enum task_state state,
                        Mesos__V1__TaskStatus__Reason reason,
                        const char *message,
                        struct step *step)
{
    Mesos__V1__TaskStatus *status = tasks_status(t, state, step);

    status->has_reason = true;
    status->reason = reason;
    status->message = arena_strdup(step->fx->arena, message);
    tasks_end(t, status, no_uuid, step);
}

void tasks_refuse(struct task *t,
                  const struct refusal *refusal,
                  struct step *step)
{
    t->run.phase = RUN_GONE;
    end_because(t, refusal->state, refusal->reason, refusal->text.text, step);
}

void tasks_drop(struct task *t,
                const struct refusal *refusal,
                struct step *step)
{
    end_because(t, refusal->state, refusal->reason, refusal->text.text, step);
}

/* Its run is gone, or was never there. */
static void leave_image(struct task *t, struct step *step)
{
    if (t->has_image)
        images_let_go(step->images, t->image_digest, step->now);
    t->has_image = false;
}

void tasks_lost(struct task *t, struct step *step)
{
    t->run.phase = RUN_GONE;
    leave_image(t, step);
    if (t->run.was_launched || (t->state != TASK_STAGING && !t->was_waiting))
        end_because(t, TASK_FAILED, REASON(AGENT_RESTARTED),
                    "the machine was restarted", step);
    else
        end_because(t, TASK_DROPPED, REASON(AGENT_RESTARTED),
                    "the machine was restarted before it was launched", step);
    if (t->executor == NULL)
        sandboxes_keep(step->sandboxes, t->key, t->state, step);
}

void tasks_record(struct task *t, Mesos__V1__TaskInfo *info, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__Launch *launch =
        message_new(arena, &mezzo__record__journal__launch__descriptor);

    launch->framework = t->framework->info;
    launch->task = info;
    if (t->executor != NULL)
        launch->executor = roster_executor_info(t->executor, arena);
    if (t->gang != NULL)
        launch->gang_id = t->gang->id;
    record->launch = launch;
    scribe_append(step->scribe, record, false, &t->recorded, step);
}

void tasks_go(struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);

    if (!t->run.is_recorded)
        return; /* that goes before, and starts it then */
    record->go = message_new(arena, &mezzo__record__journal__go__descriptor);
    record->go->framework_id = t->framework->id;
    record->go->task_id = arena_strdup(arena, t->id);
    t->run.is_recorded = false;
    scribe_append(step->scribe, record, false, &t->recorded, step);
}

static void say_starting(struct task *t, const char *text, struct step *step)
{
    Mesos__V1__TaskStatus *status = tasks_status(t, TASK_STARTING, step);

    status->message = arena_strdup(step->fx->arena, text);
    updates_make(t, status, no_uuid, step);
}

static void prepare(struct task *t,
                    const Mesos__V1__TaskInfo *info,
                    struct step *step)
{
    struct order *o;

    if (info->command->n_uris > 0) {
        char text[64];

        snprintf(text, sizeof text, "fetching %zu URI%s", info->command->n_uris,
                 info->command->n_uris == 1 ? "" : "s");
        say_starting(t, text, step);
    }
    sandboxes_clear(step->sandboxes, t->key, step);
    o = runs_order(t->key, ORDER_PREPARE, step);
    launch_prepare(o, info->command, t->framework->info, step);
    o->prepare.container = launch_container(t, info, step);
    o->prepare.removed_volumes = volumes_removed(t, info, step);
}

static void set_image(struct task *t, const char *digest, struct step *step)
{
    t->image_digest = memory_strdup(digest);
    t->has_image = true;
    images_use(step->images, digest, step->now);
}

void tasks_begin(struct task *t,
                 const Mesos__V1__TaskInfo *info,
                 struct step *step)
{
    struct order_image image;
    const char *digest, *text;

    if (launch_is_container(info->container)) {
        launch_image(info->container, step->options, step->fx->arena, &image);
        text = images_want(step->images, &t->image, &image, &digest, step);
        if (text != NULL) {
            say_starting(t, text, step);
            return; /* to be continued by tasks_image_ready() */
        }
        set_image(t, digest, step);
    }
    prepare(t, info, step);
}

static void launch_if_ready(struct task *t, struct step *step)
{
    if (t->gang != NULL || !runs_is_ready(&t->run))
        return;
    launch_task(runs_order(t->key, ORDER_LAUNCH, step), t,
                roster_task_info(t, step->fx->arena), step);
    t->run.phase = RUN_LAUNCHING;
    if (t->has_image)
        deadlines_set(step->deadlines, &t->start,
                      step->now + step->options->start_ms);
}

void tasks_recorded(struct task *t, struct step *step)
{
    t->run.is_recorded = true;
    if (t->executor == NULL)
        launch_if_ready(t, step);
}

static void not_launched(struct task *t, const char *fault, struct step *step)
{
    t->run.phase = RUN_ENDED;
    if (t->cause != END_NONE) {
        Mesos__V1__TaskStatus *status = tasks_status(t, t->state, step);

        verdict_of_cause(status, t->cause);
        tasks_end(t, status, no_uuid, step);
        return;
    }
    end_because(t, t->gang != NULL ? TASK_DROPPED : TASK_FAILED,
                REASON(CONTAINER_LAUNCH_FAILED), fault, step);
}

void tasks_prepared(struct task *t,
                    const struct report *report,
                    struct step *step)
{
    if (t->run.phase != RUN_PREPARING || task_has_ended(t->state))
        return;
    if (report->fault != NULL) {
        not_launched(t, report->fault, step);
        return;
    }
    t->run.is_prepared = true;
    if (report->address != NULL)
        t->address = memory_strdup(report->address);
    launch_if_ready(t, step);
}

void tasks_image_ready(void *task,
                       const char *digest,
                       const char *fault,
                       struct step *step)
{
    struct task *t = task;

    if (t->run.phase != RUN_PREPARING || task_has_ended(t->state))
        return;
    if (fault != NULL) {
        not_launched(t, fault, step);
        return;
    }
    set_image(t, digest, step);
    prepare(t, roster_task_info(t, step->fx->arena), step);
}

void tasks_start_due(struct task *t, struct step *step)
{
    char text[64];

    if (t->run.phase != RUN_LAUNCHING)
        return;
    snprintf(text, sizeof text, "it did not start within %" PRId64 " s",
             step->options->start_ms / 1000);
    not_launched(t, text, step);
}

/* When what is counted from the start of the task, which may have been in an
 * earlier agent's time, is due. */
static void set_from_start(struct task *t,
                           struct deadline *d,
                           msec_t after_ms,
                           struct step *step)
{
    msec_t passed = step->wall - t->started_wall;

    if (passed < 0)
        passed = 0; /* the clock was set back */
    deadlines_set(step->deadlines, d,
                  after_ms > passed ? step->now + after_ms - passed
                                    : step->now);
}

void tasks_count_walltime(struct task *t, struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);
    int64_t before_milli;
    msec_t limit_ms;

    if (t->started_wall == 0)
        t->started_wall = step->wall;
    if (info == NULL || info->max_completion_time == NULL ||
        info->max_completion_time->nanoseconds <= 0)
        return;
    limit_ms = info->max_completion_time->nanoseconds / NANOSECONDS_PER_MS;
    set_from_start(t, &t->walltime, limit_ms, step);
    if (info->warning == NULL ||
        !milli_from_double(info->warning->seconds_before, &before_milli) ||
        before_milli >= limit_ms)
        return;
    /* A warning that was due long ago has been given. */
    if (step->wall - t->started_wall <= limit_ms - before_milli)
        set_from_start(t, &t->warning, limit_ms - before_milli, step);
}

void tasks_recall(struct task *t,
                  enum end_cause cause,
                  msec_t after_ms,
                  struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);
    msec_t due = step->now + after_ms;
    int64_t before_ms;

    if (task_has_ended(t->state) || t->cause != END_NONE ||
        (t->recall.position != 0 && t->recall.due <= due))
        return;
    t->recall_cause = cause;
    deadlines_set(step->deadlines, &t->recall, due);
    if (info == NULL || info->warning == NULL ||
        !milli_from_double(info->warning->seconds_before, &before_ms))
        return;
    due = before_ms < after_ms ? due - before_ms : step->now;
    if (t->warning.position == 0 || t->warning.due > due)
        deadlines_set(step->deadlines, &t->warning, due);
}

void tasks_warning_due(struct task *t, struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);

    if (t->executor == NULL && t->run.phase == RUN_ALIVE &&
        t->cause == END_NONE && info->warning->signal > 0 &&
        info->warning->signal <= SIGNAL_MAX)
        runs_signal(&t->run, info->warning->signal, step);
}

static bool wants_killing(const struct framework *f)
{
    for (size_t i = 0; f->info != NULL && i < f->info->n_capabilities; i++)
        if (f->info->capabilities[i]->has_type &&
            f->info->capabilities[i]->type ==
                MESOS__V1__FRAMEWORK_INFO__CAPABILITY__TYPE__TASK_KILLING_STATE)
            return true;
    return false;
}

static void start_kill(struct task *t, struct step *step)
{
    if (wants_killing(t->framework) &&
        task_may_become(t->state, TASK_KILLING)) {
        Mesos__V1__TaskStatus *status = tasks_status(t, TASK_KILLING, step);

        verdict_of_cause(status, t->cause);
        status->state = MESOS__V1__TASK_STATE__TASK_KILLING;
        updates_make(t, status, no_uuid, step);
    }
    deadlines_cancel(step->deadlines, &t->walltime);
    deadlines_cancel(step->deadlines, &t->warning);
    deadlines_cancel(step->deadlines, &t->recall);
    if (t->grace_ms > 0)
        runs_signal(&t->run, SIGTERM, step);
    deadlines_set(step->deadlines, &t->kill, step->now + t->grace_ms);
}

void tasks_kill_due(struct task *t, struct step *step)
{
    runs_signal(&t->run, SIGKILL, step);
    deadlines_set(step->deadlines, &t->kill, step->now + KILL_AGAIN_MS);
}

void tasks_launched(struct task *t,
                    const struct report *report,
                    struct step *step)
{
    if (t->run.phase != RUN_LAUNCHING && t->run.phase != RUN_ADOPTING)
        return;
    if (report->fault != NULL) {
        not_launched(t, report->fault, step);
        return;
    }
    deadlines_cancel(step->deadlines, &t->start);
    runs_live(&t->run, t->framework->id, t->id, false, report, step);
    if (t->state == TASK_STAGING || t->state == TASK_STARTING)
        updates_make(t, tasks_status(t, TASK_RUNNING, step), no_uuid, step);
    tasks_count_walltime(t, step);
    if (t->cause != END_NONE)
        start_kill(t, step);
}

/* An earlier agent's run is not there. */
static void not_found(struct task *t,
                      const struct report *report,
                      struct step *step)
{
    Mesos__V1__TaskStatus *status = tasks_status(t, TASK_DROPPED, step);

    if (t->run.was_launched || (t->state != TASK_STAGING && !t->was_waiting)) {
        verdict_of_exit(status, report, t, step);
    } else if (t->cause != END_NONE) {
        verdict_of_cause(status, t->cause);
    } else {
        status->has_reason = true;
        status->reason = REASON(AGENT_RESTARTED);
        status->message = (char *)"the agent was restarted before its launch";
    }
    tasks_end(t, status, no_uuid, step);
}

void tasks_exited(struct task *t,
                  const struct report *report,
                  struct step *step)
{
    bool was_adopting = t->run.phase == RUN_ADOPTING;
    Mesos__V1__TaskStatus *status;

    if (t->run.phase != RUN_LAUNCHING && t->run.phase != RUN_ALIVE &&
        !was_adopting)
        return;
    t->run.phase = RUN_ENDED;
    if (was_adopting && report->fault != NULL) {
        not_found(t, report, step);
        return;
    }
    status = tasks_status(t, TASK_FAILED, step);
    verdict_of_exit(status, report, t, step);
    tasks_end(t, status, no_uuid, step);
}

void tasks_end_written(struct task *t, struct step *step)
{
    if (t->run.phase != RUN_GONE && t->run.phase != RUN_REAPING)
        runs_reap(&t->run, step);
}

void tasks_reaped(struct task *t, struct step *step)
{
    if (t->run.phase != RUN_REAPING)
        return;
    t->run.phase = RUN_GONE;
    leave_image(t, step);
    sandboxes_keep(step->sandboxes, t->key, t->state, step);
    forget_if_over(t, step);
}

void tasks_report(struct task *t,
                  const struct report *report,
                  struct step *step)
{
    if (report->kind == REPORT_PREPARED)
        tasks_prepared(t, report, step);
    else if (report->kind == REPORT_LAUNCHED)
        tasks_launched(t, report, step);
    else if (report->kind == REPORT_EXITED)
        tasks_exited(t, report, step);
    else
        tasks_reaped(t, step);
}

void tasks_acknowledged(struct task *t, struct step *step)
{
    forget_if_over(t, step);
}

static void record_kill(const struct task *t, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__Kill *kill =
        message_new(arena, &mezzo__record__journal__kill__descriptor);

    kill->framework_id = t->framework->id;
    kill->task_id = arena_strdup(arena, t->id);
    kill->has_grace_ms = true;
    kill->grace_ms = t->grace_ms;
    kill->has_reason = verdict_reason_of(t->cause, &kill->reason);
    record->kill = kill;
    scribe_append(step->scribe, record, false, NULL, step);
}

bool tasks_set_cause(struct task *t,
                     enum end_cause cause,
                     msec_t grace_ms,
                     struct step *step)
{
    if (t->cause != END_NONE)
        return false;
    t->cause = cause;
    t->grace_ms = grace_ms;
    record_kill(t, step);
    return true;
}

/* Asked again, it may only have to go sooner. */
static void hurry(struct task *t, msec_t grace_ms, struct step *step)
{
    if (grace_ms < t->grace_ms)
        t->grace_ms = grace_ms;
    if (t->run.phase == RUN_ALIVE && t->kill.position != 0 &&
        step->now + grace_ms < t->kill.due)
        deadlines_set(step->deadlines, &t->kill, step->now + grace_ms);
}

void tasks_kill(struct task *t,
                enum end_cause cause,
                msec_t grace_ms,
                struct step *step)
{
    assert(t->executor == NULL);
    if (task_has_ended(t->state))
        return;
    if (!tasks_set_cause(t, cause, grace_ms, step)) {
        hurry(t, grace_ms, step);
        return;
    }
    if (t->run.phase == RUN_ALIVE) {
        start_kill(t, step);
    } else if (t->run.phase == RUN_PREPARING) {
        Mesos__V1__TaskStatus *status = tasks_status(t, t->state, step);

        verdict_of_cause(status, cause);
        if (!status->has_reason) {
            status->has_reason = true;
            status->reason = REASON(TASK_KILLED_DURING_LAUNCH);
        }
        tasks_end(t, status, no_uuid, step);
    }
}
