/* task_state.h - what may become of a task.
 *
 *     STAGING -> STARTING -> RUNNING -> KILLING -> an end
 *
 * Any but an end may become UNREACHABLE, and come back.  LOST is only said to
 * frameworks that speak Mesos v1 and are not partition-aware. */

#ifndef BASE_TASK_STATE_H
#define BASE_TASK_STATE_H

#include <stdbool.h>

enum task_state { /* the numbers of Mesos v1 */
    TASK_STARTING = 0,
    TASK_RUNNING = 1,
    TASK_FINISHED = 2,
    TASK_FAILED = 3,
    TASK_KILLED = 4,
    TASK_LOST = 5,
    TASK_STAGING = 6,
    TASK_ERROR = 7,
    TASK_KILLING = 8,
    TASK_DROPPED = 9,
    TASK_UNREACHABLE = 10,
    TASK_GONE = 11,
    TASK_GONE_BY_OPERATOR = 12,
    TASK_UNKNOWN = 13, /* an answer, never a state of a task */
};

enum {
    TASK_STATES_COUNT = 14
};

/* As far as the task's own process goes.  Staying is no becoming: RUNNING may
 * become RUNNING (its health has changed), nothing else may become itself. */
bool task_may_become(enum task_state from, enum task_state to);

/* No state follows. */
bool task_has_ended(enum task_state state);

/* "TASK_RUNNING" */
const char *task_state_name(enum task_state state);

#endif
