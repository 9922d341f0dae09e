/* pack.c - libarchive, in the order of names. */

#include "frameworks/container/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/container/files.h"

enum {
    BLOCK_SIZE = 10240,
    PIECE_SIZE = 1 << 16,
};

static int write_file(struct archive *a, const FTSENT *e, struct error *err)
{
    AUTO(auto_free) char *piece = memory_new(1, PIECE_SIZE);
    off_t left = e->fts_statp->st_size;
    int fd = open(e->fts_accpath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t count;

    if (fd < 0)
        return error_errno(err, "%.200s", e->fts_path);
    while (left > 0 && (count = read(fd, piece, PIECE_SIZE)) > 0) {
        if (count > left)
            count = (ssize_t)left; /* it has grown */
        if (archive_write_data(a, piece, (size_t)count) < 0)
            break;
        left -= count;
    }
    close(fd);
    if (left > 0)
        return error_set(err, -E2BIG,
                         "%.150s: was changed while it was read, or the "
                         "project's files are more than 64 MiB",
                         e->fts_path);
    return 0;
}

/* `root_size` characters of the path are replaced by `name`. */
static int write_entry(struct archive *a,
                       const FTSENT *e,
                       size_t root_size,
                       const char *name,
                       struct error *err)
{
    struct archive_entry *entry = archive_entry_new();
    char path[4200], target[4096];
    ssize_t size = 0;
    int rc = 0;

    snprintf(path, sizeof path, "%s%.4000s", name, e->fts_path + root_size);
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, e->fts_statp->st_mode & S_IFMT);
    archive_entry_set_perm(entry, e->fts_statp->st_mode & 0777);
    archive_entry_set_mtime(entry, e->fts_statp->st_mtime, 0);
    if (e->fts_info == FTS_F)
        archive_entry_set_size(entry, e->fts_statp->st_size);
    if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE) {
        size = readlink(e->fts_accpath, target, sizeof target - 1);
        target[size > 0 ? size : 0] = '\0';
        archive_entry_set_symlink(entry, target);
    }
    if (archive_write_header(a, entry) != ARCHIVE_OK)
        rc = error_set(err, -E2BIG, "%.150s: %.90s", e->fts_path,
                       archive_error_string(a));
    else if (e->fts_info == FTS_F)
        rc = write_file(a, e, err);
    archive_entry_free(entry);
    return rc;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int write_tree(struct archive *a,
                      const char *source,
                      const char *name,
                      struct error *err)
{
    char *paths[] = {strdup(source), NULL};
    FTS *tree =
        fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    FTSENT *e;
    int rc = 0;

    while (rc == 0 && (e = fts_read(tree)) != NULL) {
        switch (e->fts_info) {
        case FTS_D:
        case FTS_F:
        case FTS_SL:
        case FTS_SLNONE:
            rc = write_entry(a, e, strlen(source), name, err);
            break;
        case FTS_DP:
            break;
        case FTS_NS:
        case FTS_ERR:
        case FTS_DNR:
            rc = error_set(err, -e->fts_errno, "%.200s: %s", e->fts_path,
                           strerror(e->fts_errno));
            break;
        default: /* sockets, pipes, devices */
            rc = error_set(err, -EINVAL,
                           "%.150s: only files, directories and links can go "
                           "with a project",
                           e->fts_path);
            break;
        }
    }
    fts_close(tree);
    free(paths[0]);
    return rc;
}

static int write_all(struct archive *a, json_t *volumes, struct error *err)
{
    json_t *volume;
    size_t i;

    json_array_foreach(volumes, i, volume)
    {
        const char *type = json_string_value(json_object_get(volume, "type"));
        const char *source =
            json_string_value(json_object_get(volume, "source"));
        char name[40];
        int rc;

        if (type == NULL || strcmp(type, "project") != 0)
            continue;
        snprintf(name, sizeof name, "files/%zu", i);
        rc = write_tree(a, source, name, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool has_files(json_t *volumes)
{
    json_t *volume;
    size_t i;

    json_array_foreach(volumes, i, volume)
    {
        const char *type = json_string_value(json_object_get(volume, "type"));

        if (type != NULL && strcmp(type, "project") == 0)
            return true;
    }
    return false;
}

int pack_service(json_t *service, struct pack *pack, struct error *err)
{
    json_t *volumes = json_object_get(service, "volumes");
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct archive *a;
    int rc;

    *pack = (struct pack){.bytes = NULL};
    if (!has_files(volumes))
        return 0;
    pack->bytes = memory_new(1, FILES_SIZE_MAX);
    a = archive_write_new();
    archive_write_set_format_pax_restricted(a);
    archive_write_set_bytes_per_block(a, BLOCK_SIZE);
    archive_write_open_memory(a, pack->bytes, FILES_SIZE_MAX, &pack->size);
    rc = write_all(a, volumes, err);
    if (archive_write_close(a) != ARCHIVE_OK && rc == 0)
        rc = error_set(err, -E2BIG, "the project's files are more than 64 MiB");
    archive_write_free(a);
    if (rc < 0) {
        pack_release(pack);
        return rc;
    }
    crypto_hash_sha256(hash, (const unsigned char *)pack->bytes, pack->size);
    sodium_bin2hex(pack->digest, sizeof pack->digest, hash, sizeof hash);
    return 0;
}

void pack_release(struct pack *pack)
{
    free(pack->bytes);
    *pack = (struct pack){.bytes = NULL};
}
