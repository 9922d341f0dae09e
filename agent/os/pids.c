/* pids.c - lines of one size: "NAME PID TICKS\n", and a NUL first if free. */

#include "config.h"

#include "agent/os/pids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/run_name.h"

enum {
    GROW = 256, /* lines, by which the file grows */
};

enum line_state {
    LINE_FREE,
    LINE_OLD, /* of an earlier agent, not taken yet */
    LINE_TAKEN,
};

struct pids {
    char *path;
    int fd;
    int first_free; /* none before it is */
    int end;        /* of the file: all that were ever taken are before it */
    uint8_t states[PIDS_MAX];
    uint32_t hashes[PIDS_MAX]; /* of the runs of OLD ones: few are read again */
};

off_t pids_offset(int line)
{
    return (off_t)line * PIDS_LINE_SIZE;
}

const char *pids_path(const struct pids *p)
{
    return p->path;
}

/* False if nothing is noted there. */
static bool read_line(const struct pids *p,
                      int line,
                      char name[PIDS_NAME_SIZE],
                      struct pids_entry *entry)
{
    char text[PIDS_LINE_SIZE];
    ssize_t size = pread(p->fd, text, sizeof text - 1, pids_offset(line));
    unsigned long long ticks;
    long pid;

    *entry = (struct pids_entry){0};
    if (size <= 0)
        return false;
    text[size] = '\0';
    if (sscanf(text, "%279s %ld %llu\n", name, &pid, &ticks) != 3 || pid <= 0)
        return false;
    entry->pid = (pid_t)pid;
    entry->ticks = ticks;
    return true;
}

/* Of the name before '#'. */
static uint32_t hash_of_run(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name != '\0' && *name != '#'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static void set_end(struct pids *p, int end)
{
    if (ftruncate(p->fd, pids_offset(end)) == 0)
        p->end = end;
}

/* Children that an earlier agent has ordered write theirs when they begin. */
static bool find_old(struct pids *p)
{
    char name[PIDS_NAME_SIZE];
    struct pids_entry entry;
    bool is_any = false;

    for (int i = 0; i < p->end; i++)
        if (p->states[i] == LINE_FREE && read_line(p, i, name, &entry)) {
            p->states[i] = LINE_OLD;
            p->hashes[i] = hash_of_run(name);
            is_any = true;
        }
    return is_any;
}

int pids_open(const char *directory, struct pids **pids, struct error *err)
{
    struct pids *p = calloc(1, sizeof *p);
    off_t size;

    if (p == NULL || asprintf(&p->path, "%s/pids", directory) < 0)
        abort();
    p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (p->fd < 0) {
        int code = error_errno(err, "open %s", p->path);

        free(p->path);
        free(p);
        return code;
    }
    size = lseek(p->fd, 0, SEEK_END);
    p->end =
        size < pids_offset(PIDS_MAX) ? (int)(size / PIDS_LINE_SIZE) : PIDS_MAX;
    find_old(p);
    /* An earlier agent's children may be about to write theirs. */
    p->first_free = p->end < PIDS_MAX / 2 ? p->end : 0;
    *pids = p;
    return 0;
}

void pids_close(struct pids *p)
{
    if (p == NULL)
        return;
    close(p->fd);
    free(p->path);
    free(p);
}

int pids_take(struct pids *p)
{
    for (int i = p->first_free; i < PIDS_MAX; i++) {
        if (p->states[i] != LINE_FREE)
            continue;
        if (i >= p->end)
            set_end(p, i + GROW < PIDS_MAX ? i + GROW : PIDS_MAX);
        p->states[i] = LINE_TAKEN;
        p->first_free = i + 1;
        return i;
    }
    return PIDS_NONE;
}

static int latest_of(const struct pids *p, const char *flat)
{
    char name[PIDS_NAME_SIZE];
    struct pids_entry entry;
    uint32_t hash = hash_of_run(flat);
    uint64_t latest = 0;
    int found = PIDS_NONE;

    for (int i = 0; i < p->end; i++) {
        if (p->states[i] != LINE_OLD || p->hashes[i] != hash ||
            !read_line(p, i, name, &entry) || strcmp(name, flat) != 0 ||
            entry.ticks < latest)
            continue;
        found = i;
        latest = entry.ticks;
    }
    return found;
}

int pids_take_old(struct pids *p, const char *run)
{
    char flat[RUN_NAME_SIZE];
    int found;

    run_name_flat(run, flat);
    found = latest_of(p, flat);
    if (found == PIDS_NONE && find_old(p))
        found = latest_of(p, flat);
    if (found != PIDS_NONE)
        p->states[found] = LINE_TAKEN;
    return found;
}

void pids_name_process(const char *run,
                       uint64_t number,
                       char name[PIDS_NAME_SIZE])
{
    char flat[RUN_NAME_SIZE];

    run_name_flat(run, flat);
    snprintf(name, PIDS_NAME_SIZE, "%s#%" PRIu64, flat, number);
}

int pids_take_old_process(struct pids *p, const char *run, uint64_t *number)
{
    char flat[RUN_NAME_SIZE], name[PIDS_NAME_SIZE];
    struct pids_entry entry;
    size_t size;

    run_name_flat(run, flat);
    size = strlen(flat);
    for (int i = 0; i < p->end; i++) {
        if (p->states[i] != LINE_OLD || p->hashes[i] != hash_of_run(flat) ||
            !read_line(p, i, name, &entry) || strncmp(name, flat, size) != 0 ||
            name[size] != '#')
            continue;
        *number = strtoull(name + size + 1, NULL, 10);
        p->states[i] = LINE_TAKEN;
        return i;
    }
    return PIDS_NONE;
}

struct pids_entry pids_read(const struct pids *p, int line)
{
    struct pids_entry entry = {0};
    char name[PIDS_NAME_SIZE];

    if (line != PIDS_NONE)
        read_line(p, line, name, &entry);
    return entry;
}

void pids_clear(struct pids *p, int line)
{
    if (line == PIDS_NONE)
        return;
    /* If that fails it is the line of a process that is gone. */
    (void)!pwrite(p->fd, "", 1, pids_offset(line));
    p->states[line] = LINE_FREE;
    if (line < p->first_free)
        p->first_free = line;
}

void pids_visit_old(struct pids *p, pids_visit_f *visit, void *arg)
{
    char name[PIDS_NAME_SIZE];
    struct pids_entry entry;
    int end = 0;

    find_old(p);
    for (int i = 0; i < p->end; i++) {
        if (p->states[i] == LINE_TAKEN)
            end = i + 1;
        if (p->states[i] != LINE_OLD)
            continue;
        if (read_line(p, i, name, &entry))
            visit(arg, name, entry);
        pids_clear(p, i);
    }
    set_end(p, end);
    p->first_free = 0;
}
