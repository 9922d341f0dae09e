/* backfill.c - the holds.  They stay while the order is looked through again,
 * and bind nobody until it is known whether their gang still is the first. */

#include "master/alloc/backfill.h"

#include <stdlib.h>

#include "base/memory.h"
#include "master/alloc/plan.h"

struct backfill {
    struct ask *head;
    msec_t at;
    bool is_bound;
    struct hold **holds;
    size_t holds_count;
    size_t holds_size;
};

struct backfill *backfill_new(void)
{
    return memory_new(1, sizeof(struct backfill));
}

static void remove_hold(struct backfill *b, struct hold *h)
{
    b->holds[h->place] = b->holds[--b->holds_count];
    b->holds[h->place]->place = h->place;
    h->agent->hold = NULL;
    free(h);
}

void backfill_free(struct backfill *b)
{
    if (b == NULL)
        return;
    while (b->holds_count > 0)
        remove_hold(b, b->holds[b->holds_count - 1]);
    free(b->holds);
    free(b);
}

void backfill_unbind(struct backfill *b)
{
    b->is_bound = false;
}

bool backfill_is_binding(const struct backfill *b)
{
    return b->is_bound;
}

void backfill_release(struct alloc *a)
{
    struct backfill *b = a->backfill;

    b->head = NULL;
    b->is_bound = false;
    while (b->holds_count > 0) {
        struct hold *h = b->holds[b->holds_count - 1];

        gained_add(&a->gained, h->agent);
        remove_hold(b, h);
    }
}

void backfill_forget_ask(struct alloc *a, const struct ask *ask)
{
    if (a->backfill->head == ask)
        backfill_release(a);
}

void backfill_forget_agent(struct alloc *a, struct agent *agent)
{
    if (agent->hold != NULL)
        remove_hold(a->backfill, agent->hold);
}

/* Will it be over when the gang can start? */
static bool is_over_by_then(const struct alloc *a, const struct ask *ask)
{
    return ask != NULL && ask->max_ms > 0 && a->backfill->at != MSEC_NEVER &&
           a->now + ask->max_ms <= a->backfill->at;
}

bool backfill_may_use(const struct alloc *a,
                      const struct ask *ask,
                      const struct agent *agent,
                      const struct quantity **spare)
{
    if (agent->hold == NULL || !a->backfill->is_bound ||
        ask == a->backfill->head || is_over_by_then(a, ask))
        return true;
    *spare = &agent->hold->spare;
    return false;
}

void backfill_note_given(struct alloc *a,
                         const struct ask *ask,
                         const struct agent *agent,
                         const struct quantity *given)
{
    if (agent->hold != NULL && !is_over_by_then(a, ask))
        quantity_subtract(&agent->hold->spare, given);
}

/* At the agents of the plan, what it does not need is spare. */
static void hold(struct alloc *a, const struct plan *p)
{
    struct backfill *b = a->backfill;

    for (size_t i = 0; i < p->pieces_count; i++) {
        const struct piece *piece = &p->pieces[i];
        struct agent *agent = piece->agent;

        if (agent->hold == NULL) {
            struct hold *h = memory_new(1, sizeof *h);

            if (b->holds_count == b->holds_size) {
                b->holds_size = b->holds_size == 0 ? 64 : b->holds_size * 2;
                b->holds =
                    memory_resize(b->holds, b->holds_size, sizeof(*b->holds));
            }
            h->agent = agent;
            h->place = b->holds_count;
            b->holds[b->holds_count++] = h;
            agent->hold = h;
        }
        if (agent->hold->serial != p->serial) {
            agent->hold->before =
                agent->hold->serial == 0 ? agent->left : agent->hold->spare;
            agent->hold->spare = agent->left;
            agent->hold->serial = p->serial;
        }
        for (int k = 0; k < QUANTITY_MAX; k++)
            agent->hold->spare.of[k] -=
                piece->slot->need.quantity.of[k] * piece->times;
        if (p->ask->is_exclusive)
            agent->hold->spare = (struct quantity){.of = {0}};
    }
}

/* What is held no more, or less of, is as good as freed. */
static void drop_others(struct alloc *a, uint64_t serial)
{
    struct backfill *b = a->backfill;

    for (size_t i = b->holds_count; i-- > 0;) {
        struct hold *h = b->holds[i];

        if (h->serial == serial && quantity_contains(&h->before, &h->spare))
            continue;
        gained_add(&a->gained, h->agent);
        if (h->serial != serial)
            remove_hold(b, h);
    }
}

void backfill_keep(struct alloc *a, const struct plan *p, msec_t at)
{
    struct backfill *b = a->backfill;

    hold(a, p);
    drop_others(a, p->serial);
    b->head = p->ask;
    b->at = at;
    b->is_bound = true;
}

const struct ask *backfill_head(const struct backfill *b, msec_t *at)
{
    *at = b->at;
    return b->head;
}

size_t backfill_agents(const struct backfill *b)
{
    return b->holds_count;
}
