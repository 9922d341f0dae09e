/* store.h - what is asked of a store, and what it answers.
 *
 * A store is a tree of versioned values: keys are paths like "/agents/a1",
 * made of printable characters, at most STORE_KEY_MAX bytes.  A batch is
 * applied whole or not at all, and is durable when it is answered.  Batches
 * take effect in the order they are asked. */

#ifndef BASE_STORE_H
#define BASE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_KEY_MAX = 512,
    STORE_VALUE_MAX = 16 * 1024 * 1024,
};

#define STORE_ANY UINT64_MAX /* whatever version it has, if any */
#define STORE_ABSENT 0       /* it must not exist */

enum store_op_kind {
    STORE_SET,
    STORE_DELETE, /* what does not exist is deleted already */
    STORE_CHECK,  /* only that the version is this one */
};

struct store_op {
    enum store_op_kind kind;
    const char *key;
    const uint8_t *value; /* SET */
    size_t size;
    uint64_t version; /* it must have now: a number, ANY or ABSENT */
};

struct store_entry {
    const char *key;
    const uint8_t *value;
    size_t size;
    uint64_t version; /* 1 when it is made, one more with each set */
};

enum store_outcome {
    STORE_OK,
    STORE_CONFLICT, /* a version was another; nothing has changed */
    STORE_FAILED,   /* the store's own trouble; `text` says what.  Whether it
                     * was applied is not known: load to find out. */
};

struct store_answer {
    enum store_outcome outcome;
    const struct store_entry *entries; /* of a load, sorted by key */
    size_t entries_count;
    const char *text;
    bool is_final; /* FAILED: and so will all else, until we are started anew */
};

#endif
