/* tree.c - heaps of heaps.  Of equal shares, whoever has just given something
 * back is last, or one that takes all for a short while would get it again for
 * ever; then they are ordered by name, so that the order never depends on how a
 * heap came to be as it is. */

#include "master/alloc/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NOWHERE UINT32_MAX

/* Where the child of that name is, or would be. */
static uint32_t find_child(const struct tree_node *parent, const char *name)
{
    uint32_t low = 0, high = parent->children_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (strcmp(parent->by_name[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_anew(struct tree_node *parent)
{
    uint64_t gap = UINT64_MAX / (parent->children_count + 1);

    for (uint32_t i = 0; i < parent->children_count; i++) {
        struct tree_node *n = parent->by_name[i];

        n->order = gap * (i + 1);
        for (int q = 0; q < TREE_QUEUES; q++) {
            if (n->places[q] != NOWHERE)
                parent->heaps[q].entries[n->places[q]].order = n->order;
        }
    }
}

/* Between its neighbours; when they leave no room, all move apart. */
static void add_child(struct tree_node *parent, struct tree_node *n)
{
    uint32_t at = find_child(parent, n->name);
    uint64_t before, behind;

    if (parent->children_count == parent->children_size) {
        parent->children_size =
            parent->children_size == 0 ? 4 : parent->children_size * 2;
        parent->by_name = memory_resize(parent->by_name, parent->children_size,
                                        sizeof(*parent->by_name));
    }
    memmove(&parent->by_name[at + 1], &parent->by_name[at],
            (parent->children_count - at) * sizeof(*parent->by_name));
    parent->by_name[at] = n;
    parent->children_count++;
    before = at == 0 ? 0 : parent->by_name[at - 1]->order;
    behind = at + 1 == parent->children_count ? UINT64_MAX
                                              : parent->by_name[at + 1]->order;
    /* Names mostly grow: leave more behind than before. */
    n->order = before + (behind - before) / 64;
    if (n->order == before)
        order_anew(parent);
}

static void remove_child(struct tree_node *parent, struct tree_node *n)
{
    uint32_t at = find_child(parent, n->name);

    assert(parent->by_name[at] == n);
    memmove(&parent->by_name[at], &parent->by_name[at + 1],
            (parent->children_count - at - 1) * sizeof(*parent->by_name));
    parent->children_count--;
}

void tree_node_init(struct tree_node *n,
                    struct tree_node *parent,
                    const char *name,
                    void *leaf)
{
    *n = (struct tree_node){
        .parent = parent, .name = name, .leaf = leaf, .weight = 1000};
    LIST_INIT(&n->children);
    for (int i = 0; i < TREE_QUEUES; i++)
        n->places[i] = NOWHERE;
    if (parent == NULL)
        return;
    LIST_INSERT_HEAD(&parent->children, n, of_parent);
    add_child(parent, n);
}

static bool is_before(const struct tree_entry *a, const struct tree_entry *b)
{
    if (policy_is_before(&a->rank, &b->rank))
        return true;
    if (policy_is_before(&b->rank, &a->rank))
        return false;
    return a->order < b->order;
}

static void put(struct tree_heap *h,
                enum tree_queue q,
                uint32_t place,
                struct tree_entry e)
{
    h->entries[place] = e;
    e.node->places[q] = place;
}

static void rise(struct tree_heap *h, enum tree_queue q, uint32_t place)
{
    struct tree_entry e = h->entries[place];

    while (place > 0 && is_before(&e, &h->entries[(place - 1) / 4])) {
        put(h, q, place, h->entries[(place - 1) / 4]);
        place = (place - 1) / 4;
    }
    put(h, q, place, e);
}

static void sink(struct tree_heap *h, enum tree_queue q, uint32_t place)
{
    struct tree_entry e = h->entries[place];

    for (;;) {
        uint32_t first = place * 4 + 1, least = place;
        const struct tree_entry *best = &e;

        for (uint32_t i = first; i < first + 4 && i < h->count; i++) {
            if (is_before(&h->entries[i], best)) {
                least = i;
                best = &h->entries[i];
            }
        }
        if (least == place)
            break;
        put(h, q, place, *best);
        place = least;
    }
    put(h, q, place, e);
}

static void settle(struct tree_heap *h, enum tree_queue q, uint32_t place)
{
    rise(h, q, place);
    sink(h, q, place);
}

/* Into its parent's queue, and that into its own, as far as is new. */
static void enqueue(struct tree_node *n, enum tree_queue q)
{
    for (; n->parent != NULL && n->places[q] == NOWHERE; n = n->parent) {
        struct tree_heap *h = &n->parent->heaps[q];

        if (h->count == h->size) {
            h->size = h->size == 0 ? 4 : h->size * 2;
            h->entries = memory_resize(h->entries, h->size, sizeof *h->entries);
        }
        h->entries[h->count] = (struct tree_entry){n->rank, n->order, n};
        rise(h, q, h->count++);
    }
}

static void dequeue(struct tree_node *n, enum tree_queue q)
{
    for (; n->parent != NULL && n->places[q] != NOWHERE; n = n->parent) {
        struct tree_heap *h = &n->parent->heaps[q];
        uint32_t place = n->places[q];

        n->places[q] = NOWHERE;
        h->count--;
        if (place < h->count) {
            put(h, q, place, h->entries[h->count]);
            settle(h, q, place);
        }
        if (h->count > 0)
            break;
    }
}

void tree_node_release(struct tree_node *n)
{
    assert(LIST_EMPTY(&n->children));
    for (int q = 0; q < TREE_QUEUES; q++) {
        dequeue(n, q);
        free(n->heaps[q].entries);
    }
    free(n->by_name);
    if (n->parent == NULL)
        return;
    LIST_REMOVE(n, of_parent);
    remove_child(n->parent, n);
}

enum tree_queue tree_queue_of(const struct tree_node *leaf)
{
    for (int q = 0; q < TREE_QUEUES; q++) {
        if (leaf->places[q] != NOWHERE)
            return q;
    }
    return TREE_NO_QUEUE;
}

static void place_anew(struct tree_node *n)
{
    for (int q = 0; q < TREE_QUEUES; q++) {
        struct tree_heap *h;

        if (n->places[q] == NOWHERE)
            continue;
        h = &n->parent->heaps[q];
        h->entries[n->places[q]].rank = n->rank;
        settle(h, q, n->places[q]);
    }
}

bool tree_may_give(const struct tree_node *leaf, const struct quantity *q)
{
    for (const struct tree_node *n = leaf; n != NULL; n = n->parent) {
        if (n->quota == NULL)
            continue;
        for (int i = 0; i < QUANTITY_MAX; i++)
            if (q->of[i] > 0 &&
                q->of[i] > n->quota->limit.of[i] - n->given.of[i])
                return false;
    }
    return true;
}

bool tree_headroom(const struct tree_node *leaf, struct quantity *room)
{
    bool is_limited = false;

    for (int i = 0; i < QUANTITY_MAX; i++)
        room->of[i] = INT64_MAX;
    for (const struct tree_node *n = leaf; n != NULL; n = n->parent) {
        if (n->quota == NULL)
            continue;
        for (int i = 0; i < QUANTITY_MAX; i++) {
            int64_t left = n->quota->limit.of[i] - n->given.of[i];

            if (n->quota->limit.of[i] == INT64_MAX)
                continue;
            is_limited = true;
            if (left < room->of[i])
                room->of[i] = left > 0 ? left : 0;
        }
    }
    return is_limited;
}

bool tree_is_short(const struct tree_node *n)
{
    for (int i = 0; n->quota != NULL && i < QUANTITY_MAX; i++)
        if (n->given.of[i] < n->quota->own.of[i])
            return true;
    return false;
}

/* Who has less than he is to have, and wants something, comes before all who
 * have enough; so does whoever has such a one below him, however much others
 * below him have. */
static int32_t class_of(const struct tree_node *n)
{
    bool is_short = tree_is_short(n);

    for (int q = 0; q < TREE_QUEUES && !is_short; q++)
        is_short = n->heaps[q].count > 0 &&
                   n->heaps[q].entries[0].rank.class == INT32_MIN;
    return is_short ? INT32_MIN : 0;
}

/* Who wants something below it has changed. */
static void reclass(struct tree_node *n)
{
    for (; n != NULL; n = n->parent) {
        int32_t class = class_of(n);

        if (n->rank.class == class)
            continue; /* though its place may be new */
        n->rank.class = class;
        place_anew(n);
    }
}

void tree_want(struct tree_node *leaf, enum tree_queue queue)
{
    enum tree_queue old = tree_queue_of(leaf);

    assert(leaf->leaf != NULL);
    if (old == queue)
        return;
    if (old != TREE_NO_QUEUE)
        dequeue(leaf, old);
    if (queue != TREE_NO_QUEUE)
        enqueue(leaf, queue);
    reclass(leaf->parent);
}

static void rank_anew(struct tree_node *n, const struct scale *scale)
{
    if (n->leaf == NULL)
        n->rank.class = class_of(n);
    n->rank.share = policy_share(scale, &n->given, n->weight);
    n->rank.usage = n->usage / (uint64_t)n->weight;
    place_anew(n);
}

void tree_set_class(struct tree_node *n, int32_t class)
{
    if (n->rank.class == class)
        return;
    n->rank.class = class;
    place_anew(n);
}

void tree_give(struct tree_node *leaf,
               const struct quantity *q,
               const struct scale *scale)
{
    for (struct tree_node *n = leaf; n != NULL; n = n->parent) {
        quantity_add(&n->given, q);
        rank_anew(n, scale);
    }
}

void tree_give_back(struct tree_node *leaf,
                    const struct quantity *q,
                    const struct scale *scale)
{
    struct tree_node *root = leaf;

    while (root->parent != NULL)
        root = root->parent;
    for (struct tree_node *n = leaf; n != NULL; n = n->parent) {
        n->rank.turn = root->turn;
        quantity_subtract(&n->given, q);
        rank_anew(n, scale);
    }
}

void tree_reckon(struct tree_node *n, const struct scale *scale)
{
    struct tree_node *child;

    LIST_FOREACH (child, &n->children, of_parent)
        tree_reckon(child, scale);
    rank_anew(n, scale);
}

struct tree_node *tree_first(const struct tree_node *root,
                             enum tree_queue queue)
{
    const struct tree_node *n = root;

    if (n->heaps[queue].count == 0)
        return NULL;
    while (n->leaf == NULL) {
        assert(n->heaps[queue].count > 0);
        n = n->heaps[queue].entries[0].node;
    }
    return (struct tree_node *)n;
}

/* Places of the two heaps of a node that are next in order, or may be: a heap
 * itself, ordered as the entries are.  A child is seen after its parent. */
struct place {
    enum tree_queue queue;
    uint32_t at;
};

struct frontier {
    const struct tree_node *node;
    struct place *places;
    uint32_t count;
    uint32_t size;
};

static const struct tree_entry *entry_of(const struct frontier *f, uint32_t i)
{
    return &f->node->heaps[f->places[i].queue].entries[f->places[i].at];
}

static void frontier_add(struct frontier *f, enum tree_queue q, uint32_t at)
{
    uint32_t i = f->count++;

    if (f->count > f->size) {
        f->size = f->size == 0 ? 16 : f->size * 2;
        f->places = memory_resize(f->places, f->size, sizeof *f->places);
    }
    f->places[i] = (struct place){q, at};
    while (i > 0 && is_before(entry_of(f, i), entry_of(f, (i - 1) / 2))) {
        struct place up = f->places[(i - 1) / 2];

        f->places[(i - 1) / 2] = f->places[i];
        f->places[i] = up;
        i = (i - 1) / 2;
    }
}

static struct place frontier_take(struct frontier *f)
{
    struct place first = f->places[0];
    uint32_t i = 0;

    f->places[0] = f->places[--f->count];
    for (;;) {
        uint32_t least = i;

        for (uint32_t c = 2 * i + 1; c <= 2 * i + 2 && c < f->count; c++) {
            if (is_before(entry_of(f, c), entry_of(f, least)))
                least = c;
        }
        if (least == i)
            return first;

        struct place down = f->places[least];

        f->places[least] = f->places[i];
        f->places[i] = down;
        i = least;
    }
}

struct tree_node *tree_walk(const struct tree_node *root,
                            tree_visit_f *visit,
                            void *arg)
{
    struct frontier f = {.node = root};
    struct tree_node *found = NULL;

    for (int q = 0; q < TREE_QUEUES; q++) {
        if (root->heaps[q].count > 0)
            frontier_add(&f, q, 0);
    }
    while (f.count > 0 && found == NULL) {
        struct place p = frontier_take(&f);
        const struct tree_heap *h = &root->heaps[p.queue];
        struct tree_node *n = h->entries[p.at].node;

        for (uint32_t c = 4 * p.at + 1; c <= 4 * p.at + 4; c++) {
            if (c < h->count)
                frontier_add(&f, p.queue, c);
        }
        /* An inner node may be in both heaps; once is enough. */
        if (p.queue == TREE_WAITING && n->places[TREE_HUNGRY] != NOWHERE)
            continue;
        if (n->leaf == NULL)
            found = tree_walk(n, visit, arg);
        else if (visit(n, arg))
            found = n;
    }
    free(f.places);
    return found;
}
