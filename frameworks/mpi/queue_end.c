/* queue_end.c - what becomes of a job's parts, and of the job by that.
 *
 * Executors say in a status's data why ranks have ended:
 *
 *     {"exit": 7, "signal": 0, "text": "rank 3 on agent-2: MPI_Abort(7)"}
 *
 * only where it began; what was ended because of it says nothing. */

#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "frameworks/mpi/queue_parts.h"

enum {
    RESTARTS_MAX = 1,
    DROPS_MAX = 20, /* in a row, that nothing of a job was started */
    REAP_MS = 1000, /* from TERM to KILL, when another part has failed */
};

static struct job *find_job(struct queue *q, uint64_t number)
{
    char id[JOB_ID_SIZE];

    snprintf(id, sizeof id, "%llu", (unsigned long long)number);
    return table_find(q->by_id, id);
}

void queue_kill_parts(struct queue *q, struct job *j, int64_t grace_ms)
{
    char id[JOB_ID_SIZE];

    for (size_t i = 0; i < j->layout.count; i++) {
        if (j->parts[i].state == JOB_PART_ENDED)
            continue;
        job_task_id(j, i, id);
        mezzo_scheduler_kill(q->scheduler, id, grace_ms);
    }
}

/* ------------------------------------------------------------------- causes */

static void read_cause(struct job *j, const struct mezzo_status *status)
{
    json_t *json;
    const char *text;
    int code, signal;

    if (j->cause.is_known || status->data_size == 0)
        return;
    json = json_loadb(status->data, status->data_size, 0, NULL);
    if (json_unpack(json, "{s:i, s:i, s:s}", "exit", &code, "signal", &signal,
                    "text", &text) == 0) {
        j->cause.is_known = true;
        j->cause.exit_code = code;
        j->cause.signal = signal;
        snprintf(j->cause.text, sizeof j->cause.text, "%s", text);
    }
    json_decref(json);
}

static bool has_reason(const struct mezzo_status *status, const char *part)
{
    return status->reason != NULL && strstr(status->reason, part) != NULL;
}

static void ran_out_of_memory(struct job *j, size_t node)
{
    const struct layout_node *n = &j->layout.nodes[node];

    if (j->is_out_of_memory)
        return;
    j->is_out_of_memory = true;
    snprintf(j->memory_text, sizeof j->memory_text,
             "out of memory: on %.60s %u rank%s may use %lld MiB", n->host,
             n->ranks_count, n->ranks_count == 1 ? "" : "s",
             (long long)(n->ranks_count *
                         request_rank_memory_mb(&j->submission->request)));
}

/* What a status says beside its state. */
static void read_reason(struct job *j,
                        size_t node,
                        const struct mezzo_status *status)
{
    if (has_reason(status, "MAX_COMPLETION_TIME"))
        j->is_timed_out = true;
    else if (has_reason(status, "LIMITATION_MEMORY"))
        ran_out_of_memory(j, node);
    else if (has_reason(status, "PREEMPT"))
        j->is_preempted = true;
    read_cause(j, status);
    if (!j->cause.is_known && status->state != MEZZO_TASK_FINISHED &&
        status->message != NULL && j->cause.text[0] == '\0')
        snprintf(j->cause.text, sizeof j->cause.text, "%.299s",
                 status->message);
}

/* ---------------------------------------------------------------- its end */

static enum job_state end_of(const struct job *j)
{
    bool is_good = true;

    for (size_t i = 0; i < j->layout.count; i++)
        is_good = is_good && j->parts[i].end == MEZZO_TASK_FINISHED;
    if (is_good)
        return JOB_COMPLETED;
    if (j->is_timed_out)
        return JOB_TIMEOUT;
    if (j->is_cancelled)
        return JOB_CANCELLED;
    if (j->is_out_of_memory)
        return JOB_OUT_OF_MEMORY;
    if (j->is_preempted)
        return JOB_PREEMPTED;
    if (j->has_lost_node) /* what ranks say of it follows from that */
        return JOB_NODE_FAIL;
    return JOB_FAILED;
}

/* The first that was lost; NULL: none, or it is said already. */
static const char *lost_host(const struct job *j)
{
    for (size_t i = 0; i < j->layout.count; i++) {
        const char *host = j->layout.nodes[i].host;

        if (j->parts[i].end == MEZZO_TASK_GONE ||
            j->parts[i].end == MEZZO_TASK_LOST ||
            j->parts[i].end == MEZZO_TASK_GONE_BY_OPERATOR)
            return strstr(j->cause.text, host) == NULL ? host : NULL;
    }
    return NULL;
}

static const char *words_for(const struct job *j,
                             enum job_state end,
                             char text[JOB_REASON_SIZE])
{
    if (end == JOB_COMPLETED)
        return "all ranks have ended well";
    if (end == JOB_TIMEOUT)
        return "its time was over";
    if (end == JOB_CANCELLED)
        return j->reason;
    if (end == JOB_NODE_FAIL && lost_host(j) != NULL) {
        snprintf(text, JOB_REASON_SIZE, "node %.100s was lost%s%.150s",
                 lost_host(j), j->cause.text[0] != '\0' ? "; " : "",
                 j->cause.text);
        return text;
    }
    if (end != JOB_OUT_OF_MEMORY)
        return j->cause.text[0] != '\0' ? j->cause.text : "no more is known";
    snprintf(text, JOB_REASON_SIZE, "%.150s%s%s", j->cause.text,
             j->cause.text[0] != '\0' ? "; " : "",
             j->memory_text[0] != '\0' ? j->memory_text : "out of memory");
    return text;
}

/* What was dropped was not.  What nobody knows may have been, unless we never
 * heard that it was; and then it may yet be, where no fence ends it: it is not
 * tried again if it must not run twice. */
static bool was_never_started(const struct job *j)
{
    bool may_be_unknown =
        j->submission->request.is_requeued && j->started_wall_ms == 0;

    for (size_t i = 0; i < j->layout.count; i++)
        if (j->parts[i].end != MEZZO_TASK_DROPPED &&
            !(j->parts[i].end == MEZZO_TASK_UNKNOWN && may_be_unknown))
            return false;
    return true;
}

/* Of one that had no nodes, or whose last part has ended. */
void queue_conclude(struct queue *q, struct job *j)
{
    const struct request *r = &j->submission->request;
    enum job_state end = end_of(j);
    char reason[JOB_REASON_SIZE], text[JOB_REASON_SIZE];

    snprintf(reason, sizeof reason, "%s", words_for(j, end, text));
    if (!j->is_cancelled && was_never_started(j) && j->drops < DROPS_MAX) {
        j->drops++;
        snprintf(reason, sizeof reason,
                 "Resources: nothing of it was started%s%.200s",
                 j->cause.text[0] != '\0' ? ": " : "", j->cause.text);
        queue_again(q, j, reason);
        return;
    }
    if (end == JOB_NODE_FAIL && r->is_requeued && j->restarts < RESTARTS_MAX) {
        j->restarts++;
        snprintf(reason, sizeof reason, "Resources: a node was lost: %.200s",
                 j->cause.text);
        queue_again(q, j, reason);
        return;
    }
    queue_end(q, j, end, reason);
}

/* ---------------------------------------------------------------- statuses */

static void part_runs(struct queue *q, struct job *j, size_t node)
{
    j->parts[node].state = JOB_PART_RUNNING;
    for (size_t i = 0; i < j->layout.count; i++)
        if (j->parts[i].state != JOB_PART_RUNNING)
            return;
    if (j->state != JOB_STARTING)
        return;
    j->drops = 0;
    j->started_wall_ms = queue_wall(q);
    job_become(j, JOB_RUNNING, "%s", "all of its nodes run it");
    q->needs_review = true;
    queue_note(q, j);
}

/* Who is fenced has ended by now; another may come back. */
static void part_is_unreachable(struct queue *q, struct job *j, size_t node)
{
    const char *host = j->layout.nodes[node].host;

    j->parts[node].state = JOB_PART_UNREACHABLE;
    if (!j->submission->request.is_requeued) {
        job_explain(j, "node %.100s is unreachable", host);
        queue_tell(q, j);
        return;
    }
    j->has_lost_node = true;
    snprintf(j->cause.text, sizeof j->cause.text, "node %.100s was lost", host);
    j->parts[node].state = JOB_PART_ENDED;
    j->parts[node].end = MEZZO_TASK_GONE;
    queue_kill_parts(q, j, REAP_MS);
}

static void part_ended(struct queue *q,
                       struct job *j,
                       size_t node,
                       const struct mezzo_status *status)
{
    struct job_part *p = &j->parts[node];

    if (p->state == JOB_PART_ENDED)
        return;
    p->state = JOB_PART_ENDED;
    p->end = status->state;
    read_reason(j, node, status);
    if (status->state == MEZZO_TASK_LOST || status->state == MEZZO_TASK_GONE ||
        status->state == MEZZO_TASK_GONE_BY_OPERATOR ||
        status->state == MEZZO_TASK_UNKNOWN ||
        status->state == MEZZO_TASK_DROPPED)
        j->has_lost_node = true;
    if (status->state == MEZZO_TASK_UNKNOWN && j->cause.text[0] == '\0')
        snprintf(j->cause.text, sizeof j->cause.text,
                 "what became of it on %.100s is not known",
                 j->layout.nodes[node].host);
    if (status->state != MEZZO_TASK_FINISHED)
        queue_kill_parts(q, j, REAP_MS);
}

/* All that could be heard of has ended, and not well: nothing comes of what is
 * out of reach, and it is killed when it is back. */
static void give_up_unreachable(struct job *j)
{
    bool has_failed = false;

    for (size_t i = 0; i < j->layout.count; i++) {
        const struct job_part *p = &j->parts[i];

        if (p->state != JOB_PART_ENDED && p->state != JOB_PART_UNREACHABLE)
            return;
        has_failed |=
            p->state == JOB_PART_ENDED && p->end != MEZZO_TASK_FINISHED;
    }
    for (size_t i = 0; has_failed && i < j->layout.count; i++)
        if (j->parts[i].state == JOB_PART_UNREACHABLE) {
            j->parts[i].state = JOB_PART_ENDED;
            j->parts[i].end = MEZZO_TASK_GONE;
            j->has_lost_node = true;
        }
}

static void conclude_if_over(struct queue *q, struct job *j)
{
    give_up_unreachable(j);
    if (job_has_living_parts(j))
        return;
    if (j->state == JOB_STARTING || j->state == JOB_RUNNING)
        job_become(j, JOB_COMPLETING, "%s", "its parts have ended");
    queue_conclude(q, j);
}

/* A task that is none of ours any more must not go on.  Of a job that has
 * ended, but whose end may not be stored yet, nothing is acknowledged before
 * that is. */
static void end_stranger(struct queue *q,
                         struct job *j,
                         const struct mezzo_status *status)
{
    if (!mezzo_task_has_ended(status->state) &&
        status->state != MEZZO_TASK_UNKNOWN &&
        status->state != MEZZO_TASK_UNREACHABLE)
        mezzo_scheduler_kill(q->scheduler, status->task_id, 0);
    if (j != NULL && status->is_reliable)
        queue_note_end(q, j, status);
    else if (status->is_reliable)
        mezzo_scheduler_acknowledge(q->scheduler, status);
}

static void status_of(struct queue *q,
                      struct job *j,
                      size_t node,
                      const struct mezzo_status *status)
{
    if (mezzo_task_has_ended(status->state) ||
        status->state == MEZZO_TASK_UNKNOWN) {
        part_ended(q, j, node, status);
        queue_note_end(q, j, status);
        conclude_if_over(q, j);
        return;
    }
    if (status->is_reliable)
        mezzo_scheduler_acknowledge(q->scheduler, status);
    if (j->parts[node].state == JOB_PART_ENDED) {
        mezzo_scheduler_kill(q->scheduler, status->task_id, 0);
    } else if (status->state == MEZZO_TASK_RUNNING) {
        part_runs(q, j, node);
        if (status->message != NULL && j->state == JOB_RUNNING) {
            job_explain(j, "%s", status->message);
            queue_tell(q, j);
        }
    } else if (status->state == MEZZO_TASK_UNREACHABLE) {
        part_is_unreachable(q, j, node);
        conclude_if_over(q, j);
    }
}

static void hear(struct queue *q,
                 struct job *j,
                 size_t node,
                 const struct mezzo_status *status)
{
    j->parts[node].is_heard = true;
    status_of(q, j, node, status);
}

void queue_status(struct queue *q, const struct mezzo_status *status)
{
    uint64_t number;
    unsigned attempt;
    size_t node;
    struct job *j = NULL;

    if (job_parse_task_id(status->task_id, &number, &attempt, &node))
        j = find_job(q, number);
    if (j == NULL || j->attempt != attempt || node >= j->layout.count ||
        j->state < JOB_STARTING || job_state_has_ended(j->state))
        end_stranger(q, j, status);
    else
        hear(q, j, node, status);
    queue_settle(q);
}

bool queue_ask_after(struct queue *q)
{
    char id[JOB_ID_SIZE];
    bool is_any = false;
    struct job *j;

    if (!q->is_subscribed)
        return false;
    TAILQ_FOREACH (j, &q->jobs, entry)
        for (size_t i = 0; job_state_is_placed(j->state) &&
                           j->state != JOB_PLACING && i < j->layout.count;
             i++) {
            if (j->parts[i].state == JOB_PART_ENDED || j->parts[i].is_heard)
                continue;
            job_task_id(j, i, id);
            mezzo_scheduler_reconcile(q->scheduler, id);
            is_any = true;
        }
    return is_any;
}

/* Jobs as they were stored: what has nodes is asked after, what has none is
 * asked for. */
void queue_subscribed(struct queue *q)
{
    struct job *j;

    q->is_subscribed = true;
    if (!q->is_loaded)
        return;
    TAILQ_FOREACH (j, &q->jobs, entry) {
        if (j->state == JOB_PLACING && j->gang_id == NULL &&
            j->parts[0].offer_id == NULL)
            job_become(j, JOB_STARTING, "%s", "was it launched?");
        if (!job_state_is_placed(j->state)) {
            queue_review(q, j);
            continue;
        }
        for (size_t i = 0; i < j->layout.count; i++)
            j->parts[i].is_heard = false;
        if (j->is_cancelled)
            queue_kill_parts(q, j, QUEUE_CANCEL_MS);
        /* All that was to be heard of it may have been stored, but not what
         * follows from that. */
        if (j->state != JOB_PLACING)
            conclude_if_over(q, j);
    }
    q->ask_ms = 0; /* at once */
    queue_alarm(q);
}
