/* executor.h - all that an executor knows.  For the files of its core only:
 * executor.c is its life, errands.c its tasks and what it has said of them. */

#ifndef LIBFRAMEWORK_EXECUTOR_H
#define LIBFRAMEWORK_EXECUTOR_H

#include "base/random.h"
#include "libframework/core.h"
#include "libframework/errands.h"
#include "libframework/masters.h"
#include "mezzo/executor.h"

enum {
    EXECUTOR_WAIT_MAX_MS = 2000, /* between two tries to reach the agent */
    EXECUTOR_STOP_MS = 5000,     /* without an agent, before leaving anyway */
    EXECUTOR_MESSAGES_MAX = 64,  /* that wait for the end of the step */
};

enum executor_state {
    EXECUTOR_NEW,
    EXECUTOR_UNLINKED,
    EXECUTOR_SUBSCRIBING,
    EXECUTOR_SUBSCRIBED,
    EXECUTOR_OVER,
};

/* EFFECT_LOCAL, to whoever runs it. */
enum executor_order_kind {
    EXECUTOR_PASS,  /* `fds` to the agent, for `process` */
    EXECUTOR_CLOSE, /* they are needed no more */
    EXECUTOR_PART,  /* connect anew before passing any */
};

struct executor_order {
    enum executor_order_kind kind;
    uint64_t process;
    int *fds;
    size_t fds_count;
};

struct group;
struct processes;

struct mezzo_executor {
    enum executor_state state;
    bool is_stopping; /* it leaves when all is acknowledged */
    struct mezzo_executor_options options; /* its strings are ours */
    const struct mezzo_executor_callbacks *callbacks;
    void *arg;
    struct core_surroundings surroundings;
    struct error fault; /* of the last call that failed */
    struct loop *loop;  /* executor_loop.c's; NULL: none, or another's */
    int passing_fd;     /* likewise: to the agent, for descriptors; -1 */

    msec_t now;
    msec_t wall;
    bool is_stepping;
    bool is_called;
    struct random random;
    msec_t alarm;
    msec_t abandoned_due; /* without an agent: to shut down */
    msec_t stop_due;      /* stopping without one: to leave */
    struct masters *agent;
    struct errands *errands;
    struct processes *processes;
    struct group *group;
    bool was_subscribed;
    bool has_group; /* known then */
    Mesos__V1__Executor__Call *messages[EXECUTOR_MESSAGES_MAX];
    size_t messages_count;
};

/* A step is wanted. */
void executor_called(struct mezzo_executor *e);

/* Without its loop. */
void executor_free(struct mezzo_executor *e);

#endif
