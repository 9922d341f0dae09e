/* tree.h - the tree of shares: roles, and at its leaves frameworks.
 *
 * Every node counts what is given to all below it.  A leaf that wants
 * something is in a queue of its parent, which then is in one of its own: so
 * the least served leaf is found, and moved after a grant, in O(log n) at each
 * level.  There are two queues, for leaves that are to be searched for and
 * for those that have been, in vain, and wait for something new. */

#ifndef MASTER_ALLOC_TREE_H
#define MASTER_ALLOC_TREE_H

#include <sys/queue.h>

#include "master/alloc/policy.h"

enum tree_queue {
    TREE_HUNGRY,
    TREE_WAITING,
    TREE_QUEUES,
    TREE_NO_QUEUE = TREE_QUEUES,
};

struct tree_entry {
    struct rank rank;
    uint64_t order; /* the node's: it is compared more often than visited */
    struct tree_node *node;
};

/* A heap of four children each: flat, and half as deep as a binary one. */
struct tree_heap {
    struct tree_entry *entries;
    uint32_t count;
    uint32_t size;
};

LIST_HEAD(tree_nodes, tree_node);

/* What a role is to have while it asks, and may have at most; by kind. */
struct tree_quota {
    struct quantity guarantee; /* 0: none; at least the sum of those below */
    struct quantity own;       /* of it, what was set for the role itself */
    struct quantity limit;     /* INT64_MAX: none */
};

/* Embedded; to be read, and changed by tree_*() only. */
struct tree_node {
    struct tree_node *parent; /* NULL: the root */
    LIST_ENTRY(tree_node) of_parent;
    struct tree_nodes children;
    struct tree_node **by_name; /* the children, sorted */
    uint32_t children_count;
    uint32_t children_size;
    const char *name; /* borrowed, unique among its siblings */
    uint64_t order;   /* as its name among them, with gaps for new ones */
    void *leaf;       /* NULL: an inner node */
    int64_t weight;   /* thousandths */
    struct quantity given;
    uint64_t usage; /* usage.c's: what it has had, whatever its weight */
    struct tree_quota *quota; /* borrowed; NULL: none */
    struct rank rank;
    struct tree_heap heaps[TREE_QUEUES];
    uint32_t places[TREE_QUEUES]; /* in the heaps of the parent */
    uint32_t turn;                /* of the root: which it is now */
};

void tree_node_init(struct tree_node *n,
                    struct tree_node *parent,
                    const char *name,
                    void *leaf);

/* It must have no children. */
void tree_node_release(struct tree_node *n);

/* Put a leaf into a queue, out of the other; TREE_NO_QUEUE: out of both. */
void tree_want(struct tree_node *leaf, enum tree_queue queue);
enum tree_queue tree_queue_of(const struct tree_node *leaf);

/* Less comes first among its siblings, whatever the shares. */
void tree_set_class(struct tree_node *n, int32_t class);

/* Count `q` as given to the leaf and all above it, or as given back. */
void tree_give(struct tree_node *leaf,
               const struct quantity *q,
               const struct scale *scale);
void tree_give_back(struct tree_node *leaf,
                    const struct quantity *q,
                    const struct scale *scale);

/* May the leaf have so much more, as far as limits go? */
bool tree_may_give(const struct tree_node *leaf, const struct quantity *q);

/* How much more it may have; false: there is no limit. */
bool tree_headroom(const struct tree_node *leaf, struct quantity *room);

/* Has it less of something than was set for it to have? */
bool tree_is_short(const struct tree_node *n);

/* After a weight, a quota or the scale has changed: put all below `n` in order.
 */
void tree_reckon(struct tree_node *n, const struct scale *scale);

/* The first leaf in the order; NULL: the queue is empty. */
struct tree_node *tree_first(const struct tree_node *root,
                             enum tree_queue queue);

/* Call `visit` for the leaves of both queues in order until it returns true,
 * with that leaf; NULL when it never does.  The tree must not be changed. */
typedef bool tree_visit_f(struct tree_node *leaf, void *arg);
struct tree_node *tree_walk(const struct tree_node *root,
                            tree_visit_f *visit,
                            void *arg);

#endif
