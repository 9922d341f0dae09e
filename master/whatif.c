/* whatif.c - questions one after the other: all frameworks into the copy, then
 * all agents with what they hold, and then it is run.  What changes meanwhile
 * is in it or not, as it comes. */

#include "master/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "master/replica.h"

enum {
    QUESTIONS_MAX = 8, /* that wait */
    DRAINED_MAX = 1000,
    PART_MAX = 1000, /* tasks, asks and agents of a step */
    PAUSE_MS = 1,    /* between steps, for others */
};

struct whatif {
    TAILQ_ENTRY(whatif) entry;
    Mesos__V1__Master__Call *call; /* owned */
    char *peer;                    /* of the operator */
    struct replica *replica;       /* NULL: not begun */
    char **drained;                /* ids, as many as the call has */
    char *next_framework;          /* NULL: all are there */
    char *next_agent;
};

struct whatifs {
    TAILQ_HEAD(, whatif) all;
    size_t count;
    struct deadline due;
};

struct whatifs *whatifs_new(void)
{
    struct whatifs *w = memory_new(1, sizeof *w);

    TAILQ_INIT(&w->all);
    w->due.kind = DEADLINE_WHATIF;
    return w;
}

static void drop(struct whatifs *w, struct whatif *q)
{
    size_t count = q->call->what_if->n_drain;

    TAILQ_REMOVE(&w->all, q, entry);
    w->count--;
    replica_free(q->replica);
    for (size_t i = 0; i < count; i++)
        free(q->drained[i]);
    free(q->drained);
    mesos__v1__master__call__free_unpacked(q->call, NULL);
    free(q->next_framework);
    free(q->next_agent);
    free(q->peer);
    free(q);
}

void whatifs_free(struct whatifs *w)
{
    if (w == NULL)
        return;
    while (!TAILQ_EMPTY(&w->all))
        drop(w, TAILQ_FIRST(&w->all));
    free(w);
}

static bool is_drained(const struct whatif *q, const char *agent_id)
{
    for (size_t i = 0; i < q->call->what_if->n_drain; i++)
        if (strcmp(q->drained[i], agent_id) == 0)
            return true;
    return false;
}

/* From the next one on; false when that has gone meanwhile. */
static bool add_frameworks(struct turn *t, struct whatif *q, size_t *part)
{
    struct framework *f = frameworks_find(t->m->frameworks, q->next_framework);

    if (f == NULL)
        return false;
    for (; f != NULL && *part < PART_MAX; f = TAILQ_NEXT(f, entry)) {
        replica_add_framework(t, q->replica, f);
        *part += 1 + f->asks_count;
    }
    free(q->next_framework);
    q->next_framework = f != NULL ? memory_strdup(f->id) : NULL;
    return true;
}

static bool add_agents(struct turn *t, struct whatif *q, size_t *part)
{
    struct agent *agent = agents_find(t->m->agents, q->next_agent);

    if (agent == NULL)
        return false;
    for (; agent != NULL && *part < PART_MAX; agent = TAILQ_NEXT(agent, entry))
        *part +=
            replica_add_agent(t, q->replica, agent, is_drained(q, agent->id));
    free(q->next_agent);
    q->next_agent = agent != NULL ? memory_strdup(agent->id) : NULL;
    return true;
}

static Mesos__V1__Master__Response *respond(struct turn *t,
                                            const struct whatif *q)
{
    Mesos__V1__Master__Response *r =
        message_new(t->arena, &mesos__v1__master__response__descriptor);

    r->has_type = 1;
    r->has_request_id = q->call->has_request_id;
    r->request_id = q->call->request_id;
    return r;
}

static void fail(struct turn *t, const struct whatif *q, const char *why)
{
    Mesos__V1__Master__Response *r = respond(t, q);

    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__FAILED;
    r->failed =
        message_new(t->arena, &mesos__v1__master__response__failed__descriptor);
    r->failed->message = arena_strdup(t->arena, why);
    effects_send(t->fx, arena_strdup(t->arena, q->peer), &r->base);
}

static void answer(struct turn *t, const struct whatif *q)
{
    Mesos__V1__Master__Response *r = respond(t, q);

    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__WHAT_IF;
    r->what_if = message_new(t->arena,
                             &mesos__v1__master__response__what_if__descriptor);
    replica_describe(t, q->replica, r->what_if);
    effects_send(t->fx, arena_strdup(t->arena, q->peer), &r->base);
}

/* Returns false when there is nothing to be done. */
static bool begin(struct turn *t, struct whatif *q)
{
    const struct framework *f = frameworks_first(t->m->frameworks);
    const struct agent *agent = agents_first(t->m->agents);
    const Mesos__V1__Ask *submit = q->call->what_if->submit;
    struct error err;

    q->replica = replica_new(t);
    q->next_framework = f != NULL ? memory_strdup(f->id) : NULL;
    q->next_agent = agent != NULL ? memory_strdup(agent->id) : NULL;
    if (submit == NULL || replica_submit(t, q->replica, submit, &err) == 0)
        return true;
    fail(t, q, err.text);
    return false;
}

/* A part of it; false when it is done with. */
static bool go_on(struct turn *t, struct whatif *q)
{
    size_t part = 0;
    bool is_there = true;

    if (q->replica == NULL)
        return begin(t, q);
    if (q->next_framework != NULL) {
        is_there = add_frameworks(t, q, &part);
    } else if (q->next_agent != NULL) {
        is_there = add_agents(t, q, &part);
    } else if (replica_run(t, q->replica)) {
        answer(t, q);
        return false;
    }
    if (!is_there)
        fail(t, q, "the pool changed while it was looked at; ask again");
    return is_there;
}

void whatif_due(struct turn *t)
{
    struct whatifs *w = t->m->whatifs;
    struct whatif *q = TAILQ_FIRST(&w->all);

    if (q == NULL)
        return;
    if (!go_on(t, q))
        drop(w, q);
    if (!TAILQ_EMPTY(&w->all))
        deadlines_set(t->m->deadlines, &w->due, t->now + PAUSE_MS);
}

const char *whatif_begin(struct turn *t, const Mesos__V1__Master__Call *call)
{
    const Mesos__V1__Master__Call__WhatIf *wanted = call->what_if;
    struct whatifs *w = t->m->whatifs;
    const char *fault;
    struct whatif *q;

    if (wanted->n_drain == 0 && wanted->submit == NULL)
        return "what is to be thought of? agents to drain, or an ask";
    if (wanted->n_drain > DRAINED_MAX)
        return "too many agents at once";
    if (w->count == QUESTIONS_MAX)
        return "several such questions wait to be answered; ask again later";
    for (size_t i = 0; i < wanted->n_drain; i++)
        if (agents_find_named(t->m->agents, wanted->drain[i]->value, &fault) ==
            NULL)
            return fault;
    q = memory_new(1, sizeof *q);
    q->call = message_copy(call);
    q->peer = memory_strdup(t->input->peer);
    q->drained = memory_new(wanted->n_drain + 1, sizeof(*q->drained));
    for (size_t i = 0; i < wanted->n_drain; i++)
        q->drained[i] = memory_strdup(
            agents_find_named(t->m->agents, wanted->drain[i]->value, &fault)
                ->id);
    TAILQ_INSERT_TAIL(&w->all, q, entry);
    w->count++;
    if (w->due.position == 0)
        deadlines_set(t->m->deadlines, &w->due, t->now);
    return NULL;
}
