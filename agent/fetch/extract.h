/* extract.h - an archive of a stranger's, unpacked where it cannot escape. */

#ifndef AGENT_FETCH_EXTRACT_H
#define AGENT_FETCH_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
    EXTRACT_ENTRIES_MAX = 1000000
};

/* By its name: .tar .tar.gz .tgz .tar.bz2 .tbz2 .tar.xz .txz .tar.zst .zip */
bool extract_is_archive(const char *name);

/* Into the current directory.  Files, directories, symbolic links and links to
 * what is in the archive; what would land elsewhere, devices, sockets and pipes
 * are refused, set-user-id bits dropped.  Links are not followed.
 *
 * -EINVAL  malformed, or it tries something; the text names the entry
 * -EFBIG   it unpacks to more than `bytes_max`, or to too many entries */
int extract(const char *path, int64_t bytes_max, struct error *err);

#endif
