/* executors.c - an executor's run in its phases, and its tasks in its end. */

#include "agent/executors.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "agent/channels.h"
#include "agent/dialogue.h"
#include "agent/inboxes.h"
#include "agent/launch.h"
#include "agent/outbox.h"
#include "agent/processes.h"
#include "agent/runs.h"
#include "agent/sandboxes.h"
#include "agent/tasks.h"
#include "agent/verdict.h"
#include "base/id.h"
#include "base/message.h"

enum {
    KILL_AGAIN_MS = 5000,
};

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static const ProtobufCBinaryData no_uuid;

void executors_make_token(const char *key,
                          char token[TOKEN_SIZE],
                          struct step *step)
{
    uint8_t mac[crypto_auth_BYTES];
    char text[ID_SIZE_MAX * 3];

    /* Not the same one again for an executor of the same name. */
    snprintf(text, sizeof text, "%016llx %s",
             (unsigned long long)random_next(step->random), key);
    crypto_auth(mac, (const uint8_t *)text, strlen(text),
                step->options->secret);
    sodium_bin2hex(token, TOKEN_SIZE, mac, sizeof mac);
}

void executors_add_task(struct executor *e, struct task *t)
{
    t->executor = e;
    t->run.phase = RUN_GONE; /* it has none of its own */
    TAILQ_INSERT_TAIL(&e->tasks, t, of_executor);
}

bool executors_is_ending(const struct executor *e)
{
    return e->cause != END_NONE || e->was_asked || e->run.phase >= RUN_ENDED;
}

void executors_record(struct executor *e, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__Executor *executor =
        message_new(arena, &mezzo__record__journal__executor__descriptor);

    executor->framework = e->framework->info;
    executor->executor = roster_executor_info(e, arena);
    executor->token = e->token;
    record->executor = executor;
    scribe_append(step->scribe, record, false, &e->recorded, step);
}

void executors_begin(struct executor *e, struct step *step)
{
    const Mesos__V1__ExecutorInfo *info =
        roster_executor_info(e, step->fx->arena);

    sandboxes_clear(step->sandboxes, e->key, step);
    launch_prepare(runs_order(e->key, ORDER_PREPARE, step), info->command,
                   e->framework->info, step);
}

/* Journal its end; behind it are those of its tasks. */
static void record_end(struct executor *e, struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__ExecutorEnd *end =
        message_new(arena, &mezzo__record__journal__executor_end__descriptor);

    end->framework_id = e->framework->id;
    end->executor_id = arena_strdup(arena, e->id);
    record->executor_end = end;
    scribe_append(step->scribe, record, true, &e->ended, step);
}

static void end_task(struct executor *e,
                     struct task *t,
                     const char *message,
                     Mesos__V1__TaskStatus__Reason reason,
                     struct step *step)
{
    Mesos__V1__TaskStatus *status = tasks_status(t, TASK_FAILED, step);
    enum end_cause cause = t->cause != END_NONE ? t->cause : e->cause;

    if (t->gang != NULL)
        status->state = MESOS__V1__TASK_STATE__TASK_DROPPED;
    if (cause != END_NONE && cause != END_ASKED) {
        verdict_of_cause(status, cause);
    } else if (t->cause == END_ASKED) {
        verdict_of_cause(status, END_ASKED);
    } else {
        status->has_reason = true;
        status->reason = reason;
        status->message = (char *)message;
    }
    tasks_end(t, status, no_uuid, step);
}

/* There is no process, or no longer one: so ends what it was to run. */
static void end_executor(struct executor *e,
                         const char *message,
                         Mesos__V1__TaskStatus__Reason reason,
                         struct step *step)
{
    struct task *t;

    e->run.phase = RUN_ENDED;
    deadlines_cancel(step->deadlines, &e->subscribe);
    deadlines_cancel(step->deadlines, &e->kill);
    scribe_cancel(step->scribe, &e->recorded);
    dialogue_close(e, step);
    processes_forget(e);
    channels_executor_lost(e, step);
    inboxes_executor_lost(e, "it has ended", step);
    TAILQ_FOREACH (t, &e->tasks, of_executor)
        if (!task_has_ended(t->state))
            end_task(e, t, message, reason, step);
    if (e->is_holding) {
        e->is_holding = false;
        roster_let_go(step->roster, &e->resources);
    }
    record_end(e, step);
}

static void launch_if_ready(struct executor *e, struct step *step)
{
    if (!runs_is_ready(&e->run))
        return;
    launch_executor(runs_order(e->key, ORDER_LAUNCH, step), e,
                    roster_executor_info(e, step->fx->arena), step);
    e->run.phase = RUN_LAUNCHING;
}

void executors_recorded(struct executor *e, struct step *step)
{
    e->run.is_recorded = true;
    launch_if_ready(e, step);
}

static void prepared(struct executor *e,
                     const struct report *report,
                     struct step *step)
{
    if (e->run.phase != RUN_PREPARING)
        return;
    if (report->fault != NULL) {
        end_executor(e, report->fault, REASON(CONTAINER_LAUNCH_FAILED), step);
        return;
    }
    e->run.is_prepared = true;
    launch_if_ready(e, step);
}

/* It is alive, and is to end. */
static void start_stop(struct executor *e, struct step *step)
{
    e->was_asked = true;
    if (e->peer != NULL)
        dialogue_shut_down(e, step);
    else
        runs_signal(&e->run, SIGTERM, step);
    deadlines_set(step->deadlines, &e->kill, step->now + e->grace_ms);
}

static void launched(struct executor *e,
                     const struct report *report,
                     struct step *step)
{
    struct task *t;

    if (e->run.phase != RUN_LAUNCHING && e->run.phase != RUN_ADOPTING)
        return;
    if (report->fault != NULL) {
        end_executor(e, report->fault, REASON(CONTAINER_LAUNCH_FAILED), step);
        return;
    }
    runs_live(&e->run, e->framework->id, e->id, true, report, step);
    TAILQ_FOREACH (t, &e->tasks, of_executor)
        if (!task_has_ended(t->state) && t->started_wall > 0)
            tasks_count_walltime(t, step);
    if (e->cause != END_NONE)
        start_stop(e, step);
    else if (e->peer == NULL)
        deadlines_set(step->deadlines, &e->subscribe,
                      step->now + step->options->executor_ms);
}

static void tell_master(const struct executor *e,
                        const struct report *report,
                        struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__AgentCall *call =
        outbox_call(MEZZO__AGENT_CALL__TYPE__EXECUTOR_ENDED, step);
    Mezzo__AgentCall__ExecutorEnded *ended =
        message_new(arena, &mezzo__agent_call__executor_ended__descriptor);

    ended->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    ended->framework_id->value = arena_strdup(arena, e->framework->id);
    ended->executor_id =
        message_new(arena, &mesos__v1__executor_id__descriptor);
    ended->executor_id->value = arena_strdup(arena, e->id);
    ended->has_status = report->is_status_known;
    ended->status = report->wait_status;
    call->executor_ended = ended;
    outbox_put(step->outbox, call, step);
}

static void exited(struct executor *e,
                   const struct report *report,
                   struct step *step)
{
    bool was_never = e->run.phase == RUN_ADOPTING && report->fault != NULL &&
                     !e->run.was_launched;

    if (e->run.phase != RUN_LAUNCHING && e->run.phase != RUN_ALIVE &&
        e->run.phase != RUN_ADOPTING)
        return;
    tell_master(e, report, step);
    if (was_never)
        end_executor(e, "the agent was restarted before its executor's launch",
                     REASON(AGENT_RESTARTED), step);
    else if (report->is_out_of_memory && report->wait_status != 0)
        end_executor(e, "its executor was out of memory",
                     REASON(CONTAINER_LIMITATION_MEMORY), step);
    else
        end_executor(e, "its executor ended", REASON(EXECUTOR_TERMINATED),
                     step);
}

void executors_lost(struct executor *e, struct step *step)
{
    end_executor(e, "the machine was restarted", REASON(AGENT_RESTARTED), step);
}

void executors_end_written(struct executor *e, struct step *step)
{
    runs_reap(&e->run, step);
}

static void reaped(struct executor *e, struct step *step)
{
    struct framework *f = e->framework;
    struct task *t;

    if (e->run.phase != RUN_REAPING)
        return;
    sandboxes_keep(step->sandboxes, e->key, TASK_UNKNOWN, step);
    while ((t = TAILQ_FIRST(&e->tasks)) != NULL) {
        TAILQ_REMOVE(&e->tasks, t, of_executor);
        t->executor = NULL;
    }
    roster_remove_executor(step->roster, e);
    tasks_leave_framework(f, step);
}

void executors_report(struct executor *e,
                      const struct report *report,
                      struct step *step)
{
    if (report->kind == REPORT_PREPARED)
        prepared(e, report, step);
    else if (report->kind == REPORT_LAUNCHED)
        launched(e, report, step);
    else if (report->kind == REPORT_EXITED)
        exited(e, report, step);
    else
        reaped(e, step);
}

void executors_link_ended(const char *peer, struct step *step)
{
    struct executor *e = dialogue_link_ended(peer, step);

    if (e == NULL || e->run.phase != RUN_ALIVE)
        return;
    channels_executor_lost(e, step);
    inboxes_executor_lost(e, "its link to its agent ended", step);
    effects_log(step->fx, LOG_LEVEL_NOTICE, "%s: its link ended", e->key);
    if (!e->was_asked)
        deadlines_set(step->deadlines, &e->subscribe,
                      step->now + step->options->executor_ms);
}

void executors_subscribe_due(struct executor *e, struct step *step)
{
    e->cause = e->has_subscribed ? END_EXECUTOR_MISSING : END_EXECUTOR_LATE;
    e->was_asked = true;
    executors_kill_due(e, step);
}

void executors_kill_due(struct executor *e, struct step *step)
{
    runs_signal(&e->run, SIGKILL, step);
    deadlines_set(step->deadlines, &e->kill, step->now + KILL_AGAIN_MS);
}

void executors_stop(struct executor *e,
                    enum end_cause cause,
                    msec_t grace_ms,
                    struct step *step)
{
    if (executors_is_ending(e))
        return;
    e->cause = cause;
    e->grace_ms = grace_ms;
    deadlines_cancel(step->deadlines, &e->subscribe);
    if (e->run.phase == RUN_ALIVE)
        start_stop(e, step);
    else if (e->run.phase == RUN_PREPARING)
        end_executor(e, "its executor was ended", REASON(EXECUTOR_TERMINATED),
                     step);
}

static bool has_work(const struct executor *e)
{
    const struct task *t;

    TAILQ_FOREACH (t, &e->tasks, of_executor)
        if (!task_has_ended(t->state))
            return true;
    return false;
}

void executors_stop_if_unused(struct executor *e, struct step *step)
{
    if (!e->has_worked && !has_work(e))
        executors_stop(e, END_ASKED, step->options->grace_ms, step);
}

void executors_kill_task(struct task *t,
                         enum end_cause cause,
                         msec_t grace_ms,
                         struct step *step)
{
    struct executor *e = t->executor;
    Mesos__V1__TaskStatus *status;

    if (task_has_ended(t->state))
        return;
    tasks_set_cause(t, cause, grace_ms, step);
    if (t->is_delivered) {
        dialogue_kill(t, step); /* or when it subscribes */
        return;
    }
    status = tasks_status(t, t->state, step);
    verdict_of_cause(status, t->cause);
    if (!status->has_reason) {
        status->has_reason = true;
        status->reason = REASON(TASK_KILLED_DURING_LAUNCH);
    }
    tasks_end(t, status, no_uuid, step);
    if (!e->has_subscribed && !has_work(e))
        executors_stop(e, END_ASKED, step->options->grace_ms, step);
}
