/* mpi_sim.c - the MPI framework's core on a pool that loses nodes, hangs and
 * lies, from seeds: no job is started in part, lost, or run twice.
 *
 *     mpi_sim [--seeds N] [--first SEED] */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/sim/mpi_pool.h"
#include "tests/test.h"

enum {
    AGENTS = 4,
    RANKS_EACH = 4,
    JOBS = 12,
    STEPS = 400,
    HEALING_STEPS = 4000,
    SEEDS_DEFAULT = 500,
};

struct run {
    struct mpi_pool *pool;
    struct random random;
    unsigned submitted;
    uint64_t told; /* the highest number that was stored when asked for */
};

static bool chance(struct run *r, unsigned percent)
{
    return random_below(&r->random, 100) < percent;
}

static unsigned below(struct run *r, unsigned bound)
{
    return (unsigned)random_below(&r->random, bound);
}

static void submit(struct run *r)
{
    char ranks[16], dependency[32], array[16];
    json_t *options = json_object(), *json;
    struct error err;

    snprintf(ranks, sizeof ranks, "%u", 1 + below(r, AGENTS * RANKS_EACH));
    json_object_set_new(options, "ntasks", json_string(ranks));
    if (chance(r, 30))
        json_object_set_new(options, "no-requeue", json_string(""));
    if (chance(r, 20)) {
        snprintf(array, sizeof array, "0-%u%%%u", 1 + below(r, 3),
                 1 + below(r, 2));
        json_object_set_new(options, "array", json_string(array));
    }
    if (chance(r, 20) && r->told > 0) {
        snprintf(dependency, sizeof dependency, "afterany:%u",
                 1 + below(r, (unsigned)r->told));
        json_object_set_new(options, "dependency", json_string(dependency));
    }
    json = json_pack("{s:o, s:[s], s:s, s:s, s:[]}", "options", options, "argv",
                     "prog", "user", "ann", "directory", "/", "environment");
    if (queue_submit(mpi_pool_queue(r->pool), json, &err) != NULL)
        r->submitted++;
    json_decref(json);
}

static struct mpi_task *any_task(struct run *r)
{
    struct mpi_task *t;
    unsigned count = 0, chosen;

    for (t = mpi_pool_first_task(r->pool); t != NULL; t = TAILQ_NEXT(t, entry))
        count++;
    if (count == 0)
        return NULL;
    chosen = below(r, count);
    t = mpi_pool_first_task(r->pool);
    while (chosen-- > 0)
        t = TAILQ_NEXT(t, entry);
    return t;
}

static void restart(struct run *r)
{
    mpi_pool_kill(r->pool, below(r, 5));
    mpi_pool_start(r->pool);
    if (chance(r, 50)) {
        mpi_pool_connect(r->pool);
        while (mpi_pool_answer_store(r->pool))
            continue;
    } else {
        mpi_pool_answer_store(r->pool);
        mpi_pool_connect(r->pool);
    }
}

/* A gang that is dropped is dropped whole. */
static void drop(struct run *r, struct mpi_task *t)
{
    struct mpi_task *each;

    for (each = mpi_pool_first_task(r->pool); each != NULL;
         each = TAILQ_NEXT(each, entry))
        if (each->job == t->job && each->attempt == t->attempt &&
            each->truth != MPI_TASK_LAUNCHED)
            return;
    for (each = mpi_pool_first_task(r->pool); each != NULL;
         each = TAILQ_NEXT(each, entry))
        if (each->job == t->job && each->attempt == t->attempt)
            mpi_pool_end(r->pool, each, MEZZO_TASK_DROPPED, NULL);
}

static void lie(struct run *r)
{
    static const enum mezzo_task_state states[] = {
        MEZZO_TASK_RUNNING, MEZZO_TASK_STARTING, MEZZO_TASK_FINISHED,
        MEZZO_TASK_FAILED};
    char id[64];
    struct mpi_task *t = any_task(r);

    /* Of what never was, and of what has ended, anything may be said. */
    snprintf(id, sizeof id, "%u.%u.%u", 50 + below(r, 50), below(r, 3),
             below(r, 5));
    mpi_pool_lie(r->pool, chance(r, 50) ? id : "not-one-of-ours",
                 states[below(r, 4)]);
    if (t != NULL && t->truth == MPI_TASK_ENDED)
        mpi_pool_lie(r->pool, t->id, chance(r, 50) ? t->end : states[0]);
}

static void end_some(struct run *r, bool is_healing)
{
    struct mpi_task *t = any_task(r);

    if (t == NULL)
        return;
    mpi_pool_run(r->pool, t);
    if (!is_healing && chance(r, 60))
        return;
    if (!is_healing && chance(r, 10))
        drop(r, t);
    else if (t->truth == MPI_TASK_RUNS)
        mpi_pool_end(r->pool, t,
                     is_healing || chance(r, 80) ? MEZZO_TASK_FINISHED
                                                 : MEZZO_TASK_FAILED,
                     NULL);
}

static void fault(struct run *r)
{
    struct job *j = queue_first(mpi_pool_queue(r->pool));

    switch (below(r, 8)) {
    case 0:
        mpi_pool_rescind(r->pool);
        break;
    case 1:
        if (mpi_pool_is_connected(r->pool))
            mpi_pool_disconnect(r->pool);
        break;
    case 2:
        restart(r);
        break;
    case 3:
        mpi_pool_lose_agent(r->pool, below(r, AGENTS));
        break;
    case 4:
    case 5:
        lie(r);
        break;
    case 6:
        mpi_pool_return_agent(r->pool, below(r, AGENTS));
        break;
    case 7:
        for (unsigned n = below(r, JOBS); j != NULL && n > 0; n--)
            j = queue_next(j);
        if (j != NULL && chance(r, 20))
            queue_cancel(mpi_pool_queue(r->pool), j, "ann");
        break;
    }
}

static void step(struct run *r)
{
    struct job *j;

    if (r->submitted < JOBS && chance(r, 20))
        submit(r);
    if (!mpi_pool_is_connected(r->pool) && chance(r, 30))
        mpi_pool_connect(r->pool);
    if (chance(r, 50))
        mpi_pool_answer_store(r->pool);
    if (chance(r, 40))
        mpi_pool_offer(r->pool, below(r, 4));
    if (chance(r, 30))
        mpi_pool_settle(r->pool);
    end_some(r, false);
    if (chance(r, 15))
        fault(r);
    for (j = queue_first(mpi_pool_queue(r->pool)); j != NULL; j = queue_next(j))
        if (j->is_stored && j->number > r->told)
            r->told = j->number;
}

/* Everything works again: all must come to an end. */
static bool heal(struct run *r)
{
    struct job *j = NULL;

    for (unsigned i = 0; i < AGENTS; i++)
        mpi_pool_return_agent(r->pool, i);
    if (!mpi_pool_is_connected(r->pool))
        mpi_pool_connect(r->pool);
    for (int i = 0; i < HEALING_STEPS && mpi_pool_fault(r->pool) == NULL; i++) {
        while (mpi_pool_answer_store(r->pool))
            continue;
        mpi_pool_offer(r->pool, 0);
        mpi_pool_offer(r->pool, below(r, 8));
        mpi_pool_settle(r->pool);
        end_some(r, true);
        for (j = queue_first(mpi_pool_queue(r->pool)); j != NULL;
             j = queue_next(j))
            if (!job_state_has_ended(j->state))
                break;
        if (j == NULL)
            return true;
    }
    if (j != NULL)
        printf("# job %s is still %s: %s\n", j->id, job_state_name(j->state),
               j->reason);
    return false;
}

/* What was stored once is still known; a job that was completed had all of its
 * last attempt finish. */
static bool is_whole(struct run *r)
{
    struct job *j;
    char id[MPI_POOL_ID_SIZE];

    for (uint64_t n = 1; n <= r->told; n++) {
        snprintf(id, sizeof id, "%" PRIu64, n);
        if (queue_find(mpi_pool_queue(r->pool), id) == NULL) {
            printf("# job %s is lost\n", id);
            return false;
        }
    }
    for (j = queue_first(mpi_pool_queue(r->pool)); j != NULL; j = queue_next(j))
        for (size_t i = 0; j->state == JOB_COMPLETED && i < j->layout.count;
             i++) {
            const struct mpi_task *t;

            job_task_id(j, i, id);
            t = mpi_pool_find_task(r->pool, id);
            if (t == NULL || t->end != MEZZO_TASK_FINISHED) {
                printf("# job %s is completed, but %s is not\n", j->id, id);
                return false;
            }
        }
    return true;
}

static bool run_seed(uint64_t seed)
{
    struct run r = {.random = {seed}};
    const char *broken;
    bool is_good;

    r.pool = mpi_pool_new(AGENTS, RANKS_EACH);
    mpi_pool_start(r.pool);
    mpi_pool_answer_store(r.pool);
    for (int i = 0; i < STEPS && mpi_pool_fault(r.pool) == NULL; i++)
        step(&r);
    is_good = heal(&r) && is_whole(&r);
    broken = mpi_pool_fault(r.pool);
    if (broken != NULL)
        printf("# %s\n", broken);
    if (!is_good || broken != NULL)
        printf("# seed %" PRIu64 "\n", seed);
    mpi_pool_free(r.pool);
    return is_good && broken == NULL;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, count = SEEDS_DEFAULT, bad = 0;

    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--seeds") == 0)
            count = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--first") == 0)
            first = strtoull(argv[i + 1], NULL, 10);
    for (uint64_t seed = first; seed < first + count; seed++)
        bad += !run_seed(seed);
    CHECK(bad == 0); /* no job in part, lost, or run twice */
    return test_done();
}
