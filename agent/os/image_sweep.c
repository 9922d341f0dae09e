/* image_sweep.c - what is needed is listed first, in order; then each directory
 * is compared with the list. */

#include "config.h"

#include "agent/os/image_sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/trash.h"
#include "base/auto.h"
#include "base/message.h"
#include "io/file.h"
#include "proto/record.pb-c.h"

enum {
    RECORD_SIZE_MAX = 8 << 20
};

struct names {
    char **items;
    size_t count;
};

static void add(struct names *n, const char *name)
{
    n->items = realloc(n->items, (n->count + 1) * sizeof *n->items);
    if (n->items == NULL)
        abort();
    n->items[n->count] = strdup(name);
    if (n->items[n->count++] == NULL)
        abort();
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has(const struct names *n, const char *name)
{
    return n->count > 0 && bsearch(&name, n->items, n->count, sizeof *n->items,
                                   compare) != NULL;
}

static void release(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

static DIR *open_in(const char *directory, const char *name, char **path)
{
    if (asprintf(path, "%s/%s", directory, name) < 0)
        abort();
    return opendir(*path);
}

/* False: one cannot be read, and then nothing may go. */
static bool read_record(const char *path, struct names *needed)
{
    AUTO(auto_free) char *bytes = NULL;
    Mezzo__Record__Image *record = NULL;
    size_t size;

    if (file_read(path, RECORD_SIZE_MAX, &bytes, &size, NULL) == 0)
        record = message_unpack(&mezzo__record__image__descriptor,
                                (const uint8_t *)bytes, size);
    if (record == NULL)
        return false;
    for (size_t i = 0; i < record->n_layers; i++)
        add(needed, record->layers[i]);
    for (size_t i = 0; i < record->n_blobs; i++)
        add(needed, record->blobs[i]);
    protobuf_c_message_free_unpacked(&record->base, NULL);
    return true;
}

static bool read_records(const char *directory, struct names *needed)
{
    AUTO(auto_free) char *path = NULL;
    DIR *stream = open_in(directory, "records", &path);
    struct dirent *entry;
    bool is_good = stream != NULL;

    while (is_good && (entry = readdir(stream)) != NULL) {
        AUTO(auto_free) char *file = NULL;

        if (strlen(entry->d_name) != 64)
            continue; /* half written, or none of ours */
        if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
            abort();
        is_good = read_record(file, needed);
    }
    if (stream != NULL)
        closedir(stream);
    return is_good;
}

static void sweep(const char *directory,
                  const char *name,
                  const struct names *needed,
                  struct trash *trash)
{
    AUTO(auto_free) char *path = NULL;
    DIR *stream = open_in(directory, name, &path);
    struct dirent *entry;

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.' && !has(needed, entry->d_name))
            trash_move(trash, dirfd(stream), entry->d_name);
    closedir(stream);
}

void image_sweep(const char *directory, struct trash *trash)
{
    struct names needed = {0};

    add(&needed, "empty"); /* the layer of images that have none */
    if (read_records(directory, &needed)) {
        qsort(needed.items, needed.count, sizeof *needed.items, compare);
        sweep(directory, "layouts", &needed, trash);
        sweep(directory, "layers", &needed, trash);
        sweep(directory, "blobs/sha256", &needed, trash);
    }
    release(&needed);
}
