/* store_request.c - one block of memory: the request, its ops, and what they
 * point to. */

#include "io/store_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/store_tree.h"

static struct store_request *allocate(uint64_t number, size_t size)
{
    struct store_request *r = calloc(1, sizeof *r + size);

    if (r == NULL)
        abort();
    r->number = number;
    return r;
}

static void refuse(struct store_request *r, const char *key, const char *fault)
{
    char text[256];

    if (fault == NULL || store_request_is_answered(r))
        return;
    snprintf(text, sizeof text, "%.80s: %s", key, fault);
    store_request_fail(r, text);
}

static void check_op(struct store_request *r, const struct store_op *op)
{
    refuse(r, op->key, store_key_refuses(op->key));
    if (op->kind == STORE_SET && op->size > STORE_VALUE_MAX)
        refuse(r, op->key, "its value is too large");
}

static void *append(char **at, const void *bytes, size_t size)
{
    void *copy = *at;

    if (size > 0)
        memcpy(copy, bytes, size);
    *at += size;
    return copy;
}

static size_t size_of(const struct store_op *ops, size_t ops_count)
{
    size_t size = ops_count * sizeof *ops;

    for (size_t i = 0; i < ops_count; i++) {
        size += strlen(ops[i].key) + 1;
        size += ops[i].kind == STORE_SET ? ops[i].size : 0;
    }
    return size;
}

struct store_request *store_request_new(uint64_t number,
                                        const struct store_op *ops,
                                        size_t ops_count)
{
    struct store_request *r = allocate(number, size_of(ops, ops_count));
    char *at = (char *)(r + 1);

    r->ops = append(&at, ops, ops_count * sizeof *ops);
    r->ops_count = ops_count;
    for (size_t i = 0; i < ops_count; i++) {
        struct store_op *op = &r->ops[i];

        check_op(r, op);
        op->key = append(&at, op->key, strlen(op->key) + 1);
        if (op->kind == STORE_SET)
            op->value = append(&at, op->value, op->size);
    }
    return r;
}

struct store_request *store_request_new_load(uint64_t number, const char *path)
{
    struct store_request *r = allocate(number, strlen(path) + 1);

    r->path = strcpy((char *)(r + 1), path);
    if (strcmp(path, "/") != 0)
        refuse(r, path, store_key_refuses(path));
    return r;
}

void store_request_free(struct store_request *r)
{
    if (r == NULL)
        return;
    arena_free(r->arena);
    free(r);
}

void store_request_free_all(struct store_request_list *list)
{
    struct store_request *r;

    while ((r = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, r, entry);
        store_request_free(r);
    }
}

struct arena *store_request_arena(struct store_request *r)
{
    if (r->arena == NULL)
        r->arena = arena_new();
    return r->arena;
}

void store_request_fail(struct store_request *r, const char *text)
{
    r->answer = (struct store_answer){
        .outcome = STORE_FAILED,
        .text = arena_strdup(store_request_arena(r), text),
    };
}

bool store_request_is_answered(const struct store_request *r)
{
    return r->answer.outcome != STORE_OK;
}
