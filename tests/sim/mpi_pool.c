/* mpi_pool.c - the API of a scheduler on a pool that is played. */

#include "tests/sim/mpi_pool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ask {
    TAILQ_ENTRY(ask) entry;
    char id[MPI_POOL_ID_SIZE];
    unsigned slots, ranks_each;
    bool is_unique;
};

struct offer {
    TAILQ_ENTRY(offer) entry;
    char id[32], gang[32], ask[MPI_POOL_ID_SIZE];
    unsigned agent, slots, ranks_each;
};

struct entry {
    TAILQ_ENTRY(entry) entry;
    char *key, *value;
};

/* To the store. */
struct wanted {
    TAILQ_ENTRY(wanted) entry;
    uint64_t number;
    bool is_load;
    size_t count;
    struct {
        char *key, *value; /* no value: delete */
    } ops[2];
};

struct mezzo_scheduler {
    struct mpi_pool *pool;
};

struct mpi_pool {
    struct mezzo_scheduler scheduler;
    struct partitions partitions;
    struct queue *queue;
    bool is_connected, is_loaded;
    unsigned agents_count;
    struct {
        unsigned ranks, used;
        bool is_lost;
    } agents[MPI_POOL_AGENTS_MAX];
    TAILQ_HEAD(ask_list, ask) asks;
    TAILQ_HEAD(offer_list, offer) offers;
    TAILQ_HEAD(task_list, mpi_task) tasks;
    TAILQ_HEAD(entry_list, entry) entries;
    TAILQ_HEAD(request_list, wanted) requests;
    char reconciled[64][MPI_POOL_ID_SIZE];
    unsigned reconciled_count;
    uint64_t next_request, next_offer;
    int64_t wall_ms;
    char fault[300];
    bool has_fault;
};

__attribute__((format(printf, 2, 3))) static void fail(struct mpi_pool *p,
                                                       const char *format,
                                                       ...)
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

static void free_request(struct mpi_pool *p, struct wanted *r)
{
    TAILQ_REMOVE(&p->requests, r, entry);
    for (size_t i = 0; i < r->count; i++) {
        free(r->ops[i].key);
        free(r->ops[i].value);
    }
    free(r);
}

static void remove_offer(struct mpi_pool *p, struct offer *o)
{
    p->agents[o->agent].used -= o->slots * o->ranks_each;
    TAILQ_REMOVE(&p->offers, o, entry);
    free(o);
}

static void forget_calls(struct mpi_pool *p)
{
    while (!TAILQ_EMPTY(&p->asks)) {
        struct ask *a = TAILQ_FIRST(&p->asks);

        TAILQ_REMOVE(&p->asks, a, entry);
        free(a);
    }
    while (!TAILQ_EMPTY(&p->offers))
        remove_offer(p, TAILQ_FIRST(&p->offers));
    p->reconciled_count = 0;
}

void mpi_pool_free(struct mpi_pool *p)
{
    queue_free(p->queue);
    forget_calls(p);
    while (!TAILQ_EMPTY(&p->requests))
        free_request(p, TAILQ_FIRST(&p->requests));
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
        fail(p, "loading: %s", failure);
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

static void apply(struct mpi_pool *p, const struct wanted *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct entry *e;

        TAILQ_FOREACH (e, &p->entries, entry)
            if (strcmp(e->key, r->ops[i].key) == 0)
                break;
        if (e != NULL && r->ops[i].value == NULL) {
            TAILQ_REMOVE(&p->entries, e, entry);
            free(e->key);
            free(e->value);
            free(e);
        } else if (e != NULL) {
            free(e->value);
            e->value = memory_strdup(r->ops[i].value);
        } else if (r->ops[i].value != NULL) {
            e = memory_new(1, sizeof *e);
            e->key = memory_strdup(r->ops[i].key);
            e->value = memory_strdup(r->ops[i].value);
            TAILQ_INSERT_TAIL(&p->entries, e, entry);
        }
    }
}

void mpi_pool_kill(struct mpi_pool *p, unsigned applied_count)
{
    queue_free(p->queue);
    p->queue = NULL;
    p->is_connected = false;
    while (!TAILQ_EMPTY(&p->requests)) {
        struct wanted *r = TAILQ_FIRST(&p->requests);

        if (applied_count > 0 && !r->is_load) {
            apply(p, r);
            applied_count--;
        }
        free_request(p, r);
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
        remove_offer(p, TAILQ_FIRST(&p->offers));
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

/* ------------------------------------------------------------------- store */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct mezzo_store_entry *)a)->key,
                  ((const struct mezzo_store_entry *)b)->key);
}

static void answer_load(struct mpi_pool *p, struct mezzo_store_answer *answer)
{
    struct mezzo_store_entry *all;
    struct entry *e;
    size_t count = 0;

    TAILQ_FOREACH (e, &p->entries, entry)
        count++;
    all = memory_new(count + 1, sizeof *all);
    count = 0;
    TAILQ_FOREACH (e, &p->entries, entry)
        all[count++] = (struct mezzo_store_entry){
            .key = e->key, .value = e->value, .size = strlen(e->value)};
    qsort(all, count, sizeof *all, by_key);
    answer->entries = all;
    answer->entries_count = count;
    queue_stored(p->queue, answer);
    free(all);
}

bool mpi_pool_answer_store(struct mpi_pool *p)
{
    struct wanted *r = TAILQ_FIRST(&p->requests);
    struct mezzo_store_answer answer = {.outcome = MEZZO_STORE_OK};
    bool is_load;

    if (r == NULL)
        return false;
    answer.request = r->number;
    is_load = r->is_load;
    apply(p, r);
    free_request(p, r);
    if (is_load)
        answer_load(p, &answer);
    else
        queue_stored(p->queue, &answer);
    return true;
}

unsigned mpi_pool_unanswered(const struct mpi_pool *p)
{
    const struct wanted *r;
    unsigned count = 0;

    TAILQ_FOREACH (r, &p->requests, entry)
        count++;
    return count;
}

int mezzo_scheduler_store(struct mezzo_scheduler *s,
                          const struct mezzo_store_op *ops,
                          size_t ops_count,
                          uint64_t *request)
{
    struct mpi_pool *p = s->pool;
    struct wanted *r = memory_new(1, sizeof *r);

    if (ops_count > 2)
        abort();
    r->count = ops_count;
    for (size_t i = 0; i < ops_count; i++) {
        r->ops[i].key = memory_strdup(ops[i].key);
        if (ops[i].kind == MEZZO_STORE_SET)
            r->ops[i].value = strndup(ops[i].value, ops[i].size);
    }
    *request = r->number = p->next_request++;
    TAILQ_INSERT_TAIL(&p->requests, r, entry);
    return 0;
}

int mezzo_scheduler_load(struct mezzo_scheduler *s,
                         const char *path,
                         uint64_t *request)
{
    struct wanted *r = memory_new(1, sizeof *r);

    (void)path;
    r->is_load = true;
    *request = r->number = s->pool->next_request++;
    TAILQ_INSERT_TAIL(&s->pool->requests, r, entry);
    return 0;
}

/* -------------------------------------------------------------------- asks */

static struct ask *find_ask(struct mpi_pool *p, const char *id)
{
    struct ask *a;

    TAILQ_FOREACH (a, &p->asks, entry)
        if (strcmp(a->id, id) == 0)
            return a;
    return NULL;
}

int mezzo_scheduler_ask(struct mezzo_scheduler *s, const struct mezzo_ask *ask)
{
    struct mpi_pool *p = s->pool;
    struct ask *a = memory_new(1, sizeof *a);

    if (find_ask(p, ask->id) != NULL)
        fail(p, "asked twice for %s", ask->id);
    snprintf(a->id, sizeof a->id, "%s", ask->id);
    a->slots = ask->slots[0].count;
    a->ranks_each = (unsigned)(ask->slots[0].each.cpu_milli / 1000);
    if (ask->slots[0].min != a->slots)
        fail(p, "%s is no gang", ask->id);
    for (size_t i = 0; i < ask->slots[0].constraints_count; i++)
        a->is_unique |= ask->slots[0].constraints[i].op == MEZZO_UNIQUE;
    TAILQ_INSERT_TAIL(&p->asks, a, entry);
    return 0;
}

int mezzo_scheduler_withdraw(struct mezzo_scheduler *s, const char *ask_id)
{
    struct ask *a = find_ask(s->pool, ask_id);

    if (a == NULL)
        return -ENOENT;
    TAILQ_REMOVE(&s->pool->asks, a, entry);
    free(a);
    return 0;
}

unsigned mpi_pool_asks_count(const struct mpi_pool *p)
{
    const struct ask *a;
    unsigned count = 0;

    TAILQ_FOREACH (a, &p->asks, entry)
        count++;
    return count;
}

void mpi_pool_explain(struct mpi_pool *p,
                      const char *ask_id,
                      const char *why,
                      bool is_impossible)
{
    const struct mezzo_ask_answer answer = {
        .ask_id = ask_id, .explanation = why, .is_impossible = is_impossible};

    queue_ask_updated(p->queue, &answer);
}

/* ------------------------------------------------------------------ offers */

static unsigned room_for(const struct mpi_pool *p,
                         unsigned agent,
                         const struct ask *a)
{
    unsigned room =
        p->agents[agent].is_lost
            ? 0
            : (p->agents[agent].ranks - p->agents[agent].used) / a->ranks_each;

    return a->is_unique && room > 1 ? 1 : room;
}

static void make_offers(struct mpi_pool *p, const struct ask *a)
{
    struct mezzo_offer offers[MPI_POOL_AGENTS_MAX] = {{.id = NULL}};
    uint32_t counts[MPI_POOL_AGENTS_MAX];
    char agents[MPI_POOL_AGENTS_MAX][32];
    unsigned left = a->slots;
    size_t count = 0;
    uint64_t gang = p->next_offer;

    for (unsigned i = 0; i < p->agents_count && left > 0; i++) {
        unsigned slots = room_for(p, i, a);
        struct offer *o;

        slots = slots < left ? slots : left;
        if (slots == 0)
            continue;
        left -= slots;
        o = memory_new(1, sizeof *o);
        snprintf(o->id, sizeof o->id, "offer-%" PRIu64, p->next_offer++);
        if (a->slots > 1)
            snprintf(o->gang, sizeof o->gang, "gang-%" PRIu64, gang);
        snprintf(o->ask, sizeof o->ask, "%s", a->id);
        o->agent = i;
        o->slots = slots;
        o->ranks_each = a->ranks_each;
        p->agents[i].used += slots * a->ranks_each;
        TAILQ_INSERT_TAIL(&p->offers, o, entry);
        snprintf(agents[count], sizeof agents[count], "agent-%u", i);
        counts[count] = slots;
        offers[count] = (struct mezzo_offer){
            .id = o->id,
            .agent_id = agents[count],
            .hostname = agents[count],
            .ask_id = o->ask,
            .gang_id = a->slots > 1 ? o->gang : NULL,
            .slot_counts = &counts[count],
            .slot_counts_count = 1,
        };
        count++;
    }
    queue_offers(p->queue, offers, count);
}

static bool is_offered(const struct mpi_pool *p, const struct ask *a)
{
    const struct offer *o;

    TAILQ_FOREACH (o, &p->offers, entry)
        if (strcmp(o->ask, a->id) == 0)
            return true;
    return false;
}

bool mpi_pool_offer(struct mpi_pool *p, unsigned skip)
{
    struct ask *a;

    if (!p->is_connected)
        return false;
    TAILQ_FOREACH (a, &p->asks, entry) {
        unsigned slots = 0;

        if (skip > 0) {
            skip--;
            continue;
        }
        for (unsigned i = 0; i < p->agents_count; i++)
            slots += room_for(p, i, a);
        if (slots < a->slots || is_offered(p, a))
            continue;
        make_offers(p, a);
        return true;
    }
    return false;
}

/* That one, and the others for its ask. */
static void rescind(struct mpi_pool *p, struct offer *o)
{
    struct offer *next;
    char ask[MPI_POOL_ID_SIZE], id[32];

    memcpy(ask, o->ask, sizeof ask);
    memcpy(id, o->id, sizeof id);
    for (o = TAILQ_FIRST(&p->offers); o != NULL; o = next) {
        next = TAILQ_NEXT(o, entry);
        if (strcmp(o->ask, ask) == 0)
            remove_offer(p, o);
    }
    queue_rescinded(p->queue, id);
}

bool mpi_pool_rescind(struct mpi_pool *p)
{
    struct offer *o = TAILQ_FIRST(&p->offers);

    if (o != NULL)
        rescind(p, o);
    return o != NULL;
}

static struct offer *find_offer(struct mpi_pool *p, const char *id)
{
    struct offer *o;

    TAILQ_FOREACH (o, &p->offers, entry)
        if (strcmp(o->id, id) == 0)
            return o;
    return NULL;
}

int mezzo_scheduler_decline(struct mezzo_scheduler *s,
                            const char *offer_id,
                            int64_t refuse_ms)
{
    struct offer *o = find_offer(s->pool, offer_id);

    (void)refuse_ms;
    if (o == NULL)
        return -ENOENT;
    remove_offer(s->pool, o);
    return 0;
}

/* ------------------------------------------------------------------- tasks */

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
            fail(p, "job %" PRIu64 " is launched while %s is alive", job,
                 t->id);
    }
}

/* An ask that is served whole is one no more. */
static void take_up(struct mpi_pool *p, const struct offer *o)
{
    struct ask *a = find_ask(p, o->ask);

    if (a == NULL) {
        fail(p, "%s is served, but was withdrawn", o->ask);
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
        struct offer *o = find_offer(p, placements[i].offer_id);
        const struct mezzo_task *task = &placements[i].task;
        struct mpi_task *t;

        if (o == NULL)
            return -ENOENT;
        if (!job_parse_task_id(task->id, &job, &attempt, &node) || node != i)
            fail(p, "%s is launched as node %zu", task->id, i);
        if (mpi_pool_find_task(p, task->id) != NULL)
            fail(p, "%s is launched twice", task->id);
        if (task->ask_count != o->slots)
            fail(p, "%s takes up %u of %u", task->id, task->ask_count,
                 o->slots);
        take_up(p, o);
        if (ranks_of(task) > o->slots * o->ranks_each)
            fail(p, "%s is larger than its offer", task->id);
        t = memory_new(1, sizeof *t);
        snprintf(t->id, sizeof t->id, "%s", task->id);
        t->agent = o->agent;
        t->ranks = ranks_of(task);
        t->job = job;
        t->attempt = attempt;
        t->is_fenced = task->is_fenced;
        p->agents[o->agent].used += t->ranks;
        remove_offer(p, o);
        TAILQ_INSERT_TAIL(&p->tasks, t, entry);
        ranks += t->ranks;
    }
    for (j = queue_first(p->queue); j != NULL; j = queue_next(j))
        if (j->number == job)
            wanted = j->submission->request.ranks;
    if (ranks != wanted)
        fail(p, "job %" PRIu64 " is launched in part: %u of %u ranks", job,
             ranks, wanted);
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
            remove_offer(p, o);
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
        rescind(p, o);
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
