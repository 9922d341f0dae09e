/* job.c - jobs, and the submissions they come from. */

#include "frameworks/mpi/job.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNAL_STATUS = 128
};

void job_name(const struct job *j, char text[JOB_ID_SIZE])
{
    if (j->is_in_array)
        snprintf(text, JOB_ID_SIZE, "%" PRIu64 "_%u", j->submission->number,
                 j->index);
    else
        snprintf(text, JOB_ID_SIZE, "%" PRIu64, j->number);
}

void submission_free(struct submission *s)
{
    if (s == NULL)
        return;
    request_release(&s->request);
    json_decref(s->json);
    free(s);
}

void job_displace(struct job *j)
{
    for (size_t i = 0; i < j->layout.count; i++)
        free(j->parts[i].offer_id);
    free(j->parts);
    free(j->gang_id);
    j->parts = NULL;
    j->gang_id = NULL;
    layout_release(&j->layout);
}

void job_free(struct job *j)
{
    if (j == NULL)
        return;
    job_displace(j);
    j->submission->jobs_count--;
    free(j);
}

static void explain(struct job *j, const char *format, va_list args)
{
    vsnprintf(j->reason, sizeof j->reason, format, args);
}

void job_explain(struct job *j, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    explain(j, format, args);
    va_end(args);
}

static bool is_active(enum job_state state)
{
    return state != JOB_HELD && !job_state_has_ended(state);
}

void job_become(struct job *j, enum job_state state, const char *format, ...)
{
    va_list args;

    assert(job_state_may_become(j->state, state));
    j->submission->active_count += is_active(state);
    j->submission->active_count -= is_active(j->state);
    j->submission->alive_count -= job_state_has_ended(state);
    j->state = state;
    va_start(args, format);
    explain(j, format, args);
    va_end(args);
}

bool job_has_living_parts(const struct job *j)
{
    for (size_t i = 0; i < j->layout.count; i++)
        if (j->parts[i].state != JOB_PART_ENDED)
            return true;
    return false;
}

void job_task_id(const struct job *j, size_t node, char id[JOB_ID_SIZE])
{
    snprintf(id, JOB_ID_SIZE, "%" PRIu64 ".%u.%zu", j->number, j->attempt,
             node);
}

bool job_parse_task_id(const char *id,
                       uint64_t *number,
                       unsigned *attempt,
                       size_t *node)
{
    int end = 0;

    return sscanf(id, "%9" SCNu64 ".%9u.%9zu%n", number, attempt, node, &end) ==
               3 &&
           id[end] == '\0';
}

int job_exit_status(const struct job *j)
{
    if (j->cause.signal > 0)
        return SIGNAL_STATUS + j->cause.signal;
    if (j->cause.exit_code != 0)
        return j->cause.exit_code;
    return job_state_has_ended(j->state) && j->state != JOB_COMPLETED;
}
