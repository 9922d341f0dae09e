/* pairs.h - keys and values that ranks share; packed, for the way between
 * executors.
 *
 * Packed, each pair is the size of its key and of its value, two bytes each,
 * little-endian, and their bytes. */

#ifndef MPI_PAIRS_H
#define MPI_PAIRS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    PAIRS_KEY_SIZE_MAX = 64,
    PAIRS_VALUE_SIZE_MAX = 1024,
};

struct pairs;

struct pairs *pairs_new(void);
void pairs_free(struct pairs *p);

/* In place of what the key had before. */
void pairs_set(struct pairs *p, const char *key, const char *value);

/* NULL if there is none. */
const char *pairs_get(const struct pairs *p, const char *key);
size_t pairs_count(const struct pairs *p);

/* All, in the order in which they came; to be freed. */
void *pairs_pack(const struct pairs *p, size_t *size);

/* Set all that are packed in `bytes`; false, and none is set, if it is not
 * well-formed, or a key or a value is too long, or there would be more than
 * `count_max`. */
bool pairs_unpack(struct pairs *p,
                  const void *bytes,
                  size_t size,
                  size_t count_max);

void pairs_clear(struct pairs *p);

#endif
