/* reservations.c - both calls exchange resources for the same amounts: plain
 * ones for reserved ones, or back.  What is in use is not exchanged. */

#include "master/reservations.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "master/holdings.h"
#include "master/quotas.h"
#include "master/records.h"
#include "master/registration.h"

/* Being stored. */
struct exchange {
    TAILQ_ENTRY(exchange) entry;
    struct resources plain;
    struct resources reserved;
    bool is_back; /* to be plain again */
    char *peer;   /* of the operator */
    bool has_request_id;
    uint64_t request_id;
};

struct reservations {
    TAILQ_HEAD(, exchange) pending; /* in the order of their storing */
};

struct reservations *reservations_new(void)
{
    struct reservations *r = memory_new(1, sizeof *r);

    TAILQ_INIT(&r->pending);
    return r;
}

static void drop(struct exchange *e)
{
    if (e == NULL)
        return;
    resources_release(&e->plain);
    resources_release(&e->reserved);
    free(e->peer);
    free(e);
}

static struct exchange *take_first(struct reservations *r)
{
    struct exchange *e = TAILQ_FIRST(&r->pending);

    if (e != NULL)
        TAILQ_REMOVE(&r->pending, e, entry);
    return e;
}

void reservations_free(struct reservations *r)
{
    struct exchange *e;

    if (r == NULL)
        return;
    while ((e = take_first(r)) != NULL)
        drop(e);
    free(r);
}

static void tell(struct turn *t, const struct exchange *e)
{
    Mesos__V1__Master__Response *r =
        message_new(t->arena, &mesos__v1__master__response__descriptor);

    r->has_type = 1;
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__DONE;
    r->has_request_id = e->has_request_id;
    r->request_id = e->request_id;
    effects_send(t->fx, arena_strdup(t->arena, e->peer), &r->base);
}

/* In effect; they are stored in order. */
static void stored(struct turn *t, const char *id)
{
    struct exchange *e = take_first(t->m->reservations);
    struct agent *agent = agents_find(t->m->agents, id);
    const struct resources *from = e->is_back ? &e->reserved : &e->plain;
    const struct resources *to = e->is_back ? &e->plain : &e->reserved;
    struct resources reserved = {0};

    if (agent != NULL) {
        resources_copy(&reserved, &agent->reserved);
        if (e->is_back)
            resources_subtract_what_is_there(&reserved, &e->reserved);
        else
            resources_add(&reserved, &e->reserved);
        agents_set_reserved(agent, &reserved);
        resources_release(&reserved);
        if (agent->is_pooled)
            alloc_agent_convert(t->m->alloc, id, from, to);
        agent->reserving--;
        registration_activate(t, agent);
        effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: %s is now %s", id,
                    resources_format(from, t->arena),
                    resources_format(to, t->arena));
    }
    tell(t, e);
    drop(e);
}

static const char *say(struct turn *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *say(struct turn *t, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return arena_strdup(t->arena, text);
}

/* NULL, and `e` has what is wanted. */
static const char *read_call(
    struct turn *t,
    const Mesos__V1__Master__Call__ReserveResources *call,
    struct exchange *e)
{
    struct error err;

    if (resources_from_wire(&e->reserved, call->resources, call->n_resources,
                            &err) < 0)
        return arena_strdup(t->arena, err.text);
    if (resources_is_empty(&e->reserved))
        return "resources: none are named";
    for (size_t i = 0; i < e->reserved.count; i++) {
        struct resource plain = e->reserved.items[i];
        struct resources one = {.items = &plain, .count = 1};

        if (plain.reserved_role == NULL || !plain.is_dynamic)
            return say(t,
                       "%s: a role is needed to reserve it to, and what is "
                       "reserved by an agent's own options stays so",
                       plain.name);
        plain.reserved_role = NULL;
        plain.is_dynamic = false;
        resources_add(&e->plain, &one);
    }
    return NULL;
}

/* The first thing of `part` of which `all` has not enough; NULL: none. */
static const struct resource *find_lack(const struct resources *all,
                                        const struct resources *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct resources one = {.items = &part->items[i], .count = 1};

        if (!resources_contain(all, &one))
            return &part->items[i];
    }
    return NULL;
}

static const char *describe(struct turn *t,
                            const struct resources *list,
                            const struct resource *like)
{
    const struct resource *found =
        resources_find(list, like->name, like->reserved_role);
    struct resources one = {.items = (struct resource *)found, .count = 1};

    return found == NULL ? "none" : resources_format(&one, t->arena);
}

/* What is free of the agent, and what is, and may be taken back at once. */
static void sum_free(struct turn *t,
                     const struct agent *agent,
                     struct resources *sum)
{
    const struct offer *offer;

    resources_copy(sum, alloc_agent_free(t->m->alloc, agent->id));
    TAILQ_FOREACH (offer, &agent->offers, of_agent)
        resources_add(sum, &offer->resources);
}

/* Is `from` there, and in no use? */
static const char *check_use(struct turn *t,
                             const struct agent *agent,
                             const struct resources *from)
{
    const struct resource *lack = find_lack(&agent->total, from);
    struct resources one = {.items = (struct resource *)lack, .count = 1};
    struct resources idle = {0};
    const char *fault = NULL;

    if (lack != NULL)
        return say(t, "%s is more than the agent has: %s",
                   resources_format(&one, t->arena),
                   describe(t, &agent->total, lack));
    sum_free(t, agent, &idle);
    lack = find_lack(&idle, from);
    if (lack != NULL) {
        one.items = (struct resource *)lack;
        fault = say(t, "%s is more than is not in use: %s of %s",
                    resources_format(&one, t->arena), describe(t, &idle, lack),
                    describe(t, &agent->total, lack));
    }
    resources_release(&idle);
    return fault;
}

/* With nothing on offer that is wanted now. */
static void rescind(struct turn *t,
                    struct agent *agent,
                    const struct resources *from)
{
    if (find_lack(alloc_agent_free(t->m->alloc, agent->id), from) != NULL)
        holdings_rescind_agent(t, agent);
}

static const char *check(struct turn *t,
                         const struct agent *agent,
                         const struct exchange *e,
                         bool is_forced)
{
    const char *fault;

    if (agent->state != AGENT_REGISTERED || !agent->is_pooled)
        return "the agent is not connected, so that it is not known what of "
               "it is in use; try again when it is";
    if (agent->reserving > 0)
        return "another change of the same agent is being stored; try again";
    fault = check_use(t, agent, e->is_back ? &e->reserved : &e->plain);
    if (fault == NULL && !e->is_back && !is_forced)
        fault = quotas_check_reserved(t, &e->reserved);
    return fault;
}

static void begin(struct turn *t, struct agent *agent, struct exchange *e)
{
    rescind(t, agent, e->is_back ? &e->reserved : &e->plain);
    resources_copy(&agent->to_be_reserved, &agent->reserved);
    if (e->is_back)
        resources_subtract(&agent->to_be_reserved, &e->reserved);
    else
        resources_add(&agent->to_be_reserved, &e->reserved);
    agent->reserving++;
    registration_activate(t, agent);
    TAILQ_INSERT_TAIL(&t->m->reservations->pending, e, entry);
    records_put_agent(t, agent, MEZZO__RECORD__AGENT__STATE__REGISTERED,
                      stored);
}

const char *reservations_change(struct turn *t,
                                const Mesos__V1__Master__Call *call)
{
    bool is_back =
        call->type == MESOS__V1__MASTER__CALL__TYPE__UNRESERVE_RESOURCES;
    const Mesos__V1__Master__Call__ReserveResources *wanted =
        is_back ? call->unreserve_resources : call->reserve_resources;
    const char *fault = NULL;
    struct agent *agent =
        agents_find_named(t->m->agents, wanted->agent_id->value, &fault);
    struct exchange *e;

    if (agent == NULL)
        return fault;
    e = memory_new(1, sizeof *e);
    e->is_back = is_back;
    e->peer = memory_strdup(t->input->peer);
    e->has_request_id = call->has_request_id;
    e->request_id = call->request_id;
    fault = read_call(t, wanted, e);
    if (fault == NULL)
        fault = check(t, agent, e, wanted->has_force && wanted->force);
    if (fault == NULL)
        begin(t, agent, e);
    else
        drop(e);
    return fault;
}
