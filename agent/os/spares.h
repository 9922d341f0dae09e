/* spares.h - sandboxes made before somebody needs one.
 *
 * To make a directory and two files costs a launch a fifth of a millisecond,
 * and several where much was deleted lately: ext4 then passes over what was
 * freed in the last minutes, number by number.  To rename one costs nothing.
 *
 * Threads  spares_fill() on one at a time, all else on another. */

#ifndef AGENT_OS_SPARES_H
#define AGENT_OS_SPARES_H

#include <stdbool.h>

#include "agent/os/trash.h"

struct spares;

/* DIRECTORY/.spare; what is there from before is thrown away.  Each is to have
 * these files, empty; NULL at the end, borrowed for the life of the spares. */
int spares_open(const char *directory,
                const char *const *files,
                struct trash *trash,
                struct spares **spares,
                struct error *err);

/* NULL is a no-op. */
void spares_close(struct spares *s);

/* One becomes `path` below `at`, ours and 0700, with its files.
 *
 * -ENODATA  there is none
 * -EEXIST   the name is taken
 * -errno    it cannot be */
int spares_take(struct spares *s, int at, const char *path);

/* Few are left: spares_fill() is wanted. */
bool spares_are_few(const struct spares *s);

/* At length.  Make as many as there should be; where that cannot be, fewer. */
void spares_fill(struct spares *s);

#endif
