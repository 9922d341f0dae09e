/* image.c - each layer is unpacked by a process that sees nothing but the
 * directory it unpacks into. */

#include "config.h"

#include "agent/fetch/image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fetch/accounts.h"
#include "agent/fetch/layer.h"
#include "agent/fetch/manifest.h"
#include "base/auto.h"
#include "base/message.h"
#include "io/file.h"

enum {
    PATH_SIZE = 4096
};

#define BIT(number) (1u << (number))

void image_drop_privileges(void)
{
    const unsigned kept = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |
                          BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
                          BIT(CAP_SYS_CHROOT) | BIT(CAP_SYS_ADMIN) |
                          BIT(CAP_MKNOD) | BIT(CAP_SETFCAP);
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    /* SETFCAP is the last of the first 32; none of the others is kept. */
    struct __user_cap_data_struct data[2] = {
        {.effective = kept, .permitted = kept}};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (geteuid() == 0)
        syscall(SYS_capset, &header, data);
    setlocale(LC_CTYPE, "C.UTF-8"); /* names of files are UTF-8 in a tar */
}

static int check_blob(int fd,
                      const struct manifest_blob *blob,
                      const char *path,
                      struct error *err)
{
    char hex[LAYER_HEX_SIZE];
    struct stat status;

    if (fstat(fd, &status) < 0 || layer_digest(fd, hex, err) < 0 ||
        lseek(fd, 0, SEEK_SET) < 0)
        return error_errno(err, "read sha256:%s", blob->digest);
    if (strcmp(hex, blob->digest) != 0) {
        unlink(path); /* or nobody would ever fetch it again */
        return error_set(err, -EINVAL,
                         "blob sha256:%s is not what it was: its digest is %s",
                         blob->digest, hex);
    }
    if (status.st_size != blob->size)
        return error_set(err, -EINVAL,
                         "blob sha256:%s has %" PRId64
                         " bytes, and is said to have %" PRId64,
                         blob->digest, (int64_t)status.st_size, blob->size);
    return 0;
}

static int open_blob(const struct image *image,
                     const struct manifest_blob *blob,
                     int *fd,
                     struct error *err)
{
    char path[PATH_SIZE];
    int code;

    snprintf(path, sizeof path, "%s/blobs/sha256/%s", image->store,
             blob->digest);
    *fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return error_errno(err, "blob sha256:%s", blob->digest);
    code = check_blob(*fd, blob, path, err);
    if (code < 0)
        close(*fd);
    return code;
}

static int read_text_blob(const struct image *image,
                          const struct manifest_blob *blob,
                          char **bytes,
                          struct error *err)
{
    ssize_t size;
    int fd, code;

    if (blob->size > MANIFEST_SIZE_MAX)
        return error_set(err, -EINVAL, "sha256:%s has more than %d bytes",
                         blob->digest, MANIFEST_SIZE_MAX);
    code = open_blob(image, blob, &fd, err);
    if (code < 0)
        return code;
    *bytes = malloc((size_t)blob->size + 1);
    if (*bytes == NULL)
        abort();
    size = read(fd, *bytes, (size_t)blob->size);
    close(fd);
    return size == blob->size
               ? 0
               : error_set(err, -EIO, "sha256:%s cannot be read", blob->digest);
}

static int read_index(const struct image *image,
                      struct manifest_blob *manifest,
                      struct error *err)
{
    AUTO(auto_free) char *bytes = NULL;
    char path[PATH_SIZE];
    size_t size;
    int code;

    snprintf(path, sizeof path, "%s/index.json", image->layout);
    code = file_read(path, MANIFEST_SIZE_MAX, &bytes, &size, err);
    return code < 0 ? code : manifest_read_index(bytes, size, manifest, err);
}

/* In a process of its own, which does not return. */
__attribute__((noreturn)) static void unpack_apart(const char *directory,
                                                   const struct layer *layer)
{
    struct error err = {""};

    if (chdir(directory) < 0 || chroot(".") < 0) {
        perror(directory);
        _exit(EXIT_FAILURE);
    }
    if (layer_unpack(layer, &err) == 0)
        _exit(EXIT_SUCCESS);
    fprintf(stderr, "%s\n", err.text);
    _exit(EXIT_FAILURE);
}

static int run_apart(const char *directory,
                     const struct layer *layer,
                     struct error *err)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        unpack_apart(directory, layer);
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return error_errno(err, "fork");
    if (status == 0)
        return 0;
    err->text[0] = '\0'; /* it has said why */
    return WIFEXITED(status) ? -EINVAL
                             : error_set(err, -EINVAL,
                                         "unpacking a layer ended with signal "
                                         "%d",
                                         WTERMSIG(status));
}

static int unpack_layer(const struct image *image,
                        const struct manifest_blob *blob,
                        const char *diff,
                        struct error *err)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    struct layer layer = {
        .fd = -1, .diff = diff, .bytes_max = image->bytes_max};
    int code;

    snprintf(path, sizeof path, "%s/layers/%.*s", image->store,
             IMAGE_LAYER_NAME_SIZE - 1, diff);
    if (access(path, F_OK) == 0)
        return 0;
    code = open_blob(image, blob, &layer.fd, err);
    if (code < 0)
        return code;
    snprintf(temporary, sizeof temporary, "%s/layers/new.XXXXXX", image->store);
    if (mkdtemp(temporary) == NULL || chmod(temporary, 0755) < 0)
        code = error_errno(err, "make %s", temporary);
    else
        code = run_apart(temporary, &layer, err);
    close(layer.fd);
    /* Whoever else has unpacked it meanwhile has done the same. */
    if (code == 0 && rename(temporary, path) < 0 && errno != EEXIST &&
        errno != ENOTEMPTY)
        code = error_errno(err, "rename %s", temporary);
    return code; /* what is left of it the agent sweeps away */
}

/* A layer that comes twice counts where it comes last. */
static void list_layers(Mezzo__Record__Image *record,
                        char (*diffs)[MANIFEST_DIGEST_SIZE],
                        size_t count,
                        struct arena *arena)
{
    record->layers = arena_alloc(arena, count * sizeof *record->layers);
    for (size_t i = 0; i < count; i++) {
        bool comes_again = false;

        for (size_t j = i + 1; j < count; j++)
            comes_again |= strcmp(diffs[i], diffs[j]) == 0;
        if (comes_again)
            continue;
        diffs[i][IMAGE_LAYER_NAME_SIZE - 1] = '\0';
        record->layers[record->n_layers++] = arena_strdup(arena, diffs[i]);
    }
}

static void list_blobs(Mezzo__Record__Image *record,
                       const struct manifest_blob *index,
                       const struct manifest *manifest,
                       struct arena *arena)
{
    record->blobs = arena_alloc(arena, (manifest->layers_count + 2) *
                                           sizeof *record->blobs);
    record->blobs[record->n_blobs++] = arena_strdup(arena, index->digest);
    record->blobs[record->n_blobs++] =
        arena_strdup(arena, manifest->config.digest);
    record->has_size = true;
    for (size_t i = 0; i < manifest->layers_count; i++) {
        record->blobs[record->n_blobs++] =
            arena_strdup(arena, manifest->layers[i].digest);
        record->size += (uint64_t)manifest->layers[i].size;
    }
}

static int write_record(const struct image *image,
                        const Mezzo__Record__Image *record,
                        struct arena *arena,
                        struct error *err)
{
    ProtobufCBinaryData bytes = message_pack_in(arena, &record->base);
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/records/%s", image->store,
             manifest_hex(image->digest));
    return file_write(path, 0600, bytes.data, bytes.len, err);
}

static int unpack_layers(const struct image *image,
                         const struct manifest *manifest,
                         char (*diffs)[MANIFEST_DIGEST_SIZE],
                         struct error *err)
{
    int64_t size = 0;
    int code = 0;

    for (size_t i = 0; i < manifest->layers_count; i++)
        size += manifest->layers[i].size;
    if (size > image->bytes_max)
        return error_set(err, -EFBIG,
                         "it has %" PRId64 " bytes, and may have %" PRId64,
                         size, image->bytes_max);
    for (size_t i = 0; code == 0 && i < manifest->layers_count; i++)
        code = unpack_layer(image, &manifest->layers[i], diffs[i], err);
    return code;
}

static int unpack(const struct image *image,
                  struct arena *arena,
                  struct error *err)
{
    Mezzo__Record__Image record = MEZZO__RECORD__IMAGE__INIT;
    AUTO(auto_free) char *text = NULL, *config = NULL;
    char diffs[MANIFEST_LAYERS_MAX][MANIFEST_DIGEST_SIZE];
    struct manifest_blob index;
    struct manifest manifest;

    record.digest = (char *)(uintptr_t)image->digest;
    record.reference = (char *)(uintptr_t)image->reference;
    if (read_index(image, &index, err) < 0 ||
        read_text_blob(image, &index, &text, err) < 0 ||
        manifest_read(text, (size_t)index.size, &manifest, err) < 0 ||
        read_text_blob(image, &manifest.config, &config, err) < 0 ||
        manifest_read_config(config, (size_t)manifest.config.size,
                             manifest.layers_count, arena, &record, diffs,
                             err) < 0 ||
        unpack_layers(image, &manifest, diffs, err) < 0)
        return -EINVAL;
    list_layers(&record, diffs, manifest.layers_count, arena);
    list_blobs(&record, &index, &manifest, arena);
    accounts_read(image->store, arena, &record);
    return write_record(image, &record, arena, err);
}

int image_unpack(const struct image *image, struct error *err)
{
    struct arena *arena = arena_new();
    int code;

    if (manifest_hex(image->digest) == NULL)
        code = error_set(err, -EINVAL, "'%s' is no digest", image->digest);
    else
        code = unpack(image, arena, err);
    arena_free(arena);
    return code;
}
