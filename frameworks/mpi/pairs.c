/* pairs.c - keys and values that ranks share. */

#include "frameworks/mpi/pairs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/table.h"

struct pair {
    TAILQ_ENTRY(pair) entry;
    char *value;
    char key[];
};

struct pairs {
    struct table *by_key;
    TAILQ_HEAD(pair_list, pair) all;
};

static const char *key_of(const void *value)
{
    const struct pair *pair = value;

    return pair->key;
}

struct pairs *pairs_new(void)
{
    struct pairs *p = memory_new(1, sizeof *p);

    p->by_key = table_new(key_of);
    TAILQ_INIT(&p->all);
    return p;
}

void pairs_clear(struct pairs *p)
{
    struct pair *pair;

    while ((pair = TAILQ_FIRST(&p->all)) != NULL) {
        table_remove(p->by_key, pair);
        TAILQ_REMOVE(&p->all, pair, entry);
        free(pair->value);
        free(pair);
    }
}

void pairs_free(struct pairs *p)
{
    if (p == NULL)
        return;
    pairs_clear(p);
    table_free(p->by_key);
    free(p);
}

static void set(struct pairs *p,
                const char *key,
                size_t key_size,
                const char *value,
                size_t value_size)
{
    struct pair *made = memory_new(1, sizeof *made + key_size + 1);
    struct pair *old;

    memcpy(made->key, key, key_size);
    old = table_find(p->by_key, made->key);
    if (old != NULL) {
        free(made);
        free(old->value);
        made = old;
    } else {
        table_add(p->by_key, made);
        TAILQ_INSERT_TAIL(&p->all, made, entry);
    }
    made->value = memory_new(1, value_size + 1);
    memcpy(made->value, value, value_size);
}

void pairs_set(struct pairs *p, const char *key, const char *value)
{
    set(p, key, strlen(key), value, strlen(value));
}

const char *pairs_get(const struct pairs *p, const char *key)
{
    const struct pair *pair = table_find(p->by_key, key);

    return pair != NULL ? pair->value : NULL;
}

size_t pairs_count(const struct pairs *p)
{
    return table_count(p->by_key);
}

void *pairs_pack(const struct pairs *p, size_t *size)
{
    const struct pair *pair;
    uint8_t *bytes, *to;

    *size = 0;
    TAILQ_FOREACH (pair, &p->all, entry)
        *size += 4 + strlen(pair->key) + strlen(pair->value);
    bytes = to = memory_new(1, *size + 1);
    TAILQ_FOREACH (pair, &p->all, entry) {
        size_t key_size = strlen(pair->key), value_size = strlen(pair->value);

        to[0] = (uint8_t)key_size;
        to[1] = (uint8_t)(key_size >> 8);
        to[2] = (uint8_t)value_size;
        to[3] = (uint8_t)(value_size >> 8);
        memcpy(to + 4, pair->key, key_size);
        memcpy(to + 4 + key_size, pair->value, value_size);
        to += 4 + key_size + value_size;
    }
    return bytes;
}

struct packed {
    const char *key, *value;
    size_t key_size, value_size;
};

/* The pair at `*at`, which is moved behind it. */
static bool next(const uint8_t *bytes,
                 size_t size,
                 size_t *at,
                 struct packed *pair)
{
    size_t left = size - *at;
    const uint8_t *from = bytes + *at;

    if (left < 4)
        return false;
    pair->key_size = from[0] | (size_t)from[1] << 8;
    pair->value_size = from[2] | (size_t)from[3] << 8;
    if (pair->key_size == 0 || pair->key_size > PAIRS_KEY_SIZE_MAX ||
        pair->value_size > PAIRS_VALUE_SIZE_MAX ||
        left - 4 < pair->key_size + pair->value_size)
        return false;
    pair->key = (const char *)from + 4;
    pair->value = pair->key + pair->key_size;
    *at += 4 + pair->key_size + pair->value_size;
    return memchr(pair->key, '\0', pair->key_size + pair->value_size) == NULL;
}

bool pairs_unpack(struct pairs *p,
                  const void *bytes,
                  size_t size,
                  size_t count_max)
{
    size_t count = table_count(p->by_key);
    struct packed pair;

    for (size_t at = 0; at < size;)
        if (!next(bytes, size, &at, &pair) || ++count > count_max)
            return false;
    for (size_t at = 0; at < size && next(bytes, size, &at, &pair);)
        set(p, pair.key, pair.key_size, pair.value, pair.value_size);
    return true;
}
