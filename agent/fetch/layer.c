/* layer.c - libarchive twice: one takes the compression off, and what it gives
 * is digested on its way to the other, which reads the tar. */

#include "config.h"

#include "agent/fetch/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/auto.h"

enum {
    READ_SIZE = 65536
};

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

struct unpacking {
    struct archive *packed; /* a raw stream */
    struct archive *from;   /* the tar in it */
    struct archive *to;
    crypto_hash_sha256_state digest;
    int64_t bytes_left;
    int64_t entries;
    uint8_t buffer[READ_SIZE];
};

static void to_hex(crypto_hash_sha256_state *state, char hex[LAYER_HEX_SIZE])
{
    uint8_t digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256_final(state, digest);
    sodium_bin2hex(hex, LAYER_HEX_SIZE, digest, sizeof digest);
}

int layer_digest(int fd, char hex[LAYER_HEX_SIZE], struct error *err)
{
    crypto_hash_sha256_state state;
    uint8_t bytes[READ_SIZE];
    ssize_t size;

    crypto_hash_sha256_init(&state);
    while ((size = read(fd, bytes, sizeof bytes)) > 0)
        crypto_hash_sha256_update(&state, bytes, (size_t)size);
    if (size < 0)
        return error_errno(err, "read");
    to_hex(&state, hex);
    return 0;
}

static int archive_fault(struct archive *a, const char *path, struct error *err)
{
    const char *text = archive_error_string(a);

    return error_set(err, -EINVAL, "%.100s: %.120s", path,
                     text != NULL ? text : "malformed");
}

static la_ssize_t read_cb(struct archive *a, void *arg, const void **bytes)
{
    struct unpacking *u = arg;
    la_ssize_t size = archive_read_data(u->packed, u->buffer, sizeof u->buffer);

    if (size < 0) {
        archive_set_error(a, EINVAL, "%s", archive_error_string(u->packed));
        return ARCHIVE_FATAL;
    }
    crypto_hash_sha256_update(&u->digest, u->buffer, (size_t)size);
    *bytes = u->buffer;
    return size;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Only what cannot mean anything to overlayfs. */
static void filter_attributes(struct archive_entry *entry)
{
    struct archive_entry *all = archive_entry_clone(entry);
    const char *name;
    const void *value;
    size_t size;

    archive_entry_xattr_clear(entry);
    archive_entry_xattr_reset(all);
    while (archive_entry_xattr_next(all, &name, &value, &size) == ARCHIVE_OK)
        if (name != NULL && (strcmp(name, "security.capability") == 0 ||
                             strncmp(name, "user.", 5) == 0))
            archive_entry_xattr_add_entry(entry, name, value, size);
    archive_entry_free(all);
}

static bool leads_elsewhere(const char *path)
{
    bool leads = path[0] == '/';

    while (!leads && *path != '\0') {
        size_t size = strcspn(path, "/");

        leads = size == 2 && path[0] == '.' && path[1] == '.';
        path += size + (path[size] == '/');
    }
    return leads;
}

/* Each directory on the way; a link among them is not gone through. */
static int make_directories(char *path)
{
    struct stat status;

    for (char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
        if (slash != NULL)
            *slash = '\0';
        if (path[0] != '\0' && mkdir(path, 0755) < 0 &&
            (errno != EEXIST || lstat(path, &status) < 0 ||
             !S_ISDIR(status.st_mode)))
            return -1;
        if (slash == NULL)
            return 0;
        *slash = '/';
    }
}

/* What the layers below have in the entry's directory is not seen. */
static int make_opaque(const char *path, struct error *err)
{
    size_t size = (size_t)(base_name(path) - path);
    AUTO(auto_free) char *directory = strndup(path, size > 0 ? size - 1 : 0);

    if (directory == NULL)
        abort();
    if (leads_elsewhere(path))
        return error_set(err, -EINVAL, "%.150s: it leads elsewhere", path);
    if (make_directories(directory) < 0 ||
        lsetxattr(directory[0] != '\0' ? directory : ".",
                  "trusted.overlay.opaque", "y", 1, 0) < 0)
        return error_errno(err, "%.150s", path);
    return 0;
}

/* ".wh.NAME" becomes what overlayfs has for it. */
static void turn_to_whiteout(struct archive_entry *entry, const char *path)
{
    const char *name = base_name(path);
    AUTO(auto_free) char *to = NULL;

    if (asprintf(&to, "%.*s%s", (int)(name - path), path,
                 name + strlen(WHITEOUT)) < 0)
        abort();
    archive_entry_set_pathname(entry, to);
    archive_entry_set_hardlink(entry, NULL);
    archive_entry_set_filetype(entry, AE_IFCHR);
    archive_entry_set_rdev(entry, 0);
    archive_entry_set_perm(entry, 0);
    archive_entry_set_size(entry, 0);
    archive_entry_xattr_clear(entry);
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
            return error_set(err, -EFBIG,
                             "%.100s: it unpacks to more than it may", path);
        if (archive_write_data_block(u->to, bytes, size, offset) < ARCHIVE_WARN)
            return archive_fault(u->to, path, err);
    }
    return rc == ARCHIVE_EOF ? 0 : archive_fault(u->from, path, err);
}

static int write_entry(struct unpacking *u,
                       struct archive_entry *entry,
                       struct error *err)
{
    AUTO(auto_free) char *path = strdup(archive_entry_pathname(entry));
    int rc;

    if (path == NULL)
        abort();
    if (archive_write_header(u->to, entry) < ARCHIVE_WARN)
        return archive_fault(u->to, path, err);
    if (archive_entry_size(entry) > 0 && (rc = copy_data(u, path, err)) < 0)
        return rc;
    if (archive_write_finish_entry(u->to) < ARCHIVE_WARN)
        return archive_fault(u->to, path, err);
    return 0;
}

static int unpack_entry(struct unpacking *u,
                        struct archive_entry *entry,
                        struct error *err)
{
    const char *path = archive_entry_pathname(entry);
    mode_t type = archive_entry_filetype(entry);
    const char *name;

    if (path == NULL || path[0] == '\0')
        return error_set(err, -EINVAL, "an entry has no name");
    if (++u->entries > LAYER_ENTRIES_MAX)
        return error_set(err, -EFBIG, "it has more than %d entries",
                         LAYER_ENTRIES_MAX);
    name = base_name(path);
    if (strcmp(name, OPAQUE) == 0)
        return make_opaque(path, err);
    if (strncmp(name, WHITEOUT WHITEOUT, 2 * strlen(WHITEOUT)) == 0)
        return 0; /* what aufs noted for itself */
    if (strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0) {
        name += strlen(WHITEOUT);
        if (name[0] == '\0' || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0)
            return error_set(err, -EINVAL, "%.150s: it hides nothing", path);
        turn_to_whiteout(entry, path);
        return write_entry(u, entry, err);
    }
    if (archive_entry_hardlink(entry) == NULL &&
        (type == AE_IFCHR || type == AE_IFBLK || type == AE_IFSOCK))
        return 0; /* the runtime makes those that there are */
    filter_attributes(entry);
    return write_entry(u, entry, err);
}

static int open_packed(struct unpacking *u, int fd, struct error *err)
{
    struct archive_entry *entry;

    archive_read_support_format_raw(u->packed);
    archive_read_support_format_empty(u->packed);
    archive_read_support_filter_gzip(u->packed);
    archive_read_support_filter_zstd(u->packed);
    if (archive_read_open_fd(u->packed, fd, READ_SIZE) != ARCHIVE_OK ||
        archive_read_next_header(u->packed, &entry) != ARCHIVE_OK)
        return archive_fault(u->packed, "the layer", err);
    archive_read_support_format_tar(u->from);
    if (archive_read_open(u->from, u, NULL, read_cb, NULL) != ARCHIVE_OK)
        return archive_fault(u->from, "the layer", err);
    return 0;
}

static int unpack(struct unpacking *u,
                  const struct layer *layer,
                  struct error *err)
{
    struct archive_entry *entry;
    char hex[LAYER_HEX_SIZE];
    const void *bytes;
    int rc = open_packed(u, layer->fd, err), next;

    while (rc == 0 &&
           (next = archive_read_next_header(u->from, &entry)) != ARCHIVE_EOF)
        rc = next < ARCHIVE_WARN ? archive_fault(u->from, "the layer", err)
                                 : unpack_entry(u, entry, err);
    if (rc == 0 && archive_write_close(u->to) < ARCHIVE_WARN)
        rc = archive_fault(u->to, "the layer", err);
    if (rc < 0)
        return rc;
    while (read_cb(u->from, u, &bytes) > 0) /* what is behind the end */
        ;
    to_hex(&u->digest, hex);
    if (strcmp(hex, layer->diff) != 0)
        return error_set(err, -EINVAL,
                         "the layer is not what its image says: it has the "
                         "digest %s instead of %s",
                         hex, layer->diff);
    return 0;
}

int layer_unpack(const struct layer *layer, struct error *err)
{
    struct unpacking *u = calloc(1, sizeof *u);
    int rc;

    if (u == NULL)
        abort();
    u->packed = archive_read_new();
    u->from = archive_read_new();
    u->to = archive_write_disk_new();
    u->bytes_left = layer->bytes_max;
    if (u->packed == NULL || u->from == NULL || u->to == NULL)
        abort();
    crypto_hash_sha256_init(&u->digest);
    archive_write_disk_set_options(
        u->to, ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM |
                   ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR |
                   ARCHIVE_EXTRACT_UNLINK | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                   ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                   ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    rc = unpack(u, layer, err);
    archive_write_free(u->to);
    archive_read_free(u->from);
    archive_read_free(u->packed);
    free(u);
    return rc;
}
