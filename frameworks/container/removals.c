/* removals.c - a host at a time is nothing special: all are asked at once. */

#include "frameworks/container/removals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/records.h"

enum {
    AGAIN_MS = 2000, /* after one that has failed */
    CPU_MILLI = 10,
    MEMORY_MB = 8,
    NAME_SIZE = 300,
};

#define PREFIX "volumes."

struct removal {
    TAILQ_ENTRY(removal) entry;
    char *host;
    char task_id[STATE_ID_SIZE];
    bool is_asked, is_launched;
    msec_t not_before;
};

static struct removal *find_host(const struct container_project *p,
                                 const char *host)
{
    struct removal *r;

    TAILQ_FOREACH (r, &p->removals, entry)
        if (strcmp(r->host, host) == 0)
            return r;
    return NULL;
}

static void name_task(struct container *c,
                      const struct container_project *p,
                      struct removal *r)
{
    snprintf(r->task_id, sizeof r->task_id, PREFIX "%s.%" PRIu64 "-%" PRIu64,
             p->key, c->epoch, ++c->runs_made);
}

static void add(struct container *c,
                struct container_project *p,
                const char *host)
{
    struct removal *r = memory_new(1, sizeof *r);

    r->host = memory_strdup(host);
    name_task(c, p, r);
    TAILQ_INSERT_TAIL(&p->removals, r, entry);
}

static void free_one(struct container_project *p, struct removal *r)
{
    TAILQ_REMOVE(&p->removals, r, entry);
    free(r->host);
    free(r);
}

void removals_free(struct container *c, struct container_project *p)
{
    struct removal *r;

    while ((r = TAILQ_FIRST(&p->removals)) != NULL) {
        if (r->is_asked && c->scheduler != NULL)
            mezzo_scheduler_withdraw(c->scheduler, r->task_id);
        free_one(p, r);
    }
}

static void ask(struct container *c, struct removal *r)
{
    const struct mezzo_constraint there = {
        .attribute = "hostname", .op = MEZZO_EQUALS, .value = r->host};
    const struct mezzo_slot slot = {
        .each = {.cpu_milli = CPU_MILLI, .memory_mb = MEMORY_MB},
        .count = 1,
        .constraints = &there,
        .constraints_count = 1};
    const struct mezzo_ask wanted = {
        .id = r->task_id, .slots = &slot, .slots_count = 1};

    if (c->is_subscribed && !r->is_asked && !r->is_launched)
        r->is_asked = mezzo_scheduler_ask(c->scheduler, &wanted) == 0;
}

bool removals_step(struct container *c, struct container_project *p, msec_t now)
{
    struct removal *r;
    const char *name;
    json_t *host;

    json_object_foreach(p->volumes, name, host)
    {
        if (find_host(p, json_string_value(host)) == NULL)
            add(c, p, json_string_value(host));
    }
    TAILQ_FOREACH (r, &p->removals, entry) {
        if (now >= r->not_before)
            ask(c, r);
        else if (r->not_before < p->deadline)
            p->deadline = r->not_before;
    }
    return TAILQ_EMPTY(&p->removals);
}

static struct removal *find(const struct container *c,
                            const char *task_id,
                            struct container_project **project)
{
    struct container_project *p;
    struct removal *r;

    TAILQ_FOREACH (p, &c->projects, entry)
        TAILQ_FOREACH (r, &p->removals, entry)
            if (strcmp(r->task_id, task_id) == 0) {
                *project = p;
                return r;
            }
    return NULL;
}

static void launch(struct container *c,
                   const struct container_project *p,
                   struct removal *r,
                   const struct mezzo_offer *offer)
{
    static const char *const argv[] = {"true", NULL};
    size_t count = json_object_size(p->volumes), n = 0;
    char(*texts)[NAME_SIZE] = memory_new(count + 1, sizeof *texts);
    const char **names = memory_new(count + 1, sizeof *names), *name;
    const struct mezzo_task task = {
        .id = r->task_id,
        .name = "volumes",
        .resources = {.cpu_milli = CPU_MILLI, .memory_mb = MEMORY_MB},
        .command = {.argv = argv, .user = p->user},
        .removed_volumes = names};
    json_t *host;

    json_object_foreach(p->volumes, name, host)
    {
        if (strcmp(json_string_value(host), r->host) != 0)
            continue;
        snprintf(texts[n], NAME_SIZE, "%s.%s", p->key, name);
        names[n] = texts[n];
        n++;
    }
    r->is_asked = false;
    if (mezzo_scheduler_accept(c->scheduler, offer->id, &task, 1) == 0)
        r->is_launched = true;
    else
        mezzo_scheduler_decline(c->scheduler, offer->id, AGAIN_MS);
    free(names);
    free(texts);
}

bool removals_offer(struct container *c, const struct mezzo_offer *offer)
{
    struct container_project *p;
    struct removal *r =
        offer->ask_id != NULL ? find(c, offer->ask_id, &p) : NULL;

    if (r == NULL || r->is_launched)
        return false;
    launch(c, p, r, offer);
    return true;
}

static void forget(struct container *c,
                   struct container_project *p,
                   struct removal *r)
{
    const char *name;
    json_t *host;
    void *next;

    json_object_foreach_safe(p->volumes, next, name, host)
    {
        if (strcmp(json_string_value(host), r->host) == 0)
            json_object_del(p->volumes, name);
    }
    free_one(p, r);
    records_set_project(c, p, NULL);
}

bool removals_status(struct container *c, const struct mezzo_status *status)
{
    struct container_project *p;
    struct removal *r = find(c, status->task_id, &p);
    char text[400];

    if (r == NULL)
        return false;
    if (status->state == MEZZO_TASK_FINISHED) {
        forget(c, p, r);
    } else if (mezzo_task_has_ended(status->state) ||
               status->state == MEZZO_TASK_UNKNOWN) {
        if (!r->is_launched)
            return true;
        r->is_launched = false;
        r->not_before = mezzo_scheduler_now_ms(c->scheduler) + AGAIN_MS;
        name_task(c, p, r);
        snprintf(text, sizeof text, "volumes on %.100s are still there: %.200s",
                 r->host,
                 status->message != NULL
                     ? status->message
                     : mezzo_task_state_name(status->state));
        if (c->hooks->log != NULL)
            c->hooks->log(c->hooks_arg, MEZZO_LOG_NOTICE, text);
    }
    projects_changed(c, p);
    return true;
}
