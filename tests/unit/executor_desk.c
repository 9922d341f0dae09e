/* executor_desk.c - calls in an executor's name, and the events it gets. */

#include "tests/unit/executor_desk.h"

#include <assert.h>
#include <string.h>

#include "base/message.h"

#define RUN EXECUTOR_DESK_RUN

/* A task of executor "E", which has cpus 0.5 itself. */
Mesos__V1__TaskInfo *executor_desk_task(struct desk *d, const char *id)
{
    Mesos__V1__TaskInfo *task = desk_task(d, id);
    Mesos__V1__ExecutorInfo *e =
        message_new(desk_arena(d), &mesos__v1__executor_info__descriptor);
    Mesos__V1__TaskInfo *shape = desk_task(d, "shape");

    shape->n_resources = 0;
    desk_add_resource(d, shape, "cpus:0.5");
    e->executor_id =
        message_new(desk_arena(d), &mesos__v1__executor_id__descriptor);
    e->executor_id->value = (char *)"E";
    e->command = task->command;
    e->resources = shape->resources;
    e->n_resources = shape->n_resources;
    task->command = NULL;
    task->executor = e;
    return task;
}

const char *executor_desk_token(struct desk *d)
{
    const struct order *o = desk_take_order(d, ORDER_LAUNCH, RUN);

    for (const char *const *e = o->launch.environment; *e != NULL; e++)
        if (strncmp(*e, "MEZZO_EXECUTOR_TOKEN=", 21) == 0)
            return *e + 21;
    return "";
}

Mesos__V1__Executor__Call *executor_desk_call(
    struct desk *d, Mesos__V1__Executor__Call__Type type)
{
    Mesos__V1__Executor__Call *call =
        message_new(desk_arena(d), &mesos__v1__executor__call__descriptor);

    call->executor_id =
        message_new(desk_arena(d), &mesos__v1__executor_id__descriptor);
    call->executor_id->value = (char *)"E";
    call->framework_id =
        message_new(desk_arena(d), &mesos__v1__framework_id__descriptor);
    call->framework_id->value = (char *)"F";
    call->has_type = true;
    call->type = type;
    return call;
}

void executor_desk_say(struct desk *d,
                       const char *peer,
                       const char *token,
                       Mesos__V1__Executor__Call *call)
{
    Mezzo__ExecutorCalls body = MEZZO__EXECUTOR_CALLS__INIT;

    body.token = (char *)token;
    body.calls = &call;
    body.n_calls = 1;
    desk_receive(d, peer, PRINCIPAL_EXECUTOR, &body.base);
}

void executor_desk_subscribe(struct desk *d,
                             const char *peer,
                             const char *token)
{
    executor_desk_say(
        d, peer, token,
        executor_desk_call(d, MESOS__V1__EXECUTOR__CALL__TYPE__SUBSCRIBE));
}

/* The next event for `peer`, NULL if there is none or it is of another type. */
const Mesos__V1__Executor__Event *executor_desk_take(
    struct desk *d, const char *peer, Mesos__V1__Executor__Event__Type type)
{
    const Mezzo__ExecutorEvents *body =
        (const Mezzo__ExecutorEvents *)desk_take_message(d, peer);

    if (body == NULL || body->n_events != 1 || body->events[0]->type != type)
        return NULL;
    return body->events[0];
}

/* "x" is the link of an executor that was launched with task "t". */
struct desk *executor_desk_new(const char **token)
{
    struct desk *d = desk_new();

    desk_register(d);
    desk_launch(d, executor_desk_task(d, "t"));
    *token = executor_desk_token(d);
    executor_desk_subscribe(d, "x", *token);
    assert(executor_desk_take(
               d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__SUBSCRIBED) != NULL);
    assert(executor_desk_take(
               d, "x", MESOS__V1__EXECUTOR__EVENT__TYPE__LAUNCH) != NULL);
    return d;
}
