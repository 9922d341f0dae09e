/* mpi_layout_test.c - ranks on nodes, and how jobs are told of them. */

#include <stdlib.h>
#include <string.h>

#include "frameworks/mpi/filename.h"
#include "frameworks/mpi/job_state.h"
#include "frameworks/mpi/nodelist.h"
#include "frameworks/mpi/variables.h"
#include "tests/test.h"

/* Is `text`, which is freed, that? */
static int is(char *text, const char *expected)
{
    int same = strcmp(text, expected) == 0;

    if (!same)
        printf("# is %s\n", text);
    free(text);
    return same;
}

static void nodes_are_listed_in_ranges(void)
{
    static const char *const names[] = {"n1",  "n2",  "n3",  "n5", "x",
                                        "y07", "y08", "y10", "y9", "z1"};
    static const unsigned counts[] = {2, 2, 2, 1};

    CHECK(is(nodelist_compress(names, 10), "n[1-3,5],x,y[07-08,10,9],z1"));
    CHECK(is(nodelist_compress(names, 1), "n1"));
    CHECK(is(nodelist_compress(names, 0), ""));
    CHECK(is(nodelist_counts(counts, 4), "2(x3),1"));
}

static struct layout two_and_one(void)
{
    struct layout l = {0};

    layout_add(&l, "agent-1", "a1", 2);
    layout_add(&l, "agent-2", "a2", 2);
    layout_add(&l, "agent-3", "a3", 1);
    return l;
}

static void ranks_are_in_blocks(void)
{
    static const char *const apart[] = {"x", "y", "z"};
    static const char *const together[] = {"x", "x", "x"};
    static const char *const mixed[] = {"x", "y", "x"};
    struct layout l = two_and_one();

    CHECK(l.ranks_count == 5);
    CHECK(layout_node_of(&l, 0) == 0 && layout_node_of(&l, 1) == 0);
    CHECK(layout_node_of(&l, 2) == 1 && layout_node_of(&l, 4) == 2);
    CHECK(is(layout_hosts(&l), "agent-[1-3]"));
    CHECK(is(layout_counts(&l, 4), "8(x2),4"));
    CHECK(is(layout_mapping(&l, apart), "(vector,(0,2,2),(2,1,1))"));
    CHECK(is(layout_mapping(&l, together), "(vector,(0,1,5))"));
    CHECK(is(layout_mapping(&l, mixed), "(vector,(0,2,2),(0,1,1))"));
    layout_add(&l, "agent-4", "a4", 0);
    CHECK(is(layout_mapping(&l, (const char *const[]){"w", "x", "y", "z"}),
             "(vector,(0,2,2),(2,1,1))"));
    layout_release(&l);
}

static int has(const struct words *w, const char *name, const char *value)
{
    const char *is_value = words_get(w, name);

    if (is_value == NULL || strcmp(is_value, value) != 0)
        printf("# %s is %s\n", name, is_value != NULL ? is_value : "missing");
    return is_value != NULL && strcmp(is_value, value) == 0;
}

static void jobs_find_variables(void)
{
    struct layout l = two_and_one();
    struct words w = {0};
    struct variables_job job = {
        .job = 43,
        .name = "sweep",
        .user = "ann",
        .directory = "/home/ann",
        .host = "login",
        .cpus_per_rank = 2,
        .is_in_array = true,
        .array_job = 42,
        .array_index = 7,
        .array_count = 3,
        .array_min = 5,
        .array_max = 9,
        .array_step = 2,
        .layout = &l,
    };

    words_add(&w, "SLURM_JOB_ID=another");
    variables_set_job(&w, &job, 1);
    variables_set_rank(&w, &l, 1, 3, 0);
    CHECK(has(&w, "SLURM_JOB_ID", "43") && has(&w, "SLURM_JOBID", "43"));
    CHECK(has(&w, "SLURM_NODELIST", "agent-[1-3]"));
    CHECK(has(&w, "SLURM_TASKS_PER_NODE", "2(x2),1"));
    CHECK(has(&w, "SLURM_JOB_CPUS_PER_NODE", "4(x2),2"));
    CHECK(has(&w, "SLURM_NTASKS", "5") && has(&w, "SLURM_NNODES", "3"));
    CHECK(has(&w, "SLURM_ARRAY_JOB_ID", "42"));
    CHECK(has(&w, "SLURM_ARRAY_TASK_ID", "7"));
    CHECK(has(&w, "SLURM_ARRAY_TASK_STEP", "2"));
    CHECK(has(&w, "SLURM_PROCID", "3") && has(&w, "SLURM_LOCALID", "1"));
    CHECK(has(&w, "SLURM_GTIDS", "2,3") && has(&w, "SLURM_NODEID", "1"));
    CHECK(words_get(&w, "SLURM_CPUS_PER_TASK") == NULL);
    CHECK(words_get(&w, "SLURM_RESTART_COUNT") == NULL);
    CHECK(words_get(&w, "SLURM_JOB_PARTITION") == NULL);
    words_release(&w);
    layout_release(&l);
}

static void words_are_set_in_place(void)
{
    struct words w = {0};

    words_set(&w, "A", "1");
    words_set(&w, "AB", "2");
    words_set(&w, "A", "3");
    CHECK(w.count == 2 && strcmp(words_get(&w, "A"), "3") == 0);
    CHECK(w.items[w.count] == NULL);
    words_set(&w, "A", NULL);
    words_set(&w, "C", NULL);
    CHECK(w.count == 1 && words_get(&w, "A") == NULL);
    words_release(&w);
}

static void names_have_parts(void)
{
    const struct filename_facts facts = {
        .job = 43,
        .is_in_array = true,
        .array_job = 42,
        .array_index = 7,
        .name = "sweep",
        .user = "ann",
        .node = "agent-1",
        .rank = 3,
    };
    const struct filename_facts alone = {.job = 5, .name = "x", .user = "y"};

    CHECK(is(filename_expand("%x-%A_%3a.%u.%N.%t.%%", &facts),
             "sweep-42_007.ann.agent-1.3.%"));
    CHECK(is(filename_expand("slurm-%j.out", &alone), "slurm-5.out"));
    CHECK(is(filename_expand("%A_%a", &alone), "5_4294967294"));
    CHECK(filename_check("a%jb%%c%t", NULL) == 0);
    CHECK(filename_check("a%", NULL) < 0 && filename_check("%y", NULL) < 0);
}

static void states_end_once(void)
{
    for (int i = 0; i < JOB_STATES_COUNT; i++) {
        enum job_state state = (enum job_state)i;

        CHECK(job_state_find(job_state_name(state)) == i);
        for (int j = 0; j < JOB_STATES_COUNT; j++)
            if (job_state_has_ended(state))
                CHECK(!job_state_may_become(state, (enum job_state)j));
    }
    CHECK(!job_state_may_become(JOB_HELD, JOB_RUNNING));
    CHECK(job_state_may_become(JOB_RUNNING, JOB_QUEUED)); /* a node was lost */
    CHECK(job_state_is_placed(JOB_PLACING) && !job_state_is_placed(JOB_QUEUED));
}

int main(void)
{
    nodes_are_listed_in_ranges();
    ranks_are_in_blocks();
    jobs_find_variables();
    words_are_set_in_place();
    names_have_parts();
    states_end_once();
    return test_done();
}
