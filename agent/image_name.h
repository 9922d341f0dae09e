/* image_name.h - what a task calls its image, as what is to be fetched. */

#ifndef AGENT_IMAGE_NAME_H
#define AGENT_IMAGE_NAME_H

#include "agent/orders.h"
#include "base/arena.h"

enum {
    IMAGE_NAME_MAX = 2048, /* bytes */
    IMAGE_DIGEST_SIZE = 71,
};

/* "debian:12", "docker://host:5000/a/b@sha256:...", "oci:/DIR:TAG",
 * "oci-archive:/FILE", "docker-archive:/FILE:NAME".  A registry on this
 * machine's loopback, or of the list `insecure` of hosts (NULL at its end), is
 * believed without TLS.
 *
 * NULL and `*image`, in `arena`; or why it cannot be one. */
const char *image_name_read(const char *reference,
                            const char *const *insecure,
                            struct arena *arena,
                            struct order_image *image);

/* "sha256:" and 64 digits? */
bool image_name_is_digest(const char *text);

#endif
