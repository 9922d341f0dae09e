/* preemption.c - for each place that is wanted, the agent on which it costs
 * least; a gang's places all together, or none.
 *
 * First those who have less than they are to have, of whatever others have
 * beyond theirs; then those who wait, in order, of what in their own role has
 * less priority: there, only if they would indeed be the next. */

#include "master/preemption.h"

#include <stdlib.h>
#include <string.h>

#include "master/alloc/shortage.h"
#include "master/recalls.h"

enum {
    ROUND_MS = 1000,
    KEPT_MS = 15000,       /* from a kill to what it frees, at most */
    ROUNDS_MIN = 2,        /* so long somebody must have been short */
    SHORTAGES_MAX = 64,    /* looked at in a round */
    PLACES_MAX = 256,      /* made in a round */
    AGENTS_MAX = 2000,     /* tried for a place, others in the next round */
    CANDIDATES_MAX = 1000, /* on an agent */
    LOOKS_MAX = 100000,    /* at tasks, in a round */
};

/* What a place on an agent would cost. */
struct cost {
    int32_t priority; /* the highest of a victim */
    int64_t excess;   /* the least of a victim's role above its guarantee */
    msec_t lost_ms;   /* of work, all together */
};

/* An agent, while a shortage is being met. */
struct site {
    struct agent *agent;
    struct alloc_places places; /* of this shortage, on it */
    bool has_places;
    bool is_used; /* for another one, in this round */
    bool is_costed;
    bool is_hopeless;
    struct cost cost;      /* of one more place, if it is costed */
    struct resources more; /* that is, or would be, on its way back */
};

struct candidate {
    struct task *task;
    int64_t excess; /* its role's share above its guarantee */
};

struct round {
    struct turn *turn;
    struct site *sites;
    size_t sites_count;
    struct candidate *candidates;
    struct task **chosen;
    size_t chosen_count;
    size_t chosen_size;
    int64_t looks; /* that are left */
};

static msec_t work_of(const struct turn *t, const struct task *task)
{
    return t->input->wall - task->launched_ms;
}

static bool may_be_taken(const struct turn *t,
                         const struct alloc_shortage *s,
                         const struct task *task)
{
    if (task->is_chosen || task->recall_due != 0 || task->gang != NULL ||
        task_has_ended((enum task_state)task->state) ||
        work_of(t, task) < t->m->options.run_min_ms)
        return false;
    if (s->is_by_priority) /* the role as a whole loses nothing */
        return task->priority < s->priority && strcmp(task->role, s->role) == 0;
    return alloc_role_may_lose(t->m->alloc, task->role, &task->resources);
}

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

static size_t list_candidates(struct round *r,
                              const struct alloc_shortage *s,
                              const struct site *site)
{
    struct turn *t = r->turn;
    struct task *task;
    size_t count = 0;

    TAILQ_FOREACH (task, &site->agent->tasks, of_agent) {
        r->looks--;
        if (count < CANDIDATES_MAX && may_be_taken(t, s, task))
            r->candidates[count++] = (struct candidate){
                task, alloc_role_excess(t->m->alloc, task->role)};
    }
    if (count > 1)
        qsort(r->candidates, count, sizeof *r->candidates, by_worth);
    return count;
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
    r->looks--;
    return alloc_shortage_fits(r->turn->m->alloc, s, site->agent->id,
                               &site->more, &site->places) > 0;
}

/* What was chosen first may not be needed any more. */
static void let_go_of_needless(struct round *r,
                               const struct alloc_shortage *s,
                               struct site *site,
                               size_t from)
{
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
}

static void add_up(struct round *r, size_t from, struct cost *cost)
{
    struct alloc *alloc = r->turn->m->alloc;

    *cost = (struct cost){.priority = INT32_MIN, .excess = INT64_MAX};
    for (size_t i = from; i < r->chosen_count; i++) {
        const struct task *task = r->chosen[i];
        int64_t excess = alloc_role_excess(alloc, task->role);

        if (task->priority > cost->priority)
            cost->priority = task->priority;
        if (excess < cost->excess)
            cost->excess = excess;
        cost->lost_ms += work_of(r->turn, task);
    }
}

/* Choose what makes one more place there; false: nothing does. */
static bool make_place(struct round *r,
                       const struct alloc_shortage *s,
                       struct site *site,
                       struct cost *cost)
{
    size_t from = r->chosen_count, count, next = 0;

    add_up(r, from, cost);
    if (fits(r, s, site))
        return true; /* it is free, or on its way back already */
    count = list_candidates(r, s, site);
    while (next < count && !fits(r, s, site)) {
        struct task *task = r->candidates[next++].task;

        if (may_be_taken(r->turn, s, task)) /* still */
            choose(r, site, task);
    }
    if (!fits(r, s, site)) {
        let_go_from(r, from);
        return false;
    }
    let_go_of_needless(r, s, site, from);
    add_up(r, from, cost);
    return true;
}

static bool is_cheaper(const struct cost *a, const struct cost *b)
{
    if (a->priority != b->priority)
        return a->priority < b->priority;
    if (a->excess != b->excess)
        return a->excess > b->excess;
    return a->lost_ms < b->lost_ms;
}

static void reckon(struct round *r,
                   const struct alloc_shortage *s,
                   struct site *site)
{
    size_t from = r->chosen_count;

    site->is_hopeless = !make_place(r, s, site, &site->cost);
    site->is_costed = true;
    let_go_from(r, from);
}

/* One more place, where it costs least.  What a place costs elsewhere is not
 * reckoned again: it may have become dearer, when a role may lose no more. */
static bool make_cheapest(struct round *r, const struct alloc_shortage *s)
{
    struct site *best = NULL;
    struct cost cost;

    for (size_t i = 0; i < r->sites_count && r->looks > 0; i++) {
        struct site *site = &r->sites[i];

        if (site->is_used)
            continue;
        if (!site->is_costed)
            reckon(r, s, site);
        if (site->is_hopeless)
            continue;
        if (best == NULL || is_cheaper(&site->cost, &best->cost))
            best = site;
        if (best->cost.priority == INT32_MIN)
            break; /* it costs nothing */
    }
    if (best == NULL)
        return false;
    best->is_costed = false;
    if (!make_place(r, s, best, &cost)) {
        best->is_costed = best->is_hopeless = true;
        return make_cheapest(r, s);
    }
    best->places.counts[s->slot]++;
    best->has_places = true;
    return true;
}

static void begin_part(struct round *r)
{
    for (size_t i = 0; i < r->sites_count; i++)
        r->sites[i].is_costed = r->sites[i].is_hopeless = false;
}

static struct alloc_places sum_up(const struct round *r)
{
    struct alloc_places sum = {.counts = {0}};

    for (size_t i = 0; i < r->sites_count; i++)
        for (int k = 0; k < ALLOC_SLOTS_MAX && r->sites[i].has_places; k++)
            sum.counts[k] += r->sites[i].places.counts[k];
    return sum;
}

/* Those where something was chosen for it: what comes back there in parts is
 * not to be given to others in parts. */
static void keep_sites(struct round *r,
                       const struct alloc_shortage *s,
                       size_t from)
{
    msec_t until = r->turn->now + r->turn->m->options.recall_ms + KEPT_MS;

    for (size_t i = from; i < r->chosen_count; i++) {
        const struct site *site = find_site(r, r->chosen[i]->agent);

        if (site->has_places)
            alloc_shortage_keep(r->turn->m->alloc, s, site->agent->id,
                                &site->places, until);
    }
}

/* Whom it would be for: otherwise somebody is killed, and another gains. */
static bool is_for_it(struct round *r, const struct alloc_shortage *s)
{
    struct alloc *alloc = r->turn->m->alloc;
    struct alloc_places sum = sum_up(r);

    for (size_t i = 0; i < r->sites_count; i++) {
        const struct site *site = &r->sites[i];

        if (!site->has_places)
            continue;
        r->looks -= 10;
        if (!alloc_shortage_is_first(alloc, s, site->agent->id, &site->more))
            return false;
    }
    return alloc_shortage_is_within(alloc, s, &sum);
}

/* `s` and those that continue it; is anything to be made of it?  `*count`: how
 * many these are. */
static bool meet(struct round *r, const struct alloc_shortage *s, size_t *count)
{
    size_t from = r->chosen_count, parts = 0;
    bool is_whole = true, is_any = false;
    struct alloc_places all;

    for (size_t i = 0; i < r->sites_count; i++) {
        r->sites[i].places = (struct alloc_places){.counts = {0}};
        r->sites[i].has_places = false;
    }
    do {
        const struct alloc_shortage *part = &s[parts];
        uint32_t made = 0;
        uint32_t left = alloc_shortage_left(r->turn->m->alloc, part);

        begin_part(r);
        while (made < left && made < PLACES_MAX && make_cheapest(r, part))
            made++;
        is_whole = is_whole && made == part->count;
        is_any = is_any || made > 0;
    } while (s[parts++].is_continued);
    *count = parts;
    if ((s->is_gang && !is_whole) ||
        (s->is_by_priority && r->chosen_count > from && !is_for_it(r, s))) {
        let_go_from(r, from); /* it would not help */
        return false;
    }
    all = sum_up(r);
    alloc_shortage_provide(r->turn->m->alloc, s, &all, is_whole);
    for (size_t i = 0; i < r->sites_count; i++)
        r->sites[i].is_used |= r->sites[i].has_places;
    keep_sites(r, s, from);
    return is_any;
}

/* In a pool of many, in each round others. */
static const struct agent *first_site(const struct turn *t)
{
    const struct agent *agent = agents_first(t->m->agents);
    size_t count = agents_count(t->m->agents), skipped;

    if (count <= AGENTS_MAX)
        return agent;
    skipped = (size_t)t->m->short_rounds * AGENTS_MAX % count;
    while (skipped-- > 0)
        agent = TAILQ_NEXT(agent, entry);
    return agent;
}

static void open_sites(struct round *r)
{
    struct turn *t = r->turn;
    struct agent *agent = (struct agent *)first_site(t);
    const struct task *task;

    r->candidates =
        arena_alloc(t->arena, CANDIDATES_MAX * sizeof *r->candidates);
    r->sites = arena_alloc(t->arena, AGENTS_MAX * sizeof *r->sites);
    for (; agent != NULL && r->sites_count < AGENTS_MAX;
         agent = TAILQ_NEXT(agent, entry)) {
        struct site *site = &r->sites[r->sites_count];

        if (agent->state != AGENT_REGISTERED || !agent->is_pooled)
            continue;
        *site = (struct site){.agent = agent};
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

static bool is_same(const struct alloc_shortage *a,
                    const struct alloc_shortage *b)
{
    return strcmp(a->framework_id, b->framework_id) == 0 &&
           strcmp(a->ask_id, b->ask_id) == 0;
}

/* Is it among those that were met? */
static bool is_met(const struct alloc_shortage *s,
                   const struct alloc_shortage *list,
                   const bool *met,
                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (met[i] && is_same(s, &list[i]))
            return true;
    return false;
}

static void meet_all(struct round *r,
                     const struct alloc_shortage *list,
                     size_t count,
                     const struct alloc_shortage *waiting,
                     size_t waiting_count)
{
    bool met[SHORTAGES_MAX] = {false};
    size_t parts;

    for (size_t i = 0; i < count && r->looks > 0; i += parts)
        met[i] = meet(r, &list[i], &parts);
    for (size_t i = 0; i < waiting_count && r->looks > 0; i += parts) {
        parts = 1;
        if (!is_met(&waiting[i], list, met, count))
            meet(r, &waiting[i], &parts);
    }
}

void preemption_due(struct turn *t)
{
    struct round r = {.turn = t, .looks = LOOKS_MAX};
    const struct alloc_shortage *list, *waiting = NULL;
    size_t waiting_count = 0,
           count = alloc_shortages(t->m->alloc, SHORTAGES_MAX, t->arena, &list);

    if (t->m->has_priorities)
        waiting_count =
            alloc_waiting(t->m->alloc, SHORTAGES_MAX, t->arena, &waiting);
    if (count + waiting_count == 0) {
        t->m->short_rounds = 0;
        return;
    }
    t->m->short_rounds++;
    deadlines_set(t->m->deadlines, &t->m->preempt, t->now + ROUND_MS);
    if (t->m->short_rounds < ROUNDS_MIN)
        return;
    open_sites(&r);
    meet_all(&r, list, count, waiting, waiting_count);
    recall(&r);
    for (size_t i = 0; i < r.sites_count; i++)
        resources_release(&r.sites[i].more);
}
