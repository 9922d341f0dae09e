/* store_sqlite.c - one file, and one thread that waits for the disk.
 *
 * All that is waiting is made durable by one commit: a sync costs the same for
 * one batch and for a thousand.  Each batch has a savepoint of its own, so that
 * a conflict takes back that batch and no other.  Answers are given out after
 * the commit only, in order. */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/auto.h"
#include "io/file.h"
#include "io/sqlite_check.h"
#include "io/store_open.h"
#include "io/store_request.h"
#include "io/thread.h"

enum {
    SCHEMA_VERSION = 1,
    BUSY_MS = 5000, /* for somebody who looks into the file */
};

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_SAVE,
    STATEMENT_RELEASE,
    STATEMENT_TAKE_BACK,
    STATEMENT_VERSION,
    STATEMENT_SET,
    STATEMENT_DELETE,
    STATEMENT_LOAD,
    STATEMENTS_COUNT,
};

static const char *const statement_texts[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_SAVE] = "SAVEPOINT batch",
    [STATEMENT_RELEASE] = "RELEASE batch",
    [STATEMENT_TAKE_BACK] = "ROLLBACK TO batch",
    [STATEMENT_VERSION] = "SELECT version FROM entries WHERE key = ?1",
    [STATEMENT_SET] = "INSERT OR REPLACE INTO entries (key, value, version) "
                      "VALUES (?1, ?2, ?3)",
    [STATEMENT_DELETE] = "DELETE FROM entries WHERE key = ?1",
    /* '0' is the character after '/', so this is all that begins with ?2. */
    [STATEMENT_LOAD] = "SELECT key, value, version FROM entries "
                       "WHERE key = ?1 OR (key >= ?2 AND key < ?3) "
                       "ORDER BY key",
};

const char store_sqlite_schema[] = "PRAGMA journal_mode = WAL;"
                                   "PRAGMA synchronous = FULL;"
                                   "CREATE TABLE IF NOT EXISTS entries ("
                                   " key TEXT PRIMARY KEY NOT NULL,"
                                   " value BLOB NOT NULL,"
                                   " version INTEGER NOT NULL"
                                   ") WITHOUT ROWID;"
                                   "PRAGMA user_version = 1;";

struct sqlite {
    struct store store;
    sqlite3 *db; /* the thread's, once it runs */
    sqlite3_stmt *statements[STATEMENTS_COUNT];
    int lock_fd;
    int fd;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t asked;
    struct store_request_list queue;
    struct store_request_list done;
    size_t waiting_count; /* in either, or with the thread */
    bool is_closing;
};

/* Run to its end a statement that gives no rows. */
static int run(struct sqlite *q, enum statement which)
{
    int rc = sqlite3_step(q->statements[which]);

    sqlite3_reset(q->statements[which]);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* 0: there is none. */
static int find_version(struct sqlite *q, const char *key, uint64_t *version)
{
    sqlite3_stmt *s = q->statements[STATEMENT_VERSION];
    int rc;

    *version = 0;
    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *version = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int change(struct sqlite *q, const struct store_op *op, uint64_t version)
{
    sqlite3_stmt *s;

    switch (op->kind) {
    case STORE_CHECK:
        return SQLITE_OK;
    case STORE_DELETE:
        s = q->statements[STATEMENT_DELETE];
        sqlite3_bind_text(s, 1, op->key, -1, SQLITE_STATIC);
        return run(q, STATEMENT_DELETE);
    case STORE_SET:
        s = q->statements[STATEMENT_SET];
        sqlite3_bind_text(s, 1, op->key, -1, SQLITE_STATIC);
        /* With a null pointer it would be NULL, not empty. */
        sqlite3_bind_blob64(s, 2, op->size > 0 ? (const void *)op->value : "",
                            op->size, SQLITE_STATIC);
        sqlite3_bind_int64(s, 3, (sqlite3_int64)(version + 1));
        return run(q, STATEMENT_SET);
    }
    abort();
}

static void refuse(struct store_request *r,
                   const struct store_op *op,
                   uint64_t version)
{
    char text[STORE_KEY_MAX + 64];

    snprintf(text, sizeof text, "%s: version %" PRIu64 ", not %" PRIu64,
             op->key, version, op->version);
    r->answer.outcome = STORE_CONFLICT;
    r->answer.text = arena_strdup(store_request_arena(r), text);
}

static int apply_op(struct sqlite *q,
                    struct store_request *r,
                    const struct store_op *op)
{
    uint64_t version;
    int rc = find_version(q, op->key, &version);

    if (rc != SQLITE_OK)
        return rc;
    if (op->version == STORE_ANY || op->version == version)
        return change(q, op, version);
    refuse(r, op, version);
    return SQLITE_OK;
}

static int apply(struct sqlite *q, struct store_request *r)
{
    int rc = run(q, STATEMENT_SAVE);

    for (size_t i = 0; i < r->ops_count; i++)
        if (rc == SQLITE_OK && !store_request_is_answered(r))
            rc = apply_op(q, r, &r->ops[i]);
    if (rc == SQLITE_OK && store_request_is_answered(r))
        rc = run(q, STATEMENT_TAKE_BACK);
    return rc == SQLITE_OK ? run(q, STATEMENT_RELEASE) : rc;
}

static void add_entry(struct store_request *r, sqlite3_stmt *s, size_t *room)
{
    struct arena *arena = store_request_arena(r);
    size_t count = r->answer.entries_count;
    struct store_entry *entries = (struct store_entry *)r->answer.entries;
    uint8_t *value;

    if (count == *room) {
        *room = *room == 0 ? 16 : *room * 2;
        entries = arena_alloc(arena, *room * sizeof *entries);
        if (count > 0)
            memcpy(entries, r->answer.entries, count * sizeof *entries);
        r->answer.entries = entries;
    }
    entries[count].key =
        arena_strdup(arena, (const char *)sqlite3_column_text(s, 0));
    entries[count].size = (size_t)sqlite3_column_bytes(s, 1);
    value = arena_alloc(arena, entries[count].size);
    if (entries[count].size > 0)
        memcpy(value, sqlite3_column_blob(s, 1), entries[count].size);
    entries[count].value = value;
    entries[count].version = (uint64_t)sqlite3_column_int64(s, 2);
    r->answer.entries_count++;
}

static int load(struct sqlite *q, struct store_request *r)
{
    const char *path = strcmp(r->path, "/") == 0 ? "" : r->path;
    sqlite3_stmt *s = q->statements[STATEMENT_LOAD];
    char from[STORE_KEY_MAX + 2], to[STORE_KEY_MAX + 2];
    size_t room = 0;
    int rc;

    snprintf(from, sizeof from, "%s/", path);
    snprintf(to, sizeof to, "%s0", path);
    sqlite3_bind_text(s, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, from, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, to, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        add_entry(r, s, &room);
    sqlite3_reset(s);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void fail_all(struct store_request_list *group, const char *text)
{
    struct store_request *r;

    TAILQ_FOREACH (r, group, entry)
        store_request_fail(r, text);
}

/* All of the group, durably, or none of it. */
static void commit(struct sqlite *q, struct store_request_list *group)
{
    int rc = run(q, STATEMENT_BEGIN);
    struct store_request *r;

    TAILQ_FOREACH (r, group, entry) {
        if (rc != SQLITE_OK)
            break;
        if (!store_request_is_answered(r))
            rc = r->path != NULL ? load(q, r) : apply(q, r);
    }
    if (rc == SQLITE_OK)
        rc = run(q, STATEMENT_COMMIT);
    if (rc == SQLITE_OK)
        return;
    fail_all(group, sqlite3_errmsg(q->db));
    if (!sqlite3_get_autocommit(q->db))
        run(q, STATEMENT_ROLLBACK);
}

/* Whatever waits, up to a bound; false when it is time to end. */
static bool take_group(struct sqlite *q, struct store_request_list *group)
{
    struct store_request *r;

    TAILQ_INIT(group);
    pthread_mutex_lock(&q->mutex);
    while (TAILQ_EMPTY(&q->queue) && !q->is_closing)
        pthread_cond_wait(&q->asked, &q->mutex);
    for (int i = 0; i < STORE_PER_COMMIT_MAX; i++) {
        if ((r = TAILQ_FIRST(&q->queue)) == NULL)
            break;
        TAILQ_REMOVE(&q->queue, r, entry);
        TAILQ_INSERT_TAIL(group, r, entry);
    }
    pthread_mutex_unlock(&q->mutex);
    return !TAILQ_EMPTY(group);
}

static void *keep(void *arg)
{
    struct sqlite *q = arg;
    struct store_request_list group;
    const uint64_t one = 1;

    while (take_group(q, &group)) {
        commit(q, &group);
        pthread_mutex_lock(&q->mutex);
        TAILQ_CONCAT(&q->done, &group, entry);
        pthread_mutex_unlock(&q->mutex);
        if (write(q->fd, &one, sizeof one) < 0)
            abort(); /* 2^64 of them */
    }
    return NULL;
}

static void add(struct sqlite *q, struct store_request *r)
{
    pthread_mutex_lock(&q->mutex);
    if (q->waiting_count++ >= STORE_REQUESTS_MAX)
        store_request_fail(r, "too many requests are waiting");
    TAILQ_INSERT_TAIL(&q->queue, r, entry);
    pthread_cond_signal(&q->asked);
    pthread_mutex_unlock(&q->mutex);
}

static void sqlite_submit(struct store *s,
                          uint64_t request,
                          const struct store_op *ops,
                          size_t ops_count)
{
    add((struct sqlite *)s, store_request_new(request, ops, ops_count));
}

static void sqlite_load(struct store *s, uint64_t request, const char *path)
{
    add((struct sqlite *)s, store_request_new_load(request, path));
}

static int sqlite_fd(const struct store *s)
{
    return ((const struct sqlite *)s)->fd;
}

static struct store_request *take_done(struct sqlite *q)
{
    struct store_request *r;

    pthread_mutex_lock(&q->mutex);
    r = TAILQ_FIRST(&q->done);
    if (r != NULL) {
        TAILQ_REMOVE(&q->done, r, entry);
        q->waiting_count--;
    }
    pthread_mutex_unlock(&q->mutex);
    return r;
}

static void sqlite_process(struct store *s, store_answer_f *answered, void *arg)
{
    struct sqlite *q = (struct sqlite *)s;
    struct store_request *r;
    uint64_t count;

    if (read(q->fd, &count, sizeof count) < 0)
        return; /* nothing */
    while ((r = take_done(q)) != NULL) {
        answered(arg, r->number, &r->answer);
        store_request_free(r);
    }
}

static void sqlite_close(struct store *s)
{
    struct sqlite *q = (struct sqlite *)s;

    pthread_mutex_lock(&q->mutex);
    q->is_closing = true;
    pthread_cond_signal(&q->asked);
    pthread_mutex_unlock(&q->mutex);
    if (q->has_thread)
        pthread_join(q->thread, NULL);
    store_request_free_all(&q->queue);
    store_request_free_all(&q->done);
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        sqlite3_finalize(q->statements[i]);
    sqlite3_close(q->db);
    pthread_cond_destroy(&q->asked);
    pthread_mutex_destroy(&q->mutex);
    if (q->fd >= 0)
        close(q->fd);
    if (q->lock_fd >= 0)
        close(q->lock_fd);
    free(q);
}

static const struct store_backend sqlite_backend = {
    .submit = sqlite_submit,
    .load = sqlite_load,
    .fd = sqlite_fd,
    .process = sqlite_process,
    .close = sqlite_close,
};

/* A file that a later Mezzo has written is not touched. */
static int check_version(struct sqlite *q, const char *path, struct error *err)
{
    char text[64];
    sqlite3_stmt *s;
    int version = -1;

    if (sqlite3_prepare_v2(q->db, "PRAGMA user_version", -1, &s, NULL) ==
            SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    if (version == SCHEMA_VERSION)
        return 0;
    if (version > 0)
        return error_set(err, -EINVAL,
                         "%s is of another version of Mezzo (%d, not %d)", path,
                         version, SCHEMA_VERSION);
    snprintf(text, sizeof text, "PRAGMA user_version = %d", SCHEMA_VERSION);
    if (version < 0 || sqlite3_exec(q->db, text, NULL, NULL, NULL) != SQLITE_OK)
        return error_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(q->db));
    return 0;
}

static int open_file(struct sqlite *q, const char *path, struct error *err)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    /* Made here, so that others cannot read it; SQLite's own files follow. */
    if (fd < 0)
        return error_errno(err, "open %s", path);
    close(fd);
    if (sqlite3_open_v2(path, &q->db, flags, NULL) != SQLITE_OK)
        return error_set(err, -EIO, "open %s: %s", path, sqlite3_errmsg(q->db));
    sqlite3_busy_timeout(q->db, BUSY_MS);
    rc = sqlite_check_quickly(q->db, path, err);
    if (rc == 0)
        rc = check_version(q, path, err);
    if (rc < 0)
        return rc;
    if (sqlite3_exec(q->db, store_sqlite_schema, NULL, NULL, NULL) != SQLITE_OK)
        return error_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(q->db));
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        if (sqlite3_prepare_v2(q->db, statement_texts[i], -1, &q->statements[i],
                               NULL) != SQLITE_OK)
            return error_set(err, -EIO, "%s: %s", path, sqlite3_errmsg(q->db));
    return 0;
}

static int start_thread(struct sqlite *q, struct error *err)
{
    q->has_thread = thread_start(&q->thread, keep, q);
    return q->has_thread ? 0 : error_errno(err, "start the store's thread");
}

static int lock_file(struct sqlite *q, const char *path, struct error *err)
{
    AUTO(auto_free) char *lock = NULL;

    if (asprintf(&lock, "%s.lock", path) < 0)
        abort();
    return file_lock(lock, &q->lock_fd, err);
}

int store_open_sqlite(const char *path, struct store **store, struct error *err)
{
    struct sqlite *q = calloc(1, sizeof *q);
    int rc;

    if (q == NULL)
        abort();
    q->store.backend = &sqlite_backend;
    q->lock_fd = -1;
    TAILQ_INIT(&q->queue);
    TAILQ_INIT(&q->done);
    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->asked, NULL);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = q->fd < 0 ? error_errno(err, "eventfd") : lock_file(q, path, err);
    if (rc == 0)
        rc = open_file(q, path, err);
    if (rc == 0)
        rc = start_thread(q, err);
    if (rc < 0) {
        sqlite_close(&q->store);
        return rc;
    }
    *store = &q->store;
    return 0;
}
