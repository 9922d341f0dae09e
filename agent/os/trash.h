/* trash.h - where trees go that are to be deleted: at once out of sight, and
 * from the disk when there is time.
 *
 * Threads  any, of one trash several at a time. */

#ifndef AGENT_OS_TRASH_H
#define AGENT_OS_TRASH_H

#include "base/error.h"

struct trash;

/* DIRECTORY/.trash; what is thrown there must be of its file system. */
int trash_open(const char *directory, struct trash **trash, struct error *err);

/* NULL is a no-op. */
void trash_close(struct trash *t);

/* `name` in the directory `at` goes there; -1 and errno. */
int trash_move(struct trash *t, int at, const char *name);

/* At length.  Delete what is there; go on where something cannot be, and report
 * the first. */
int trash_empty(struct trash *t, struct error *err);

/* Let trash_empty() return soon; the rest is for the next start. */
void trash_hurry(struct trash *t);

#endif
