/* store_log_test.c - groups, snapshots and trees are the same again when they
 * are read, and what is malformed is nothing. */

#include "base/store_log.h"

#include <string.h>

#include "base/random.h"
#include "tests/test.h"

enum {
    PACKED_SIZE = 256
};

static struct arena *arena;

static const struct store_op first[] = {
    {STORE_SET, "/a", (const uint8_t *)"x\0y", 3, STORE_ABSENT},
    {STORE_DELETE, "/b", NULL, 0, STORE_ANY},
};
static const struct store_op second[] = {{STORE_CHECK, "/a", NULL, 0, 7},
                                         {STORE_SET, "/e", NULL, 0, 1}};
static const struct store_batch batches[] = {
    {first, 2}, {NULL, 0}, {second, 2}};

static struct store_group group(void)
{
    struct store_group g = {
        .number = UINT64_MAX, .batches = batches, .batches_count = 3};

    memcpy(g.writer, "0123456789abcdef", STORE_WRITER_SIZE);
    return g;
}

static void copy_packed(const struct store_group *g,
                        uint8_t bytes[PACKED_SIZE],
                        size_t *size)
{
    const uint8_t *packed = store_group_pack(g, arena, size);

    CHECK(*size <= PACKED_SIZE);
    memcpy(bytes, packed, *size);
}

static bool is_same_op(const struct store_op *a, const struct store_op *b)
{
    return a->kind == b->kind && strcmp(a->key, b->key) == 0 &&
           a->version == b->version && a->size == b->size &&
           (a->size == 0 || memcmp(a->value, b->value, a->size) == 0);
}

static void a_group_comes_back(void)
{
    const struct store_group g = group();
    struct store_group again;
    size_t size;
    const uint8_t *bytes = store_group_pack(&g, arena, &size);

    CHECK(store_group_unpack(bytes, size, arena, &again));
    CHECK(again.number == g.number && again.blob.name == NULL);
    CHECK(memcmp(again.writer, g.writer, STORE_WRITER_SIZE) == 0);
    CHECK(again.batches_count == 3 && again.batches[1].ops_count == 0);
    for (size_t b = 0; b < 3; b++) {
        CHECK(again.batches[b].ops_count == batches[b].ops_count);
        for (size_t i = 0; i < batches[b].ops_count; i++)
            CHECK(is_same_op(&again.batches[b].ops[i], &batches[b].ops[i]));
    }
}

static void a_group_may_be_elsewhere(void)
{
    struct store_group g = group(), again;
    size_t size;
    const uint8_t *bytes;

    g.batches_count = 0;
    g.blob = (struct store_blob){"blob-1", 3, 5000000000};
    bytes = store_group_pack(&g, arena, &size);
    CHECK(store_group_unpack(bytes, size, arena, &again));
    CHECK(again.batches_count == 0 && strcmp(again.blob.name, "blob-1") == 0);
    CHECK(again.blob.chunks == 3 && again.blob.size == 5000000000);
}

static void a_snapshot_comes_back(void)
{
    const struct store_snapshot s = {9, {"blob-2", 1, 10}};
    struct store_snapshot again;
    size_t size;
    const uint8_t *bytes = store_snapshot_pack(&s, arena, &size);

    CHECK(store_snapshot_unpack(bytes, size, arena, &again));
    CHECK(again.index == 9 && strcmp(again.blob.name, "blob-2") == 0);
    CHECK(again.blob.chunks == 1 && again.blob.size == 10);
    CHECK(!store_snapshot_unpack(bytes, size - 1, arena, &again));
    CHECK(!store_snapshot_unpack(bytes, 0, arena, &again));
}

/* With the versions of its entries, on which later batches depend. */
static void a_tree_comes_back_with_its_versions(void)
{
    struct store_tree *t = store_tree_new(), *again;
    struct store_op set = {STORE_SET, "/a/b", (const uint8_t *)"1", 1,
                           STORE_ANY};
    const uint8_t *bytes, *bytes_again;
    size_t size, size_again;

    for (int i = 0; i < 3; i++)
        store_tree_apply(t, &set, 1, arena);
    set.key = "/c";
    set.size = 0;
    store_tree_apply(t, &set, 1, arena);
    bytes = store_tree_pack(t, arena, &size);
    again = store_tree_unpack(bytes, size);
    CHECK(again != NULL);
    bytes_again = store_tree_pack(again, arena, &size_again);
    CHECK(size == size_again && memcmp(bytes, bytes_again, size) == 0);
    set.version = 3;
    set.key = "/a/b";
    CHECK(store_tree_apply(again, &set, 1, arena).outcome == STORE_OK);
    store_tree_free(again);
    CHECK(store_tree_unpack(bytes, size - 1) == NULL);
    again = store_tree_unpack(NULL, 0);
    CHECK(again != NULL &&
          store_tree_load(again, "/", arena).entries_count == 0);
    store_tree_free(again);
    store_tree_free(t);
}

static void what_no_group_can_be_is_refused(void)
{
    static const struct store_op unknown = {(enum store_op_kind)3, "/a", NULL,
                                            0, 1};
    static const struct store_batch batch = {&unknown, 1};
    struct store_group g = group(), again;
    size_t size;
    uint8_t bytes[PACKED_SIZE];

    g.batches = &batch;
    g.batches_count = 1;
    copy_packed(&g, bytes, &size);
    CHECK(!store_group_unpack(bytes, size, arena, &again));
    g = group();
    copy_packed(&g, bytes, &size);
    CHECK(bytes[1] == STORE_WRITER_SIZE);
    CHECK(!store_group_unpack(bytes + 2 + STORE_WRITER_SIZE,
                              size - 2 - STORE_WRITER_SIZE, arena, &again));
    CHECK(!store_group_unpack(NULL, 0, arena, &again));
}

/* Nothing of it crashes, and what is accepted has what it says. */
static void damage_is_survived(void)
{
    struct random random = {3};
    const struct store_group g = group();
    struct store_group again;
    uint8_t bytes[PACKED_SIZE];
    size_t size, seen = 0;

    copy_packed(&g, bytes, &size);
    for (int i = 0; i < 20000; i++) {
        uint8_t old[PACKED_SIZE];

        memcpy(old, bytes, sizeof old);
        bytes[random_below(&random, size)] = (uint8_t)random_next(&random);
        bytes[random_below(&random, size)] = (uint8_t)random_next(&random);
        if (store_group_unpack(bytes, size, arena, &again))
            for (size_t b = 0; b < again.batches_count; b++)
                for (size_t o = 0; o < again.batches[b].ops_count; o++)
                    seen += strlen(again.batches[b].ops[o].key);
        memcpy(bytes, old, sizeof old);
        if (i % 100 == 0)
            arena_reset(arena);
    }
    CHECK(seen > 0);
}

int main(void)
{
    arena = arena_new();
    a_group_comes_back();
    a_group_may_be_elsewhere();
    a_snapshot_comes_back();
    a_tree_comes_back_with_its_versions();
    what_no_group_can_be_is_refused();
    damage_is_survived();
    arena_free(arena);
    return test_done();
}
