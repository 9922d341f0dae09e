/* pids.h - which process is which run's, in a file that outlives the agent.
 *
 * Each child writes a line of it before its exec, in a place of its own, so
 * that there is no moment in which a process is nobody's.  One file for all: to
 * make one for each and delete it again costs ext4 a millisecond, since it does
 * not use an inode again that was freed just now. */

#ifndef AGENT_OS_PIDS_H
#define AGENT_OS_PIDS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct pids;

enum {
    PIDS_LINE_SIZE = 512,
    PIDS_MAX = 32768, /* lines: of runs and other processes, and of those being
                       * reaped */
    PIDS_NAME_SIZE = 280,
    PIDS_NONE = -1,
};

struct pids_entry {
    pid_t pid; /* 0: nothing is noted there */
    uint64_t ticks;
};

int pids_open(const char *directory, struct pids **pids, struct error *err);

/* NULL is a no-op. */
void pids_close(struct pids *p);

const char *pids_path(const struct pids *p);

/* A free line, for the run's child to write; PIDS_NONE: there is none. */
int pids_take(struct pids *p);

/* The line that an earlier agent's run has written; PIDS_NONE: none, or its
 * child has not come to it yet. */
int pids_take_old(struct pids *p, const char *run);

off_t pids_offset(int line);
struct pids_entry pids_read(const struct pids *p, int line);

/* The line is free; PIDS_NONE is a no-op. */
void pids_clear(struct pids *p, int line);

/* One of those, of a process of the run beside its first, in no order, and its
 * number; PIDS_NONE: there is none left. */
int pids_take_old_process(struct pids *p, const char *run, uint64_t *number);

/* The name in the line of process `number`, of pids_name_size bytes at most. */
void pids_name_process(const char *run,
                       uint64_t number,
                       char name[PIDS_NAME_SIZE]);

/* Lines of an earlier agent that nobody has taken; each is cleared then. */
typedef void pids_visit_f(void *arg,
                          const char *flat_name,
                          struct pids_entry entry);
void pids_visit_old(struct pids *p, pids_visit_f *visit, void *arg);

#endif
