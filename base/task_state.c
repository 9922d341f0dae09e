/* task_state.c - the table of transitions, which is the whole truth. */

#include "base/task_state.h"

#include <assert.h>
#include <stddef.h>

#define BIT(state) (1u << (state))

#define ENDED                                                                  \
    (BIT(TASK_FINISHED) | BIT(TASK_FAILED) | BIT(TASK_KILLED) |                \
     BIT(TASK_LOST) | BIT(TASK_ERROR) | BIT(TASK_DROPPED) | BIT(TASK_GONE) |   \
     BIT(TASK_GONE_BY_OPERATOR))

static const unsigned may_become[TASK_STATES_COUNT] = {
    [TASK_STAGING] = BIT(TASK_STARTING) | BIT(TASK_RUNNING) |
                     BIT(TASK_KILLING) | BIT(TASK_UNREACHABLE) | ENDED,
    [TASK_STARTING] = /* it says what it waits for, one after the other */
    BIT(TASK_STARTING) | BIT(TASK_RUNNING) | BIT(TASK_KILLING) |
    BIT(TASK_UNREACHABLE) | ENDED,
    [TASK_RUNNING] =
        BIT(TASK_RUNNING) | BIT(TASK_KILLING) | BIT(TASK_UNREACHABLE) | ENDED,
    [TASK_KILLING] = BIT(TASK_UNREACHABLE) | ENDED,
    [TASK_UNREACHABLE] = /* comes back as whatever it is by then */
    BIT(TASK_STAGING) | BIT(TASK_STARTING) | BIT(TASK_RUNNING) |
    BIT(TASK_KILLING) | ENDED,
    [TASK_FINISHED] = 0, /* like every end */
    [TASK_UNKNOWN] = 0,
};

static const char *const names[TASK_STATES_COUNT] = {
    [TASK_STARTING] = "TASK_STARTING",
    [TASK_RUNNING] = "TASK_RUNNING",
    [TASK_FINISHED] = "TASK_FINISHED",
    [TASK_FAILED] = "TASK_FAILED",
    [TASK_KILLED] = "TASK_KILLED",
    [TASK_LOST] = "TASK_LOST",
    [TASK_STAGING] = "TASK_STAGING",
    [TASK_ERROR] = "TASK_ERROR",
    [TASK_KILLING] = "TASK_KILLING",
    [TASK_DROPPED] = "TASK_DROPPED",
    [TASK_UNREACHABLE] = "TASK_UNREACHABLE",
    [TASK_GONE] = "TASK_GONE",
    [TASK_GONE_BY_OPERATOR] = "TASK_GONE_BY_OPERATOR",
    [TASK_UNKNOWN] = "TASK_UNKNOWN",
};

bool task_may_become(enum task_state from, enum task_state to)
{
    return may_become[from] >> to & 1;
}

bool task_has_ended(enum task_state state)
{
    return ENDED >> state & 1;
}

const char *task_state_name(enum task_state state)
{
    assert((unsigned)state < TASK_STATES_COUNT);
    return names[state];
}
