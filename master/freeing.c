/* freeing.c - on each agent, what ends first is taken first, until a place is
 * free; then what was not needed for it is let go again. */

#include "master/freeing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/alloc/shortage.h"

enum {
    AGENTS_MAX = 200,
    HOLDERS_MAX = 500, /* of an agent */
    ENDS_MAX = 1000,   /* in all */
    NAMES_MAX = 4,     /* that are told */
    TEXT_SIZE = 512,
};

/* A task or an offer. */
struct holder {
    const struct task *task; /* or: */
    const struct offer *offer;
    const struct resources *resources;
    msec_t ends;
    uint64_t number;
};

struct freeing {
    struct turn *turn;
    struct alloc_shortage what;
    uint32_t wanted; /* places */
    uint32_t made;
    struct holder ends[ENDS_MAX];
    size_t ends_count;
    size_t agents_count;
    int64_t *looks;
};

static int by_end(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;

    if ((x->offer == NULL) != (y->offer == NULL))
        return x->offer != NULL ? -1 : 1;
    if (x->ends != y->ends)
        return x->ends < y->ends ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static size_t list_holders(const struct agent *agent, struct holder *list)
{
    const struct offer *offer;
    const struct task *task;
    size_t count = 0;

    TAILQ_FOREACH (offer, &agent->offers, of_agent)
        if (count < HOLDERS_MAX)
            list[count++] = (struct holder){.offer = offer,
                                            .resources = &offer->resources,
                                            .ends = offer->deadline.due,
                                            .number = count};
    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        if (count < HOLDERS_MAX && !resources_is_empty(&task->resources))
            list[count++] = (struct holder){
                .task = task,
                .resources = &task->resources,
                .ends = task->ends == 0 ? MSEC_NEVER : task->ends,
                .number = task->serial};
    qsort(list, count, sizeof *list, by_end);
    return count;
}

static bool fits(struct freeing *f,
                 const struct agent *agent,
                 const struct resources *more,
                 const struct alloc_places *places)
{
    --*f->looks;
    return alloc_shortage_fits(f->turn->m->alloc, &f->what, agent->id, more,
                               places) > 0;
}

/* Those of `list` from `from` up to `*count` that are needed for one place. */
static void prune(struct freeing *f,
                  const struct agent *agent,
                  struct holder *list,
                  size_t from,
                  size_t *count,
                  struct resources *more,
                  const struct alloc_places *places)
{
    for (size_t i = from; i < *count;) {
        resources_subtract(more, list[i].resources);
        if (!fits(f, agent, more, places)) {
            resources_add(more, list[i++].resources);
            continue;
        }
        --*count;
        memmove(&list[i], &list[i + 1], (*count - i) * sizeof *list);
    }
}

/* As many places as are still wanted. */
static void look_at(struct freeing *f, const struct agent *agent)
{
    struct holder *list =
        arena_alloc(f->turn->arena, HOLDERS_MAX * sizeof *list);
    struct holder *taken =
        arena_alloc(f->turn->arena, HOLDERS_MAX * sizeof *taken);
    size_t count = list_holders(agent, list), next = 0, taken_count = 0;
    struct alloc_places places = {.counts = {0}};
    struct resources more = {0};

    *f->looks -= (int64_t)count;
    while (f->made<f->wanted && * f->looks> 0) {
        size_t from = taken_count;

        while (next < count && !fits(f, agent, &more, &places)) {
            resources_add(&more, list[next].resources);
            taken[taken_count++] = list[next++];
        }
        if (!fits(f, agent, &more, &places)) {
            taken_count = from;
            break;
        }
        prune(f, agent, taken, from, &taken_count, &more, &places);
        places.counts[f->what.slot]++;
        f->made++;
    }
    resources_release(&more);
    f->agents_count += taken_count > 0;
    for (size_t i = 0; i < taken_count && f->ends_count < ENDS_MAX; i++)
        f->ends[f->ends_count++] = taken[i];
}

static int name_one(const struct holder *h, char *text, size_t size)
{
    if (h->offer != NULL)
        return snprintf(text, size, "the offer to %.60s",
                        h->offer->framework->info->name);
    return snprintf(text, size, "%.60s of %.60s", h->task->id,
                    h->task->framework->info->name);
}

static const char *describe(const struct freeing *f)
{
    char text[TEXT_SIZE];
    size_t used, shown = f->ends_count < NAMES_MAX ? f->ends_count : NAMES_MAX;

    used = (size_t)snprintf(text, sizeof text, "free when ");
    for (size_t i = 0; i < shown; i++) {
        bool is_last = i + 1 == shown && shown == f->ends_count;

        if (i > 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s",
                                     is_last ? " and " : ", ");
        used += (size_t)name_one(&f->ends[i], text + used, sizeof text - used);
    }
    if (shown < f->ends_count)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 " and %zu more", f->ends_count - shown);
    used += (size_t)snprintf(text + used, sizeof text - used, " %s",
                             f->ends_count == 1 ? "ends" : "end");
    if (f->agents_count > 1)
        snprintf(text + used, sizeof text - used, ", on %zu agents",
                 f->agents_count);
    return arena_strdup(f->turn->arena, text);
}

const char *freeing_describe(struct turn *t,
                             const struct framework *framework,
                             const Mesos__V1__Ask *ask,
                             const struct alloc_explanation *e,
                             int64_t *looks)
{
    struct freeing *f = arena_alloc(t->arena, sizeof *f);
    const struct agent *nearest, *agent = agents_first(t->m->agents);
    size_t looked = 1;

    if (e->nearest_agent == NULL || e->slot >= ask->n_slots || *looks <= 0)
        return NULL;
    *f = (struct freeing){.turn = t,
                          .what = {.framework_id = framework->id,
                                   .ask_id = ask->id,
                                   .role = ask->role,
                                   .slot = e->slot},
                          .wanted = 1,
                          .looks = looks};
    if (e->is_gang && ask->slots[e->slot]->min > e->fits_now)
        f->wanted = ask->slots[e->slot]->min - e->fits_now;
    nearest = agents_find(t->m->agents, e->nearest_agent);
    if (nearest != NULL && nearest->is_pooled)
        look_at(f, nearest);
    for (; agent != NULL && looked < AGENTS_MAX && f->made < f->wanted;
         agent = TAILQ_NEXT(agent, entry)) {
        if (*looks <= 0)
            return NULL;
        if (agent == nearest || !agent->is_pooled)
            continue;
        look_at(f, agent);
        looked++;
    }
    return f->made < f->wanted || f->ends_count == 0 ? NULL : describe(f);
}
