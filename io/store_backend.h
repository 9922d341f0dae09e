/* store_backend.h - what every kind of store has; io/store.h says what it
 * means. */

#ifndef IO_STORE_BACKEND_H
#define IO_STORE_BACKEND_H

#include "base/error.h"
#include "base/store.h"

enum {
    STORE_REQUESTS_MAX = 100000, /* not answered yet; the next ones fail */
    STORE_PER_COMMIT_MAX = 1000, /* batches made durable together */
};

struct store;

typedef void store_answer_f(void *arg,
                            uint64_t request,
                            const struct store_answer *answer);

/* In the open so that a driver that is given a store need not be linked with
 * all that may keep one. */
struct store_backend {
    void (*submit)(struct store *s,
                   uint64_t request,
                   const struct store_op *ops,
                   size_t ops_count);
    void (*load)(struct store *s, uint64_t request, const char *path);
    int (*fd)(const struct store *s);
    void (*process)(struct store *s, store_answer_f *answered, void *arg);
    void (*close)(struct store *s);
};

struct store {
    const struct store_backend *backend; /* the rest is its own */
};

#endif
