/* zklog_parts.h - what zklog.c and zklog_snapshot.c share. */

#ifndef IO_ZKLOG_PARTS_H
#define IO_ZKLOG_PARTS_H

#include "io/blobs.h"
#include "io/zklog.h"

enum {
    ZKLOG_PATH_SIZE = KEEPER_PATH_MAX + 128,
    ZKLOG_GAPS_MAX = 10, /* listings beside the snapshot they belong to */
};

enum zklog_stage {
    STAGE_AWAY, /* no connection */
    STAGE_READING,
    STAGE_CURRENT,
    STAGE_APPENDING,
    STAGE_REFUSED,
};

/* Of a snapshot that is being written: the blob, then who refers to it. */
struct zklog_writing {
    bool is_busy;
    struct blob_transfer *transfer;
    char name[BLOB_NAME_SIZE];
    struct store_snapshot snapshot;
    uint64_t before;    /* index of the snapshot it replaces */
    int64_t written_ms; /* by ZooKeeper's clock */
};

struct zklog {
    struct keeper *keeper;
    struct keeper_watcher watcher;
    struct zklog_owner owner;
    char root[KEEPER_PATH_MAX + 32];
    char scratch[ZKLOG_PATH_SIZE]; /* the path of the next request */
    struct arena *arena;           /* of the entry that is being applied */
    enum zklog_stage stage;
    unsigned generation; /* of the connection: answers of older ones are not
                          * looked at */
    unsigned calls_count;
    bool is_free; /* but calls are on their way */
    uint64_t id;  /* of this process, for names of blobs */
    uint64_t blobs_named;
    uint64_t applied; /* the last entry */
    bool is_restored, has_appended, is_watching;
    uint64_t *listed; /* entries that are to be read */
    size_t listed_count, listed_next;
    unsigned gaps_count;
    struct blob_transfer *transfer; /* of what is being read or appended */
    struct store_blob stowed;       /* what is appended, when it is large */
    char stowed_name[BLOB_NAME_SIZE];
    uint64_t snapshot_index;
    int snapshot_version;
    struct zklog_writing writing;
};

/* What a completion of the client is given. */
struct call {
    struct zklog *log;
    unsigned generation;
};

struct call *zklog_call(struct zklog *log);

/* Whose it is, if the connection is still the same; the call is gone. */
struct zklog *zklog_called(const void *arg);

/* Free it if nothing is on its way any more. */
void zklog_release(struct zklog *log);

/* Below the root, into ZKLOG_PATH_SIZE bytes. */
__attribute__((format(printf, 3, 4))) void zklog_path(const struct zklog *log,
                                                      char *path,
                                                      const char *format,
                                                      ...);

__attribute__((format(printf, 2, 3))) void zklog_refuse(struct zklog *log,
                                                        const char *format,
                                                        ...);

/* Begin anew from the newest snapshot. */
void zklog_get_snapshot(struct zklog *log);

/* One that was never used before. */
void zklog_name_blob(struct zklog *log, char name[BLOB_NAME_SIZE]);

void zklog_abandon_snapshot(struct zklog *log);

#endif
