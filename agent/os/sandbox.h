/* sandbox.h - the directories that runs work in, and their bytes.
 *
 * What is in a sandbox belongs to a stranger, who may put links, pipes or other
 * people's files there while we look: nothing is followed, nothing is opened
 * that its owner could not open, and nothing but plain files and directories.
 *
 * Threads  any; the functions that wait for a disk at length say so, and are
 *          called on a worker's. */

#ifndef AGENT_OS_SANDBOX_H
#define AGENT_OS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/orders.h"
#include "base/error.h"

struct sandboxes;

enum {
    SANDBOX_PATH_SIZE = 4096,
    SANDBOX_ENTRIES_MAX = 16384, /* of a directory that is listed */
    SANDBOX_READ_SIZE_MAX = 1 << 20,
};

#define SANDBOX_OUTPUT "stdout"
#define SANDBOX_ERROR "stderr"
#define SANDBOX_INPUT "stdin"
#define SANDBOX_TASKS "tasks"

/* `directory` is made if need be; borrowed text is copied. */
int sandboxes_open(const char *directory,
                   struct sandboxes **sandboxes,
                   struct error *err);

/* Let sandboxes_empty_trash() return soon; the rest is for the next start. */
void sandboxes_hurry(struct sandboxes *s);

/* NULL is a no-op. */
void sandboxes_close(struct sandboxes *s);

/* -ENAMETOOLONG  it would be longer than SANDBOX_PATH_SIZE */
int sandbox_path(const struct sandboxes *s,
                 const char *run,
                 char path[SANDBOX_PATH_SIZE],
                 struct error *err);

/* One of `user` without anything but, perhaps, empty output; what was there
 * under its name is thrown away. */
int sandbox_make(struct sandboxes *s,
                 const char *run,
                 uid_t user,
                 gid_t group,
                 struct error *err);

/* A directory tasks/TASK of `user` in a run's, unless it is there; with `input`
 * not NULL a fifo in it, opened. */
int sandbox_make_task(struct sandboxes *s,
                      const char *run,
                      const char *task,
                      uid_t user,
                      gid_t group,
                      int *input,
                      struct error *err);

/* Of those made in advance few are left; and, at length: make more. */
bool sandboxes_are_few(const struct sandboxes *s);
void sandboxes_make_spares(struct sandboxes *s);

/* Out of sight, at once; sandboxes_empty_trash() deletes it.  It is no fault
 * when there is none. */
int sandbox_throw_away(struct sandboxes *s, const char *run, struct error *err);

/* At length.  Delete what was thrown away; go on where something cannot be, and
 * report the first. */
int sandboxes_empty_trash(struct sandboxes *s, struct error *err);

struct sandbox_bytes {
    uint8_t *bytes; /* to be freed */
    size_t size;
    uint64_t offset; /* of the first; later than asked where that is gone */
    uint64_t file_size;
};

/* At length.  Up to `size_max` bytes at `offset`; none beyond the end, and none
 * of an output that was not written yet. */
int sandbox_read(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 uint64_t offset,
                 size_t size_max,
                 struct sandbox_bytes *bytes,
                 struct error *err);

/* How long a file is; the same rules. */
int sandbox_size(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 uint64_t *size,
                 struct error *err);

/* A descriptor (O_PATH) by which a file may be watched; or -errno. */
int sandbox_open_path(struct sandboxes *s, const char *run, const char *path);

struct sandbox_listing {
    struct report_entry *entries; /* by name */
    size_t count;
};

/* At length.  "" is the sandbox itself.
 *
 * -EFBIG  more than SANDBOX_ENTRIES_MAX */
int sandbox_list(struct sandboxes *s,
                 const char *run,
                 const char *path,
                 struct sandbox_listing *listing,
                 struct error *err);
void sandbox_listing_release(struct sandbox_listing *listing);

/* At length.  Give the oldest bytes of both outputs back to the disk, all but
 * about `size_max` of each; what is left keeps its offsets. */
void sandbox_bound_output(struct sandboxes *s,
                          const char *run,
                          int64_t size_max);

#endif
