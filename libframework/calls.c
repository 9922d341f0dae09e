/* calls.c - what a framework calls: looked at, remembered, and done at the end
 * of the step. */

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "libframework/checks.h"
#include "libframework/scheduler.h"
#include "libframework/subscription.h"

#define TYPE(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name
#define REFUSE_DEFAULT_MS 5000
#define REFUSE_MAX_MS ((int64_t)365 * 24 * 60 * 60 * 1000)

const char *mezzo_scheduler_explain(const struct mezzo_scheduler *s)
{
    return s->fault.text;
}

const char *mezzo_scheduler_framework_id(const struct mezzo_scheduler *s)
{
    return s->framework_id[0] != '\0' ? s->framework_id : NULL;
}

int64_t mezzo_scheduler_now_ms(const struct mezzo_scheduler *s)
{
    return s->now;
}

int64_t mezzo_scheduler_wall_ms(const struct mezzo_scheduler *s)
{
    return s->wall;
}

int scheduler_check_open(struct mezzo_scheduler *s)
{
    if (s->state == SCHEDULER_OVER || s->leaving != LEAVING_NOT)
        return error_set(&s->fault, -ESHUTDOWN, "the scheduler has left");
    return 0;
}

static int check_subscribed(struct mezzo_scheduler *s)
{
    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    if (s->state != SCHEDULER_SUBSCRIBED)
        return error_set(&s->fault, -ENOTCONN, "no master is there");
    return 0;
}

int scheduler_check_room(struct mezzo_scheduler *s, size_t size)
{
    if (!outbox_has_room(s->outbox, size))
        return error_set(&s->fault, -ENOBUFS, "too much waits to be sent");
    return 0;
}

void mezzo_scheduler_stop(struct mezzo_scheduler *s)
{
    if (s->leaving == LEAVING_NOT)
        s->leaving = LEAVING_STOP;
    scheduler_called(s);
}

int mezzo_scheduler_teardown(struct mezzo_scheduler *s)
{
    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    s->leaving = LEAVING_TEARDOWN;
    offers_clear(s->offers);
    if (s->state == SCHEDULER_SUBSCRIBED)
        subscription_tear_down(s);
    else
        s->teardown_due = 0; /* from the next step on */
    scheduler_called(s);
    return 0;
}

void mezzo_scheduler_set_alarm(struct mezzo_scheduler *s, int64_t at_ms)
{
    s->alarm = at_ms;
    scheduler_called(s);
}

Mesos__V1__OfferID **calls_offer_ids(struct arena *arena, const char *id)
{
    Mesos__V1__OfferID **ids = arena_alloc(arena, sizeof *ids);

    ids[0] = message_new(arena, &mesos__v1__offer_id__descriptor);
    ids[0]->value = arena_strdup(arena, id);
    return ids;
}

Mesos__V1__Filters *calls_filters(struct arena *arena, int64_t refuse_ms)
{
    Mesos__V1__Filters *filters =
        message_new(arena, &mesos__v1__filters__descriptor);

    filters->has_refuse_seconds = true;
    filters->refuse_seconds = (double)refuse_ms / 1000;
    return filters;
}

int mezzo_scheduler_decline(struct mezzo_scheduler *s,
                            const char *offer_id,
                            int64_t refuse_ms)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call;

    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    if (offers_find(s->offers, offer_id) == NULL)
        return error_set(&s->fault, -ENOENT, "the offer is not ours any more");
    if (refuse_ms < -1 || refuse_ms > REFUSE_MAX_MS)
        return error_set(&s->fault, -EINVAL, "refuse_ms cannot be");
    if (scheduler_check_room(s, MEZZO_ID_MAX * 2) < 0)
        return -ENOBUFS;
    call = outbox_call(s->outbox, TYPE(DECLINE), s->framework_id);
    call->decline =
        message_new(arena, &mesos__v1__scheduler__call__decline__descriptor);
    call->decline->offer_ids = calls_offer_ids(arena, offer_id);
    call->decline->n_offer_ids = 1;
    call->decline->filters =
        calls_filters(arena, refuse_ms < 0 ? REFUSE_DEFAULT_MS : refuse_ms);
    outbox_add(s->outbox, call);
    offers_remove(s->offers, offer_id);
    scheduler_called(s);
    return 0;
}

void calls_send_role(struct mezzo_scheduler *s,
                     const char *role,
                     bool is_suppressed)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call *call =
        outbox_call(s->outbox, is_suppressed ? TYPE(SUPPRESS) : TYPE(REVIVE),
                    s->framework_id);
    char **roles = arena_alloc(arena, sizeof *roles);

    roles[0] = role != NULL ? arena_strdup(arena, role) : NULL;
    if (is_suppressed) {
        call->suppress = message_new(
            arena, &mesos__v1__scheduler__call__suppress__descriptor);
        call->suppress->roles = roles;
        call->suppress->n_roles = role != NULL;
    } else {
        call->revive =
            message_new(arena, &mesos__v1__scheduler__call__revive__descriptor);
        call->revive->roles = roles;
        call->revive->n_roles = role != NULL;
    }
    outbox_add(s->outbox, call);
}

static int set_suppressed(struct mezzo_scheduler *s,
                          const char *role,
                          bool is_suppressed)
{
    bool found = role == NULL;

    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    for (size_t i = 0; i < s->roles_count && !found; i++)
        found = strcmp(s->roles[i].name, role) == 0;
    if (!found)
        return error_set(&s->fault, -ENOENT, "we have no such role");
    if (scheduler_check_room(s, MEZZO_NAME_MAX * 2) < 0)
        return -ENOBUFS;
    for (size_t i = 0; i < s->roles_count; i++)
        if (role == NULL || strcmp(s->roles[i].name, role) == 0)
            s->roles[i].is_suppressed = is_suppressed;
    if (s->state == SCHEDULER_SUBSCRIBED)
        calls_send_role(s, role, is_suppressed);
    scheduler_called(s);
    return 0;
}

int mezzo_scheduler_suppress(struct mezzo_scheduler *s, const char *role)
{
    return set_suppressed(s, role, true);
}

int mezzo_scheduler_revive(struct mezzo_scheduler *s, const char *role)
{
    return set_suppressed(s, role, false);
}

int mezzo_scheduler_ask(struct mezzo_scheduler *s, const struct mezzo_ask *ask)
{
    int result = scheduler_check_open(s);

    if (result == 0)
        result = asks_put(s->asks, ask, s->roles[0].name, &s->fault);
    if (result == 0)
        scheduler_called(s);
    return result;
}

int mezzo_scheduler_withdraw(struct mezzo_scheduler *s, const char *ask_id)
{
    int result = scheduler_check_open(s);

    if (result == 0)
        result = asks_withdraw(s->asks, ask_id, &s->fault);
    if (result == 0)
        scheduler_called(s);
    return result;
}

int mezzo_scheduler_kill(struct mezzo_scheduler *s,
                         const char *task_id,
                         int64_t grace_ms)
{
    if (scheduler_check_open(s) < 0)
        return -ESHUTDOWN;
    if (checks_id("task id", task_id, &s->fault) < 0)
        return -EINVAL;
    if (grace_ms < -1 || grace_ms > REFUSE_MAX_MS)
        return error_set(&s->fault, -EINVAL, "grace_ms cannot be");
    if (tasks_has_ended(s->tasks, task_id))
        return 0; /* and its end was shown */
    if (!tasks_is_known(s->tasks, task_id) &&
        tasks_count(s->tasks) >= MEZZO_TASKS_MAX)
        return error_set(&s->fault, -ENOSPC, "more than %d tasks",
                         MEZZO_TASKS_MAX);
    tasks_kill(s->tasks, task_id, grace_ms);
    scheduler_called(s);
    return 0;
}

int mezzo_scheduler_reconcile(struct mezzo_scheduler *s, const char *task_id)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call__Reconcile__Task *task;
    Mesos__V1__Scheduler__Call *call;
    int result = check_subscribed(s);

    if (result == 0 && task_id != NULL)
        result = checks_id("task id", task_id, &s->fault);
    if (result == 0)
        result = scheduler_check_room(s, MEZZO_ID_MAX * 2);
    if (result < 0)
        return result;
    call = outbox_call(s->outbox, TYPE(RECONCILE), s->framework_id);
    call->reconcile =
        message_new(arena, &mesos__v1__scheduler__call__reconcile__descriptor);
    if (task_id != NULL) {
        task = message_new(
            arena, &mesos__v1__scheduler__call__reconcile__task__descriptor);
        task->task_id = message_new(arena, &mesos__v1__task_id__descriptor);
        task->task_id->value = arena_strdup(arena, task_id);
        call->reconcile->tasks =
            arena_alloc(arena, sizeof *call->reconcile->tasks);
        call->reconcile->tasks[0] = task;
        call->reconcile->n_tasks = 1;
    }
    outbox_add(s->outbox, call);
    scheduler_called(s);
    return 0;
}

int mezzo_scheduler_task_state(const struct mezzo_scheduler *s,
                               const char *task_id,
                               enum mezzo_task_state *state)
{
    enum task_state found;

    if (task_id == NULL || !tasks_find_state(s->tasks, task_id, &found))
        return -ENOENT;
    *state = (enum mezzo_task_state)found;
    return 0;
}

int mezzo_scheduler_acknowledge(struct mezzo_scheduler *s,
                                const struct mezzo_status *status)
{
    int result = check_subscribed(s);

    if (result < 0)
        return result;
    if (!s->options.acknowledges_by_hand || !status->is_reliable)
        return error_set(&s->fault, -EINVAL, "it is not to be acknowledged");
    if (checks_id("task id", status->task_id, &s->fault) < 0 ||
        checks_id("agent id", status->agent_id, &s->fault) < 0)
        return -EINVAL;
    updates_acknowledge(s->updates, status->agent_id, status->task_id,
                        status->update_id);
    scheduler_called(s);
    return 0;
}

int mezzo_scheduler_message(struct mezzo_scheduler *s,
                            const struct mezzo_message *message)
{
    struct arena *arena = outbox_arena(s->outbox);
    Mesos__V1__Scheduler__Call__Message *m;
    Mesos__V1__Scheduler__Call *call;
    int result = check_subscribed(s);

    if (result == 0)
        result = checks_id("agent id", message->agent_id, &s->fault);
    if (result == 0)
        result = checks_id("executor id", message->executor_id, &s->fault);
    if (result == 0)
        result =
            checks_size("a message", message->size, MEZZO_DATA_MAX, &s->fault);
    if (result == 0)
        result = scheduler_check_room(s, message->size + MEZZO_ID_MAX * 3);
    if (result < 0)
        return result;
    call = outbox_call(s->outbox, TYPE(MESSAGE), s->framework_id);
    m = message_new(arena, &mesos__v1__scheduler__call__message__descriptor);
    m->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    m->agent_id->value = arena_strdup(arena, message->agent_id);
    m->executor_id = message_new(arena, &mesos__v1__executor_id__descriptor);
    m->executor_id->value = arena_strdup(arena, message->executor_id);
    m->data.len = message->size;
    m->data.data = arena_alloc(arena, message->size);
    if (message->size > 0)
        memcpy(m->data.data, message->data, message->size);
    call->message = m;
    outbox_add(s->outbox, call);
    scheduler_called(s);
    return 0;
}

int mezzo_scheduler_read(struct mezzo_scheduler *s,
                         const struct mezzo_read *read,
                         uint64_t *reader)
{
    int result = scheduler_check_open(s);
    uint64_t number;

    if (result == 0)
        result = checks_id("task id", read->task_id, &s->fault);
    if (result == 0)
        result = readers_open(s->readers, read, reader ? reader : &number,
                              &s->fault);
    if (result == 0)
        scheduler_called(s);
    return result;
}

int mezzo_scheduler_close(struct mezzo_scheduler *s, uint64_t reader)
{
    int result = readers_close(s->readers, reader, &s->fault);

    if (result == 0)
        scheduler_called(s);
    return result;
}

int mezzo_scheduler_store(struct mezzo_scheduler *s,
                          const struct mezzo_store_op *ops,
                          size_t ops_count,
                          uint64_t *request)
{
    int result = scheduler_check_open(s);

    if (result == 0)
        result = storage_put(s->storage, ops, ops_count, request, &s->fault);
    if (result == 0)
        scheduler_called(s);
    return result;
}

int mezzo_scheduler_load(struct mezzo_scheduler *s,
                         const char *path,
                         uint64_t *request)
{
    int result = scheduler_check_open(s);

    if (result == 0)
        result = storage_load(s->storage, path, request, &s->fault);
    if (result == 0)
        scheduler_called(s);
    return result;
}
