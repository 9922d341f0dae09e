/* endpoint.h - where a driver listens, and whom it lets in there. */

#ifndef IO_ENDPOINT_H
#define IO_ENDPOINT_H

#include <stdbool.h>

#include "base/error.h"
#include "base/principal.h"

enum driver_policy {
    DRIVER_ALLOW_LIST, /* whose key is in `principals`, as that principal */
    DRIVER_ANY_KEY,    /* whoever has a key, as a guest of that name */
    DRIVER_PLAIN, /* everyone, as `principal`; only on loopback and ipc:// */
};

struct driver_endpoint {
    const char *address; /* of ZeroMQ: tcp://ADDRESS:PORT, ipc://PATH */
    enum driver_policy policy;
    const struct principal *principal; /* PLAIN: who they are */
};

/* -EINVAL  it is malformed, wants keys that we do not have, or is in plain
 *          where others could reach it */
int endpoint_check(const struct driver_endpoint *e,
                   bool has_keys,
                   struct error *err);

#endif
