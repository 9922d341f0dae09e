/* explain.c - each agent is counted under the first reason that holds, those
 * that will never change before those that may. */

#include "master/alloc/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/alloc/backfill.h"
#include "master/alloc/plan.h"
#include "master/alloc/search.h"

enum {
    TEXT_SIZE = 256,
    TESTS_MAX = ALLOC_CONSTRAINTS_MAX,
};

enum why {
    WHY_CONSTRAINT, /* and which of the view's tests */
    WHY_SIZE,       /* and which kind there is too little of, even when free */
    WHY_SPREAD,     /* and which */
    WHY_RESERVED,   /* and to whom */
    WHY_INACTIVE,
    WHY_EXCLUSIVE,
    WHY_SPARED,
    WHY_FILTER,
    WHY_RECALLED,
    WHY_LIMIT,
    WHY_BUSY, /* and which kind */
    WHY_PARTS,
    WHY_KEPT,
    WHY_NOT, /* it could take one */
    WHYS_COUNT,
};

struct tally {
    uint32_t count;
    int64_t most; /* of the kind, that one of them has, or has free */
};

struct look {
    struct alloc *alloc;
    struct ask *ask;
    struct slot *slot;
    bool is_limited; /* its role may have no more */
    struct tally tallies[WHYS_COUNT][TESTS_MAX];
    const char *reserved_to[TESTS_MAX]; /* the last: any others */
    int reserved_count;
    uint64_t fits_now;
    uint64_t fits_ever;
    const struct agent *nearest;
    int64_t distance; /* of it: what it lacks, in thousandths of the need */
};

/* The first kind of which `has` is too little; or -1. */
static int find_lack(const struct slot *slot, const struct quantity *has)
{
    const struct pool_need *need = &slot->need.amounts;

    for (unsigned i = 0; i < need->count; i++)
        if (has->of[need->kinds[i]] < need->amounts[i])
            return need->kinds[i];
    return -1;
}

static bool lacks_spread(const struct slot *slot,
                         const struct agent *agent,
                         int *which)
{
    for (size_t i = 0; i < slot->spreads_count; i++)
        if (!spread_allows(&slot->spreads[i], agent)) {
            *which = (int)i;
            return true;
        }
    return false;
}

static bool is_taken(const struct ask *ask, const struct agent *agent)
{
    if (agent->exclusive_to != 0)
        return agent->exclusive_to != ask->serial;
    return ask->is_exclusive && agent->holdings_count > 0;
}

static bool is_kept(const struct look *l, const struct agent *agent)
{
    const struct quantity *spare;

    return !backfill_may_use(l->alloc, l->ask, agent, &spare) &&
           !quantity_contains(spare, &l->slot->need.quantity);
}

static bool has_role(const struct look *l, const char *role, int *which)
{
    for (*which = 0; *which < l->reserved_count; ++*which)
        if (strcmp(l->reserved_to[*which], role) == 0)
            return true;
    return false;
}

/* Would it fit, if nothing were reserved to others?  Then `*which` of these has
 * the kind that is too little. */
static bool is_reserved(struct look *l,
                        const struct agent *agent,
                        const struct quantity *visible,
                        int *which)
{
    const char *role = l->ask->client->role->name;
    struct quantity usable = agent_usable(agent, &l->alloc->names, role);
    const struct quantity *has = &usable;
    int kind = find_lack(l->slot, has);

    if (kind < 0 && find_lack(l->slot, agent->free) < 0)
        kind = find_lack(l->slot, has = visible);
    for (size_t i = 0; kind >= 0 && i < agent->exact_total.count; i++) {
        const struct resource *r = &agent->exact_total.items[i];

        if (agent_may_use(r->reserved_role, role) ||
            strcmp(r->name, l->alloc->names.of[kind]) != 0)
            continue;
        if (!has_role(l, r->reserved_role, which)) {
            if (l->reserved_count < TESTS_MAX - 1)
                l->reserved_to[l->reserved_count++] = r->reserved_role;
            else
                *which = TESTS_MAX - 1;
        }
        return true;
    }
    return false;
}

/* `*which`: of several of the same kind. */
static enum why judge(struct look *l,
                      const struct agent *agent,
                      const struct quantity *visible,
                      int *which)
{
    const struct slot *slot = l->slot;
    const char *role = l->ask->client->role->name;

    *which = 0;
    if (slot->view != NULL) {
        size_t failed = views_failed(slot->view, agent);

        *which = (int)failed;
        if (failed < slot->view->tests_count)
            return WHY_CONSTRAINT;
    }
    *which = find_lack(slot, &agent->total);
    if (*which >= 0)
        return WHY_SIZE;
    if (lacks_spread(slot, agent, which))
        return WHY_SPREAD;
    if (is_reserved(l, agent, visible, which))
        return WHY_RESERVED;
    *which = 0;
    if (!agent->is_active)
        return WHY_INACTIVE;
    if (is_taken(l->ask, agent))
        return WHY_EXCLUSIVE;
    if (search_is_spared(l->alloc, slot, agent))
        return WHY_SPARED;
    if (filters_may_hide(l->alloc->filters, &l->ask->client->filters, agent,
                         &slot->need.quantity))
        return WHY_FILTER;
    if (!keeps_may_use(agent, l->ask))
        return WHY_RECALLED;
    if (l->is_limited)
        return WHY_LIMIT;
    *which = find_lack(slot, visible);
    if (*which >= 0)
        return WHY_BUSY;
    *which = 0;
    if (is_kept(l, agent))
        return WHY_KEPT;
    return need_fits(&slot->need, &l->alloc->names, agent, role) ? WHY_NOT
                                                                 : WHY_PARTS;
}

static uint32_t times_of(const struct slot *slot, const struct quantity *left)
{
    uint32_t times = plan_times(slot, left);

    for (size_t i = 0; i < slot->spreads_count; i++)
        if (slot->spreads[i].relation != ALLOC_GROUP_BY &&
            times > slot->spreads[i].most)
            times = slot->spreads[i].most;
    return times;
}

static int64_t distance_of(const struct slot *slot, const struct quantity *has)
{
    const struct pool_need *need = &slot->need.amounts;
    int64_t distance = 0;

    for (unsigned i = 0; i < need->count; i++) {
        int64_t lack = need->amounts[i] - has->of[need->kinds[i]];

        if (lack > 0)
            distance += lack * 1000 / need->amounts[i];
    }
    return distance;
}

static void note_nearest(struct look *l,
                         const struct agent *agent,
                         const struct quantity *visible)
{
    int64_t distance = distance_of(l->slot, visible);

    if (l->nearest != NULL && distance >= l->distance)
        return;
    l->nearest = agent;
    l->distance = distance;
}

static void look_at(struct look *l, const struct agent *agent)
{
    struct quantity visible =
        agent_visible(agent, &l->alloc->names, l->ask->client->role->name);
    int which;
    enum why why = judge(l, agent, &visible, &which);
    struct tally *tally = &l->tallies[why][which];
    const struct quantity *has = why == WHY_SIZE ? &agent->total : &visible;

    tally->count++;
    if ((why == WHY_SIZE || why == WHY_BUSY) && has->of[which] > tally->most)
        tally->most = has->of[which];
    if (why >= WHY_SPREAD)
        l->fits_ever += times_of(l->slot, &agent->total);
    if (why == WHY_NOT)
        l->fits_now += times_of(l->slot, &visible);
    if (why == WHY_BUSY || why == WHY_KEPT || why == WHY_EXCLUSIVE)
        note_nearest(l, agent, &visible);
}

static void look_through(struct look *l)
{
    const struct agent *agent = NULL;

    slot_reckon(l->slot);
    while ((agent = pool_next(l->alloc->pool, agent)) != NULL)
        look_at(l, agent);
}

static int64_t need_of(const struct slot *slot, int kind)
{
    return slot->need.quantity.of[kind];
}

static void describe_spread(const struct spread *s, char text[TEXT_SIZE])
{
    switch (s->relation) {
    case ALLOC_UNIQUE:
        snprintf(text, TEXT_SIZE, "%.200s: it has one already",
                 s->attribute->name);
        break;
    case ALLOC_MAX_PER:
        snprintf(text, TEXT_SIZE, "%.200s: it has %u already",
                 s->attribute->name, s->most);
        break;
    case ALLOC_GROUP_BY:
        snprintf(text, TEXT_SIZE, "%.200s: others have fewer",
                 s->attribute->name);
        break;
    case ALLOC_EQUALS:
    case ALLOC_NOT_EQUALS:
    case ALLOC_MATCHES:
        break; /* not of a spread */
    }
}

static void describe(const struct look *l,
                     enum why why,
                     int which,
                     char text[TEXT_SIZE])
{
    static const char *const plain[WHYS_COUNT] = {
        [WHY_RESERVED] = "reserved for other roles",
        [WHY_INACTIVE] = "away, drained or deactivated",
        [WHY_EXCLUSIVE] = "in use, and not to be shared",
        [WHY_FILTER] = "declined by the framework a moment ago",
        [WHY_SPARED] = "kept for those who ask for " POLICY_SCARCE,
        [WHY_RECALLED] = "kept for those whom tasks were recalled for",
        [WHY_LIMIT] = "its role, or one above it, has reached its limit",
        [WHY_PARTS] = "the ports, items or reservations wanted are not free",
        [WHY_KEPT] = "kept for a gang that comes first",
        [WHY_NOT] = "room for it; others come first",
    };
    int64_t most = l->tallies[why][which].most;
    char wanted[MILLI_TEXT_SIZE], has[MILLI_TEXT_SIZE];

    if (why == WHY_CONSTRAINT)
        views_describe(l->slot->view, (size_t)which, text, TEXT_SIZE);
    else if (why == WHY_SPREAD)
        describe_spread(&l->slot->spreads[which], text);
    else if (why == WHY_RESERVED && which < TESTS_MAX - 1)
        snprintf(text, TEXT_SIZE, "reserved for role %.200s",
                 l->reserved_to[which]);
    else if (why == WHY_SIZE || why == WHY_BUSY)
        snprintf(text, TEXT_SIZE, "%s: %s wanted, at most %s %s",
                 l->alloc->names.of[which],
                 milli_format(need_of(l->slot, which), wanted),
                 milli_format(most, has), why == WHY_SIZE ? "there" : "free");
    else
        snprintf(text, TEXT_SIZE, "%s", plain[why]);
}

static int by_agents(const void *a, const void *b)
{
    const struct alloc_reason *x = a, *y = b;

    if (x->agents_count != y->agents_count)
        return x->agents_count > y->agents_count ? -1 : 1;
    return strcmp(x->text, y->text);
}

static void list_reasons(const struct look *l,
                         struct arena *arena,
                         struct alloc_explanation *e)
{
    struct alloc_reason *reasons =
        arena_alloc(arena, sizeof *reasons * WHYS_COUNT * TESTS_MAX);
    char text[TEXT_SIZE];

    for (int why = 0; why < WHYS_COUNT; why++)
        for (int which = 0; which < TESTS_MAX; which++) {
            if (l->tallies[why][which].count == 0)
                continue;
            describe(l, (enum why)why, which, text);
            reasons[e->reasons_count].text = arena_strdup(arena, text);
            reasons[e->reasons_count++].agents_count =
                l->tallies[why][which].count;
        }
    qsort(reasons, e->reasons_count, sizeof *reasons, by_agents);
    e->reasons = reasons;
}

static void describe_nearest(const struct look *l,
                             struct arena *arena,
                             struct alloc_explanation *e)
{
    const struct agent *agent = l->nearest;
    const struct agent_holding *most = NULL;
    uint64_t serial, share, most_share = 0;
    const struct scale *scale = pool_scale(l->alloc->pool, &serial);
    char text[TEXT_SIZE];

    if (agent == NULL)
        return;
    for (uint32_t i = 0; i < agent->holdings_count; i++) {
        share = policy_share(scale, &agent->holdings[i].given, 1000);
        if (most == NULL || share > most_share) {
            most = &agent->holdings[i];
            most_share = share;
        }
    }
    e->nearest_agent = arena_strdup(arena, agent->id);
    if (most == NULL) {
        e->would_free_it = "nothing of it is in use";
        return;
    }
    snprintf(text, sizeof text, "%.200s has most of it",
             ((const struct client *)most->leaf->leaf)->framework->id);
    e->would_free_it = arena_strdup(arena, text);
}

static void judge_forever(const struct look *l,
                          struct arena *arena,
                          struct alloc_explanation *e)
{
    uint32_t min = l->ask->is_gang ? l->slot->min : 0;
    char text[TEXT_SIZE];

    if (pool_count(l->alloc->pool) == 0)
        return; /* some agent may still come */
    if (l->fits_ever == 0)
        snprintf(text, sizeof text, "no agent can ever take it");
    else if (l->fits_ever < min)
        snprintf(text, sizeof text,
                 "%u are wanted at once, and there is never room for more "
                 "than %" PRIu64,
                 min, l->fits_ever);
    else
        return;
    e->impossible = arena_strdup(arena, text);
}

static void note_place(const struct alloc *a,
                       const struct ask *ask,
                       struct arena *arena,
                       struct alloc_explanation *e)
{
    msec_t at;
    const struct ask *head = backfill_head(a->backfill, &at);

    if (head == NULL)
        return;
    e->place_for = arena_strdup(arena, head->id);
    if (head != ask)
        return;
    e->starts_by = at == MSEC_NEVER ? 0 : at;
    e->agents_count = backfill_agents(a->backfill);
}

static void count_tasks(const struct ask *ask, struct alloc_explanation *e)
{
    for (size_t i = 0; i < ask->slots_count; i++) {
        e->wanted += ask->slots[i].count;
        e->offered += ask->slots[i].granted;
        e->placed += ask->slots[i].placed;
    }
    e->is_gang = ask->is_gang;
    e->not_before = ask->is_asleep ? ask->not_before : 0;
}

static bool may_have(const struct ask *ask, const struct slot *slot)
{
    struct quantity q = slot->need.quantity;

    for (int i = 0; i < QUANTITY_MAX && ask->is_gang; i++)
        q.of[i] *= slot->min > 0 ? slot->min : 1;
    return tree_may_give(&ask->client->node, &q);
}

bool alloc_explain(struct alloc *a,
                   const char *framework_id,
                   const char *ask_id,
                   struct arena *arena,
                   struct alloc_explanation *e)
{
    struct framework *framework =
        clients_get_framework(a->clients, framework_id);
    struct ask *ask = asks_find(framework, ask_id);
    struct look hardest = {.alloc = a, .ask = ask};

    *e = (struct alloc_explanation){.wanted = 0};
    if (ask == NULL)
        return false;
    count_tasks(ask, e);
    for (size_t i = 0; i < ask->slots_count; i++) {
        struct look l = {.alloc = a, .ask = ask, .slot = &ask->slots[i]};

        if (slot_pending(l.slot) == 0)
            continue;
        l.is_limited = !may_have(ask, l.slot);
        look_through(&l);
        if (hardest.slot != NULL && l.fits_ever >= hardest.fits_ever)
            continue;
        hardest = l;
        e->slot = i;
    }
    if (hardest.slot == NULL)
        return false;
    e->fits_now =
        hardest.fits_now > UINT32_MAX ? UINT32_MAX : (uint32_t)hardest.fits_now;
    list_reasons(&hardest, arena, e);
    describe_nearest(&hardest, arena, e);
    judge_forever(&hardest, arena, e);
    note_place(a, ask, arena, e);
    return true;
}
