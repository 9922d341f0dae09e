/* pool.c - free quantities lie side by side in blocks of 32 agents, so that a
 * search reads memory in order. */

#include "master/alloc/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"

enum {
    BLOCK_AGENTS = 32,
    GROUP_BLOCKS = 64,
    /* What a look at one agent costs more than one at a bound. */
    AGENT_STEPS = 2,
    /* Gains that a mark can catch up with; after more it starts anew. */
    GAINS_KEPT = 256,
};

struct group;

struct block {
    struct group *group;
    uint32_t number; /* in its group */
    uint32_t count;
    uint32_t inactive_count;
    struct agent *agents[BLOCK_AGENTS];
    struct quantity bound;
    struct quantity free[BLOCK_AGENTS];
};

struct group {
    uint32_t number; /* in the pool */
    uint32_t count;
    struct block *blocks[GROUP_BLOCKS];
    struct quantity bound;
};

struct pool {
    struct table *by_id;
    struct group **groups;
    uint32_t groups_count;
    uint32_t groups_size;
    uint64_t layout;                 /* changes when a block has moved */
    struct agent *gains[GAINS_KEPT]; /* a ring; NULL: removed since */
    uint64_t gains_count;
    uint32_t *numbers; /* given back, to be given again */
    uint32_t numbers_count;
    uint32_t numbers_size;
    uint32_t number_next;
    unsigned kinds_count;        /* no agent ever had others */
    struct quantity totals;      /* of what counts for shares */
    struct quantity cpus_beside; /* see policy_scale() */
    struct scale scale;
    uint64_t scale_serial;
    bool is_scale_stale;
};

static const char *id_of(const void *value)
{
    return ((const struct agent *)value)->id;
}

struct pool *pool_new(void)
{
    struct pool *p = memory_new(1, sizeof *p);

    p->by_id = table_new(id_of);
    p->layout = 1;
    return p;
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    for (uint32_t g = 0; g < p->groups_count; g++) {
        struct group *group = p->groups[g];

        for (uint32_t b = 0; b < group->count; b++) {
            for (uint32_t i = 0; i < group->blocks[b]->count; i++)
                agent_free(group->blocks[b]->agents[i]);
            free(group->blocks[b]);
        }
        free(group);
    }
    free(p->groups);
    free(p->numbers);
    table_free(p->by_id);
    free(p);
}

/* The last place whose first agent is not after `id`; the first, if none. */
static uint32_t find_group(const struct pool *p, const char *id)
{
    uint32_t low = 0, high = p->groups_count;

    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(p->groups[middle]->blocks[0]->agents[0]->id, id) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t find_block(const struct group *g, const char *id)
{
    uint32_t low = 0, high = g->count;

    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(g->blocks[middle]->agents[0]->id, id) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t find_slot(const struct block *b, const char *id)
{
    uint32_t low = 0, high = b->count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(b->agents[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t slot_of(const struct agent *a)
{
    const struct block *b = a->block;

    return (uint32_t)(a->free - b->free);
}

/* Tell the agents from `first` on where they are now. */
static void moved(struct block *b, uint32_t first)
{
    for (uint32_t i = first; i < b->count; i++) {
        b->agents[i]->block = b;
        b->agents[i]->free = &b->free[i];
    }
}

static void number_groups(struct pool *p, uint32_t first)
{
    for (uint32_t i = first; i < p->groups_count; i++)
        p->groups[i]->number = i;
}

static void number_blocks(struct group *g, uint32_t first)
{
    for (uint32_t i = first; i < g->count; i++)
        g->blocks[i]->number = i;
}

static void insert_group(struct pool *p, uint32_t place, struct group *g)
{
    if (p->groups_count == p->groups_size) {
        p->groups_size = p->groups_size == 0 ? 8 : p->groups_size * 2;
        p->groups = memory_resize(p->groups, p->groups_size, sizeof *p->groups);
    }
    memmove(&p->groups[place + 1], &p->groups[place],
            (p->groups_count - place) * sizeof *p->groups);
    p->groups[place] = g;
    p->groups_count++;
    number_groups(p, place);
}

static void split_group(struct pool *p, uint32_t place)
{
    struct group *old = p->groups[place];
    struct group *upper = memory_new(1, sizeof *upper);

    upper->count = old->count / 2;
    old->count -= upper->count;
    memcpy(upper->blocks, &old->blocks[old->count],
           upper->count * sizeof *upper->blocks);
    for (uint32_t i = 0; i < upper->count; i++)
        upper->blocks[i]->group = upper;
    number_blocks(upper, 0);
    upper->bound = old->bound;
    insert_group(p, place + 1, upper);
}

static void insert_block(struct group *g, uint32_t place, struct block *b)
{
    assert(g->count < GROUP_BLOCKS);
    memmove(&g->blocks[place + 1], &g->blocks[place],
            (g->count - place) * sizeof *g->blocks);
    g->blocks[place] = b;
    g->count++;
    b->group = g;
    number_blocks(g, place);
}

static void split_block(struct group *g, uint32_t place)
{
    struct block *old = g->blocks[place];
    struct block *upper = memory_new(1, sizeof *upper);

    upper->count = old->count / 2;
    old->count -= upper->count;
    memcpy(upper->agents, &old->agents[old->count],
           upper->count * sizeof *upper->agents);
    memcpy(upper->free, &old->free[old->count],
           upper->count * sizeof *upper->free);
    moved(upper, 0);
    for (uint32_t i = 0; i < upper->count; i++)
        upper->inactive_count += !upper->agents[i]->is_active;
    old->inactive_count -= upper->inactive_count;
    upper->bound = old->bound;
    insert_block(g, place + 1, upper);
}

/* The block that `id` belongs into, with room for one more. */
static struct block *make_room(struct pool *p, const char *id)
{
    uint32_t g, b;

    if (p->groups_count == 0) {
        insert_group(p, 0, memory_new(1, sizeof(struct group)));
        insert_block(p->groups[0], 0, memory_new(1, sizeof(struct block)));
        p->layout++;
        return p->groups[0]->blocks[0];
    }
    g = find_group(p, id);
    b = find_block(p->groups[g], id);
    if (p->groups[g]->blocks[b]->count == BLOCK_AGENTS) {
        p->layout++;
        if (p->groups[g]->count == GROUP_BLOCKS) {
            split_group(p, g);
            g = find_group(p, id);
            b = find_block(p->groups[g], id);
        }
        split_block(p->groups[g], b);
        b = find_block(p->groups[g], id);
    }
    return p->groups[g]->blocks[b];
}

static void count_total(struct pool *p, const struct agent *a, int sign)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        p->totals.of[i] += sign * a->counted.of[i];
        if (a->total.of[i] > 0 && p->kinds_count <= (unsigned)i)
            p->kinds_count = (unsigned)i + 1;
        if (a->counted.of[i] > 0)
            p->cpus_beside.of[i] += sign * a->total.of[NAMES_CPUS];
    }
    p->is_scale_stale = true;
}

static uint32_t take_number(struct pool *p)
{
    return p->numbers_count > 0 ? p->numbers[--p->numbers_count]
                                : p->number_next++;
}

static void give_number_back(struct pool *p, uint32_t number)
{
    if (p->numbers_count == p->numbers_size) {
        p->numbers_size = p->numbers_size == 0 ? 64 : p->numbers_size * 2;
        p->numbers =
            memory_resize(p->numbers, p->numbers_size, sizeof *p->numbers);
    }
    p->numbers[p->numbers_count++] = number;
}

void pool_add(struct pool *p, struct agent *a)
{
    struct block *b = make_room(p, a->id);
    uint32_t slot = find_slot(b, a->id);

    memmove(&b->agents[slot + 1], &b->agents[slot],
            (b->count - slot) * sizeof *b->agents);
    memmove(&b->free[slot + 1], &b->free[slot],
            (b->count - slot) * sizeof *b->free);
    b->agents[slot] = a;
    b->free[slot] = a->total;
    b->count++;
    b->inactive_count += !a->is_active;
    moved(b, slot);
    a->number = take_number(p);
    table_add(p->by_id, a);
    count_total(p, a, 1);
    pool_gained(p, a);
}

static void remove_block(struct pool *p, struct block *b)
{
    struct group *g = b->group;
    uint32_t i = b->number;

    memmove(&g->blocks[i], &g->blocks[i + 1],
            (g->count - i - 1) * sizeof *g->blocks);
    g->count--;
    number_blocks(g, i);
    free(b);
    p->layout++;
    if (g->count > 0)
        return;
    i = g->number;
    memmove(&p->groups[i], &p->groups[i + 1],
            (p->groups_count - i - 1) * sizeof *p->groups);
    p->groups_count--;
    number_groups(p, i);
    free(g);
}

void pool_remove(struct pool *p, struct agent *a)
{
    struct block *b = a->block;
    uint32_t slot = slot_of(a);

    for (int i = 0; i < GAINS_KEPT; i++) {
        if (p->gains[i] == a)
            p->gains[i] = NULL;
    }
    count_total(p, a, -1);
    give_number_back(p, a->number);
    table_remove(p->by_id, a);
    memmove(&b->agents[slot], &b->agents[slot + 1],
            (b->count - slot - 1) * sizeof *b->agents);
    memmove(&b->free[slot], &b->free[slot + 1],
            (b->count - slot - 1) * sizeof *b->free);
    b->count--;
    b->inactive_count -= !a->is_active;
    moved(b, slot);
    if (b->count == 0)
        remove_block(p, b);
    agent_free(a);
}

struct agent *pool_get(const struct pool *p, const char *id)
{
    struct agent *a = table_find(p->by_id, id);

    assert(a != NULL);
    return a;
}

bool pool_has(const struct pool *p, const char *id)
{
    return table_find(p->by_id, id) != NULL;
}

size_t pool_count(const struct pool *p)
{
    return table_count(p->by_id);
}

void pool_gained(struct pool *p, struct agent *a)
{
    struct block *b = a->block;

    quantity_raise(&b->bound, a->free);
    quantity_raise(&b->group->bound, a->free);
    p->gains[p->gains_count++ % GAINS_KEPT] = a;
}

void pool_set_active(struct pool *p, struct agent *a, bool is_active)
{
    struct block *b = a->block;

    b->inactive_count += !is_active;
    b->inactive_count -= !a->is_active;
    a->is_active = is_active;
    pool_gained(p, a);
}

/* After nothing was found in it: as low as is true. */
static void lower_block(const struct pool *p, struct block *b)
{
    struct quantity bound = {.of = {0}};

    for (uint32_t i = 0; i < b->count; i++) {
        if (b->inactive_count > 0 && !b->agents[i]->is_active)
            continue;
        for (unsigned k = 0; k < p->kinds_count; k++) {
            if (bound.of[k] < b->free[i].of[k])
                bound.of[k] = b->free[i].of[k];
        }
    }
    b->bound = bound;
}

static void lower_group(struct group *g)
{
    g->bound = (struct quantity){.of = {0}};
    for (uint32_t i = 0; i < g->count; i++)
        quantity_raise(&g->bound, &g->blocks[i]->bound);
}

static struct pool_cursor cursor_at(const struct pool *p, const struct block *b)
{
    return (struct pool_cursor){p->layout, b->group->number, b->number};
}

static bool is_before(const struct pool_cursor *a, const struct pool_cursor *b)
{
    return a->group != b->group ? a->group < b->group : a->block < b->block;
}

static bool qualifies(const struct pool_query *query, const struct agent *a)
{
    return a->is_active && pool_may_fit(&query->need, a->free) &&
           (query->qualifies == NULL || query->qualifies(a, query->arg));
}

/* Back to the first of those that have gained and now qualify. */
static void catch_up(const struct pool *p, const struct pool_query *query)
{
    struct pool_mark *m = query->mark;

    if (m->cursor.layout != p->layout ||
        p->gains_count - m->gains > GAINS_KEPT) {
        m->cursor = (struct pool_cursor){.layout = p->layout};
        m->gains = p->gains_count;
    }
    for (; m->gains < p->gains_count; m->gains++) {
        const struct agent *a = p->gains[m->gains % GAINS_KEPT];
        struct pool_cursor c;

        if (a == NULL)
            continue;
        c = cursor_at(p, a->block);
        if (is_before(&c, &m->cursor) && qualifies(query, a))
            m->cursor = c;
    }
}

static struct agent *find_in(const struct pool *p,
                             struct block *b,
                             const struct pool_query *query,
                             int64_t *steps,
                             bool *is_empty)
{
    *is_empty = true;
    *steps -= BLOCK_AGENTS / 4;
    for (uint32_t i = 0; i < b->count; i++) {
        struct agent *a = b->agents[i];

        if (!pool_may_fit(&query->need, &b->free[i]))
            continue;
        *steps -= AGENT_STEPS;
        if (!qualifies(query, a))
            continue;
        *is_empty = false;
        if (query->fits(a, query->arg))
            return a;
    }
    lower_block(p, b);
    return NULL;
}

/* From the cursor on.  What is empty moves the mark along. */
static enum pool_found find_from(struct pool *p,
                                 const struct pool_query *query,
                                 struct pool_cursor *cursor,
                                 struct pool_cursor *mark,
                                 int64_t *steps,
                                 struct agent **found)
{
    bool is_empty;

    for (; cursor->group < p->groups_count; cursor->group++) {
        struct group *g = p->groups[cursor->group];

        if (!pool_may_fit(&query->need, &g->bound)) {
            --*steps;
            cursor->block = 0;
            continue;
        }
        for (; cursor->block < g->count; cursor->block++) {
            struct block *b = g->blocks[cursor->block];

            if (mark != NULL)
                *mark = *cursor;
            if (*steps <= 0)
                return POOL_TIRED;
            --*steps;
            if (!pool_may_fit(&query->need, &b->bound))
                continue;
            *found = find_in(p, b, query, steps, &is_empty);
            if (*found != NULL)
                return POOL_FOUND;
            if (!is_empty)
                mark = NULL; /* for others it may be something */
        }
        lower_group(g);
        cursor->block = 0;
    }
    if (mark != NULL)
        *mark = *cursor;
    return POOL_NONE;
}

enum pool_found pool_find(struct pool *p,
                          const struct pool_query *query,
                          struct pool_cursor *cursor,
                          int64_t *steps,
                          struct agent **found)
{
    struct pool_cursor *mark = NULL;

    if (cursor->layout != p->layout)
        *cursor = (struct pool_cursor){.layout = p->layout};
    if (query->mark != NULL) {
        catch_up(p, query);
        if (!is_before(&query->mark->cursor, cursor)) {
            mark = &query->mark->cursor;
            *cursor = *mark;
        }
    }
    return find_from(p, query, cursor, mark, steps, found);
}

void pool_note_capacity(const struct pool *p,
                        struct pool_mark *mark,
                        uint64_t capacity)
{
    mark->capacity = capacity;
    mark->capacity_gains = p->gains_count + 1;
}

uint64_t pool_capacity(const struct pool *p, const struct pool_mark *mark)
{
    return mark->capacity_gains == p->gains_count + 1 ? mark->capacity
                                                      : UINT64_MAX;
}

/* What is at `slot` of the block, or comes after it. */
static struct agent *at_or_next(const struct pool *p,
                                const struct block *b,
                                uint32_t slot)
{
    const struct group *g = b->group;

    if (slot < b->count)
        return b->agents[slot];
    if (b->number + 1 < g->count)
        return g->blocks[b->number + 1]->agents[0];
    if (g->number + 1 < p->groups_count)
        return p->groups[g->number + 1]->blocks[0]->agents[0];
    return NULL;
}

struct agent *pool_next(const struct pool *p, const struct agent *after)
{
    if (after != NULL)
        return at_or_next(p, after->block, slot_of(after) + 1);
    return p->groups_count > 0 ? p->groups[0]->blocks[0]->agents[0] : NULL;
}

struct agent *pool_after(const struct pool *p, const char *id)
{
    const struct group *g;
    const struct block *b;
    uint32_t slot;

    if (p->groups_count == 0)
        return NULL;
    g = p->groups[find_group(p, id)];
    b = g->blocks[find_block(g, id)];
    slot = find_slot(b, id);
    if (slot < b->count && strcmp(b->agents[slot]->id, id) == 0)
        slot++;
    return at_or_next(p, b, slot);
}

uint64_t pool_place(const struct agent *a)
{
    const struct block *b = a->block;

    return (uint64_t)b->group->number << 32 | b->number << 8 | slot_of(a);
}

const struct scale *pool_scale(struct pool *p, uint64_t *serial)
{
    if (p->is_scale_stale) {
        policy_scale(&p->scale, &p->totals, &p->cpus_beside);
        p->scale_serial++;
        p->is_scale_stale = false;
    }
    *serial = p->scale_serial;
    return &p->scale;
}
