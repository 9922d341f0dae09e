/* mpi_queue_test.c - jobs from their submission to their end, on a pool that is
 * played. */

#include <stdlib.h>
#include <string.h>

#include "tests/sim/mpi_pool.h"
#include "tests/test.h"

static struct mpi_pool *pool;
static char failure[300];

static void open_pool(void)
{
    pool = mpi_pool_new(3, 4);
    mpi_pool_start(pool);
    mpi_pool_connect(pool);
    while (mpi_pool_answer_store(pool))
        continue;
}

static void close_pool(void)
{
    const char *fault = mpi_pool_fault(pool);

    CHECK(fault == NULL);
    if (fault != NULL)
        printf("# %s\n", fault);
    mpi_pool_free(pool);
}

static void settle(void)
{
    do
        mpi_pool_settle(pool);
    while (mpi_pool_answer_store(pool));
}

/* Options are "NAME=VALUE NAME=VALUE". */
static struct job *submit(const char *options)
{
    json_t *named = json_object();
    char *copy = strdup(options), *rest = copy, *word;
    struct error err = {""};
    json_t *json;
    struct job *j;

    while ((word = strsep(&rest, " ")) != NULL)
        if (strchr(word, '=') != NULL) {
            char *equals = strchr(word, '=');

            *equals = '\0';
            json_object_set_new(named, word, json_string(equals + 1));
        }
    json =
        json_pack("{s:o, s:[s], s:s, s:s, s:[]}", "options", named, "argv",
                  "prog", "user", "ann", "directory", "/home", "environment");
    j = queue_submit(mpi_pool_queue(pool), json, &err);
    snprintf(failure, sizeof failure, "%s", err.text);
    json_decref(json);
    free(copy);
    return j;
}

static void run_all(uint64_t job)
{
    struct mpi_task *t;

    for (t = mpi_pool_first_task(pool); t != NULL; t = TAILQ_NEXT(t, entry))
        if (t->job == job)
            mpi_pool_run(pool, t);
}

static void end_all(uint64_t job, enum mezzo_task_state state, const char *data)
{
    struct mpi_task *t;

    for (t = mpi_pool_first_task(pool); t != NULL; t = TAILQ_NEXT(t, entry))
        if (t->job == job)
            mpi_pool_end(pool, t, state, data);
}

static void a_job_runs_to_its_end(void)
{
    struct job *j;

    open_pool();
    j = submit("ntasks=6 time=10");
    CHECK(j != NULL && j->state == JOB_HELD && mpi_pool_asks_count(pool) == 0);
    settle();
    CHECK(j->state == JOB_QUEUED && mpi_pool_asks_count(pool) == 1);
    CHECK(mpi_pool_offer(pool, 0) && j->state == JOB_PLACING);
    CHECK(mpi_pool_first_task(pool) == NULL); /* it is not written down yet */
    settle();
    CHECK(j->state == JOB_STARTING && mpi_pool_asks_count(pool) == 0);
    CHECK(j->layout.count == 2 && j->layout.nodes[0].ranks_count == 4 &&
          j->layout.nodes[1].ranks_count == 2);
    run_all(j->number);
    CHECK(j->state == JOB_RUNNING && j->started_wall_ms > 0);
    end_all(j->number, MEZZO_TASK_FINISHED, NULL);
    CHECK(j->state == JOB_COMPLETED && job_exit_status(j) == 0);
    close_pool();
}

static void its_cause_is_its_end(void)
{
    struct job *j;
    struct mpi_task *t;

    open_pool();
    j = submit("ntasks=6");
    settle();
    mpi_pool_offer(pool, 0);
    settle();
    run_all(j->number);
    t = mpi_pool_find_task(pool, "1.0.1");
    mpi_pool_end(pool, t, MEZZO_TASK_FAILED,
                 "{\"exit\":0,\"signal\":11,\"text\":\"rank 5 died\"}");
    CHECK(j->state == JOB_RUNNING); /* the other is being ended */
    CHECK(mpi_pool_find_task(pool, "1.0.0")->is_killed);
    settle();
    CHECK(j->state == JOB_FAILED && job_exit_status(j) == 139);
    CHECK(strcmp(j->reason, "rank 5 died") == 0);
    close_pool();
}

static void what_cannot_be_is_refused(void)
{
    struct job *j;

    open_pool();
    CHECK(submit("ntasks=x") == NULL && strstr(failure, "--ntasks") != NULL);
    CHECK(submit("colour=red") == NULL &&
          strcmp(failure, "--colour: there is no such option") == 0);
    CHECK(submit("partition=none") == NULL &&
          strcmp(failure, "--partition: there is no none; there are: all, "
                          "short") == 0);
    CHECK(submit("account=none") == NULL);
    CHECK(submit("account=physics") != NULL);
    CHECK(submit("partition=short time=11") == NULL &&
          strstr(failure, "at most 00:10:00") != NULL);
    CHECK(submit("partition=short ntasks=5") == NULL);
    settle();
    j = submit("ntasks=13");
    settle();
    mpi_pool_explain(pool, "2.0", "12 cpus in all", true);
    CHECK(j->state == JOB_FAILED && strstr(j->reason, "13 x 1 cpus") != NULL &&
          strstr(j->reason, "12 cpus in all") != NULL);
    j = submit("ntasks=13 wait=");
    settle();
    mpi_pool_explain(pool, "3.0", "12 cpus in all", true);
    CHECK(j->state == JOB_QUEUED &&
          strcmp(j->reason, "Resources: 12 cpus in all") == 0);
    close_pool();
}

static void some_wait_for_others(void)
{
    struct job *a, *b, *c, *d;

    open_pool();
    a = submit("ntasks=1");
    b = submit("ntasks=1 dependency=afterok:1");
    c = submit("ntasks=1 dependency=afternotok:1");
    d = submit("ntasks=1 begin=2000000");
    settle();
    CHECK(a->state == JOB_QUEUED && b->state == JOB_HELD &&
          c->state == JOB_HELD && d->state == JOB_HELD);
    CHECK(strcmp(b->reason, "Dependency: afterok:1") == 0);
    CHECK(strncmp(d->reason, "BeginTime", 9) == 0);
    mpi_pool_offer(pool, 0);
    settle();
    end_all(1, MEZZO_TASK_FINISHED, NULL);
    CHECK(a->state == JOB_COMPLETED && b->state == JOB_QUEUED);
    CHECK(c->state == JOB_CANCELLED && d->state == JOB_HELD);
    mpi_pool_set_wall(pool, 2000001);
    CHECK(d->state == JOB_QUEUED);
    close_pool();
}

static void an_array_is_many_jobs(void)
{
    struct job *first, *third;

    open_pool();
    first = submit("ntasks=1 array=1-4%2");
    settle();
    CHECK(first->is_in_array && mpi_pool_asks_count(pool) == 2);
    third = queue_find(mpi_pool_queue(pool), "1_3");
    CHECK(third != NULL && third->number == 3 && third->state == JOB_HELD);
    CHECK(strncmp(third->reason, "JobArrayTaskLimit: 2", 20) == 0);
    CHECK(queue_find(mpi_pool_queue(pool), "1_5") == NULL);
    CHECK(queue_names_array(mpi_pool_queue(pool), "1"));
    mpi_pool_offer(pool, 0);
    settle();
    end_all(1, MEZZO_TASK_FINISHED, NULL);
    settle();
    CHECK(third->state == JOB_QUEUED);
    queue_cancel(mpi_pool_queue(pool), third, "ann");
    CHECK(third->state == JOB_CANCELLED &&
          strcmp(third->reason, "cancelled by ann") == 0);
    CHECK(mpi_pool_asks_count(pool) == 2); /* the fourth has its turn */
    close_pool();
}

static void a_lost_node_is_made_good_once(void)
{
    struct job *j;

    open_pool();
    j = submit("ntasks=8");
    settle();
    mpi_pool_offer(pool, 0);
    settle();
    run_all(1);
    mpi_pool_lose_agent(pool, 0);
    settle();
    CHECK(j->state == JOB_QUEUED && j->restarts == 1 && j->attempt == 1);
    mpi_pool_offer(pool, 0);
    settle();
    run_all(1);
    CHECK(j->state == JOB_RUNNING);
    mpi_pool_lose_agent(pool, 1);
    settle();
    CHECK(j->state == JOB_NODE_FAIL && job_exit_status(j) == 1);
    close_pool();
}

static void one_that_is_not_to_be_started_again_waits(void)
{
    struct job *j;

    open_pool();
    j = submit("ntasks=8 no-requeue=");
    settle();
    mpi_pool_offer(pool, 0);
    settle();
    run_all(1);
    mpi_pool_lose_agent(pool, 0);
    settle();
    CHECK(j->state == JOB_RUNNING && strstr(j->reason, "unreachable") != NULL);
    mpi_pool_return_agent(pool, 0);
    end_all(1, MEZZO_TASK_FINISHED, NULL);
    CHECK(j->state == JOB_COMPLETED);
    close_pool();
}

static void a_restart_forgets_nothing(void)
{
    struct job *j;

    open_pool();
    submit("ntasks=6");
    submit("ntasks=1 array=0-2");
    submit("ntasks=2 dependency=afterok:1");
    settle();
    mpi_pool_offer(pool, 0);
    settle();
    run_all(1);
    settle();
    mpi_pool_kill(pool, 0);
    mpi_pool_start(pool);
    mpi_pool_connect(pool);
    settle();
    j = queue_find(mpi_pool_queue(pool), "1");
    CHECK(j != NULL && j->state == JOB_RUNNING && j->layout.count == 2);
    CHECK(queue_find(mpi_pool_queue(pool), "2_2") != NULL);
    CHECK(queue_find(mpi_pool_queue(pool), "5")->state == JOB_HELD);
    CHECK(mpi_pool_asks_count(pool) == 3);
    end_all(1, MEZZO_TASK_FINISHED, NULL);
    settle();
    CHECK(j->state == JOB_COMPLETED);
    CHECK(queue_find(mpi_pool_queue(pool), "5")->state == JOB_QUEUED);
    close_pool();
}

static void a_place_that_was_never_launched_is_found_out(void)
{
    struct job *j;

    open_pool();
    submit("ntasks=6");
    settle();
    mpi_pool_offer(pool, 0);
    mpi_pool_kill(pool, 9); /* it is written down, and that was all */
    mpi_pool_start(pool);
    mpi_pool_connect(pool);
    settle();
    j = queue_find(mpi_pool_queue(pool), "1");
    CHECK(j->state == JOB_QUEUED && j->attempt == 1 && j->restarts == 0);
    mpi_pool_offer(pool, 0);
    settle();
    CHECK(j->state == JOB_STARTING);
    close_pool();
}

static void offers_may_be_taken_back(void)
{
    struct job *j;

    open_pool();
    j = submit("ntasks=6");
    settle();
    mpi_pool_offer(pool, 0);
    CHECK(j->state == JOB_PLACING && mpi_pool_rescind(pool));
    CHECK(j->state == JOB_QUEUED);
    settle();
    CHECK(j->state == JOB_QUEUED && mpi_pool_asks_count(pool) == 1);
    mpi_pool_offer(pool, 0);
    mpi_pool_disconnect(pool);
    CHECK(j->state == JOB_QUEUED);
    mpi_pool_connect(pool);
    settle();
    CHECK(mpi_pool_offer(pool, 0));
    settle();
    CHECK(j->state == JOB_STARTING);
    close_pool();
}

int main(void)
{
    a_job_runs_to_its_end();
    its_cause_is_its_end();
    what_cannot_be_is_refused();
    some_wait_for_others();
    an_array_is_many_jobs();
    a_lost_node_is_made_good_once();
    one_that_is_not_to_be_started_again_waits();
    a_restart_forgets_nothing();
    a_place_that_was_never_launched_is_found_out();
    offers_may_be_taken_back();
    return test_done();
}
