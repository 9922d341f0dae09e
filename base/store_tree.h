/* store_tree.h - a store in memory, as a pure value.
 *
 * What io/store's memory backend and the simulator's disks are made of, and
 * the definition of what the other backends must do. */

#ifndef BASE_STORE_TREE_H
#define BASE_STORE_TREE_H

#include "base/arena.h"
#include "base/store.h"

struct store_tree;

struct store_tree *store_tree_new(void);
void store_tree_free(struct store_tree *t);

/* All of `ops` or none; the answer and its text live in `arena`. */
struct store_answer store_tree_apply(struct store_tree *t,
                                     const struct store_op *ops,
                                     size_t ops_count,
                                     struct arena *arena);

/* The entry at `path` and all below it, sorted by key, copied to `arena`. */
struct store_answer store_tree_load(const struct store_tree *t,
                                    const char *path,
                                    struct arena *arena);

/* Have the entry, whatever was there: what a snapshot holds. */
void store_tree_put(struct store_tree *t, const struct store_entry *entry);

/* NULL, or what is wrong with a key. */
const char *store_key_refuses(const char *key);

#endif
