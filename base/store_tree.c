/* store_tree.c - entries in one array, sorted by key.  A batch is applied in
 * place, with what it overwrites kept aside until all of it went well. */

#include "base/store_tree.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct entry {
    uint64_t version;
    size_t size;
    uint8_t *value;
    char key[];
};

struct store_tree {
    struct entry **items;
    size_t count;
    size_t capacity;
};

/* What an operation has replaced: put it back to undo it. */
struct undo {
    const char *key;
    struct entry *before; /* NULL: there was none */
};

struct store_tree *store_tree_new(void)
{
    return memory_new(1, sizeof(struct store_tree));
}

static void entry_free(struct entry *e)
{
    if (e == NULL)
        return;
    free(e->value);
    free(e);
}

void store_tree_free(struct store_tree *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->count; i++)
        entry_free(t->items[i]);
    free(t->items);
    free(t);
}

/* The first whose key is not below `key`. */
static size_t find_place(const struct store_tree *t, const char *key)
{
    size_t low = 0;
    size_t high = t->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(t->items[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct store_tree *t, size_t at, const char *key)
{
    return at < t->count && strcmp(t->items[at]->key, key) == 0;
}

static struct entry *entry_new(const struct store_op *op, uint64_t version)
{
    size_t key_size = strlen(op->key) + 1;
    struct entry *e = memory_new(1, sizeof *e + key_size);

    memcpy(e->key, op->key, key_size);
    e->value = memory_copy(op->value, op->size);
    e->size = op->size;
    e->version = version;
    return e;
}

/* Have `after` under its key instead of what is there, which is given back;
 * NULL is nothing there. */
static struct entry *exchange(struct store_tree *t,
                              const char *key,
                              struct entry *after)
{
    size_t at = find_place(t, key);
    struct entry *before = is_at(t, at, key) ? t->items[at] : NULL;

    if (before != NULL && after != NULL) {
        t->items[at] = after;
    } else if (before != NULL) {
        t->count--;
        memmove(&t->items[at], &t->items[at + 1],
                (t->count - at) * sizeof *t->items);
    } else if (after != NULL) {
        if (t->count == t->capacity) {
            t->capacity = t->capacity > 0 ? t->capacity * 2 : 16;
            t->items = memory_resize(t->items, t->capacity, sizeof *t->items);
        }
        memmove(&t->items[at + 1], &t->items[at],
                (t->count - at) * sizeof *t->items);
        t->items[at] = after;
        t->count++;
    }
    return before;
}

const char *store_key_refuses(const char *key)
{
    size_t size = 0;

    if (key[0] != '/')
        return "does not begin with /";
    if (strlen(key) > STORE_KEY_MAX)
        return "has more than 512 bytes";
    for (const char *c = key; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            return "has a character that is not printable ASCII";
    for (const char *part = key; *part != '\0'; part += size) {
        part++;
        size = strcspn(part, "/");
        if (size == 0)
            return "has an empty part";
        if (part[0] == '.' && (size == 1 || (size == 2 && part[1] == '.')))
            return "has a part that is . or ..";
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static struct store_answer answer_with(
    struct arena *arena, enum store_outcome outcome, const char *format, ...)
{
    char text[STORE_KEY_MAX + 128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return (struct store_answer){.outcome = outcome,
                                 .text = arena_strdup(arena, text)};
}

static struct store_answer check(const struct store_tree *t,
                                 const struct store_op *op,
                                 struct arena *arena)
{
    const char *wrong = store_key_refuses(op->key);
    size_t at = find_place(t, op->key);
    uint64_t version = is_at(t, at, op->key) ? t->items[at]->version : 0;

    if (wrong != NULL)
        return answer_with(arena, STORE_FAILED, "%.80s: %s", op->key, wrong);
    if (op->kind == STORE_SET && op->size > STORE_VALUE_MAX)
        return answer_with(arena, STORE_FAILED,
                           "%s: a value of %zu bytes is too large", op->key,
                           op->size);
    if (op->version != STORE_ANY && op->version != version)
        return answer_with(arena, STORE_CONFLICT,
                           "%s: version %" PRIu64 ", not %" PRIu64, op->key,
                           version, op->version);
    return (struct store_answer){.outcome = STORE_OK};
}

static void apply(struct store_tree *t,
                  const struct store_op *op,
                  struct undo *undo)
{
    size_t at = find_place(t, op->key);
    uint64_t version = is_at(t, at, op->key) ? t->items[at]->version : 0;

    undo->key = op->key;
    switch (op->kind) {
    case STORE_SET:
        undo->before = exchange(t, op->key, entry_new(op, version + 1));
        break;
    case STORE_DELETE:
        undo->before = exchange(t, op->key, NULL);
        break;
    case STORE_CHECK:
        undo->key = NULL;
        break;
    }
}

struct store_answer store_tree_apply(struct store_tree *t,
                                     const struct store_op *ops,
                                     size_t ops_count,
                                     struct arena *arena)
{
    struct undo *undos = arena_alloc(arena, ops_count * sizeof *undos);
    struct store_answer answer = {.outcome = STORE_OK};
    size_t done = 0;

    while (done < ops_count && answer.outcome == STORE_OK) {
        answer = check(t, &ops[done], arena);
        if (answer.outcome == STORE_OK) {
            apply(t, &ops[done], &undos[done]);
            done++;
        }
    }
    while (done-- > 0) {
        struct undo *undo = &undos[done];

        if (answer.outcome == STORE_OK)
            entry_free(undo->before);
        else if (undo->key != NULL)
            entry_free(exchange(t, undo->key, undo->before));
    }
    return answer;
}

static bool is_below(const char *key, const char *path, size_t size)
{
    return strncmp(key, path, size) == 0 && key[size] == '/';
}

static struct store_entry entry_copy(const struct entry *e, struct arena *arena)
{
    uint8_t *value = arena_alloc(arena, e->size);

    memcpy(value, e->value, e->size);
    return (struct store_entry){.key = arena_strdup(arena, e->key),
                                .value = value,
                                .size = e->size,
                                .version = e->version};
}

void store_tree_put(struct store_tree *t, const struct store_entry *entry)
{
    const struct store_op op = {
        .key = entry->key, .value = entry->value, .size = entry->size};

    entry_free(exchange(t, entry->key, entry_new(&op, entry->version)));
}

struct store_answer store_tree_load(const struct store_tree *t,
                                    const char *path,
                                    struct arena *arena)
{
    size_t size = strcmp(path, "/") == 0 ? 0 : strlen(path);
    char prefix[STORE_KEY_MAX + 2];
    struct store_entry *entries;
    size_t first;
    size_t last;
    size_t count = 0;
    size_t itself = find_place(t, path);

    if (size > 0 && store_key_refuses(path) != NULL)
        return answer_with(arena, STORE_FAILED, "%.80s: %s", path,
                           store_key_refuses(path));
    snprintf(prefix, sizeof prefix, "%.*s/", (int)size, path);
    first = last = find_place(t, prefix);
    while (last < t->count && is_below(t->items[last]->key, path, size))
        last++;
    entries = arena_alloc(arena, (last - first + 1) * sizeof *entries);
    if (is_at(t, itself, path))
        entries[count++] = entry_copy(t->items[itself], arena);
    for (size_t i = first; i < last; i++)
        entries[count++] = entry_copy(t->items[i], arena);
    return (struct store_answer){
        .outcome = STORE_OK, .entries = entries, .entries_count = count};
}
