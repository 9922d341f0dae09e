/* files.c - a directory of archives, each named for its SHA-256. */

#include "frameworks/container/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    PATH_SIZE = 4096,
    YOUNG_S = 600,
    PIECE_SIZE = 1 << 16,
};

struct files_upload {
    char digest[FILES_DIGEST_SIZE];
    char temporary[PATH_SIZE], path[PATH_SIZE + 80];
    int fd;
};

bool files_is_digest(const char *text)
{
    return text != NULL && strlen(text) == FILES_DIGEST_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == FILES_DIGEST_SIZE - 1;
}

static void make_path(const char *directory,
                      const char *digest,
                      char path[PATH_SIZE + 80])
{
    snprintf(path, PATH_SIZE + 80, "%.4000s/%s.tar", directory, digest);
}

bool files_has(const char *directory, const char *digest)
{
    char path[PATH_SIZE + 80];

    make_path(directory, digest, path);
    return access(path, R_OK) == 0;
}

int files_begin(const char *directory,
                const char *digest,
                struct files_upload **upload,
                int *fd,
                struct error *err)
{
    struct files_upload *u = memory_new(1, sizeof *u);

    snprintf(u->digest, sizeof u->digest, "%s", digest);
    make_path(directory, digest, u->path);
    snprintf(u->temporary, sizeof u->temporary, "%.4000s/.new-XXXXXX",
             directory);
    u->fd = mkostemp(u->temporary, O_CLOEXEC);
    if (u->fd < 0) {
        int rc = error_errno(err, "%.200s", u->temporary);

        free(u);
        return rc;
    }
    *upload = u;
    *fd = u->fd;
    return 0;
}

static int digest_of(int fd, char digest[FILES_DIGEST_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES], piece[PIECE_SIZE];
    crypto_hash_sha256_state state;
    off_t at = 0;
    ssize_t count;

    crypto_hash_sha256_init(&state);
    while ((count = pread(fd, piece, sizeof piece, at)) > 0) {
        crypto_hash_sha256_update(&state, piece, (size_t)count);
        at += count;
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(digest, FILES_DIGEST_SIZE, hash, sizeof hash);
    return count < 0 ? -errno : 0;
}

void files_cancel(struct files_upload *u)
{
    if (u == NULL)
        return;
    unlink(u->temporary);
    close(u->fd);
    free(u);
}

int files_end(struct files_upload *u, struct error *err)
{
    char digest[FILES_DIGEST_SIZE];
    int rc = digest_of(u->fd, digest);

    if (rc < 0)
        rc = error_set(err, rc, "%.200s: %s", u->temporary, strerror(-rc));
    else if (strcmp(digest, u->digest) != 0)
        rc = error_set(err, -EINVAL,
                       "the files are not those of the digest that was said");
    /* Agents fetch it as the user that the project is of. */
    else if (fchmod(u->fd, 0644) < 0 || fsync(u->fd) < 0 ||
             rename(u->temporary, u->path) < 0)
        rc = error_errno(err, "%.200s", u->path);
    files_cancel(u); /* if it was renamed, there is nothing to unlink */
    return rc;
}

void files_clean(const char *directory,
                 bool (*is_named)(void *arg, const char *digest),
                 void *arg)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;

    if (entries == NULL)
        return;
    while ((entry = readdir(entries)) != NULL) {
        char digest[FILES_DIGEST_SIZE];
        struct stat status;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(digest, sizeof digest, "%.64s", entry->d_name);
        if ((files_is_digest(digest) && is_named(arg, digest)) ||
            fstatat(dirfd(entries), entry->d_name, &status, 0) < 0 ||
            status.st_mtime + YOUNG_S > time(NULL))
            continue;
        unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
}
