/* acceptance.c - what a framework launches is checked against the offer, task
 * by task, and taken from it, before anything is sent. */

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "libframework/amounts.h"
#include "libframework/checks.h"
#include "libframework/scheduler.h"
#include "libframework/task.h"

/* What fits into a frame as its only record. */
#define CALL_SIZE_MAX (FRAME_SIZE_MAX - FRAME_HEADER_SIZE - 64)

/* What an ACCEPT is made of, while it is. */
struct acceptance {
    const struct offer *offer;
    struct resources left;
    Mesos__V1__TaskInfo **infos;
};

/* Take from the offer what `amounts` says. */
static int grant(struct mezzo_scheduler *s,
                 struct acceptance *a,
                 const struct mezzo_resources *amounts,
                 Mesos__V1__Resource ***wire,
                 size_t *count)
{
    struct resources wanted, granted;
    int result;

    resources_init(&wanted);
    resources_init(&granted);
    result = amounts_read(&wanted, amounts, &s->fault);
    if (result == 0)
        result = amounts_grant(&a->left, &wanted, &granted, &s->fault);
    if (result == 0)
        *wire = resources_to_wire(&granted, a->offer->role,
                                  outbox_arena(s->outbox), count);
    resources_release(&wanted);
    resources_release(&granted);
    return result;
}

/* The first of them that this offer launches with the executor of `i`. */
static size_t first_of_executor(const struct mezzo_task *tasks, size_t i)
{
    size_t j = 0;

    while (j < i && (tasks[j].executor == NULL ||
                     strcmp(tasks[j].executor->id, tasks[i].executor->id) != 0))
        j++;
    return j;
}

/* Tasks share an executor, and the first of them brings what it needs.  Whether
 * it runs already, and needs nothing, the master knows: what the offer lacks is
 * for it to judge. */
static int grant_executor(struct mezzo_scheduler *s,
                          struct acceptance *a,
                          const struct mezzo_task *tasks,
                          size_t i)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__ExecutorInfo *info = a->infos[i]->executor;
    size_t first = first_of_executor(tasks, i);
    struct resources wanted;

    if (first < i) {
        a->infos[i]->executor = a->infos[first]->executor;
        return 0;
    }
    resources_init(&wanted);
    if (amounts_read(&wanted, &tasks[i].executor->resources, &s->fault) < 0)
        return -EINVAL;
    info->resources =
        resources_to_wire(&wanted, a->offer->role, arena, &info->n_resources);
    resources_release(&wanted);
    grant(s, a, &tasks[i].executor->resources, &info->resources,
          &info->n_resources);
    return 0;
}

static int accept_task(struct mezzo_scheduler *s,
                       struct acceptance *a,
                       const struct mezzo_task *tasks,
                       size_t i)
{
    const struct mezzo_task *task = &tasks[i];
    Mesos__V1__TaskInfo *info;
    int result = task_write(task, a->offer->agent_id, s->framework_id,
                            outbox_arena(s->outbox), &info, &s->fault);

    if (result < 0)
        return result;
    a->infos[i] = info;
    if (a->offer->ask_id != NULL) {
        info->has_ask_slot = true;
        info->ask_slot = task->ask_slot;
    }
    if (tasks_is_known(s->tasks, task->id))
        return error_set(&s->fault, -EEXIST, "task %s has not ended", task->id);
    result =
        grant(s, a, &task->resources, &info->resources, &info->n_resources);
    if (result == 0 && task->executor != NULL)
        result = grant_executor(s, a, tasks, i);
    if (result == 0 && info->n_resources == 0 &&
        (task->executor == NULL || info->executor->n_resources == 0))
        result = error_set(&s->fault, -EINVAL, "task %s needs no resources",
                           task->id);
    if (result == 0)
        result = task_check_size(info, &s->fault);
    return result;
}

static Mesos__V1__Offer__Operation *write_launch(struct arena *arena,
                                                 Mesos__V1__TaskInfo **infos,
                                                 size_t count)
{
    Mesos__V1__Offer__Operation *operation =
        message_new(arena, &mesos__v1__offer__operation__descriptor);

    operation->has_type = true;
    operation->type = MESOS__V1__OFFER__OPERATION__TYPE__LAUNCH;
    operation->launch =
        message_new(arena, &mesos__v1__offer__operation__launch__descriptor);
    operation->launch->task_infos = infos;
    operation->launch->n_task_infos = count;
    return operation;
}

static Mesos__V1__Scheduler__Call *write_accept(struct mezzo_scheduler *s,
                                                const struct acceptance *a,
                                                size_t count)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call = outbox_call(
        s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__ACCEPT, s->framework_id);

    call->accept =
        message_new(arena, &mesos__v1__scheduler__call__accept__descriptor);
    call->accept->offer_ids = calls_offer_ids(arena, a->offer->id);
    call->accept->n_offer_ids = 1;
    call->accept->operations =
        arena_alloc(arena, sizeof *call->accept->operations);
    call->accept->operations[0] = write_launch(arena, a->infos, count);
    call->accept->n_operations = 1;
    call->accept->filters = calls_filters(arena, 0); /* offer the rest again */
    return call;
}

/* -E2BIG when they do not fit into one message. */
static int send_accept(struct mezzo_scheduler *s,
                       const struct acceptance *a,
                       size_t count)
{
    Mesos__V1__Scheduler__Call *call = write_accept(s, a, count);
    size_t size = protobuf_c_message_get_packed_size(&call->base);
    int result = checks_size("what is launched on one offer", size,
                             CALL_SIZE_MAX, &s->fault);

    if (result == 0)
        result = scheduler_check_room(s, size);
    if (result == 0)
        outbox_add(s->outbox, call);
    return result;
}

static int accept_tasks(struct mezzo_scheduler *s,
                        const struct offer *offer,
                        const struct mezzo_task *tasks,
                        size_t count)
{
    struct acceptance a = {.offer = offer};
    size_t added = 0;
    int result = 0;

    a.infos = arena_alloc(outbox_arena(s->outbox), count * sizeof *a.infos);
    resources_init(&a.left);
    resources_copy(&a.left, &offer->resources);
    while (result == 0 && added < count) {
        result = accept_task(s, &a, tasks, added);
        if (result == 0)
            tasks_add(s->tasks, tasks[added++].id, offer->agent_id);
    }
    if (result == 0)
        result = send_accept(s, &a, count);
    while (result < 0 && added > 0)
        tasks_remove(s->tasks, tasks[--added].id);
    resources_release(&a.left);
    return result;
}

int mezzo_scheduler_accept(struct mezzo_scheduler *s,
                           const char *offer_id,
                           const struct mezzo_task *tasks,
                           size_t count)
{
    const struct offer *offer = offers_find(s->offers, offer_id);
    int result;

    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    if (offer == NULL)
        return error_set(&s->fault, -ENOENT, "the offer is not ours any more");
    if (count == 0)
        return error_set(&s->fault, -EINVAL, "no task is to be launched");
    if (count > MEZZO_TASKS_MAX - tasks_count(s->tasks))
        return error_set(&s->fault, -ENOSPC, "more than %d tasks",
                         MEZZO_TASKS_MAX);
    if (scheduler_check_room(s, 0) < 0)
        return -ENOBUFS;
    result = accept_tasks(s, offer, tasks, count);
    if (result == 0) {
        for (size_t i = 0; i < count && offer->ask_id != NULL; i++)
            asks_note_placed(s->asks, offer->ask_id, tasks[i].ask_slot, 1);
        offers_remove(s->offers, offer_id);
    }
    scheduler_called(s); /* what was built in vain is let go, too */
    return result;
}
