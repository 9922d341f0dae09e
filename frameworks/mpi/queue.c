/* queue.c - who may run, and who must wait: what is submitted, held, cancelled.
 */

#include "frameworks/mpi/queue.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/table.h"
#include "frameworks/mpi/quantity.h"
#include "frameworks/mpi/queue_parts.h"
#include "frameworks/mpi/request_json.h"

enum {
    ASK_AGAIN_MS = 10000,
};

static const char *id_of(const void *value)
{
    const struct job *j = value;

    return j->id;
}

struct queue *queue_new(const struct queue_options *options)
{
    struct queue *q = memory_new(1, sizeof *q);

    q->options = *options;
    q->by_id = table_new(id_of);
    q->next_number = 1;
    q->ask_ms = INT64_MAX;
    TAILQ_INIT(&q->jobs);
    TAILQ_INIT(&q->submissions);
    TAILQ_INIT(&q->debts);
    return q;
}

void queue_free(struct queue *q)
{
    struct submission *s;
    struct queue_debt *debt;
    struct job *j;

    if (q == NULL)
        return;
    while ((debt = TAILQ_FIRST(&q->debts)) != NULL) {
        TAILQ_REMOVE(&q->debts, debt, entry);
        free(debt->task_id);
        free(debt->agent_id);
        free(debt);
    }
    table_free(q->by_id);
    while ((j = TAILQ_FIRST(&q->jobs)) != NULL) {
        TAILQ_REMOVE(&q->jobs, j, entry);
        job_free(j);
    }
    while ((s = TAILQ_FIRST(&q->submissions)) != NULL) {
        TAILQ_REMOVE(&q->submissions, s, entry);
        submission_free(s);
    }
    free(q);
}

int64_t queue_wall(const struct queue *q)
{
    return q->options.wall_ms(q->options.arg);
}

void queue_tell(struct queue *q, const struct job *j)
{
    q->options.changed(j, q->options.arg);
}

struct job *queue_first(const struct queue *q)
{
    return TAILQ_FIRST(&q->jobs);
}

struct job *queue_next(const struct job *j)
{
    return TAILQ_NEXT(j, entry);
}

struct job *queue_find(const struct queue *q, const char *name)
{
    const char *underscore = strchr(name, '_');
    struct submission *s;
    struct job *j;
    int64_t number, index;

    if (underscore == NULL)
        return table_find(q->by_id, name);
    if (quantity_read_number(underscore + 1, 0, ARRAY_INDEX_MAX, &index) < 0)
        return NULL;
    number = strtoll(name, NULL, 10);
    s = queue_find_submission(q, (uint64_t)number);
    if (s == NULL)
        return NULL;
    TAILQ_FOREACH (j, &q->jobs, entry)
        if (j->submission == s && j->is_in_array && j->index == index)
            return j;
    return NULL;
}

bool queue_names_array(const struct queue *q, const char *name)
{
    const struct job *j = table_find(q->by_id, name);

    return j != NULL && j->is_in_array && j->number == j->submission->number;
}

/* ------------------------------------------------------------- who waits */

struct looking {
    struct queue *q;
    struct job *job;
};

static enum dependency_fact fact_of(enum dependency_kind kind,
                                    const struct job *j)
{
    bool has_ended = job_state_has_ended(j->state);
    bool is_good = j->state == JOB_COMPLETED;

    switch (kind) {
    case DEPENDENCY_AFTER:
        return j->started_wall_ms > 0 || has_ended ? DEPENDENCY_MET
                                                   : DEPENDENCY_WAITS;
    case DEPENDENCY_AFTERANY:
        return has_ended ? DEPENDENCY_MET : DEPENDENCY_WAITS;
    case DEPENDENCY_AFTEROK:
        return !has_ended ? DEPENDENCY_WAITS
               : is_good  ? DEPENDENCY_MET
                          : DEPENDENCY_NEVER;
    case DEPENDENCY_AFTERNOTOK:
        return !has_ended ? DEPENDENCY_WAITS
               : is_good  ? DEPENDENCY_NEVER
                          : DEPENDENCY_MET;
    case DEPENDENCY_SINGLETON:
        break;
    }
    return DEPENDENCY_MET;
}

static bool is_namesake(const struct job *a, const struct job *b)
{
    const struct request *x = &a->submission->request;
    const struct request *y = &b->submission->request;

    return x->name != NULL && y->name != NULL &&
           strcmp(x->name, y->name) == 0 && strcmp(x->user, y->user) == 0;
}

static enum dependency_fact look_at(const struct dependency_item *item,
                                    void *arg)
{
    const struct looking *l = arg;
    enum dependency_fact all = DEPENDENCY_MET;
    bool is_there = item->kind == DEPENDENCY_SINGLETON;
    const struct job *j;

    TAILQ_FOREACH (j, &l->q->jobs, entry) {
        enum dependency_fact fact;

        if (item->kind == DEPENDENCY_SINGLETON) {
            if (j->number < l->job->number && is_namesake(j, l->job) &&
                !job_state_has_ended(j->state))
                return DEPENDENCY_WAITS;
            continue;
        }
        if ((j->submission->number != item->job || j->number < item->job) &&
            j->number != item->job)
            continue;
        if (item->has_index && (!j->is_in_array || j->index != item->index))
            continue;
        is_there = true;
        fact = fact_of(item->kind, j);
        if (fact == DEPENDENCY_NEVER)
            return DEPENDENCY_NEVER;
        if (fact == DEPENDENCY_WAITS)
            all = DEPENDENCY_WAITS;
    }
    /* One that is forgotten has ended long ago; nobody knows how. */
    if (!is_there)
        return item->kind == DEPENDENCY_AFTEROK ||
                       item->kind == DEPENDENCY_AFTERNOTOK
                   ? DEPENDENCY_NEVER
                   : DEPENDENCY_MET;
    return all;
}

/* Why it is held back; false: it is not.  One that never can run has ended. */
static bool is_held(struct queue *q, struct job *j, char why[JOB_REASON_SIZE])
{
    struct submission *s = j->submission;
    const struct request *r = &s->request;
    const struct dependency_item *blocking;
    struct looking looking = {q, j};
    enum dependency_fact fact =
        dependency_look(&r->dependency, look_at, &looking, &blocking);

    if (fact == DEPENDENCY_NEVER) {
        snprintf(why, JOB_REASON_SIZE,
                 "Dependency: %s:%" PRIu64 " will not be met any more",
                 dependency_kind_name(blocking->kind), blocking->job);
        queue_end(q, j, JOB_CANCELLED, why);
        return true;
    }
    if (fact == DEPENDENCY_WAITS && blocking->kind == DEPENDENCY_SINGLETON)
        snprintf(why, JOB_REASON_SIZE,
                 "Dependency: another job of this name has not ended");
    else if (fact == DEPENDENCY_WAITS)
        snprintf(why, JOB_REASON_SIZE, "Dependency: %s:%" PRIu64,
                 dependency_kind_name(blocking->kind), blocking->job);
    else if (r->begin_wall_ms > queue_wall(q))
        snprintf(why, JOB_REASON_SIZE, "BeginTime: its time has not come");
    else if (r->array.at_once > 0 && j->state == JOB_HELD &&
             s->active_count >= r->array.at_once)
        snprintf(why, JOB_REASON_SIZE,
                 "JobArrayTaskLimit: %u of its array run or wait to run",
                 r->array.at_once);
    else if (j->state == JOB_HELD && q->asked_count >= QUEUE_ASKS_MAX)
        snprintf(why, JOB_REASON_SIZE,
                 "Priority: %d jobs before it wait to run", QUEUE_ASKS_MAX);
    else
        return false;
    return true;
}

void queue_review(struct queue *q, struct job *j)
{
    char why[JOB_REASON_SIZE];

    if (j->state != JOB_HELD && j->state != JOB_QUEUED)
        return;
    if (is_held(q, j, why)) {
        if (j->state == JOB_QUEUED) {
            queue_withdraw(q, j);
            job_become(j, JOB_HELD, "%s", why);
            queue_tell(q, j);
        } else if (j->state == JOB_HELD && strcmp(j->reason, why) != 0) {
            job_explain(j, "%s", why);
            queue_tell(q, j);
        }
        return;
    }
    if (j->state == JOB_HELD) {
        job_become(j, JOB_QUEUED, "%s", "Priority: asked for");
        queue_tell(q, j);
    }
    if (!j->is_asked)
        queue_ask(q, j);
}

void queue_settle(struct queue *q)
{
    struct job *j;

    while (q->needs_review) {
        q->needs_review = false;
        TAILQ_FOREACH (j, &q->jobs, entry)
            if (j->state == JOB_HELD && j->is_stored)
                queue_review(q, j);
    }
    while (q->ended_count > QUEUE_HISTORY_MAX && queue_forget_oldest(q))
        continue;
}

/* The next time at which one begins. */
static void set_alarm(struct queue *q)
{
    int64_t wall = queue_wall(q), next = INT64_MAX;
    int64_t now = mezzo_scheduler_now_ms(q->scheduler);
    const struct job *j;

    TAILQ_FOREACH (j, &q->jobs, entry)
        if (j->state == JOB_HELD &&
            j->submission->request.begin_wall_ms > wall &&
            j->submission->request.begin_wall_ms < next)
            next = j->submission->request.begin_wall_ms;
    if (next != INT64_MAX)
        next = now + (next - wall) + 1;
    if (q->ask_ms < next)
        next = q->ask_ms;
    mezzo_scheduler_set_alarm(q->scheduler,
                              next == INT64_MAX ? MEZZO_NEVER : next);
}

void queue_alarm(struct queue *q)
{
    int64_t now = mezzo_scheduler_now_ms(q->scheduler);

    if (q->ask_ms <= now)
        q->ask_ms = queue_ask_after(q) ? now + ASK_AGAIN_MS : INT64_MAX;
    q->needs_review = true;
    queue_settle(q);
    set_alarm(q);
}

/* ------------------------------------------------------------ its states */

void queue_end(struct queue *q,
               struct job *j,
               enum job_state state,
               const char *reason)
{
    queue_withdraw(q, j);
    job_become(j, state, "%s", reason);
    j->ended_wall_ms = queue_wall(q);
    q->alive_count--;
    q->ended_count++;
    q->needs_review = true;
    queue_note(q, j);
}

void queue_again(struct queue *q, struct job *j, const char *reason)
{
    job_displace(j);
    j->attempt++;
    j->cause = (struct job_cause){0};
    j->has_lost_node = false;
    j->started_wall_ms = 0;
    job_become(j, JOB_QUEUED, "%s", reason);
    queue_note(q, j);
    queue_review(q, j);
}

static void cancel(struct queue *q, struct job *j, const char *who)
{
    char reason[JOB_REASON_SIZE];

    snprintf(reason, sizeof reason, "cancelled by %.100s", who);
    switch (j->state) {
    case JOB_PLACING:
        queue_unplace(q, j);
        /* fallthrough */
    case JOB_HELD:
    case JOB_QUEUED:
        j->is_cancelled = true;
        queue_end(q, j, JOB_CANCELLED, reason);
        break;
    case JOB_STARTING:
    case JOB_RUNNING:
        j->is_cancelled = true;
        job_become(j, JOB_COMPLETING, "%s", reason);
        queue_kill_parts(q, j, QUEUE_CANCEL_MS);
        queue_note(q, j);
        break;
    case JOB_COMPLETING:
        j->is_cancelled = true;
        queue_kill_parts(q, j, QUEUE_CANCEL_MS);
        break;
    case JOB_COMPLETED:
    case JOB_FAILED:
    case JOB_CANCELLED:
    case JOB_TIMEOUT:
    case JOB_NODE_FAIL:
    case JOB_OUT_OF_MEMORY:
    case JOB_PREEMPTED:
    case JOB_STATES_COUNT:
        break;
    }
}

void queue_cancel(struct queue *q, struct job *j, const char *who)
{
    cancel(q, j, who);
    queue_settle(q);
}

/* -------------------------------------------------------------- submitting */

static int check_partition(struct queue *q,
                           struct submission *s,
                           struct error *err)
{
    struct request *r = &s->request;
    const struct partition *p =
        partitions_find(q->options.partitions, r->partition);

    if (p == NULL) {
        AUTO(auto_free) char *names = partitions_names(q->options.partitions);

        return error_set(err, -EINVAL,
                         "--partition: there is no %.40s; there are: %s",
                         r->partition, names);
    }
    s->partition = p;
    if (r->account != NULL &&
        !partitions_has_account(q->options.partitions, r->account))
        return error_set(err, -EINVAL,
                         "--account: there is no %.40s; the operator of "
                         "mezzo-mpi adds it with a line: account %.40s",
                         r->account, r->account);
    if (p->walltime_max_ms > 0 && r->walltime_ms == 0)
        r->walltime_ms = p->walltime_max_ms;
    if (p->walltime_max_ms > 0 && r->walltime_ms > p->walltime_max_ms) {
        char max[QUANTITY_TEXT_SIZE];

        quantity_write_walltime(p->walltime_max_ms, max);
        return error_set(err, -EINVAL,
                         "--time: jobs in %s last at most %s "
                         "(PartitionTimeLimit)",
                         p->name, max);
    }
    if (p->nodes_max > 0 && r->nodes_min > p->nodes_max)
        return error_set(err, -EINVAL, "--nodes: at most %u in %s",
                         p->nodes_max, p->name);
    if (p->ranks_max > 0 && r->ranks > p->ranks_max)
        return error_set(err, -EINVAL, "--ntasks: at most %u in %s",
                         p->ranks_max, p->name);
    return 0;
}

static struct job *add_job(struct queue *q, struct submission *s, size_t i)
{
    struct job *j = memory_new(1, sizeof *j);

    j->number = q->next_number++;
    snprintf(j->id, sizeof j->id, "%" PRIu64, j->number);
    j->submission = s;
    j->is_in_array = s->request.array.count > 0;
    j->index = j->is_in_array ? s->request.array.indices[i] : 0;
    j->state = JOB_HELD;
    queue_adopt(q, j);
    return j;
}

struct job *queue_submit(struct queue *q, json_t *json, struct error *err)
{
    struct submission *s = memory_new(1, sizeof *s);
    size_t count;
    struct job *first = NULL;

    request_init(&s->request);
    if (request_json_read(json, &s->request, err) < 0 ||
        check_partition(q, s, err) < 0) {
        submission_free(s);
        return NULL;
    }
    count = s->request.array.count > 0 ? s->request.array.count : 1;
    if (q->alive_count + count > QUEUE_JOBS_MAX) {
        error_set(err, -ENOSPC,
                  "%d jobs have not ended, which are as many as there may be; "
                  "try again later",
                  QUEUE_JOBS_MAX);
        submission_free(s);
        return NULL;
    }
    s->json = json_incref(json);
    s->number = q->next_number;
    s->submitted_wall_ms = queue_wall(q);
    TAILQ_INSERT_TAIL(&q->submissions, s, entry);
    for (size_t i = 0; i < count; i++) {
        struct job *j = add_job(q, s, i);

        if (first == NULL)
            first = j;
    }
    queue_store_submission(q, s, first);
    return first;
}
