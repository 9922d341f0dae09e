/* store_log.c - groups, snapshots and blobs as records of proto/record.proto.
 */

#include "base/store_log.h"

#include <string.h>

#include "base/message.h"
#include "proto/record.pb-c.h"

static Mezzo__Record__StoreBatch *write_batch(const struct store_batch *batch,
                                              struct arena *arena)
{
    Mezzo__Record__StoreBatch *b =
        message_new(arena, &mezzo__record__store_batch__descriptor);

    b->n_ops = batch->ops_count;
    b->ops = arena_alloc(arena, (batch->ops_count + 1) * sizeof *b->ops);
    for (size_t i = 0; i < batch->ops_count; i++) {
        const struct store_op *op = &batch->ops[i];
        Mezzo__Record__StoreOp *w =
            message_new(arena, &mezzo__record__store_op__descriptor);

        w->key = (char *)op->key;
        w->kind = (uint32_t)op->kind;
        w->version = op->version;
        w->has_value = op->kind == STORE_SET;
        if (w->has_value)
            w->value = (ProtobufCBinaryData){op->size, (uint8_t *)op->value};
        b->ops[i] = w;
    }
    return b;
}

static Mezzo__Record__StoreBlob *write_blob(const struct store_blob *blob,
                                            struct arena *arena)
{
    Mezzo__Record__StoreBlob *b =
        message_new(arena, &mezzo__record__store_blob__descriptor);

    b->name = (char *)blob->name;
    b->chunks = blob->chunks;
    b->size = blob->size;
    return b;
}

static struct store_blob read_blob(const Mezzo__Record__StoreBlob *b)
{
    return (struct store_blob){
        .name = b->name, .chunks = b->chunks, .size = b->size};
}

static const uint8_t *pack(const void *message,
                           struct arena *arena,
                           size_t *size)
{
    ProtobufCBinaryData bytes = message_pack_in(arena, message);

    *size = bytes.len;
    return bytes.data;
}

const uint8_t *store_group_pack(const struct store_group *group,
                                struct arena *arena,
                                size_t *size)
{
    Mezzo__Record__StoreGroup *g =
        message_new(arena, &mezzo__record__store_group__descriptor);

    g->writer.data = (uint8_t *)group->writer;
    g->writer.len = STORE_WRITER_SIZE;
    g->number = group->number;
    g->batches =
        arena_alloc(arena, (group->batches_count + 1) * sizeof *g->batches);
    g->n_batches = group->batches_count;
    for (size_t i = 0; i < group->batches_count; i++)
        g->batches[i] = write_batch(&group->batches[i], arena);
    if (group->blob.name != NULL)
        g->blob = write_blob(&group->blob, arena);
    return pack(g, arena, size);
}

static bool read_batch(const Mezzo__Record__StoreBatch *b,
                       struct arena *arena,
                       struct store_batch *batch)
{
    struct store_op *ops = arena_alloc(arena, (b->n_ops + 1) * sizeof *ops);

    for (size_t i = 0; i < b->n_ops; i++) {
        const Mezzo__Record__StoreOp *w = b->ops[i];

        if (w->kind > STORE_CHECK)
            return false;
        ops[i] = (struct store_op){.kind = (enum store_op_kind)w->kind,
                                   .key = w->key,
                                   .value = w->value.data,
                                   .size = w->value.len,
                                   .version = w->version};
    }
    *batch = (struct store_batch){.ops = ops, .ops_count = b->n_ops};
    return true;
}

bool store_group_unpack(const uint8_t *bytes,
                        size_t size,
                        struct arena *arena,
                        struct store_group *group)
{
    const Mezzo__Record__StoreGroup *g = message_unpack_in(
        arena, &mezzo__record__store_group__descriptor, bytes, size);
    struct store_batch *batches;

    if (g == NULL || g->writer.len != STORE_WRITER_SIZE)
        return false;
    batches = arena_alloc(arena, (g->n_batches + 1) * sizeof *batches);
    for (size_t i = 0; i < g->n_batches; i++)
        if (!read_batch(g->batches[i], arena, &batches[i]))
            return false;
    *group = (struct store_group){
        .number = g->number, .batches = batches, .batches_count = g->n_batches};
    memcpy(group->writer, g->writer.data, STORE_WRITER_SIZE);
    if (g->blob != NULL)
        group->blob = read_blob(g->blob);
    return true;
}

const uint8_t *store_snapshot_pack(const struct store_snapshot *snapshot,
                                   struct arena *arena,
                                   size_t *size)
{
    Mezzo__Record__StoreSnapshot *s =
        message_new(arena, &mezzo__record__store_snapshot__descriptor);

    s->index = snapshot->index;
    s->blob = write_blob(&snapshot->blob, arena);
    return pack(s, arena, size);
}

bool store_snapshot_unpack(const uint8_t *bytes,
                           size_t size,
                           struct arena *arena,
                           struct store_snapshot *snapshot)
{
    const Mezzo__Record__StoreSnapshot *s = message_unpack_in(
        arena, &mezzo__record__store_snapshot__descriptor, bytes, size);

    if (s == NULL)
        return false;
    *snapshot =
        (struct store_snapshot){.index = s->index, .blob = read_blob(s->blob)};
    return true;
}

const uint8_t *store_tree_pack(const struct store_tree *t,
                               struct arena *arena,
                               size_t *size)
{
    Mezzo__Record__StoreEntries *e =
        message_new(arena, &mezzo__record__store_entries__descriptor);
    struct store_answer all = store_tree_load(t, "/", arena);

    e->n_entries = all.entries_count;
    e->entries =
        arena_alloc(arena, (all.entries_count + 1) * sizeof *e->entries);
    for (size_t i = 0; i < all.entries_count; i++) {
        const struct store_entry *from = &all.entries[i];
        Mezzo__Record__StoreEntry *to =
            message_new(arena, &mezzo__record__store_entry__descriptor);

        to->key = (char *)from->key;
        to->version = from->version;
        to->has_value = 1;
        to->value = (ProtobufCBinaryData){from->size, (uint8_t *)from->value};
        e->entries[i] = to;
    }
    return pack(e, arena, size);
}

struct store_tree *store_tree_unpack(const uint8_t *bytes, size_t size)
{
    Mezzo__Record__StoreEntries *e =
        message_unpack(&mezzo__record__store_entries__descriptor, bytes, size);
    struct store_tree *t;

    if (e == NULL)
        return NULL;
    t = store_tree_new();
    for (size_t i = 0; i < e->n_entries; i++)
        store_tree_put(t, &(struct store_entry){
                              .key = e->entries[i]->key,
                              .value = e->entries[i]->value.data,
                              .size = e->entries[i]->value.len,
                              .version = e->entries[i]->version,
                          });
    protobuf_c_message_free_unpacked(&e->base, NULL);
    return t;
}
