/* offers.c - a table by id. */

#include "libframework/offers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/table.h"
#include "libframework/amounts.h"
#include "libframework/checks.h"

struct held {
    struct offer offer;
    TAILQ_ENTRY(held) entry;
};
TAILQ_HEAD(held_list, held);

struct offers {
    struct table *by_id;
    struct held_list all;
};

static const char *id_of(const void *value)
{
    return ((const struct held *)value)->offer.id;
}

struct offers *offers_new(void)
{
    struct offers *o = memory_new(1, sizeof *o);

    o->by_id = table_new(id_of);
    TAILQ_INIT(&o->all);
    return o;
}

void offers_free(struct offers *o)
{
    if (o == NULL)
        return;
    offers_clear(o);
    table_free(o->by_id);
    free(o);
}

static void free_held(struct held *h)
{
    free((char *)h->offer.id);
    free((char *)h->offer.agent_id);
    free((char *)h->offer.role);
    free((char *)h->offer.ask_id);
    free((char *)h->offer.gang_id);
    resources_release(&h->offer.resources);
    free(h);
}

const char *offers_add(struct offers *o, const Mesos__V1__Offer *wire)
{
    struct held *h;
    const char *role = "*";

    if (checks_id("offer id", wire->id->value, NULL) < 0 ||
        checks_id("agent id", wire->agent_id->value, NULL) < 0)
        return "an offer has an id that is none";
    if (wire->allocation_info != NULL && wire->allocation_info->role != NULL)
        role = wire->allocation_info->role;
    h = memory_new(1, sizeof *h);
    resources_init(&h->offer.resources);
    if (resources_from_wire(&h->offer.resources, wire->resources,
                            wire->n_resources, NULL) < 0) {
        free(h);
        return "an offer has resources that cannot be";
    }
    offers_remove(o, wire->id->value);
    h->offer.id = memory_strdup(wire->id->value);
    h->offer.agent_id = memory_strdup(wire->agent_id->value);
    h->offer.role = memory_strdup(role);
    if (wire->ask_id != NULL)
        h->offer.ask_id = memory_strdup(wire->ask_id);
    if (wire->gang_id != NULL)
        h->offer.gang_id = memory_strdup(wire->gang_id);
    table_add(o->by_id, h);
    TAILQ_INSERT_TAIL(&o->all, h, entry);
    return NULL;
}

bool offers_is_full(const struct offers *o)
{
    return table_count(o->by_id) >= MEZZO_OFFERS_MAX;
}

const struct offer *offers_find(const struct offers *o, const char *id)
{
    const struct held *h = id != NULL ? table_find(o->by_id, id) : NULL;

    return h != NULL ? &h->offer : NULL;
}

const struct offer *offers_next_of_gang(const struct offers *o,
                                        const char *gang_id,
                                        const struct offer *after)
{
    const struct held *h = after == NULL
                               ? TAILQ_FIRST(&o->all)
                               : TAILQ_NEXT((const struct held *)after, entry);

    for (; h != NULL; h = TAILQ_NEXT(h, entry))
        if (h->offer.gang_id != NULL && strcmp(h->offer.gang_id, gang_id) == 0)
            return &h->offer;
    return NULL;
}

bool offers_remove(struct offers *o, const char *id)
{
    struct held *h = table_find(o->by_id, id);

    if (h == NULL)
        return false;
    table_remove(o->by_id, h);
    TAILQ_REMOVE(&o->all, h, entry);
    free_held(h);
    return true;
}

void offers_clear(struct offers *o)
{
    while (!TAILQ_EMPTY(&o->all))
        offers_remove(o, TAILQ_FIRST(&o->all)->offer.id);
}

static char *ranges_text(const Mesos__V1__Value__Ranges *ranges,
                         struct arena *arena)
{
    size_t size = 3 + ranges->n_range * 42, at = 1;
    char *text = arena_alloc(arena, size);

    text[0] = '[';
    for (size_t i = 0; i < ranges->n_range; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%" PRIu64 "-%" PRIu64,
                               i > 0 ? "," : "", ranges->range[i]->begin,
                               ranges->range[i]->end);
    text[at] = ']';
    return text;
}

static char *set_text(const Mesos__V1__Value__Set *set, struct arena *arena)
{
    size_t size = 3;
    char *text, *to;

    for (size_t i = 0; i < set->n_item; i++)
        size += strlen(set->item[i]) + 1;
    text = to = arena_alloc(arena, size);
    *to++ = '{';
    for (size_t i = 0; i < set->n_item; i++) {
        if (i > 0)
            *to++ = ',';
        to = stpcpy(to, set->item[i]);
    }
    *to = '}';
    return text;
}

char *offers_attribute_text(const Mesos__V1__Attribute *a, struct arena *arena)
{
    char text[32] = "";
    int64_t milli;

    if (a->text != NULL)
        return arena_strdup(arena, a->text->value);
    if (a->ranges != NULL)
        return ranges_text(a->ranges, arena);
    if (a->set != NULL)
        return set_text(a->set, arena);
    if (a->scalar != NULL && milli_from_double(a->scalar->value, &milli))
        snprintf(text, sizeof text, "%.12g", milli_to_double(milli));
    return arena_strdup(arena, text);
}

void offers_show(struct mezzo_offer *offer,
                 const Mesos__V1__Offer *wire,
                 struct arena *arena)
{
    struct mezzo_attribute *attributes =
        arena_alloc(arena, wire->n_attributes * sizeof *attributes);
    int64_t lease_ms = 0;

    for (size_t i = 0; i < wire->n_attributes; i++) {
        attributes[i].name = wire->attributes[i]->name;
        attributes[i].value = offers_attribute_text(wire->attributes[i], arena);
    }
    if (wire->has_lease_seconds)
        milli_from_double(wire->lease_seconds, &lease_ms);
    *offer = (struct mezzo_offer){
        .id = wire->id->value,
        .agent_id = wire->agent_id->value,
        .hostname = wire->hostname,
        .role =
            wire->allocation_info != NULL && wire->allocation_info->role != NULL
                ? wire->allocation_info->role
                : "*",
        .attributes = attributes,
        .attributes_count = wire->n_attributes,
        .ask_id = wire->ask_id,
        .gang_id = wire->gang_id,
        .slot_counts = wire->ask_counts,
        .slot_counts_count = wire->n_ask_counts,
        .lease_ms = lease_ms,
    };
    amounts_show_wire(&offer->resources, wire->resources, wire->n_resources,
                      arena);
}
