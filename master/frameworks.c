/* frameworks.c - a list, found by id and by link, and the ids of the past. */

#include "master/frameworks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct ended {
    TAILQ_ENTRY(ended) entry;
    char id[];
};

struct frameworks {
    TAILQ_HEAD(, framework) all;
    TAILQ_HEAD(, ended) ended;
    struct table *by_id;
    struct table *by_peer;
    struct table *ended_by_id;
    struct ended *forgotten; /* the last, still shown */
    struct retired *retired;
};

static const char *id_of(const void *value)
{
    return ((const struct framework *)value)->id;
}

static const char *peer_of(const void *value)
{
    return ((const struct framework *)value)->peer;
}

static const char *ended_id_of(const void *value)
{
    return ((const struct ended *)value)->id;
}

struct frameworks *frameworks_new(struct retired *retired)
{
    struct frameworks *f = memory_new(1, sizeof *f);

    f->retired = retired;
    TAILQ_INIT(&f->all);
    TAILQ_INIT(&f->ended);
    f->by_id = table_new(id_of);
    f->by_peer = table_new(peer_of);
    f->ended_by_id = table_new(ended_id_of);
    return f;
}

struct framework *frameworks_add(struct frameworks *f,
                                 const char *id,
                                 const char *principal,
                                 Mesos__V1__FrameworkInfo *info,
                                 enum framework_state state)
{
    struct framework *framework = memory_new(1, sizeof *framework);

    framework->id = memory_strdup(id);
    framework->principal = memory_strdup(principal);
    framework->info = info;
    framework->state = state;
    framework->deadline.owner = framework;
    TAILQ_INIT(&framework->tasks);
    TAILQ_INIT(&framework->offers);
    outbox_open(&framework->mailbox, MAILBOX_FRAMEWORK, framework->id);
    table_add(f->by_id, framework);
    TAILQ_INSERT_TAIL(&f->all, framework, entry);
    return framework;
}

static size_t locate_ask(const struct framework *framework, const char *id)
{
    size_t at = 0;

    while (at < framework->asks_count &&
           strcmp(framework->asks[at]->id, id) != 0)
        at++;
    return at;
}

Mesos__V1__Ask *frameworks_find_ask(const struct framework *framework,
                                    const char *id)
{
    size_t at = locate_ask(framework, id);

    return at == framework->asks_count ? NULL : framework->asks[at];
}

void frameworks_put_ask(struct framework *framework, Mesos__V1__Ask *ask)
{
    size_t at = locate_ask(framework, ask->id);

    if (at < framework->asks_count) {
        mesos__v1__ask__free_unpacked(framework->asks[at], NULL);
    } else {
        framework->asks =
            memory_resize(framework->asks, at + 1, sizeof(Mesos__V1__Ask *));
        framework->asks_told = memory_resize(framework->asks_told, at + 1,
                                             sizeof *framework->asks_told);
        framework->asks_count++;
    }
    framework->asks[at] = ask;
    framework->asks_told[at] = (struct ask_told){.is_new = true};
    framework->has_new_asks = true;
}

void frameworks_remove_ask(struct framework *framework, const char *id)
{
    size_t at = locate_ask(framework, id);

    if (at == framework->asks_count)
        return;
    mesos__v1__ask__free_unpacked(framework->asks[at], NULL);
    framework->asks_count--;
    memmove(&framework->asks[at], &framework->asks[at + 1],
            (framework->asks_count - at) * sizeof(Mesos__V1__Ask *));
    memmove(&framework->asks_told[at], &framework->asks_told[at + 1],
            (framework->asks_count - at) * sizeof *framework->asks_told);
}

static void framework_free(struct frameworks *f, struct framework *framework)
{
    frameworks_set_suppressed(framework, NULL, 0);
    while (framework->asks_count > 0)
        frameworks_remove_ask(framework, framework->asks[0]->id);
    free(framework->asks);
    free(framework->asks_told);
    retired_add(f->retired, &framework->info->base);
    table_free(framework->tasks_by_id);
    free(framework->peer);
    free(framework->principal);
    free(framework->id);
    free(framework);
}

void frameworks_remove(struct frameworks *f, struct framework *framework)
{
    assert(TAILQ_EMPTY(&framework->tasks) && TAILQ_EMPTY(&framework->offers));
    assert(framework->deadline.position == 0);
    frameworks_set_peer(f, framework, NULL);
    table_remove(f->by_id, framework);
    TAILQ_REMOVE(&f->all, framework, entry);
    framework_free(f, framework);
}

void frameworks_free(struct frameworks *f)
{
    struct framework *framework;
    struct ended *e;

    if (f == NULL)
        return;
    while ((framework = TAILQ_FIRST(&f->all)) != NULL) {
        TAILQ_REMOVE(&f->all, framework, entry);
        framework_free(f, framework);
    }
    while ((e = TAILQ_FIRST(&f->ended)) != NULL) {
        TAILQ_REMOVE(&f->ended, e, entry);
        free(e);
    }
    free(f->forgotten);
    table_free(f->by_id);
    table_free(f->by_peer);
    table_free(f->ended_by_id);
    free(f);
}

struct framework *frameworks_find(const struct frameworks *f, const char *id)
{
    return table_find(f->by_id, id);
}

struct framework *frameworks_find_peer(const struct frameworks *f,
                                       const char *peer)
{
    return table_find(f->by_peer, peer);
}

void frameworks_set_peer(struct frameworks *f,
                         struct framework *framework,
                         const char *peer)
{
    if (framework->peer != NULL)
        table_remove(f->by_peer, framework);
    free(framework->peer);
    framework->peer = peer == NULL ? NULL : memory_strdup(peer);
    framework->mailbox.peer = framework->peer;
    if (peer != NULL)
        table_add(f->by_peer, framework);
}

void frameworks_set_info(struct frameworks *f,
                         struct framework *framework,
                         Mesos__V1__FrameworkInfo *info)
{
    retired_add(f->retired, &framework->info->base);
    framework->info = info;
}

void frameworks_set_suppressed(struct framework *framework,
                               char *const *roles,
                               size_t count)
{
    char **copy = count == 0 ? NULL : memory_new(count, sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = memory_strdup(roles[i]);
    for (size_t i = 0; i < framework->suppressed_count; i++)
        free(framework->suppressed[i]);
    free(framework->suppressed);
    framework->suppressed = copy;
    framework->suppressed_count = count;
}

const char *const *frameworks_roles(const struct framework *framework,
                                    struct arena *arena,
                                    size_t *count)
{
    const Mesos__V1__FrameworkInfo *info = framework->info;
    const char **one;

    *count = info->n_roles;
    if (info->n_roles > 0)
        return (const char *const *)info->roles;
    *count = 1;
    one = arena_alloc(arena, sizeof *one);
    one[0] = info->role != NULL ? info->role : "*";
    return one;
}

bool frameworks_has_capability(
    const struct framework *framework,
    Mesos__V1__FrameworkInfo__Capability__Type capability)
{
    const Mesos__V1__FrameworkInfo *info = framework->info;

    for (size_t i = 0; i < info->n_capabilities; i++)
        if (info->capabilities[i]->has_type &&
            info->capabilities[i]->type == capability)
            return true;
    return false;
}

struct framework *frameworks_first(const struct frameworks *f)
{
    return TAILQ_FIRST(&f->all);
}

size_t frameworks_count(const struct frameworks *f)
{
    return table_count(f->by_id);
}

bool frameworks_has_ended(const struct frameworks *f, const char *id)
{
    return table_find(f->ended_by_id, id) != NULL;
}

const char *frameworks_note_ended(struct frameworks *f,
                                  const char *id,
                                  size_t ended_max)
{
    struct ended *e;

    if (frameworks_has_ended(f, id))
        return NULL;
    e = memory_new(1, sizeof *e + strlen(id) + 1);
    memcpy(e->id, id, strlen(id) + 1);
    table_add(f->ended_by_id, e);
    TAILQ_INSERT_TAIL(&f->ended, e, entry);
    if (table_count(f->ended_by_id) <= ended_max)
        return NULL;
    free(f->forgotten);
    f->forgotten = TAILQ_FIRST(&f->ended);
    TAILQ_REMOVE(&f->ended, f->forgotten, entry);
    table_remove(f->ended_by_id, f->forgotten);
    return f->forgotten->id;
}
