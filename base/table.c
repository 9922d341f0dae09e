/* table.c - open addressing with linear probing; removal shifts back, so that
 * there are no tombstones.  Hash: eight bytes at a time, each mixed in by a
 * multiplication; ids are long, and looked up for each message. */

#include "base/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct cell {
    void *value; /* NULL: free */
    uint32_t hash;
};

struct table {
    table_key_f *key_of;
    struct cell *cells;
    size_t size; /* a power of two */
    size_t count;
};

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9fb21c651e98df25u;
    return hash ^ hash >> 32;
}

static uint32_t hash_of(const char *key)
{
    size_t size = strlen(key);
    uint64_t h = mix(0xcbf29ce484222325u, size), word;

    for (; size >= sizeof word; size -= sizeof word, key += sizeof word) {
        memcpy(&word, key, sizeof word);
        h = mix(h, word);
    }
    word = 0;
    memcpy(&word, key, size);
    h = mix(h, word);
    return (uint32_t)((h * 0x9e3779b97f4a7c15u) >> 32);
}

static struct cell *cells_new(size_t size)
{
    struct cell *cells = calloc(size, sizeof *cells);

    if (cells == NULL)
        abort();
    return cells;
}

struct table *table_new(table_key_f *key_of)
{
    struct table *t = calloc(1, sizeof *t);

    if (t == NULL)
        abort();
    t->key_of = key_of;
    t->size = 16;
    t->cells = cells_new(t->size);
    return t;
}

void table_free(struct table *t)
{
    if (t == NULL)
        return;
    free(t->cells);
    free(t);
}

size_t table_count(const struct table *t)
{
    return t->count;
}

/* Where `key` is, or the free cell where it would be. */
static size_t locate(const struct table *t, const char *key, uint32_t hash)
{
    size_t at = hash & (t->size - 1);

    while (t->cells[at].value != NULL &&
           (t->cells[at].hash != hash ||
            strcmp(t->key_of(t->cells[at].value), key) != 0))
        at = (at + 1) & (t->size - 1);
    return at;
}

void *table_find(const struct table *t, const char *key)
{
    return t->cells[locate(t, key, hash_of(key))].value;
}

static void grow(struct table *t)
{
    struct cell *old = t->cells;
    size_t old_size = t->size;

    t->size *= 2;
    t->cells = cells_new(t->size);
    for (size_t i = 0; i < old_size; i++) {
        size_t at = old[i].hash & (t->size - 1);

        if (old[i].value == NULL)
            continue;
        while (t->cells[at].value != NULL)
            at = (at + 1) & (t->size - 1);
        t->cells[at] = old[i];
    }
    free(old);
}

void table_add(struct table *t, void *value)
{
    const char *key = t->key_of(value);
    uint32_t hash = hash_of(key);
    size_t at;

    if ((t->count + 1) * 4 > t->size * 3)
        grow(t);
    at = locate(t, key, hash);
    assert(t->cells[at].value == NULL);
    t->cells[at] = (struct cell){value, hash};
    t->count++;
}

void table_remove(struct table *t, const void *value)
{
    const char *key = t->key_of(value);
    size_t mask = t->size - 1;
    size_t hole = locate(t, key, hash_of(key));

    assert(t->cells[hole].value == value);
    for (size_t at = (hole + 1) & mask; t->cells[at].value != NULL;
         at = (at + 1) & mask) {
        size_t home = t->cells[at].hash & mask;

        /* Only what does not start behind the hole may move into it. */
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        t->cells[hole] = t->cells[at];
        hole = at;
    }
    t->cells[hole].value = NULL;
    t->count--;
}
