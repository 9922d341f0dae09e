/* executor_desk.h - an agent driven by hand, and an executor of it: "E", of
 * framework "F". */

#ifndef TESTS_UNIT_EXECUTOR_DESK_H
#define TESTS_UNIT_EXECUTOR_DESK_H

#include "proto/executor.pb-c.h"
#include "tests/unit/agent_desk.h"

#define EXECUTOR_DESK_RUN "F/executor/E"

/* A desk where "x" is the link of an executor that was launched with task "t"
 * and has been told so. */
struct desk *executor_desk_new(const char **token);

/* A task of the executor, which has cpus 0.5 itself. */
Mesos__V1__TaskInfo *executor_desk_task(struct desk *d, const char *id);

/* What the agent has it started with. */
const char *executor_desk_token(struct desk *d);

Mesos__V1__Executor__Call *executor_desk_call(
    struct desk *d, Mesos__V1__Executor__Call__Type type);
void executor_desk_say(struct desk *d,
                       const char *peer,
                       const char *token,
                       Mesos__V1__Executor__Call *call);
void executor_desk_subscribe(struct desk *d,
                             const char *peer,
                             const char *token);

/* The next event for `peer`, NULL if there is none or it is of another type. */
const Mesos__V1__Executor__Event *executor_desk_take(
    struct desk *d, const char *peer, Mesos__V1__Executor__Event__Type type);

#endif
