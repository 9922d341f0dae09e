/* variables.c - what a job finds in its environment. */

#include "frameworks/mpi/variables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/auto.h"

/* Under a name, and under an older one. */
static void set_both(struct words *environment,
                     const char *name,
                     const char *old,
                     const char *value)
{
    words_set(environment, name, value);
    words_set(environment, old, value);
}

static void set_number(struct words *environment,
                       const char *name,
                       int64_t number)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRId64, number);
    words_set(environment, name, text);
}

static void set_array(struct words *environment,
                      const struct variables_job *job)
{
    if (!job->is_in_array)
        return;
    set_number(environment, "SLURM_ARRAY_JOB_ID", (int64_t)job->array_job);
    set_number(environment, "SLURM_ARRAY_TASK_ID", job->array_index);
    set_number(environment, "SLURM_ARRAY_TASK_COUNT", job->array_count);
    set_number(environment, "SLURM_ARRAY_TASK_MIN", job->array_min);
    set_number(environment, "SLURM_ARRAY_TASK_MAX", job->array_max);
    set_number(environment, "SLURM_ARRAY_TASK_STEP", job->array_step);
}

static void set_amounts(struct words *environment,
                        const struct variables_job *job,
                        size_t node)
{
    const struct layout *l = job->layout;
    AUTO(auto_free) char *cpus = layout_counts(l, job->cpus_per_rank);
    AUTO(auto_free) char *ranks = layout_counts(l, 1);

    words_set(environment, "SLURM_TASKS_PER_NODE", ranks);
    words_set(environment, "SLURM_JOB_CPUS_PER_NODE", cpus);
    set_number(environment, "SLURM_CPUS_ON_NODE",
               (int64_t)l->nodes[node].ranks_count * job->cpus_per_rank);
    if (job->has_cpus_per_rank)
        set_number(environment, "SLURM_CPUS_PER_TASK", job->cpus_per_rank);
    if (job->ranks_per_node > 0)
        set_number(environment, "SLURM_NTASKS_PER_NODE", job->ranks_per_node);
    if (job->memory_node_mb > 0)
        set_number(environment, "SLURM_MEM_PER_NODE", job->memory_node_mb);
    if (job->memory_cpu_mb > 0)
        set_number(environment, "SLURM_MEM_PER_CPU", job->memory_cpu_mb);
}

void variables_set_job(struct words *environment,
                       const struct variables_job *job,
                       size_t node)
{
    const struct layout *l = job->layout;
    AUTO(auto_free) char *hosts = layout_hosts(l);
    char number[32], nodes[32], ranks[32];

    snprintf(number, sizeof number, "%" PRIu64, job->job);
    snprintf(nodes, sizeof nodes, "%zu", l->count);
    snprintf(ranks, sizeof ranks, "%u", l->ranks_count);
    set_both(environment, "SLURM_JOB_ID", "SLURM_JOBID", number);
    set_both(environment, "SLURM_JOB_NODELIST", "SLURM_NODELIST", hosts);
    set_both(environment, "SLURM_JOB_NUM_NODES", "SLURM_NNODES", nodes);
    set_both(environment, "SLURM_NTASKS", "SLURM_NPROCS", ranks);
    words_set(environment, "SLURM_JOB_NAME", job->name);
    words_set(environment, "SLURM_JOB_USER", job->user);
    words_set(environment, "SLURM_SUBMIT_DIR", job->directory);
    words_set(environment, "SLURM_SUBMIT_HOST", job->host);
    words_set(environment, "SLURM_JOB_PARTITION", job->partition);
    words_set(environment, "SLURM_JOB_ACCOUNT", job->account);
    words_set(environment, "SLURMD_NODENAME", l->nodes[node].host);
    set_number(environment, "SLURM_NODEID", (int64_t)node);
    if (job->restarts > 0)
        set_number(environment, "SLURM_RESTART_COUNT", job->restarts);
    set_amounts(environment, job, node);
    set_array(environment, job);
}

void variables_set_rank(struct words *environment,
                        const struct layout *layout,
                        size_t node,
                        unsigned rank,
                        unsigned step)
{
    const struct layout_node *n = &layout->nodes[node];
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (unsigned i = 0; i < n->ranks_count; i++)
        fprintf(out, "%s%u", i > 0 ? "," : "", n->first_rank + i);
    fclose(out);
    set_number(environment, "SLURM_PROCID", rank);
    set_number(environment, "SLURM_LOCALID", rank - n->first_rank);
    set_number(environment, "SLURM_NODEID", (int64_t)node);
    set_number(environment, "SLURM_STEP_ID", step);
    set_number(environment, "SLURM_STEP_NUM_TASKS", layout->ranks_count);
    words_set(environment, "SLURM_GTIDS", text);
    words_set(environment, "SLURMD_NODENAME", n->host);
    free(text);
}
