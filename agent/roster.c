/* roster.c - lists for the order, tables for finding.
 *
 * An agent that comes back with less than it had may find tasks holding what
 * it no longer has.  Then what is free cannot be kept by adding and taking
 * away, and is counted anew each time. */

#include "agent/roster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/table.h"

static const char *framework_key(const void *value)
{
    return ((const struct framework *)value)->id;
}

static const char *task_key(const void *value)
{
    return ((const struct task *)value)->key;
}

static const char *executor_key(const void *value)
{
    return ((const struct executor *)value)->key;
}

bool roster_is_fenced(const struct executor *e)
{
    const struct task *t;

    TAILQ_FOREACH (t, &e->tasks, of_executor)
        if (t->is_fenced && !task_has_ended(t->state))
            return true;
    return false;
}

struct roster *roster_new(const struct resources *total)
{
    struct roster *r = memory_new(1, sizeof *r);

    TAILQ_INIT(&r->frameworks);
    TAILQ_INIT(&r->tasks);
    TAILQ_INIT(&r->executors);
    TAILQ_INIT(&r->gangs);
    r->frameworks_by_id = table_new(framework_key);
    r->tasks_by_key = table_new(task_key);
    r->executors_by_key = table_new(executor_key);
    resources_copy(&r->total, total);
    resources_copy(&r->free, total);
    return r;
}

static void free_framework(struct roster *r, struct framework *f)
{
    TAILQ_REMOVE(&r->frameworks, f, entry);
    table_remove(r->frameworks_by_id, f);
    if (f->info != NULL)
        mesos__v1__framework_info__free_unpacked(f->info, NULL);
    free(f->id);
    free(f);
}

static void free_task(struct roster *r, struct task *t)
{
    roster_leave_gang(t);
    if (t->executor != NULL)
        TAILQ_REMOVE(&t->executor->tasks, t, of_executor);
    TAILQ_REMOVE(&r->tasks, t, entry);
    table_remove(r->tasks_by_key, t);
    t->framework->members_count--;
    resources_release(&t->resources);
    free(t->info);
    free(t->image_digest);
    free(t->address);
    free(t->key);
    free(t);
}

static void free_executor(struct roster *r, struct executor *e)
{
    struct executor_process *p;

    TAILQ_REMOVE(&r->executors, e, entry);
    table_remove(r->executors_by_key, e);
    e->framework->members_count--;
    resources_release(&e->resources);
    free(e->info);
    while ((p = TAILQ_FIRST(&e->processes)) != NULL) {
        TAILQ_REMOVE(&e->processes, p, entry);
        free(p);
    }
    free(e->peer);
    free(e->key);
    free(e);
}

void roster_free(struct roster *r)
{
    if (r == NULL)
        return;
    while (!TAILQ_EMPTY(&r->tasks))
        free_task(r, TAILQ_FIRST(&r->tasks));
    while (!TAILQ_EMPTY(&r->gangs))
        roster_remove_gang(r, TAILQ_FIRST(&r->gangs));
    while (!TAILQ_EMPTY(&r->executors))
        free_executor(r, TAILQ_FIRST(&r->executors));
    while (!TAILQ_EMPTY(&r->frameworks))
        free_framework(r, TAILQ_FIRST(&r->frameworks));
    table_free(r->frameworks_by_id);
    table_free(r->tasks_by_key);
    table_free(r->executors_by_key);
    resources_release(&r->total);
    resources_release(&r->free);
    free(r);
}

const char *roster_id_refuses(const char *id)
{
    if (!id_is_valid(id))
        return "is not 1 to 200 printable characters without blanks and '/'";
    if (strcmp(id, "executor") == 0)
        return "is a name that agents keep for themselves";
    return NULL;
}

struct framework *roster_find_framework(const struct roster *r, const char *id)
{
    return table_find(r->frameworks_by_id, id);
}

struct framework *roster_make_framework(struct roster *r, const char *id)
{
    struct framework *f = table_find(r->frameworks_by_id, id);

    if (f != NULL)
        return f;
    f = memory_new(1, sizeof *f);
    f->id = memory_strdup(id);
    table_add(r->frameworks_by_id, f);
    TAILQ_INSERT_TAIL(&r->frameworks, f, entry);
    return f;
}

void roster_set_framework_info(struct framework *f,
                               const Mesos__V1__FrameworkInfo *info)
{
    Mesos__V1__FrameworkInfo *copy = message_copy(info);

    if (f->info != NULL)
        mesos__v1__framework_info__free_unpacked(f->info, NULL);
    f->info = copy;
}

Mesos__V1__FrameworkInfo *roster_framework_info(const struct framework *f,
                                                struct arena *arena)
{
    ProtobufCBinaryData bytes;

    if (f->info == NULL)
        return NULL;
    bytes = message_pack_in(arena, &f->info->base);
    return message_unpack_in(arena, &mesos__v1__framework_info__descriptor,
                             bytes.data, bytes.len);
}

void roster_remove_framework(struct roster *r, struct framework *f)
{
    assert(f->members_count == 0 && f->stream == NULL);
    free_framework(r, f);
}

/* "framework", `between`, "id" as one string; `*id` is where its last part
 * begins. */
static char *key_new(const char *framework,
                     const char *between,
                     const char *id,
                     const char **part)
{
    size_t ahead = strlen(framework) + strlen(between);
    size_t size = ahead + strlen(id) + 1;
    char *key = memory_new(1, size);

    snprintf(key, size, "%s%s%s", framework, between, id);
    *part = key + ahead;
    return key;
}

struct task *roster_add_task(struct roster *r,
                             struct framework *f,
                             const char *id)
{
    struct task *t = memory_new(1, sizeof *t);

    t->framework = f;
    t->key = key_new(f->id, "/", id, &t->id);
    t->state = t->state_journaled = TASK_STAGING;
    t->run.name = t->key;
    t->kill = (struct deadline){.kind = DUE_KILL, .owner = t};
    t->walltime = (struct deadline){.kind = DUE_WALLTIME, .owner = t};
    t->warning = (struct deadline){.kind = DUE_WARNING, .owner = t};
    t->start = (struct deadline){.kind = DUE_START, .owner = t};
    t->health.next = (struct deadline){.kind = DUE_HEALTH, .owner = t};
    t->image.owner = t;
    t->recall = (struct deadline){.kind = DUE_RECALL, .owner = t};
    t->recorded = (struct scribe_wait){.kind = SCRIBE_TASK, .owner = t};
    resources_init(&t->resources);
    table_add(r->tasks_by_key, t);
    TAILQ_INSERT_TAIL(&r->tasks, t, entry);
    f->members_count++;
    return t;
}

struct task *roster_find_task_of_run(const struct roster *r, const char *run)
{
    return table_find(r->tasks_by_key, run);
}

struct task *roster_find_task(const struct roster *r,
                              const char *framework_id,
                              const char *id)
{
    const char *part;
    char *key = key_new(framework_id, "/", id, &part);
    struct task *t = table_find(r->tasks_by_key, key);

    free(key);
    return t;
}

size_t roster_tasks_count(const struct roster *r)
{
    return table_count(r->tasks_by_key);
}

void roster_set_task_info(struct task *t, const Mesos__V1__TaskInfo *info)
{
    free(t->info);
    t->info = message_pack(&info->base, &t->info_size);
    t->is_fenced = info->has_fenced && info->fenced;
}

Mesos__V1__TaskInfo *roster_task_info(const struct task *t, struct arena *arena)
{
    if (t->info == NULL)
        return NULL;
    return message_unpack_in(arena, &mesos__v1__task_info__descriptor, t->info,
                             t->info_size);
}

void roster_remove_task(struct roster *r, struct task *t)
{
    assert(t->kill.position == 0 && t->walltime.position == 0 &&
           t->warning.position == 0 && t->start.position == 0 &&
           t->recall.position == 0 && t->health.next.position == 0 &&
           t->image.fetch == NULL && t->recorded.ticket == 0);
    free_task(r, t);
}

struct gang *roster_find_gang(const struct roster *r,
                              const char *framework_id,
                              const char *id)
{
    struct gang *g;

    TAILQ_FOREACH (g, &r->gangs, entry)
        if (strcmp(g->id, id) == 0 &&
            strcmp(g->framework_id, framework_id) == 0)
            return g;
    return NULL;
}

struct gang *roster_make_gang(struct roster *r,
                              const char *framework_id,
                              const char *id)
{
    struct gang *g = roster_find_gang(r, framework_id, id);

    if (g != NULL)
        return g;
    g = memory_new(1, sizeof *g);
    g->framework_id = memory_strdup(framework_id);
    g->id = memory_strdup(id);
    TAILQ_INIT(&g->tasks);
    TAILQ_INSERT_TAIL(&r->gangs, g, entry);
    return g;
}

void roster_join_gang(struct gang *g, struct task *t)
{
    assert(t->gang == NULL);
    t->gang = g;
    TAILQ_INSERT_TAIL(&g->tasks, t, of_gang);
}

void roster_leave_gang(struct task *t)
{
    if (t->gang == NULL)
        return;
    TAILQ_REMOVE(&t->gang->tasks, t, of_gang);
    t->gang = NULL;
}

void roster_remove_gang(struct roster *r, struct gang *g)
{
    assert(TAILQ_EMPTY(&g->tasks));
    TAILQ_REMOVE(&r->gangs, g, entry);
    free(g->framework_id);
    free(g->id);
    free(g);
}

struct executor *roster_add_executor(struct roster *r,
                                     struct framework *f,
                                     const Mesos__V1__ExecutorInfo *info,
                                     const char *token)
{
    struct executor *e = memory_new(1, sizeof *e);

    e->framework = f;
    e->key = key_new(f->id, "/executor/", info->executor_id->value, &e->id);
    e->info = message_pack(&info->base, &e->info_size);
    snprintf(e->token, sizeof e->token, "%s", token);
    e->run.name = e->key;
    TAILQ_INIT(&e->tasks);
    TAILQ_INIT(&e->processes);
    e->recorded = (struct scribe_wait){.kind = SCRIBE_EXECUTOR, .owner = e};
    e->ended = (struct scribe_wait){.kind = SCRIBE_END, .owner = e};
    e->subscribe = (struct deadline){.kind = DUE_SUBSCRIBE, .owner = e};
    e->kill = (struct deadline){.kind = DUE_EXECUTOR, .owner = e};
    resources_init(&e->resources);
    table_add(r->executors_by_key, e);
    TAILQ_INSERT_TAIL(&r->executors, e, entry);
    f->members_count++;
    return e;
}

size_t roster_executors_count(const struct roster *r)
{
    return table_count(r->executors_by_key);
}

struct executor *roster_find_executor_of_run(const struct roster *r,
                                             const char *run)
{
    return table_find(r->executors_by_key, run);
}

struct executor *roster_find_executor(const struct roster *r,
                                      const char *framework_id,
                                      const char *id)
{
    const char *part;
    char *key = key_new(framework_id, "/executor/", id, &part);
    struct executor *e = table_find(r->executors_by_key, key);

    free(key);
    return e;
}

const char *roster_executor_key(const char *framework_id,
                                const Mesos__V1__ExecutorInfo *info,
                                struct arena *arena)
{
    static const char between[] = "/executor/";
    const char *id = info->executor_id->value;
    size_t size = strlen(framework_id) + strlen(id) + sizeof between;
    char *key = arena_alloc(arena, size);

    snprintf(key, size, "%s%s%s", framework_id, between, id);
    return key;
}

Mesos__V1__ExecutorInfo *roster_executor_info(const struct executor *e,
                                              struct arena *arena)
{
    return message_unpack_in(arena, &mesos__v1__executor_info__descriptor,
                             e->info, e->info_size);
}

void roster_remove_executor(struct roster *r, struct executor *e)
{
    assert(TAILQ_EMPTY(&e->tasks) && e->subscribe.position == 0 &&
           e->kill.position == 0 && e->recorded.ticket == 0 &&
           e->ended.ticket == 0);
    free_executor(r, e);
}

int roster_read_resources(struct resources *r,
                          Mesos__V1__Resource *const *wire,
                          size_t count,
                          struct error *err)
{
    struct resources read = {0};
    int result = resources_from_wire(&read, wire, count, err);

    if (result < 0)
        return result;
    resources_init(r);
    for (size_t i = 0; i < read.count; i++) {
        struct resource *item = &read.items[i];
        struct resources one = {item, 1};

        if (item->is_dynamic) {
            free(item->reserved_role);
            item->reserved_role = NULL;
            item->is_dynamic = false;
        }
        resources_add(r, &one);
    }
    resources_release(&read);
    return 0;
}

static void take(struct roster *r, const struct resources *resources)
{
    if (!resources_contain(&r->free, resources))
        r->is_overdrawn = true;
    resources_subtract_what_is_there(&r->free, resources);
}

static void count_anew(struct roster *r)
{
    const struct task *t;
    const struct executor *e;

    resources_release(&r->free);
    resources_copy(&r->free, &r->total);
    r->is_overdrawn = false;
    TAILQ_FOREACH (e, &r->executors, entry)
        if (e->is_holding)
            take(r, &e->resources);
    TAILQ_FOREACH (t, &r->tasks, entry)
        if (t->is_holding)
            take(r, &t->resources);
}

void roster_hold(struct roster *r, const struct resources *resources)
{
    take(r, resources);
}

void roster_let_go(struct roster *r, const struct resources *resources)
{
    if (r->is_overdrawn)
        count_anew(r);
    else
        resources_add(&r->free, resources);
}
