/* role_settings.c - a short list. */

#include "master/role_settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct role_settings {
    TAILQ_HEAD(, role_setting) all;
    TAILQ_HEAD(, pending_setting) pending;
};

struct role_settings *role_settings_new(void)
{
    struct role_settings *s = memory_new(1, sizeof *s);

    TAILQ_INIT(&s->all);
    TAILQ_INIT(&s->pending);
    return s;
}

void role_settings_await(struct role_settings *s,
                         const struct pending_setting *pending)
{
    struct pending_setting *p = memory_copy(pending, sizeof *pending);

    p->peer = memory_strdup(pending->peer);
    TAILQ_INSERT_TAIL(&s->pending, p, entry);
}

struct pending_setting *role_settings_take(struct role_settings *s)
{
    struct pending_setting *p = TAILQ_FIRST(&s->pending);

    assert(p != NULL);
    TAILQ_REMOVE(&s->pending, p, entry);
    return p;
}

void role_settings_drop(struct pending_setting *p)
{
    if (p->record != NULL)
        mezzo__record__role__free_unpacked(p->record, NULL);
    free(p->peer);
    free(p);
}

void role_settings_free(struct role_settings *s)
{
    struct role_setting *one;

    if (s == NULL)
        return;
    while ((one = TAILQ_FIRST(&s->all)) != NULL) {
        TAILQ_REMOVE(&s->all, one, entry);
        mezzo__record__role__free_unpacked(one->record, NULL);
        free(one->role);
        free(one);
    }
    while (!TAILQ_EMPTY(&s->pending))
        role_settings_drop(role_settings_take(s));
    free(s);
}

const struct role_setting *role_settings_find(const struct role_settings *s,
                                              const char *role)
{
    const struct role_setting *one;

    TAILQ_FOREACH (one, &s->all, entry)
        if (strcmp(one->role, role) == 0)
            return one;
    return NULL;
}

void role_settings_put(struct role_settings *s,
                       const char *role,
                       Mezzo__Record__Role *record)
{
    struct role_setting *one =
        (struct role_setting *)(uintptr_t)role_settings_find(s, role);

    if (one == NULL) {
        one = memory_new(1, sizeof *one);
        one->role = memory_strdup(role);
        TAILQ_INSERT_TAIL(&s->all, one, entry);
    } else {
        mezzo__record__role__free_unpacked(one->record, NULL);
    }
    one->record = record;
}

const struct role_setting *role_settings_first(const struct role_settings *s)
{
    return TAILQ_FIRST(&s->all);
}
