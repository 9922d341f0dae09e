/* zklog_snapshot.c - a snapshot takes the place of the entries before it.
 *
 * First its bytes, under a new name; then the node that refers to them is set,
 * if nobody has set it meanwhile; only then are the entries it replaces and
 * blobs that nobody refers to deleted.  Blobs that are younger than
 * ORPHAN_AGE_MS may belong to somebody who is about to refer to them. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/blobs.h"
#include "io/zklog_parts.h"

enum {
    ORPHAN_AGE_MS = 10 * 60 * 1000,
};

struct orphan {
    struct call *call;
    char path[ZKLOG_PATH_SIZE];
};

static void ignored_cb(int rc, const void *arg)
{
    (void)rc; /* it may be gone already; else it is found the next time */
    zklog_called(arg);
}

static void delete (struct zklog *log, const char *path)
{
    zhandle_t *zh = keeper_session(log->keeper);

    if (zh != NULL)
        zoo_adelete(zh, path, -1, ignored_cb, zklog_call(log));
}

static void orphan_cb(int rc, const struct Stat *stat, const void *arg)
{
    struct orphan *o = (struct orphan *)arg;
    struct zklog *log = zklog_called(o->call);

    if (log != NULL && rc == ZOK &&
        stat->ctime + ORPHAN_AGE_MS < log->writing.written_ms)
        delete (log, o->path);
    free(o);
}

static void blobs_cb(int rc, const struct String_vector *names, const void *arg)
{
    struct zklog *log = zklog_called(arg);
    const char *current;
    zhandle_t *zh;

    if (log == NULL || rc != ZOK || (zh = keeper_session(log->keeper)) == NULL)
        return;
    current = log->writing.name;
    for (int i = 0; i < names->count; i++) {
        struct orphan *o;

        if (strncmp(names->data[i], current, strlen(current)) == 0)
            continue;
        o = calloc(1, sizeof *o);
        if (o == NULL)
            abort();
        o->call = zklog_call(log);
        zklog_path(log, o->path, "/blob/%s", names->data[i]);
        zoo_aexists(zh, o->path, 0, orphan_cb, o);
    }
    keeper_touch(log->keeper);
}

static void sweep(struct zklog *log)
{
    char path[ZKLOG_PATH_SIZE];
    zhandle_t *zh = keeper_session(log->keeper);

    for (uint64_t i = log->writing.before + 1;
         i <= log->writing.snapshot.index && zh != NULL; i++) {
        zklog_path(log, path, "/log/%020" PRIu64, i);
        delete (log, path);
    }
    zklog_path(log, path, "/blob");
    if (zh != NULL)
        zoo_aget_children(zh, path, 0, blobs_cb, zklog_call(log));
    keeper_touch(log->keeper);
}

static void set_cb(int rc, const struct Stat *stat, const void *arg)
{
    struct zklog *log = zklog_called(arg);

    if (log == NULL)
        return;
    log->writing.is_busy = false;
    if (rc != ZOK) /* another has set it, whose entries are as good */
        return;
    log->writing.written_ms = stat->mtime;
    log->snapshot_version = stat->version;
    log->snapshot_index = log->writing.snapshot.index;
    sweep(log);
}

static void written(void *arg, int rc, const uint8_t *bytes, size_t size)
{
    struct zklog *log = arg;
    zhandle_t *zh = keeper_session(log->keeper);
    char path[ZKLOG_PATH_SIZE];
    struct arena *arena;
    const uint8_t *record;

    (void)bytes;
    (void)size;
    log->writing.transfer = NULL;
    if (rc != ZOK || zh == NULL) {
        log->writing.is_busy = false;
        return;
    }
    arena = arena_new();
    record = store_snapshot_pack(&log->writing.snapshot, arena, &size);
    zklog_path(log, path, "/snapshot");
    zoo_aset(zh, path, (const char *)record, (int)size, log->snapshot_version,
             set_cb, zklog_call(log));
    keeper_touch(log->keeper);
    arena_free(arena);
}

void zklog_snapshot(struct zklog *log, const uint8_t *bytes, size_t size)
{
    struct zklog_writing *w = &log->writing;
    char path[ZKLOG_PATH_SIZE];

    if (w->is_busy)
        return;
    *w = (struct zklog_writing){.is_busy = true, .before = log->snapshot_index};
    zklog_name_blob(log, w->name);
    w->snapshot = (struct store_snapshot){
        .index = log->applied,
        .blob = {.name = w->name, .chunks = blob_chunks(size), .size = size}};
    zklog_path(log, path, "/blob");
    w->transfer =
        blob_write(log->keeper, path, &w->snapshot.blob, bytes, written, log);
    blob_start(w->transfer);
}

bool zklog_is_snapshooting(const struct zklog *log)
{
    return log->writing.is_busy;
}

void zklog_abandon_snapshot(struct zklog *log)
{
    blob_abandon(log->writing.transfer);
    log->writing.transfer = NULL;
    log->writing.is_busy = false;
}
