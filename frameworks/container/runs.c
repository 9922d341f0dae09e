/* runs.c - a status moves a run; whether another takes its place is not decided
 * here. */

#include "frameworks/container/runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/records.h"

enum {
    BACKOFF_MIN_MS = 1000,
    BACKOFF_MAX_MS = 60 * 1000,
    STEADY_MS = 10 * 1000, /* so long ready, and what was is forgotten */
    LOOKS_WELL_MS = 1000,  /* running so long, without a health check */
    FORTUNES_MIN = 4,
};

bool runs_is_leaving(const struct run *r)
{
    return r->state == RUN_DRAINING || r->state == RUN_STOPPING;
}

bool runs_is_over(const struct run *r)
{
    return r->state == RUN_COMPLETED || r->state == RUN_FAILED;
}

/* One that cannot be reached is replaced, unless its data is there too. */
bool runs_is_alive(const struct run *r)
{
    const struct project_service *spec = r->service->spec;

    if (runs_is_leaving(r) || runs_is_over(r) || r->is_unknown)
        return false;
    return !r->is_unreachable || (spec != NULL && project_is_pinned(spec));
}

bool runs_is_current(const struct run *r)
{
    return r->service->spec != NULL &&
           strcmp(r->digest, r->service->digest) == 0;
}

struct run *runs_find(const struct container *c, const char *id)
{
    return table_find(c->runs, id);
}

struct fortune *runs_fortune(struct service *s, unsigned instance)
{
    if (instance > s->fortunes_count) {
        size_t count = instance < FORTUNES_MIN ? FORTUNES_MIN : 2 * instance;

        s->fortunes = memory_resize(s->fortunes, count, sizeof *s->fortunes);
        memset(s->fortunes + s->fortunes_count, 0,
               (count - s->fortunes_count) * sizeof *s->fortunes);
        s->fortunes_count = count;
    }
    return &s->fortunes[instance - 1];
}

void runs_set_message(struct run *r, const char *text)
{
    char *copy = memory_strdup(text); /* it may be what is there */

    free(r->message);
    r->message = copy;
}

static void set_text(char **text, const char *value)
{
    if (value == NULL || (*text != NULL && strcmp(*text, value) == 0))
        return;
    free(*text);
    *text = memory_strdup(value);
}

/* ------------------------------------------------------------ make, free */

static struct run *make(struct container *c,
                        struct service *s,
                        const char *id,
                        const char *digest,
                        unsigned instance)
{
    struct run *r = memory_new(1, sizeof *r);

    r->service = s;
    r->instance = instance;
    snprintf(r->id, sizeof r->id, "%s", id);
    snprintf(r->digest, sizeof r->digest, "%s", digest);
    TAILQ_INSERT_TAIL(&s->runs, r, entry);
    table_add(c->runs, r);
    return r;
}

struct run *runs_add(struct container *c, struct service *s, unsigned instance)
{
    char id[STATE_ID_SIZE];
    struct run *r;

    snprintf(id, sizeof id, "%s.%s.%u.%" PRIu64 "-%" PRIu64, s->project->key,
             s->name, instance, c->epoch, ++c->runs_made);
    r = make(c, s, id, s->digest, instance);
    r->state = RUN_WANTED;
    records_set_run(c, r);
    projects_changed(c, s->project);
    return r;
}

struct run *runs_restore(struct container *c,
                         struct service *s,
                         const char *id,
                         const char *digest,
                         unsigned instance)
{
    struct run *r = make(c, s, id, digest, instance);

    r->state = RUN_UNCERTAIN;
    r->is_stored = true;
    return r;
}

void runs_remove(struct container *c, struct run *r)
{
    projects_changed(c, r->service->project);
    if (r->is_asked)
        mezzo_scheduler_withdraw(c->scheduler, r->id);
    if (r->offer_id != NULL)
        mezzo_scheduler_decline(c->scheduler, r->offer_id, 0);
    records_remove_run(c, r);
    table_remove(c->runs, r);
    TAILQ_REMOVE(&r->service->runs, r, entry);
    free(r->agent_id);
    free(r->hostname);
    free(r->address);
    free(r->message);
    free(r->offer_id);
    free(r);
}

void runs_stored(struct container *c, uint64_t request)
{
    struct container_project *p;
    struct service *s;
    struct run *r;

    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (s, &p->services, entry)
            TAILQ_FOREACH (r, &s->runs, entry)
                if (r->store_request == request && !r->is_stored) {
                    r->is_stored = true;
                    p->is_dirty = true;
                    return;
                }
}

/* ------------------------------------------------------------------ ends */

static void kill_task(struct container *c, struct run *r)
{
    const struct project_service *spec = r->service->spec;

    r->state = RUN_STOPPING;
    mezzo_scheduler_kill(c->scheduler, r->id,
                         spec != NULL ? spec->stop_grace_ms : -1);
    projects_changed(c, r->service->project);
}

void runs_retire(struct container *c, struct run *r, bool drains)
{
    if (runs_is_over(r) || r->state == RUN_WANTED) {
        runs_remove(c, r); /* there is no task */
        return;
    }
    if (r->state == RUN_STOPPING || (r->state == RUN_DRAINING && drains))
        return;
    if (!drains || r->state != RUN_READY || r->is_unreachable) {
        kill_task(c, r);
        return;
    }
    r->state = RUN_DRAINING;
    r->drain_until = mezzo_scheduler_now_ms(c->scheduler) + STATE_DRAIN_MS;
    projects_changed(c, r->service->project);
}

static void fail(struct container *c, struct run *r, bool is_its_own)
{
    struct service *s = r->service;
    struct fortune *f = runs_fortune(s, r->instance);

    f->backoff_ms = f->backoff_ms == 0                   ? BACKOFF_MIN_MS
                    : 2 * f->backoff_ms < BACKOFF_MAX_MS ? 2 * f->backoff_ms
                                                         : BACKOFF_MAX_MS;
    f->not_before = mezzo_scheduler_now_ms(c->scheduler) + f->backoff_ms;
    if (is_its_own) {
        f->restarts_count++;
        if (runs_is_current(r) && !s->is_proven)
            s->failures_count++;
    }
}

/* By its service's policy, it stays as it is. */
static bool is_final(const struct run *r, bool is_success)
{
    const struct project_service *spec = r->service->spec;
    const struct fortune *f = runs_fortune(r->service, r->instance);

    switch (spec->restart) {
    case PROJECT_RESTART_ALWAYS:
        return false;
    case PROJECT_RESTART_ON_FAILURE:
        return is_success || (spec->restarts_max > 0 &&
                              f->restarts_count > spec->restarts_max);
    case PROJECT_RESTART_NO:
        break;
    }
    return true;
}

static void describe_end(struct run *r, const struct mezzo_status *status)
{
    char text[300];

    if (status->has_exit_code)
        snprintf(text, sizeof text, "exited with %d", status->exit_code);
    else if (status->signal != 0)
        snprintf(text, sizeof text, "killed by signal %d", status->signal);
    else
        snprintf(text, sizeof text, "%s", mezzo_task_state_name(status->state));
    if (status->message != NULL && strlen(status->message) > 0)
        snprintf(text, sizeof text, "%.280s", status->message);
    runs_set_message(r, text);
}

static bool is_lost(enum mezzo_task_state state)
{
    return state == MEZZO_TASK_LOST || state == MEZZO_TASK_DROPPED ||
           state == MEZZO_TASK_GONE || state == MEZZO_TASK_UNKNOWN ||
           state == MEZZO_TASK_GONE_BY_OPERATOR;
}

static void end(struct container *c,
                struct run *r,
                const struct mezzo_status *status)
{
    bool is_success = status->state == MEZZO_TASK_FINISHED;
    bool was_wanted = !runs_is_leaving(r) || r->is_unhealthy;

    describe_end(r, status);
    snprintf(runs_fortune(r->service, r->instance)->last_end,
             sizeof runs_fortune(r->service, r->instance)->last_end, "%.190s",
             r->message);
    projects_changed(c, r->service->project);
    if (!was_wanted || r->service->spec == NULL) {
        runs_remove(c, r);
        return;
    }
    if (!is_lost(status->state) && !r->is_unhealthy && runs_is_current(r)) {
        if (!is_success)
            fail(c, r, true);
        if (is_final(r, is_success)) {
            r->state = is_success ? RUN_COMPLETED : RUN_FAILED;
            records_set_run(c, r);
            return;
        }
        if (is_success)
            fail(c, r, false);
    } else {
        /* One that was lost may be wanted again at once, but not in a loop. */
        fail(c, r, r->is_unhealthy);
    }
    runs_remove(c, r);
}

/* -------------------------------------------------------------- statuses */

static void running(struct container *c,
                    struct run *r,
                    const struct mezzo_status *status)
{
    bool is_news = r->state == RUN_LAUNCHED || r->state == RUN_UNCERTAIN;

    r->is_unreachable = r->is_unknown = false;
    r->has_health |= status->has_health;
    if (status->has_health)
        r->is_healthy = status->is_healthy;
    if (is_news) {
        r->state = RUN_RUNNING;
        r->running_at = mezzo_scheduler_now_ms(c->scheduler);
        runs_set_message(r, NULL);
        records_set_run(c, r); /* where it is */
    }
}

static bool is_bad(const struct run *r)
{
    return r->has_health && !r->is_healthy &&
           (r->state == RUN_RUNNING || r->state == RUN_READY);
}

/* A master that has just begun knows nothing of agents it has not heard of.
 * Where data is, that is not enough for another to take its place: it is asked
 * for again when its agent is there. */
static bool may_be_there(const struct run *r)
{
    const struct service *s = r->service;

    return s->spec != NULL && project_is_pinned(s->spec) &&
           !s->project->is_leaving && !r->is_probed;
}

void runs_status(struct container *c,
                 struct run *r,
                 const struct mezzo_status *status)
{
    set_text(&r->agent_id, status->agent_id);
    set_text(&r->address, status->address);
    projects_changed(c, r->service->project);
    if (runs_is_over(r))
        return;
    if (status->state == MEZZO_TASK_UNKNOWN && r->state != RUN_WANTED &&
        may_be_there(r)) {
        r->is_unreachable = r->is_unknown = true;
        runs_set_message(r, "its agent has not been heard of");
        return;
    }
    r->is_probed = false;
    if (mezzo_task_has_ended(status->state) ||
        status->state == MEZZO_TASK_UNKNOWN) {
        if (r->state != RUN_WANTED)
            end(c, r, status);
        return;
    }
    switch (status->state) {
    case MEZZO_TASK_RUNNING:
        running(c, r, status);
        break;
    case MEZZO_TASK_UNREACHABLE:
        r->is_unreachable = true;
        runs_set_message(r, "its agent cannot be reached");
        break;
    default: /* staging, starting: it says what it does */
        if (r->state == RUN_UNCERTAIN)
            r->state = RUN_LAUNCHED;
        if (r->state == RUN_LAUNCHED)
            runs_set_message(r, status->message);
        break;
    }
    if (is_bad(r)) {
        r->is_unhealthy = true;
        runs_set_message(r, "is unhealthy, and replaced");
        kill_task(c, r);
    }
}

/* ------------------------------------------------------------------ time */

static bool looks_well(const struct run *r, msec_t now, msec_t *deadline)
{
    const struct project_service *spec = r->service->spec;

    if (spec != NULL && spec->has_health)
        return r->has_health && r->is_healthy;
    *deadline = r->running_at + LOOKS_WELL_MS;
    return now >= *deadline;
}

msec_t runs_pass_time(struct container *c, struct run *r, msec_t now)
{
    msec_t deadline = MSEC_NEVER;

    if (r->state == RUN_RUNNING && looks_well(r, now, &deadline)) {
        r->state = RUN_READY;
        r->ready_at = now;
        projects_changed(c, r->service->project);
    }
    if (r->state == RUN_READY) {
        struct fortune *f = runs_fortune(r->service, r->instance);

        if (f->backoff_ms > 0) {
            deadline = r->ready_at + STEADY_MS;
            if (now >= deadline)
                f->backoff_ms = 0;
        } else {
            deadline = MSEC_NEVER;
        }
        if (now >= deadline)
            deadline = MSEC_NEVER;
    }
    if (r->state == RUN_DRAINING) {
        deadline = r->drain_until;
        if (now >= deadline) {
            kill_task(c, r);
            deadline = MSEC_NEVER;
        }
    }
    return deadline;
}
