/* preemption.c - for each place that is wanted, the agent on which it costs
 * least; a gang's places all together, or none. */

#include "master/preemption.h"

#include <stdlib.h>

#include "master/alloc/shortage.h"
#include "master/recalls.h"

enum {
    ROUND_MS = 1000,
    ROUNDS_MIN = 2,        /* so long somebody must have been short */
    SHORTAGES_MAX = 64,    /* looked at in a round */
    PLACES_MAX = 256,      /* made in a round */
    AGENTS_MAX = 2000,     /* tried for a place */
    CANDIDATES_MAX = 1000, /* on an agent */
};

/* An agent, while a shortage is being met. */
struct site {
    struct agent *agent;
    uint32_t reserved;     /* places of this shortage on it */
    bool is_used;          /* for another one, in this round */
    struct resources more; /* that is, or would be, on its way back */
};

struct round {
    struct turn *turn;
    struct site *sites;
    size_t sites_count;
    struct task **chosen;
    size_t chosen_count;
    size_t chosen_size;
};

/* What a place on an agent would cost. */
struct cost {
    int32_t priority; /* the highest of a victim */
    msec_t lost_ms;   /* of work, all together */
};

static msec_t work_of(const struct turn *t, const struct task *task)
{
    return t->input->wall - task->launched_ms;
}

static bool may_be_taken(const struct turn *t, const struct task *task)
{
    return !task->is_chosen && task->recall_due == 0 && task->gang == NULL &&
           !task_has_ended((enum task_state)task->state) &&
           work_of(t, task) >= t->m->options.run_min_ms &&
           alloc_role_may_lose(t->m->alloc, task->role, &task->resources);
}

struct candidate {
    struct task *task;
    int64_t excess; /* its role's share */
};

static int by_worth(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->task->priority != y->task->priority)
        return x->task->priority < y->task->priority ? -1 : 1;
    if (x->excess != y->excess)
        return x->excess > y->excess ? -1 : 1;
    if (x->task->launched_ms != y->task->launched_ms)
        return x->task->launched_ms > y->task->launched_ms ? -1 : 1;
    return (x->task->serial > y->task->serial) -
           (x->task->serial < y->task->serial);
}

static struct candidate *list_candidates(struct round *r,
                                         const struct site *site,
                                         size_t *count)
{
    struct turn *t = r->turn;
    struct candidate *list =
        arena_alloc(t->arena, CANDIDATES_MAX * sizeof *list);
    struct task *task;

    *count = 0;
    TAILQ_FOREACH (task, &site->agent->tasks, of_agent)
        if (*count < CANDIDATES_MAX && may_be_taken(t, task))
            list[(*count)++] = (struct candidate){
                task, alloc_role_share(t->m->alloc, task->role)};
    if (*count > 1)
        qsort(list, *count, sizeof *list, by_worth);
    return list;
}

/* Provisionally: it may still be let go. */
static void choose(struct round *r, struct site *site, struct task *task)
{
    struct turn *t = r->turn;

    if (r->chosen_count == r->chosen_size) {
        size_t size = r->chosen_size > 0 ? r->chosen_size * 2 : 16;
        struct task **grown = arena_alloc(t->arena, size * sizeof(*grown));

        for (size_t i = 0; i < r->chosen_count; i++)
            grown[i] = r->chosen[i];
        r->chosen = grown;
        r->chosen_size = size;
    }
    task->is_chosen = true;
    r->chosen[r->chosen_count++] = task;
    resources_add(&site->more, &task->resources);
    alloc_role_note_leaving(t->m->alloc, task->role, &task->resources, true);
}

static struct site *find_site(struct round *r, const struct agent *agent)
{
    for (size_t i = 0; i < r->sites_count; i++)
        if (r->sites[i].agent == agent)
            return &r->sites[i];
    return NULL;
}

static void let_go(struct round *r, size_t at)
{
    struct task *task = r->chosen[at];

    task->is_chosen = false;
    resources_subtract(&find_site(r, task->agent)->more, &task->resources);
    alloc_role_note_leaving(r->turn->m->alloc, task->role, &task->resources,
                            false);
    r->chosen_count--;
    for (size_t i = at; i < r->chosen_count; i++)
        r->chosen[i] = r->chosen[i + 1];
}

static void let_go_from(struct round *r, size_t from)
{
    while (r->chosen_count > from)
        let_go(r, r->chosen_count - 1);
}

static bool fits(struct round *r,
                 const struct alloc_shortage *s,
                 const struct site *site)
{
    return alloc_shortage_fits(r->turn->m->alloc, s, site->agent->id,
                               &site->more) > site->reserved;
}

/* Choose what makes one more place there; false: nothing does. */
static bool make_place(struct round *r,
                       const struct alloc_shortage *s,
                       struct site *site,
                       struct cost *cost)
{
    size_t from = r->chosen_count, count, next = 0;
    struct candidate *list;

    *cost = (struct cost){.priority = INT32_MIN};
    if (fits(r, s, site))
        return true; /* it is free, or on its way back already */
    list = list_candidates(r, site, &count);
    while (next < count && !fits(r, s, site)) {
        struct task *task = list[next++].task;

        if (may_be_taken(r->turn, task)) /* still */
            choose(r, site, task);
    }
    if (!fits(r, s, site)) {
        let_go_from(r, from);
        return false;
    }
    /* What was chosen first may not be needed any more. */
    for (size_t i = from; i + 1 < r->chosen_count;) {
        struct task *task = r->chosen[i];

        let_go(r, i);
        if (fits(r, s, site))
            continue;
        choose(r, site, task);
        /* Back to where it was, for the order. */
        for (size_t k = r->chosen_count - 1; k > i; k--)
            r->chosen[k] = r->chosen[k - 1];
        r->chosen[i++] = task;
    }
    for (size_t i = from; i < r->chosen_count; i++) {
        if (r->chosen[i]->priority > cost->priority)
            cost->priority = r->chosen[i]->priority;
        cost->lost_ms += work_of(r->turn, r->chosen[i]);
    }
    return true;
}

static bool is_cheaper(const struct cost *a, const struct cost *b)
{
    return a->priority != b->priority ? a->priority < b->priority
                                      : a->lost_ms < b->lost_ms;
}

/* One more place, where it costs least. */
static bool make_cheapest(struct round *r,
                          const struct alloc_shortage *s,
                          struct site **used)
{
    struct site *best = NULL;
    struct cost least, cost;
    size_t from = r->chosen_count;

    for (size_t i = 0; i < r->sites_count; i++) {
        struct site *site = &r->sites[i];

        if (site->is_used || !make_place(r, s, site, &cost))
            continue;
        let_go_from(r, from);
        if (best == NULL || is_cheaper(&cost, &least)) {
            best = site;
            least = cost;
        }
        if (least.priority == INT32_MIN)
            break; /* it costs nothing */
    }
    if (best == NULL || !make_place(r, s, best, &cost))
        return false;
    best->reserved++;
    *used = best;
    return true;
}

static void meet(struct round *r, const struct alloc_shortage *s)
{
    size_t from = r->chosen_count;
    uint32_t made = 0;
    struct site *used;

    for (size_t i = 0; i < r->sites_count; i++)
        r->sites[i].reserved = 0;
    while (made < s->count && made < PLACES_MAX && make_cheapest(r, s, &used))
        made++;
    if (s->is_gang && made < s->count) {
        let_go_from(r, from); /* it would not help */
        return;
    }
    for (size_t i = 0; i < r->sites_count; i++)
        r->sites[i].is_used |= r->sites[i].reserved > 0;
}

static void open_sites(struct round *r)
{
    struct turn *t = r->turn;
    struct agent *agent = agents_first(t->m->agents);
    const struct task *task;

    r->sites = arena_alloc(t->arena, AGENTS_MAX * sizeof *r->sites);
    for (; agent != NULL && r->sites_count < AGENTS_MAX;
         agent = TAILQ_NEXT(agent, entry)) {
        struct site *site = &r->sites[r->sites_count];

        if (agent->state != AGENT_REGISTERED || !agent->is_pooled)
            continue;
        site->agent = agent;
        TAILQ_FOREACH (task, &agent->tasks, of_agent)
            if (task->recall_due != 0)
                resources_add(&site->more, &task->resources);
        r->sites_count++;
    }
}

/* What was chosen is recalled, agent by agent. */
static void recall(struct round *r)
{
    struct turn *t = r->turn;

    for (size_t i = 0; i < r->chosen_count; i++) {
        struct task *task = r->chosen[i];

        task->is_chosen = false;
        alloc_role_note_leaving(t->m->alloc, task->role, &task->resources,
                                false);
    }
    for (size_t i = 0; i < r->chosen_count; i++) {
        struct task **here =
            arena_alloc(t->arena, r->chosen_count * sizeof(*here));
        size_t count = 0;

        if (r->chosen[i]->recall_due != 0)
            continue;
        for (size_t k = i; k < r->chosen_count; k++)
            if (r->chosen[k]->agent == r->chosen[i]->agent)
                here[count++] = r->chosen[k];
        recalls_make(t, here, count, RECALL_PREEMPTED, t->m->options.recall_ms);
    }
}

void preemption_due(struct turn *t)
{
    struct round r = {.turn = t};
    const struct alloc_shortage *list;
    size_t count = alloc_shortages(t->m->alloc, SHORTAGES_MAX, t->arena, &list);

    t->m->short_rounds = count > 0 ? t->m->short_rounds + 1 : 0;
    if (count > 0)
        deadlines_set(t->m->deadlines, &t->m->preempt, t->now + ROUND_MS);
    if (t->m->short_rounds < ROUNDS_MIN)
        return;
    open_sites(&r);
    for (size_t i = 0; i < count; i++)
        meet(&r, &list[i]);
    recall(&r);
    for (size_t i = 0; i < r.sites_count; i++)
        resources_release(&r.sites[i].more);
}
