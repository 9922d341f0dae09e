/* mpi_pool_tasks.c - tasks as they truly are, and what is told of them */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/sim/mpi_pool_parts.h"

struct mpi_task *mpi_pool_first_task(struct mpi_pool *p)
{
    return TAILQ_FIRST(&p->tasks);
}

struct mpi_task *mpi_pool_find_task(struct mpi_pool *p, const char *id)
{
    struct mpi_task *t;

    TAILQ_FOREACH (t, &p->tasks, entry)
        if (strcmp(t->id, id) == 0)
            return t;
    return NULL;
}

/* No other attempt of the job may have anything alive; nor may it have run to
 * a good end. */
static void check_launch(struct mpi_pool *p, uint64_t job, unsigned attempt)
{
    const struct mpi_task *t;

    TAILQ_FOREACH (t, &p->tasks, entry) {
        if (t->job != job || t->attempt == attempt)
            continue;
        if (t->truth != MPI_TASK_ENDED)
            mpi_pool_fail(p, "job %" PRIu64 " is launched while %s is alive",
                          job, t->id);
    }
}

/* An ask that is served whole is one no more. */
static void take_up(struct mpi_pool *p, const struct offer *o)
{
    struct ask *a = mpi_pool_find_ask(p, o->ask);

    if (a == NULL) {
        mpi_pool_fail(p, "%s is served, but was withdrawn", o->ask);
        return;
    }
    a->slots -= o->slots;
    if (a->slots > 0)
        return;
    TAILQ_REMOVE(&p->asks, a, entry);
    free(a);
}

static unsigned ranks_of(const struct mezzo_task *task)
{
    return (unsigned)(task->resources.cpu_milli / 1000);
}

static int launch(struct mpi_pool *p,
                  const struct mezzo_placement *placements,
                  size_t count)
{
    uint64_t job = 0;
    unsigned attempt = 0, ranks = 0, wanted = 0;
    size_t node;
    struct job *j;

    for (size_t i = 0; i < count; i++) {
        struct offer *o = mpi_pool_find_offer(p, placements[i].offer_id);
        const struct mezzo_task *task = &placements[i].task;
        struct mpi_task *t;

        if (o == NULL)
            return -ENOENT;
        if (!job_parse_task_id(task->id, &job, &attempt, &node) || node != i)
            mpi_pool_fail(p, "%s is launched as node %zu", task->id, i);
        if (mpi_pool_find_task(p, task->id) != NULL)
            mpi_pool_fail(p, "%s is launched twice", task->id);
        if (task->ask_count != o->slots)
            mpi_pool_fail(p, "%s takes up %u of %u", task->id, task->ask_count,
                          o->slots);
        take_up(p, o);
        if (ranks_of(task) > o->slots * o->ranks_each)
            mpi_pool_fail(p, "%s is larger than its offer", task->id);
        t = memory_new(1, sizeof *t);
        snprintf(t->id, sizeof t->id, "%s", task->id);
        t->agent = o->agent;
        t->ranks = ranks_of(task);
        t->job = job;
        t->attempt = attempt;
        t->is_fenced = task->is_fenced;
        p->agents[o->agent].used += t->ranks;
        mpi_pool_remove_offer(p, o);
        TAILQ_INSERT_TAIL(&p->tasks, t, entry);
        ranks += t->ranks;
    }
    for (j = queue_first(p->queue); j != NULL; j = queue_next(j))
        if (j->number == job)
            wanted = j->submission->request.ranks;
    if (ranks != wanted)
        mpi_pool_fail(p, "job %" PRIu64 " is launched in part: %u of %u ranks",
                      job, ranks, wanted);
    check_launch(p, job, attempt);
    return 0;
}

int mezzo_scheduler_accept_gang(struct mezzo_scheduler *s,
                                const char *gang_id,
                                const struct mezzo_placement *placements,
                                size_t placements_count)
{
    struct mpi_pool *p = s->pool;
    struct offer *o, *next;
    int rc = launch(p, placements, placements_count);

    for (o = TAILQ_FIRST(&p->offers); rc == 0 && o != NULL; o = next) {
        next = TAILQ_NEXT(o, entry);
        if (strcmp(o->gang, gang_id) == 0)
            mpi_pool_remove_offer(p, o);
    }
    return rc;
}

int mezzo_scheduler_accept(struct mezzo_scheduler *s,
                           const char *offer_id,
                           const struct mezzo_task *tasks,
                           size_t tasks_count)
{
    const struct mezzo_placement placement = {.offer_id = offer_id,
                                              .task = *tasks};

    if (tasks_count != 1)
        abort();
    return launch(s->pool, &placement, 1);
}

int mezzo_scheduler_kill(struct mezzo_scheduler *s,
                         const char *task_id,
                         int64_t grace_ms)
{
    struct mpi_task *t = mpi_pool_find_task(s->pool, task_id);

    (void)grace_ms;
    if (t != NULL)
        t->is_killed = true;
    return 0;
}

int mezzo_scheduler_reconcile(struct mezzo_scheduler *s, const char *task_id)
{
    struct mpi_pool *p = s->pool;

    if (p->reconciled_count < 64)
        snprintf(p->reconciled[p->reconciled_count++], MPI_POOL_ID_SIZE, "%s",
                 task_id);
    return 0;
}

int mezzo_scheduler_acknowledge(struct mezzo_scheduler *s,
                                const struct mezzo_status *status)
{
    struct mpi_task *t = mpi_pool_find_task(s->pool, status->task_id);

    if (t != NULL && t->truth == MPI_TASK_ENDED && t->end == status->state)
        t->is_told = true;
    return 0;
}

static void tell(struct mpi_pool *p,
                 const struct mpi_task *t,
                 enum mezzo_task_state state,
                 const char *data)
{
    const struct mezzo_status status = {
        .task_id = t->id,
        .agent_id = "agent",
        .state = state,
        .data = data,
        .data_size = data != NULL ? strlen(data) : 0,
        .is_reliable = true,
    };

    if (getenv("TRACE") != NULL)
        printf("# tell %s %d (%d)\n", t->id, state,
               p->agents[t->agent].is_lost);
    if (p->is_connected && p->is_loaded && !p->agents[t->agent].is_lost)
        queue_status(p->queue, &status);
}

void mpi_pool_run(struct mpi_pool *p, struct mpi_task *t)
{
    if (t->truth != MPI_TASK_LAUNCHED || p->agents[t->agent].is_lost)
        return;
    t->truth = MPI_TASK_RUNS;
    tell(p, t, MEZZO_TASK_RUNNING, NULL);
}

void mpi_pool_end(struct mpi_pool *p,
                  struct mpi_task *t,
                  enum mezzo_task_state state,
                  const char *data)
{
    if (t->truth == MPI_TASK_ENDED || p->agents[t->agent].is_lost)
        return;
    t->truth = MPI_TASK_ENDED;
    t->end = state;
    p->agents[t->agent].used -= t->ranks;
    tell(p, t, state, data);
}

static void answer_reconciled(struct mpi_pool *p, const char *id)
{
    const struct mpi_task *t = mpi_pool_find_task(p, id);
    const struct mezzo_status status = {
        .task_id = id,
        .state = t == NULL                       ? MEZZO_TASK_UNKNOWN
                 : p->agents[t->agent].is_lost   ? MEZZO_TASK_UNREACHABLE
                 : t->truth == MPI_TASK_ENDED    ? t->end
                 : t->truth == MPI_TASK_LAUNCHED ? MEZZO_TASK_STAGING
                                                 : MEZZO_TASK_RUNNING,
    };

    queue_status(p->queue, &status);
}

void mpi_pool_settle(struct mpi_pool *p)
{
    struct mpi_task *t;

    TAILQ_FOREACH (t, &p->tasks, entry)
        if (t->is_killed && t->truth != MPI_TASK_ENDED)
            mpi_pool_end(p, t, MEZZO_TASK_KILLED, NULL);
    if (!p->is_connected || !p->is_loaded)
        return;
    while (p->reconciled_count > 0) {
        char id[MPI_POOL_ID_SIZE];

        memcpy(id, p->reconciled[--p->reconciled_count], sizeof id);
        answer_reconciled(p, id);
    }
    TAILQ_FOREACH (t, &p->tasks, entry)
        if (t->truth == MPI_TASK_ENDED && !t->is_told)
            tell(p, t, t->end, NULL);
}

static bool has_offers(struct mpi_pool *p, unsigned agent, struct offer **o)
{
    TAILQ_FOREACH (*o, &p->offers, entry)
        if ((*o)->agent == agent)
            return true;
    return false;
}

void mpi_pool_lose_agent(struct mpi_pool *p, unsigned agent)
{
    struct mpi_task *t;
    struct offer *o;

    if (p->agents[agent].is_lost)
        return;
    TAILQ_FOREACH (t, &p->tasks, entry)
        if (t->agent == agent && t->truth != MPI_TASK_ENDED && t->is_fenced) {
            t->truth = MPI_TASK_ENDED;
            t->end = MEZZO_TASK_KILLED;
            p->agents[agent].used -= t->ranks;
        }
    p->agents[agent].is_lost = true;
    while (has_offers(p, agent, &o))
        mpi_pool_rescind_offer(p, o);
    TAILQ_FOREACH (t, &p->tasks, entry)
        if (t->agent == agent && !t->is_told) {
            const struct mezzo_status status = {
                .task_id = t->id, .state = MEZZO_TASK_UNREACHABLE};

            if (p->is_connected && p->is_loaded)
                queue_status(p->queue, &status);
        }
}

void mpi_pool_return_agent(struct mpi_pool *p, unsigned agent)
{
    struct mpi_task *t;

    p->agents[agent].is_lost = false;
    TAILQ_FOREACH (t, &p->tasks, entry)
        if (t->agent == agent && t->truth == MPI_TASK_RUNS)
            tell(p, t, MEZZO_TASK_RUNNING, NULL);
}

void mpi_pool_lie(struct mpi_pool *p,
                  const char *task_id,
                  enum mezzo_task_state state)
{
    const struct mezzo_status status = {
        .task_id = task_id, .agent_id = "liar", .state = state};

    if (p->is_connected && p->is_loaded)
        queue_status(p->queue, &status);
}
