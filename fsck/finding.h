/* finding.h - what is looked at, and what comes of it. */

#ifndef FSCK_FINDING_H
#define FSCK_FINDING_H

#include <stdbool.h>
#include <stddef.h>

struct findings {
    bool repairs;   /* what can be repaired is to be */
    unsigned sound; /* files */
    unsigned damaged, repaired;
    unsigned failed; /* could not be looked at */
};

/* Both look at one file, say what they find on stdout, and count it. */
void journal_look(struct findings *f, const char *directory);
void store_look(struct findings *f, const char *directory);
void history_look(struct findings *f, const char *directory);

/* PATH.damaged-TIME, where the file as it was is put before it is changed. */
void finding_aside(const char *path, char *aside, size_t size);

/* Nobody else may have it: false, and said, when a daemon does. */
bool finding_lock(struct findings *f, const char *lock, int *fd);

#endif
