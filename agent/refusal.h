/* refusal.h - how a task ends that cannot be begun. */

#ifndef AGENT_REFUSAL_H
#define AGENT_REFUSAL_H

#include "base/error.h"
#include "base/task_state.h"
#include "proto/mesos.pb-c.h"

struct refusal {
    enum task_state state;
    Mesos__V1__TaskStatus__Reason reason;
    struct error text;
};

__attribute__((format(printf, 4, 5))) void refusal_set(
    struct refusal *r,
    enum task_state state,
    Mesos__V1__TaskStatus__Reason reason,
    const char *format,
    ...);

#endif
