/* sqlite_check.h - is a file of SQLite's sound, and what can be saved of it?
 * For the start of a program and for tools, since it waits for the disk. */

#ifndef IO_SQLITE_CHECK_H
#define IO_SQLITE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sqlite3;

struct sqlite_check {
    void (*say)(void *arg, const char *line); /* what was found */
    void *arg;
    bool has_entries; /* it is a store: look at each of its entries too */
    /* NULL, or why the value is none of that key. */
    const char *(*refuses)(const char *key, const uint8_t *value, size_t size);
    const char *must_have, *without; /* a key, and a sentence */
};

/* 0, and how many faults there are; -errno when it could not be looked at. */
int sqlite_check(const char *path,
                 const struct sqlite_check *check,
                 size_t *faults,
                 struct error *err);

/* Put what can be read of a store into a new file, and the old one to `aside`;
 * how many entries that are is said, and if `must_have` is not among them, what
 * that means.  Nobody else may have it. */
int sqlite_check_save(const char *path,
                      const char *aside,
                      const struct sqlite_check *check,
                      struct error *err);

/* Put it to `aside`, whole. */
int sqlite_check_put_aside(const char *path,
                           const char *aside,
                           const struct sqlite_check *check,
                           struct error *err);

/* For who opens it: -EIO, with file and offset and what to do. */
int sqlite_check_quickly(struct sqlite3 *db,
                         const char *path,
                         struct error *err);

#endif
