/* snapshot.c - the opposite of recovery.c.  In an order in which nothing is
 * named before it is there. */

#include "agent/snapshot.h"

#include <string.h>

#include "agent/identity.h"
#include "agent/journal.h"
#include "agent/launch_container.h"
#include "agent/roster.h"
#include "agent/sandboxes.h"
#include "agent/updates.h"
#include "agent/verdict.h"
#include "base/message.h"

struct snapshot {
    struct arena *arena; /* of the result */
    struct arena *scratch;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

static Mezzo__Record__Journal *record_new(struct snapshot *s)
{
    return message_new(s->scratch, &mezzo__record__journal__descriptor);
}

/* Take over the record, and forget what it was made of. */
static void add(struct snapshot *s, const Mezzo__Record__Journal *record)
{
    size_t size = journal_size(record);

    if (s->capacity - s->size < size) {
        size_t capacity = (s->size + size) * 2;
        uint8_t *grown = arena_alloc(s->arena, capacity);

        if (s->size > 0)
            memcpy(grown, s->bytes, s->size);
        s->bytes = grown;
        s->capacity = capacity;
    }
    journal_write(record, s->bytes + s->size);
    s->size += size;
    arena_reset(s->scratch);
}

static void add_process(struct snapshot *s,
                        const struct run *run,
                        const char *framework_id,
                        const char *id,
                        bool is_executor)
{
    Mezzo__Record__Journal *record = record_new(s);
    Mezzo__Record__Journal__Process *process =
        message_new(s->scratch, &mezzo__record__journal__process__descriptor);

    if (!run->was_launched)
        return;
    process->framework_id = (char *)framework_id;
    process->task_id = (char *)id;
    process->pid = run->pid;
    process->started_ticks = run->started_ticks;
    process->has_executor = process->executor = is_executor;
    record->process = process;
    add(s, record);
}

static void add_executor_end(struct snapshot *s, const struct executor *e)
{
    Mezzo__Record__Journal *record = record_new(s);
    Mezzo__Record__Journal__ExecutorEnd *end = message_new(
        s->scratch, &mezzo__record__journal__executor_end__descriptor);

    end->framework_id = e->framework->id;
    end->executor_id = (char *)e->id;
    record->executor_end = end;
    add(s, record);
}

static void add_executor(struct snapshot *s, const struct executor *e)
{
    Mezzo__Record__Journal *record = record_new(s);
    Mezzo__Record__Journal__Executor *executor =
        message_new(s->scratch, &mezzo__record__journal__executor__descriptor);

    executor->framework = e->framework->info;
    executor->executor = roster_executor_info(e, s->scratch);
    executor->token = (char *)e->token;
    record->executor = executor;
    add(s, record);
    add_process(s, &e->run, e->framework->id, e->id, true);
}

/* What of its updates is not there any more; those that are make its state. */
static Mesos__V1__TaskStatus *known_status(const struct task *t,
                                           struct arena *arena)
{
    Mesos__V1__TaskStatus *status =
        message_new(arena, &mesos__v1__task_status__descriptor);

    status->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    status->task_id->value = (char *)t->id;
    status->state = t->updates_count > 0
                        ? MESOS__V1__TASK_STATE__TASK_STAGING
                        : (Mesos__V1__TaskState)t->state_journaled;
    status->has_timestamp = t->started_wall > 0;
    status->timestamp = (double)t->started_wall / 1000;
    status->has_healthy = t->health.is_known;
    status->healthy = t->health.is_well;
    if (t->image_digest != NULL)
        status->container_status = launch_container_status(t, arena);
    return status;
}

static void add_launch(struct snapshot *s, const struct task *t)
{
    Mezzo__Record__Journal *record = record_new(s);
    Mezzo__Record__Journal__Launch *launch =
        message_new(s->scratch, &mezzo__record__journal__launch__descriptor);

    launch->framework = t->framework->info;
    launch->task = roster_task_info(t, s->scratch);
    if (t->updates_count == 0 || t->started_wall > 0)
        launch->status = known_status(t, s->scratch);
    if (t->executor != NULL)
        launch->executor = roster_executor_info(t->executor, s->scratch);
    else
        launch->executor = launch->task->executor;
    if (t->gang != NULL)
        launch->gang_id = t->gang->id;
    record->launch = launch;
    add(s, record);
}

static void add_kill(struct snapshot *s, const struct task *t)
{
    Mezzo__Record__Journal *record = record_new(s);
    Mezzo__Record__Journal__Kill *kill =
        message_new(s->scratch, &mezzo__record__journal__kill__descriptor);

    kill->framework_id = t->framework->id;
    kill->task_id = (char *)t->id;
    kill->has_grace_ms = true;
    kill->grace_ms = t->grace_ms;
    kill->has_reason = verdict_reason_of(t->cause, &kill->reason);
    record->kill = kill;
    add(s, record);
}

static void add_task(struct snapshot *s, const struct task *t)
{
    /* One that was refused is made by its update. */
    if (t->info == NULL)
        return;
    add_launch(s, t);
    add_process(s, &t->run, t->framework->id, t->id, false);
    if (t->cause != END_NONE)
        add_kill(s, t);
}

static void add_stream(struct snapshot *s, const struct framework *f)
{
    Mezzo__Record__Journal *record = record_new(s);

    if (updates_stream_record(f, record, s->scratch))
        add(s, record);
}

static void add_updates(struct snapshot *s, const struct framework *f)
{
    const struct update *u = NULL;

    for (;;) {
        Mezzo__Record__Journal *record = record_new(s);

        u = updates_next(f, u, record, s->scratch);
        if (u == NULL)
            return;
        add(s, record);
    }
}

static void add_sandboxes(struct snapshot *s, const struct sandboxes *sandboxes)
{
    const struct sandbox *b = NULL;

    for (;;) {
        Mezzo__Record__Journal *record = record_new(s);

        b = sandboxes_next(sandboxes, b, record, s->scratch);
        if (b == NULL)
            return;
        add(s, record);
    }
}

const uint8_t *snapshot_make(struct step *step, size_t *size)
{
    struct snapshot s = {.arena = step->fx->arena, .scratch = arena_new()};
    const struct framework *f;
    const struct executor *e;
    const struct task *t;

    add(&s, identity_record(step->identity, s.scratch));
    TAILQ_FOREACH (f, &step->roster->frameworks, entry)
        add_stream(&s, f);
    TAILQ_FOREACH (e, &step->roster->executors, entry)
        add_executor(&s, e);
    TAILQ_FOREACH (t, &step->roster->tasks, entry)
        add_task(&s, t);
    TAILQ_FOREACH (f, &step->roster->frameworks, entry)
        add_updates(&s, f);
    TAILQ_FOREACH (e, &step->roster->executors, entry)
        if (e->run.phase >= RUN_ENDED)
            add_executor_end(&s, e);
    add_sandboxes(&s, step->sandboxes);
    arena_free(s.scratch);
    *size = s.size;
    return s.bytes;
}
