/* sandbox_read.c - what is in a sandbox, seen with its owner's eyes.
 *
 * Paths are resolved beneath the sandbox by the kernel, and files are opened as
 * the sandbox's owner, so that neither a link nor another name of a file shows
 * what the owner could not read himself. */

#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/os/sandbox.h"
#include "agent/os/sandbox_place.h"
#include "base/auto.h"

enum {
    RETRIES_MAX = 16, /* when others rename while a path is resolved */
    BLOCK_SIZE = 4096,
};

static int open_beneath(int root, const char *path, int flags, uint64_t resolve)
{
    const struct open_how how = {
        /* The kernel takes few flags beside O_PATH. */
        .flags = (uint64_t)flags | O_CLOEXEC |
                 ((flags & O_PATH) != 0 ? 0 : O_NOCTTY),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | resolve,
    };
    long fd = -1;

    for (int i = 0; i < RETRIES_MAX; i++) {
        fd = syscall(SYS_openat2, root, path[0] == '\0' ? "." : path, &how,
                     sizeof how);
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return fd < 0 ? -errno : (int)fd;
}

/* As its owner: this is of the thread alone. */
static int open_in(const struct sandboxes *s,
                   const char *run,
                   const char *path,
                   int flags,
                   uint64_t resolve)
{
    int root = sandbox_open_root(s, run);
    struct stat status;
    int fd;

    if (root < 0)
        return root;
    if (fstat(root, &status) < 0) {
        fd = -errno;
    } else {
        setfsgid(status.st_gid);
        setfsuid(status.st_uid);
        fd = open_beneath(root, path, flags, resolve);
        setfsuid(geteuid());
        setfsgid(getegid());
    }
    close(root);
    return fd;
}

static bool is_output(const char *path)
{
    return strcmp(path, SANDBOX_OUTPUT) == 0 ||
           strcmp(path, SANDBOX_ERROR) == 0;
}

static int fail(struct error *err, int number, const char *path)
{
    errno = number;
    return error_errno(err, "open %s", path[0] == '\0' ? "it" : path);
}

/* A plain file; -ENOENT with no `err` is an output not written yet. */
static int open_file(struct sandboxes *s,
                     const char *run,
                     const char *path,
                     struct stat *status,
                     struct error *err)
{
    int fd = open_in(s, run, path, O_RDONLY | O_NONBLOCK, 0);
    int number;

    if (fd < 0)
        return fail(err, -fd, path);
    if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
        return fd;
    number = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
    close(fd);
    return fail(err, number, path);
}

int sandbox_read(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 uint64_t offset,
                 size_t size_max,
                 struct sandbox_bytes *bytes,
                 struct error *err)
{
    struct stat status;
    off_t first;
    ssize_t size;
    int fd = open_file(s, run, path, &status, err);

    *bytes = (struct sandbox_bytes){.offset = offset};
    if (fd == -ENOENT && is_output(path))
        return 0;
    if (fd < 0)
        return fd;
    bytes->file_size = (uint64_t)status.st_size;
    if (offset >= bytes->file_size) {
        close(fd);
        return 0;
    }
    if (is_output(path)) { /* a hole in it was punched by us */
        first = lseek(fd, (off_t)offset, SEEK_DATA);
        bytes->offset = first >= 0 ? (uint64_t)first : bytes->file_size;
    }
    if (size_max > SANDBOX_READ_SIZE_MAX)
        size_max = SANDBOX_READ_SIZE_MAX;
    bytes->bytes = malloc(size_max + 1);
    if (bytes->bytes == NULL)
        abort();
    size = pread(fd, bytes->bytes, size_max, (off_t)bytes->offset);
    close(fd);
    if (size < 0) {
        free(bytes->bytes);
        bytes->bytes = NULL;
        return error_errno(err, "read %s", path);
    }
    bytes->size = (size_t)size;
    return 0;
}

int sandbox_size(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 uint64_t *size,
                 struct error *err)
{
    struct stat status;
    int fd = open_file(s, run, path, &status, err);

    *size = 0;
    if (fd == -ENOENT && is_output(path))
        return 0;
    if (fd < 0)
        return fd;
    *size = (uint64_t)status.st_size;
    close(fd);
    return 0;
}

int sandbox_open_path(struct sandboxes *s, const char *run, const char *path)
{
    return open_in(s, run, path, O_PATH, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct report_entry *)a)->name,
                  ((const struct report_entry *)b)->name);
}

static void add_entry(struct sandbox_listing *listing,
                      const char *name,
                      const struct stat *status)
{
    size_t count = listing->count;

    if ((count & (count - 1)) == 0) { /* full at powers of two */
        listing->entries =
            realloc(listing->entries,
                    (count == 0 ? 1 : count * 2) * sizeof *listing->entries);
        if (listing->entries == NULL)
            abort();
    }
    listing->entries[listing->count++] = (struct report_entry){
        .name = strdup(name),
        .size = (uint64_t)status->st_size,
        .is_directory = S_ISDIR(status->st_mode),
    };
}

int sandbox_list(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 struct sandbox_listing *listing,
                 struct error *err)
{
    int fd = open_in(s, run, path, O_RDONLY | O_DIRECTORY, 0);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    struct stat status;

    *listing = (struct sandbox_listing){0};
    if (fd < 0)
        return fail(err, -fd, path);
    if (stream == NULL) {
        close(fd);
        return error_errno(err, "read %s", path);
    }
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (listing->count == SANDBOX_ENTRIES_MAX) {
            closedir(stream);
            sandbox_listing_release(listing);
            return error_set(err, -EFBIG, "it has more than %d entries",
                             SANDBOX_ENTRIES_MAX);
        }
        if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            add_entry(listing, entry->d_name, &status);
    }
    closedir(stream);
    if (listing->count > 0)
        qsort(listing->entries, listing->count, sizeof *listing->entries,
              by_name);
    return 0;
}

void sandbox_listing_release(struct sandbox_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free((char *)(uintptr_t)listing->entries[i].name);
    free(listing->entries);
    *listing = (struct sandbox_listing){0};
}

static void bound_file(int fd, int64_t size_max)
{
    struct stat status;
    int64_t excess;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_nlink != 1)
        return;
    excess = (status.st_size - size_max) / BLOCK_SIZE * BLOCK_SIZE;
    /* What was punched before costs nothing; not for every block anew. */
    if (excess <= 0 || (int64_t)status.st_blocks * 512 <= size_max)
        return;
    /* A file system that cannot will let it grow. */
    (void)!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, excess);
}

void sandbox_bound_output(struct sandboxes *s,
                          const char *run,
                          int64_t size_max)
{
    static const char *const outputs[] = {SANDBOX_OUTPUT, SANDBOX_ERROR};

    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        int fd = open_in(s, run, outputs[i], O_RDWR | O_NONBLOCK,
                         RESOLVE_NO_SYMLINKS);

        if (fd < 0)
            continue;
        bound_file(fd, size_max);
        close(fd);
    }
}
