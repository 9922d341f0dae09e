/* manifest.h - what an OCI image says of itself: index, manifest and
 * configuration, in JSON that a stranger has written.
 *
 * Everything is bounded: sizes before anything is parsed, then counts, lengths
 * and what may be in a digest.  Each returns 0, or -EINVAL and what is wrong
 * with it. */

#ifndef AGENT_FETCH_MANIFEST_H
#define AGENT_FETCH_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "proto/record.pb-c.h"

enum {
    MANIFEST_SIZE_MAX = 4 << 20, /* of each of the three */
    MANIFEST_LAYERS_MAX = 100,
    MANIFEST_DIGEST_SIZE = 65, /* in hexadecimal, and a NUL */
};

struct manifest_blob {
    char digest[MANIFEST_DIGEST_SIZE]; /* without "sha256:" */
    int64_t size;
};

struct manifest {
    struct manifest_blob config;
    struct manifest_blob layers[MANIFEST_LAYERS_MAX];
    size_t layers_count;
};

/* "sha256:" and 64 digits; NULL if it is not one. */
const char *manifest_hex(const char *digest);

/* The one manifest of a layout that holds one image. */
int manifest_read_index(const char *bytes,
                        size_t size,
                        struct manifest_blob *manifest,
                        struct error *err);

int manifest_read(const char *bytes,
                  size_t size,
                  struct manifest *manifest,
                  struct error *err);

/* To the record, in `arena`; `diffs` are the layers unpacked, as many as the
 * manifest has. */
int manifest_read_config(const char *bytes,
                         size_t size,
                         size_t layers_count,
                         struct arena *arena,
                         Mezzo__Record__Image *image,
                         char (*diffs)[MANIFEST_DIGEST_SIZE],
                         struct error *err);

#endif
