/* tasks.c - one allocation for a task and its strings; lists through it for
 * its framework, its agent and all. */

#include "master/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"
#include "master/agents.h"
#include "master/frameworks.h"

struct tasks {
    TAILQ_HEAD(, task) all;
    TAILQ_HEAD(completed_list, completed) completed;
    size_t completed_count;
    size_t count;
    uint64_t serial;
};

/* Where tasks_add() puts it: not to read that pointer is a tenth of a look-up
 * among many. */
static const char *id_of(const void *value)
{
    return (const char *)((const struct task *)value + 1);
}

struct tasks *tasks_new(void)
{
    struct tasks *t = memory_new(1, sizeof *t);

    TAILQ_INIT(&t->all);
    TAILQ_INIT(&t->completed);
    return t;
}

static void task_free(struct task *task)
{
    resources_release(&task->resources);
    resources_release(&task->asked);
    free(task->labels);
    free(task->end);
    free(task);
}

void tasks_free(struct tasks *t)
{
    struct task *task;
    struct completed *c;

    if (t == NULL)
        return;
    while ((task = TAILQ_FIRST(&t->all)) != NULL) {
        TAILQ_REMOVE(&t->all, task, of_all);
        task_free(task);
    }
    while ((c = TAILQ_FIRST(&t->completed)) != NULL) {
        TAILQ_REMOVE(&t->completed, c, entry);
        free(c);
    }
    free(t);
}

/* Copies `text` to `*at`, which moves behind it. */
static const char *append_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*at, text, size);

    *at += size;
    return copy;
}

/* Those whose ends are to be acknowledged come first: they are soon found. */
static void list_of_agent(struct task *task)
{
    if (task_has_ended((enum task_state)task->forwarded))
        TAILQ_INSERT_HEAD(&task->agent->tasks, task, of_agent);
    else
        TAILQ_INSERT_TAIL(&task->agent->tasks, task, of_agent);
}

struct task *tasks_add(struct tasks *t,
                       struct framework *framework,
                       struct agent *agent,
                       const struct task_launch *launch)
{
    bool has_name = strcmp(launch->name, launch->id) != 0;
    const char *user = launch->user != NULL ? launch->user : "";
    size_t text_size = strlen(launch->id) + strlen(launch->role) +
                       strlen(user) + 3 +
                       (has_name ? strlen(launch->name) + 1 : 0);
    struct task *task = memory_new(1, sizeof *task + text_size);
    char *at;
    size_t size;

    at = (char *)(task + 1);
    task->id = append_text(&at, launch->id);
    task->name = has_name ? append_text(&at, launch->name) : task->id;
    task->role = append_text(&at, launch->role);
    task->user = append_text(&at, user);
    task->framework = framework;
    task->agent = agent;
    task->state = task->forwarded = (uint8_t)launch->state;
    task->serial = ++t->serial;
    task->launched_ms = launch->launched_ms;
    if (!task_has_ended(launch->state))
        resources_copy(&task->resources, launch->resources);
    if (launch->labels != NULL && launch->labels->n_labels > 0) {
        task->labels = message_pack(&launch->labels->base, &size);
        task->labels_size = (uint32_t)size;
    }
    if (framework->tasks_by_id == NULL)
        framework->tasks_by_id = table_new(id_of);
    table_add(framework->tasks_by_id, task);
    TAILQ_INSERT_TAIL(&framework->tasks, task, of_framework);
    list_of_agent(task);
    TAILQ_INSERT_TAIL(&t->all, task, of_all);
    t->count++;
    return task;
}

void tasks_remove(struct tasks *t, struct task *task)
{
    tasks_leave_gang(task);
    table_remove(task->framework->tasks_by_id, task);
    TAILQ_REMOVE(&task->framework->tasks, task, of_framework);
    TAILQ_REMOVE(&task->agent->tasks, task, of_agent);
    TAILQ_REMOVE(&t->all, task, of_all);
    t->count--;
    task_free(task);
}

void tasks_set_walltime(struct task *task, msec_t max_ms)
{
    int64_t seconds = (max_ms + 999) / 1000;

    task->max_seconds = seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

msec_t tasks_walltime_ms(const struct task *task)
{
    return (msec_t)task->max_seconds * 1000;
}

void tasks_leave_gang(struct task *task)
{
    if (task->gang != NULL)
        LIST_REMOVE(task, of_gang);
    task->gang = NULL;
}

struct task *tasks_find(const struct framework *framework, const char *id)
{
    return framework->tasks_by_id == NULL
               ? NULL
               : table_find(framework->tasks_by_id, id);
}

struct task *tasks_first(const struct tasks *t)
{
    return TAILQ_FIRST(&t->all);
}

size_t tasks_count(const struct tasks *t)
{
    return t->count;
}

void tasks_set_end(struct task *task, const Mesos__V1__TaskStatus *status)
{
    Mesos__V1__TaskStatus kept = *status;
    size_t size;

    kept.has_data = 0;
    kept.base.n_unknown_fields = 0;
    free(task->end);
    task->end = message_pack(&kept.base, &size);
    task->end_size = (uint32_t)size;
}

void tasks_set_forwarded(struct task *task, enum task_state state)
{
    bool was_ended = task_has_ended((enum task_state)task->forwarded);

    task->forwarded = (uint8_t)state;
    if (was_ended == task_has_ended(state))
        return; /* its place is right; who walks the list relies on it */
    TAILQ_REMOVE(&task->agent->tasks, task, of_agent);
    list_of_agent(task);
}

void tasks_move(struct task *task, struct agent *agent)
{
    TAILQ_REMOVE(&task->agent->tasks, task, of_agent);
    task->agent = agent;
    list_of_agent(task);
}

Mesos__V1__Task *tasks_describe(const struct task *task, struct arena *arena)
{
    Mesos__V1__Task *d = message_new(arena, &mesos__v1__task__descriptor);

    d->name = arena_strdup(arena, task->name);
    d->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
    d->task_id->value = arena_strdup(arena, task->id);
    d->framework_id = message_new(arena, &mesos__v1__framework_id__descriptor);
    d->framework_id->value = arena_strdup(arena, task->framework->id);
    d->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    d->agent_id->value = arena_strdup(arena, task->agent->id);
    d->user = arena_strdup(arena, task->user[0] != '\0'
                                      ? task->user
                                      : task->framework->info->user);
    d->has_launched_ms = task->launched_ms > 0;
    d->launched_ms = task->launched_ms;
    d->has_started_ms = task->started_ms > 0;
    d->started_ms = task->started_ms;
    d->state = (Mesos__V1__TaskState)task->state;
    d->has_status_update_state = 1;
    d->status_update_state = (Mesos__V1__TaskState)task->forwarded;
    if (task->agent->info != NULL)
        d->agent_hostname = arena_strdup(arena, task->agent->info->hostname);
    d->resources = resources_to_wire(
        task_has_ended((enum task_state)task->state) ? &task->asked
                                                     : &task->resources,
        task->role, arena, &d->n_resources);
    d->has_priority = task->priority != 0;
    d->priority = task->priority;
    if (task->max_seconds > 0) {
        d->max_completion_time =
            message_new(arena, &mesos__v1__duration_info__descriptor);
        d->max_completion_time->nanoseconds = tasks_walltime_ms(task) * 1000000;
    }
    if (task->labels != NULL)
        d->labels = message_unpack_in(arena, &mesos__v1__labels__descriptor,
                                      task->labels, task->labels_size);
    if (task->end != NULL) {
        d->statuses = arena_alloc(arena, sizeof *d->statuses);
        d->statuses[0] =
            message_unpack_in(arena, &mesos__v1__task_status__descriptor,
                              task->end, task->end_size);
        d->n_statuses = d->statuses[0] != NULL;
    }
    return d;
}

struct executor *tasks_find_executor(const struct agent *agent,
                                     const struct framework *framework,
                                     const char *id)
{
    struct executor *e;

    TAILQ_FOREACH (e, &agent->executors, of_agent)
        if (e->framework == framework && strcmp(e->id, id) == 0)
            return e;
    return NULL;
}

struct executor *tasks_add_executor(struct agent *agent,
                                    struct framework *framework,
                                    const char *id,
                                    const char *role,
                                    const struct resources *resources)
{
    struct executor *e = memory_new(1, sizeof *e);

    e->id = memory_strdup(id);
    e->role = memory_strdup(role);
    e->framework = framework;
    framework->executors_count++;
    resources_copy(&e->resources, resources);
    TAILQ_INSERT_TAIL(&agent->executors, e, of_agent);
    return e;
}

void tasks_remove_executor(struct agent *agent, struct executor *e)
{
    TAILQ_REMOVE(&agent->executors, e, of_agent);
    e->framework->executors_count--;
    resources_release(&e->resources);
    free(e->id);
    free(e->role);
    free(e);
}

void tasks_note_completed(struct tasks *t,
                          const struct task *task,
                          size_t completed_max,
                          struct arena *arena)
{
    ProtobufCBinaryData packed =
        message_pack_in(arena, &tasks_describe(task, arena)->base);
    const char *framework_id = task->framework->id, *agent_id = task->agent->id;
    size_t text_size = strlen(framework_id) + strlen(task->id) +
                       strlen(task->name) + strlen(agent_id) + 4;
    struct completed *c = memory_new(1, sizeof *c + packed.len + text_size);
    char *at = (char *)c->bytes + packed.len;

    c->size = packed.len;
    memcpy(c->bytes, packed.data, packed.len);
    c->framework_id = append_text(&at, framework_id);
    c->task_id = append_text(&at, task->id);
    c->name = append_text(&at, task->name);
    c->agent_id = append_text(&at, agent_id);
    TAILQ_INSERT_TAIL(&t->completed, c, entry);
    if (++t->completed_count <= completed_max)
        return;
    c = TAILQ_FIRST(&t->completed);
    TAILQ_REMOVE(&t->completed, c, entry);
    t->completed_count--;
    free(c);
}

const struct completed *tasks_first_completed(const struct tasks *t)
{
    return TAILQ_FIRST(&t->completed);
}

Mesos__V1__Task **tasks_completed(const struct tasks *t,
                                  size_t rows_max,
                                  struct arena *arena,
                                  size_t *count)
{
    Mesos__V1__Task **rows = arena_alloc(arena, rows_max * sizeof *rows);
    const struct completed *c = TAILQ_LAST(&t->completed, completed_list);
    size_t at = rows_max;

    for (; c != NULL && at > 0; c = TAILQ_PREV(c, completed_list, entry))
        rows[--at] = message_unpack_in(arena, &mesos__v1__task__descriptor,
                                       c->bytes, c->size);
    *count = rows_max - at;
    return rows + at;
}
