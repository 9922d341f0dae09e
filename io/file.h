/* file.h - whole files and directories, written so that they survive a crash.
 *
 * Shell code only; for the start of a program and for tools, since all of it
 * waits for the disk. */

#ifndef IO_FILE_H
#define IO_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

/* All of a file, with a NUL behind it, to be freed; -EFBIG over `size_max`. */
int file_read(const char *path,
              size_t size_max,
              char **bytes,
              size_t *size,
              struct error *err);

/* The file is either as it was or holds all of `bytes`, also after a crash. */
int file_write(const char *path,
               mode_t mode,
               const void *bytes,
               size_t size,
               struct error *err);

/* The same, but -EEXIST if there is one. */
int file_create(const char *path,
                mode_t mode,
                const void *bytes,
                size_t size,
                struct error *err);

/* Make the directory and those above it that are missing. */
int file_make_directories(const char *path, mode_t mode, struct error *err);

/* Keep others from `path` until `*fd` is closed, or this process ends: makes
 * the file, locks it and writes our pid into it.  Waits a little for one that
 * is just ending.
 *
 * -EBUSY  a process has it; the text says which */
int file_lock(const char *path, int *fd, struct error *err);

#endif
