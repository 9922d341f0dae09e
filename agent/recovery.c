/* recovery.c - reading: each kind of record changes one thing, in the order in
 * which it happened.  One that names what is not there was written by an agent
 * whose disk failed, or has been damaged: it is left out and counted. */

#include "agent/recovery.h"

#include <string.h>

#include "agent/executors.h"
#include "agent/identity.h"
#include "agent/journal.h"
#include "agent/launch.h"
#include "agent/roster.h"
#include "agent/runs.h"
#include "agent/sandboxes.h"
#include "agent/tasks.h"
#include "agent/updates.h"
#include "agent/verdict.h"
#include "base/memory.h"

/* No clock shows more: sums of times stay in their type. */
#define WALL_MAX_SECONDS ((int64_t)1 << 42)
#define WALL_MAX_MS (WALL_MAX_SECONDS * 1000)
#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

static struct framework *framework_of(const Mesos__V1__FrameworkInfo *info,
                                      struct step *step)
{
    struct framework *f;

    if (info->id == NULL)
        return NULL;
    f = roster_make_framework(step->roster, info->id->value);
    roster_set_framework_info(f, info);
    return f;
}

static void detach_tasks(struct executor *e)
{
    struct task *t;

    while ((t = TAILQ_FIRST(&e->tasks)) != NULL) {
        TAILQ_REMOVE(&e->tasks, t, of_executor);
        t->executor = NULL;
    }
}

static bool read_executor(const Mezzo__Record__Journal__Executor *record,
                          struct step *step)
{
    struct framework *f = framework_of(record->framework, step);
    struct executor *e;

    if (f == NULL || strlen(record->token) >= TOKEN_SIZE)
        return false;
    e = roster_find_executor(step->roster, f->id,
                             record->executor->executor_id->value);
    if (e != NULL) { /* an earlier one of that name */
        detach_tasks(e);
        roster_remove_executor(step->roster, e);
    }
    e = roster_add_executor(step->roster, f, record->executor, record->token);
    e->run.is_recorded = true;
    e->has_worked = true; /* for all we know */
    return roster_read_resources(&e->resources, record->executor->resources,
                                 record->executor->n_resources, NULL) == 0;
}

static bool read_executor_end(const Mezzo__Record__Journal__ExecutorEnd *record,
                              struct step *step)
{
    struct executor *e = roster_find_executor(
        step->roster, record->framework_id, record->executor_id);

    if (e == NULL)
        return false;
    e->run.phase = RUN_ENDED;
    return true;
}

/* When it was said; 0 if it does not say. */
static msec_t wall_of(const Mesos__V1__TaskStatus *status)
{
    return status->timestamp > 0 && status->timestamp < WALL_MAX_SECONDS
               ? (msec_t)(status->timestamp * 1000 + 0.5)
               : 0;
}

static void read_container(struct task *t,
                           const Mesos__V1__ContainerStatus *status)
{
    if (status == NULL)
        return;
    if (t->image_digest == NULL)
        t->image_digest = memory_strdup(status->image_digest);
    if (t->address == NULL && status->n_network_infos > 0 &&
        status->network_infos[0]->n_ip_addresses > 0)
        t->address = memory_strdup(
            status->network_infos[0]->ip_addresses[0]->ip_address);
}

static void read_health(struct task *t, const Mesos__V1__TaskStatus *status)
{
    if (!status->has_healthy)
        return;
    t->health.is_known = true;
    t->health.is_well = status->healthy;
}

/* What a snapshot knows of a task beside the updates that follow. */
static bool read_known(struct task *t, const Mesos__V1__TaskStatus *status)
{
    enum task_state state;

    if (status == NULL)
        return true;
    state = (enum task_state)status->state;
    if ((unsigned)status->state >= TASK_STATES_COUNT || task_has_ended(state) ||
        (state != TASK_STAGING && !task_may_become(TASK_STAGING, state)))
        return false;
    t->state = t->state_journaled = state;
    t->started_wall = wall_of(status);
    read_health(t, status);
    read_container(t, status->container_status);
    return true;
}

static bool read_launch(const Mezzo__Record__Journal__Launch *record,
                        struct step *step)
{
    struct framework *f = framework_of(record->framework, step);
    struct executor *e = NULL;
    struct task *t;

    if (f == NULL || roster_find_task(step->roster, f->id,
                                      record->task->task_id->value) != NULL)
        return false;
    t = roster_add_task(step->roster, f, record->task->task_id->value);
    roster_set_task_info(t, record->task);
    t->run.is_recorded = true;
    t->was_waiting = record->gang_id != NULL;
    if (record->executor != NULL) {
        e = roster_find_executor(step->roster, f->id,
                                 record->executor->executor_id->value);
        t->run.phase = RUN_GONE;
        t->is_delivered = true;
    }
    if (e != NULL)
        executors_add_task(e, t);
    return read_known(t, record->status) &&
           roster_read_resources(&t->resources, record->task->resources,
                                 record->task->n_resources, NULL) == 0;
}

static bool read_go(const Mezzo__Record__Journal__Go *record, struct step *step)
{
    struct task *t =
        roster_find_task(step->roster, record->framework_id, record->task_id);

    if (t != NULL)
        t->was_waiting = false;
    return t != NULL;
}

static bool read_process(const Mezzo__Record__Journal__Process *record,
                         struct step *step)
{
    struct run *run = NULL;

    if (record->has_executor && record->executor) {
        struct executor *e = roster_find_executor(
            step->roster, record->framework_id, record->task_id);

        run = e == NULL ? NULL : &e->run;
    } else {
        struct task *t = roster_find_task(step->roster, record->framework_id,
                                          record->task_id);

        run = t == NULL ? NULL : &t->run;
    }
    if (run == NULL)
        return false;
    run->was_launched = true;
    run->pid = (pid_t)record->pid;
    run->started_ticks = record->started_ticks;
    return true;
}

static bool read_update(const Mezzo__Record__Journal__Update *record,
                        struct step *step)
{
    const Mesos__V1__TaskStatus *status = record->status;
    const char *id = status->task_id->value;
    struct task *t = roster_find_task(step->roster, record->framework_id, id);

    if ((unsigned)status->state >= TASK_STATES_COUNT ||
        !task_may_become(t != NULL ? t->state : TASK_STAGING,
                         (enum task_state)status->state))
        return false;
    if (t == NULL) { /* it was refused */
        t = roster_add_task(
            step->roster,
            roster_make_framework(step->roster, record->framework_id), id);
        t->run.phase = RUN_GONE;
    }
    updates_replay(t, status);
    read_container(t, status->container_status);
    read_health(t, status);
    if (t->state == TASK_RUNNING && t->started_wall == 0)
        t->started_wall = wall_of(status);
    if (task_has_ended(t->state) && t->run.phase != RUN_GONE)
        t->run.phase = RUN_ENDED;
    return true;
}

static bool read_acknowledgement(
    const Mezzo__Record__Journal__Acknowledgement *record, struct step *step)
{
    struct framework *f =
        roster_find_framework(step->roster, record->framework_id);
    struct task *ended;

    if (f == NULL)
        return false;
    ended = updates_replay_acknowledgement(f, record);
    if (ended == NULL)
        return true;
    roster_remove_task(step->roster, ended);
    tasks_leave_framework(f, step);
    return true;
}

static bool read_kill(const Mezzo__Record__Journal__Kill *record,
                      struct step *step)
{
    struct task *t =
        roster_find_task(step->roster, record->framework_id, record->task_id);

    if (t == NULL || record->grace_ms < 0 || record->grace_ms > WALL_MAX_MS)
        return false;
    t->cause = verdict_cause_of(record->has_reason, record->reason);
    t->grace_ms = record->grace_ms;
    return true;
}

/* Its run has been let go. */
static bool read_sandbox(const Mezzo__Record__Journal__Sandbox *record,
                         struct step *step)
{
    struct executor *e = roster_find_executor_of_run(step->roster, record->run);
    struct task *t = roster_find_task_of_run(step->roster, record->run);

    if (record->ended_ms < 0 || record->ended_ms > WALL_MAX_MS)
        return false;
    sandboxes_replay(step->sandboxes, record);
    if (e != NULL && e->run.phase == RUN_ENDED) {
        detach_tasks(e);
        roster_remove_executor(step->roster, e);
    } else if (t != NULL && task_has_ended(t->state)) {
        t->run.phase = RUN_GONE;
    }
    return true;
}

static bool read_record(const Mezzo__Record__Journal *record, struct step *step)
{
    if (record->identity != NULL) {
        identity_read(step->identity, record->identity);
        return true;
    }
    if (record->stream != NULL) {
        updates_replay_stream(
            roster_make_framework(step->roster, record->stream->framework_id),
            record->stream->stream, record->stream->sequence_next);
        return true;
    }
    if (record->sandbox != NULL)
        return read_sandbox(record->sandbox, step);
    if (record->executor != NULL)
        return read_executor(record->executor, step);
    if (record->executor_end != NULL)
        return read_executor_end(record->executor_end, step);
    if (record->launch != NULL)
        return read_launch(record->launch, step);
    if (record->go != NULL)
        return read_go(record->go, step);
    if (record->process != NULL)
        return read_process(record->process, step);
    if (record->update != NULL)
        return read_update(record->update, step);
    if (record->acknowledgement != NULL)
        return read_acknowledgement(record->acknowledgement, step);
    return record->kill != NULL && read_kill(record->kill, step);
}

static bool is_restarted(const struct identity *identity, const char *boot_id)
{
    return identity->boot_id != NULL && strcmp(identity->boot_id, boot_id) != 0;
}

/* As far as the journal says, if it says when the machine was started. */
static bool may_have_stayed_up(const struct step *step, const char *boot_id)
{
    return step->identity->boot_id != NULL &&
           !is_restarted(step->identity, boot_id);
}

struct recovery recovery_read(const uint8_t *bytes,
                              size_t size,
                              const char *boot_id,
                              struct step *step)
{
    struct journal_reader reader = {.bytes = bytes, .size = size};
    struct arena *arena = arena_new();
    struct recovery result = {0};
    const Mezzo__Record__Journal *record;
    enum journal_outcome outcome;

    while ((outcome = journal_read(&reader, arena, &record)) ==
           JOURNAL_RECORD) {
        result.records_count++;
        result.is_cut = result.is_cut || record->cut;
        if (!record->cut && !read_record(record, step))
            result.refused_count++;
        arena_reset(arena);
    }
    if (outcome == JOURNAL_DAMAGED)
        result.durable = journal_durable_behind(&reader, arena);
    arena_free(arena);
    result.read_size = reader.offset;
    result.is_damaged =
        outcome == JOURNAL_DAMAGED &&
        (result.durable > reader.offset || may_have_stayed_up(step, boot_id));
    result.is_torn = outcome != JOURNAL_END && !result.is_damaged;
    return result;
}

static void hold_all(struct roster *r)
{
    struct executor *e;
    struct task *t;

    TAILQ_FOREACH (e, &r->executors, entry)
        if (e->run.phase != RUN_ENDED) {
            e->is_holding = true;
            roster_hold(r, &e->resources);
        }
    TAILQ_FOREACH (t, &r->tasks, entry)
        if (!task_has_ended(t->state)) {
            t->is_holding = true;
            roster_hold(r, &t->resources);
        }
}

static void settle_frameworks(bool is_renewed, struct step *step)
{
    struct framework *f, *next;

    for (f = TAILQ_FIRST(&step->roster->frameworks); f != NULL; f = next) {
        next = TAILQ_NEXT(f, entry);
        if (f->members_count == 0)
            tasks_leave_framework(f, step);
        else if (is_renewed && f->stream != NULL)
            updates_renew(f, step);
    }
}

static size_t settle_executors(bool is_same_boot, struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct executor *e;
    size_t asked = 0;

    TAILQ_FOREACH (e, &step->roster->executors, entry) {
        if (e->run.phase == RUN_ENDED) {
            runs_reap(&e->run, step);
        } else if (!is_same_boot) {
            executors_lost(e, step);
        } else {
            e->has_subscribed = true; /* for all we know */
            runs_adopt(&e->run,
                       launch_user(roster_executor_info(e, arena)->command,
                                   e->framework->info, step),
                       arena_strdup(arena, e->token), step);
            asked++;
        }
    }
    return asked;
}

static const char *user_of(const struct task *t, struct step *step)
{
    const Mesos__V1__TaskInfo *info = roster_task_info(t, step->fx->arena);

    if (info == NULL || info->command == NULL || t->framework->info == NULL)
        return NULL;
    return launch_user(info->command, t->framework->info, step);
}

/* What a run may still have mounted stays. */
static void use_image(struct task *t, struct step *step)
{
    if (t->image_digest == NULL || t->run.phase == RUN_GONE)
        return;
    t->has_image = true;
    images_use(step->images, t->image_digest, step->now);
}

static size_t settle_tasks(bool is_same_boot, struct step *step)
{
    struct refusal orphan, waiting;
    struct task *t;
    size_t asked = 0;

    refusal_set(&orphan, TASK_FAILED, REASON(EXECUTOR_TERMINATED),
                "its executor is not known any more");
    refusal_set(&waiting, TASK_DROPPED, REASON(AGENT_RESTARTED),
                "the agent was restarted before its gang was started");
    TAILQ_FOREACH (t, &step->roster->tasks, entry) {
        use_image(t, step);
        if (t->run.phase == RUN_ENDED) {
            runs_reap(&t->run, step);
        } else if (task_has_ended(t->state)) {
            continue;
        } else if (t->executor != NULL) {
            if (t->was_waiting)
                tasks_refuse(t, &waiting, step);
        } else if (t->run.phase == RUN_GONE) {
            tasks_refuse(t, &orphan, step);
        } else if (!is_same_boot) {
            tasks_lost(t, step);
        } else {
            runs_adopt(&t->run, user_of(t, step), NULL, step);
            asked++;
        }
    }
    return asked;
}

size_t recovery_settle(const struct recovery *recovery,
                       const char *boot_id,
                       struct step *step)
{
    struct identity *identity = step->identity;
    bool is_same_boot = !is_restarted(identity, boot_id);
    size_t asked;

    scribe_found(step->scribe, recovery->read_size,
                 recovery->is_torn || recovery->is_cut);
    if (identity_set_boot(identity, boot_id))
        scribe_append(step->scribe, identity_record(identity, step->fx->arena),
                      false, NULL, step);
    settle_frameworks(!is_same_boot || recovery->is_cut, step);
    hold_all(step->roster);
    asked = settle_executors(is_same_boot, step);
    asked += settle_tasks(is_same_boot, step);
    sandboxes_start(step->sandboxes, step);
    return asked;
}
