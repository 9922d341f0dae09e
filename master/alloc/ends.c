/* ends.c - a binary heap by time; a walk follows it from its root, with the
 * children of what it has seen in a heap of its own. */

#include "master/alloc/ends.h"

#include <stdlib.h>

#include "base/memory.h"

struct ends {
    struct end **heap;
    uint32_t count;
    uint32_t size;
};

struct ends *ends_new(void)
{
    return memory_new(1, sizeof(struct ends));
}

void ends_free(struct ends *e)
{
    if (e == NULL)
        return;
    free(e->heap);
    free(e);
}

static void settle(struct ends *e, uint32_t i)
{
    struct end *moved = e->heap[i];

    while (i > 0 && moved->at < e->heap[(i - 1) / 2]->at) {
        e->heap[i] = e->heap[(i - 1) / 2];
        e->heap[i]->place = i;
        i = (i - 1) / 2;
    }
    for (;;) {
        uint32_t c = 2 * i + 1;

        if (c + 1 < e->count && e->heap[c + 1]->at < e->heap[c]->at)
            c++;
        if (c >= e->count || e->heap[c]->at >= moved->at)
            break;
        e->heap[i] = e->heap[c];
        e->heap[i]->place = i;
        i = c;
    }
    e->heap[i] = moved;
    moved->place = i;
}

static void remove_end(struct ends *e, struct end *end)
{
    uint32_t place = end->place;

    LIST_REMOVE(end, of_agent);
    e->count--;
    if (place < e->count) {
        e->heap[place] = e->heap[e->count];
        settle(e, place);
    }
    free(end);
}

static struct end *find(const struct agent *agent,
                        const struct tree_node *leaf,
                        msec_t at,
                        uint64_t serial)
{
    struct end *end;

    LIST_FOREACH (end, &agent->ends, of_agent) {
        if (end->leaf == leaf && end->serial == serial &&
            (end->at == at || at == MSEC_NEVER))
            return end;
    }
    return NULL;
}

void ends_add(struct ends *e,
              struct agent *agent,
              struct tree_node *leaf,
              msec_t at,
              uint64_t serial,
              const struct quantity *q)
{
    struct end *end = find(agent, leaf, at, serial);

    if (quantity_is_zero(q) || at == MSEC_NEVER)
        return;
    if (end == NULL) {
        end = memory_new(1, sizeof *end);
        *end = (struct end){
            .agent = agent, .leaf = leaf, .at = at, .serial = serial};
        LIST_INSERT_HEAD(&agent->ends, end, of_agent);
        if (e->count == e->size) {
            e->size = e->size == 0 ? 64 : e->size * 2;
            e->heap = memory_resize(e->heap, e->size, sizeof(*e->heap));
        }
        e->heap[e->count] = end;
        settle(e, e->count++);
    }
    quantity_add(&end->quantity, q);
}

/* Make it less by `q`, as far as it has it; gone when nothing is left. */
static void lessen(struct ends *e, struct end *end, const struct quantity *q)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        int64_t part = q->of[i] < 0 ? 0 : q->of[i];

        end->quantity.of[i] -=
            part < end->quantity.of[i] ? part : end->quantity.of[i];
    }
    if (quantity_is_zero(&end->quantity))
        remove_end(e, end);
}

void ends_remove(struct ends *e,
                 struct agent *agent,
                 const struct tree_node *leaf,
                 msec_t at,
                 uint64_t serial,
                 const struct quantity *q)
{
    struct end *end = find(agent, leaf, at, serial);

    if (end != NULL)
        lessen(e, end, q);
}

void ends_remove_of_agent(struct ends *e, struct agent *agent)
{
    while (!LIST_EMPTY(&agent->ends))
        remove_end(e, LIST_FIRST(&agent->ends));
}

/* What is expected of `leaf` beyond what it holds; below 0: not even that. */
static struct quantity excess_of(const struct agent *agent,
                                 const struct tree_node *leaf)
{
    struct quantity excess = {.of = {0}}, held = agent_held_by(agent, leaf);
    const struct end *end;

    LIST_FOREACH (end, &agent->ends, of_agent) {
        if (end->leaf == leaf)
            quantity_add(&excess, &end->quantity);
    }
    quantity_subtract(&excess, &held);
    return excess;
}

static bool has_of(const struct end *end, const struct quantity *excess)
{
    for (int i = 0; i < QUANTITY_MAX; i++) {
        if (excess->of[i] > 0 && end->quantity.of[i] > 0)
            return true;
    }
    return false;
}

/* Which of those with something of the excess is to be given up first. */
static struct end *least_certain(const struct agent *agent,
                                 const struct tree_node *leaf,
                                 const struct quantity *excess)
{
    struct end *end, *least = NULL;

    LIST_FOREACH (end, &agent->ends, of_agent) {
        if (end->leaf != leaf || !has_of(end, excess))
            continue;
        if (least == NULL || (end->serial != 0) > (least->serial != 0) ||
            ((end->serial != 0) == (least->serial != 0) &&
             (end->at > least->at ||
              (end->at == least->at && end->serial > least->serial))))
            least = end;
    }
    return least;
}

void ends_trim(struct ends *e, struct agent *agent, struct tree_node *leaf)
{
    struct quantity excess = excess_of(agent, leaf);
    struct end *end;

    while ((end = least_certain(agent, leaf, &excess)) != NULL) {
        lessen(e, end, &excess);
        excess = excess_of(agent, leaf);
    }
}

struct frontier {
    uint32_t *places;
    uint32_t count;
    uint32_t size;
};

static void frontier_add(struct frontier *f, const struct ends *e, uint32_t at)
{
    uint32_t i = f->count++;

    if (at >= e->count) {
        f->count--;
        return;
    }
    if (f->count > f->size) {
        f->size = f->size == 0 ? 16 : f->size * 2;
        f->places = memory_resize(f->places, f->size, sizeof *f->places);
    }
    while (i > 0 && e->heap[at]->at < e->heap[f->places[(i - 1) / 2]]->at) {
        f->places[i] = f->places[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    f->places[i] = at;
}

static uint32_t frontier_take(struct frontier *f, const struct ends *e)
{
    uint32_t first = f->places[0], moved = f->places[--f->count], i = 0;

    for (;;) {
        uint32_t c = 2 * i + 1;

        if (c + 1 < f->count &&
            e->heap[f->places[c + 1]]->at < e->heap[f->places[c]]->at)
            c++;
        if (c >= f->count || e->heap[f->places[c]]->at >= e->heap[moved]->at)
            break;
        f->places[i] = f->places[c];
        i = c;
    }
    f->places[i] = moved;
    return first;
}

bool ends_walk(const struct ends *e, ends_visit_f *visit, void *arg)
{
    struct frontier f = {.count = 0};
    bool is_found = false;

    frontier_add(&f, e, 0);
    while (f.count > 0 && !is_found) {
        uint32_t at = frontier_take(&f, e);

        frontier_add(&f, e, 2 * at + 1);
        frontier_add(&f, e, 2 * at + 2);
        is_found = visit(e->heap[at], arg);
    }
    free(f.places);
    return is_found;
}
