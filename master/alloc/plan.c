/* plan.c - the largest shape first, on the first agents of the line that take
 * it: what is small finds room later. */

#include "master/alloc/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void plan_init(struct plan *p, struct alloc *a, struct ask *ask, bool is_now)
{
    *p = (struct plan){.ask = ask, .is_now = is_now, .serial = ++a->plans};
}

void plan_release(struct plan *p)
{
    free(p->line);
    free(p->pieces);
}

uint32_t plan_times(const struct slot *slot, const struct quantity *left)
{
    const struct pool_need *need = &slot->need.amounts;
    int64_t times = slot->need.is_certain ? 1 : ALLOC_COUNT_MAX;

    for (unsigned i = 0; i < need->count; i++) {
        int64_t fit = left->of[need->kinds[i]] / need->amounts[i];

        if (fit < times)
            times = fit;
    }
    return times < 0 ? 0 : (uint32_t)times;
}

/* Who wants an agent for himself, or has to wait for one who has, can use it
 * only when all of it is there. */
static bool is_usable(const struct plan *p, const struct agent *agent)
{
    return (!p->ask->is_exclusive && agent->exclusive_to == 0) ||
           memcmp(&agent->left, &agent->total, sizeof agent->left) == 0;
}

static void count_capacity(struct plan *p, const struct agent *agent, int sign)
{
    if (!is_usable(p, agent))
        return;
    for (size_t i = 0; i < p->ask->slots_count; i++) {
        uint64_t times = plan_times(&p->ask->slots[i], &agent->left);

        p->capacity[i] += sign > 0 ? times : -times;
    }
}

bool plan_has(const struct plan *p, const struct agent *agent)
{
    return agent->left_serial == p->serial;
}

void plan_add(struct plan *p, struct agent *agent, const struct quantity *left)
{
    if (plan_has(p, agent))
        return;
    agent->left_serial = p->serial;
    agent->left = *left;
    agent->left_at = 0;
    if (p->line_count == p->line_size) {
        p->line_size = p->line_size == 0 ? 16 : p->line_size * 2;
        p->line = memory_resize(p->line, p->line_size, sizeof(*p->line));
    }
    p->line[p->line_count++] = agent;
    count_capacity(p, agent, 1);
}

void plan_add_more(struct plan *p,
                   struct agent *agent,
                   const struct quantity *more,
                   msec_t at)
{
    agent->left_at = at;
    count_capacity(p, agent, -1);
    quantity_add(&agent->left, more);
    count_capacity(p, agent, 1);
}

bool plan_is_promising(const struct plan *p)
{
    for (size_t i = 0; i < p->ask->slots_count; i++) {
        if (p->capacity[i] < p->ask->slots[i].min)
            return false;
    }
    return true;
}

static void add_piece(struct plan *p,
                      struct slot *slot,
                      struct agent *agent,
                      uint32_t times)
{
    if (p->pieces_count == p->pieces_size) {
        p->pieces_size = p->pieces_size == 0 ? 16 : p->pieces_size * 2;
        p->pieces = memory_resize(p->pieces, p->pieces_size, sizeof *p->pieces);
    }
    p->pieces[p->pieces_count++] = (struct piece){agent, slot, times};
    for (unsigned i = 0; i < slot->need.amounts.count; i++)
        agent->left.of[slot->need.amounts.kinds[i]] -=
            slot->need.amounts.amounts[i] * times;
    for (size_t i = 0; i < slot->spreads_count; i++)
        spread_add(&slot->spreads[i], agent, times);
}

static void remove_pieces(struct plan *p)
{
    for (size_t n = 0; n < p->pieces_count; n++) {
        const struct piece *piece = &p->pieces[n];
        struct slot *slot = piece->slot;

        for (unsigned i = 0; i < slot->need.amounts.count; i++)
            piece->agent->left.of[slot->need.amounts.kinds[i]] +=
                slot->need.amounts.amounts[i] * piece->times;
        for (size_t i = 0; i < slot->spreads_count; i++)
            spread_remove(&slot->spreads[i], piece->agent, piece->times);
    }
}

static uint32_t room(const struct plan *p,
                     const struct alloc *a,
                     const struct slot *slot,
                     const struct agent *agent,
                     uint32_t most)
{
    uint32_t times = plan_times(slot, &agent->left);

    if (!agent->is_left_usable || !views_has(slot->view, agent))
        return 0;
    if (times > most)
        times = most;
    if (p->is_now && !need_is_plain(&slot->need, agent))
        times = need_times(&slot->need, &a->names, agent,
                           p->ask->client->role->name, times);
    for (size_t i = 0; i < slot->spreads_count && times > 0; i++) {
        uint32_t spread = spread_room(&slot->spreads[i], agent);

        if (times > spread)
            times = spread;
    }
    return times;
}

/* One time along the line; what of `wanted` is left. */
static uint32_t fill_slot(struct plan *p,
                          const struct alloc *a,
                          struct slot *slot,
                          struct agent *const *line,
                          size_t count,
                          uint32_t wanted)
{
    for (size_t i = 0; i < count && wanted > 0; i++) {
        uint32_t times;

        slot_reckon(slot);
        times = room(p, a, slot, line[i], wanted);
        if (times == 0)
            continue;
        add_piece(p, slot, line[i], times);
        wanted -= times;
    }
    return wanted;
}

/* The slots, the largest dominant share first. */
static void sort_slots(const struct alloc *a,
                       struct ask *ask,
                       struct slot **order)
{
    uint64_t serial;
    const struct scale *scale = pool_scale(a->pool, &serial);
    uint64_t shares[ALLOC_SLOTS_MAX];

    for (size_t i = 0; i < ask->slots_count; i++) {
        uint64_t share =
            policy_share(scale, &ask->slots[i].need.quantity, 1000);
        size_t n = i;

        for (; n > 0 && shares[n - 1] < share; n--) {
            shares[n] = shares[n - 1];
            order[n] = order[n - 1];
        }
        shares[n] = share;
        order[n] = &ask->slots[i];
    }
}

bool plan_fill(struct plan *p,
               struct alloc *a,
               struct agent *const *line,
               size_t count)
{
    struct slot *order[ALLOC_SLOTS_MAX];
    bool is_full = true;

    p->pieces_count = 0;
    for (size_t i = 0; i < count; i++)
        line[i]->is_left_usable = is_usable(p, line[i]);
    sort_slots(a, p->ask, order);
    for (size_t i = 0; i < p->ask->slots_count && is_full; i++) {
        uint32_t wanted = order[i]->min, before;

        do { /* evenly spread, more may fit each time along the line */
            before = wanted;
            wanted = fill_slot(p, a, order[i], line, count, wanted);
        } while (wanted > 0 && wanted < before);
        is_full = wanted == 0;
    }
    remove_pieces(p);
    return is_full;
}
