/* blobs.h - bytes that are too many for one node of ZooKeeper, in several.
 *
 * Written before anything refers to them, under a name never used before; who
 * refers to them decides when they are gone. */

#ifndef IO_BLOBS_H
#define IO_BLOBS_H

#include "base/store_log.h"
#include "io/keeper.h"

enum {
    BLOB_CHUNK_SIZE = 512 * 1024, /* a node has less than 1 MiB */
    BLOB_NAME_SIZE = 64,
    BLOB_SIZE_MAX = 1 << 30,
};

struct blob_transfer;

/* Once, unless it was abandoned.  `rc` is ZooKeeper's; with ZOK, `bytes` are
 * all of it, valid until this returns. */
typedef void blob_done_f(void *arg, int rc, const uint8_t *bytes, size_t size);

/* The nodes are DIRECTORY/NAME-0, ...  The bytes are copied.  Nothing happens
 * before blob_start(). */
struct blob_transfer *blob_write(struct keeper *k,
                                 const char *directory,
                                 const struct store_blob *blob,
                                 const uint8_t *bytes,
                                 blob_done_f *done,
                                 void *arg);
struct blob_transfer *blob_read(struct keeper *k,
                                const char *directory,
                                const struct store_blob *blob,
                                blob_done_f *done,
                                void *arg);

/* It may be done, and gone, before this returns. */
void blob_start(struct blob_transfer *t);

/* Never heard of again.  NULL is a no-op. */
void blob_abandon(struct blob_transfer *t);

/* How many nodes so many bytes take. */
uint32_t blob_chunks(size_t size);

#endif
