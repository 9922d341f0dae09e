/* outcome.h - the end of a task, as an exit status and in words. */

#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include <mezzo/task.h>

enum {
    OUTCOME_NEVER_RAN = 125, /* what env(1), timeout(1) and others use */
    OUTCOME_SIGNAL = 128,    /* and its number */
};

/* `status` may be NULL: nothing more is known. */
int outcome_exit_status(enum mezzo_task_state state,
                        const struct mezzo_status *status);

/* Say on stderr how `task` ended, unless it exited by itself. */
void outcome_explain(const char *task,
                     enum mezzo_task_state state,
                     const struct mezzo_status *status);

/* Whether a task is well, as its agent has found. */
void outcome_tell_health(const char *name, const struct mezzo_status *status);

#endif
