/* pmix_job.c - a step's ranks, as libpmix's server is told of them. */

#include "frameworks/mpi/pmix_job.h"

#include <pmix.h>
#include <pmix_server.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

/* ------------------------------------------------------ calls that are waited
 * for: the library answers them in its thread, at once. */

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t is_done;
    bool done;
    pmix_status_t status;
};

static void done_cb(pmix_status_t status, void *arg)
{
    struct waiting *w = arg;

    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->status = status;
    pthread_cond_signal(&w->is_done);
    pthread_mutex_unlock(&w->lock);
}

static bool finish(struct waiting *w, pmix_status_t status)
{
    if (status == PMIX_SUCCESS) {
        pthread_mutex_lock(&w->lock);
        while (!w->done)
            pthread_cond_wait(&w->is_done, &w->lock);
        pthread_mutex_unlock(&w->lock);
        status = w->status;
    }
    return status == PMIX_SUCCESS || status == PMIX_OPERATION_SUCCEEDED;
}

#define WAITING                                                                \
    {                                                                          \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0          \
    }

/* "a,b" and "0,1;2,3", as the library wants to pack them. */
static void describe_nodes(const struct layout *l, char **hosts, char **ranks)
{
    char *host_list = NULL, *rank_list = NULL;
    size_t host_size, rank_size;
    FILE *h = open_memstream(&host_list, &host_size);
    FILE *r = open_memstream(&rank_list, &rank_size);
    bool is_first = true;

    if (h == NULL || r == NULL)
        abort();
    for (size_t i = 0; i < l->count; i++) {
        const struct layout_node *n = &l->nodes[i];

        if (n->ranks_count == 0)
            continue;
        fprintf(h, "%s%s", is_first ? "" : ",", n->host);
        for (unsigned k = 0; k < n->ranks_count; k++)
            fprintf(r, "%s%u",
                    k > 0      ? ","
                    : is_first ? ""
                               : ";",
                    n->first_rank + k);
        is_first = false;
    }
    fclose(h);
    fclose(r);
    if (PMIx_generate_regex(host_list, hosts) != PMIX_SUCCESS ||
        PMIx_generate_ppn(rank_list, ranks) != PMIX_SUCCESS)
        abort();
    free(host_list);
    free(rank_list);
}

static void load_rank(pmix_info_t *info, const struct layout *l, unsigned rank)
{
    size_t node = layout_node_of(l, rank);
    uint16_t local = (uint16_t)(rank - l->nodes[node].first_rank);
    uint32_t node_id = (uint32_t)node;
    pmix_rank_t number = rank;
    pmix_data_array_t *array;
    pmix_info_t *f;
    int zero = 0;

    PMIX_DATA_ARRAY_CREATE(array, 8, PMIX_INFO);
    f = array->array;
    PMIX_INFO_LOAD(&f[0], PMIX_RANK, &number, PMIX_PROC_RANK);
    PMIX_INFO_LOAD(&f[1], PMIX_APPNUM, &zero, PMIX_INT);
    PMIX_INFO_LOAD(&f[2], PMIX_GLOBAL_RANK, &number, PMIX_PROC_RANK);
    PMIX_INFO_LOAD(&f[3], PMIX_APP_RANK, &number, PMIX_PROC_RANK);
    PMIX_INFO_LOAD(&f[4], PMIX_LOCAL_RANK, &local, PMIX_UINT16);
    PMIX_INFO_LOAD(&f[5], PMIX_NODE_RANK, &local, PMIX_UINT16);
    PMIX_INFO_LOAD(&f[6], PMIX_NODEID, &node_id, PMIX_UINT32);
    PMIX_INFO_LOAD(&f[7], PMIX_HOSTNAME, l->nodes[node].host, PMIX_STRING);
    PMIX_LOAD_KEY(info->key, PMIX_PROC_DATA);
    info->value.type = PMIX_DATA_ARRAY;
    info->value.data.darray = array;
}

static char *local_peers(const struct layout_node *n)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    for (unsigned i = 0; i < n->ranks_count; i++)
        fprintf(out, "%s%u", i > 0 ? "," : "", n->first_rank + i);
    fclose(out);
    return text;
}

static bool register_nspace(const struct pmix_job *job)
{
    const struct layout *l = job->layout;
    const struct layout_node *n = &l->nodes[job->node];
    const struct {
        const char *key;
        uint32_t value;
    } numbers[] = {
        {PMIX_UNIV_SIZE, l->ranks_count},     {PMIX_JOB_SIZE, l->ranks_count},
        {PMIX_MAX_PROCS, l->ranks_count},     {PMIX_APP_SIZE, l->ranks_count},
        {PMIX_LOCAL_SIZE, n->ranks_count},    {PMIX_NODE_SIZE, n->ranks_count},
        {PMIX_NUM_NODES, (uint32_t)l->count}, {PMIX_JOB_NUM_APPS, 1},
    };
    const size_t numbers_count = sizeof numbers / sizeof numbers[0];
    AUTO(auto_free) char *peers = local_peers(n);
    size_t count = numbers_count + 6 + l->ranks_count, k = 0;
    struct waiting w = WAITING;
    pmix_rank_t leader = n->first_rank;
    char *hosts, *ranks;
    pmix_info_t *info;
    bool is_good;

    describe_nodes(l, &hosts, &ranks);
    PMIX_INFO_CREATE(info, count);
    for (; k < numbers_count; k++)
        PMIX_INFO_LOAD(&info[k], numbers[k].key, &numbers[k].value,
                       PMIX_UINT32);
    PMIX_INFO_LOAD(&info[k], PMIX_NODE_MAP, hosts, PMIX_REGEX);
    PMIX_INFO_LOAD(&info[k + 1], PMIX_PROC_MAP, ranks, PMIX_REGEX);
    PMIX_INFO_LOAD(&info[k + 2], PMIX_LOCAL_PEERS, peers, PMIX_STRING);
    PMIX_INFO_LOAD(&info[k + 3], PMIX_JOBID, job->name, PMIX_STRING);
    PMIX_INFO_LOAD(&info[k + 4], PMIX_LOCALLDR, &leader, PMIX_PROC_RANK);
    PMIX_INFO_LOAD(&info[k + 5], PMIX_NSDIR, job->directory, PMIX_STRING);
    k += 6;
    for (unsigned rank = 0; rank < l->ranks_count; rank++)
        load_rank(&info[k++], l, rank);
    is_good =
        finish(&w, PMIx_server_register_nspace(job->name, (int)n->ranks_count,
                                               info, k, done_cb, &w));
    PMIX_INFO_FREE(info, count);
    free(hosts);
    free(ranks);
    return is_good;
}

bool pmix_job_register(const struct pmix_job *job)
{
    const struct layout_node *n = &job->layout->nodes[job->node];
    bool is_good = register_nspace(job);

    for (unsigned i = 0; is_good && i < n->ranks_count; i++) {
        struct waiting w = WAITING;
        pmix_proc_t proc;

        PMIX_LOAD_PROCID(&proc, job->name, n->first_rank + i);
        is_good = finish(&w, PMIx_server_register_client(
                                 &proc, getuid(), getgid(), NULL, done_cb, &w));
    }
    return is_good;
}

void pmix_job_deregister(const char *name)
{
    struct waiting w = WAITING;

    PMIx_server_deregister_nspace(name, done_cb, &w);
    finish(&w, PMIX_SUCCESS);
}

static struct words ask(const char *name, unsigned rank)
{
    struct words variables = {0};
    char **added = NULL;
    pmix_proc_t proc;

    PMIX_LOAD_PROCID(&proc, name, rank);
    if (PMIx_server_setup_fork(&proc, &added) == PMIX_SUCCESS)
        for (char **each = added; each != NULL && *each != NULL; each++) {
            if (strchr(*each, '=') != NULL)
                words_add(&variables, *each);
            free(*each);
        }
    free(added);
    return variables;
}

static bool are_alike(const struct words *a, const struct words *b)
{
    static const char own[] = "PMIX_RANK=";
    size_t i = 0;

    while (i < a->count && i < b->count &&
           (strcmp(a->items[i], b->items[i]) == 0 ||
            (strncmp(a->items[i], own, sizeof own - 1) == 0 &&
             strncmp(b->items[i], own, sizeof own - 1) == 0)))
        i++;
    return i == a->count && i == b->count;
}

static void set_all(struct words *environment, const struct words *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        char *equals = strchr(variables->items[i], '=');

        *equals = '\0';
        words_set(environment, variables->items[i], equals + 1);
        *equals = '=';
    }
}

void pmix_job_environment(const char *name,
                          unsigned rank,
                          struct pmix_variables *known,
                          struct words *environment)
{
    struct words own;
    char number[16];

    if (!known->are_known) {
        known->of_first = ask(name, known->first_rank);
        own = ask(name, known->first_rank + known->ranks_count - 1);
        known->are_alike = are_alike(&known->of_first, &own);
        known->are_known = true;
        words_release(&own);
    }
    if (known->are_alike) {
        set_all(environment, &known->of_first);
        snprintf(number, sizeof number, "%u", rank);
        words_set(environment, "PMIX_RANK", number);
        return;
    }
    own = ask(name, rank);
    set_all(environment, &own);
    words_release(&own);
}
