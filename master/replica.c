/* replica.c - each ask, and each task that has to move as an ask of its own,
 * has an outcome: how much of it is placed in either book. */

#include "master/replica.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"
#include "master/alloc/explain.h"
#include "master/alloc/shortage.h"
#include "master/asks.h"
#include "master/events.h"
#include "master/explain.h"
#include "master/holdings.h"
#include "master/quotas.h"

enum {
    NOW, /* the books */
    THEN,
    BOOKS,
    SHORTAGES_MAX = 64,
    LOOKS_MAX = 100000,
    GRANTS_MAX = 500,  /* of a run */
    RUNS_MAX = 200000, /* of a book: it comes to rest long before */
    PLACES_MAX = 100,  /* of an ask that are told */
    ROWS_MAX = 1000,
    ROWS_SIZE_MAX = 512 * 1024, /* bytes of them */
};

#define SUBMITTER "whatif" /* who submits: no framework has such an id */

typedef Mesos__V1__Master__Response__WhatIf__Row row_t;
typedef Mesos__V1__Master__Response__WhatIf__Place place_t;

struct place {
    char *agent_id;
    uint32_t count;
};

struct outcome {
    TAILQ_ENTRY(outcome) entry;
    char *key; /* FRAMEWORK/ASK */
    char *framework_id;
    char *ask_id;
    char *role;
    char *left; /* the host that the task has to leave; NULL: an ask */
    bool is_submitted;
    uint32_t wanted;
    uint32_t placed[BOOKS];
    struct place *places; /* then */
    size_t places_count;
    size_t places_size;
};

struct known { /* a framework */
    TAILQ_ENTRY(known) entry;
    char *id;
    uint32_t moved_count;
};

struct replica {
    struct alloc *books[BOOKS];
    msec_t at[BOOKS]; /* their time */
    unsigned runs[BOOKS];
    struct table *known_by_id;
    TAILQ_HEAD(, known) known;
    struct table *outcomes_by_key;
    TAILQ_HEAD(, outcome) outcomes;
    bool is_cut_short;
    int64_t looks; /* at agents, that explaining may still take */
};

static const char *id_of(const void *value)
{
    return ((const struct known *)value)->id;
}

static const char *key_of(const void *value)
{
    return ((const struct outcome *)value)->key;
}

struct replica *replica_new(struct turn *t)
{
    struct replica *r = memory_new(1, sizeof *r);

    for (int i = 0; i < BOOKS; i++) {
        r->books[i] = alloc_new();
        r->at[i] = t->now;
        quotas_resume(t, r->books[i]);
    }
    r->looks = LOOKS_MAX;
    r->known_by_id = table_new(id_of);
    TAILQ_INIT(&r->known);
    r->outcomes_by_key = table_new(key_of);
    TAILQ_INIT(&r->outcomes);
    return r;
}

static void free_outcome(struct outcome *o)
{
    for (size_t i = 0; i < o->places_count; i++)
        free(o->places[i].agent_id);
    free(o->places);
    free(o->key);
    free(o->framework_id);
    free(o->ask_id);
    free(o->role);
    free(o->left);
    free(o);
}

void replica_free(struct replica *r)
{
    struct outcome *o;
    struct known *k;

    if (r == NULL)
        return;
    while ((o = TAILQ_FIRST(&r->outcomes)) != NULL) {
        TAILQ_REMOVE(&r->outcomes, o, entry);
        free_outcome(o);
    }
    while ((k = TAILQ_FIRST(&r->known)) != NULL) {
        TAILQ_REMOVE(&r->known, k, entry);
        free(k->id);
        free(k);
    }
    table_free(r->outcomes_by_key);
    table_free(r->known_by_id);
    for (int i = 0; i < BOOKS; i++)
        alloc_free(r->books[i]);
    free(r);
}

static struct outcome *find(const struct replica *r,
                            const char *framework_id,
                            const char *ask_id,
                            struct arena *arena)
{
    size_t size = strlen(framework_id) + strlen(ask_id) + 2;
    char *key = arena_alloc(arena, size);

    snprintf(key, size, "%s/%s", framework_id, ask_id);
    return table_find(r->outcomes_by_key, key);
}

static struct outcome *expect(struct replica *r,
                              const char *framework_id,
                              const Mesos__V1__Ask *ask)
{
    size_t size = strlen(framework_id) + strlen(ask->id) + 2;
    struct outcome *o = memory_new(1, sizeof *o);

    o->key = memory_new(size, 1);
    snprintf(o->key, size, "%s/%s", framework_id, ask->id);
    o->framework_id = memory_strdup(framework_id);
    o->ask_id = memory_strdup(ask->id);
    o->role = memory_strdup(ask->role);
    for (size_t i = 0; i < ask->n_slots; i++)
        o->wanted += ask->slots[i]->count;
    table_add(r->outcomes_by_key, o);
    TAILQ_INSERT_TAIL(&r->outcomes, o, entry);
    return o;
}

static struct known *know(struct replica *r,
                          const char *id,
                          const char *const *roles,
                          size_t roles_count)
{
    struct known *k = memory_new(1, sizeof *k);

    k->id = memory_strdup(id);
    table_add(r->known_by_id, k);
    TAILQ_INSERT_TAIL(&r->known, k, entry);
    for (int i = 0; i < BOOKS; i++) {
        alloc_framework_add(r->books[i], id, roles, roles_count);
        alloc_suppress(r->books[i], id, NULL); /* its asks are another thing */
    }
    return k;
}

void replica_add_framework(struct turn *t,
                           struct replica *r,
                           const struct framework *framework)
{
    size_t count;
    const char *const *roles = frameworks_roles(framework, t->arena, &count);
    struct error err;

    if (table_find(r->known_by_id, framework->id) != NULL)
        return;
    know(r, framework->id, roles, count);
    if (framework->state != FRAMEWORK_CONNECTED)
        return;
    for (size_t i = 0; i < framework->asks_count; i++) {
        const Mesos__V1__Ask *ask = framework->asks[i];

        if (asks_put_into(t, r->books[NOW], framework->id, ask, &err) == 0 &&
            asks_put_into(t, r->books[THEN], framework->id, ask, &err) == 0)
            expect(r, framework->id, ask);
    }
}

int replica_submit(struct turn *t,
                   struct replica *r,
                   const Mesos__V1__Ask *ask,
                   struct error *err)
{
    const char *const roles[] = {ask->role};
    struct outcome *o;
    int rc;

    know(r, SUBMITTER, roles, 1);
    rc = asks_put_into(t, r->books[THEN], SUBMITTER, ask, err);
    if (rc < 0)
        return rc;
    o = expect(r, SUBMITTER, ask);
    o->is_submitted = true;
    return 0;
}

static void hold(struct turn *t,
                 struct replica *r,
                 int book,
                 const struct framework *framework,
                 const char *role,
                 const struct agent *agent,
                 const struct resources *resources)
{
    replica_add_framework(t, r, framework);
    if (!resources_is_empty(resources))
        alloc_take(r->books[book], framework->id, role, agent->id, resources);
}

/* It asks for a place of its own. */
static void move(struct turn *t, struct replica *r, const struct task *task)
{
    Mesos__V1__Ask ask = MESOS__V1__ASK__INIT;
    Mesos__V1__Ask__Slot slot = MESOS__V1__ASK__SLOT__INIT, *slots = &slot;
    struct known *k = table_find(r->known_by_id, task->framework->id);
    struct outcome *o;
    struct error err;
    char id[32];

    snprintf(id, sizeof id, "moved-%u", k->moved_count++);
    ask.id = id;
    ask.role = (char *)(uintptr_t)task->role;
    ask.slots = &slots;
    ask.n_slots = 1;
    slot.count = 1;
    slot.each =
        resources_to_wire(&task->resources, NULL, t->arena, &slot.n_each);
    ask.has_priority = 1;
    ask.priority = task->priority;
    ask.has_max_seconds = task->max_seconds > 0;
    ask.max_seconds = task->max_seconds;
    o = expect(r, task->framework->id, &ask);
    o->left = memory_strdup(task->agent->info->hostname);
    /* Its row is the task's, its key the ask's. */
    free(o->ask_id);
    o->ask_id = memory_strdup(task->id);
    if (asks_put_into(t, r->books[THEN], task->framework->id, &ask, &err) < 0)
        effects_log(t->fx, LOG_LEVEL_NOTICE, "what if: %s/%s: %s",
                    task->framework->id, task->id, err.text);
}

static void hold_task(struct turn *t,
                      struct replica *r,
                      int book,
                      const struct agent *agent,
                      const struct task *task)
{
    hold(t, r, book, task->framework, task->role, agent, &task->resources);
    if (task->ends != 0 && !resources_is_empty(&task->resources))
        alloc_note_end(r->books[book], task->framework->id, task->role,
                       agent->id, &task->resources, task->ends);
}

size_t replica_add_agent(struct turn *t,
                         struct replica *r,
                         const struct agent *agent,
                         bool is_drained)
{
    bool is_active = agent->state == AGENT_REGISTERED &&
                     !agent->is_deactivated && !agent->is_draining;
    const struct executor *e;
    const struct task *task;
    size_t count = 1;

    if (!agent->is_pooled)
        return count;
    for (int i = 0; i < BOOKS; i++) {
        bool is_empty = is_drained && i == THEN;

        holdings_add_agent(t, r->books[i], agent);
        TAILQ_FOREACH (task, &agent->tasks, of_agent) {
            count++;
            if (!is_empty)
                hold_task(t, r, i, agent, task);
            else if (!task_has_ended((enum task_state)task->state))
                move(t, r, task);
        }
        TAILQ_FOREACH (e, &agent->executors, of_agent)
            if (!is_empty)
                hold(t, r, i, e->framework, e->role, agent, &e->resources);
        alloc_agent_set_active(r->books[i], agent->id, is_active && !is_empty);
    }
    return count;
}

static void note_place(struct outcome *o, const char *agent_id, uint32_t count)
{
    for (size_t i = 0; i < o->places_count; i++)
        if (strcmp(o->places[i].agent_id, agent_id) == 0) {
            o->places[i].count += count;
            return;
        }
    if (o->places_count == PLACES_MAX)
        return;
    if (o->places_count == o->places_size) {
        o->places_size = o->places_size == 0 ? 1 : o->places_size * 2;
        o->places = memory_resize(o->places, o->places_size, sizeof *o->places);
    }
    o->places[o->places_count++] =
        (struct place){memory_strdup(agent_id), count};
}

static void note_grant(struct turn *t,
                       struct replica *r,
                       int book,
                       const struct alloc_grant *g)
{
    struct outcome *o;
    uint32_t count = 0;

    if (g->ask_id == NULL)
        return;
    o = find(r, g->framework_id, g->ask_id, t->arena);
    for (size_t i = 0; i < g->counts_count; i++)
        count += g->counts[i];
    if (o == NULL)
        return;
    o->placed[book] += count;
    if (book == THEN)
        note_place(o, g->agent_id, count);
}

static bool is_at_rest(const struct replica *r, int book)
{
    /* What is to come later, at an ask's time, does not count. */
    return r->runs[book] > 0 &&
           alloc_deadline(r->books[book]) > r->at[book] + 2;
}

bool replica_run(struct turn *t, struct replica *r)
{
    for (int i = 0; i < BOOKS; i++) {
        const struct alloc_grant *grants;
        msec_t due = alloc_deadline(r->books[i]);
        size_t count;

        if (is_at_rest(r, i))
            continue;
        if (r->runs[i]++ == RUNS_MAX) {
            r->is_cut_short = true;
            return true;
        }
        if (due > r->at[i] && due != MSEC_NEVER)
            r->at[i] = due;
        count = alloc_run(r->books[i], r->at[i], GRANTS_MAX, t->arena, &grants);
        for (size_t k = 0; k < count; k++)
            note_grant(t, r, i, &grants[k]);
        return false;
    }
    return true;
}

/* ----------------------------------------------------------- describing */

static const char *hostname_of(const struct turn *t, const char *agent_id)
{
    const struct agent *agent = agents_find(t->m->agents, agent_id);

    return agent != NULL ? agent->info->hostname : agent_id;
}

static void describe_places(struct turn *t, const struct outcome *o, row_t *row)
{
    row->places =
        arena_alloc(t->arena, (o->places_count + 1) * sizeof(place_t *));
    for (size_t i = 0; i < o->places_count; i++) {
        place_t *place = message_new(
            t->arena, &mesos__v1__master__response__what_if__place__descriptor);

        place->hostname =
            arena_strdup(t->arena, hostname_of(t, o->places[i].agent_id));
        place->count = o->places[i].count;
        row->places[row->n_places++] = place;
    }
}

/* Within what its role is guaranteed? */
static bool is_short(struct turn *t, struct replica *r, const struct outcome *o)
{
    const struct alloc_shortage *list;
    size_t count =
        alloc_shortages(r->books[THEN], SHORTAGES_MAX, t->arena, &list);

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].framework_id, o->framework_id) == 0 &&
            strcmp(list[i].ask_id, strrchr(o->key, '/') + 1) == 0)
            return true;
    return false;
}

static void describe_wait(struct turn *t,
                          struct replica *r,
                          const struct outcome *o,
                          row_t *row)
{
    const char *ask_id = strrchr(o->key, '/') + 1; /* ids have none */
    struct alloc_explanation e;

    r->looks -= (int64_t)agents_count(t->m->agents) + 1;
    if (r->looks < 0 && !o->is_submitted) {
        row->text = arena_strdup(t->arena, "waits"); /* as others above */
        return;
    }
    if (!alloc_explain(r->books[THEN], o->framework_id, ask_id, t->arena, &e))
        return;
    row->text = (char *)(uintptr_t)explain_line(&e, t->arena);
    if (o->is_submitted && is_short(t, r, o))
        row->text = arena_strdup(
            t->arena, "waits for others to give back what its role is "
                      "guaranteed: tasks of theirs would be recalled");
    if (e.starts_by <= 0)
        return;
    row->starts_by = message_new(t->arena, &mesos__v1__time_info__descriptor);
    row->starts_by->nanoseconds =
        (t->input->wall + (e.starts_by - t->now)) * 1000000;
}

static row_t *describe(struct turn *t,
                       struct replica *r,
                       const struct outcome *o)
{
    row_t *row = message_new(
        t->arena, &mesos__v1__master__response__what_if__row__descriptor);

    row->kind = MESOS__V1__MASTER__RESPONSE__WHAT_IF__ROW__KIND__OTHER;
    if (o->is_submitted)
        row->kind = MESOS__V1__MASTER__RESPONSE__WHAT_IF__ROW__KIND__SUBMITTED;
    if (o->left != NULL)
        row->kind = MESOS__V1__MASTER__RESPONSE__WHAT_IF__ROW__KIND__MOVED;
    row->framework_id = events_framework_id(t->arena, o->framework_id);
    row->id = arena_strdup(t->arena, o->ask_id);
    row->role = arena_strdup(t->arena, o->role);
    row->wanted = o->wanted;
    row->placed_now = o->placed[NOW];
    row->placed_then = o->placed[THEN];
    if (o->left != NULL)
        row->hostname = arena_strdup(t->arena, o->left);
    describe_places(t, o, row);
    if (o->placed[THEN] < o->wanted)
        describe_wait(t, r, o, row);
    return row;
}

void replica_describe(struct turn *t,
                      struct replica *r,
                      Mesos__V1__Master__Response__WhatIf *answer)
{
    const struct outcome *o;
    size_t size = 0;

    answer->rows = arena_alloc(t->arena, ROWS_MAX * sizeof(row_t *));
    TAILQ_FOREACH (o, &r->outcomes, entry) {
        row_t *row;

        if (!o->is_submitted && o->left == NULL &&
            o->placed[NOW] == o->placed[THEN])
            continue;
        if (answer->n_rows == ROWS_MAX || size > ROWS_SIZE_MAX) {
            answer->has_rows_left_out = 1;
            answer->rows_left_out++;
            continue;
        }
        row = describe(t, r, o);
        size += protobuf_c_message_get_packed_size(&row->base);
        answer->rows[answer->n_rows++] = row;
    }
    if (r->is_cut_short)
        answer->text = arena_strdup(
            t->arena, "it took too long, and was looked at in part");
}
