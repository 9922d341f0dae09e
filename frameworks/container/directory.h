/* directory.h - the names of all projects, as a name server was told of them.
 *
 * A pure value: who asks, and for what, is given; so is chance. */

#ifndef CONTAINER_DIRECTORY_H
#define CONTAINER_DIRECTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

struct directory;

enum {
    DIRECTORY_ADDRESSES_MAX =
        25, /* in one answer, which is at most 512 bytes */
    DIRECTORY_NAME_MAX = 255,
};

enum directory_result {
    DIRECTORY_FOUND,
    DIRECTORY_EMPTY,    /* it is a name of ours, and nothing healthy has it */
    DIRECTORY_NO_NAME,  /* it could only be ours, and is not */
    DIRECTORY_STRANGER, /* it may be one of a project that is not known yet */
    DIRECTORY_OTHERS,   /* somebody else may know */
};

struct directory *directory_new(uint64_t seed);
void directory_free(struct directory *d);

/* {project, name, names, members, version}, or {project, version} when it is
 * gone; what is older than what is known changes nothing.  False: it is none.
 */
bool directory_update(struct directory *d, json_t *map);

/* The addresses of `name`, in random order, for whoever asks from `source`:
 * names are those of his project; NAME.PROJECT.mezzo is a project's, his own
 * where several are called so. */
enum directory_result directory_find(
    struct directory *d,
    const char *name,
    const char *source,
    const char *addresses[DIRECTORY_ADDRESSES_MAX],
    size_t *count);

#endif
