/* store.h - keeps the tree of base/store.h for real.
 *
 * Requests are copied, and answered in the order they were made, by
 * store_process().  What was answered STORE_OK survives a crash ("memory:"
 * excepted).  A store belongs to one thread; whatever threads of its own it
 * has do not show. */

#ifndef IO_STORE_H
#define IO_STORE_H

#include "io/store_backend.h"

/* "sqlite:PATH", one file, made if it is not there; "zk://HOSTS/PATH"
 * (io/keeper.h), which answers when ZooKeeper does; "memory:".
 *
 * -EBUSY   another process has it; the text says which
 * -EINVAL  not such an address */
int store_open(const char *address, struct store **store, struct error *err);

/* Waits until what was asked is durable; answers nothing more.  NULL is a
 * no-op. */
void store_close(struct store *s);

static inline void store_submit(struct store *s,
                                uint64_t request,
                                const struct store_op *ops,
                                size_t ops_count)
{
    s->backend->submit(s, request, ops, ops_count);
}

/* The entry at `path` and all below it. */
static inline void store_load(struct store *s,
                              uint64_t request,
                              const char *path)
{
    s->backend->load(s, request, path);
}

/* Readable when there are answers. */
static inline int store_fd(const struct store *s)
{
    return s->backend->fd(s);
}

/* Give what answers there are to `answered`; what they point to is valid until
 * it returns.  It may make further requests. */
static inline void store_process(struct store *s,
                                 store_answer_f *answered,
                                 void *arg)
{
    s->backend->process(s, answered, arg);
}

#endif
