/* queue_gang.c - from an ask to tasks: a job's ranks are asked for as a gang,
 * and each node that is offered gets one task, with an executor of its own. */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/table.h"
#include "frameworks/mpi/job_json.h"
#include "frameworks/mpi/queue_parts.h"

enum {
    CONSTRAINTS_MAX = 64,
    KILL_GRACE_MS = 30000,
    EXECUTOR_MEMORY_MB = 64, /* of its own, beside what ranks may use: the
                              * machine's, as an agent's is */
};

static void ask_id(const struct job *j, char id[JOB_ID_SIZE])
{
    snprintf(id, JOB_ID_SIZE, "%" PRIu64 ".%u", j->number, j->attempt);
}

/* How many ranks are one of the slot; how many of these the job has. */
static unsigned ranks_each(const struct request *r)
{
    if (r->ranks_per_node > 0)
        return r->ranks_per_node;
    if (r->nodes_min > 0)
        return (r->ranks + r->nodes_min - 1) / r->nodes_min;
    return 1;
}

static unsigned slots_count(const struct request *r)
{
    unsigned each = ranks_each(r);

    return (r->ranks + each - 1) / each;
}

static bool is_by_node(const struct request *r)
{
    return r->ranks_per_node > 0 || r->nodes_min > 0;
}

static const char *role_of(const struct queue *q,
                           const struct request *r,
                           char role[MEZZO_NAME_MAX + 1])
{
    if (r->account == NULL)
        return q->options.role;
    snprintf(role, MEZZO_NAME_MAX + 1, "%s/%s", q->options.role, r->account);
    return role;
}

void queue_ask(struct queue *q, struct job *j)
{
    const struct request *r = &j->submission->request;
    const struct partition *p = j->submission->partition;
    struct mezzo_constraint constraints[CONSTRAINTS_MAX];
    char id[JOB_ID_SIZE], role[MEZZO_NAME_MAX + 1];
    struct mezzo_slot slot = {
        .each = {.cpu_milli = (int64_t)ranks_each(r) * r->cpus_per_rank * 1000,
                 .memory_mb = ranks_each(r) * request_rank_memory_mb(r)},
        .count = slots_count(r),
        .min = slots_count(r),
        .constraints = constraints,
    };
    struct mezzo_ask ask = {
        .id = id,
        .role = role_of(q, r, role),
        .slots = &slot,
        .slots_count = 1,
        .is_exclusive = r->is_exclusive,
        .duration_max_ms = r->walltime_ms,
        .priority = r->priority + (p != NULL ? p->priority : 0),
    };

    ask_id(j, id);
    for (size_t i = 0; p != NULL && i < p->constraints_count &&
                       slot.constraints_count < CONSTRAINTS_MAX - 1;
         i++)
        constraints[slot.constraints_count++] = p->constraints[i];
    if (is_by_node(r))
        constraints[slot.constraints_count++] = (struct mezzo_constraint){
            .attribute = "hostname", .op = MEZZO_UNIQUE};
    if (mezzo_scheduler_ask(q->scheduler, &ask) < 0) {
        queue_end(q, j, JOB_FAILED, mezzo_scheduler_explain(q->scheduler));
        return;
    }
    j->is_asked = true;
    q->asked_count++;
}

/* All of it was launched: there is no such ask any more. */
static void served(struct queue *q, struct job *j)
{
    j->is_asked = false;
    j->starts_by_wall_ms = 0;
    q->asked_count--;
    q->needs_review = true;
}

void queue_withdraw(struct queue *q, struct job *j)
{
    char id[JOB_ID_SIZE];

    if (!j->is_asked)
        return;
    ask_id(j, id);
    mezzo_scheduler_withdraw(q->scheduler, id);
    served(q, j);
}

/* Whose ask; NULL: of none that still waits. */
static struct job *find_asking(struct queue *q, const char *id)
{
    const char *dot = id != NULL ? strchr(id, '.') : NULL;
    char number[JOB_ID_SIZE], own[JOB_ID_SIZE];
    struct job *j;

    if (dot == NULL || dot - id >= JOB_ID_SIZE)
        return NULL;
    snprintf(number, sizeof number, "%.*s", (int)(dot - id), id);
    j = table_find(q->by_id, number);
    if (j == NULL || !j->is_asked)
        return NULL;
    ask_id(j, own);
    return strcmp(own, id) == 0 ? j : NULL;
}

/* The pool will never do, as it is now. */
static void refuse(struct queue *q, struct job *j, const char *explanation)
{
    const struct request *r = &j->submission->request;
    char reason[JOB_REASON_SIZE];

    snprintf(reason, sizeof reason,
             "the pool is too small for it: %u x %u cpus and %" PRId64
             " MiB%s: %.120s; --wait queues it all the same",
             r->ranks, r->cpus_per_rank, request_rank_memory_mb(r),
             is_by_node(r) ? " by nodes" : "",
             explanation != NULL ? explanation : "no agents have that");
    queue_end(q, j, JOB_FAILED, reason);
}

void queue_ask_updated(struct queue *q, const struct mezzo_ask_answer *answer)
{
    struct job *j = find_asking(q, answer->ask_id);

    if (j == NULL || j->state != JOB_QUEUED)
        return;
    if (answer->is_refused) {
        queue_end(q, j, JOB_FAILED,
                  answer->explanation != NULL ? answer->explanation
                                              : "its ask is refused");
    } else if (answer->is_impossible && !j->submission->request.waits) {
        refuse(q, j, answer->explanation);
    } else {
        j->starts_by_wall_ms = answer->starts_by_wall_ms;
        job_explain(j, "Resources: %.250s",
                    answer->explanation != NULL ? answer->explanation
                                                : "waits for room");
        queue_tell(q, j);
    }
    queue_settle(q);
}

/* ------------------------------------------------------------------ offers */

static int by_host(const void *a, const void *b)
{
    const struct mezzo_offer *const *x = a, *const *y = b;
    int order = strverscmp((*x)->hostname, (*y)->hostname);

    return order != 0 ? order : strcmp((*x)->agent_id, (*y)->agent_id);
}

static unsigned slots_of(const struct mezzo_offer *offer)
{
    return offer->slot_counts_count > 0 ? offer->slot_counts[0] : 0;
}

/* Ranks on the nodes that are offered, in order; what is not needed is not
 * taken. */
static void place(struct queue *q,
                  struct job *j,
                  const struct mezzo_offer **offers,
                  size_t count)
{
    const struct request *r = &j->submission->request;
    unsigned left = r->ranks;

    qsort(offers, count, sizeof *offers, by_host);
    j->parts = memory_new(count, sizeof *j->parts);
    for (size_t i = 0; i < count && left > 0; i++) {
        unsigned ranks = slots_of(offers[i]) * ranks_each(r);

        if (ranks == 0)
            continue;
        ranks = ranks < left ? ranks : left;
        j->parts[j->layout.count].offer_id = memory_strdup(offers[i]->id);
        layout_add(&j->layout, offers[i]->hostname, offers[i]->agent_id, ranks);
        left -= ranks;
    }
    if (offers[0]->gang_id != NULL)
        j->gang_id = memory_strdup(offers[0]->gang_id);
    job_become(j, JOB_PLACING, "%s", "its nodes are written down");
    queue_note(q, j);
}

static void decline(struct queue *q, const struct mezzo_offer *offer)
{
    mezzo_scheduler_decline(q->scheduler, offer->id, 0);
}

/* An ask of a former process of ours, that the master still has.  The library
 * withdraws only what it knows: what we have asked for. */
static void disown(struct queue *q, const char *ask)
{
    const struct mezzo_slot slot = {.each = {.cpu_milli = 1}, .count = 1};
    const struct mezzo_ask strange = {
        .id = ask, .slots = &slot, .slots_count = 1};

    if (mezzo_scheduler_ask(q->scheduler, &strange) == 0)
        mezzo_scheduler_withdraw(q->scheduler, ask);
}

/* Those of one ask and gang, from `first` on; how many. */
static size_t gather(const struct mezzo_offer *offers,
                     size_t count,
                     size_t first,
                     const struct mezzo_offer **gang,
                     bool *is_taken)
{
    const struct mezzo_offer *f = &offers[first];
    size_t found = 0;

    for (size_t i = first; i < count; i++) {
        const struct mezzo_offer *o = &offers[i];
        bool is_same = f->gang_id != NULL && o->gang_id != NULL
                           ? strcmp(f->gang_id, o->gang_id) == 0
                           : i == first;

        if (is_taken[i] || !is_same)
            continue;
        is_taken[i] = true;
        gang[found++] = o;
    }
    return found;
}

void queue_offers(struct queue *q,
                  const struct mezzo_offer *offers,
                  size_t offers_count)
{
    AUTO(auto_free)
    const struct mezzo_offer **gang =
        memory_new(offers_count + 1, sizeof *gang);
    AUTO(auto_free)
    bool *is_taken = memory_new(offers_count + 1, sizeof *is_taken);

    for (size_t i = 0; i < offers_count; i++) {
        struct job *j = find_asking(q, offers[i].ask_id);
        unsigned slots = 0;
        size_t count;

        if (is_taken[i])
            continue;
        count = gather(offers, offers_count, i, gang, is_taken);
        for (size_t k = 0; k < count; k++)
            slots += slots_of(gang[k]);
        if (j != NULL && j->state == JOB_QUEUED &&
            slots >= slots_count(&j->submission->request))
            place(q, j, gang, count);
        else
            for (size_t k = 0; k < count; k++)
                decline(q, gang[k]);
        if (j == NULL && offers[i].ask_id != NULL && q->is_loaded)
            disown(q, offers[i].ask_id);
    }
    queue_settle(q);
}

void queue_unplace(struct queue *q, struct job *j)
{
    for (size_t i = 0; i < j->layout.count; i++)
        if (j->parts[i].offer_id != NULL)
            mezzo_scheduler_decline(q->scheduler, j->parts[i].offer_id, 0);
    job_displace(j);
}

static void wait_again(struct queue *q, struct job *j, const char *why)
{
    queue_unplace(q, j);
    job_become(j, JOB_QUEUED, "%s", why);
    queue_note(q, j);
    /* Its ask may have been served, as far as the library knows. */
    queue_withdraw(q, j);
    queue_review(q, j);
}

static bool is_on(const struct job *j, const char *offer_id)
{
    for (size_t i = 0; i < j->layout.count; i++)
        if (j->parts[i].offer_id != NULL &&
            strcmp(j->parts[i].offer_id, offer_id) == 0)
            return true;
    return false;
}

void queue_rescinded(struct queue *q, const char *offer_id)
{
    struct job *j;

    TAILQ_FOREACH (j, &q->jobs, entry)
        if (j->state == JOB_PLACING && is_on(j, offer_id)) {
            wait_again(q, j, "Resources: its nodes were taken back");
            break;
        }
    queue_settle(q);
}

/* Offers are gone with the link. */
void queue_disconnected(struct queue *q)
{
    struct job *j;

    q->is_subscribed = false;
    TAILQ_FOREACH (j, &q->jobs, entry)
        if (j->state == JOB_PLACING)
            wait_again(q, j, "Resources: the master was lost");
    queue_settle(q);
}

/* ------------------------------------------------------------------ launch */

struct launch {
    char ids[2][JOB_ID_SIZE]; /* of the task, of the attempt's group */
    char *data;
    const char *argv[2];
    struct mezzo_executor_info executor;
};

static void fill(struct queue *q,
                 const struct job *j,
                 size_t node,
                 struct launch *l,
                 struct mezzo_task *task)
{
    const struct request *r = &j->submission->request;
    unsigned ranks = j->layout.nodes[node].ranks_count;
    json_t *data = json_pack("{s:I, s:i, s:i, s:i}", "job",
                             (json_int_t)j->number, "attempt", (int)j->attempt,
                             "node", (int)node, "nodes", (int)j->layout.count);

    if (node == 0)
        json_object_set_new(data, "plan", job_json_plan(j));
    l->data = json_dumps(data, JSON_COMPACT);
    json_decref(data);
    job_task_id(j, node, l->ids[0]);
    ask_id(j, l->ids[1]);
    l->argv[0] = q->options.executor;
    l->executor = (struct mezzo_executor_info){
        .id = l->ids[0],
        .name = "mezzo-mpi-executor",
        .command = {.argv = l->argv, .user = r->user},
        .group = l->ids[1],
        .memory_max_mb = ranks * request_rank_memory_mb(r) + EXECUTOR_MEMORY_MB,
    };
    *task = (struct mezzo_task){
        .id = l->ids[0],
        .name = r->name != NULL ? r->name : l->ids[0],
        /* All is the task's, whose end is known when it has a walltime. */
        .resources = {.cpu_milli = (int64_t)ranks * r->cpus_per_rank * 1000,
                      .memory_mb = ranks * request_rank_memory_mb(r)},
        .executor = &l->executor,
        .data = l->data,
        .data_size = strlen(l->data),
        .kill_grace_ms = KILL_GRACE_MS,
        .duration_max_ms = r->walltime_ms,
        .has_input = node == 0 && r->script == NULL,
        /* Who may be started again must be known to have ended. */
        .is_fenced = r->is_requeued,
        .ask_count = (ranks + ranks_each(r) - 1) / ranks_each(r),
        .command = {.user = r->user},
    };
}

static int accept(struct queue *q,
                  struct job *j,
                  const struct mezzo_placement *placements)
{
    if (j->gang_id != NULL)
        return mezzo_scheduler_accept_gang(q->scheduler, j->gang_id, placements,
                                           j->layout.count);
    assert(j->layout.count == 1);
    return mezzo_scheduler_accept(q->scheduler, placements[0].offer_id,
                                  &placements[0].task, 1);
}

void queue_launch(struct queue *q, struct job *j)
{
    size_t count = j->layout.count;
    AUTO(auto_free)
    struct mezzo_placement *placements = memory_new(count, sizeof *placements);
    AUTO(auto_free)
    struct launch *launches = memory_new(count, sizeof *launches);
    int rc;

    for (size_t i = 0; i < count; i++) {
        fill(q, j, i, &launches[i], &placements[i].task);
        placements[i].offer_id = j->parts[i].offer_id;
    }
    rc = accept(q, j, placements);
    for (size_t i = 0; i < count; i++)
        free(launches[i].data);
    if (rc == -ENOENT) {
        wait_again(q, j, "Resources: its nodes were taken back");
        return;
    }
    if (rc < 0) {
        queue_unplace(q, j);
        queue_end(q, j, JOB_FAILED, mezzo_scheduler_explain(q->scheduler));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        free(j->parts[i].offer_id);
        j->parts[i].offer_id = NULL;
        j->parts[i].is_heard = true; /* the library sees to what is launched */
    }
    served(q, j);
    job_become(j, JOB_STARTING, "%s", "its nodes prepare");
    queue_note(q, j);
}
