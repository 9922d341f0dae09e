/* image.h - an image that skopeo has left in an OCI layout, verified and
 * unpacked into an agent's store.
 *
 *     STORE/blobs/sha256/HEX  what came, shared by all layouts
 *     STORE/layers/HEX        a layer unpacked, by the digest of its tar; the
 *                             first 32 digits, or the list of an overlay's
 *                             layers does not fit in a page
 *     STORE/records/HEX       Mezzo__Record__Image, by the image's digest */

#ifndef AGENT_FETCH_IMAGE_H
#define AGENT_FETCH_IMAGE_H

#include <stdint.h>

#include "base/error.h"

enum {
    IMAGE_LAYER_NAME_SIZE = 33
};

struct image {
    const char *store;  /* a directory of root's own */
    const char *layout; /* of one image, its blobs in the store */
    const char *digest; /* what its name meant */
    const char *reference;
    int64_t bytes_max; /* packed, and unpacked */
};

/* Give up all privileges that unpacking does not need. */
void image_drop_privileges(void);

int image_unpack(const struct image *image, struct error *err);

#endif
