/* blobs.c - a few chunks are on their way at a time; the client completes
 * requests in the order they were made, so that the next completion is always
 * of the next chunk. */

#include "io/blobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 8,
    NODE_PATH_SIZE = 512,
};

struct blob_transfer {
    struct keeper *keeper;
    char directory[KEEPER_PATH_MAX + 32];
    char name[BLOB_NAME_SIZE];
    uint8_t *bytes;
    size_t size;
    uint32_t chunks, begun, ended; /* ended: completed, one way or another */
    int rc;
    bool is_write;
    blob_done_f *done; /* NULL: abandoned */
    void *arg;
};

uint32_t blob_chunks(size_t size)
{
    return (uint32_t)((size + BLOB_CHUNK_SIZE - 1) / BLOB_CHUNK_SIZE);
}

static size_t chunk_size(const struct blob_transfer *t, uint32_t i)
{
    size_t offset = (size_t)i * BLOB_CHUNK_SIZE;

    return t->size - offset < BLOB_CHUNK_SIZE ? t->size - offset
                                              : BLOB_CHUNK_SIZE;
}

static void pump(struct blob_transfer *t);

static void finish(struct blob_transfer *t)
{
    if (t->done != NULL)
        t->done(t->arg, t->rc, t->bytes, t->size);
    free(t->bytes);
    free(t);
}

static void complete(struct blob_transfer *t, int rc)
{
    t->ended++;
    if (t->rc == ZOK)
        t->rc = rc;
    pump(t);
}

static void written_cb(int rc, const char *name, const void *arg)
{
    (void)name;
    complete((struct blob_transfer *)arg, rc);
}

static void read_cb(int rc,
                    const char *value,
                    int value_size,
                    const struct Stat *stat,
                    const void *arg)
{
    struct blob_transfer *t = (struct blob_transfer *)arg;
    size_t size = chunk_size(t, t->ended);

    (void)stat;
    if (rc == ZOK && (value_size < 0 || (size_t)value_size != size))
        rc = ZMARSHALLINGERROR;
    if (rc == ZOK)
        memcpy(t->bytes + (size_t)t->ended * BLOB_CHUNK_SIZE, value, size);
    complete(t, rc);
}

static int begin_chunk(struct blob_transfer *t)
{
    zhandle_t *zh = keeper_session(t->keeper);
    char path[NODE_PATH_SIZE];
    const char *bytes =
        (const char *)t->bytes + (size_t)t->begun * BLOB_CHUNK_SIZE;

    if (zh == NULL)
        return ZCONNECTIONLOSS;
    snprintf(path, sizeof path, "%s/%s-%u", t->directory, t->name, t->begun);
    keeper_touch(t->keeper);
    if (!t->is_write)
        return zoo_aget(zh, path, 0, read_cb, t);
    return zoo_acreate(zh, path, bytes, (int)chunk_size(t, t->begun),
                       keeper_acl(t->keeper), 0, written_cb, t);
}

/* The last thing to be done with `t`: it may be gone afterwards. */
static void pump(struct blob_transfer *t)
{
    while (t->rc == ZOK && t->done != NULL && t->begun < t->chunks &&
           t->begun - t->ended < WINDOW) {
        t->rc = begin_chunk(t);
        if (t->rc == ZOK)
            t->begun++;
    }
    if (t->begun == t->ended)
        finish(t);
}

static struct blob_transfer *transfer_new(struct keeper *k,
                                          const char *directory,
                                          const struct store_blob *blob,
                                          blob_done_f *done,
                                          void *arg)
{
    struct blob_transfer *t = calloc(1, sizeof *t);

    if (t == NULL)
        abort();
    t->keeper = k;
    snprintf(t->directory, sizeof t->directory, "%s", directory);
    snprintf(t->name, sizeof t->name, "%s", blob->name);
    t->size = blob->size;
    t->chunks = blob->chunks;
    t->done = done;
    t->arg = arg;
    t->rc = ZOK;
    if (blob->size > BLOB_SIZE_MAX || blob->chunks != blob_chunks(blob->size)) {
        t->rc = ZMARSHALLINGERROR;
        t->size = 0;
    }
    t->bytes = malloc(t->size + 1);
    if (t->bytes == NULL)
        abort();
    return t;
}

struct blob_transfer *blob_write(struct keeper *k,
                                 const char *directory,
                                 const struct store_blob *blob,
                                 const uint8_t *bytes,
                                 blob_done_f *done,
                                 void *arg)
{
    struct blob_transfer *t = transfer_new(k, directory, blob, done, arg);

    t->is_write = true;
    memcpy(t->bytes, bytes, t->size);
    return t;
}

struct blob_transfer *blob_read(struct keeper *k,
                                const char *directory,
                                const struct store_blob *blob,
                                blob_done_f *done,
                                void *arg)
{
    return transfer_new(k, directory, blob, done, arg);
}

void blob_start(struct blob_transfer *t)
{
    pump(t);
}

void blob_abandon(struct blob_transfer *t)
{
    if (t == NULL)
        return;
    t->done = NULL;
    if (t->begun == t->ended)
        finish(t);
}
