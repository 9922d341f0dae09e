/* storage.h - what waits to be asked of the store, until the end of the step.
 *
 * The framework's own keys are below STORAGE_OWN, the library's beside it.
 * Requests have one numbering.  Pure. */

#ifndef LIBFRAMEWORK_STORAGE_H
#define LIBFRAMEWORK_STORAGE_H

#include <stdbool.h>

#include "base/effect.h"
#include "base/error.h"
#include "mezzo/framework.h"

enum {
    STORAGE_REQUESTS_MAX = 10000, /* of one step */
    STORAGE_OPS_MAX = 10000,      /* of one request */
};

#define STORAGE_OWN "/own"
#define STORAGE_SIZE_MAX ((size_t)STORE_VALUE_MAX) /* of one request */

struct storage;

struct storage *storage_new(void);
void storage_free(struct storage *s);

/* -EINVAL, -E2BIG, -ENOBUFS; the number of the request in `*request`. */
int storage_put(struct storage *s,
                const struct mezzo_store_op *ops,
                size_t ops_count,
                uint64_t *request,
                struct error *err);
int storage_load(struct storage *s,
                 const char *path,
                 uint64_t *request,
                 struct error *err);

/* One key of the library's own, which is not below STORAGE_OWN. */
uint64_t storage_put_own(struct storage *s,
                         const char *key,
                         const void *value,
                         size_t size);
uint64_t storage_delete_own(struct storage *s, const char *key);
uint64_t storage_load_own(struct storage *s, const char *key);

/* Set it if it still has `version`. */
uint64_t storage_claim_own(struct storage *s,
                           const char *key,
                           uint64_t version);

/* Emit only requests of the library's own; then all, and from then on change
 * nothing unless `key`, a literal, has `version`. */
void storage_hold(struct storage *s);
void storage_release(struct storage *s, const char *key, uint64_t version);

bool storage_is_empty(const struct storage *s);

/* Emit what waits, in the order in which it was asked. */
void storage_flush(struct storage *s, struct effects *fx);

/* For a callback, in `arena`. */
void storage_show(struct mezzo_store_answer *answer,
                  uint64_t request,
                  const struct store_answer *from,
                  struct arena *arena);

#endif
