/* job_state.h - what a job is, and what may become of it.
 *
 *     held       may not run yet: a dependency, its array's limit, its time
 *     queued     is asked for
 *     placing    has its nodes; that is written down before it is launched
 *     starting   is launched; its executors gather
 *     running    all its nodes run it
 *     completing has ended on some node, the others are being ended
 *
 * From placing on it may go back to queued: a node was lost. */

#ifndef MPI_JOB_STATE_H
#define MPI_JOB_STATE_H

#include <stdbool.h>

enum job_state {
    JOB_HELD,
    JOB_QUEUED,
    JOB_PLACING,
    JOB_STARTING,
    JOB_RUNNING,
    JOB_COMPLETING,
    JOB_COMPLETED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_TIMEOUT,
    JOB_NODE_FAIL,
    JOB_OUT_OF_MEMORY,
    JOB_PREEMPTED,
    JOB_STATES_COUNT,
};

bool job_state_may_become(enum job_state from, enum job_state to);
bool job_state_has_ended(enum job_state state);

/* It has nodes. */
bool job_state_is_placed(enum job_state state);

/* "out_of_memory", and "OOM" as squeue has it. */
const char *job_state_name(enum job_state state);
const char *job_state_letters(enum job_state state);

/* -1: none is called that. */
int job_state_find(const char *name);

#endif
