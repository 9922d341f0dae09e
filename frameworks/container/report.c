/* report.c - states as words, and what they add up to. */

#include "frameworks/container/report.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/reconcile.h"
#include "frameworks/container/runs.h"

static const char *const state_names[] = {
    [RUN_WANTED] = "waiting",    [RUN_UNCERTAIN] = "uncertain",
    [RUN_LAUNCHED] = "starting", [RUN_RUNNING] = "running",
    [RUN_READY] = "ready",       [RUN_DRAINING] = "draining",
    [RUN_STOPPING] = "stopping", [RUN_COMPLETED] = "completed",
    [RUN_FAILED] = "failed",
};

static void set(json_t *json, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(json, key, json_string(text));
}

static const char *state_of(const struct run *r)
{
    if (r->is_unreachable)
        return "unreachable";
    if (r->state == RUN_READY && r->has_health)
        return "healthy";
    if (r->state == RUN_READY)
        return "running";
    return r->state == RUN_RUNNING ? "started" : state_names[r->state];
}

static json_t *instance_of(struct run *r)
{
    const struct fortune *f = runs_fortune(r->service, r->instance);
    char name[200];
    json_t *json;

    snprintf(name, sizeof name, "%s-%s-%u", r->service->project->spec->name,
             r->service->name, r->instance);
    json = json_pack("{s:s, s:i, s:s, s:s, s:b, s:i}", "name", name, "instance",
                     (int)r->instance, "task", r->id, "state", state_of(r),
                     "is_current", (int)runs_is_current(r), "restarts",
                     (int)f->restarts_count);
    set(json, "agent", r->hostname);
    set(json, "address", r->address);
    set(json, "message", r->message);
    return json;
}

/* One that has no run, and why. */
static json_t *missing(struct service *s, unsigned instance, msec_t now)
{
    const struct fortune *f = runs_fortune(s, instance);
    char name[200], message[400];
    json_t *json;

    snprintf(name, sizeof name, "%s-%s-%u", s->project->spec->name, s->name,
             instance);
    json = json_pack("{s:s, s:i, s:s, s:b, s:i}", "name", name, "instance",
                     (int)instance, "state", "waiting", "is_current", 1,
                     "restarts", (int)f->restarts_count);
    snprintf(message, sizeof message, "%s%s%s",
             reconcile_why_waiting(s, instance, now),
             f->last_end[0] != '\0' ? "; the last one: " : "", f->last_end);
    set(json, "message", message);
    return json;
}

struct sums {
    unsigned wanted, ready, over, failed, others;
};

static struct sums sum_up(const struct service *s)
{
    struct sums sums = {.wanted = s->spec != NULL && !s->project->is_leaving
                                      ? s->spec->replicas
                                      : 0};
    const struct run *r;

    TAILQ_FOREACH (r, &s->runs, entry) {
        if (r->instance > sums.wanted || !runs_is_current(r))
            sums.others++;
        else if (r->state == RUN_READY && !r->is_unreachable)
            sums.ready++;
        else if (r->state == RUN_COMPLETED)
            sums.over++;
        else if (r->state == RUN_FAILED)
            sums.failed++;
    }
    return sums;
}

static json_t *service_of(const struct container *c, struct service *s)
{
    msec_t now = mezzo_scheduler_now_ms(c->scheduler);
    json_t *instances = json_array(), *json;
    struct sums sums = sum_up(s);
    struct run *r;

    for (unsigned i = 1; i <= sums.wanted; i++) {
        bool is_there = false;

        TAILQ_FOREACH (r, &s->runs, entry)
            if (r->instance == i) {
                json_array_append_new(instances, instance_of(r));
                is_there = true;
            }
        if (!is_there)
            json_array_append_new(instances, missing(s, i, now));
    }
    TAILQ_FOREACH (r, &s->runs, entry)
        if (r->instance > sums.wanted)
            json_array_append_new(instances, instance_of(r));
    json = json_pack("{s:s, s:i, s:i, s:i, s:b, s:b, s:o}", "name", s->name,
                     "version", (int)s->version, "wanted", (int)sums.wanted,
                     "ready", (int)(sums.ready + sums.over), "is_settled",
                     sums.ready + sums.over + sums.failed == sums.wanted &&
                         sums.others == 0,
                     "has_failed", sums.failed > 0, "instances", instances);
    set(json, "message", s->message);
    return json;
}

json_t *report_of(const struct container *c, const struct container_project *p)
{
    json_t *services = json_array();
    struct service *s;

    TAILQ_FOREACH (s, &p->services, entry)
        json_array_append_new(services, service_of(c, s));
    return json_pack("{s:s, s:s, s:I, s:b, s:b, s:o}", "name", p->spec->name,
                     "user", p->user, "generation", (json_int_t)p->generation,
                     "is_gone", p->generation == 0, "is_leaving",
                     (int)p->is_leaving, "services", services);
}

json_t *report_in_short(const struct container_project *p)
{
    unsigned wanted = 0, ready = 0, services = 0;
    const struct service *s;

    TAILQ_FOREACH (s, &p->services, entry) {
        struct sums sums = sum_up(s);

        wanted += sums.wanted;
        ready += sums.ready + sums.over;
        services++;
    }
    return json_pack("{s:s, s:s, s:i, s:i, s:i, s:b}", "name", p->spec->name,
                     "user", p->user, "services", (int)services, "wanted",
                     (int)wanted, "ready", (int)ready, "is_leaving",
                     (int)p->is_leaving);
}

json_t *report_of_ticket(const struct mezzo_ticket *ticket)
{
    size_t size = 2 * ticket->size + 1;
    char *text;
    json_t *json;

    if (ticket->failure != NULL)
        return json_pack("{s:s}", "error", ticket->failure);
    text = memory_new(size, 1);
    sodium_bin2hex(text, size, ticket->bytes, ticket->size);
    json = json_pack("{s:s, s:i, s:s, s:s}", "task", ticket->task_id, "verb",
                     (int)ticket->verb, "endpoint", ticket->endpoint, "bytes",
                     text);
    set(json, "agent_key", ticket->agent_key);
    free(text);
    return json;
}
