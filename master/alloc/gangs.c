/* gangs.c - plan, take, grant. */

#include "master/alloc/gangs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/alloc/grants.h"
#include "master/alloc/lineup.h"

enum {
    /* Values under which a gang is tried to be packed. */
    PACK_TRIES = 64,
    GANG_ID_SIZE = 24,
};

/* Agents of the line that have the same value. */
struct group {
    const struct value *value; /* NULL: that have none */
    struct agent **agents;     /* part of the line */
    size_t count;
    uint64_t capacity[ALLOC_SLOTS_MAX];
    uint64_t sum;
};

/* Is there not even room for each shape alone? */
static bool is_hopeless(const struct alloc *a, const struct ask *ask)
{
    for (size_t i = 0; i < ask->slots_count; i++) {
        const struct slot *slot = &ask->slots[i];

        if (slot->min > pool_capacity(a->pool, &slot->shape->mark))
            return true;
    }
    return false;
}

static const struct value *value_of(const struct agent *agent,
                                    const struct ask *ask)
{
    return attributes_of(agent, ask->pack_under);
}

/* Values by their text, and agents without one last; within, in order. */
static void sort_line(struct plan *p)
{
    struct agent **line = p->line;
    struct agent **spare = memory_new(p->line_count, sizeof(*spare));

    /* A merge sort: it is stable, and qsort() has no argument for the ask. */
    for (size_t width = 1; width < p->line_count; width *= 2) {
        for (size_t from = 0; from < p->line_count; from += 2 * width) {
            size_t a = from, b = from + width, end = from + 2 * width;
            size_t middle = b < p->line_count ? b : p->line_count;

            end = end < p->line_count ? end : p->line_count;
            b = middle;
            for (size_t to = from; to < end; to++) {
                bool is_b = a == middle;

                if (a < middle && b < end) {
                    const struct value *x = value_of(line[a], p->ask);
                    const struct value *y = value_of(line[b], p->ask);

                    is_b = x != y && y != NULL &&
                           (x == NULL || strcmp(y->text, x->text) < 0);
                }
                spare[to] = line[is_b ? b++ : a++];
            }
        }
        memcpy(line, spare, p->line_count * sizeof(*line));
    }
    free(spare);
}

static size_t make_groups(const struct plan *p, struct group *groups)
{
    size_t count = 0;

    for (size_t i = 0; i < p->line_count; i++) {
        const struct value *value = value_of(p->line[i], p->ask);
        struct group *g;

        if (count == 0 || groups[count - 1].value != value)
            groups[count++] =
                (struct group){.value = value, .agents = &p->line[i]};
        g = &groups[count - 1];
        g->count++;
        for (size_t n = 0; n < p->ask->slots_count; n++) {
            uint32_t times = plan_times(&p->ask->slots[n], &p->line[i]->left);

            g->capacity[n] += times;
            g->sum += times;
        }
    }
    return count;
}

static bool is_promising(const struct ask *ask, const struct group *g)
{
    for (size_t i = 0; i < ask->slots_count; i++) {
        if (g->capacity[i] < ask->slots[i].min)
            return false;
    }
    return g->value != NULL;
}

/* The tightest first; groups are sorted by their texts already. */
static int by_room(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->sum != y->sum)
        return x->sum < y->sum ? -1 : 1;
    if (x->value == NULL || y->value == NULL)
        return (x->value == NULL) - (y->value == NULL);
    return strcmp(x->value->text, y->value->text);
}

/* Under one value, the one with the least room that is enough; else under few,
 * those with the most room. */
static bool fill_packed(struct alloc *a, struct plan *p)
{
    struct group *groups = memory_new(p->line_count, sizeof *groups);
    struct agent **line = memory_new(p->line_count, sizeof(*line));
    size_t count, tries = 0, used = 0;
    bool is_full = false;

    sort_line(p);
    count = make_groups(p, groups);
    qsort(groups, count, sizeof *groups, by_room);
    for (size_t i = 0; i < count && tries < PACK_TRIES && !is_full; i++) {
        if (!is_promising(p->ask, &groups[i]))
            continue;
        tries++;
        is_full = plan_fill(p, a, groups[i].agents, groups[i].count);
    }
    for (size_t i = count; i-- > 0 && !is_full;) {
        memcpy(&line[used], groups[i].agents, groups[i].count * sizeof(*line));
        used += groups[i].count;
    }
    if (!is_full)
        is_full = plan_fill(p, a, line, used);
    free(line);
    free(groups);
    return is_full;
}

/* The pieces on one agent become one grant where they can. */
static int by_agent(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    uint64_t at_x = pool_place(x->agent), at_y = pool_place(y->agent);

    if (at_x != at_y)
        return at_x < at_y ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

/* A plan knows amounts; when certain ports or items are asked for, these may
 * not be there.  Then whatever has been taken is put back. */
static bool take_all(struct alloc *a,
                     const struct plan *p,
                     struct resources **taken,
                     struct arena *arena)
{
    const char *role = p->ask->client->role->name;
    size_t n;

    for (n = 0; n < p->pieces_count; n++) {
        const struct piece *piece = &p->pieces[n];

        if (need_times(&piece->slot->need, &a->names, piece->agent, role,
                       piece->times) < piece->times)
            break;
        taken[n] = need_take(&piece->slot->need, &a->names, piece->agent, role,
                             piece->times, arena);
    }
    if (n == p->pieces_count)
        return true;
    while (n-- > 0)
        agent_return(p->pieces[n].agent, &a->names, taken[n]);
    return false;
}

static bool give_all(struct alloc *a, struct plan *p, struct arena *arena)
{
    struct resources **taken = memory_new(p->pieces_count, sizeof(*taken));
    bool is_taken;
    char *id;

    qsort(p->pieces, p->pieces_count, sizeof *p->pieces, by_agent);
    is_taken = take_all(a, p, taken, arena);
    if (is_taken) {
        id = arena_alloc(arena, GANG_ID_SIZE);
        snprintf(id, GANG_ID_SIZE, "G%llu",
                 (unsigned long long)++a->gangs_count);
        p->ask->gang_id = id;
        p->ask->gang_run = a->runs;
    }
    for (size_t n = 0; n < p->pieces_count && is_taken; n++)
        grants_record(a, p->ask, p->pieces[n].slot, p->pieces[n].times,
                      p->pieces[n].agent, taken[n], arena);
    free(taken);
    return is_taken;
}

enum gangs_result gangs_assemble(struct alloc *a,
                                 struct ask *ask,
                                 size_t grants_left,
                                 struct arena *arena)
{
    enum gangs_result result = GANGS_REFUSED;
    struct plan p;
    bool is_full;

    a->steps--;
    if (is_hopeless(a, ask))
        return GANGS_REFUSED;
    plan_init(&p, a, ask, true);
    lineup_make(a, &p);
    is_full = plan_is_promising(&p);
    if (is_full)
        is_full = ask->pack_under != NULL
                      ? fill_packed(a, &p)
                      : plan_fill(&p, a, p.line, p.line_count);
    /* One larger than any run may be must not wait for ever. */
    if (is_full && p.pieces_count > grants_left && a->grants_count > 0)
        result = GANGS_TOO_MANY;
    else if (is_full && give_all(a, &p, arena))
        result = GANGS_GIVEN;
    plan_release(&p);
    return result;
}
