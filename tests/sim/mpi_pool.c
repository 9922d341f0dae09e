/* mpi_pool.c - the API of a scheduler on a pool that is played. */

#include "tests/sim/mpi_pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "tests/sim/mpi_pool_parts.h"

void mpi_pool_fail(struct mpi_pool *p, const char *format, ...)
{
    va_list args;

    if (p->has_fault)
        return;
    p->has_fault = true;
    va_start(args, format);
    vsnprintf(p->fault, sizeof p->fault, format, args);
    va_end(args);
}

const char *mpi_pool_fault(struct mpi_pool *p)
{
    return p->has_fault ? p->fault : NULL;
}

/* ----------------------------------------------------------- the pool itself
 */

struct mpi_pool *mpi_pool_new(unsigned agents_count, unsigned ranks_each)
{
    struct mpi_pool *p = memory_new(1, sizeof *p);

    p->scheduler.pool = p;
    p->agents_count = agents_count;
    for (unsigned i = 0; i < agents_count; i++)
        p->agents[i].ranks = ranks_each;
    p->next_request = p->next_offer = 1;
    p->wall_ms = 1000000;
    TAILQ_INIT(&p->asks);
    TAILQ_INIT(&p->offers);
    TAILQ_INIT(&p->tasks);
    TAILQ_INIT(&p->entries);
    TAILQ_INIT(&p->requests);
    if (partitions_parse("test",
                         "partition all default\n"
                         "partition short time=10 nodes=2 ranks=4\n"
                         "account physics\n",
                         &p->partitions, NULL) < 0)
        abort();
    return p;
}

static void forget_calls(struct mpi_pool *p)
{
    while (!TAILQ_EMPTY(&p->asks)) {
        struct ask *a = TAILQ_FIRST(&p->asks);

        TAILQ_REMOVE(&p->asks, a, entry);
        free(a);
    }
    while (!TAILQ_EMPTY(&p->offers))
        mpi_pool_remove_offer(p, TAILQ_FIRST(&p->offers));
    p->reconciled_count = 0;
}

void mpi_pool_free(struct mpi_pool *p)
{
    queue_free(p->queue);
    forget_calls(p);
    while (!TAILQ_EMPTY(&p->requests))
        mpi_pool_free_request(p, TAILQ_FIRST(&p->requests));
    while (!TAILQ_EMPTY(&p->tasks)) {
        struct mpi_task *t = TAILQ_FIRST(&p->tasks);

        TAILQ_REMOVE(&p->tasks, t, entry);
        free(t);
    }
    while (!TAILQ_EMPTY(&p->entries)) {
        struct entry *e = TAILQ_FIRST(&p->entries);

        TAILQ_REMOVE(&p->entries, e, entry);
        free(e->key);
        free(e->value);
        free(e);
    }
    partitions_release(&p->partitions);
    free(p);
}

static int64_t wall_cb(void *arg)
{
    return ((struct mpi_pool *)arg)->wall_ms;
}

static void changed_cb(const struct job *j, void *arg)
{
    (void)arg;
    if (getenv("TRACE") != NULL)
        printf("# %s.%u %s: %s\n", j->id, j->attempt, job_state_name(j->state),
               j->reason);
}

static void loaded_cb(const char *failure, void *arg)
{
    struct mpi_pool *p = arg;

    if (failure != NULL)
        mpi_pool_fail(p, "loading: %s", failure);
    p->is_loaded = true;
}

struct queue *mpi_pool_start(struct mpi_pool *p)
{
    const struct queue_options options = {
        .partitions = &p->partitions,
        .role = "mpi",
        .executor = "/executor",
        .wall_ms = wall_cb,
        .changed = changed_cb,
        .loaded = loaded_cb,
        .arg = p,
    };

    p->queue = queue_new(&options);
    p->is_loaded = false;
    queue_start(p->queue, &p->scheduler);
    return p->queue;
}

struct queue *mpi_pool_queue(struct mpi_pool *p)
{
    return p->queue;
}

void mpi_pool_kill(struct mpi_pool *p, unsigned applied_count)
{
    queue_free(p->queue);
    p->queue = NULL;
    p->is_connected = false;
    while (!TAILQ_EMPTY(&p->requests)) {
        struct wanted *r = TAILQ_FIRST(&p->requests);

        if (applied_count > 0 && !r->is_load) {
            mpi_pool_apply(p, r);
            applied_count--;
        }
        mpi_pool_free_request(p, r);
    }
    forget_calls(p);
}

void mpi_pool_connect(struct mpi_pool *p)
{
    p->is_connected = true;
    queue_subscribed(p->queue);
}

void mpi_pool_disconnect(struct mpi_pool *p)
{
    p->is_connected = false;
    while (!TAILQ_EMPTY(&p->offers))
        mpi_pool_remove_offer(p, TAILQ_FIRST(&p->offers));
    queue_disconnected(p->queue);
}

bool mpi_pool_is_connected(const struct mpi_pool *p)
{
    return p->is_connected;
}

void mpi_pool_set_wall(struct mpi_pool *p, int64_t wall_ms)
{
    p->wall_ms = wall_ms;
    queue_alarm(p->queue);
}

/* ------------------------------------------------------ the rest of the API */

const char *mezzo_scheduler_explain(const struct mezzo_scheduler *s)
{
    (void)s;
    return "it is refused";
}

int64_t mezzo_scheduler_now_ms(const struct mezzo_scheduler *s)
{
    return s->pool->wall_ms;
}

void mezzo_scheduler_set_alarm(struct mezzo_scheduler *s, int64_t at_ms)
{
    (void)s;
    (void)at_ms;
}

bool mezzo_task_has_ended(enum mezzo_task_state state)
{
    return state == MEZZO_TASK_FINISHED || state == MEZZO_TASK_FAILED ||
           state == MEZZO_TASK_KILLED || state == MEZZO_TASK_LOST ||
           state == MEZZO_TASK_ERROR || state == MEZZO_TASK_DROPPED ||
           state == MEZZO_TASK_GONE || state == MEZZO_TASK_GONE_BY_OPERATOR;
}
