/* zklog.c - set up, catch up, append. */

#include "io/zklog.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "io/zklog_parts.h"

#define KIND "mezzo store "
#define MARK KIND "1"

struct call *zklog_call(struct zklog *log)
{
    struct call *c = calloc(1, sizeof *c);

    if (c == NULL)
        abort();
    c->log = log;
    c->generation = log->generation;
    log->calls_count++;
    return c;
}

struct zklog *zklog_called(const void *arg)
{
    struct call *c = (struct call *)arg;
    struct zklog *log = c->log;
    bool is_stale = c->generation != log->generation;

    log->calls_count--;
    free(c);
    if (is_stale)
        zklog_release(log);
    return is_stale ? NULL : log;
}

void zklog_path(const struct zklog *log, char *path, const char *format, ...)
{
    int used = snprintf(path, ZKLOG_PATH_SIZE, "%s", log->root);
    va_list args;

    va_start(args, format);
    vsnprintf(path + used, (size_t)(ZKLOG_PATH_SIZE - used), format, args);
    va_end(args);
}

void zklog_name_blob(struct zklog *log, char name[BLOB_NAME_SIZE])
{
    snprintf(name, BLOB_NAME_SIZE, "%016" PRIx64 "-%" PRIu64, log->id,
             ++log->blobs_named);
}

void zklog_refuse(struct zklog *log, const char *format, ...)
{
    char text[400];
    va_list args;

    if (log->stage == STAGE_REFUSED)
        return;
    log->stage = STAGE_REFUSED;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log->owner.refused(log->owner.arg, text);
}

/* True when it can go on with what was answered.  A lost connection is dealt
 * with when there is one again. */
static bool is_good(struct zklog *log, int rc)
{
    switch (rc) {
    case ZOK:
        return true;
    case ZCONNECTIONLOSS:
    case ZOPERATIONTIMEOUT:
    case ZSESSIONEXPIRED:
    case ZSESSIONMOVED:
    case ZCLOSING:
    case ZINVALIDSTATE:
        return false;
    case ZNOAUTH:
        zklog_refuse(log,
                     "%s in ZooKeeper belongs to another user; give user and "
                     "password: zk://USER:PASSWORD@...",
                     log->root);
        return false;
    default:
        zklog_refuse(log, "%s in ZooKeeper: %s", log->root, zerror(rc));
        return false;
    }
}

static void settle(struct zklog *log)
{
    log->stage = STAGE_CURRENT;
    log->owner.current(log->owner.arg);
}

/* ---------------------------------------------------------- catching up */

static void list(struct zklog *log);
static void read_next(struct zklog *log);

static void forget_listed(struct zklog *log)
{
    free(log->listed);
    log->listed = NULL;
    log->listed_count = log->listed_next = 0;
}

static void restored(void *arg, int rc, const uint8_t *bytes, size_t size)
{
    struct zklog *log = arg;

    log->transfer = NULL;
    if (rc == ZNONODE) { /* another snapshot has taken its place */
        zklog_get_snapshot(log);
        return;
    }
    if (!is_good(log, rc))
        return;
    if (!log->owner.restore(log->owner.arg, bytes, size)) {
        zklog_refuse(log, "%s/snapshot in ZooKeeper is damaged", log->root);
        return;
    }
    log->applied = log->snapshot_index;
    list(log);
}

static void snapshot_cb(int rc,
                        const char *value,
                        int size,
                        const struct Stat *stat,
                        const void *arg)
{
    struct zklog *log = zklog_called(arg);
    struct store_snapshot snapshot;

    if (log == NULL || !is_good(log, rc))
        return;
    log->snapshot_version = stat->version;
    if (size <= 0) {
        log->snapshot_index = log->applied = 0;
        log->owner.restore(log->owner.arg, NULL, 0);
        list(log);
        return;
    }
    arena_reset(log->arena);
    if (!store_snapshot_unpack((const uint8_t *)value, (size_t)size, log->arena,
                               &snapshot)) {
        zklog_refuse(log, "%s/snapshot in ZooKeeper is damaged", log->root);
        return;
    }
    log->snapshot_index = snapshot.index;
    zklog_path(log, log->scratch, "/blob");
    log->transfer =
        blob_read(log->keeper, log->scratch, &snapshot.blob, restored, log);
    blob_start(log->transfer);
}

void zklog_get_snapshot(struct zklog *log)
{
    zhandle_t *zh = keeper_session(log->keeper);

    log->stage = STAGE_READING;
    forget_listed(log);
    if (zh == NULL)
        return;
    zklog_path(log, log->scratch, "/snapshot");
    zoo_aget(zh, log->scratch, 0, snapshot_cb, zklog_call(log));
    keeper_touch(log->keeper);
}

static void apply(struct zklog *log, const struct store_group *group)
{
    if (!log->owner.apply(log->owner.arg, group)) {
        zklog_refuse(log, "%s/log/%020" PRIu64 " in ZooKeeper is damaged",
                     log->root, log->applied + 1);
        return;
    }
    log->applied++;
    read_next(log);
}

/* A group that was too large for its node. */
static void fetched(void *arg, int rc, const uint8_t *bytes, size_t size)
{
    struct zklog *log = arg;
    struct store_group group;

    log->transfer = NULL;
    if (rc == ZNONODE) {
        zklog_get_snapshot(log);
        return;
    }
    if (!is_good(log, rc))
        return;
    arena_reset(log->arena);
    if (store_group_unpack(bytes, size, log->arena, &group))
        apply(log, &group);
    else
        zklog_refuse(log, "%s/blob in ZooKeeper is damaged", log->root);
}

static void entry_cb(int rc,
                     const char *value,
                     int size,
                     const struct Stat *stat,
                     const void *arg)
{
    struct zklog *log = zklog_called(arg);
    struct store_group group;

    (void)stat;
    if (log == NULL)
        return;
    if (rc == ZNONODE) { /* a snapshot has taken its place */
        zklog_get_snapshot(log);
        return;
    }
    if (!is_good(log, rc))
        return;
    arena_reset(log->arena);
    if (!store_group_unpack((const uint8_t *)value, size < 0 ? 0 : (size_t)size,
                            log->arena, &group)) {
        zklog_refuse(log, "%s/log/%020" PRIu64 " in ZooKeeper is damaged",
                     log->root, log->applied + 1);
        return;
    }
    log->listed_next++;
    if (group.blob.name == NULL) {
        apply(log, &group);
        return;
    }
    zklog_path(log, log->scratch, "/blob");
    log->transfer =
        blob_read(log->keeper, log->scratch, &group.blob, fetched, log);
    blob_start(log->transfer);
}

static void read_next(struct zklog *log)
{
    zhandle_t *zh = keeper_session(log->keeper);

    if (log->listed_next == log->listed_count) {
        forget_listed(log);
        settle(log);
        return;
    }
    if (zh == NULL)
        return;
    zklog_path(log, log->scratch, "/log/%020" PRIu64,
               log->listed[log->listed_next]);
    zoo_aget(zh, log->scratch, 0, entry_cb, zklog_call(log));
    keeper_touch(log->keeper);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void take_list(struct zklog *log, const struct String_vector *names)
{
    forget_listed(log);
    log->listed = calloc((size_t)names->count + 1, sizeof *log->listed);
    if (log->listed == NULL)
        abort();
    for (int i = 0; i < names->count; i++) {
        uint64_t number = strtoull(names->data[i], NULL, 10);

        if (number > log->applied)
            log->listed[log->listed_count++] = number;
    }
    qsort(log->listed, log->listed_count, sizeof *log->listed, compare);
}

static bool has_gap(const struct zklog *log)
{
    for (size_t i = 0; i < log->listed_count; i++)
        if (log->listed[i] != log->applied + 1 + i)
            return true;
    return false;
}

static void listed_cb(int rc,
                      const struct String_vector *names,
                      const void *arg)
{
    struct zklog *log = zklog_called(arg);

    if (log == NULL || !is_good(log, rc))
        return;
    take_list(log, names);
    if (!has_gap(log)) {
        log->gaps_count = 0;
        read_next(log);
    } else if (++log->gaps_count > ZKLOG_GAPS_MAX) {
        zklog_refuse(log, "%s/log in ZooKeeper has a gap after %" PRIu64,
                     log->root, log->applied);
    } else {
        zklog_get_snapshot(log);
    }
}

static void watch_cb(
    zhandle_t *zh, int type, int state, const char *path, void *arg)
{
    struct zklog *log = arg;

    (void)zh;
    (void)state;
    (void)path;
    if (type != ZOO_CHILD_EVENT)
        return;
    log->is_watching = false;
    if (log->stage == STAGE_CURRENT)
        list(log);
}

static void synced_cb(int rc, const char *value, const void *arg)
{
    struct zklog *log = zklog_called(arg);
    zhandle_t *zh;

    (void)value;
    if (log == NULL || !is_good(log, rc))
        return;
    zh = keeper_session(log->keeper);
    if (zh == NULL)
        return;
    zklog_path(log, log->scratch, "/log");
    keeper_touch(log->keeper);
    /* Who appends hears of others by that; who only reads is told. */
    if (log->has_appended || log->is_watching) {
        zoo_aget_children(zh, log->scratch, 0, listed_cb, zklog_call(log));
        return;
    }
    log->is_watching = true;
    zoo_awget_children(zh, log->scratch, watch_cb, log, listed_cb,
                       zklog_call(log));
}

static void list(struct zklog *log)
{
    zhandle_t *zh = keeper_session(log->keeper);

    log->stage = STAGE_READING;
    if (zh == NULL)
        return;
    zklog_path(log, log->scratch, "/log");
    zoo_async(zh, log->scratch, synced_cb, zklog_call(log));
    keeper_touch(log->keeper);
}

void zklog_refresh(struct zklog *log)
{
    list(log);
}

/* ------------------------------------------------------------- appending */

static void appended_cb(int rc, const char *name, const void *arg)
{
    struct zklog *log = zklog_called(arg);

    (void)name;
    if (log == NULL)
        return;
    if (rc == ZNODEEXISTS) { /* somebody was faster */
        list(log);
        return;
    }
    if (!is_good(log, rc))
        return;
    log->applied++;
    log->has_appended = true;
    log->owner.appended(log->owner.arg);
    settle(log);
}

static void append(struct zklog *log, const uint8_t *bytes, size_t size)
{
    zhandle_t *zh = keeper_session(log->keeper);

    if (zh == NULL)
        return;
    zklog_path(log, log->scratch, "/log/%020" PRIu64, log->applied + 1);
    zoo_acreate(zh, log->scratch, (const char *)bytes, (int)size,
                keeper_acl(log->keeper), 0, appended_cb, zklog_call(log));
    keeper_touch(log->keeper);
}

static void stowed(void *arg, int rc, const uint8_t *bytes, size_t size)
{
    struct zklog *log = arg;
    const struct store_group group = {.blob = log->stowed};
    struct arena *arena;
    const uint8_t *record;

    (void)bytes;
    log->transfer = NULL;
    if (!is_good(log, rc))
        return;
    arena = arena_new();
    record = store_group_pack(&group, arena, &size);
    append(log, record, size);
    arena_free(arena);
}

void zklog_append(struct zklog *log, const uint8_t *bytes, size_t size)
{
    log->stage = STAGE_APPENDING;
    if (size <= BLOB_CHUNK_SIZE) {
        append(log, bytes, size);
        return;
    }
    zklog_name_blob(log, log->stowed_name);
    log->stowed = (struct store_blob){
        .name = log->stowed_name, .chunks = blob_chunks(size), .size = size};
    zklog_path(log, log->scratch, "/blob");
    log->transfer =
        blob_write(log->keeper, log->scratch, &log->stowed, bytes, stowed, log);
    blob_start(log->transfer);
}

/* ------------------------------------------------------------- setting up */

static void mark_cb(int rc,
                    const char *value,
                    int size,
                    const struct Stat *stat,
                    const void *arg)
{
    struct zklog *log = zklog_called(arg);

    (void)stat;
    if (log == NULL || !is_good(log, rc))
        return;
    if (size > (int)strlen(KIND) && memcmp(value, KIND, strlen(KIND)) == 0 &&
        (size != (int)strlen(MARK) || memcmp(value, MARK, strlen(MARK)) != 0)) {
        zklog_refuse(log,
                     "%s in ZooKeeper was made by another version of Mezzo "
                     "(\"%.*s\", not \"" MARK "\")",
                     log->root, size < 40 ? size : 40, value);
        return;
    }
    if (size != (int)strlen(MARK) || memcmp(value, MARK, strlen(MARK)) != 0) {
        zklog_refuse(log,
                     "%s in ZooKeeper is used by something else; choose "
                     "another path, or remove it",
                     log->root);
        return;
    }
    if (log->is_restored)
        list(log);
    else
        zklog_get_snapshot(log);
    log->is_restored = true;
}

/* Whatever is not there yet: what is wrong is found by what follows. */
static void made_cb(int rc, const char *name, const void *arg)
{
    struct zklog *log = zklog_called(arg);

    (void)name;
    if (log != NULL && rc != ZNODEEXISTS && rc != ZNOAUTH)
        is_good(log, rc);
}

static void make(struct zklog *log, const char *path, const char *value)
{
    zoo_acreate(keeper_session(log->keeper), path, value, (int)strlen(value),
                keeper_acl(log->keeper), 0, made_cb, zklog_call(log));
}

static void connected(void *arg, bool is_new)
{
    struct zklog *log = arg;

    (void)is_new;
    if (log->stage == STAGE_REFUSED)
        return;
    log->generation++;
    log->is_watching = false;
    log->stage = STAGE_READING;
    keeper_make_parents(log->keeper, log->root);
    make(log, log->root, MARK);
    zoo_aget(keeper_session(log->keeper), log->root, 0, mark_cb,
             zklog_call(log));
    zklog_path(log, log->scratch, "/log");
    make(log, log->scratch, "");
    zklog_path(log, log->scratch, "/blob");
    make(log, log->scratch, "");
    zklog_path(log, log->scratch, "/snapshot");
    make(log, log->scratch, "");
    keeper_touch(log->keeper);
}

static void lost(void *arg, const char *why)
{
    struct zklog *log = arg;

    (void)why;
    log->generation++;
    blob_abandon(log->transfer);
    log->transfer = NULL;
    zklog_abandon_snapshot(log);
    forget_listed(log);
    if (log->stage != STAGE_REFUSED)
        log->stage = STAGE_AWAY;
}

struct zklog *zklog_new(struct keeper *k,
                        const char *root,
                        const struct zklog_owner *owner)
{
    struct zklog *log = calloc(1, sizeof *log);

    if (log == NULL)
        abort();
    log->keeper = k;
    log->owner = *owner;
    log->arena = arena_new();
    snprintf(log->root, sizeof log->root, "%s", root);
    if (getrandom(&log->id, sizeof log->id, 0) != sizeof log->id)
        abort();
    log->watcher = (struct keeper_watcher){
        .connected = connected, .lost = lost, .arg = log};
    keeper_watch(k, &log->watcher);
    return log;
}

/* What is on its way comes back when the session is closed. */
void zklog_free(struct zklog *log)
{
    if (log == NULL)
        return;
    keeper_forget(log->keeper, &log->watcher);
    lost(log, "");
    log->is_free = true;
    zklog_release(log);
}

void zklog_release(struct zklog *log)
{
    if (!log->is_free || log->calls_count > 0)
        return;
    arena_free(log->arena);
    free(log);
}

uint64_t zklog_length(const struct zklog *log)
{
    return log->applied - log->snapshot_index;
}

bool zklog_is_current(const struct zklog *log)
{
    return log->stage == STAGE_CURRENT;
}
