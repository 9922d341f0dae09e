/* reconcile.c - the whole policy.
 *
 * An instance that has no run gets one of what is wanted now.  One that has a
 * run of an older version is rolled: one instance of a service at a time, and
 * only while all that were rolled are ready.  Where nothing forbids it the new
 * run comes first, and the old one leaves when it is ready; else the old one
 * leaves first.  A version that does not become ready goes back to the one
 * before. */

#include "frameworks/container/reconcile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frameworks/container/projects.h"
#include "frameworks/container/records.h"
#include "frameworks/container/runs.h"

enum {
    FAILURES_MAX = 3,        /* of a version that never was ready */
    DEADLINE_MS = 30 * 1000, /* to be ready, beside its health check's times */
};

/* The runs of one instance. */
struct view {
    struct run *current; /* alive, and of what is wanted */
    struct run *old;     /* alive, of something older */
    struct run *over;    /* has ended for good */
    bool is_leaving;     /* one is on its way out */
    bool is_blocked;     /* ... that holds what the next one needs */
};

static bool is_better(const struct run *a, const struct run *b)
{
    return b == NULL || (a->state == RUN_READY && b->state != RUN_READY);
}

/* One that cannot be reached may still run; that matters where its data is. */
static bool may_run_beside(const struct run *leaving)
{
    const struct project_service *spec = leaving->service->spec;

    if (spec == NULL || project_starts_first(spec))
        return true;
    return leaving->is_unknown ||
           (leaving->is_unreachable && !project_is_pinned(spec));
}

static struct view view_of(struct service *s, unsigned instance)
{
    struct view v = {.current = NULL};
    struct run *r;

    TAILQ_FOREACH (r, &s->runs, entry) {
        struct run **slot = runs_is_current(r) ? &v.current : &v.old;

        if (r->instance != instance)
            continue;
        if (runs_is_over(r)) {
            v.over = r;
        } else if (runs_is_leaving(r)) {
            v.is_leaving |= !r->is_unreachable;
            v.is_blocked |= !may_run_beside(r);
        } else if (runs_is_alive(r) && is_better(r, *slot)) {
            *slot = r;
        }
    }
    return v;
}

static unsigned wanted_count(const struct service *s)
{
    return s->spec == NULL || s->project->is_leaving ? 0 : s->spec->replicas;
}

static unsigned highest_instance(const struct service *s)
{
    unsigned highest = wanted_count(s);
    const struct run *r;

    TAILQ_FOREACH (r, &s->runs, entry)
        if (r->instance > highest)
            highest = r->instance;
    return highest;
}

static void wake_at(struct service *s, msec_t when)
{
    if (when < s->project->deadline)
        s->project->deadline = when;
}

/* ---------------------------------------------------------- dependencies */

static bool is_met(struct service *s, enum project_condition condition)
{
    for (unsigned i = 1; i <= wanted_count(s); i++) {
        struct view v = view_of(s, i);
        struct run *r = v.current != NULL ? v.current : v.old;

        switch (condition) {
        case PROJECT_STARTED:
            if (v.over == NULL && (r == NULL || (r->state != RUN_RUNNING &&
                                                 r->state != RUN_READY)))
                return false;
            break;
        case PROJECT_HEALTHY:
            if (r == NULL || r->state != RUN_READY)
                return false;
            break;
        case PROJECT_COMPLETED:
            if (v.over == NULL || v.over->state != RUN_COMPLETED)
                return false;
            break;
        }
    }
    return true;
}

static const struct project_dependency *unmet(const struct service *s)
{
    for (size_t i = 0; i < s->spec->dependencies_count; i++) {
        const struct project_dependency *d = &s->spec->dependencies[i];
        struct service *other = projects_find_service(s->project, d->service);

        if (other != NULL && !is_met(other, d->condition))
            return d;
    }
    return NULL;
}

/* Whatever needs it has gone. */
static bool may_go(const struct service *s)
{
    const struct service *other;

    TAILQ_FOREACH (other, &s->project->services, entry) {
        if (other->spec == NULL || TAILQ_EMPTY(&other->runs))
            continue;
        for (size_t i = 0; i < other->spec->dependencies_count; i++)
            if (strcmp(other->spec->dependencies[i].service, s->name) == 0)
                return false;
    }
    return true;
}

/* ------------------------------------------------------------- instances */

static void start(struct container *c,
                  struct service *s,
                  unsigned instance,
                  msec_t now)
{
    const struct fortune *f = runs_fortune(s, instance);

    if (now < f->not_before) {
        wake_at(s, f->not_before);
        return;
    }
    if (unmet(s) == NULL)
        runs_add(c, s, instance);
}

/* Beside the one that is kept. */
static void retire_others(struct container *c,
                          struct service *s,
                          unsigned instance,
                          const struct run *kept,
                          bool drains)
{
    struct run *r, *next;

    for (r = TAILQ_FIRST(&s->runs); r != NULL; r = next) {
        next = TAILQ_NEXT(r, entry);
        /* Of one that cannot be reached, and is replaced, too. */
        if (r->instance == instance && r != kept && !runs_is_leaving(r))
            runs_retire(c, r, drains);
    }
}

/* All that were rolled are ready, and none is being rolled. */
static bool may_roll(struct service *s)
{
    for (unsigned i = 1; i <= wanted_count(s); i++) {
        struct view v = view_of(s, i);

        if (v.is_leaving ||
            (v.current != NULL && v.current->state != RUN_READY) ||
            (v.current == NULL && v.old == NULL && v.over == NULL))
            return false;
    }
    return true;
}

static void roll(struct container *c,
                 struct service *s,
                 unsigned instance,
                 struct run *old)
{
    if (old->state != RUN_READY) {
        runs_retire(c, old, false); /* it serves nobody */
        return;
    }
    if (!may_roll(s) || unmet(s) != NULL)
        return;
    if (project_starts_first(s->spec))
        runs_add(c, s, instance);
    else
        runs_retire(c, old, true);
}

static void settle(struct container *c,
                   struct service *s,
                   unsigned instance,
                   msec_t now)
{
    struct view v = view_of(s, instance);

    if (v.current != NULL) {
        /* An old one may have come back while the new one waits for its place.
         */
        if (v.current->state == RUN_READY ||
            (v.old != NULL && !project_starts_first(s->spec)))
            retire_others(c, s, instance, v.current, true);
        return;
    }
    if (v.over != NULL && runs_is_current(v.over) && v.old == NULL)
        return;
    if (v.old != NULL) {
        roll(c, s, instance, v.old);
        return;
    }
    if (v.over != NULL)
        runs_remove(c, v.over);
    if (!v.is_blocked)
        start(c, s, instance, now);
}

/* -------------------------------------------------------------- versions */

static bool is_all_ready(struct service *s)
{
    for (unsigned i = 1; i <= wanted_count(s); i++) {
        struct view v = view_of(s, i);

        if ((v.current == NULL || v.current->state != RUN_READY) &&
            (v.over == NULL || !runs_is_current(v.over) ||
             v.over->state != RUN_COMPLETED))
            return false;
    }
    return true;
}

static msec_t ready_deadline(const struct run *r)
{
    const struct project_health *h = &r->service->spec->health;
    msec_t allowed = DEADLINE_MS;

    if (r->service->spec->has_health)
        allowed +=
            h->start_period_ms + h->retries * (h->interval_ms + h->timeout_ms);
    return r->running_at + allowed;
}

/* A new version is proven when all of it is ready, and given up when it fails
 * again and again, or stays unready too long. */
static void judge(struct container *c, struct service *s, msec_t now)
{
    struct run *r;

    if (s->spec == NULL || s->is_proven || wanted_count(s) == 0)
        return;
    if (is_all_ready(s)) {
        s->is_proven = true;
        s->failures_count = 0;
        records_set_project(c, s->project, NULL);
        projects_changed(c, s->project);
        return;
    }
    if (s->previous == NULL)
        return;
    if (s->failures_count >= FAILURES_MAX) {
        projects_go_back(s, "has failed again and again");
    } else {
        TAILQ_FOREACH (r, &s->runs, entry) {
            if (r->state != RUN_RUNNING || !runs_is_current(r))
                continue;
            if (now >= ready_deadline(r))
                break;
            wake_at(s, ready_deadline(r));
        }
        if (r == NULL)
            return;
        projects_go_back(s, "did not become healthy in time");
    }
    records_set_project(c, s->project, NULL);
    projects_changed(c, s->project);
}

static void look(struct container *c, struct service *s, msec_t now)
{
    for (struct run *r = TAILQ_FIRST(&s->runs), *next; r != NULL; r = next) {
        next = TAILQ_NEXT(r, entry);
        wake_at(s, runs_pass_time(c, r, now));
    }
    judge(c, s, now);
    for (unsigned i = 1, last = highest_instance(s); i <= last; i++) {
        if (i <= wanted_count(s))
            settle(c, s, i, now);
        else if (may_go(s))
            retire_others(c, s, i, NULL, !s->project->is_leaving);
    }
}

bool reconcile(struct container *c, struct container_project *p, msec_t now)
{
    struct service *s, *next;
    bool is_empty = true;

    p->is_dirty = false;
    p->deadline = MSEC_NEVER;
    for (s = TAILQ_FIRST(&p->services); s != NULL; s = next) {
        next = TAILQ_NEXT(s, entry);
        look(c, s, now);
        is_empty &= TAILQ_EMPTY(&s->runs);
        if (s->spec == NULL && TAILQ_EMPTY(&s->runs) && !p->is_leaving) {
            projects_remove_service(s);
            records_set_project(c, p, NULL);
        }
    }
    return p->is_leaving && is_empty;
}

const char *reconcile_why_waiting(struct service *s,
                                  unsigned instance,
                                  msec_t now)
{
    static const char *const phrases[] = {
        [PROJECT_STARTED] = "waits until a service that it needs has started",
        [PROJECT_HEALTHY] = "waits until a service that it needs is healthy",
        [PROJECT_COMPLETED] = "waits until a service that it needs has ended",
    };
    const struct project_dependency *d;

    if (s->spec == NULL || instance > wanted_count(s))
        return "is not wanted";
    d = unmet(s);
    if (d != NULL)
        return phrases[d->condition];
    if (now < runs_fortune(s, instance)->not_before)
        return "waits before it is started again";
    return "waits";
}
