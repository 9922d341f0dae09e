/* store.c - a master's store, and its history: whether SQLite finds its pages
 * in order, and whether the master can read its entries. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fsck/finding.h"
#include "io/sqlite_check.h"
#include "master/records.h"

enum {
    PATH_SIZE = 4096,
};

static void say_cb(void *arg, const char *line)
{
    (void)arg;
    puts(line);
}

static void look(struct findings *f,
                 const char *directory,
                 const char *name,
                 const char *loss,
                 const struct sqlite_check *check,
                 int repair(const char *path,
                            const char *aside,
                            const struct sqlite_check *check,
                            struct error *err))
{
    char path[PATH_SIZE], aside[PATH_SIZE + 64], lock[PATH_SIZE + 8];
    struct error err;
    size_t faults;
    int fd, rc;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    rc = sqlite_check(path, check, &faults, &err);
    if (rc < 0) {
        printf("%s\n", err.text);
        f->failed++;
        return;
    }
    if (faults == 0) {
        printf("%s: sound\n", path);
        f->sound++;
        return;
    }
    f->damaged++;
    if (!f->repairs) {
        printf("%s: to save what can be read: mezzo fsck --repair %s\n", path,
               directory);
        return;
    }
    snprintf(lock, sizeof lock, "%s.lock", path);
    if (!finding_lock(f, lock, &fd))
        return;
    finding_aside(path, aside, sizeof aside);
    if (repair(path, aside, check, &err) < 0) {
        printf("%s\n", err.text);
        f->failed++;
    } else {
        printf("%s: %s; as it was, it is in %s\n", path, loss, aside);
        f->repaired++;
    }
    close(fd);
}

static const char cluster_lost[] =
    "the cluster's id is lost: agents of it refuse this master until their "
    "state directories are removed";

void store_look(struct findings *f, const char *directory)
{
    const struct sqlite_check check = {.say = say_cb,
                                       .has_entries = true,
                                       .refuses = records_refuses,
                                       .must_have = "/cluster",
                                       .without = cluster_lost};

    look(f, directory, "master.db",
         "what could be read is in a new file, the rest is lost: agents and "
         "frameworks of it come back as new ones, quotas must be set again",
         &check, sqlite_check_save);
}

void history_look(struct findings *f, const char *directory)
{
    const struct sqlite_check check = {.say = say_cb};

    look(f, directory, "history.db", "a new history is begun", &check,
         sqlite_check_put_aside);
}
