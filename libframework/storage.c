/* storage.c - two arenas, as in outbox.c. */

#include "libframework/storage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/store_tree.h"

struct request {
    uint64_t number;
    const char *path; /* a load; NULL: `ops` */
    const struct store_op *ops;
    size_t ops_count;
    bool is_own;
};

struct storage {
    struct arena *arena;
    struct arena *sent;
    struct request *requests;
    size_t count, capacity;
    uint64_t numbers;
    bool is_held;
    const char *fence; /* a key; NULL: none */
    uint64_t fence_version;
};

struct storage *storage_new(void)
{
    struct storage *s = memory_new(1, sizeof *s);

    s->arena = arena_new();
    s->sent = arena_new();
    return s;
}

void storage_free(struct storage *s)
{
    if (s == NULL)
        return;
    arena_free(s->arena);
    arena_free(s->sent);
    free(s->requests);
    free(s);
}

static uint64_t add(struct storage *s, struct request request)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? s->capacity * 2 : 16;
        s->requests = memory_resize(s->requests, s->capacity, sizeof request);
    }
    request.number = ++s->numbers;
    s->requests[s->count++] = request;
    return request.number;
}

static char *own_key(struct storage *s, const char *key)
{
    size_t size = sizeof STORAGE_OWN + strlen(key);
    char *path = arena_alloc(s->arena, size);

    snprintf(path, size, "%s%s", STORAGE_OWN, key);
    return path;
}

static int check_key(const char *key, struct error *err)
{
    const char *fault;

    if (key == NULL)
        return error_set(err, -EINVAL, "a key is missing");
    if (strnlen(key, STORE_KEY_MAX) + sizeof STORAGE_OWN > STORE_KEY_MAX)
        return error_set(err, -EINVAL, "a key is too long");
    fault = store_key_refuses(key);
    if (fault != NULL)
        return error_set(err, -EINVAL, "key '%s': %s", key, fault);
    return 0;
}

static int check_ops(const struct mezzo_store_op *ops,
                     size_t count,
                     struct error *err)
{
    size_t size = 0;

    if (count == 0)
        return error_set(err, -EINVAL, "nothing is to be stored");
    if (count > STORAGE_OPS_MAX)
        return error_set(err, -E2BIG, "more than %d operations",
                         STORAGE_OPS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (check_key(ops[i].key, err) < 0)
            return -EINVAL;
        if (ops[i].kind != MEZZO_STORE_SET)
            continue;
        if (ops[i].size > STORAGE_SIZE_MAX - size)
            return error_set(err, -E2BIG, "more than %zu bytes",
                             STORAGE_SIZE_MAX);
        size += ops[i].size;
    }
    return 0;
}

static int check_room(const struct storage *s, struct error *err)
{
    if (s->count >= STORAGE_REQUESTS_MAX)
        return error_set(err, -ENOBUFS, "%d requests wait for the store",
                         STORAGE_REQUESTS_MAX);
    return 0;
}

static uint8_t *copy(struct storage *s, const void *bytes, size_t size)
{
    uint8_t *to = arena_alloc(s->arena, size);

    if (size > 0)
        memcpy(to, bytes, size);
    return to;
}

static enum store_op_kind kind_of(enum mezzo_store_op_kind kind)
{
    switch (kind) {
    case MEZZO_STORE_SET:
        return STORE_SET;
    case MEZZO_STORE_DELETE:
        return STORE_DELETE;
    case MEZZO_STORE_CHECK:
        break;
    }
    return STORE_CHECK;
}

int storage_put(struct storage *s,
                const struct mezzo_store_op *ops,
                size_t ops_count,
                uint64_t *request,
                struct error *err)
{
    struct store_op *to;
    int result = check_ops(ops, ops_count, err);

    if (result == 0)
        result = check_room(s, err);
    if (result < 0)
        return result;
    to = arena_alloc(s->arena, ops_count * sizeof *to);
    for (size_t i = 0; i < ops_count; i++) {
        to[i].kind = kind_of(ops[i].kind);
        to[i].key = own_key(s, ops[i].key);
        to[i].version = ops[i].version;
        if (to[i].kind != STORE_SET)
            continue;
        to[i].value = copy(s, ops[i].value, ops[i].size);
        to[i].size = ops[i].size;
    }
    *request = add(s, (struct request){.ops = to, .ops_count = ops_count});
    return 0;
}

int storage_load(struct storage *s,
                 const char *path,
                 uint64_t *request,
                 struct error *err)
{
    bool is_root = path != NULL && strcmp(path, "/") == 0;
    int result = is_root ? 0 : check_key(path, err);

    if (result == 0)
        result = check_room(s, err);
    if (result < 0)
        return result;
    *request =
        add(s, (struct request){.path = own_key(s, is_root ? "" : path)});
    return 0;
}

uint64_t storage_put_own(struct storage *s,
                         const char *key,
                         const void *value,
                         size_t size)
{
    struct store_op *op = arena_alloc(s->arena, sizeof *op);

    op->kind = STORE_SET;
    op->key = arena_strdup(s->arena, key);
    op->size = size;
    op->value = copy(s, value, size);
    op->version = STORE_ANY;
    return add(s, (struct request){.ops = op, .ops_count = 1});
}

uint64_t storage_delete_own(struct storage *s, const char *key)
{
    struct store_op *op = arena_alloc(s->arena, sizeof *op);

    op->kind = STORE_DELETE;
    op->key = arena_strdup(s->arena, key);
    op->version = STORE_ANY;
    return add(s, (struct request){.ops = op, .ops_count = 1});
}

uint64_t storage_load_own(struct storage *s, const char *key)
{
    return add(s, (struct request){.path = arena_strdup(s->arena, key),
                                   .is_own = true});
}

uint64_t storage_claim_own(struct storage *s, const char *key, uint64_t version)
{
    struct store_op *op = arena_alloc(s->arena, sizeof *op);

    op->kind = STORE_SET;
    op->key = arena_strdup(s->arena, key);
    op->value = (const uint8_t *)"";
    op->size = 0;
    op->version = version;
    return add(s, (struct request){.ops = op, .ops_count = 1, .is_own = true});
}

void storage_hold(struct storage *s)
{
    s->is_held = true;
}

void storage_release(struct storage *s, const char *key, uint64_t version)
{
    s->is_held = false;
    s->fence = key;
    s->fence_version = version;
}

bool storage_is_empty(const struct storage *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->is_held || s->requests[i].is_own)
            return false;
    return true;
}

static void emit(struct storage *s, const struct request *r, struct effects *fx)
{
    struct store_op *ops;

    if (r->path != NULL) {
        effects_load(fx, r->number, r->path);
        return;
    }
    if (s->fence == NULL) {
        effects_store(fx, r->number, r->ops, r->ops_count);
        return;
    }
    ops = arena_alloc(fx->arena, (r->ops_count + 1) * sizeof *ops);
    ops[0] = (struct store_op){
        .kind = STORE_CHECK, .key = s->fence, .version = s->fence_version};
    memcpy(ops + 1, r->ops, r->ops_count * sizeof *ops);
    effects_store(fx, r->number, ops, r->ops_count + 1);
}

/* What is held stays where it is, with all there was. */
static void flush_own(struct storage *s, struct effects *fx)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->requests[i].is_own)
            emit(s, &s->requests[i], fx);
        else
            s->requests[kept++] = s->requests[i];
    }
    s->count = kept;
}

void storage_flush(struct storage *s, struct effects *fx)
{
    struct arena *sent = s->sent;

    if (s->is_held) {
        flush_own(s, fx);
        return;
    }
    for (size_t i = 0; i < s->count; i++)
        emit(s, &s->requests[i], fx);
    s->count = 0;
    arena_reset(sent); /* carried out after the step before this one */
    s->sent = s->arena;
    s->arena = sent;
}

void storage_show(struct mezzo_store_answer *answer,
                  uint64_t request,
                  const struct store_answer *from,
                  struct arena *arena)
{
    struct mezzo_store_entry *entries =
        arena_alloc(arena, from->entries_count * sizeof *entries);

    *answer = (struct mezzo_store_answer){
        .request = request,
        .outcome = MEZZO_STORE_FAILED,
        .entries = entries,
        .entries_count = from->entries_count,
        .text = from->text,
    };
    switch (from->outcome) {
    case STORE_OK:
        answer->outcome = MEZZO_STORE_OK;
        break;
    case STORE_CONFLICT:
        answer->outcome = MEZZO_STORE_CONFLICT;
        break;
    case STORE_FAILED:
        break;
    }
    for (size_t i = 0; i < from->entries_count; i++)
        entries[i] = (struct mezzo_store_entry){
            .key = from->entries[i].key + strlen(STORAGE_OWN),
            .value = from->entries[i].value,
            .size = from->entries[i].size,
            .version = from->entries[i].version,
        };
}
