/* store_log.h - a store as a log: what groups of batches look like at rest,
 * and what they do to a tree.
 *
 * Everyone who reads the same groups in the same order has the same tree and
 * knows of each batch whether it was applied: conflicts are found when a group
 * is read, not when it is written.  Pure. */

#ifndef BASE_STORE_LOG_H
#define BASE_STORE_LOG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/store_tree.h"

enum {
    STORE_WRITER_SIZE = 16,
};

/* Bytes that are kept elsewhere because they are many. */
struct store_blob {
    const char *name;
    uint32_t chunks;
    uint64_t size;
};

struct store_batch {
    const struct store_op *ops;
    size_t ops_count;
};

struct store_group {
    uint8_t writer[STORE_WRITER_SIZE];
    uint64_t number;
    const struct store_batch *batches;
    size_t batches_count;
    struct store_blob blob; /* name not NULL: the group is in there */
};

struct store_snapshot {
    uint64_t index;
    struct store_blob blob;
};

/* Packed, in `arena`. */
const uint8_t *store_group_pack(const struct store_group *group,
                                struct arena *arena,
                                size_t *size);
const uint8_t *store_snapshot_pack(const struct store_snapshot *snapshot,
                                   struct arena *arena,
                                   size_t *size);
const uint8_t *store_tree_pack(const struct store_tree *t,
                               struct arena *arena,
                               size_t *size);

/* False when it is malformed.  What they hold lives in `arena`. */
bool store_group_unpack(const uint8_t *bytes,
                        size_t size,
                        struct arena *arena,
                        struct store_group *group);
bool store_snapshot_unpack(const uint8_t *bytes,
                           size_t size,
                           struct arena *arena,
                           struct store_snapshot *snapshot);

/* NULL when it is malformed. */
struct store_tree *store_tree_unpack(const uint8_t *bytes, size_t size);

#endif
