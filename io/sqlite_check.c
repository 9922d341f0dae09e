/* sqlite_check.c - SQLite's own checks, with pages told as bytes of the file.
 */

#include "io/sqlite_check.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "io/store_open.h"

enum {
    FAULTS_MAX = 20, /* that are told */
    BUSY_MS = 5000,
    LINE_SIZE = 512,
};

static int64_t page_size(sqlite3 *db)
{
    sqlite3_stmt *s;
    int64_t size = 4096;

    if (sqlite3_prepare_v2(db, "PRAGMA page_size", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        size = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return size;
}

/* Of what SQLite says: "... page 7 ...", "Page 7: ..."; else the beginning. */
static int64_t offset_of(sqlite3 *db, const char *text)
{
    const char *at = strcasestr(text, "page ");
    long long page = at != NULL ? atoll(at + 5) : 0;

    return page > 1 ? (page - 1) * page_size(db) : 0;
}

/* The first line of it. */
static void describe(sqlite3 *db,
                     const char *path,
                     const char *text,
                     char line[LINE_SIZE])
{
    if (strncmp(text, "*** in database main ***\n", 25) == 0)
        text += 25;
    snprintf(line, LINE_SIZE, "%.200s: damaged at byte %" PRId64 ": %.*s", path,
             offset_of(db, text), (int)strcspn(text, "\n"), text);
}

int sqlite_check_quickly(sqlite3 *db, const char *path, struct error *err)
{
    char line[LINE_SIZE] = "";
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(s);
    if (rc != SQLITE_ROW)
        describe(db, path, sqlite3_errmsg(db), line);
    else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
        describe(db, path, (const char *)sqlite3_column_text(s, 0), line);
    sqlite3_finalize(s);
    if (line[0] == '\0')
        return 0;
    return error_set(err, -EIO, "%.170s; see mezzo-fsck(1)", line);
}

/* ------------------------------------------------------------- looking */

static void check_pages(sqlite3 *db,
                        const char *path,
                        const struct sqlite_check *check,
                        size_t *faults)
{
    char line[LINE_SIZE], query[64];
    sqlite3_stmt *s = NULL;
    int rc;

    snprintf(query, sizeof query, "PRAGMA integrity_check(%d)", FAULTS_MAX);
    rc = sqlite3_prepare_v2(db, query, -1, &s, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        const char *text;

        rc = sqlite3_step(s);
        if (rc != SQLITE_ROW)
            break;
        text = (const char *)sqlite3_column_text(s, 0);
        if (strcmp(text, "ok") == 0)
            continue;
        describe(db, path, text, line);
        check->say(check->arg, line);
        (*faults)++;
    }
    if (rc != SQLITE_DONE) {
        describe(db, path, sqlite3_errmsg(db), line);
        check->say(check->arg, line);
        (*faults)++;
    }
    sqlite3_finalize(s);
}

static const char *refuse(const struct sqlite_check *check, sqlite3_stmt *s)
{
    const char *key = (const char *)sqlite3_column_text(s, 0);

    if (key == NULL)
        return "has no key";
    return check->refuses == NULL
               ? NULL
               : check->refuses(key, sqlite3_column_blob(s, 1),
                                (size_t)sqlite3_column_bytes(s, 1));
}

static void check_entries(sqlite3 *db,
                          const char *path,
                          const struct sqlite_check *check,
                          size_t *faults)
{
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(db, "SELECT key, value FROM entries", -1, &s,
                           NULL) != SQLITE_OK)
        return; /* said already, or nothing was ever stored */
    while (sqlite3_step(s) == SQLITE_ROW) {
        const char *why = refuse(check, s);
        char line[LINE_SIZE];

        if (why == NULL)
            continue;
        snprintf(line, sizeof line, "%.200s: entry %.200s %.80s", path,
                 (const char *)sqlite3_column_text(s, 0), why);
        check->say(check->arg, line);
        (*faults)++;
    }
    sqlite3_finalize(s);
}

static int open_db(const char *path, int flags, sqlite3 **db, struct error *err)
{
    int rc = 0;

    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK)
        rc = error_set(err, -EIO, "open %s: %s", path, sqlite3_errmsg(*db));
    else
        sqlite3_busy_timeout(*db, BUSY_MS);
    return rc;
}

int sqlite_check(const char *path,
                 const struct sqlite_check *check,
                 size_t *faults,
                 struct error *err)
{
    sqlite3 *db = NULL;
    int rc = open_db(path, SQLITE_OPEN_READWRITE, &db, err);

    *faults = 0;
    if (rc == 0) {
        check_pages(db, path, check, faults);
        if (check->has_entries)
            check_entries(db, path, check, faults);
    }
    sqlite3_close(db);
    return rc;
}

/* -------------------------------------------------------------- saving */

static int insert(sqlite3_stmt *into, sqlite3_stmt *from)
{
    int rc;

    for (int i = 0; i < 3; i++)
        sqlite3_bind_value(into, i + 1, sqlite3_column_value(from, i));
    rc = sqlite3_step(into);
    sqlite3_reset(into);
    return rc == SQLITE_DONE ? 0 : -EIO;
}

/* In that order, until there is no more or it cannot be read. */
static int copy(sqlite3 *from,
                sqlite3 *to,
                const char *order,
                const struct sqlite_check *check,
                struct error *err)
{
    sqlite3_stmt *read = NULL, *write = NULL;
    char query[96];
    int rc = 0;

    snprintf(query, sizeof query,
             "SELECT key, value, version FROM entries ORDER BY key %s", order);
    if (sqlite3_prepare_v2(to, "INSERT OR IGNORE INTO entries VALUES (?, ?, ?)",
                           -1, &write, NULL) != SQLITE_OK)
        rc = error_set(err, -EIO, "write: %s", sqlite3_errmsg(to));
    if (rc == 0 &&
        sqlite3_prepare_v2(from, query, -1, &read, NULL) == SQLITE_OK)
        while (rc == 0 && sqlite3_step(read) == SQLITE_ROW)
            if (refuse(check, read) == NULL && insert(write, read) < 0)
                rc = error_set(err, -EIO, "write: %s", sqlite3_errmsg(to));
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return rc;
}

static void say_saved(sqlite3 *db, const struct sqlite_check *check)
{
    sqlite3_stmt *s = NULL;
    char line[LINE_SIZE];

    if (sqlite3_prepare_v2(db, "SELECT count(*), total(key = ?1) FROM entries",
                           -1, &s, NULL) == SQLITE_OK) {
        sqlite3_bind_text(s, 1, check->must_have, -1, SQLITE_STATIC);
        if (sqlite3_step(s) == SQLITE_ROW) {
            snprintf(line, sizeof line, "%lld entries are saved",
                     (long long)sqlite3_column_int64(s, 0));
            check->say(check->arg, line);
            if (sqlite3_column_int64(s, 1) == 0 && check->without != NULL)
                check->say(check->arg, check->without);
        }
    }
    sqlite3_finalize(s);
}

static int save_into(const char *path,
                     const char *fresh,
                     const struct sqlite_check *check,
                     struct error *err)
{
    sqlite3 *from = NULL, *to = NULL;
    int rc = open_db(path, SQLITE_OPEN_READWRITE, &from, err);

    if (rc == 0)
        rc = open_db(fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to,
                     err);
    if (rc == 0 &&
        sqlite3_exec(to, store_sqlite_schema, NULL, NULL, NULL) != SQLITE_OK)
        rc = error_set(err, -EIO, "%s: %s", fresh, sqlite3_errmsg(to));
    if (rc == 0)
        rc = copy(from, to, "ASC", check, err);
    if (rc == 0) /* from the other side of what cannot be read */
        rc = copy(from, to, "DESC", check, err);
    if (rc == 0)
        say_saved(to, check);
    sqlite3_close(from);
    sqlite3_close(to);
    return rc;
}

static int move(const char *from, const char *to, const char *end)
{
    AUTO(auto_free) char *source = NULL;
    AUTO(auto_free) char *target = NULL;

    if (asprintf(&source, "%s%s", from, end) < 0 ||
        asprintf(&target, "%s%s", to, end) < 0)
        abort();
    return rename(source, target) == 0 || errno == ENOENT ? 0 : -errno;
}

/* With what SQLite has beside it. */
int sqlite_check_put_aside(const char *path,
                           const char *aside,
                           const struct sqlite_check *check,
                           struct error *err)
{
    static const char *const ends[] = {"-wal", "-shm", ""};

    (void)check;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (move(path, aside, ends[i]) < 0)
            return error_errno(err, "rename %s%s", path, ends[i]);
    return 0;
}

int sqlite_check_save(const char *path,
                      const char *aside,
                      const struct sqlite_check *check,
                      struct error *err)
{
    AUTO(auto_free) char *fresh = NULL;
    int rc;

    if (asprintf(&fresh, "%s.saved", path) < 0)
        abort();
    unlink(fresh);
    rc = save_into(path, fresh, check, err);
    if (rc == 0)
        rc = sqlite_check_put_aside(path, aside, check, err);
    if (rc == 0 && move(fresh, path, "") < 0)
        rc = error_errno(err, "rename %s", fresh);
    return rc;
}
