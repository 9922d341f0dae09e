/* files.h - what is shipped with projects: archives by their digest.
 *
 * A client says the digest and the size, and sends the bytes if they are not
 * there; agents fetch them.  What no project names any more is removed. */

#ifndef CONTAINER_FILES_H
#define CONTAINER_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum {
    FILES_SIZE_MAX = 64 << 20,
    FILES_DIGEST_SIZE = 65, /* SHA-256 in hexadecimal digits, and a NUL */
};

/* One on its way in. */
struct files_upload;

bool files_is_digest(const char *text);
bool files_has(const char *directory, const char *digest);

/* Begin; bytes are to be written to `*fd`. */
int files_begin(const char *directory,
                const char *digest,
                struct files_upload **upload,
                int *fd,
                struct error *err);

/* All has come: check and keep it.  -EINVAL: it is not what was said. */
int files_end(struct files_upload *upload, struct error *err);

/* It will not come.  NULL is a no-op. */
void files_cancel(struct files_upload *upload);

/* Remove what is_named() does not know, and is older than some minutes. */
void files_clean(const char *directory,
                 bool (*is_named)(void *arg, const char *digest),
                 void *arg);

#endif
