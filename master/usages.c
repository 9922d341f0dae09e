/* usages.c - one record for all roles, as it is written seldom. */

#include "master/usages.h"

#include "base/message.h"
#include "master/alloc/usage.h"
#include "master/records.h"

enum {
    STORE_EVERY_MS = 5 * 60 * 1000,
};

void usages_resume(struct turn *t)
{
    msec_t half_life = t->m->options.usage_half_life_ms;

    if (half_life == 0)
        return;
    alloc_set_half_life(t->m->alloc, half_life, t->now);
    t->m->usage.kind = DEADLINE_USAGE;
    deadlines_set(t->m->deadlines, &t->m->usage, t->now + STORE_EVERY_MS);
}

void usages_due(struct turn *t)
{
    Mezzo__Record__Usage record = MEZZO__RECORD__USAGE__INIT;
    const struct alloc_usage *list;
    size_t count = alloc_usage_list(t->m->alloc, t->arena, &list);

    record.wall_ms = t->input->wall;
    record.roles = arena_alloc(t->arena, (count + 1) * sizeof *record.roles);
    for (; record.n_roles < count; record.n_roles++) {
        Mezzo__Record__Usage__Role *role =
            message_new(t->arena, &mezzo__record__usage__role__descriptor);

        role->role = arena_strdup(t->arena, list[record.n_roles].role);
        role->amount = list[record.n_roles].amount;
        role->own = list[record.n_roles].own;
        record.roles[record.n_roles] = role;
    }
    if (count > 0 || t->m->has_stored_usage)
        records_put_usage(t, &record);
    t->m->has_stored_usage = count > 0;
    deadlines_set(t->m->deadlines, &t->m->usage, t->now + STORE_EVERY_MS);
}
