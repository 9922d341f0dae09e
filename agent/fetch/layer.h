/* layer.h - one layer of an image, unpacked into a directory for overlayfs. */

#ifndef AGENT_FETCH_LAYER_H
#define AGENT_FETCH_LAYER_H

#include <stdint.h>

#include "base/error.h"

enum {
    LAYER_ENTRIES_MAX = 1000000,
    LAYER_HEX_SIZE = 65,
};

struct layer {
    int fd; /* of the blob, at its beginning: a tar, perhaps compressed */
    const char *diff; /* digest of the tar itself, in hexadecimal */
    int64_t bytes_max;
};

/* The digest of what is left to read of `fd`, in hexadecimal. */
int layer_digest(int fd, char hex[LAYER_HEX_SIZE], struct error *err);

/* Into the current directory.  Whiteouts become overlayfs's; devices are left
 * out, like extended attributes that are not a file's capabilities or a user's
 * own.  Links are not followed, nothing lands elsewhere.
 *
 * -EINVAL  malformed, tampered with, or it tries something; the text names the
 *          entry
 * -EFBIG   it unpacks to more than `bytes_max`, or to too many entries */
int layer_unpack(const struct layer *layer, struct error *err);

#endif
