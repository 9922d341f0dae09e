/* store_memory.c - the pure tree behind a queue, so that its answers come later
 * too, as those of any other store. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/store_tree.h"
#include "io/store_open.h"
#include "io/store_request.h"

struct memory {
    struct store store;
    struct store_tree *tree;
    struct store_request_list queue;
    size_t queue_size;
    int fd;
};

static void add(struct memory *m, struct store_request *r)
{
    const uint64_t one = 1;

    if (++m->queue_size > STORE_REQUESTS_MAX)
        store_request_fail(r, "too many requests are waiting");
    TAILQ_INSERT_TAIL(&m->queue, r, entry);
    if (write(m->fd, &one, sizeof one) < 0)
        abort(); /* 2^64 of them */
}

static void memory_submit(struct store *s,
                          uint64_t request,
                          const struct store_op *ops,
                          size_t ops_count)
{
    add((struct memory *)s, store_request_new(request, ops, ops_count));
}

static void memory_load(struct store *s, uint64_t request, const char *path)
{
    add((struct memory *)s, store_request_new_load(request, path));
}

static int memory_fd(const struct store *s)
{
    return ((const struct memory *)s)->fd;
}

static void carry_out(struct memory *m, struct store_request *r)
{
    struct arena *arena = store_request_arena(r);

    if (store_request_is_answered(r))
        return;
    r->answer = r->path != NULL
                    ? store_tree_load(m->tree, r->path, arena)
                    : store_tree_apply(m->tree, r->ops, r->ops_count, arena);
}

static void memory_process(struct store *s, store_answer_f *answered, void *arg)
{
    struct memory *m = (struct memory *)s;
    struct store_request *r;
    uint64_t count;

    if (read(m->fd, &count, sizeof count) < 0)
        return; /* nothing */
    for (; count > 0 && (r = TAILQ_FIRST(&m->queue)) != NULL; count--) {
        TAILQ_REMOVE(&m->queue, r, entry);
        m->queue_size--;
        carry_out(m, r);
        answered(arg, r->number, &r->answer);
        store_request_free(r);
    }
}

static void memory_close(struct store *s)
{
    struct memory *m = (struct memory *)s;

    store_request_free_all(&m->queue);
    store_tree_free(m->tree);
    close(m->fd);
    free(m);
}

static const struct store_backend memory_backend = {
    .submit = memory_submit,
    .load = memory_load,
    .fd = memory_fd,
    .process = memory_process,
    .close = memory_close,
};

int store_open_memory(struct store **store, struct error *err)
{
    struct memory *m = calloc(1, sizeof *m);

    if (m == NULL)
        abort();
    m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->fd < 0) {
        free(m);
        return error_errno(err, "eventfd");
    }
    m->store.backend = &memory_backend;
    m->tree = store_tree_new();
    TAILQ_INIT(&m->queue);
    *store = &m->store;
    return 0;
}
