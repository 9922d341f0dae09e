/* history.c - what is to be written and what is asked wait in two queues that
 * the thread empties; it has its own arena for what it reads. */

#include "io/history.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/auto.h"
#include "io/file.h"
#include "io/sqlite_check.h"
#include "io/thread.h"

enum {
    SCHEMA_VERSION = 1,
    BATCH_MAX = 1000,
    PRUNE_EVERY_S = 60,
    PRUNE_MAX = 10000, /* rows each time */
    BUSY_MS = 5000,
};

enum statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_KEEP,
    STATEMENT_FIND,
    STATEMENT_PRUNE_OLD,
    STATEMENT_PRUNE_MANY,
    STATEMENTS_COUNT,
};

static const char *const texts[] = {
    [STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_KEEP] = "INSERT OR IGNORE INTO tasks "
                       "(framework, task, user, ended_ms, body) "
                       "VALUES (?1, ?2, ?3, ?4, ?5)",
    [STATEMENT_FIND] = "SELECT place, body FROM tasks WHERE place > ?1 "
                       "AND ended_ms >= ?2 AND (?3 IS NULL OR user = ?3) "
                       "ORDER BY place LIMIT ?4",
    [STATEMENT_PRUNE_OLD] = "DELETE FROM tasks WHERE place IN (SELECT place "
                            "FROM tasks WHERE ended_ms < ?1 LIMIT ?2)",
    [STATEMENT_PRUNE_MANY] = "DELETE FROM tasks WHERE place IN (SELECT place "
                             "FROM tasks ORDER BY place DESC LIMIT ?2 "
                             "OFFSET ?1)",
};

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "CREATE TABLE IF NOT EXISTS tasks ("
    " place INTEGER PRIMARY KEY AUTOINCREMENT,"
    " framework TEXT NOT NULL, task TEXT NOT NULL, user TEXT NOT NULL,"
    " ended_ms INTEGER NOT NULL, body BLOB NOT NULL,"
    " UNIQUE (framework, task));"
    "CREATE INDEX IF NOT EXISTS by_end ON tasks (ended_ms);";

struct kept {
    STAILQ_ENTRY(kept) entry;
    struct history_row row; /* its strings and bytes are behind it */
    char bytes[];
};
STAILQ_HEAD(kept_list, kept);

struct asked {
    STAILQ_ENTRY(asked) entry;
    struct history_question question;
    struct history_answer answer;
    struct arena *arena;
};
STAILQ_HEAD(asked_list, asked);

struct history {
    struct history_options options;
    sqlite3 *db; /* the thread's, once it runs */
    sqlite3_stmt *statements[STATEMENTS_COUNT];
    msec_t newest_ms;
    time_t pruned_at; /* the thread's */
    int lock_fd, fd;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wanted;
    struct kept_list kept;
    struct asked_list asked, answered;
    size_t kept_count, asked_count; /* waiting; not given out */
    size_t lost_count;              /* since it was last said */
    char lost_why[200];
    bool is_closing;
};

/* --------------------------------------------------------- the thread's */

static int run(struct history *h, enum statement which)
{
    int rc = sqlite3_step(h->statements[which]);

    sqlite3_reset(h->statements[which]);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int insert(struct history *h, const struct history_row *row)
{
    sqlite3_stmt *s = h->statements[STATEMENT_KEEP];

    sqlite3_bind_text(s, 1, row->framework_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, row->task_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 3, row->user, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 4, row->ended_ms);
    sqlite3_bind_blob64(s, 5, row->bytes, row->size, SQLITE_STATIC);
    return run(h, STATEMENT_KEEP);
}

static void note_lost(struct history *h, size_t count, const char *why)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&h->mutex);
    h->lost_count += count;
    snprintf(h->lost_why, sizeof h->lost_why, "%s", why);
    pthread_mutex_unlock(&h->mutex);
    if (write(h->fd, &one, sizeof one) < 0)
        abort(); /* 2^64 of them */
}

static void write_batch(struct history *h, struct kept_list *batch)
{
    int rc = run(h, STATEMENT_BEGIN);
    struct kept *k;
    size_t count = 0;

    STAILQ_FOREACH(k, batch, entry)
    {
        count++;
        if (rc == SQLITE_OK)
            rc = insert(h, &k->row);
    }
    if (rc == SQLITE_OK)
        rc = run(h, STATEMENT_COMMIT);
    if (rc != SQLITE_OK) {
        note_lost(h, count, sqlite3_errmsg(h->db));
        if (!sqlite3_get_autocommit(h->db))
            run(h, STATEMENT_ROLLBACK);
    }
    while ((k = STAILQ_FIRST(batch)) != NULL) {
        STAILQ_REMOVE_HEAD(batch, entry);
        free(k);
    }
}

static void add_row(struct asked *a, struct history_row *rows, sqlite3_stmt *s)
{
    size_t size = (size_t)sqlite3_column_bytes(s, 1);
    uint8_t *bytes = arena_alloc(a->arena, size);

    if (size > 0)
        memcpy(bytes, sqlite3_column_blob(s, 1), size);
    rows[a->answer.count++] =
        (struct history_row){.bytes = bytes, .size = size};
    a->answer.last = sqlite3_column_int64(s, 0);
}

/* One more is looked for than is wanted, to know whether there are more. */
static void answer(struct history *h, struct asked *a)
{
    const struct history_question *q = &a->question;
    sqlite3_stmt *s = h->statements[STATEMENT_FIND];
    struct history_row *rows =
        arena_alloc(a->arena, (q->rows_max + 1) * sizeof *rows);
    int rc;

    a->answer.rows = rows;
    sqlite3_bind_int64(s, 1, q->after);
    sqlite3_bind_int64(s, 2, q->since_ms);
    sqlite3_bind_text(s, 3, q->user, -1, SQLITE_STATIC); /* NULL is NULL */
    sqlite3_bind_int64(s, 4, (sqlite3_int64)q->rows_max + 1);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        if (a->answer.count == q->rows_max) {
            a->answer.is_more = true;
            rc = SQLITE_DONE;
            break;
        }
        add_row(a, rows, s);
    }
    if (rc != SQLITE_DONE)
        a->answer.failure = arena_strdup(a->arena, sqlite3_errmsg(h->db));
    sqlite3_reset(s);
}

static void prune(struct history *h)
{
    struct timespec wall;
    time_t now;

    clock_gettime(CLOCK_REALTIME, &wall);
    now = wall.tv_sec;
    if (now >= h->pruned_at && now - h->pruned_at < PRUNE_EVERY_S)
        return;
    h->pruned_at = now;
    sqlite3_bind_int64(h->statements[STATEMENT_PRUNE_OLD], 1,
                       (sqlite3_int64)now * 1000 - h->options.keep_ms);
    sqlite3_bind_int64(h->statements[STATEMENT_PRUNE_OLD], 2, PRUNE_MAX);
    sqlite3_bind_int64(h->statements[STATEMENT_PRUNE_MANY], 1,
                       h->options.rows_max);
    sqlite3_bind_int64(h->statements[STATEMENT_PRUNE_MANY], 2, PRUNE_MAX);
    run(h, STATEMENT_PRUNE_OLD); /* what fails is tried in a minute */
    run(h, STATEMENT_PRUNE_MANY);
}

/* Whatever waits, up to a bound; false when it is time to end. */
static bool take(struct history *h,
                 struct kept_list *batch,
                 struct asked_list *asked)
{
    struct kept *k;

    STAILQ_INIT(batch);
    STAILQ_INIT(asked);
    pthread_mutex_lock(&h->mutex);
    while (STAILQ_EMPTY(&h->kept) && STAILQ_EMPTY(&h->asked) && !h->is_closing)
        pthread_cond_wait(&h->wanted, &h->mutex);
    for (int i = 0; i < BATCH_MAX && (k = STAILQ_FIRST(&h->kept)) != NULL;
         i++) {
        STAILQ_REMOVE_HEAD(&h->kept, entry);
        STAILQ_INSERT_TAIL(batch, k, entry);
        h->kept_count--;
    }
    STAILQ_CONCAT(asked, &h->asked);
    pthread_mutex_unlock(&h->mutex);
    return !STAILQ_EMPTY(batch) || !STAILQ_EMPTY(asked);
}

static void *work(void *arg)
{
    struct history *h = arg;
    const uint64_t one = 1;
    struct kept_list batch;
    struct asked_list asked;
    struct asked *a;

    prune(h);
    while (take(h, &batch, &asked)) {
        if (!STAILQ_EMPTY(&batch)) {
            write_batch(h, &batch);
            prune(h);
        }
        if (STAILQ_EMPTY(&asked))
            continue;
        STAILQ_FOREACH(a, &asked, entry)
        answer(h, a);
        pthread_mutex_lock(&h->mutex);
        STAILQ_CONCAT(&h->answered, &asked);
        pthread_mutex_unlock(&h->mutex);
        if (write(h->fd, &one, sizeof one) < 0)
            abort(); /* 2^64 of them */
    }
    return NULL;
}

/* ---------------------------------------------------------- the owner's */

static const char *append(char **at, const void *bytes, size_t size)
{
    char *copy = *at;

    if (size > 0)
        memcpy(copy, bytes, size);
    *at += size;
    return copy;
}

void history_keep(struct history *h, const struct history_row *row)
{
    size_t sizes[] = {strlen(row->framework_id) + 1, strlen(row->task_id) + 1,
                      strlen(row->user) + 1};
    struct kept *k =
        malloc(sizeof *k + sizes[0] + sizes[1] + sizes[2] + row->size);
    char *at;

    if (k == NULL)
        abort();
    at = k->bytes;
    k->row = *row;
    k->row.framework_id = append(&at, row->framework_id, sizes[0]);
    k->row.task_id = append(&at, row->task_id, sizes[1]);
    k->row.user = append(&at, row->user, sizes[2]);
    k->row.bytes = (const uint8_t *)append(&at, row->bytes, row->size);
    if (row->ended_ms > h->newest_ms)
        h->newest_ms = row->ended_ms;
    pthread_mutex_lock(&h->mutex);
    if (h->kept_count < HISTORY_WAITING_MAX) {
        STAILQ_INSERT_TAIL(&h->kept, k, entry);
        h->kept_count++;
        k = NULL;
        pthread_cond_signal(&h->wanted);
    }
    pthread_mutex_unlock(&h->mutex);
    free(k);
    if (k != NULL)
        note_lost(h, 1, "the disk is too slow");
}

void history_find(struct history *h, const struct history_question *question)
{
    struct asked *a = calloc(1, sizeof *a);

    if (a == NULL)
        abort();
    a->arena = arena_new();
    a->question = *question;
    if (question->user != NULL)
        a->question.user = arena_strdup(a->arena, question->user);
    a->answer.number = question->number;
    a->answer.last = question->after;
    pthread_mutex_lock(&h->mutex);
    if (h->asked_count++ >= HISTORY_QUESTIONS_MAX) {
        const uint64_t one = 1;

        a->answer.failure = "too many questions wait for the history";
        STAILQ_INSERT_TAIL(&h->answered, a, entry);
        if (write(h->fd, &one, sizeof one) < 0)
            abort(); /* 2^64 of them */
    } else {
        STAILQ_INSERT_TAIL(&h->asked, a, entry);
        pthread_cond_signal(&h->wanted);
    }
    pthread_mutex_unlock(&h->mutex);
}

static void free_asked(struct asked *a)
{
    arena_free(a->arena);
    free(a);
}

static struct asked *take_answered(struct history *h)
{
    struct asked *a;

    pthread_mutex_lock(&h->mutex);
    a = STAILQ_FIRST(&h->answered);
    if (a != NULL) {
        STAILQ_REMOVE_HEAD(&h->answered, entry);
        h->asked_count--;
    }
    pthread_mutex_unlock(&h->mutex);
    return a;
}

static void say_lost(struct history *h)
{
    char text[300] = "";

    pthread_mutex_lock(&h->mutex);
    if (h->lost_count > 0)
        snprintf(text, sizeof text, "history: %zu tasks are not in %s: %s",
                 h->lost_count, h->options.path, h->lost_why);
    h->lost_count = 0;
    pthread_mutex_unlock(&h->mutex);
    if (text[0] != '\0')
        h->options.log(h->options.arg, text);
}

int history_fd(const struct history *h)
{
    return h->fd;
}

void history_process(struct history *h,
                     void (*found)(void *arg, const struct history_answer *),
                     void *arg)
{
    struct asked *a;
    uint64_t count;

    if (read(h->fd, &count, sizeof count) < 0)
        return; /* nothing */
    say_lost(h);
    while ((a = take_answered(h)) != NULL) {
        found(arg, &a->answer);
        free_asked(a);
    }
}

msec_t history_newest_ms(const struct history *h)
{
    return h->newest_ms;
}

/* -------------------------------------------------------- open and close */

static int number_of(struct history *h, const char *query, int64_t *number)
{
    sqlite3_stmt *s;
    int rc = sqlite3_prepare_v2(h->db, query, -1, &s, NULL);

    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(s);
    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int damaged(struct history *h, struct error *err)
{
    return error_set(err, -EIO,
                     "%s: %s; move it away, and a new history is begun",
                     h->options.path, sqlite3_errmsg(h->db));
}

static int prepare(struct history *h, struct error *err)
{
    int64_t version = 0, newest = 0;
    char text[64];
    int rc = sqlite_check_quickly(h->db, h->options.path, err);

    if (rc < 0)
        return rc;
    if (number_of(h, "PRAGMA user_version", &version) != SQLITE_OK)
        return damaged(h, err);
    if (version != 0 && version != SCHEMA_VERSION)
        return error_set(err, -EINVAL,
                         "%s is of another version of Mezzo (%d, not %d)",
                         h->options.path, (int)version, SCHEMA_VERSION);
    snprintf(text, sizeof text, "PRAGMA user_version = %d", SCHEMA_VERSION);
    if (sqlite3_exec(h->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(h->db, text, NULL, NULL, NULL) != SQLITE_OK ||
        number_of(h, "SELECT ifnull(max(ended_ms), 0) FROM tasks", &newest) !=
            SQLITE_OK)
        return damaged(h, err);
    h->newest_ms = newest;
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        if (sqlite3_prepare_v2(h->db, texts[i], -1, &h->statements[i], NULL) !=
            SQLITE_OK)
            return damaged(h, err);
    return 0;
}

static int open_file(struct history *h, struct error *err)
{
    const char *path = h->options.path;
    AUTO(auto_free) char *lock = NULL;
    int rc, fd;

    if (asprintf(&lock, "%s.lock", path) < 0)
        abort();
    rc = file_lock(lock, &h->lock_fd, err);
    if (rc < 0)
        return rc;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "open %s", path);
    close(fd);
    if (sqlite3_open_v2(path, &h->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return damaged(h, err);
    sqlite3_busy_timeout(h->db, BUSY_MS);
    return prepare(h, err);
}

static int start_thread(struct history *h, struct error *err)
{
    h->has_thread = thread_start(&h->thread, work, h);
    return h->has_thread ? 0 : error_errno(err, "start the history's thread");
}

int history_open(const struct history_options *options,
                 struct history **history,
                 struct error *err)
{
    struct history *h = calloc(1, sizeof *h);
    int rc;

    if (h == NULL || (h->options.path = strdup(options->path)) == NULL)
        abort();
    h->options.keep_ms = options->keep_ms;
    h->options.rows_max = options->rows_max;
    h->options.log = options->log;
    h->options.arg = options->arg;
    h->lock_fd = -1;
    STAILQ_INIT(&h->kept);
    STAILQ_INIT(&h->asked);
    STAILQ_INIT(&h->answered);
    pthread_mutex_init(&h->mutex, NULL);
    pthread_cond_init(&h->wanted, NULL);
    h->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    rc = h->fd < 0 ? error_errno(err, "eventfd") : open_file(h, err);
    if (rc == 0)
        rc = start_thread(h, err);
    if (rc < 0) {
        history_close(h);
        return rc;
    }
    *history = h;
    return 0;
}

void history_close(struct history *h)
{
    struct asked *a;

    if (h == NULL)
        return;
    pthread_mutex_lock(&h->mutex);
    h->is_closing = true;
    pthread_cond_signal(&h->wanted);
    pthread_mutex_unlock(&h->mutex);
    if (h->has_thread)
        pthread_join(h->thread, NULL);
    while ((a = STAILQ_FIRST(&h->answered)) != NULL) {
        STAILQ_REMOVE_HEAD(&h->answered, entry);
        free_asked(a);
    }
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        sqlite3_finalize(h->statements[i]);
    sqlite3_close(h->db);
    pthread_cond_destroy(&h->wanted);
    pthread_mutex_destroy(&h->mutex);
    if (h->fd >= 0)
        close(h->fd);
    if (h->lock_fd >= 0)
        close(h->lock_fd);
    free((char *)(uintptr_t)h->options.path);
    free(h);
}
