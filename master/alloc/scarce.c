/* scarce.c - each such slot is looked for in the whole pool, but seldom. */

#include "master/alloc/scarce.h"

#include "master/alloc/slot.h"

enum {
    REVIEW_MS = 1000, /* agents that come and go */
};

void scarce_add(struct scarce *s, struct slot *slot)
{
    LIST_INSERT_HEAD(&s->slots, slot, of_scarce);
    s->is_stale = true;
}

void scarce_remove(struct scarce *s, struct slot *slot)
{
    LIST_REMOVE(slot, of_scarce);
    s->is_stale = true;
}

static bool is_possible(const struct slot *slot, const struct pool *pool)
{
    const struct agent *agent = NULL;

    while ((agent = pool_next(pool, agent)) != NULL)
        if (pool_may_fit(&slot->need.amounts, &agent->total) &&
            (slot->view == NULL ||
             views_failed(slot->view, agent) == slot->view->tests_count))
            return true;
    return false;
}

bool scarce_review(struct scarce *s, struct pool *pool, msec_t now)
{
    bool was_wanted = s->is_wanted;
    const struct slot *slot;
    uint64_t serial;

    pool_scale(pool, &serial);
    if (!s->is_stale && (serial == s->serial || now - s->at < REVIEW_MS))
        return false;
    s->is_stale = false;
    s->serial = serial;
    s->at = now;
    s->is_wanted = false;
    LIST_FOREACH (slot, &s->slots, of_scarce)
        if (is_possible(slot, pool)) {
            s->is_wanted = true;
            break;
        }
    return s->is_wanted != was_wanted;
}
