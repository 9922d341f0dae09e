/* extract.c - libarchive with its secure options, and a look at each entry
 * before it is written. */

#include "agent/fetch/extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
    READ_SIZE = 65536
};

static const char *const suffixes[] = {
    ".tar",    ".tar.gz", ".tgz",     ".tar.bz2", ".tbz2",
    ".tar.xz", ".txz",    ".tar.zst", ".zip",
};

struct unpacking {
    struct archive *from;
    struct archive *to;
    int64_t bytes_left;
    int64_t entries;
};

bool extract_is_archive(const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        size_t of_suffix = strlen(suffixes[i]);

        if (size > of_suffix &&
            strcasecmp(name + size - of_suffix, suffixes[i]) == 0)
            return true;
    }
    return false;
}

/* Relative, and never up. */
static bool stays_inside(const char *path)
{
    if (path == NULL || path[0] == '/' || path[0] == '\0')
        return false;
    while (*path != '\0') {
        size_t size = strcspn(path, "/");

        if (size == 2 && path[0] == '.' && path[1] == '.')
            return false;
        path += size + (path[size] == '/');
    }
    return true;
}

/* A link may go up, but not out of where we unpack. */
static bool link_stays_inside(const char *path, const char *target)
{
    int depth = 0;

    if (target == NULL || target[0] == '/')
        return false;
    for (const char *c = strchr(path, '/'); c != NULL; c = strchr(c + 1, '/'))
        depth++;
    while (*target != '\0') {
        size_t size = strcspn(target, "/");

        if (size == 2 && target[0] == '.' && target[1] == '.' && --depth < 0)
            return false;
        target += size + (target[size] == '/');
    }
    return true;
}

/* NULL, or why it is refused. */
static const char *refuse_entry(struct archive_entry *entry)
{
    const char *link = archive_entry_hardlink(entry);
    mode_t type = archive_entry_filetype(entry);

    if (!stays_inside(archive_entry_pathname(entry)))
        return "its path leads out of the sandbox";
    if (link != NULL)
        return stays_inside(link) ? NULL : "it links out of the sandbox";
    if (type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK)
        return "it is a device, a socket or a pipe";
    if (type == AE_IFLNK && !link_stays_inside(archive_entry_pathname(entry),
                                               archive_entry_symlink(entry)))
        return "it links out of the sandbox";
    return NULL;
}

static int archive_fault(struct archive *a, const char *path, struct error *err)
{
    const char *text = archive_error_string(a);

    return error_set(err, -EINVAL, "%s: %s", path,
                     text != NULL ? text : "not an archive we can read");
}

static int copy_data(struct unpacking *u, const char *path, struct error *err)
{
    const void *bytes;
    size_t size;
    la_int64_t offset;
    int rc;

    while ((rc = archive_read_data_block(u->from, &bytes, &size, &offset)) ==
           ARCHIVE_OK) {
        u->bytes_left -= (int64_t)size;
        if (u->bytes_left < 0)
            return error_set(err, -EFBIG, "%s: it unpacks to too many bytes",
                             path);
        if (archive_write_data_block(u->to, bytes, size, offset) < ARCHIVE_OK)
            return archive_fault(u->to, path, err);
    }
    return rc == ARCHIVE_EOF ? 0 : archive_fault(u->from, path, err);
}

static int unpack_entry(struct unpacking *u,
                        struct archive_entry *entry,
                        struct error *err)
{
    const char *path = archive_entry_pathname(entry);
    const char *fault = refuse_entry(entry);
    int rc;

    if (path == NULL)
        path = "an entry without a name";
    if (fault != NULL)
        return error_set(err, -EINVAL, "%.150s: %s", path, fault);
    if (++u->entries > EXTRACT_ENTRIES_MAX)
        return error_set(err, -EFBIG, "it has too many entries");
    archive_entry_set_perm(entry, archive_entry_perm(entry) &
                                      (S_IRWXU | S_IRWXG | S_IRWXO));
    if (archive_write_header(u->to, entry) < ARCHIVE_OK)
        return archive_fault(u->to, path, err);
    rc = copy_data(u, path, err);
    if (rc == 0 && archive_write_finish_entry(u->to) < ARCHIVE_OK)
        return archive_fault(u->to, path, err);
    return rc;
}

static void set_formats(struct archive *from)
{
    archive_read_support_format_tar(from);
    archive_read_support_format_zip(from);
    archive_read_support_filter_gzip(from);
    archive_read_support_filter_bzip2(from);
    archive_read_support_filter_xz(from);
    archive_read_support_filter_zstd(from);
}

int extract(const char *path, int64_t bytes_max, struct error *err)
{
    struct unpacking u = {archive_read_new(), archive_write_disk_new(),
                          bytes_max, 0};
    struct archive_entry *entry;
    int rc = 0, next;

    if (u.from == NULL || u.to == NULL)
        return error_set(err, -ENOMEM, "libarchive did not start");
    set_formats(u.from);
    archive_write_disk_set_options(u.to,
                                   ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                                       ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                       ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                       ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    if (archive_read_open_filename(u.from, path, READ_SIZE) != ARCHIVE_OK)
        rc = archive_fault(u.from, path, err);
    while (rc == 0 &&
           (next = archive_read_next_header(u.from, &entry)) != ARCHIVE_EOF)
        rc = next < ARCHIVE_WARN ? archive_fault(u.from, path, err)
                                 : unpack_entry(&u, entry, err);
    if (rc == 0 && archive_write_close(u.to) != ARCHIVE_OK)
        rc = archive_fault(u.to, path, err);
    archive_read_free(u.from);
    archive_write_free(u.to);
    return rc;
}
