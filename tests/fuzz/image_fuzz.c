/* image_fuzz.c - what a registry may send: an index, a manifest, a
 * configuration, /etc/passwd, /etc/group, or a layer, by the first byte.
 *
 * A layer is unpacked in a directory beside a file, without the chroot that the
 * real thing has: whatever it says, the file stays what it is, and alone. */

#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fetch/accounts.h"
#include "agent/fetch/layer.h"
#include "agent/fetch/manifest.h"
#include "tests/fuzz/target.h"

enum {
    BYTES_MAX = 1 << 20,
    FILES_OPEN_MAX = 16,
};

static int remove_entry(const char *path,
                        const struct stat *status,
                        int flag,
                        struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

static void check_outside(const char *directory)
{
    DIR *stream = opendir(directory);
    struct dirent *entry;
    char text[8] = "";
    int count = 0, fd;

    assert(stream != NULL);
    while ((entry = readdir(stream)) != NULL)
        count++;
    closedir(stream);
    assert(count == 4); /* ".", "..", "in" and "out" */
    fd = open("../out", O_RDONLY);
    assert(fd >= 0 && read(fd, text, sizeof text) == 4);
    assert(memcmp(text, "keep", 4) == 0);
    close(fd);
}

static void unpack(const uint8_t *data, size_t size)
{
    static const char diff[] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    const char *temporary = getenv("TMPDIR");
    char directory[256], inner[272], outer[272], back[4096];
    struct layer layer = {.diff = diff, .bytes_max = BYTES_MAX};
    int fd;

    snprintf(directory, sizeof directory, "%s/mezzo-fuzz.XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(directory) == NULL || getcwd(back, sizeof back) == NULL)
        return;
    snprintf(inner, sizeof inner, "%s/in", directory);
    snprintf(outer, sizeof outer, "%s/out", directory);
    fd = open(outer, O_WRONLY | O_CREAT, 0600);
    assert(fd >= 0 && write(fd, "keep", 4) == 4);
    close(fd);
    layer.fd = memfd_create("layer", MFD_CLOEXEC);
    assert(layer.fd >= 0 && write(layer.fd, data, size) == (ssize_t)size);
    lseek(layer.fd, 0, SEEK_SET);
    assert(mkdir(inner, 0755) == 0 && chdir(inner) == 0);
    layer_unpack(&layer, NULL);
    check_outside(directory);
    close(layer.fd);
    assert(chdir(back) == 0);
    nftw(directory, remove_entry, FILES_OPEN_MAX, FTW_DEPTH | FTW_PHYS);
}

static void parse(unsigned what, const uint8_t *data, size_t size)
{
    static char diffs[MANIFEST_LAYERS_MAX][MANIFEST_DIGEST_SIZE];
    static struct manifest manifest;
    Mezzo__Record__Image image = MEZZO__RECORD__IMAGE__INIT;
    struct arena *arena = arena_new();
    struct manifest_blob blob;
    char *text = malloc(size + 1);

    assert(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (what == 0)
        manifest_read_index(text, size, &blob, NULL);
    else if (what == 1 && manifest_read(text, size, &manifest, NULL) == 0)
        assert(manifest.layers_count <= MANIFEST_LAYERS_MAX);
    else if (what == 2)
        manifest_read_config(text, size, 1, arena, &image, diffs, NULL);
    else if (what == 3)
        accounts_parse_users(text, arena, &image);
    else if (what == 4)
        accounts_parse_groups(text, arena, &image);
    assert(image.n_users <= ACCOUNTS_MAX && image.n_groups <= ACCOUNTS_MAX);
    free(text);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 6 == 5)
        unpack(data + 1, size - 1);
    else
        parse(data[0] % 6, data + 1, size - 1);
    return 0;
}
