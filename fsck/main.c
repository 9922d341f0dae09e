/* main.c - mezzo-fsck: is what master and agents keep on disk sound, and if
 * not, what can be saved of it? */

#include "config.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fsck/finding.h"
#include "io/file.h"
#include "io/options.h"

enum {
    STATUS_DAMAGED = 1,
    STATUS_WRONG = 2,
    PATH_SIZE = 4096,
};

static bool repairs;

static const struct options_row rows[] = {
    {.name = "repair",
     .kind = OPTIONS_FLAG,
     .value = &repairs,
     .is_command_line_only = true,
     .help = "repair what can be, and say what was lost; the damaged file is "
             "kept beside"},
};

static const struct options options = {
    .program = "mezzo-fsck",
    .operands = "DIR...",
    .summary = "check what masters and agents keep on disk",
    .text = "DIR is the state directory of a master, of an agent, or of all "
            "that mezzo up has started; without it, MEZZO_STATE.  Nothing is "
            "changed without --repair, for which the daemon must be stopped.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .section = 1,
};

void finding_aside(const char *path, char *aside, size_t size)
{
    char text[32];
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y%m%dT%H%M%S", &tm);
    snprintf(aside, size, "%s.damaged-%s", path, text);
}

bool finding_lock(struct findings *f, const char *lock, int *fd)
{
    struct error err;

    if (file_lock(lock, fd, &err) == 0)
        return true;
    printf("%s; stop it first, then repair\n", err.text);
    f->failed++;
    return false;
}

static bool has(const char *directory, const char *name)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

/* Of one daemon; false when it is none's. */
static bool look_at(struct findings *f, const char *directory)
{
    bool is_any = false;

    if (has(directory, "journal")) {
        journal_look(f, directory);
        is_any = true;
    }
    if (has(directory, "master.db")) {
        store_look(f, directory);
        is_any = true;
    }
    if (has(directory, "history.db")) {
        history_look(f, directory);
        is_any = true;
    }
    return is_any;
}

/* Of all that mezzo up has started. */
static bool look_below(struct findings *f, const char *directory)
{
    static const char *const patterns[] = {"master", "master-*", "agent-*"};
    bool is_any = false;

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        char pattern[PATH_SIZE];
        glob_t found;

        snprintf(pattern, sizeof pattern, "%s/%s", directory, patterns[i]);
        if (glob(pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            is_any = look_at(f, found.gl_pathv[k]) || is_any;
        globfree(&found);
    }
    return is_any;
}

int main(int argc, char **argv)
{
    struct findings f = {0};
    char *state[] = {getenv("MEZZO_STATE"), NULL};
    int first = options_parse(&options, argc, argv);
    char **directory = first < argc ? argv + first : state;

    f.repairs = repairs;
    if (*directory == NULL)
        options_fail(&options,
                     "which directory? MEZZO_STATE is not set either");
    for (; *directory != NULL; directory++)
        if (!look_at(&f, *directory) && !look_below(&f, *directory))
            options_fail(&options,
                         "%s: neither a master nor an agent keeps its state "
                         "there",
                         *directory);
    printf("%u sound, %u damaged, %u of them repaired\n", f.sound, f.damaged,
           f.repaired);
    if (fflush(stdout) != 0 || f.failed > 0)
        return STATUS_WRONG;
    return f.damaged > f.repaired ? STATUS_DAMAGED : 0;
}
