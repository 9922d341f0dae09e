/* job_state.c - what a job is, and what may become of it. */

#include "frameworks/mpi/job_state.h"

#include <assert.h>
#include <string.h>

#define BIT(state) (1u << (state))
#define ENDED                                                                  \
    (BIT(JOB_COMPLETED) | BIT(JOB_FAILED) | BIT(JOB_CANCELLED) |               \
     BIT(JOB_TIMEOUT) | BIT(JOB_NODE_FAIL) | BIT(JOB_OUT_OF_MEMORY) |          \
     BIT(JOB_PREEMPTED))

static const struct {
    const char *name;
    const char *letters;
    unsigned may_become;
} states[] = {
    /* One that waits can only be cancelled; or it never can run: failed. */
    [JOB_HELD] = {"held", "PD",
                  BIT(JOB_QUEUED) | BIT(JOB_CANCELLED) | BIT(JOB_FAILED)},
    [JOB_QUEUED] = {"queued", "PD",
                    BIT(JOB_HELD) | BIT(JOB_PLACING) | BIT(JOB_CANCELLED) |
                        BIT(JOB_FAILED)},
    [JOB_PLACING] = {"placing", "CF",
                     BIT(JOB_QUEUED) | BIT(JOB_STARTING) | BIT(JOB_CANCELLED) |
                         BIT(JOB_FAILED)},
    [JOB_STARTING] = {"starting", "CF",
                      BIT(JOB_RUNNING) | BIT(JOB_COMPLETING) | BIT(JOB_QUEUED) |
                          ENDED},
    [JOB_RUNNING] = {"running", "R",
                     BIT(JOB_COMPLETING) | BIT(JOB_QUEUED) | ENDED},
    [JOB_COMPLETING] = {"completing", "CG", BIT(JOB_QUEUED) | ENDED},
    [JOB_COMPLETED] = {"completed", "CD", 0},
    [JOB_FAILED] = {"failed", "F", 0},
    [JOB_CANCELLED] = {"cancelled", "CA", 0},
    [JOB_TIMEOUT] = {"timeout", "TO", 0},
    [JOB_NODE_FAIL] = {"node_fail", "NF", 0},
    [JOB_OUT_OF_MEMORY] = {"out_of_memory", "OOM", 0},
    [JOB_PREEMPTED] = {"preempted", "PR", 0},
};

bool job_state_may_become(enum job_state from, enum job_state to)
{
    assert(from < JOB_STATES_COUNT && to < JOB_STATES_COUNT);
    return states[from].may_become >> to & 1;
}

bool job_state_has_ended(enum job_state state)
{
    return ENDED >> state & 1;
}

bool job_state_is_placed(enum job_state state)
{
    return state >= JOB_PLACING && !job_state_has_ended(state);
}

const char *job_state_name(enum job_state state)
{
    return states[state].name;
}

const char *job_state_letters(enum job_state state)
{
    return states[state].letters;
}

int job_state_find(const char *name)
{
    for (int i = 0; i < JOB_STATES_COUNT; i++)
        if (strcmp(states[i].name, name) == 0)
            return i;
    return -1;
}
