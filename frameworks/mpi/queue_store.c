/* queue_store.c - what is kept over restarts.
 *
 *     /next             the next job's number
 *     /submissions/7    a request, and when it came
 *     /jobs/7           a job that was more than submitted */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "base/table.h"
#include "frameworks/mpi/job_json.h"
#include "frameworks/mpi/queue_parts.h"
#include "frameworks/mpi/request_json.h"

enum {
    KEY_SIZE = 64
};

void queue_adopt(struct queue *q, struct job *j)
{
    struct job *after = TAILQ_LAST(&q->jobs, job_list);

    while (after != NULL && after->number > j->number)
        after = TAILQ_PREV(after, job_list, entry);
    if (after != NULL)
        TAILQ_INSERT_AFTER(&q->jobs, after, j, entry);
    else
        TAILQ_INSERT_HEAD(&q->jobs, j, entry);
    table_add(q->by_id, j);
    j->submission->jobs_count++;
    if (job_state_has_ended(j->state)) {
        q->ended_count++;
    } else {
        q->alive_count++;
        j->submission->alive_count++;
        j->submission->active_count += j->state != JOB_HELD;
    }
}

struct submission *queue_find_submission(const struct queue *q, uint64_t number)
{
    struct submission *s;

    TAILQ_FOREACH_REVERSE (s, &q->submissions, submission_list, entry)
        if (s->number == number)
            return s;
    return NULL;
}

/* ------------------------------------------------------------------ write */

static void store(struct queue *q,
                  const struct mezzo_store_op *ops,
                  size_t count,
                  uint64_t *request)
{
    uint64_t number = 0;

    if (mezzo_scheduler_store(q->scheduler, ops, count, &number) < 0)
        number = 0;
    if (request != NULL)
        *request = number;
}

void queue_store_submission(struct queue *q,
                            struct submission *s,
                            struct job *first)
{
    AUTO(auto_free) char *text = NULL;
    char key[KEY_SIZE], next[32];
    json_t *json = json_pack("{s:O, s:I}", "request", s->json, "submitted",
                             (json_int_t)s->submitted_wall_ms);
    struct mezzo_store_op ops[2];

    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    snprintf(key, sizeof key, "/submissions/%" PRIu64, s->number);
    snprintf(next, sizeof next, "%" PRIu64, q->next_number);
    ops[0] = (struct mezzo_store_op){.kind = MEZZO_STORE_SET,
                                     .key = key,
                                     .value = text,
                                     .size = strlen(text),
                                     .version = MEZZO_STORE_ANY};
    ops[1] = (struct mezzo_store_op){.kind = MEZZO_STORE_SET,
                                     .key = "/next",
                                     .value = next,
                                     .size = strlen(next),
                                     .version = MEZZO_STORE_ANY};
    store(q, ops, 2, &first->request);
}

static void write_job(struct queue *q, struct job *j, uint64_t *request)
{
    AUTO(auto_free) char *text = NULL;
    char key[KEY_SIZE];
    json_t *json = job_json_record(j);
    struct mezzo_store_op op = {
        .kind = MEZZO_STORE_SET, .key = key, .version = MEZZO_STORE_ANY};

    text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    snprintf(key, sizeof key, "/jobs/%s", j->id);
    op.value = text;
    op.size = strlen(text);
    store(q, &op, 1, request);
}

void queue_note(struct queue *q, struct job *j)
{
    write_job(q, j, &j->request);
    queue_tell(q, j);
}

void queue_note_end(struct queue *q,
                    struct job *j,
                    const struct mezzo_status *status)
{
    struct queue_debt *debt;

    if (!status->is_reliable) {
        write_job(q, j, NULL);
        return;
    }
    debt = memory_new(1, sizeof *debt);
    debt->status = *status;
    debt->task_id = memory_strdup(status->task_id);
    debt->agent_id = memory_strdup(status->agent_id);
    debt->status.task_id = debt->task_id;
    debt->status.agent_id = debt->agent_id;
    TAILQ_INSERT_TAIL(&q->debts, debt, entry);
    write_job(q, j, &debt->request);
}

/* The oldest that has ended goes, its submission with the last of it. */
bool queue_forget_oldest(struct queue *q)
{
    char job_key[KEY_SIZE], submission_key[KEY_SIZE];
    struct mezzo_store_op ops[2] = {
        {.kind = MEZZO_STORE_DELETE,
         .key = job_key,
         .version = MEZZO_STORE_ANY},
        {.kind = MEZZO_STORE_DELETE,
         .key = submission_key,
         .version = MEZZO_STORE_ANY},
    };
    struct submission *s;
    struct job *j;

    TAILQ_FOREACH (j, &q->jobs, entry)
        if (job_state_has_ended(j->state) && j->submission->alive_count == 0)
            break;
    if (j == NULL)
        return false;
    s = j->submission;
    snprintf(job_key, sizeof job_key, "/jobs/%s", j->id);
    snprintf(submission_key, sizeof submission_key, "/submissions/%" PRIu64,
             s->number);
    store(q, ops, s->jobs_count == 1 ? 2 : 1, NULL);
    q->ended_count--;
    table_remove(q->by_id, j);
    TAILQ_REMOVE(&q->jobs, j, entry);
    job_free(j);
    if (s->jobs_count == 0) {
        TAILQ_REMOVE(&q->submissions, s, entry);
        submission_free(s);
    }
    return true;
}

/* ------------------------------------------------------------------- read */

static json_t *json_of(const struct mezzo_store_entry *e)
{
    return json_loadb(e->value, e->size, 0, NULL);
}

static bool recall_submission(struct queue *q,
                              const struct mezzo_store_entry *e)
{
    json_t *json = json_of(e);
    struct submission *s = memory_new(1, sizeof *s);
    json_t *request;
    json_int_t submitted;
    bool is_good = false;

    request_init(&s->request);
    if (json_unpack(json, "{s:o, s:I}", "request", &request, "submitted",
                    &submitted) == 0 &&
        request_json_read(request, &s->request, NULL) == 0) {
        s->json = json_incref(request);
        s->number = strtoull(strrchr(e->key, '/') + 1, NULL, 10);
        s->submitted_wall_ms = submitted;
        s->partition =
            partitions_find(q->options.partitions, s->request.partition);
        if (s->partition != NULL && s->request.walltime_ms == 0)
            s->request.walltime_ms = s->partition->walltime_max_ms;
        TAILQ_INSERT_TAIL(&q->submissions, s, entry);
        is_good = true;
    } else {
        submission_free(s);
    }
    json_decref(json);
    return is_good;
}

static bool recall_job(struct queue *q, const struct mezzo_store_entry *e)
{
    json_t *json = json_of(e);
    struct job *j = memory_new(1, sizeof *j);
    json_int_t number = json_integer_value(json_object_get(json, "submission"));
    bool is_good;

    j->submission = queue_find_submission(q, (uint64_t)number);
    is_good = j->submission != NULL && job_json_recall(j, json) &&
              table_find(q->by_id, j->id) == NULL;
    json_decref(json);
    j->is_stored = true;
    if (is_good) {
        queue_adopt(q, j);
    } else {
        job_displace(j);
        free(j);
    }
    return is_good;
}

/* Jobs of whom nothing was stored but that they were submitted. */
static void complete(struct queue *q, struct submission *s)
{
    size_t count = s->request.array.count > 0 ? s->request.array.count : 1;

    if (s->jobs_count == count)
        return;
    for (size_t i = 0; i < count; i++) {
        struct job *j;
        char id[JOB_ID_SIZE];

        snprintf(id, sizeof id, "%" PRIu64, s->number + i);
        if (table_find(q->by_id, id) != NULL)
            continue;
        j = memory_new(1, sizeof *j);
        j->number = s->number + i;
        memcpy(j->id, id, sizeof j->id);
        j->submission = s;
        j->is_in_array = s->request.array.count > 0;
        j->index = j->is_in_array ? s->request.array.indices[i] : 0;
        j->state = JOB_HELD;
        j->is_stored = true;
        queue_adopt(q, j);
    }
}

static bool is_below(const struct mezzo_store_entry *e, const char *prefix)
{
    return strncmp(e->key, prefix, strlen(prefix)) == 0;
}

static const char *recall(struct queue *q,
                          const struct mezzo_store_answer *answer)
{
    struct submission *s;

    for (size_t i = 0; i < answer->entries_count; i++) {
        const struct mezzo_store_entry *e = &answer->entries[i];

        if (is_below(e, "/submissions/") && !recall_submission(q, e))
            return "a submission in the store is damaged";
        if (strcmp(e->key, "/next") == 0) {
            char text[32] = "";

            memcpy(text, e->value, e->size < 31 ? e->size : 31);
            q->next_number = strtoull(text, NULL, 10);
        }
    }
    for (size_t i = 0; i < answer->entries_count; i++)
        if (is_below(&answer->entries[i], "/jobs/") &&
            !recall_job(q, &answer->entries[i]))
            return "a job in the store is damaged";
    TAILQ_FOREACH (s, &q->submissions, entry)
        complete(q, s);
    return NULL;
}

void queue_start(struct queue *q, struct mezzo_scheduler *scheduler)
{
    q->scheduler = scheduler;
    if (mezzo_scheduler_load(scheduler, "/", &q->load_request) < 0)
        q->options.loaded(mezzo_scheduler_explain(scheduler), q->options.arg);
}

/* ---------------------------------------------------------------- answers */

static void pay_debts(struct queue *q, uint64_t request)
{
    struct queue_debt *debt, *next;

    for (debt = TAILQ_FIRST(&q->debts); debt != NULL; debt = next) {
        next = TAILQ_NEXT(debt, entry);
        if (debt->request != request)
            continue;
        mezzo_scheduler_acknowledge(q->scheduler, &debt->status);
        TAILQ_REMOVE(&q->debts, debt, entry);
        free(debt->task_id);
        free(debt->agent_id);
        free(debt);
    }
}

static void job_stored(struct queue *q, struct job *j)
{
    struct submission *s = j->submission;

    j->request = 0;
    if (j->state == JOB_PLACING) {
        queue_launch(q, j);
        return;
    }
    if (j->is_stored)
        return;
    for (; j != NULL && j->submission == s; j = TAILQ_NEXT(j, entry)) {
        j->is_stored = true;
        queue_review(q, j);
        queue_tell(q, j);
    }
    queue_alarm(q); /* one of them may begin at its time */
}

void queue_stored(struct queue *q, const struct mezzo_store_answer *answer)
{
    struct job *j;

    if (answer->request == q->load_request) {
        const char *failure = answer->outcome == MEZZO_STORE_OK
                                  ? recall(q, answer)
                                  : answer->text;

        q->is_loaded = failure == NULL;
        q->options.loaded(failure, q->options.arg);
        if (q->is_loaded && q->is_subscribed)
            queue_subscribed(q);
        return;
    }
    if (answer->outcome != MEZZO_STORE_OK)
        return; /* the scheduler's error callback has been called */
    pay_debts(q, answer->request);
    TAILQ_FOREACH_REVERSE (j, &q->jobs, job_list, entry)
        if (j->request == answer->request) {
            job_stored(q, j);
            break;
        }
    queue_settle(q);
}
