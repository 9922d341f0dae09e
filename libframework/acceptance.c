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
        info->has_ask_count = task->ask_count > 1;
        info->ask_count = task->ask_count;
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

/* `gang_id` NULL: the one offer. */
static Mesos__V1__OfferID **write_offer_ids(struct mezzo_scheduler *s,
                                            const struct acceptance *a,
                                            const char *gang_id,
                                            size_t *count)
{
    struct arena *arena = outbox_arena(s->outbox);
    const struct offer *offer = NULL;
    Mesos__V1__OfferID **ids;

    *count = 1;
    if (gang_id == NULL)
        return calls_offer_ids(arena, a->offer->id);
    *count = 0;
    while ((offer = offers_next_of_gang(s->offers, gang_id, offer)) != NULL)
        ++*count;
    ids = arena_alloc(arena, *count * sizeof(Mesos__V1__OfferID *));
    for (size_t i = 0; i < *count; i++) {
        offer = offers_next_of_gang(s->offers, gang_id, offer);
        ids[i] = *calls_offer_ids(arena, offer->id);
    }
    return ids;
}

static Mesos__V1__Scheduler__Call *write_accept(struct mezzo_scheduler *s,
                                                const struct acceptance *a,
                                                const char *gang_id,
                                                size_t count)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call = outbox_call(
        s->outbox, MESOS__V1__SCHEDULER__CALL__TYPE__ACCEPT, s->framework_id);

    call->accept =
        message_new(arena, &mesos__v1__scheduler__call__accept__descriptor);
    call->accept->offer_ids =
        write_offer_ids(s, a, gang_id, &call->accept->n_offer_ids);
    call->accept->operations =
        arena_alloc(arena, sizeof *call->accept->operations);
    call->accept->operations[0] = write_launch(arena, a->infos, count);
    call->accept->n_operations = 1;
    call->accept->filters = calls_filters(arena, 0); /* offer the rest again */
    if (gang_id != NULL)
        call->accept->gang_id = arena_strdup(arena, gang_id);
    return call;
}

/* -E2BIG when they do not fit into one message. */
static int send_accept(struct mezzo_scheduler *s,
                       const struct acceptance *a,
                       const char *gang_id,
                       size_t count)
{
    Mesos__V1__Scheduler__Call *call = write_accept(s, a, gang_id, count);
    size_t size = protobuf_c_message_get_packed_size(&call->base);
    int result =
        checks_size("what is launched at once", size, CALL_SIZE_MAX, &s->fault);

    if (result == 0)
        result = scheduler_check_room(s, size);
    if (result == 0)
        outbox_add(s->outbox, call);
    return result;
}

/* Write `tasks` into `infos`, as ours from now on: `*added` counts them. */
static int accept_tasks(struct mezzo_scheduler *s,
                        const struct offer *offer,
                        const struct mezzo_task *tasks,
                        size_t count,
                        Mesos__V1__TaskInfo **infos,
                        size_t *added)
{
    struct acceptance a = {.offer = offer, .infos = infos};
    int result = 0;

    resources_init(&a.left);
    resources_copy(&a.left, &offer->resources);
    for (size_t i = 0; i < count && result == 0; i++) {
        result = accept_task(s, &a, tasks, i);
        if (result < 0)
            break;
        tasks_add(s->tasks, tasks[i].id, offer->agent_id);
        ++*added;
    }
    resources_release(&a.left);
    return result;
}

static void forget_tasks(struct mezzo_scheduler *s,
                         const struct mezzo_task *tasks,
                         size_t count)
{
    while (count > 0)
        tasks_remove(s->tasks, tasks[--count].id);
}

static void note_placed(struct mezzo_scheduler *s,
                        const struct offer *offer,
                        const struct mezzo_task *task)
{
    if (offer->ask_id != NULL)
        asks_note_placed(s->asks, offer->ask_id, task->ask_slot,
                         task->ask_count > 0 ? task->ask_count : 1);
}

static int check_count(struct mezzo_scheduler *s, size_t count)
{
    if (count == 0)
        return error_set(&s->fault, -EINVAL, "no task is to be launched");
    if (count > MEZZO_TASKS_MAX - tasks_count(s->tasks))
        return error_set(&s->fault, -ENOSPC, "more than %d tasks",
                         MEZZO_TASKS_MAX);
    return scheduler_check_room(s, 0) < 0 ? -ENOBUFS : 0;
}

int mezzo_scheduler_accept(struct mezzo_scheduler *s,
                           const char *offer_id,
                           const struct mezzo_task *tasks,
                           size_t count)
{
    struct acceptance a = {.offer = offers_find(s->offers, offer_id)};
    size_t added = 0;
    int result;

    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    if (a.offer == NULL)
        return error_set(&s->fault, -ENOENT, "the offer is not ours any more");
    if (a.offer->gang_id != NULL)
        return error_set(&s->fault, -EINVAL,
                         "the offer is of a gang: all of that are accepted at "
                         "once, with mezzo_scheduler_accept_gang()");
    result = check_count(s, count);
    if (result < 0)
        return result;
    a.infos = arena_alloc(outbox_arena(s->outbox), count * sizeof *a.infos);
    result = accept_tasks(s, a.offer, tasks, count, a.infos, &added);
    if (result == 0)
        result = send_accept(s, &a, NULL, count);
    if (result < 0) {
        forget_tasks(s, tasks, added);
    } else {
        for (size_t i = 0; i < count; i++)
            note_placed(s, a.offer, &tasks[i]);
        offers_remove(s->offers, offer_id);
    }
    scheduler_called(s); /* what was built in vain is let go, too */
    return result;
}

static int check_placements(struct mezzo_scheduler *s,
                            const char *gang_id,
                            const struct mezzo_placement *placements,
                            size_t count)
{
    if (gang_id == NULL ||
        offers_next_of_gang(s->offers, gang_id, NULL) == NULL)
        return error_set(&s->fault, -ENOENT, "the gang is not ours any more");
    for (size_t i = 0; i < count; i++) {
        const struct offer *offer =
            offers_find(s->offers, placements[i].offer_id);

        if (offer == NULL || offer->gang_id == NULL ||
            strcmp(offer->gang_id, gang_id) != 0)
            return error_set(&s->fault, -ENOENT,
                             "the offer of placement %zu is not one of the "
                             "gang's",
                             i);
    }
    return 0;
}

/* The tasks in the order of their offers, each offer's together. */
static int accept_placements(struct mezzo_scheduler *s,
                             const char *gang_id,
                             const struct mezzo_placement *placements,
                             size_t count,
                             struct mezzo_task *tasks)
{
    struct acceptance a = {
        .infos = arena_alloc(outbox_arena(s->outbox), count * sizeof *a.infos)};
    const struct offer *offer = NULL;
    size_t done = 0, added = 0;
    int result = 0;

    while (result == 0 &&
           (offer = offers_next_of_gang(s->offers, gang_id, offer)) != NULL) {
        size_t begin = done;

        for (size_t i = 0; i < count; i++)
            if (strcmp(placements[i].offer_id, offer->id) == 0)
                tasks[done++] = placements[i].task;
        result = accept_tasks(s, offer, tasks + begin, done - begin,
                              a.infos + begin, &added);
    }
    if (result == 0)
        result = send_accept(s, &a, gang_id, count);
    if (result < 0)
        forget_tasks(s, tasks, added);
    return result;
}

int mezzo_scheduler_accept_gang(struct mezzo_scheduler *s,
                                const char *gang_id,
                                const struct mezzo_placement *placements,
                                size_t count)
{
    const struct offer *offer;
    struct mezzo_task *tasks;
    char *id;
    int result;

    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    result = check_placements(s, gang_id, placements, count);
    if (result == 0)
        result = check_count(s, count);
    if (result < 0)
        return result;
    id = arena_strdup(outbox_arena(s->outbox), gang_id); /* may be an offer's */
    tasks = arena_alloc(outbox_arena(s->outbox), count * sizeof *tasks);
    result = accept_placements(s, id, placements, count, tasks);
    if (result == 0) {
        for (size_t i = 0; i < count; i++)
            note_placed(s, offers_find(s->offers, placements[i].offer_id),
                        &placements[i].task);
        while ((offer = offers_next_of_gang(s->offers, id, NULL)) != NULL)
            offers_remove(s->offers, offer->id);
    }
    scheduler_called(s);
    return result;
}
