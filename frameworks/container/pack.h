/* pack.h - the files that a service binds from its project, as an archive. */

#ifndef CONTAINER_PACK_H
#define CONTAINER_PACK_H

#include <jansson.h>

#include "base/error.h"

struct pack {
    char *bytes;
    size_t size;
    char digest[65]; /* SHA-256, in hexadecimal digits */
};

/* Of the n-th volume, if it is such: files/N, a file or a directory.  Without
 * any, `size` is 0.  Equal files make equal archives.
 *
 * -ENOENT  there is no such file
 * -E2BIG   together they are larger than is shipped */
int pack_service(json_t *service, struct pack *pack, struct error *err);
void pack_release(struct pack *pack);

#endif
