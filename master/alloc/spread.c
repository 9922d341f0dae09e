/* spread.c - counts by value; the hash is of addresses, but nobody ever goes
 * through the table in its order to decide anything. */

#include "master/alloc/spread.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

void spread_init(struct spread *s,
                 struct attributes *attributes,
                 const struct alloc_constraint *c)
{
    *s = (struct spread){
        .relation = c->relation,
        .attribute = attributes_use(attributes, c->attribute),
        .most = 1,
    };
    if (c->relation == ALLOC_MAX_PER)
        s->most = (uint32_t)strtoul(c->value, NULL, 10);
}

void spread_release(struct spread *s, struct attributes *attributes)
{
    for (uint32_t i = 0; i < s->size; i++) {
        if (s->counts[i].value != NULL)
            attributes_release_value(attributes, s->counts[i].value);
    }
    free(s->counts);
    attributes_release(attributes, s->attribute);
}

/* Its place, or a free one; the table is never full. */
static struct spread_count *place_of(const struct spread *s,
                                     const struct value *value)
{
    uint64_t hash = ((uintptr_t)value >> 4) * 0x9e3779b97f4a7c15u;
    uint32_t i = (uint32_t)(hash >> 32) & (s->size - 1);

    while (s->counts[i].value != NULL && s->counts[i].value != value)
        i = (i + 1) & (s->size - 1);
    return &s->counts[i];
}

static uint32_t count_of(const struct spread *s, const struct value *value)
{
    return s->size == 0 ? 0 : place_of(s, value)->count;
}

static void grow(struct spread *s)
{
    struct spread_count *old = s->counts;
    uint32_t size = s->size;

    s->size = size == 0 ? 8 : size * 2;
    s->counts = memory_new(s->size, sizeof *s->counts);
    for (uint32_t i = 0; i < size; i++) {
        if (old[i].value != NULL)
            *place_of(s, old[i].value) = old[i];
    }
    free(old);
}

void spread_add(struct spread *s, const struct agent *agent, uint32_t count)
{
    struct value *value = attributes_of(agent, s->attribute);
    struct spread_count *c;

    if (value == NULL)
        return; /* a task from before the constraint */
    if (s->used * 2 >= s->size)
        grow(s);
    c = place_of(s, value);
    if (c->value == NULL) {
        c->value = value;
        value->uses++;
        s->used++;
    }
    c->count += count;
}

void spread_remove(struct spread *s, const struct agent *agent, uint32_t count)
{
    struct value *value = attributes_of(agent, s->attribute);
    struct spread_count *c;

    if (value == NULL || s->size == 0)
        return;
    c = place_of(s, value);
    c->count -= count < c->count ? count : c->count;
}

static bool could_take(const struct value *value,
                       const struct view *view,
                       const struct need *need)
{
    for (uint32_t i = 0; i < value->agents_count; i++) {
        const struct agent *agent = value->agents[i];

        if (agent->is_active && views_has(view, agent) &&
            quantity_contains(&agent->total, &need->quantity))
            return true;
    }
    return false;
}

void spread_reckon(struct spread *s,
                   const struct view *view,
                   const struct need *need)
{
    const struct value *value;

    if (s->relation != ALLOC_GROUP_BY)
        return;
    s->least = UINT32_MAX;
    LIST_FOREACH (value, &s->attribute->values, of_attribute) {
        uint32_t count = count_of(s, value);

        if (count < s->least && could_take(value, view, need))
            s->least = count;
    }
}

uint32_t spread_room(const struct spread *s, const struct agent *agent)
{
    const struct value *value = attributes_of(agent, s->attribute);
    uint32_t count, most = s->most;

    if (value == NULL)
        return 0;
    count = count_of(s, value);
    if (s->relation == ALLOC_GROUP_BY)
        most = s->least == UINT32_MAX ? 0 : s->least + 1;
    return count < most ? most - count : 0;
}

bool spread_allows(const struct spread *s, const struct agent *agent)
{
    return spread_room(s, agent) > 0;
}
