/* tasks.c - a table by id, a list of all, and a queue of those that wait to be
 * reconciled, whose head is the one asked for longest ago. */

#include "libframework/tasks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"
#include "libframework/task.h"
#include "mezzo/framework.h"

struct task {
    TAILQ_ENTRY(task) entry;
    TAILQ_ENTRY(task) open_entry; /* while is_open */
    TAILQ_ENTRY(task) kill_entry; /* while kill_is_due */
    char *agent_id;               /* NULL: not known */
    int64_t grace_ms;
    enum task_state state;
    bool is_open;     /* its state was not told since the link began */
    bool end_is_told; /* ... but not how; the agent may still say */
    bool is_to_be_killed;
    bool kill_is_due; /* ... and the master does not know yet */
    char id[];
};
TAILQ_HEAD(task_list, task);

struct tasks {
    struct table *by_id;
    struct task_list all, open, kills;
    struct table *ended_by_id;
    struct task_list ended;
    struct backoff backoff;
    msec_t due;        /* to ask for what is open */
    struct task *next; /* to be asked for in this round */
};

static const struct backoff whiles = {
    .min_ms = TASKS_WAIT_MS / 2,
    .bound_ms = TASKS_WAIT_MS,
    .max_ms = TASKS_WAIT_MAX_MS,
};

static const char *id_of(const void *value)
{
    return ((const struct task *)value)->id;
}

struct tasks *tasks_new(void)
{
    struct tasks *t = memory_new(1, sizeof *t);

    t->by_id = table_new(id_of);
    t->ended_by_id = table_new(id_of);
    TAILQ_INIT(&t->all);
    TAILQ_INIT(&t->open);
    TAILQ_INIT(&t->kills);
    TAILQ_INIT(&t->ended);
    t->due = MSEC_NEVER;
    return t;
}

static void free_list(struct task_list *list)
{
    struct task *k;

    while ((k = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, k, entry);
        free(k->agent_id);
        free(k);
    }
}

void tasks_free(struct tasks *t)
{
    if (t == NULL)
        return;
    free_list(&t->all);
    free_list(&t->ended);
    table_free(t->by_id);
    table_free(t->ended_by_id);
    free(t);
}

size_t tasks_count(const struct tasks *t)
{
    return table_count(t->by_id);
}

bool tasks_is_known(const struct tasks *t, const char *task_id)
{
    return table_find(t->by_id, task_id) != NULL;
}

bool tasks_find_state(const struct tasks *t,
                      const char *task_id,
                      enum task_state *state)
{
    const struct task *k = table_find(t->by_id, task_id);

    if (k != NULL)
        *state = k->state;
    return k != NULL;
}

static struct task *make(struct tasks *t,
                         const char *task_id,
                         enum task_state state)
{
    size_t size = strlen(task_id) + 1;
    struct task *k = memory_new(1, sizeof *k + size);

    memcpy(k->id, task_id, size);
    k->state = state;
    table_add(t->by_id, k);
    TAILQ_INSERT_TAIL(&t->all, k, entry);
    return k;
}

static void set_agent(struct task *k, const char *agent_id)
{
    if (agent_id == NULL ||
        (k->agent_id != NULL && strcmp(k->agent_id, agent_id) == 0))
        return;
    free(k->agent_id);
    k->agent_id = memory_strdup(agent_id);
}

static void close_task(struct tasks *t, struct task *k)
{
    if (!k->is_open)
        return;
    if (t->next == k)
        t->next = TAILQ_NEXT(k, open_entry);
    TAILQ_REMOVE(&t->open, k, open_entry);
    k->is_open = false;
    if (TAILQ_EMPTY(&t->open))
        t->due = MSEC_NEVER;
}

static void open_task(struct tasks *t, struct task *k)
{
    if (k->is_open)
        return;
    TAILQ_INSERT_TAIL(&t->open, k, open_entry);
    k->is_open = true;
    t->next = t->next != NULL ? t->next : k;
}

static void cancel_kill(struct tasks *t, struct task *k)
{
    if (k->kill_is_due)
        TAILQ_REMOVE(&t->kills, k, kill_entry);
    k->kill_is_due = false;
}

static void plan_kill(struct tasks *t, struct task *k)
{
    if (!k->kill_is_due)
        TAILQ_INSERT_TAIL(&t->kills, k, kill_entry);
    k->kill_is_due = true;
}

void tasks_add(struct tasks *t, const char *task_id, const char *agent_id)
{
    set_agent(make(t, task_id, TASK_STAGING), agent_id);
}

void tasks_remove(struct tasks *t, const char *task_id)
{
    struct task *k = table_find(t->by_id, task_id);

    close_task(t, k);
    cancel_kill(t, k);
    TAILQ_REMOVE(&t->all, k, entry);
    table_remove(t->by_id, k);
    free(k->agent_id);
    free(k);
}

bool tasks_has_ended(const struct tasks *t, const char *task_id)
{
    return table_find(t->ended_by_id, task_id) != NULL;
}

void tasks_note(struct tasks *t,
                const char *task_id,
                const char *agent_id,
                enum task_state state)
{
    struct task *k = table_find(t->by_id, task_id);

    if (k == NULL) {
        if (task_has_ended(state) || tasks_has_ended(t, task_id) ||
            tasks_count(t) >= MEZZO_TASKS_MAX)
            return; /* one more is not told of, but not reconciled either */
        k = make(t, task_id, state);
    }
    k->state = state;
    set_agent(k, agent_id);
    /* Whose agent may come back without it is asked for until it is known. */
    if (state != TASK_UNREACHABLE)
        close_task(t, k);
    /* It lives: a master that did not know it has not passed the kill on. */
    if (k->is_to_be_killed && (state == TASK_STARTING || state == TASK_RUNNING))
        plan_kill(t, k);
}

bool tasks_defer_end(struct tasks *t,
                     const char *task_id,
                     const char *agent_id,
                     msec_t now)
{
    struct task *k = table_find(t->by_id, task_id);

    if (k == NULL && tasks_count(t) >= MEZZO_TASKS_MAX)
        return false;
    if (k == NULL)
        k = make(t, task_id, TASK_UNKNOWN);
    if (k->end_is_told)
        return false;
    k->end_is_told = true;
    set_agent(k, agent_id);
    open_task(t, k);
    if (t->due == MSEC_NEVER)
        t->due = now + TASKS_WAIT_MS;
    return true;
}

static void remember(struct tasks *t, struct task *k)
{
    struct task *oldest;

    free(k->agent_id);
    k->agent_id = NULL;
    table_add(t->ended_by_id, k);
    TAILQ_INSERT_TAIL(&t->ended, k, entry);
    if (table_count(t->ended_by_id) <= TASKS_ENDED_MAX)
        return;
    oldest = TAILQ_FIRST(&t->ended);
    TAILQ_REMOVE(&t->ended, oldest, entry);
    table_remove(t->ended_by_id, oldest);
    free(oldest);
}

void tasks_settle(struct tasks *t, const char *task_id, enum task_state state)
{
    struct task *k = table_find(t->by_id, task_id);

    if (!task_has_ended(state))
        return;
    if (k == NULL) {
        if (table_find(t->ended_by_id, task_id) != NULL)
            return;
        k = make(t, task_id, state); /* of an earlier process of ours */
    }
    close_task(t, k);
    cancel_kill(t, k);
    TAILQ_REMOVE(&t->all, k, entry);
    table_remove(t->by_id, k);
    remember(t, k);
}

void tasks_kill(struct tasks *t, const char *task_id, int64_t grace_ms)
{
    struct task *k = table_find(t->by_id, task_id);

    if (tasks_has_ended(t, task_id))
        return;
    if (k == NULL) {
        k = make(t, task_id, TASK_UNKNOWN);
        open_task(t, k);
        t->due = 0;
    }
    k->is_to_be_killed = true;
    k->grace_ms = grace_ms;
    plan_kill(t, k);
}

void tasks_reconcile(struct tasks *t, msec_t now)
{
    struct task *k;

    TAILQ_FOREACH (k, &t->all, entry) {
        open_task(t, k);
        k->end_is_told = false;
        if (k->is_to_be_killed)
            plan_kill(t, k);
    }
    t->next = TAILQ_FIRST(&t->open);
    t->backoff = whiles;
    t->due = t->next != NULL ? now : MSEC_NEVER;
}

void tasks_pause(struct tasks *t)
{
    t->due = MSEC_NEVER;
    t->next = NULL;
}

static Mesos__V1__TaskID *task_id_in(struct arena *arena, const char *id)
{
    Mesos__V1__TaskID *task_id =
        message_new(arena, &mesos__v1__task_id__descriptor);

    task_id->value = arena_strdup(arena, id);
    return task_id;
}

static Mesos__V1__AgentID *agent_id_in(struct arena *arena, const char *id)
{
    Mesos__V1__AgentID *agent_id;

    if (id == NULL)
        return NULL;
    agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    agent_id->value = arena_strdup(arena, id);
    return agent_id;
}

/* Ask for the next of the round: true if there are more. */
static bool ask_some(struct tasks *t,
                     struct outbox *o,
                     const char *framework_id)
{
    struct arena *arena = outbox_arena(o);
    Mesos__V1__Scheduler__Call *call = outbox_call(
        o, MESOS__V1__SCHEDULER__CALL__TYPE__RECONCILE, framework_id);
    Mesos__V1__Scheduler__Call__Reconcile *asked =
        message_new(arena, &mesos__v1__scheduler__call__reconcile__descriptor);

    asked->tasks =
        arena_alloc(arena, TASKS_PER_CALL_MAX * sizeof *asked->tasks);
    for (; t->next != NULL && asked->n_tasks < TASKS_PER_CALL_MAX;
         t->next = TAILQ_NEXT(t->next, open_entry)) {
        Mesos__V1__Scheduler__Call__Reconcile__Task *task = message_new(
            arena, &mesos__v1__scheduler__call__reconcile__task__descriptor);

        task->task_id = task_id_in(arena, t->next->id);
        task->agent_id = agent_id_in(arena, t->next->agent_id);
        asked->tasks[asked->n_tasks++] = task;
    }
    call->reconcile = asked;
    outbox_add(o, call);
    return t->next != NULL;
}

static void say_kill(struct outbox *o,
                     const char *framework_id,
                     const struct task *k)
{
    struct arena *arena = outbox_arena(o);
    Mesos__V1__Scheduler__Call *call =
        outbox_call(o, MESOS__V1__SCHEDULER__CALL__TYPE__KILL, framework_id);

    call->kill =
        message_new(arena, &mesos__v1__scheduler__call__kill__descriptor);
    call->kill->task_id = task_id_in(arena, k->id);
    call->kill->agent_id = agent_id_in(arena, k->agent_id);
    if (k->grace_ms >= 0) {
        call->kill->kill_policy =
            message_new(arena, &mesos__v1__kill_policy__descriptor);
        call->kill->kill_policy->grace_period =
            task_write_duration(k->grace_ms, arena);
    }
    outbox_add(o, call);
}

void tasks_flush(struct tasks *t,
                 struct outbox *o,
                 const char *framework_id,
                 msec_t now,
                 struct random *random)
{
    struct task *k;
    bool more = t->due <= now && t->next != NULL;

    while ((k = TAILQ_FIRST(&t->kills)) != NULL &&
           outbox_has_room(o, MEZZO_ID_MAX * 4)) {
        say_kill(o, framework_id, k);
        cancel_kill(t, k);
    }
    for (int i = 0; more && i < TASKS_CALLS_MAX &&
                    outbox_has_room(o, TASKS_PER_CALL_MAX * MEZZO_ID_MAX * 3);
         i++)
        more = ask_some(t, o, framework_id);
    if (more || t->due > now)
        return; /* in the next step, or nothing was due */
    t->next = TAILQ_FIRST(&t->open);
    t->due = now + backoff_next(&t->backoff, random);
}

msec_t tasks_deadline(const struct tasks *t)
{
    return t->due;
}
