/* acceptance.c - an accept is checked as a whole, its tasks one by one; what
 * they leave goes back. */

#include "master/acceptance.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "master/events.h"
#include "master/holdings.h"

enum {
    OFFERS_MAX = 1000, /* of an accept */
};

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

struct acceptance {
    struct framework *framework;
    struct agent *agent;
    const char *role;
    struct resources left;
    struct offer **offers; /* used by this call, gone at its end */
    size_t offers_count;
};

static msec_t refuse_ms_of(const struct turn *t,
                           const Mesos__V1__Filters *filters)
{
    int64_t milliseconds;

    if (filters == NULL || !filters->has_refuse_seconds ||
        !milli_from_double(filters->refuse_seconds, &milliseconds))
        return t->m->options.decline_ms;
    return milliseconds;
}

/* The offer if it is this framework's. */
static struct offer *find_offer(const struct turn *t,
                                const struct framework *framework,
                                const char *id)
{
    struct offer *offer = offers_find(t->m->offers, id);

    return offer != NULL && offer->framework == framework ? offer : NULL;
}

void acceptance_decline(struct turn *t,
                        struct framework *framework,
                        const Mesos__V1__Scheduler__Call__Decline *call)
{
    msec_t refuse_ms = refuse_ms_of(t, call->filters);

    for (size_t i = 0; i < call->n_offer_ids; i++) {
        struct offer *offer =
            find_offer(t, framework, call->offer_ids[i]->value);

        if (offer != NULL)
            holdings_return_offer(t, offer, refuse_ms);
    }
}

void acceptance_lapse(struct turn *t, struct offer *offer)
{
    events_rescind(t, offer->framework, offer->id);
    holdings_return_offer(t, offer, t->m->options.decline_ms);
}

static void refuse_task(struct turn *t,
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

/* The tasks of an operation, whichever way it launches them. */
static size_t tasks_of(const Mesos__V1__Offer__Operation *operation,
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

static void drop_all(struct turn *t,
                     struct framework *framework,
                     const Mesos__V1__Scheduler__Call__Accept *call,
                     const char *why)
{
    for (size_t i = 0; i < call->n_operations; i++) {
        Mesos__V1__TaskInfo **tasks;
        size_t count = tasks_of(call->operations[i], &tasks);

        for (size_t k = 0; k < count; k++)
            refuse_task(t, framework, tasks[k], TASK_DROPPED,
                        REASON(INVALID_OFFERS), why);
    }
}

static bool is_taken(const struct acceptance *a, const struct offer *offer)
{
    for (size_t i = 0; i < a->offers_count; i++)
        if (a->offers[i] == offer)
            return true;
    return false;
}

/* NULL, or why it cannot be accepted together with those before. */
static const char *refuse_offer(const struct acceptance *a,
                                const struct offer *offer)
{
    if (offer == NULL)
        return "an offer was rescinded, used before, or never made";
    if (is_taken(a, offer))
        return "an offer is named twice";
    if (a->agent != NULL && offer->agent != a->agent)
        return "the offers are of different agents";
    if (a->role != NULL && strcmp(offer->role, a->role) != 0)
        return "the offers are for different roles";
    return NULL;
}

/* NULL, or why these offers cannot be accepted together; either way those that
 * are the framework's are used, and what they held is in `left`. */
static const char *take_offers(struct turn *t,
                               struct acceptance *a,
                               const Mesos__V1__Scheduler__Call__Accept *call)
{
    const char *fault = NULL;

    if (call->n_offer_ids == 0 || call->n_offer_ids > OFFERS_MAX)
        return "one offer at least is to be named, and not a thousand";
    a->offers =
        arena_alloc(t->arena, call->n_offer_ids * sizeof(struct offer *));
    for (size_t i = 0; i < call->n_offer_ids; i++) {
        struct offer *offer =
            find_offer(t, a->framework, call->offer_ids[i]->value);
        const char *why = refuse_offer(a, offer);

        if (why == NULL) {
            a->agent = offer->agent;
            a->role = offer->role;
            a->offers[a->offers_count++] = offer;
            resources_add(&a->left, &offer->resources);
            resources_release(&offer->resources);
            continue;
        }
        fault = why;
        if (offer != NULL && !is_taken(a, offer))
            holdings_return_offer(t, offer, 0);
    }
    return fault;
}

/* A task takes up the slot it names, or the first that is still free. */
static void note_placed(const struct acceptance *a,
                        const Mesos__V1__TaskInfo *task)
{
    for (size_t i = 0; i < a->offers_count; i++) {
        struct offer *offer = a->offers[i];

        for (size_t k = 0; k < offer->slots_count; k++) {
            struct offer_slot *slot = &offer->slots[k];

            if (slot->placed == slot->granted ||
                (task->has_ask_slot && task->ask_slot != k))
                continue;
            slot->placed++;
            return;
        }
    }
}

/* NULL, or why it is not run, in words for the framework. */
static const char *refuse_info(const struct acceptance *a,
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
static int sum_wanted(const struct acceptance *a,
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
                        struct acceptance *a,
                        const Mesos__V1__TaskInfo *task,
                        const struct resources *own,
                        const struct resources *executor)
{
    tasks_add(t->m->tasks, a->framework, a->agent,
              &(struct task_launch){.id = task->task_id->value,
                                    .name = task->name,
                                    .role = a->role,
                                    .resources = own,
                                    .labels = task->labels,
                                    .state = TASK_STAGING,
                                    .launched_ms = t->input->wall});
    resources_subtract(&a->left, own);
    note_placed(a, task);
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
                      const struct acceptance *a,
                      Mesos__V1__TaskInfo *task,
                      const struct resources *own)
{
    task->resources =
        resources_to_wire(own, a->role, t->arena, &task->n_resources);
}

/* True when it is to be sent to the agent. */
static bool launch_task(struct turn *t,
                        struct acceptance *a,
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
        refuse_task(t, a->framework, task, TASK_ERROR, REASON(TASK_INVALID),
                    fault);
    }
    resources_release(&own);
    resources_release(&executor);
    resources_release(&wanted);
    return fault == NULL;
}

static void launch(struct turn *t,
                   struct acceptance *a,
                   Mesos__V1__TaskInfo **tasks,
                   size_t count)
{
    Mesos__V1__TaskInfo **sent =
        arena_alloc(t->arena, (count + 1) * sizeof(Mesos__V1__TaskInfo *));
    size_t sent_count = 0;

    for (size_t i = 0; i < count; i++) {
        if (!launch_task(t, a, tasks[i]))
            continue;
        sent[sent_count++] = tasks[i];
        if (sent_count == FRAME_RECORDS_MAX) {
            events_launch(t, a->agent, a->framework, sent, sent_count, NULL);
            sent = arena_alloc(t->arena, count * sizeof *sent);
            sent_count = 0;
        }
    }
    if (sent_count > 0)
        events_launch(t, a->agent, a->framework, sent, sent_count, NULL);
}

static void operate(struct turn *t,
                    struct acceptance *a,
                    const Mesos__V1__Offer__Operation *operation)
{
    Mesos__V1__TaskInfo **tasks;
    size_t count = tasks_of(operation, &tasks);

    if (operation->launch_group != NULL)
        for (size_t i = 0; i < count; i++)
            refuse_task(t, a->framework, tasks[i], TASK_ERROR,
                        REASON(TASK_GROUP_INVALID),
                        "task groups are not supported; launch its tasks "
                        "with an executor of their own");
    else if (operation->launch != NULL)
        launch(t, a, tasks, count);
    else
        events_error(t, a->framework,
                     "accept: of the operations only LAUNCH is supported");
}

/* What is left goes back, and is not offered again for a while. */
static void return_rest(struct turn *t, struct acceptance *a, msec_t refuse_ms)
{
    if (a->offers_count == 0)
        return;
    /* With all that is left in one of them, they are returned as any are. */
    resources_copy(&a->offers[0]->resources, &a->left);
    for (size_t i = a->offers_count; i-- > 0;)
        holdings_return_offer(t, a->offers[i], refuse_ms);
}

void acceptance_accept(struct turn *t,
                       struct framework *framework,
                       const Mesos__V1__Scheduler__Call__Accept *call)
{
    struct acceptance a = {.framework = framework};
    const char *fault = take_offers(t, &a, call);

    if (fault != NULL) {
        drop_all(t, framework, call, fault);
        return_rest(t, &a, 0);
    } else {
        for (size_t i = 0; i < call->n_operations; i++)
            operate(t, &a, call->operations[i]);
        return_rest(t, &a, refuse_ms_of(t, call->filters));
    }
    resources_release(&a.left);
}
