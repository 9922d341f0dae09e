/* task_state_test.c - every transition, against the diagram of the header. */

#include "base/task_state.h"

#include <string.h>

#include "proto/mesos.pb-c.h"
#include "tests/test.h"

static const bool ends[TASK_STATES_COUNT] = {
    [TASK_FINISHED] = true, [TASK_FAILED] = true,
    [TASK_KILLED] = true,   [TASK_LOST] = true,
    [TASK_ERROR] = true,    [TASK_DROPPED] = true,
    [TASK_GONE] = true,     [TASK_GONE_BY_OPERATOR] = true,
};

/* How far along a living task is; 0 for what is not on that way. */
static const int steps[TASK_STATES_COUNT] = {
    [TASK_STAGING] = 1,
    [TASK_STARTING] = 2,
    [TASK_RUNNING] = 3,
    [TASK_KILLING] = 4,
};

static bool is_expected(enum task_state from, enum task_state to)
{
    if (ends[from] || from == TASK_UNKNOWN || to == TASK_UNKNOWN)
        return false;
    if (ends[to])
        return true;
    if (to == TASK_UNREACHABLE)
        return from != TASK_UNREACHABLE;
    if (from == TASK_UNREACHABLE)
        return true; /* it comes back as whatever it is */
    return steps[to] > steps[from] ||
           (from == to && (to == TASK_STARTING || to == TASK_RUNNING));
}

static void a_task_goes_forward_only(void)
{
    for (int from = 0; from < TASK_STATES_COUNT; from++)
        for (int to = 0; to < TASK_STATES_COUNT; to++)
            CHECK(task_may_become((enum task_state)from, (enum task_state)to) ==
                  is_expected((enum task_state)from, (enum task_state)to));
}

static void ends_have_no_successor(void)
{
    for (int state = 0; state < TASK_STATES_COUNT; state++)
        CHECK(task_has_ended((enum task_state)state) == ends[state]);
}

static void numbers_and_names_are_those_of_the_wire(void)
{
    for (int state = 0; state < TASK_STATES_COUNT; state++) {
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
            &mesos__v1__task_state__descriptor, state);

        CHECK(value != NULL &&
              strcmp(value->name, task_state_name((enum task_state)state)) ==
                  0);
    }
    CHECK(mesos__v1__task_state__descriptor.n_values == TASK_STATES_COUNT);
}

int main(void)
{
    a_task_goes_forward_only();
    ends_have_no_successor();
    numbers_and_names_are_those_of_the_wire();
    return test_done();
}
