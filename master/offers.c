/* offers.c - a list, found by id. */

#include "master/offers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "master/agents.h"
#include "master/frameworks.h"

struct offers {
    TAILQ_HEAD(, offer) all;
    struct table *by_id;
};

static const char *id_of(const void *value)
{
    return ((const struct offer *)value)->id;
}

struct offers *offers_new(void)
{
    struct offers *o = memory_new(1, sizeof *o);

    TAILQ_INIT(&o->all);
    o->by_id = table_new(id_of);
    return o;
}

static void offer_free(struct offer *offer)
{
    resources_release(&offer->resources);
    free(offer->slots);
    free(offer->gang_id);
    free(offer->ask_id);
    free(offer->role);
    free(offer->id);
    free(offer);
}

void offers_free(struct offers *o)
{
    struct offer *offer;

    if (o == NULL)
        return;
    while ((offer = TAILQ_FIRST(&o->all)) != NULL) {
        TAILQ_REMOVE(&o->all, offer, entry);
        offer_free(offer);
    }
    table_free(o->by_id);
    free(o);
}

struct offer *offers_add(struct offers *o,
                         const char *id,
                         struct framework *framework,
                         struct agent *agent,
                         const char *role,
                         const struct resources *resources)
{
    struct offer *offer = memory_new(1, sizeof *offer);

    offer->id = memory_strdup(id);
    offer->role = memory_strdup(role);
    offer->framework = framework;
    offer->agent = agent;
    offer->deadline.owner = offer;
    resources_copy(&offer->resources, resources);
    table_add(o->by_id, offer);
    TAILQ_INSERT_TAIL(&o->all, offer, entry);
    TAILQ_INSERT_TAIL(&framework->offers, offer, of_framework);
    TAILQ_INSERT_TAIL(&agent->offers, offer, of_agent);
    return offer;
}

void offers_remove(struct offers *o, struct offer *offer)
{
    assert(offer->deadline.position == 0);
    TAILQ_REMOVE(&offer->framework->offers, offer, of_framework);
    TAILQ_REMOVE(&offer->agent->offers, offer, of_agent);
    TAILQ_REMOVE(&o->all, offer, entry);
    table_remove(o->by_id, offer);
    offer_free(offer);
}

struct offer *offers_find(const struct offers *o, const char *id)
{
    return table_find(o->by_id, id);
}

struct offer *offers_first(const struct offers *o)
{
    return TAILQ_FIRST(&o->all);
}

size_t offers_count(const struct offers *o)
{
    return table_count(o->by_id);
}
