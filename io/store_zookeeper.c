/* store_zookeeper.c - the tree in memory, the log of what changes it in
 * ZooKeeper.
 *
 * All that waits is one group, and one group is appended at a time: a round
 * trip costs the same for one batch and for a thousand.  Conflicts are found
 * when a group is applied, after whatever others have appended before it, which
 * is what everyone who reads the log finds too. */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/store_log.h"
#include "io/store_open.h"
#include "io/store_request.h"
#include "io/zklog.h"

enum {
    SNAPSHOT_AFTER = 1000,    /* entries */
    GROUP_SIZE_MAX = 1 << 18, /* of what is taken into one group; a batch that
                               * is larger is a group of its own */
    CLOSE_MS = 10000,
};

#define SUFFIX ".store" /* beside the node under which leaders are elected */

struct replica {
    struct store store;
    struct keeper *keeper;
    struct zklog *log;
    struct store_tree *tree;
    uint8_t writer[STORE_WRITER_SIZE];
    uint64_t group_number;
    struct store_request_list queue;
    struct store_request_list group; /* being appended, or looked up */
    struct store_request_list done;
    size_t waiting_count; /* in any of them */
    bool is_written;      /* the group has something to append */
    bool is_refreshed;    /* for a group of loads: nothing was missed */
    char refusal[400];    /* not empty: all fails, because of that */
    int epoll_fd, event_fd;
};

static void wake(const struct replica *z)
{
    const uint64_t one = 1;

    if (write(z->event_fd, &one, sizeof one) < 0)
        abort(); /* 2^64 of them */
}

static void fail_for_good(const struct replica *z, struct store_request *r)
{
    store_request_fail(r, z->refusal);
    r->answer.is_final = true;
}

static void carry_out(struct replica *z, struct store_request *r)
{
    struct arena *arena = store_request_arena(r);

    if (store_request_is_answered(r))
        return;
    if (z->refusal[0] != '\0')
        fail_for_good(z, r);
    else
        r->answer = r->path != NULL ? store_tree_load(z->tree, r->path, arena)
                                    : store_tree_apply(z->tree, r->ops,
                                                       r->ops_count, arena);
}

static void answer_group(struct replica *z)
{
    struct store_request *r;

    TAILQ_FOREACH (r, &z->group, entry)
        carry_out(z, r);
    TAILQ_CONCAT(&z->done, &z->group, entry);
    wake(z);
}

static size_t size_of(const struct store_request *r)
{
    size_t size = 0;

    for (size_t i = 0; i < r->ops_count; i++)
        size += strlen(r->ops[i].key) + 32 +
                (r->ops[i].kind == STORE_SET ? r->ops[i].size : 0);
    return size;
}

static bool is_batch(const struct store_request *r)
{
    return r->path == NULL && !store_request_is_answered(r);
}

static void take_group(struct replica *z)
{
    struct store_request *r;
    size_t size = 0;

    z->is_written = z->is_refreshed = false;
    for (int i = 0; i < STORE_PER_COMMIT_MAX; i++) {
        r = TAILQ_FIRST(&z->queue);
        if (r == NULL || (size > 0 && size + size_of(r) > GROUP_SIZE_MAX))
            break;
        size += size_of(r);
        z->is_written = z->is_written || is_batch(r);
        TAILQ_REMOVE(&z->queue, r, entry);
        TAILQ_INSERT_TAIL(&z->group, r, entry);
    }
    z->group_number++;
}

static void append_group(struct replica *z)
{
    struct store_group group = {.number = z->group_number};
    struct arena *arena = arena_new();
    struct store_batch *batches =
        arena_alloc(arena, STORE_PER_COMMIT_MAX * sizeof *batches);
    struct store_request *r;
    const uint8_t *bytes;
    size_t size;

    memcpy(group.writer, z->writer, sizeof group.writer);
    group.batches = batches;
    TAILQ_FOREACH (r, &z->group, entry)
        if (is_batch(r))
            batches[group.batches_count++] =
                (struct store_batch){.ops = r->ops, .ops_count = r->ops_count};
    bytes = store_group_pack(&group, arena, &size);
    zklog_append(z->log, bytes, size);
    arena_free(arena);
}

/* Whenever something has come, and the log is current. */
static void go_on(struct replica *z)
{
    while (zklog_is_current(z->log)) {
        if (TAILQ_EMPTY(&z->group)) {
            if (TAILQ_EMPTY(&z->queue))
                return;
            take_group(z);
        }
        if (z->is_written) {
            append_group(z);
        } else if (!z->is_refreshed) {
            z->is_refreshed = true;
            zklog_refresh(z->log);
        } else {
            answer_group(z);
        }
    }
}

/* --------------------------------------------------------- of the log */

static bool restore(void *arg, const uint8_t *bytes, size_t size)
{
    struct replica *z = arg;
    struct store_tree *tree =
        bytes == NULL ? store_tree_new() : store_tree_unpack(bytes, size);

    if (tree == NULL)
        return false;
    store_tree_free(z->tree);
    z->tree = tree;
    return true;
}

static bool apply(void *arg, const struct store_group *group)
{
    struct replica *z = arg;
    struct arena *arena;

    if (memcmp(group->writer, z->writer, sizeof z->writer) == 0 &&
        group->number == z->group_number && !TAILQ_EMPTY(&z->group)) {
        answer_group(z);
        return true;
    }
    arena = arena_new();
    for (size_t i = 0; i < group->batches_count; i++)
        store_tree_apply(z->tree, group->batches[i].ops,
                         group->batches[i].ops_count, arena);
    arena_free(arena);
    return true;
}

static void shorten(struct replica *z)
{
    struct arena *arena;
    const uint8_t *bytes;
    size_t size;

    if (zklog_length(z->log) < SNAPSHOT_AFTER || zklog_is_snapshooting(z->log))
        return;
    arena = arena_new();
    bytes = store_tree_pack(z->tree, arena, &size);
    zklog_snapshot(z->log, bytes, size);
    arena_free(arena);
}

static void appended(void *arg)
{
    struct replica *z = arg;

    answer_group(z);
    shorten(z);
}

static void current(void *arg)
{
    go_on(arg);
}

static void fail_all(struct replica *z)
{
    struct store_request *r;

    TAILQ_CONCAT(&z->group, &z->queue, entry);
    TAILQ_FOREACH (r, &z->group, entry)
        if (!store_request_is_answered(r))
            fail_for_good(z, r);
    TAILQ_CONCAT(&z->done, &z->group, entry);
    wake(z);
}

static void refused(void *arg, const char *text)
{
    struct replica *z = arg;

    snprintf(z->refusal, sizeof z->refusal, "%s", text);
    fail_all(z);
}

/* ------------------------------------------------------ of the caller */

static void add(struct replica *z, struct store_request *r)
{
    if (z->waiting_count++ >= STORE_REQUESTS_MAX)
        store_request_fail(r, "too many requests are waiting");
    TAILQ_INSERT_TAIL(&z->queue, r, entry);
    wake(z);
}

static void replica_submit(struct store *s,
                           uint64_t request,
                           const struct store_op *ops,
                           size_t ops_count)
{
    add((struct replica *)s, store_request_new(request, ops, ops_count));
}

static void replica_load(struct store *s, uint64_t request, const char *path)
{
    add((struct replica *)s, store_request_new_load(request, path));
}

static int replica_fd(const struct store *s)
{
    return ((const struct replica *)s)->epoll_fd;
}

static void work(struct replica *z)
{
    uint64_t count;

    if (read(z->event_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        abort();
    keeper_process(z->keeper);
    if (z->refusal[0] != '\0')
        fail_all(z);
    else if (TAILQ_EMPTY(&z->group))
        go_on(z);
    if (read(z->event_fd, &count, sizeof count) < 0 && errno != EAGAIN)
        abort();
}

static void replica_process(struct store *s,
                            store_answer_f *answered,
                            void *arg)
{
    struct replica *z = (struct replica *)s;
    struct store_request *r;

    work(z);
    while ((r = TAILQ_FIRST(&z->done)) != NULL) {
        TAILQ_REMOVE(&z->done, r, entry);
        z->waiting_count--;
        answered(arg, r->number, &r->answer);
        store_request_free(r);
    }
}

static int64_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void wait_until_durable(struct replica *z)
{
    int64_t until = clock_ms() + CLOSE_MS;

    while (z->refusal[0] == '\0' && clock_ms() < until &&
           !(TAILQ_EMPTY(&z->queue) && TAILQ_EMPTY(&z->group))) {
        struct pollfd p = {.fd = z->epoll_fd, .events = POLLIN};

        poll(&p, 1, 100);
        work(z);
    }
}

static void replica_close(struct store *s)
{
    struct replica *z = (struct replica *)s;

    if (z->log != NULL)
        wait_until_durable(z);
    zklog_free(z->log);
    keeper_close(z->keeper);
    store_request_free_all(&z->queue);
    store_request_free_all(&z->group);
    store_request_free_all(&z->done);
    store_tree_free(z->tree);
    if (z->event_fd >= 0)
        close(z->event_fd);
    if (z->epoll_fd >= 0)
        close(z->epoll_fd);
    free(z);
}

static const struct store_backend replica_backend = {
    .submit = replica_submit,
    .load = replica_load,
    .fd = replica_fd,
    .process = replica_process,
    .close = replica_close,
};

static int open_descriptors(struct replica *z, struct error *err)
{
    struct epoll_event e = {.events = EPOLLIN};

    z->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    z->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (z->epoll_fd < 0 || z->event_fd < 0 ||
        epoll_ctl(z->epoll_fd, EPOLL_CTL_ADD, z->event_fd, &e) < 0 ||
        epoll_ctl(z->epoll_fd, EPOLL_CTL_ADD, keeper_fd(z->keeper), &e) < 0)
        return error_errno(err, "store");
    return 0;
}

int store_open_zookeeper(const char *address,
                         struct store **store,
                         struct error *err)
{
    struct replica *z = calloc(1, sizeof *z);
    char root[KEEPER_PATH_MAX + sizeof SUFFIX];
    int rc;

    if (z == NULL)
        abort();
    z->store.backend = &replica_backend;
    z->epoll_fd = z->event_fd = -1;
    TAILQ_INIT(&z->queue);
    TAILQ_INIT(&z->group);
    TAILQ_INIT(&z->done);
    if (getrandom(z->writer, sizeof z->writer, 0) != sizeof z->writer)
        abort();
    rc = keeper_open(address, &z->keeper, err);
    if (rc == 0)
        rc = open_descriptors(z, err);
    if (rc < 0) {
        replica_close(&z->store);
        return rc;
    }
    snprintf(root, sizeof root, "%s" SUFFIX, keeper_path(z->keeper));
    z->log = zklog_new(z->keeper, root,
                       &(struct zklog_owner){.restore = restore,
                                             .apply = apply,
                                             .appended = appended,
                                             .current = current,
                                             .refused = refused,
                                             .arg = z});
    *store = &z->store;
    return 0;
}
