/* placing.c - the checks of one task after the other, and what they leave. */

#include "master/placing.h"

#include <string.h>

#include "base/id.h"
#include "base/message.h"
#include "master/events.h"
#include "master/holdings.h"

#define NANOSECONDS_PER_MS 1000000
#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

msec_t placing_refuse_ms(const struct turn *t,
                         const Mesos__V1__Filters *filters)
{
    int64_t milliseconds;

    if (filters == NULL || !filters->has_refuse_seconds ||
        !milli_from_double(filters->refuse_seconds, &milliseconds))
        return t->m->options.decline_ms;
    return milliseconds;
}

struct offer *placing_find_offer(const struct turn *t,
                                 const struct framework *framework,
                                 const char *id)
{
    struct offer *offer = offers_find(t->m->offers, id);

    return offer != NULL && offer->framework == framework ? offer : NULL;
}

void placing_refuse(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__TaskInfo *task,
                    enum task_state state,
                    Mesos__V1__TaskStatus__Reason reason,
                    const char *message)
{
    events_status(t, framework,
                  &(struct status_said){.task_id = task->task_id->value,
                                        .agent_id = task->agent_id->value,
                                        .state = state,
                                        .reason = reason,
                                        .message = message});
}

size_t placing_tasks_of(const Mesos__V1__Offer__Operation *operation,
                        Mesos__V1__TaskInfo ***tasks)
{
    if (operation->launch != NULL) {
        *tasks = operation->launch->task_infos;
        return operation->launch->n_task_infos;
    }
    if (operation->launch_group != NULL) {
        *tasks = operation->launch_group->task_group->tasks;
        return operation->launch_group->task_group->n_tasks;
    }
    return 0;
}

void placing_drop_all(struct turn *t,
                      struct framework *framework,
                      const Mesos__V1__Scheduler__Call__Accept *call,
                      const char *why)
{
    for (size_t i = 0; i < call->n_operations; i++) {
        Mesos__V1__TaskInfo **tasks;
        size_t count = placing_tasks_of(call->operations[i], &tasks);

        for (size_t k = 0; k < count; k++)
            placing_refuse(t, framework, tasks[k], TASK_DROPPED,
                           REASON(INVALID_OFFERS), why);
    }
}

/* A task takes up the slot it names, or the first that is still free, once or
 * as often as it says: whose offer's walltime is its, too. */
static msec_t note_placed(const struct placing *a,
                          const Mesos__V1__TaskInfo *task)
{
    uint32_t count = task->has_ask_count ? task->ask_count : 1;

    for (size_t i = 0; i < a->offers_count; i++) {
        struct offer *offer = a->offers[i];

        for (size_t k = 0; k < offer->slots_count; k++) {
            struct offer_slot *slot = &offer->slots[k];
            uint32_t left = slot->granted - slot->placed;

            if (slot->placed == slot->granted ||
                (task->has_ask_slot && task->ask_slot != k))
                continue;
            slot->placed += count < left ? count : left;
            return offer->max_ms;
        }
    }
    return a->offers[0]->max_ms;
}

/* It runs for as long as it says, but no longer than `max_ms`. */
static msec_t bound_walltime(Mesos__V1__TaskInfo *task,
                             msec_t max_ms,
                             struct arena *arena)
{
    Mesos__V1__DurationInfo *own = task->max_completion_time;
    msec_t own_ms = own == NULL ? 0 : own->nanoseconds / NANOSECONDS_PER_MS;

    if (max_ms == 0 || (own_ms > 0 && own_ms <= max_ms))
        return own_ms > 0 ? own_ms : 0;
    own = message_new(arena, &mesos__v1__duration_info__descriptor);
    own->nanoseconds = max_ms * NANOSECONDS_PER_MS;
    task->max_completion_time = own;
    return max_ms;
}

static void note_launched(struct placing *a,
                          struct task *task,
                          struct arena *arena)
{
    if (a->launched_count == a->launched_size) {
        size_t size = a->launched_size > 0 ? a->launched_size * 2 : 8;
        struct task **grown = arena_alloc(arena, size * sizeof *grown);

        if (a->launched_count > 0)
            memcpy(grown, a->launched, a->launched_count * sizeof *grown);
        a->launched = grown;
        a->launched_size = size;
    }
    a->launched[a->launched_count++] = task;
}

/* NULL, or why it is not run, in words for the framework. */
static const char *refuse_info(const struct placing *a,
                               const Mesos__V1__TaskInfo *task,
                               const struct resources *wanted,
                               struct error *text)
{
    if (!id_is_valid(task->task_id->value))
        return "task_id: 1 to 200 printable characters without '/' or blanks";
    if (tasks_find(a->framework, task->task_id->value) != NULL)
        return "task_id: the framework has a task of this id already";
    if (strcmp(task->agent_id->value, a->agent->id) != 0)
        return "agent_id: not the agent of the offer";
    if ((task->command == NULL) == (task->executor == NULL))
        return "it must have either a command or an executor";
    if (task->executor != NULL &&
        !id_is_valid(task->executor->executor_id->value))
        return "executor_id: 1 to 200 printable characters without '/' or "
               "blanks";
    if (resources_is_empty(wanted))
        return "resources: it asks for none";
    if (resources_lack(&a->left, wanted, text))
        return text->text;
    return NULL;
}

/* What the task needs here: its own, and its executor's if that is new. */
static int sum_wanted(const struct placing *a,
                      const Mesos__V1__TaskInfo *task,
                      struct resources *own,
                      struct resources *executor,
                      struct error *err)
{
    int rc = resources_from_wire(own, task->resources, task->n_resources, err);

    if (rc < 0 || task->executor == NULL ||
        tasks_find_executor(a->agent, a->framework,
                            task->executor->executor_id->value) != NULL)
        return rc;
    return resources_from_wire(executor, task->executor->resources,
                               task->executor->n_resources, err);
}

static void note_launch(struct turn *t,
                        struct placing *a,
                        Mesos__V1__TaskInfo *task,
                        const struct resources *own,
                        const struct resources *executor)
{
    struct task *added = tasks_add(
        t->m->tasks, a->framework, a->agent,
        &(struct task_launch){
            .id = task->task_id->value,
            .name = task->name,
            .role = a->role,
            .user = task->command != NULL ? task->command->user : NULL,
            .resources = own,
            .labels = task->labels,
            .state = TASK_STAGING,
            .launched_ms = t->input->wall});
    msec_t max_ms = bound_walltime(task, note_placed(a, task), t->arena);

    added->priority = a->offers[0]->priority;
    task->has_priority = added->priority != 0;
    task->priority = added->priority;
    t->m->has_priorities |= added->priority != 0;
    tasks_set_walltime(added, max_ms);
    note_launched(a, added, t->arena);
    resources_subtract(&a->left, own);
    if (task->executor == NULL ||
        tasks_find_executor(a->agent, a->framework,
                            task->executor->executor_id->value) != NULL)
        return;
    tasks_add_executor(a->agent, a->framework,
                       task->executor->executor_id->value, a->role, executor);
    resources_subtract(&a->left, executor);
}

/* Resources as the agent is to keep them, with the role they count for. */
static void name_role(struct turn *t,
                      const struct placing *a,
                      Mesos__V1__TaskInfo *task,
                      const struct resources *own)
{
    task->resources =
        resources_to_wire(own, a->role, t->arena, &task->n_resources);
}

bool placing_launch(struct turn *t,
                    struct placing *a,
                    Mesos__V1__TaskInfo *task)
{
    struct resources own = {0}, executor = {0}, wanted = {0};
    struct error err;
    const char *fault;

    if (sum_wanted(a, task, &own, &executor, &err) < 0) {
        fault = err.text;
    } else {
        resources_copy(&wanted, &own);
        resources_add(&wanted, &executor);
        fault = refuse_info(a, task, &wanted, &err);
    }
    if (fault == NULL) {
        note_launch(t, a, task, &own, &executor);
        name_role(t, a, task, &own);
    } else {
        placing_refuse(t, a->framework, task, TASK_ERROR, REASON(TASK_INVALID),
                       fault);
    }
    resources_release(&own);
    resources_release(&executor);
    resources_release(&wanted);
    return fault == NULL;
}

void placing_return_rest(struct turn *t, struct placing *a, msec_t refuse_ms)
{
    if (a->offers_count == 0)
        return;
    /* With all that is left in one of them, they are returned as any are. */
    resources_copy(&a->offers[0]->resources, &a->left);
    for (size_t i = a->offers_count; i-- > 0;)
        holdings_return_offer(t, a->offers[i], refuse_ms);
    for (size_t i = 0; i < a->launched_count; i++)
        if (a->launched[i]->max_seconds > 0)
            holdings_set_end(t, a->launched[i],
                             t->now + tasks_walltime_ms(a->launched[i]));
}
