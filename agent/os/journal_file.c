/* journal_file.c - appends on the loop, waits for the disk on a thread.
 *
 * While the file is being replaced what is appended waits, in order, and goes
 * to whichever of the two remains. */

#include "config.h"

#include "agent/os/journal_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/worker.h"
#include "base/auto.h"

/* Bytes that wait for the end of a rewrite. */
struct later {
    TAILQ_ENTRY(later) link;
    uint64_t ticket;
    size_t size;
    bool is_synced;
    bool is_rewrite;
    uint8_t bytes[];
};

struct tickets {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

struct journal_file {
    struct worker *worker;
    journal_file_answer_f *answer;
    void *arg;
    char *path;
    int fd;
    off_t size;
    struct error broken; /* "" while it is not */
    bool is_syncing;
    struct tickets syncing; /* answered when the sync in hand is done */
    struct tickets unsynced;
    bool is_rewriting;
    TAILQ_HEAD(, later) later;
    size_t later_size;
};

struct sync {
    struct job job;
    struct journal_file *journal;
    int fd;
    int result;
};

struct rewrite {
    struct job job;
    struct journal_file *journal;
    uint64_t ticket;
    int fd;
    struct error err;
    size_t size;
    uint8_t bytes[];
};

static void tickets_add(struct tickets *t, uint64_t ticket)
{
    if (t->count == t->capacity) {
        t->capacity = t->capacity == 0 ? 64 : t->capacity * 2;
        t->items = realloc(t->items, t->capacity * sizeof *t->items);
        if (t->items == NULL)
            abort();
    }
    t->items[t->count++] = ticket;
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

static const char *broken(const struct journal_file *j)
{
    return j->broken.text[0] == '\0' ? NULL : j->broken.text;
}

/* Answer what waits for a sync; `t` may grow meanwhile. */
static void answer_all(struct journal_file *j, struct tickets *t)
{
    struct tickets all = *t;

    *t = (struct tickets){0};
    for (size_t i = 0; i < all.count; i++)
        j->answer(j->arg, all.items[i], broken(j));
    free(all.items);
}

static void sync_run(struct job *job)
{
    struct sync *sync = (struct sync *)job;

    sync->result = fdatasync(sync->fd) < 0 ? -errno : 0;
}

static void sync_release(struct job *job)
{
    struct sync *sync = (struct sync *)job;

    if (sync->fd >= 0)
        close(sync->fd);
    free(sync);
}

static void sync_unsynced(struct journal_file *j);

static void sync_done(struct job *job)
{
    struct sync *sync = (struct sync *)job;
    struct journal_file *j = sync->journal;

    if (sync->result < 0) {
        errno = -sync->result;
        error_errno(&j->broken, "sync %s", j->path);
    }
    answer_all(j, &j->syncing);
    j->is_syncing = false;
    sync_unsynced(j);
}

static void sync_unsynced(struct journal_file *j)
{
    struct sync *sync;

    if (j->is_syncing || j->unsynced.count == 0)
        return;
    sync = calloc(1, sizeof *sync);
    if (sync == NULL)
        abort();
    sync->job = (struct job){
        .run = sync_run, .done = sync_done, .release = sync_release};
    sync->journal = j;
    sync->fd = fcntl(j->fd, F_DUPFD_CLOEXEC, 0); /* a rewrite closes ours */
    j->syncing = j->unsynced;
    j->unsynced = (struct tickets){0};
    j->is_syncing = true;
    worker_submit(j->worker, &sync->job);
}

static void append(struct journal_file *j,
                   uint64_t ticket,
                   const uint8_t *bytes,
                   size_t size,
                   bool is_synced)
{
    struct error err = {""};

    if (broken(j) == NULL && write_all(j->fd, bytes, size) < 0) {
        error_errno(&err, "write %s", j->path);
        if (ftruncate(j->fd, j->size) < 0) /* half a record in the midst */
            j->broken = err;
    } else if (broken(j) == NULL) {
        j->size += (off_t)size;
        if (is_synced) {
            tickets_add(&j->unsynced, ticket);
            sync_unsynced(j);
            return;
        }
    }
    j->answer(j->arg, ticket, err.text[0] != '\0' ? err.text : broken(j));
}

static void hold(struct journal_file *j,
                 uint64_t ticket,
                 const uint8_t *bytes,
                 size_t size,
                 bool is_synced,
                 bool is_rewrite)
{
    struct later *later;

    if (j->later_size + size > JOURNAL_FILE_LATER_MAX) {
        j->answer(j->arg, ticket, "the disk is too slow for the journal");
        return;
    }
    later = malloc(sizeof *later + size);
    if (later == NULL)
        abort();
    later->ticket = ticket;
    later->size = size;
    later->is_synced = is_synced;
    later->is_rewrite = is_rewrite;
    if (size > 0)
        memcpy(later->bytes, bytes, size);
    TAILQ_INSERT_TAIL(&j->later, later, link);
    j->later_size += size;
}

static int sync_directory(const char *path, struct error *err)
{
    AUTO(auto_free) char *copy = strdup(path);
    int fd, result;

    if (copy == NULL)
        abort();
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "open the directory of %s", path);
    result =
        fsync(fd) < 0 ? error_errno(err, "sync the directory of %s", path) : 0;
    close(fd);
    return result;
}

/* On the thread: a new file in place of the old one. */
static int replace(const char *path,
                   const uint8_t *bytes,
                   size_t size,
                   struct error *err)
{
    AUTO(auto_free) char *temporary = NULL;
    int fd, code;

    if (asprintf(&temporary, "%s.new", path) < 0)
        abort();
    fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
              0600);
    if (fd < 0)
        return error_errno(err, "open %s", temporary);
    if (write_all(fd, bytes, size) < 0 || fdatasync(fd) < 0)
        code = error_errno(err, "write %s", temporary);
    else if (rename(temporary, path) < 0)
        code = error_errno(err, "rename %s", temporary);
    else
        return fd;
    unlink(temporary);
    close(fd);
    return code;
}

static void rewrite_run(struct job *job)
{
    struct rewrite *r = (struct rewrite *)job;

    r->fd = replace(r->journal->path, r->bytes, r->size, &r->err);
    if (r->fd >= 0)
        sync_directory(r->journal->path, &r->err);
}

static void rewrite(struct journal_file *j,
                    uint64_t ticket,
                    const uint8_t *bytes,
                    size_t size);

static void go_on(struct journal_file *j)
{
    struct later *later;

    while (!j->is_rewriting && (later = TAILQ_FIRST(&j->later)) != NULL) {
        TAILQ_REMOVE(&j->later, later, link);
        j->later_size -= later->size;
        if (later->is_rewrite)
            rewrite(j, later->ticket, later->bytes, later->size);
        else
            append(j, later->ticket, later->bytes, later->size,
                   later->is_synced);
        free(later);
    }
}

static void rewrite_done(struct job *job)
{
    struct rewrite *r = (struct rewrite *)job;
    struct journal_file *j = r->journal;

    if (r->fd >= 0) { /* it is that one now, whatever else went wrong */
        close(j->fd);
        j->fd = r->fd;
        r->fd = -1;
        j->size = (off_t)r->size;
        if (r->err.text[0] != '\0')
            j->broken = r->err;
    }
    j->answer(j->arg, r->ticket, r->err.text[0] == '\0' ? NULL : r->err.text);
    j->is_rewriting = false; /* not before: what that may append is later */
    go_on(j);
}

static void rewrite_release(struct job *job)
{
    struct rewrite *r = (struct rewrite *)job;

    if (r->fd >= 0)
        close(r->fd);
    free(r);
}

static void rewrite(struct journal_file *j,
                    uint64_t ticket,
                    const uint8_t *bytes,
                    size_t size)
{
    struct rewrite *r;

    if (broken(j) != NULL) {
        j->answer(j->arg, ticket, broken(j));
        return;
    }
    r = calloc(1, sizeof *r + size);
    if (r == NULL)
        abort();
    r->job = (struct job){
        .run = rewrite_run, .done = rewrite_done, .release = rewrite_release};
    r->journal = j;
    r->ticket = ticket;
    r->fd = -1;
    r->size = size;
    if (size > 0)
        memcpy(r->bytes, bytes, size);
    j->is_rewriting = true;
    worker_submit(j->worker, &r->job);
}

static bool is_held(const struct journal_file *j)
{
    return j->is_rewriting || !TAILQ_EMPTY(&j->later);
}

void journal_file_rewrite(struct journal_file *j,
                          uint64_t ticket,
                          const uint8_t *bytes,
                          size_t size)
{
    if (is_held(j))
        hold(j, ticket, bytes, size, true, true);
    else
        rewrite(j, ticket, bytes, size);
}

void journal_file_append(struct journal_file *j,
                         uint64_t ticket,
                         const uint8_t *bytes,
                         size_t size,
                         bool is_synced)
{
    if (is_held(j))
        hold(j, ticket, bytes, size, is_synced, false);
    else
        append(j, ticket, bytes, size, is_synced);
}

int journal_file_open(struct event_base *base,
                      const char *path,
                      journal_file_answer_f *answer,
                      void *arg,
                      struct journal_file **journal,
                      struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct journal_file *j;
    struct stat status;
    int code;

    if (fd < 0)
        return error_errno(err, "open %s", path);
    if (fstat(fd, &status) < 0) {
        code = error_errno(err, "look at %s", path);
        close(fd);
        return code;
    }
    /* Its name must last as what will be synced in it. */
    code = sync_directory(path, err);
    if (code < 0) {
        close(fd);
        return code;
    }
    j = calloc(1, sizeof *j);
    if (j == NULL)
        abort();
    j->worker = worker_new(base, "journal");
    j->answer = answer;
    j->arg = arg;
    j->path = strdup(path);
    if (j->path == NULL)
        abort();
    j->fd = fd;
    j->size = status.st_size;
    TAILQ_INIT(&j->later);
    *journal = j;
    return 0;
}

/* What still waited for a rewrite, which is on the disk by now. */
static void write_later(struct journal_file *j)
{
    int fd = open(j->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    struct later *later;

    while ((later = TAILQ_FIRST(&j->later)) != NULL) {
        TAILQ_REMOVE(&j->later, later, link);
        if (later->is_rewrite) {
            close(fd);
            fd = replace(j->path, later->bytes, later->size, NULL);
        } else if (fd >= 0) {
            (void)!write_all(fd, later->bytes, later->size);
        }
        free(later);
    }
    if (fd >= 0) {
        fdatasync(fd);
        close(fd);
    }
}

void journal_file_close(struct journal_file *j)
{
    if (j == NULL)
        return;
    worker_free(j->worker);
    if (!TAILQ_EMPTY(&j->later))
        write_later(j);
    close(j->fd);
    free(j->syncing.items);
    free(j->unsynced.items);
    free(j->path);
    free(j);
}

const char *journal_file_path(const struct journal_file *j)
{
    return j->path;
}

int journal_file_read(const struct journal_file *j,
                      uint8_t **bytes,
                      size_t *size,
                      struct error *err)
{
    size_t wanted = (size_t)j->size, got = 0;
    uint8_t *all;

    if (wanted > JOURNAL_FILE_SIZE_MAX)
        return error_set(err, -EFBIG, "%s is larger than 1 GiB", j->path);
    all = malloc(wanted + 1);
    if (all == NULL)
        abort();
    while (got < wanted) {
        ssize_t count = pread(j->fd, all + got, wanted - got, (off_t)got);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            free(all);
            return error_errno(err, "read %s", j->path);
        }
        if (count == 0)
            break;
        got += (size_t)count;
    }
    *bytes = all;
    *size = got;
    return 0;
}
