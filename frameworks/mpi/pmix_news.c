/* pmix_news.c - callbacks of libpmix, each no more than a letter to our loop.
 */

#include "frameworks/mpi/pmix_news.h"

#include <pmix.h>
#include <pmix_server.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"

static struct {
    pthread_mutex_t lock;
    STAILQ_HEAD(news_list, news) all;
    int wake_fd;
} queue = {PTHREAD_MUTEX_INITIALIZER, STAILQ_HEAD_INITIALIZER(queue.all), -1};

_Static_assert(sizeof((struct news *)0)->nspace > PMIX_MAX_NSLEN,
               "a name space of the library fits");

static struct news *news_new(enum news_kind kind, const pmix_proc_t *proc)
{
    struct news *n = memory_new(1, sizeof *n);

    n->kind = kind;
    if (proc != NULL) {
        snprintf(n->nspace, sizeof n->nspace, "%s", proc->nspace);
        n->rank = proc->rank;
    }
    return n;
}

static void post(struct news *n)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&queue.lock);
    STAILQ_INSERT_TAIL(&queue.all, n, entry);
    pthread_mutex_unlock(&queue.lock);
    if (write(queue.wake_fd, &one, sizeof one) < 0)
        abort();
}

static pmix_status_t connected_cb(const pmix_proc_t *proc,
                                  void *object,
                                  pmix_info_t info[],
                                  size_t info_count,
                                  pmix_op_cbfunc_t answer,
                                  void *answer_arg)
{
    (void)object;
    (void)info;
    (void)info_count;
    (void)answer;
    (void)answer_arg;
    post(news_new(NEWS_SPOKE, proc));
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t finalized_cb(const pmix_proc_t *proc,
                                  void *object,
                                  pmix_op_cbfunc_t answer,
                                  void *answer_arg)
{
    (void)object;
    (void)answer;
    (void)answer_arg;
    post(news_new(NEWS_FINALIZED, proc));
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t abort_cb(const pmix_proc_t *proc,
                              void *object,
                              int status,
                              const char message[],
                              pmix_proc_t procs[],
                              size_t procs_count,
                              pmix_op_cbfunc_t answer,
                              void *answer_arg)
{
    struct news *n = news_new(NEWS_ABORT, proc);

    (void)object;
    (void)procs;
    (void)procs_count;
    (void)answer;
    (void)answer_arg;
    n->code = status;
    n->bytes = memory_strdup(message != NULL ? message : "");
    post(n);
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t fence_cb(const pmix_proc_t procs[],
                              size_t procs_count,
                              const pmix_info_t info[],
                              size_t info_count,
                              char *data,
                              size_t size,
                              pmix_modex_cbfunc_t answer,
                              void *answer_arg)
{
    struct news *n = news_new(NEWS_FENCE, &procs[0]);

    (void)info;
    (void)info_count;
    n->procs_count = procs_count;
    n->is_of_all = procs_count == 1 && procs[0].rank == PMIX_RANK_WILDCARD;
    n->bytes = data; /* ours, from malloc */
    n->size = size;
    n->answer = answer;
    n->answer_arg = answer_arg;
    post(n);
    return PMIX_SUCCESS;
}

static pmix_status_t ask_cb(const pmix_proc_t *proc,
                            const pmix_info_t info[],
                            size_t info_count,
                            pmix_modex_cbfunc_t answer,
                            void *answer_arg)
{
    struct news *n = news_new(NEWS_ASK, proc);

    (void)info;
    (void)info_count;
    n->answer = answer;
    n->answer_arg = answer_arg;
    post(n);
    return PMIX_SUCCESS;
}

/* Events of ranks are their own affair. */
static pmix_status_t register_cb(pmix_status_t *codes,
                                 size_t codes_count,
                                 const pmix_info_t info[],
                                 size_t info_count,
                                 pmix_op_cbfunc_t answer,
                                 void *answer_arg)
{
    (void)codes;
    (void)codes_count;
    (void)info;
    (void)info_count;
    (void)answer;
    (void)answer_arg;
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t deregister_cb(pmix_status_t *codes,
                                   size_t codes_count,
                                   pmix_op_cbfunc_t answer,
                                   void *answer_arg)
{
    (void)codes;
    (void)codes_count;
    (void)answer;
    (void)answer_arg;
    return PMIX_OPERATION_SUCCEEDED;
}

/* --------------------------------------------------------- what is refused */

static pmix_status_t refuse(const pmix_proc_t *proc, const char *what)
{
    struct news *n = news_new(NEWS_REFUSED, proc);

    n->bytes = memory_strdup(what);
    post(n);
    return PMIX_ERR_NOT_SUPPORTED;
}

static pmix_status_t spawn_cb(const pmix_proc_t *proc,
                              const pmix_info_t info[],
                              size_t info_count,
                              const pmix_app_t apps[],
                              size_t apps_count,
                              pmix_spawn_cbfunc_t answer,
                              void *answer_arg)
{
    (void)info;
    (void)info_count;
    (void)apps;
    (void)apps_count;
    (void)answer;
    (void)answer_arg;
    return refuse(proc, "MPI_Comm_spawn (PMIx_Spawn)");
}

static pmix_status_t connect_cb(const pmix_proc_t procs[],
                                size_t procs_count,
                                const pmix_info_t info[],
                                size_t info_count,
                                pmix_op_cbfunc_t answer,
                                void *answer_arg)
{
    (void)procs_count;
    (void)info;
    (void)info_count;
    (void)answer;
    (void)answer_arg;
    return refuse(&procs[0], "MPI_Comm_connect (PMIx_Connect)");
}

static pmix_status_t publish_cb(const pmix_proc_t *proc,
                                const pmix_info_t info[],
                                size_t info_count,
                                pmix_op_cbfunc_t answer,
                                void *answer_arg)
{
    (void)info;
    (void)info_count;
    (void)answer;
    (void)answer_arg;
    return refuse(proc, "MPI_Publish_name (PMIx_Publish)");
}

static pmix_status_t lookup_cb(const pmix_proc_t *proc,
                               char **keys,
                               const pmix_info_t info[],
                               size_t info_count,
                               pmix_lookup_cbfunc_t answer,
                               void *answer_arg)
{
    (void)keys;
    (void)info;
    (void)info_count;
    (void)answer;
    (void)answer_arg;
    return refuse(proc, "MPI_Lookup_name (PMIx_Lookup)");
}

/* -------------------------------------------------------------------- asked */

struct asked {
    unsigned step, from, number;
};

static void local_data_cb(pmix_status_t status,
                          char *data,
                          size_t size,
                          void *arg)
{
    struct asked *asked = arg;
    struct news *n = news_new(NEWS_TELL, NULL);

    n->step = asked->step;
    n->from = asked->from;
    n->number = asked->number;
    if (status == PMIX_SUCCESS && size > 0) {
        n->bytes = memory_copy(data, size);
        n->size = size;
    }
    free(asked);
    post(n);
}

void pmix_news_request(const char *nspace,
                       unsigned rank,
                       unsigned step,
                       unsigned from,
                       unsigned number)
{
    struct asked *asked = memory_new(1, sizeof *asked);
    pmix_proc_t proc;

    *asked = (struct asked){step, from, number};
    PMIX_LOAD_PROCID(&proc, nspace, rank);
    if (PMIx_server_dmodex_request(&proc, local_data_cb, asked) != PMIX_SUCCESS)
        local_data_cb(PMIX_ERR_NOT_FOUND, NULL, 0, asked);
}

void *pmix_news_module(void)
{
    static pmix_server_module_t module = {
        .client_connected2 = connected_cb,
        .client_finalized = finalized_cb,
        .abort = abort_cb,
        .fence_nb = fence_cb,
        .direct_modex = ask_cb,
        .register_events = register_cb,
        .deregister_events = deregister_cb,
        .spawn = spawn_cb,
        .connect = connect_cb,
        .disconnect = connect_cb,
        .publish = publish_cb,
        .lookup = lookup_cb,
    };

    return &module;
}

/* ------------------------------------------------------------- in our loop */

int pmix_news_open(void)
{
    queue.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue.wake_fd < 0)
        abort();
    return queue.wake_fd;
}

struct news *pmix_news_take(void)
{
    struct news *n;

    pthread_mutex_lock(&queue.lock);
    n = STAILQ_FIRST(&queue.all);
    if (n != NULL)
        STAILQ_REMOVE_HEAD(&queue.all, entry);
    pthread_mutex_unlock(&queue.lock);
    return n;
}
