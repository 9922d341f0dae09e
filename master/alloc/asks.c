/* asks.c - made, checked, sorted, noted and forgotten. */

#include "master/alloc/asks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "master/alloc/constraints.h"

enum {
    WAKE_STEPS = 8,
};

struct asks {
    struct names *names;
    struct pool *pool;
    struct attributes *attributes;
    struct views *views;
    struct shapes *shapes;
    struct keeps *keeps;
    enum alloc_order order;
    msec_t now;                         /* of the last run */
    TAILQ_HEAD(sleepers, ask) sleepers; /* the first to wake first */
    uint64_t serial;
    struct scarce scarce;
};

static const char *id_of(const void *value)
{
    return ((const struct ask *)value)->id;
}

struct asks *asks_new(struct names *names,
                      struct pool *pool,
                      struct attributes *attributes,
                      struct views *views,
                      struct shapes *shapes,
                      struct keeps *keeps)
{
    struct asks *asks = memory_new(1, sizeof *asks);

    asks->names = names;
    asks->pool = pool;
    asks->attributes = attributes;
    asks->views = views;
    asks->shapes = shapes;
    asks->keeps = keeps;
    TAILQ_INIT(&asks->sleepers);
    return asks;
}

void asks_free(struct asks *asks)
{
    free(asks);
}

struct ask *asks_find(const struct framework *framework, const char *id)
{
    return framework->asks == NULL ? NULL : table_find(framework->asks, id);
}

/* Ids break ties, so that the order they came in does not matter. */
static bool is_before(const struct asks *asks,
                      const struct ask *a,
                      const struct ask *b)
{
    int order =
        policy_compare_urgency(asks->order, asks->now, a->client->asks_patience,
                               &a->urgency, &b->urgency);

    return order != 0 ? order < 0 : strcmp(a->id, b->id) < 0;
}

void asks_set_order(struct asks *asks, enum alloc_order order)
{
    asks->order = order;
}

/* A merge sort, as mostly they are in order already but for a few. */
void asks_sort(const struct asks *asks, struct client *client)
{
    size_t count = client->asks_count;
    struct ask **spare;

    if (count < 2 || !policy_changes_with_time(asks->order) ||
        asks->now - client->asks_sorted < POLICY_SORT_MS)
        return;
    client->asks_sorted = asks->now;
    client->asks_patience = /* who has waited longest is first, if for long */
        policy_patience(asks->now - client->asks[0]->urgency.since);
    spare = memory_new(count, sizeof(*spare));
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t a = from, middle = from + width, b, end = from + 2 * width;

            middle = middle < count ? middle : count;
            end = end < count ? end : count;
            b = middle;
            for (size_t to = from; to < end; to++) {
                bool is_b = a == middle ||
                            (b < end &&
                             is_before(asks, client->asks[b], client->asks[a]));

                spare[to] = client->asks[is_b ? b++ : a++];
            }
        }
        memcpy(client->asks, spare, count * sizeof(*spare));
    }
    free(spare);
    client->asks_next = 0;
}

static uint64_t pending_of(const struct ask *ask)
{
    uint64_t pending = 0;

    for (size_t i = 0; i < ask->slots_count; i++)
        pending += slot_pending(&ask->slots[i]);
    return pending;
}

static void classify(struct client *client)
{
    tree_set_class(
        &client->node,
        client->asks_count == 0 ? 0 : policy_class(&client->asks[0]->urgency));
}

static void list(const struct asks *asks, struct ask *ask)
{
    struct client *c = ask->client;
    uint32_t low = 0, high = c->asks_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (is_before(asks, c->asks[middle], ask))
            low = middle + 1;
        else
            high = middle;
    }
    if (c->asks_count == c->asks_size) {
        c->asks_size = c->asks_size == 0 ? 4 : c->asks_size * 2;
        c->asks = memory_resize(c->asks, c->asks_size, sizeof(*c->asks));
    }
    memmove(&c->asks[low + 1], &c->asks[low],
            (c->asks_count - low) * sizeof(*c->asks));
    c->asks[low] = ask;
    c->asks_count++;
    if (c->asks_next > low)
        c->asks_next = low;
    c->pending += pending_of(ask);
    classify(c);
}

static void unlist(struct ask *ask)
{
    struct client *c = ask->client;
    uint32_t i = 0;

    while (c->asks[i] != ask)
        i++;
    c->asks_count--;
    memmove(&c->asks[i], &c->asks[i + 1],
            (c->asks_count - i) * sizeof(*c->asks));
    if (c->asks_next > i)
        c->asks_next--;
    c->pending -= pending_of(ask);
    classify(c);
}

static void put_to_sleep(struct asks *asks, struct ask *ask)
{
    struct ask *before = TAILQ_LAST(&asks->sleepers, sleepers);

    while (before != NULL && before->not_before > ask->not_before)
        before = TAILQ_PREV(before, sleepers, of_sleepers);
    if (before == NULL)
        TAILQ_INSERT_HEAD(&asks->sleepers, ask, of_sleepers);
    else
        TAILQ_INSERT_AFTER(&asks->sleepers, before, ask, of_sleepers);
    ask->is_asleep = true;
}

bool asks_wake(struct asks *asks, msec_t now, int64_t *steps)
{
    struct ask *ask;

    asks->now = now;
    while ((ask = TAILQ_FIRST(&asks->sleepers)) != NULL &&
           ask->not_before <= now) {
        if (*steps <= 0)
            return false;
        *steps -= WAKE_STEPS;
        TAILQ_REMOVE(&asks->sleepers, ask, of_sleepers);
        ask->is_asleep = false;
        list(asks, ask);
        clients_settle(ask->client, true);
    }
    return true;
}

msec_t asks_deadline(const struct asks *asks)
{
    const struct ask *first = TAILQ_FIRST(&asks->sleepers);

    return first == NULL ? MSEC_NEVER : first->not_before;
}

bool asks_want_scarce(const struct asks *asks)
{
    return asks->scarce.is_wanted;
}

bool asks_review_scarce(struct asks *asks, msec_t now)
{
    return scarce_review(&asks->scarce, asks->pool, now);
}

static void slot_release(struct asks *asks, struct slot *s)
{
    if (s->is_scarce)
        scarce_remove(&asks->scarce, s);
    for (size_t i = 0; i < s->spreads_count; i++)
        spread_release(&s->spreads[i], asks->attributes);
    free(s->spreads);
    shapes_release(asks->shapes, s->shape);
    views_release(asks->views, s->view);
    need_release(&s->need);
}

static void ask_free(struct asks *asks, struct ask *ask)
{
    keeps_forget_ask(asks->keeps, ask);
    for (size_t i = 0; i < ask->slots_count; i++)
        slot_release(asks, &ask->slots[i]);
    if (ask->pack_under != NULL)
        attributes_release(asks->attributes, ask->pack_under);
    free(ask->slots);
    free(ask->id);
    free(ask);
}

void asks_remove(struct asks *asks, struct ask *ask)
{
    struct framework *framework = ask->client->framework;

    if (ask->is_asleep)
        TAILQ_REMOVE(&asks->sleepers, ask, of_sleepers);
    else
        unlist(ask);
    table_remove(framework->asks, ask);
    if (table_count(framework->asks) == 0) {
        table_free(framework->asks);
        framework->asks = NULL;
    }
    ask_free(asks, ask);
}

void asks_remove_of_client(struct asks *asks, struct client *client)
{
    struct ask *ask, *next;

    while (client->asks_count > 0)
        asks_remove(asks, client->asks[client->asks_count - 1]);
    for (ask = TAILQ_FIRST(&asks->sleepers); ask != NULL; ask = next) {
        next = TAILQ_NEXT(ask, of_sleepers);
        if (ask->client == client)
            asks_remove(asks, ask);
    }
}

static int slot_init(struct asks *asks,
                     struct slot *slot,
                     const struct alloc_slot *info,
                     struct error *err)
{
    struct error why;
    int scarce;

    if (info->count > ALLOC_COUNT_MAX)
        return error_set(err, -EINVAL, "count: %u is more than %d", info->count,
                         ALLOC_COUNT_MAX);
    if (info->min > info->count)
        return error_set(err, -EINVAL, "min: %u is more than the count, %u",
                         (unsigned)info->min, (unsigned)info->count);
    if (constraints_check(info, err) < 0)
        return -EINVAL;
    if (need_init(&slot->need, asks->names, info->each, err) < 0)
        return -EINVAL;
    if (views_use(asks->views, info->constraints, info->constraints_count,
                  &slot->view, &why) < 0) {
        need_release(&slot->need);
        return error_set(err, -EINVAL, "constraints: %s", why.text);
    }
    slot->shape = shapes_use(asks->shapes, slot->view, &slot->need.quantity);
    scarce = names_find(asks->names, POLICY_SCARCE);
    slot->is_scarce =
        scarce != NAMES_NONE && (slot->need.kinds >> scarce & 1) != 0;
    if (slot->is_scarce)
        scarce_add(&asks->scarce, slot);
    slot->count = info->count;
    slot->min = info->min;
    slot->spreads =
        memory_new(info->constraints_count + 1, sizeof *slot->spreads);
    for (size_t i = 0; i < info->constraints_count; i++) {
        const struct alloc_constraint *c = &info->constraints[i];

        if (c->relation == ALLOC_UNIQUE || c->relation == ALLOC_MAX_PER ||
            c->relation == ALLOC_GROUP_BY)
            spread_init(&slot->spreads[slot->spreads_count++], asks->attributes,
                        c);
    }
    return 0;
}

static void note_running(struct asks *asks,
                         struct ask *ask,
                         const struct alloc_ask *info)
{
    for (size_t i = 0; i < info->running_count; i++) {
        const struct alloc_running *r = &info->running[i];
        struct slot *slot = &ask->slots[r->slot];

        if (!pool_has(asks->pool, r->agent_id))
            continue;
        for (size_t n = 0; n < slot->spreads_count; n++)
            spread_add(&slot->spreads[n], pool_get(asks->pool, r->agent_id),
                       r->count);
    }
}

/* Of a slot all may be placed already, but not of all. */
static uint64_t count_wanted(const struct alloc_ask *info)
{
    uint64_t wanted = 0;

    for (size_t i = 0; i < info->slots_count; i++)
        wanted += info->slots[i].count;
    return wanted;
}

static int check(const struct framework *framework,
                 const struct alloc_ask *info,
                 struct error *err)
{
    const struct client *client;

    if (info->id == NULL || info->id[0] == '\0')
        return error_set(err, -EINVAL, "id: is missing");
    client = info->role == NULL ? NULL : clients_find(framework, info->role);
    if (client == NULL || !client->is_subscribed)
        return error_set(err, -EINVAL,
                         "role: \"%s\" is none of the framework's",
                         info->role == NULL ? "" : info->role);
    if (info->slots_count == 0 || info->slots_count > ALLOC_SLOTS_MAX)
        return error_set(err, -EINVAL, "slots: %zu are not from 1 to %d",
                         info->slots_count, ALLOC_SLOTS_MAX);
    if (count_wanted(info) == 0)
        return error_set(err, -EINVAL, "slots[0].count: nothing is asked for");
    if (info->max_ms < 0)
        return error_set(err, -EINVAL, "max_ms: is negative");
    if (info->pack_under != NULL && info->pack_under[0] == '\0')
        return error_set(err, -EINVAL, "pack_under: is empty");
    for (size_t i = 0; i < info->running_count; i++) {
        if (info->running[i].slot >= info->slots_count)
            return error_set(err, -EINVAL, "running[%zu].slot: is unknown", i);
    }
    return 0;
}

int asks_put(struct asks *asks,
             struct framework *framework,
             const struct alloc_ask *info,
             struct error *err)
{
    struct ask *ask, *old;
    struct error why;
    uint64_t mins = 0;
    int64_t cpus = 0;

    if (check(framework, info, err) < 0)
        return -EINVAL;
    old = asks_find(framework, info->id);
    if (old == NULL && framework->asks != NULL &&
        table_count(framework->asks) == ALLOC_ASKS_MAX)
        return error_set(err, -ENOSPC, "the framework has %d asks already",
                         ALLOC_ASKS_MAX);
    ask = memory_new(1, sizeof *ask);
    ask->slots = memory_new(info->slots_count, sizeof *ask->slots);
    for (; ask->slots_count < info->slots_count; ask->slots_count++) {
        if (slot_init(asks, &ask->slots[ask->slots_count],
                      &info->slots[ask->slots_count], &why) < 0) {
            error_set(err, -EINVAL, "slots[%zu].%s", ask->slots_count,
                      why.text);
            ask_free(asks, ask);
            return -EINVAL;
        }
    }
    ask->id = memory_strdup(info->id);
    ask->client = clients_find(framework, info->role);
    ask->is_exclusive = info->is_exclusive;
    ask->serial = ++asks->serial;
    ask->not_before = info->not_before;
    ask->max_ms = info->max_ms;
    if (info->pack_under != NULL)
        ask->pack_under = attributes_use(asks->attributes, info->pack_under);
    for (size_t i = 0; i < ask->slots_count; i++) {
        int64_t each = ask->slots[i].need.quantity.of[NAMES_CPUS];

        mins += ask->slots[i].min;
        /* What is absurd must not overflow. */
        cpus += ask->slots[i].min * (each < INT32_MAX ? each : INT32_MAX);
    }
    ask->is_gang = mins > 1;
    ask->urgency =
        policy_urgency(info->priority, info->since, info->max_ms, cpus);
    note_running(asks, ask, info);
    if (old != NULL) {
        keeps_replace_ask(asks->keeps, old, ask);
        asks_remove(asks, old);
    }
    if (framework->asks == NULL)
        framework->asks = table_new(id_of);
    table_add(framework->asks, ask);
    put_to_sleep(asks, ask); /* the next run wakes it, if it is time */
    return 0;
}

void asks_note_granted(struct ask *ask,
                       struct slot *slot,
                       const struct agent *agent,
                       uint32_t granted)
{
    assert(granted <= slot_pending(slot));
    slot->granted += granted;
    ask->client->pending -= granted;
    for (size_t i = 0; i < slot->spreads_count; i++)
        spread_add(&slot->spreads[i], agent, granted);
}

/* Search for it from the first agent. */
static void restart_slot(struct slot *s)
{
    s->is_stuck = false;
    s->is_bound = false;
    s->cursor = (struct pool_cursor){.group = 0};
    s->list_next = 0;
}

void asks_note_placed(struct ask *ask,
                      struct slot *slot,
                      const struct agent *agent,
                      uint32_t granted,
                      uint32_t placed)
{
    uint32_t returned;

    assert(granted <= slot->granted);
    if (placed > granted)
        placed = granted;
    returned = granted - placed;
    slot->granted -= granted;
    slot->placed += placed;
    if (returned == 0)
        return;
    ask->client->pending += returned;
    for (size_t i = 0; i < slot->spreads_count; i++)
        spread_remove(&slot->spreads[i], agent, returned);
    restart_slot(slot);
    ask->is_stuck = false;
    ask->client->asks_next = 0;
}

enum ask_stage ask_stage(const struct ask *ask)
{
    bool is_any = false, is_short = false;

    if (!ask->is_gang)
        return ASK_SINGLE;
    for (size_t i = 0; i < ask->slots_count; i++) {
        const struct slot *s = &ask->slots[i];

        is_any |= s->granted + s->placed > 0;
        is_short |= s->granted + s->placed < s->min;
    }
    if (!is_short)
        return ASK_SINGLE;
    return is_any ? ASK_ANSWERING : ASK_ASSEMBLING;
}

void slot_reckon(struct slot *slot)
{
    for (size_t i = 0; i < slot->spreads_count; i++) {
        if (slot->spreads[i].relation != ALLOC_GROUP_BY)
            continue;
        spread_reckon(&slot->spreads[i], slot->view, &slot->need);
        /* What was full for its share may not be any more. */
        slot->cursor = (struct pool_cursor){.group = 0};
        slot->list_next = 0;
    }
}

bool asks_is_done(const struct ask *ask)
{
    for (size_t i = 0; i < ask->slots_count; i++) {
        if (ask->slots[i].placed < ask->slots[i].count)
            return false;
    }
    return true;
}

void asks_restart(struct client *client)
{
    for (uint32_t i = 0; i < client->asks_count; i++) {
        client->asks[i]->is_stuck = false;
        for (size_t n = 0; n < client->asks[i]->slots_count; n++)
            restart_slot(&client->asks[i]->slots[n]);
    }
    client->asks_next = 0;
}

bool asks_reconsider(struct client *client)
{
    bool is_any = false;

    for (uint32_t i = 0; i < client->asks_count; i++) {
        struct ask *ask = client->asks[i];

        if (ask_stage(ask) == ASK_ASSEMBLING) {
            ask->is_stuck = false;
            is_any = true;
        }
        for (size_t n = 0; n < ask->slots_count; n++) {
            if (!ask->slots[n].is_bound)
                continue;
            restart_slot(&ask->slots[n]);
            is_any = true;
        }
    }
    if (is_any)
        client->asks_next = 0;
    return is_any;
}

bool asks_next(struct client *client, struct ask **ask, struct slot **slot)
{
    for (; client->asks_next < client->asks_count; client->asks_next++) {
        *ask = client->asks[client->asks_next];
        *slot = &(*ask)->slots[0];
        if (ask_stage(*ask) == ASK_ASSEMBLING && !(*ask)->is_stuck)
            return true;
        if (ask_stage(*ask) != ASK_SINGLE)
            continue;
        for (size_t i = 0; i < (*ask)->slots_count; i++) {
            *slot = &(*ask)->slots[i];
            if (slot_pending(*slot) > 0 && !(*slot)->is_stuck)
                return true;
        }
    }
    return false;
}
