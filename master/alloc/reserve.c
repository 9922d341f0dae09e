/* reserve.c - everything comes back in the order of its ends, until a plan
 * fits: that is the time.
 *
 * Agents that come back late are kept before those that are free already: so
 * what is free now stays free for those who need it longer. */

#include "master/alloc/reserve.h"

#include <stdlib.h>

#include "master/alloc/backfill.h"
#include "master/alloc/ends.h"
#include "master/alloc/lineup.h"

/* What will be there, as time goes on. */
struct sweep {
    struct alloc *alloc;
    struct plan plan;
    msec_t at;
    unsigned failed; /* plans that did not fit, though they promised to */
    unsigned waits;  /* times to let pass before the next is made */
    bool is_planned;
};

/* All at one time come back before a plan is made.  The more have failed, the
 * rarer they are made: whatever is asked for, it ends. */
static bool try_plan(struct sweep *s)
{
    struct plan *p = &s->plan;

    if (!plan_is_promising(p))
        return false;
    if (s->waits > 0) {
        s->waits--;
        return false;
    }
    s->alloc->steps -= (int64_t)p->line_count;
    s->is_planned = plan_fill(p, s->alloc, p->line, p->line_count);
    s->waits = s->is_planned ? 0 : 1u << (s->failed < 16 ? s->failed : 16);
    s->failed++;
    return s->is_planned;
}

static bool come_back(const struct end *end, void *arg)
{
    struct sweep *s = arg;
    struct alloc *a = s->alloc;
    msec_t at = end->at > a->now ? end->at : a->now;

    a->steps -= 2;
    if (at > s->at && try_plan(s))
        return true;
    s->at = at;
    if (!plan_has(&s->plan, end->agent)) {
        struct quantity visible;

        if (!lineup_may_ever_be_on(s->plan.ask, end->agent))
            return false;
        visible = agent_visible(end->agent, &a->names,
                                s->plan.ask->client->role->name);
        plan_add(&s->plan, end->agent, &visible);
    }
    plan_add_more(&s->plan, end->agent, &end->quantity, at);
    return false;
}

static int by_place(const void *a, const void *b)
{
    uint64_t x = pool_place(*(struct agent *const *)a);
    uint64_t y = pool_place(*(struct agent *const *)b);

    return (x > y) - (x < y);
}

static int by_lateness(const void *a, const void *b)
{
    const struct agent *x = *(struct agent *const *)a;
    const struct agent *y = *(struct agent *const *)b;

    if (x->left_at != y->left_at)
        return x->left_at > y->left_at ? -1 : 1;
    return pool_place(x) < pool_place(y) ? -1 : 1;
}

bool reserve_for(struct alloc *a, struct ask *ask)
{
    struct sweep s = {.alloc = a, .at = a->now};
    struct plan *p = &s.plan;

    plan_init(p, a, ask, false);
    lineup_make(a, p);
    if (!ends_walk(a->ends, come_back, &s) && !s.is_planned) {
        s.waits = 0;
        try_plan(&s);
    }
    if (s.is_planned) {
        qsort(p->line, p->line_count, sizeof(*p->line), by_lateness);
        if (!plan_fill(p, a, p->line, p->line_count)) {
            qsort(p->line, p->line_count, sizeof(*p->line), by_place);
            s.is_planned = plan_fill(p, a, p->line, p->line_count);
        }
    }
    if (s.is_planned)
        backfill_keep(a, p, s.at);
    plan_release(p);
    return s.is_planned;
}
