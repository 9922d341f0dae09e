/* pmix_server.c - libpmix's server, for ranks of Open MPI. */

#include "frameworks/mpi/pmix_server.h"

#include <pmix.h>
#include <pmix_server.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "frameworks/mpi/pmix_job.h"
#include "frameworks/mpi/pmix_news.h"

/* A step that is known to the library. */
struct nspace {
    TAILQ_ENTRY(nspace) entry;
    unsigned step;
    char name[PMIX_MAX_NSLEN + 1];
    unsigned ranks_count, first_rank, local_count;
    bool crowds; /* ranks outnumber processors */
    bool shares_place, shares_kernel;
    struct pmix_variables variables;
    pmix_modex_cbfunc_t answer; /* of the fence that its ranks are in */
    void *answer_arg;
};

/* A question for another node. */
struct question {
    TAILQ_ENTRY(question) entry;
    unsigned number;
    pmix_modex_cbfunc_t answer;
    void *answer_arg;
};

struct pmix_server {
    struct watches *watches;
    struct node *node;
    char *directory;
    char *memory; /* for what its ranks share, if not in /dev/shm */
    bool is_open, has_failed;
    struct watch wake;
    TAILQ_HEAD(nspace_list, nspace) nspaces;
    TAILQ_HEAD(question_list, question) questions;
    unsigned next_question;
};

/* ------------------------------------------------------------------- loop */

static struct nspace *find_nspace(struct pmix_server *p, const char *name)
{
    struct nspace *s;

    TAILQ_FOREACH (s, &p->nspaces, entry)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static void remove_nspace(struct pmix_server *p, struct nspace *s)
{
    TAILQ_REMOVE(&p->nspaces, s, entry);
    words_release(&s->variables.of_first);
    free(s);
}

static struct nspace *find_step(struct pmix_server *p, unsigned step)
{
    struct nspace *s;

    if (p == NULL)
        return NULL;
    TAILQ_FOREACH (s, &p->nspaces, entry)
        if (s->step == step)
            return s;
    return NULL;
}

/* Fences are of all ranks of a step: those of some of them are for programs
 * that connect and disconnect, which comes later. */
static void fence(struct pmix_server *p, struct nspace *s, struct news *n)
{
    bool is_of_all =
        s != NULL && (n->is_of_all || n->procs_count == s->ranks_count);

    if (!is_of_all || s->answer != NULL) {
        if (s != NULL)
            node_pmix_refused(p->node, s->step, n->rank,
                              "a fence of some of its ranks (PMIx_Fence)");
        n->answer(PMIX_ERR_NOT_SUPPORTED, NULL, 0, n->answer_arg, NULL, NULL);
        return;
    }
    s->answer = n->answer;
    s->answer_arg = n->answer_arg;
    node_pmix_fence(p->node, s->step, n->bytes, n->size);
}

static void ask(struct pmix_server *p, struct nspace *s, struct news *n)
{
    struct question *q;

    if (s == NULL) {
        n->answer(PMIX_ERR_NOT_FOUND, NULL, 0, n->answer_arg, NULL, NULL);
        return;
    }
    q = memory_new(1, sizeof *q);
    q->number = ++p->next_question;
    q->answer = n->answer;
    q->answer_arg = n->answer_arg;
    TAILQ_INSERT_TAIL(&p->questions, q, entry);
    node_pmix_ask(p->node, s->step, n->rank, q->number);
}

static void handle(struct pmix_server *p, struct news *n)
{
    struct nspace *s = find_nspace(p, n->nspace);

    switch (n->kind) {
    case NEWS_FENCE:
        fence(p, s, n);
        break;
    case NEWS_ASK:
        ask(p, s, n);
        break;
    case NEWS_TELL:
        node_pmix_tell(p->node, n->step, n->from, n->number, n->bytes, n->size);
        break;
    case NEWS_SPOKE:
        if (s != NULL)
            node_pmix_spoke(p->node, s->step, n->rank, false);
        break;
    case NEWS_FINALIZED:
        if (s != NULL)
            node_pmix_spoke(p->node, s->step, n->rank, true);
        break;
    case NEWS_ABORT:
        if (s != NULL)
            node_pmix_abort(p->node, s->step, n->rank, n->code, n->bytes);
        break;
    case NEWS_REFUSED:
        if (s != NULL)
            node_pmix_refused(p->node, s->step, n->rank, n->bytes);
        break;
    }
    free(n->bytes);
    free(n);
}

void pmix_server_hear(struct pmix_server *p)
{
    struct news *n;

    while (p != NULL && (n = pmix_news_take()) != NULL)
        handle(p, n);
}

static void wake_ready(struct watch *w, uint32_t events)
{
    uint64_t count;

    (void)events;
    if (read(w->fd, &count, sizeof count) > 0)
        pmix_server_hear(w->arg);
}

struct pmix_server *pmix_server_new(struct watches *watches,
                                    struct node *node,
                                    const char *directory)
{
    struct pmix_server *p = memory_new(1, sizeof *p);

    p->watches = watches;
    p->node = node;
    if (asprintf(&p->directory, "%s/pmix", directory) < 0 ||
        asprintf(&p->memory, "%s/shared", directory) < 0)
        abort();
    TAILQ_INIT(&p->nspaces);
    TAILQ_INIT(&p->questions);
    p->wake =
        (struct watch){.fd = pmix_news_open(), .ready = wake_ready, .arg = p};
    watches_add(watches, &p->wake, EPOLLIN);
    return p;
}

void pmix_server_free(struct pmix_server *p)
{
    struct question *q;
    struct nspace *s;

    if (p == NULL)
        return;
    if (p->is_open)
        PMIx_server_finalize();
    while ((q = TAILQ_FIRST(&p->questions)) != NULL) {
        TAILQ_REMOVE(&p->questions, q, entry);
        free(q);
    }
    while ((s = TAILQ_FIRST(&p->nspaces)) != NULL)
        remove_nspace(p, s);
    pmix_server_hear(p);
    watches_close(p->watches, &p->wake);
    free(p->directory);
    free(p->memory);
    free(p);
}

/* ------------------------------------------------------------------ steps */

static bool open_server(struct pmix_server *p, const struct node_step *step)
{
    pmix_rank_t rank = step->node;
    pmix_info_t *info;
    pmix_status_t status;

    if (p->is_open || p->has_failed)
        return p->is_open;
    mkdir(p->directory, 0700);
    mkdir(p->memory, 0700);
    PMIX_INFO_CREATE(info, 5);
    PMIX_INFO_LOAD(&info[0], PMIX_SERVER_TMPDIR, p->directory, PMIX_STRING);
    PMIX_INFO_LOAD(&info[1], PMIX_SYSTEM_TMPDIR, p->directory, PMIX_STRING);
    PMIX_INFO_LOAD(&info[2], PMIX_SERVER_NSPACE, "mezzo-mpi", PMIX_STRING);
    PMIX_INFO_LOAD(&info[3], PMIX_SERVER_RANK, &rank, PMIX_PROC_RANK);
    PMIX_INFO_LOAD(&info[4], PMIX_HOSTNAME,
                   step->layout->nodes[step->node].host, PMIX_STRING);
    status = PMIx_server_init(pmix_news_module(), info, 5);
    PMIX_INFO_FREE(info, 5);
    p->is_open = status == PMIX_SUCCESS;
    p->has_failed = !p->is_open;
    if (p->has_failed)
        fprintf(stderr,
                "mezzo-mpi-executor: PMIx: %s: ranks of Open MPI will "
                "not find each other\n",
                PMIx_Error_string(status));
    return p->is_open;
}

/* That ranks may run on. */
static unsigned processors_count(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (unsigned)CPU_COUNT(&set);
    return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

void pmix_server_begin(struct pmix_server *p, const struct node_step *step)
{
    const struct layout_node *own = &step->layout->nodes[step->node];
    struct nspace *s;
    bool is_good;

    if (p == NULL || !open_server(p, step))
        return;
    s = memory_new(1, sizeof *s);
    s->step = step->number;
    snprintf(s->name, sizeof s->name, "mezzo-%s", step->name);
    s->ranks_count = step->layout->ranks_count;
    s->first_rank = own->first_rank;
    s->variables = (struct pmix_variables){.first_rank = own->first_rank,
                                           .ranks_count = own->ranks_count};
    s->local_count = own->ranks_count;
    s->shares_place = step->shares_place;
    s->shares_kernel = step->shares_kernel;
    s->crowds = processors_count() < step->kernel_ranks;
    TAILQ_INSERT_TAIL(&p->nspaces, s, entry);
    is_good = pmix_job_register(&(struct pmix_job){
        .name = s->name,
        .layout = step->layout,
        .node = step->node,
        .directory = p->directory,
    });
    if (!is_good) {
        fprintf(stderr, "mezzo-mpi-executor: PMIx does not take the step\n");
        remove_nspace(p, s);
    }
}

static void set_unless_set(struct words *environment,
                           const char *name,
                           const char *value)
{
    if (words_get(environment, name) == NULL)
        words_set(environment, name, value);
}

void pmix_server_environment(struct pmix_server *p,
                             unsigned step,
                             unsigned rank,
                             struct words *environment)
{
    struct nspace *s = find_step(p, step);

    if (s == NULL)
        return;
    pmix_job_environment(s->name, rank, &s->variables, environment);
    /* By this Open MPI 4 believes in a launcher that speaks PMIx. */
    words_set(environment, "JSM_JSRUN_PORT", "1");
    /* Two of its nodes on one machine take each other's shared memory. */
    if (s->shares_place && s->local_count < s->ranks_count) {
        set_unless_set(environment, "OMPI_MCA_pml", "ob1");
        set_unless_set(environment, "OMPI_MCA_btl", "self,tcp");
    }
    /* Names in /dev/shm are made of the machine's, and so would be the same. */
    if (s->shares_kernel)
        set_unless_set(environment, "OMPI_MCA_btl_vader_backing_directory",
                       p->memory);
    if (s->crowds)
        set_unless_set(environment, "OMPI_MCA_mpi_yield_when_idle", "1");
}

static void release_cb(void *arg)
{
    free(arg);
}

void pmix_server_share(struct pmix_server *p,
                       unsigned step,
                       const void *bytes,
                       size_t size)
{
    struct nspace *s = find_step(p, step);
    pmix_modex_cbfunc_t answer;
    void *copy;

    if (s == NULL || s->answer == NULL)
        return;
    answer = s->answer;
    s->answer = NULL;
    copy = memory_new(1, size + 1);
    memcpy(copy, bytes, size);
    answer(PMIX_SUCCESS, copy, size, s->answer_arg, release_cb, copy);
}

void pmix_server_ask(struct pmix_server *p,
                     unsigned step,
                     unsigned rank,
                     unsigned from,
                     unsigned number)
{
    struct nspace *s = find_step(p, step);

    if (s == NULL) {
        if (p != NULL)
            node_pmix_tell(p->node, step, from, number, "", 0);
        return;
    }
    pmix_news_request(s->name, rank, step, from, number);
}

void pmix_server_tell(struct pmix_server *p,
                      unsigned number,
                      const void *bytes,
                      size_t size)
{
    struct question *q;
    void *copy;

    if (p == NULL)
        return;
    TAILQ_FOREACH (q, &p->questions, entry)
        if (q->number == number)
            break;
    if (q == NULL)
        return;
    copy = memory_new(1, size + 1);
    memcpy(copy, bytes, size);
    q->answer(size > 0 ? PMIX_SUCCESS : PMIX_ERR_NOT_FOUND, copy, size,
              q->answer_arg, release_cb, copy);
    TAILQ_REMOVE(&p->questions, q, entry);
    free(q);
}

void pmix_server_end(struct pmix_server *p, unsigned step)
{
    struct nspace *s = find_step(p, step);

    if (s == NULL)
        return;
    pmix_job_deregister(s->name);
    remove_nspace(p, s);
}
