/* download.h - the bytes behind a URI, written to a file. */

#ifndef AGENT_FETCH_DOWNLOAD_H
#define AGENT_FETCH_DOWNLOAD_H

#include <stdint.h>

#include "base/error.h"

struct download_limits {
    int64_t bytes_max;
    int64_t stall_ms; /* without a byte for so long: given up */
    int64_t time_ms;  /* at all */
};

/* file://PATH, a plain absolute path, http://, https://; to `fd`, from its
 * beginning.  What was written before a failure stays there.
 *
 * -EINVAL  not such a URI
 * -EFBIG   larger than bytes_max
 * -EIO     the server, or the network, said no; the text has what it said */
int download(const char *uri,
             int fd,
             const struct download_limits *limits,
             struct error *err);

#endif
