/* hostile.h - bodies that no friend would send, written to `bytes`. */

#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.pb-c.h"

enum {
    HOSTILE_LEVELS_MIN = 5 /* ExecutorCalls, call, update, status, container */
};

/* mezzo.ExecutorCalls about a container in a container, and so on, so that the
 * innermost is `levels` below the outermost message; its size.  At least
 * HOSTILE_LEVELS_MIN. */
static inline size_t hostile_nesting(uint8_t *bytes, int levels)
{
    int containers_count = levels - HOSTILE_LEVELS_MIN + 1;
    Mesos__V1__ContainerID *containers =
        calloc((size_t)containers_count, sizeof *containers);
    Mesos__V1__ExecutorID executor_id = MESOS__V1__EXECUTOR_ID__INIT;
    Mesos__V1__FrameworkID framework_id = MESOS__V1__FRAMEWORK_ID__INIT;
    Mesos__V1__TaskID task_id = MESOS__V1__TASK_ID__INIT;
    Mesos__V1__ContainerStatus container = MESOS__V1__CONTAINER_STATUS__INIT;
    Mesos__V1__TaskStatus status = MESOS__V1__TASK_STATUS__INIT;
    Mesos__V1__Executor__Call__Update update =
        MESOS__V1__EXECUTOR__CALL__UPDATE__INIT;
    Mesos__V1__Executor__Call call = MESOS__V1__EXECUTOR__CALL__INIT;
    Mezzo__ExecutorCalls calls = MEZZO__EXECUTOR_CALLS__INIT;
    size_t size;

    for (int i = 0; i < containers_count; i++) {
        mesos__v1__container_id__init(&containers[i]);
        containers[i].value = (char *)"c";
        if (i + 1 < containers_count)
            containers[i].parent = &containers[i + 1];
    }
    executor_id.value = framework_id.value = task_id.value = (char *)"x";
    container.container_id = containers;
    status.task_id = &task_id;
    status.container_status = &container;
    update.status = &status;
    call.executor_id = &executor_id;
    call.framework_id = &framework_id;
    call.update = &update;
    calls.n_calls = 1;
    calls.calls = (Mesos__V1__Executor__Call *[]){&call};
    size = mezzo__executor_calls__pack(&calls, bytes);
    free(containers);
    return size;
}

/* mezzo.SchedulerCalls of `count` calls without a letter; its size. */
static inline size_t hostile_amplification(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + 2 * i, "\x0a\x00", 2);
    return 2 * count;
}

#endif
