/* journal.c - an agent's journal: read as the agent does, up to what makes no
 * sense.  Repaired it ends there, with a record that says so: the agent then
 * trusts no number of before.  A record that was never finished is no damage,
 * since nothing was promised of it. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/journal.h"
#include "base/auto.h"
#include "fsck/finding.h"
#include "io/file.h"

enum {
    PATH_SIZE = 4096,
};
#define SIZE_MAX_READ ((size_t)1 << 30)

/* The whole records, and behind them that the rest was cut off. */
static int write_cut(const char *path,
                     const char *bytes,
                     size_t size,
                     struct error *err)
{
    Mezzo__Record__Journal record = MEZZO__RECORD__JOURNAL__INIT;
    AUTO(auto_free) uint8_t *whole = NULL;
    size_t more;

    record.has_cut = 1;
    record.cut = 1;
    more = journal_size(&record);
    whole = malloc(size + more);
    if (whole == NULL)
        abort();
    memcpy(whole, bytes, size);
    journal_write(&record, whole + size);
    return file_write(path, 0600, whole, size + more, err);
}

static void repair(struct findings *f,
                   const char *directory,
                   const char *path,
                   const char *bytes,
                   size_t size,
                   size_t sound_size)
{
    char lock[PATH_SIZE], aside[PATH_SIZE];
    struct error err;
    int fd;

    snprintf(lock, sizeof lock, "%s/agent.lock", directory);
    if (!finding_lock(f, lock, &fd))
        return;
    finding_aside(path, aside, sizeof aside);
    if (file_create(aside, 0600, bytes, size, &err) < 0 ||
        write_cut(path, bytes, sound_size, &err) < 0) {
        printf("%s\n", err.text);
        f->failed++;
    } else {
        printf("%s: cut off at byte %zu; %zu bytes are lost, with what tasks "
               "were launched and ended in them; all of it is in %s\n",
               path, sound_size, size - sound_size, aside);
        f->repaired++;
    }
    close(fd);
}

void journal_look(struct findings *f, const char *directory)
{
    AUTO(auto_free) char *bytes = NULL;
    struct journal_reader reader = {0};
    const Mezzo__Record__Journal *record;
    struct arena *arena = arena_new();
    enum journal_outcome outcome;
    size_t size, records_count = 0;
    char path[PATH_SIZE];
    struct error err;

    snprintf(path, sizeof path, "%s/journal", directory);
    if (file_read(path, SIZE_MAX_READ, &bytes, &size, &err) < 0) {
        printf("%s\n", err.text);
        f->failed++;
        arena_free(arena);
        return;
    }
    reader =
        (struct journal_reader){.bytes = (const uint8_t *)bytes, .size = size};
    while ((outcome = journal_read(&reader, arena, &record)) ==
           JOURNAL_RECORD) {
        records_count++;
        arena_reset(arena);
    }
    arena_free(arena);
    if (outcome != JOURNAL_DAMAGED) {
        printf("%s: sound, %zu records in %zu bytes%s\n", path, records_count,
               size,
               outcome == JOURNAL_TORN ? ", and one that was never finished"
                                       : "");
        f->sound++;
        return;
    }
    printf("%s: damaged at byte %zu of %zu, behind %zu records\n", path,
           reader.offset, size, records_count);
    f->damaged++;
    if (f->repairs)
        repair(f, directory, path, bytes, size, reader.offset);
    else
        printf("%s: to cut it off there: mezzo fsck --repair %s\n", path,
               directory);
}
