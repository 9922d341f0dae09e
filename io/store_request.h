/* store_request.h - what a store was asked, kept until it is answered. */

#ifndef IO_STORE_REQUEST_H
#define IO_STORE_REQUEST_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "io/store_backend.h"

struct store_request {
    TAILQ_ENTRY(store_request) entry;
    uint64_t number;
    const char *path; /* of a load; NULL: these, which are ours: */
    struct store_op *ops;
    size_t ops_count;
    struct store_answer answer;
    struct arena *arena; /* of the answer; NULL while it needs none */
};
TAILQ_HEAD(store_request_list, store_request);

/* A copy.  With a key or value that no store takes it is answered already,
 * STORE_FAILED. */
struct store_request *store_request_new(uint64_t number,
                                        const struct store_op *ops,
                                        size_t ops_count);
struct store_request *store_request_new_load(uint64_t number, const char *path);

/* NULL is a no-op. */
void store_request_free(struct store_request *r);
void store_request_free_all(struct store_request_list *list);

/* Where what its answer points to is to live. */
struct arena *store_request_arena(struct store_request *r);

/* Answer it STORE_FAILED, because of `text`. */
void store_request_fail(struct store_request *r, const char *text);

bool store_request_is_answered(const struct store_request *r);

#endif
