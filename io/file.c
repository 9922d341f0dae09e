/* file.c - a file appears under its name only when it is whole and on disk. */

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"

enum {
    LOCK_WAIT_MS = 800,
    LOCK_PAUSE_MS = 10,
};

static void auto_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);

        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            bytes += done;
            size -= (size_t)done;
        }
    }
    return 0;
}

/* Reads to the end, since what a file says of its size may be false (pipes,
 * /proc); one byte more than allowed is enough to know. */
static int read_all(int fd, size_t size_max, char **bytes, size_t *size)
{
    size_t room = 4096;
    AUTO(auto_free) char *all = malloc(room + 1);
    ssize_t got;

    *size = 0;
    for (;;) {
        if (all == NULL)
            abort();
        got = read(fd, all + *size, room - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        *size += (size_t)got;
        if (*size > size_max) {
            errno = EFBIG;
            return -1;
        }
        if (got == 0)
            break;
        if (*size == room)
            all = realloc(all, (room *= 2) + 1);
    }
    all[*size] = '\0';
    *bytes = all;
    all = NULL;
    return 0;
}

int file_read(const char *path,
              size_t size_max,
              char **bytes,
              size_t *size,
              struct error *err)
{
    AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *all;
    size_t all_size;

    if (fd < 0 || read_all(fd, size_max, &all, &all_size) < 0)
        return error_errno(err, "read %s", path);
    *bytes = all;
    *size = all_size;
    return 0;
}

/* Or the new name may be lost in a power cut. */
static int sync_parent(const char *path, struct error *err)
{
    AUTO(auto_free) char *parent = strdup(path);
    AUTO(auto_close) int fd = -1;
    char *slash;

    if (parent == NULL)
        abort();
    slash = strrchr(parent, '/');
    if (slash != NULL)
        slash[slash == parent] = '\0';
    fd = open(slash == NULL ? "." : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return error_errno(err, "sync the directory of %s", path);
    return 0;
}

static int write_file(const char *path,
                      mode_t mode,
                      const void *bytes,
                      size_t size,
                      bool is_replaced,
                      struct error *err)
{
    AUTO(auto_free) char *temporary = NULL;
    AUTO(auto_close) int fd = -1;
    int rc;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        abort();
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "write %s", path);
    if (fchmod(fd, mode) < 0 || write_all(fd, bytes, size) < 0 ||
        fsync(fd) < 0 ||
        (is_replaced ? rename(temporary, path) : link(temporary, path)) < 0) {
        rc = error_errno(err, "write %s", path);
        unlink(temporary);
        return rc;
    }
    if (!is_replaced)
        unlink(temporary);
    return sync_parent(path, err);
}

int file_write(const char *path,
               mode_t mode,
               const void *bytes,
               size_t size,
               struct error *err)
{
    return write_file(path, mode, bytes, size, true, err);
}

int file_create(const char *path,
                mode_t mode,
                const void *bytes,
                size_t size,
                struct error *err)
{
    return write_file(path, mode, bytes, size, false, err);
}

int file_make_directories(const char *path, mode_t mode, struct error *err)
{
    AUTO(auto_free) char *above = strdup(path);
    struct stat st;

    if (above == NULL)
        abort();
    for (char *c = above; *c != '\0'; c++) {
        if (c == above || *c != '/')
            continue;
        *c = '\0';
        if (mkdir(above, mode) < 0 && errno != EEXIST)
            return error_errno(err, "make directory %s", above);
        *c = '/';
    }
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return error_errno(err, "make directory %s", path);
    if (stat(path, &st) < 0)
        return error_errno(err, "make directory %s", path);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, -ENOTDIR, "%s is not a directory", path);
    return 0;
}

/* A process that was killed may have its locks for a moment more. */
static int lock_soon(int file)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};

    for (int tries = LOCK_WAIT_MS / LOCK_PAUSE_MS; tries > 0; tries--) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK)
            return -1;
        nanosleep(&pause, NULL);
    }
    return flock(file, LOCK_EX | LOCK_NB);
}

int file_lock(const char *path, int *fd, struct error *err)
{
    AUTO(auto_close)
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char text[32] = "";
    ssize_t size;

    if (file < 0)
        return error_errno(err, "open %s", path);
    if (lock_soon(file) < 0) {
        if (errno != EWOULDBLOCK)
            return error_errno(err, "lock %s", path);
        size = read(file, text, sizeof text - 1);
        text[size < 0 ? 0 : strspn(text, "0123456789")] = '\0';
        return error_set(err, -EBUSY, "%s is locked by process %s", path,
                         text[0] == '\0' ? "unknown" : text);
    }
    snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(file, 0) < 0 || write_all(file, text, strlen(text)) < 0)
        return error_errno(err, "write %s", path);
    *fd = file;
    file = -1;
    return 0;
}
