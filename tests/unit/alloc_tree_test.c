/* alloc_tree_test.c - the first leaf is the one that a look at all of them
 * would find, after any number of changes. */

#include "master/alloc/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    ROLES = 3,
    LEAVES = 5, /* of each */
    ALL = ROLES * LEAVES,
    STEPS = 20000,
    CROWD = 3000,
};

static struct tree_node root, roles[ROLES], leaves[ALL];
static char names[ALL][8];
static struct scale scale;

static struct quantity cpus(int64_t milli)
{
    return (struct quantity){.of = {milli}};
}

static void begin(void)
{
    const struct quantity totals = {.of = {100000, 100000}};

    policy_scale(&scale, &totals, &totals);
    tree_node_init(&root, NULL, "", NULL);
    for (int i = 0; i < ROLES; i++)
        tree_node_init(&roles[i], i == 2 ? &roles[1] : &root,
                       (const char *[]){"b", "a", "a/c"}[i], NULL);
    for (int i = 0; i < ALL; i++) {
        snprintf(names[i], sizeof names[i], "f%d", (i * 7) % 10);
        if (i % LEAVES == LEAVES - 1)
            strcat(names[i], "x");
        tree_node_init(&leaves[i], &roles[i / LEAVES], names[i], &leaves[i]);
    }
}

static void end(void)
{
    for (int i = 0; i < ALL; i++)
        tree_node_release(&leaves[i]);
    for (int i = ROLES; i-- > 0;)
        tree_node_release(&roles[i]);
    tree_node_release(&root);
}

static bool wants(const struct tree_node *n, enum tree_queue queue)
{
    const struct tree_node *child;

    if (n->leaf != NULL)
        return tree_queue_of(n) == queue;
    LIST_FOREACH (child, &n->children, of_parent)
        if (wants(child, queue))
            return true;
    return false;
}

/* By looking at all. */
static const struct tree_node *first_of(const struct tree_node *n,
                                        enum tree_queue queue)
{
    const struct tree_node *child, *first = NULL;

    if (n->leaf != NULL)
        return n;
    LIST_FOREACH (child, &n->children, of_parent) {
        if (!wants(child, queue))
            continue;
        if (first == NULL || policy_is_before(&child->rank, &first->rank) ||
            (!policy_is_before(&first->rank, &child->rank) &&
             strcmp(child->name, first->name) < 0))
            first = child;
    }
    return first == NULL ? NULL : first_of(first, queue);
}

/* Who is short, or has one below him who is and wants something. */
static bool is_class_right(const struct tree_node *n)
{
    const struct tree_node *child;
    bool is_first = tree_is_short(n);

    LIST_FOREACH (child, &n->children, of_parent)
        for (int q = 0; q < TREE_QUEUES; q++)
            is_first = is_first || (child->rank.class == INT32_MIN &&
                                    child->places[q] != UINT32_MAX);
    return (n->rank.class == INT32_MIN) == is_first;
}

static bool are_classes_right(void)
{
    bool is_right = is_class_right(&root);

    for (int r = 0; r < ROLES; r++)
        is_right = is_right && is_class_right(&roles[r]);
    return is_right;
}

static bool count_visit(struct tree_node *leaf, void *arg)
{
    (void)leaf;
    *(int *)arg += 1;
    return false;
}

static bool is_walk_whole(void)
{
    int seen = 0, wanting = 0;

    for (int i = 0; i < ALL; i++)
        wanting += tree_queue_of(&leaves[i]) != TREE_NO_QUEUE;
    return tree_walk(&root, count_visit, &seen) == NULL && seen == wanting;
}

static void change(struct random *random)
{
    int i = (int)random_below(random, ALL);
    struct tree_node *leaf = &leaves[i], *role = leaf->parent;
    struct quantity q = cpus((int64_t)random_below(random, 3) * 1000);

    switch (random_below(random, 6)) {
    case 0:
    case 1:
        tree_want(leaf, (enum tree_queue)random_below(random, 3));
        break;
    case 2:
        tree_give(leaf, &q, &scale);
        break;
    case 3:
        if (quantity_contains(&leaf->given, &q)) {
            root.turn++;
            tree_give_back(leaf, &q, &scale);
        }
        break;
    case 4:
        tree_set_class(leaf, (int32_t)random_below(random, 3) - 1);
        break;
    case 5:
        role->weight = 500 + (int64_t)random_below(random, 4) * 500;
        tree_reckon(&root, &scale);
        break;
    }
}

static void the_first_is_what_a_look_at_all_would_find(void)
{
    struct tree_quota quota = {.guarantee = {.of = {4000}},
                               .own = {.of = {4000}}};
    struct random random = {11};
    bool is_first = true, is_whole = true, is_sum = true, is_right = true;
    unsigned found = 0;

    begin();
    roles[2].quota = &quota;
    tree_reckon(&root, &scale);
    for (int i = 0; i < STEPS; i++) {
        change(&random);
        is_right = is_right && are_classes_right();
        for (int q = 0; q < TREE_QUEUES; q++) {
            const struct tree_node *first = tree_first(&root, q);

            is_first = is_first && first == first_of(&root, q);
            found += first != NULL;
        }
        is_whole = is_whole && is_walk_whole();
    }
    for (int r = 0; r < ROLES; r += 2) {
        struct quantity sum = {.of = {0}};

        for (int i = 0; i < LEAVES; i++)
            quantity_add(&sum, &leaves[r * LEAVES + i].given);
        is_sum = is_sum && memcmp(&sum, &roles[r].given, sizeof sum) == 0;
    }
    CHECK(is_first && is_whole && is_sum && found > STEPS);
    CHECK(is_right);
    end();
}

/* Each just before the last one, so that no gap is left between them. */
static void names_keep_their_order_however_many_come(void)
{
    static struct tree_node crowd[CROWD];
    static char texts[CROWD][8];
    bool is_sorted = true;

    tree_node_init(&root, NULL, "", NULL);
    for (int i = 0; i < CROWD; i++) {
        snprintf(texts[i], sizeof texts[i], "%05d",
                 i % 2 == 0 ? i : 2 * CROWD - i);
        tree_node_init(&crowd[i], &root, texts[i], &crowd[i]);
        tree_want(&crowd[i], TREE_HUNGRY);
    }
    for (uint32_t i = 1; i < root.children_count; i++)
        is_sorted =
            is_sorted && root.by_name[i - 1]->order < root.by_name[i]->order &&
            strcmp(root.by_name[i - 1]->name, root.by_name[i]->name) < 0;
    CHECK(is_sorted && root.children_count == CROWD);
    CHECK(tree_first(&root, TREE_HUNGRY) == &crowd[0]);
    for (int i = 0; i < CROWD; i += 2)
        tree_node_release(&crowd[i]);
    CHECK(tree_first(&root, TREE_HUNGRY) == &crowd[CROWD - 1]);
    for (int i = 1; i < CROWD; i += 2)
        tree_node_release(&crowd[i]);
    CHECK(tree_first(&root, TREE_HUNGRY) == NULL);
    tree_node_release(&root);
}

static void a_limit_holds_at_every_level(void)
{
    struct tree_quota quota = {.limit = {.of = {5000, INT64_MAX, 0}}};
    struct tree_quota above = {.limit = {.of = {7000, 100}}};
    struct quantity q = cpus(3000), room;

    for (int i = 2; i < QUANTITY_MAX; i++)
        quota.limit.of[i] = above.limit.of[i] = INT64_MAX;
    begin();
    CHECK(!tree_headroom(&leaves[0], &room));
    CHECK(room.of[0] == INT64_MAX && tree_may_give(&leaves[0], &q));
    roles[0].quota = &quota;
    root.quota = &above;
    tree_give(&leaves[0], &q, &scale);
    CHECK(tree_headroom(&leaves[1], &room));
    CHECK(room.of[0] == 2000 && room.of[1] == 100 && room.of[2] == INT64_MAX);
    CHECK(!tree_may_give(&leaves[1], &q)); /* its role's */
    q = cpus(2000);
    CHECK(tree_may_give(&leaves[1], &q));
    q = cpus(3000);
    CHECK(tree_may_give(&leaves[LEAVES], &q)); /* another role's */
    q = cpus(6000);
    tree_give(&leaves[LEAVES], &q, &scale); /* more than all may have */
    CHECK(tree_headroom(&leaves[1], &room) && room.of[0] == 0);
    q = (struct quantity){.of = {0, 100}};
    CHECK(tree_may_give(&leaves[1], &q)); /* nothing of what is used up */
    end();
}

static void a_guarantee_comes_before_shares(void)
{
    struct tree_quota quota = {.guarantee = {.of = {4000}},
                               .own = {.of = {4000}}};
    struct quantity q = cpus(3000);

    begin();
    for (int i = 0; i < QUANTITY_MAX; i++)
        quota.limit.of[i] = INT64_MAX;
    tree_want(&leaves[0], TREE_HUNGRY);
    tree_want(&leaves[LEAVES], TREE_HUNGRY);
    roles[0].quota = &quota;
    tree_give(&leaves[0], &q, &scale);
    CHECK(tree_is_short(&roles[0]) && !tree_is_short(&roles[1]));
    CHECK(tree_first(&root, TREE_HUNGRY) == &leaves[0]);
    q = cpus(1000);
    tree_give(&leaves[0], &q, &scale);
    CHECK(!tree_is_short(&roles[0]));
    CHECK(tree_first(&root, TREE_HUNGRY) == &leaves[LEAVES]);
    end();
}

int main(void)
{
    the_first_is_what_a_look_at_all_would_find();
    names_keep_their_order_however_many_come();
    a_limit_holds_at_every_level();
    a_guarantee_comes_before_shares();
    return test_done();
}
