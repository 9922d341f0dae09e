/* children.h - those whom the launcher has started, and of which of them
 * something is still to be said to the agent.
 *
 * STARTING --(pipe hangs up)--> STARTED --> RUNNING --(reaped)--> free
 *                                  +------> FAILED ---(reaped)--> free
 *
 * In each of them it may have exited, and is then a zombie.
 *
 * Nothing is kept here that the kernel does not hold: after a re-exec the table
 * is made anew from it. */

#ifndef AGENT_LAUNCHER_CHILDREN_H
#define AGENT_LAUNCHER_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CHILDREN_MAX = 8192
};

enum child_state {
    CHILD_FREE,
    CHILD_STARTING, /* it has not come to its exec yet */
    CHILD_STARTED,  /* it has, or failed: the pipe tells which */
    CHILD_RUNNING,
    CHILD_FAILED,
};

struct child {
    enum child_state state;
    pid_t pid;
    int pidfd;
    int pipe;        /* STARTING and STARTED: see start.h; else -1 */
    char *container; /* STARTING: where the pid will be of the child that takes
                      * its place, see container.h; NULL: it is itself */
    pid_t former;    /* whose place it has taken; 0: nobody's */
    bool is_awaited; /* it is still another's child, who is about to exit */
    int failure;     /* STARTED: as of waitid(), of one whose place nobody has
                      * taken; 0: none */
    uint64_t ticks;  /* when it was started; 0: not known yet */
    uint64_t ticket; /* of a LAUNCH not answered yet; else 0 */
    bool was_listed; /* as STARTING, so that more is to be said */
    bool is_fenced;  /* as far as we know: a re-exec forgets it */
    bool has_exited;
    bool is_released; /* not held when it exits */
    bool is_queued;   /* something is to be said */
    uint16_t next;    /* in the queue; CHILDREN_MAX: it is the last */
};

struct children {
    struct child items[CHILDREN_MAX]; /* what is not used is not resident */
    unsigned end;                     /* all in use are before it */
    unsigned count;
    uint16_t queue_first; /* CHILDREN_MAX: the queue is empty */
    uint16_t queue_last;
};

void children_init(struct children *all);

/* NULL when the table is full. */
struct child *children_add(struct children *all, pid_t pid, int pidfd);

/* Close what it has open and forget it. */
void children_remove(struct children *all, struct child *c);

/* NULL when there is none. */
struct child *children_find(struct children *all, pid_t pid);

bool children_is_any(const struct children *all, enum child_state state);

/* Those of which something is to be said, in the order they came to be. */
void children_queue(struct children *all, struct child *c);
struct child *children_take_queued(struct children *all);

/* Will a child that we do not know yet take a place? */
bool children_await(const struct children *all);

/* `pid` instead of it; false: there is no such process. */
bool children_replace(struct child *c, pid_t pid);

/* Is any awaited still?  Those that have come meanwhile are not, and of them
 * those that have exited are queued. */
bool children_take_awaited(struct children *all);

/* Reap children that we have not launched: what tasks left behind. */
void children_reap_orphans(struct children *all);
void children_reap_if_orphan(struct children *all, pid_t pid);

/* After a re-exec: all there are, as RUNNING. */
void children_recover(struct children *all);

#endif
