/* calls.c - each call goes to the file that knows; a call without its content,
 * or from a link that may not make it, ends the link. */

#include "master/calls.h"

#include <string.h>

#include "master/acceptance.h"
#include "master/asks.h"
#include "master/events.h"
#include "master/muster.h"
#include "master/reconciliation.h"
#include "master/records.h"
#include "master/registration.h"
#include "master/subscription.h"
#include "master/tickets.h"
#include "master/updates.h"

typedef Mesos__V1__Scheduler__Call scheduler_call;

#define TYPE(name) MESOS__V1__SCHEDULER__CALL__TYPE__##name

static void kill_task(struct turn *t,
                      struct framework *framework,
                      const Mesos__V1__Scheduler__Call__Kill *kill)
{
    struct task *task = tasks_find(framework, kill->task_id->value);

    if (task != NULL)
        updates_kill(t, task, kill->kill_policy);
    else
        reconciliation_answer_task(
            t, framework, kill->task_id->value,
            kill->agent_id == NULL ? NULL : kill->agent_id->value);
}

static void suppress(struct turn *t,
                     struct framework *framework,
                     char *const *roles,
                     size_t count,
                     bool is_suppressed)
{
    if (count == 0)
        roles = (char *const *)(uintptr_t)frameworks_roles(framework, t->arena,
                                                           &count);
    subscription_suppress(t, framework, roles, count, is_suppressed);
    records_put_framework(t, framework, NULL);
}

static void send_to_executor(struct turn *t,
                             struct framework *framework,
                             const char *agent_id,
                             const char *executor_id,
                             const ProtobufCBinaryData *data)
{
    struct agent *agent = agents_find(t->m->agents, agent_id);

    if (agent != NULL)
        events_to_executor(t, agent, framework->id, executor_id, data);
}

static void request(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__Scheduler__Call__Request *call)
{
    for (size_t i = 0; i < call->n_requests; i++)
        if (call->requests[i]->withdraw != NULL)
            muster_withdraw(t, framework, call->requests[i]->withdraw);
    asks_request(t, framework, call);
}

/* Has the call what its type needs? */
static bool is_whole(const scheduler_call *call)
{
    switch (call->type) {
    case TYPE(SUBSCRIBE):
        return call->subscribe != NULL;
    case TYPE(ACCEPT):
        return call->accept != NULL;
    case TYPE(DECLINE):
        return call->decline != NULL;
    case TYPE(KILL):
        return call->kill != NULL;
    case TYPE(SHUTDOWN):
        return call->shutdown != NULL;
    case TYPE(ACKNOWLEDGE):
        return call->acknowledge != NULL;
    case TYPE(RECONCILE):
        return call->reconcile != NULL;
    case TYPE(MESSAGE):
        return call->message != NULL;
    case TYPE(UPDATE_FRAMEWORK):
        return call->update_framework != NULL;
    case TYPE(REQUEST):
        return call->request != NULL;
    case TYPE(TICKET):
        return call->ticket != NULL;
    default: /* a number of the wire, perhaps none of ours */
        return true;
    }
}

static void obey(struct turn *t,
                 struct framework *framework,
                 const scheduler_call *call)
{
    switch (call->type) {
    case TYPE(TEARDOWN):
        subscription_tear_down(t, framework, "it was torn down");
        break;
    case TYPE(ACCEPT):
        acceptance_accept(t, framework, call->accept);
        break;
    case TYPE(DECLINE):
        acceptance_decline(t, framework, call->decline);
        break;
    case TYPE(REVIVE):
        suppress(t, framework,
                 call->revive == NULL ? NULL : call->revive->roles,
                 call->revive == NULL ? 0 : call->revive->n_roles, false);
        break;
    case TYPE(SUPPRESS):
        suppress(t, framework,
                 call->suppress == NULL ? NULL : call->suppress->roles,
                 call->suppress == NULL ? 0 : call->suppress->n_roles, true);
        break;
    case TYPE(KILL):
        kill_task(t, framework, call->kill);
        break;
    case TYPE(ACKNOWLEDGE):
        updates_acknowledge(t, framework, call->acknowledge);
        break;
    case TYPE(RECONCILE):
        reconciliation_answer(t, framework, call->reconcile);
        break;
    case TYPE(MESSAGE):
        send_to_executor(t, framework, call->message->agent_id->value,
                         call->message->executor_id->value,
                         &call->message->data);
        break;
    case TYPE(SHUTDOWN):
        send_to_executor(t, framework, call->shutdown->agent_id->value,
                         call->shutdown->executor_id->value, NULL);
        break;
    case TYPE(UPDATE_FRAMEWORK):
        subscription_update(t, framework, call->update_framework);
        break;
    case TYPE(REQUEST):
        request(t, framework, call->request);
        break;
    case TYPE(TICKET):
        tickets_answer(t, framework, call->ticket);
        break;
    default:
        events_error(t, framework, "a call this master does not know");
        break;
    }
}

/* False when the link is to be read no further. */
static bool receive_call(struct turn *t, const scheduler_call *call)
{
    struct framework *framework;
    const char *fault = NULL;

    if (!call->has_type || !is_whole(call)) {
        effects_end_link(t->fx, t->input->peer, "a call without its content");
        return false;
    }
    if (call->type == TYPE(SUBSCRIBE)) {
        subscription_subscribe(t, call->framework_id, call->subscribe);
        return true;
    }
    framework = frameworks_find_peer(t->m->frameworks, t->input->peer);
    if (framework != NULL && framework->state == FRAMEWORK_ENDING)
        return false; /* it will hear that it has ended */
    if (framework == NULL || framework->state != FRAMEWORK_CONNECTED)
        fault = "a call before it is subscribed";
    else if (call->framework_id != NULL &&
             strcmp(call->framework_id->value, framework->id) != 0)
        fault = "a call in the name of another framework";
    if (fault != NULL) {
        effects_end_link(t->fx, t->input->peer, "%s", fault);
        return false;
    }
    obey(t, framework, call);
    return true;
}

void calls_of_scheduler(struct turn *t, const Mezzo__SchedulerCalls *frame)
{
    for (size_t i = 0; i < frame->n_calls; i++)
        if (!receive_call(t, frame->calls[i]))
            return;
}

static bool is_whole_agent_call(const Mezzo__AgentCall *call)
{
    switch (call->type) {
    case MEZZO__AGENT_CALL__TYPE__REGISTER:
        return call->registration != NULL;
    case MEZZO__AGENT_CALL__TYPE__UPDATE:
        return call->update != NULL;
    case MEZZO__AGENT_CALL__TYPE__MESSAGE:
        return call->message != NULL;
    case MEZZO__AGENT_CALL__TYPE__EXECUTOR_ENDED:
        return call->executor_ended != NULL;
    case MEZZO__AGENT_CALL__TYPE__FIND_PEER:
        return call->find_peer != NULL;
    case MEZZO__AGENT_CALL__TYPE__GANG:
        return call->gang != NULL;
    case MEZZO__AGENT_CALL__TYPE__UNREGISTER:
        return true;
    default: /* a number of the wire, none of ours */
        return false;
    }
}

static void pass_message(struct turn *t,
                         const struct agent *agent,
                         const Mezzo__AgentCall__Message *message)
{
    struct framework *framework =
        frameworks_find(t->m->frameworks, message->framework_id->value);

    if (framework != NULL)
        events_message(t, framework, agent->id, message->executor_id->value,
                       message->data);
}

static void obey_agent(struct turn *t,
                       struct agent *agent,
                       const Mezzo__AgentCall *call)
{
    switch (call->type) {
    case MEZZO__AGENT_CALL__TYPE__UPDATE:
        updates_received(t, agent, call->update);
        break;
    case MEZZO__AGENT_CALL__TYPE__MESSAGE:
        pass_message(t, agent, call->message);
        break;
    case MEZZO__AGENT_CALL__TYPE__UNREGISTER:
        registration_unregister(t, agent);
        break;
    case MEZZO__AGENT_CALL__TYPE__EXECUTOR_ENDED:
        updates_executor_ended(t, agent, call->executor_ended);
        break;
    case MEZZO__AGENT_CALL__TYPE__FIND_PEER:
        tickets_find_peer(t, agent, call->find_peer);
        break;
    case MEZZO__AGENT_CALL__TYPE__GANG:
        muster_told(t, agent, call->gang);
        break;
    default: /* REGISTER went elsewhere */
        break;
    }
}

void calls_of_agent(struct turn *t, const Mezzo__AgentCalls *frame)
{
    for (size_t i = 0; i < frame->n_calls; i++) {
        const Mezzo__AgentCall *call = frame->calls[i];
        struct agent *agent;

        if (!is_whole_agent_call(call)) {
            effects_end_link(t->fx, t->input->peer,
                             "a call without its content");
            return;
        }
        if (call->type == MEZZO__AGENT_CALL__TYPE__REGISTER) {
            registration_call(t, call);
            continue;
        }
        agent = agents_find_peer(t->m->agents, t->input->peer);
        if (agent == NULL || agent->state != AGENT_REGISTERED) {
            effects_end_link(t->fx, t->input->peer,
                             "a call before it is registered");
            return;
        }
        obey_agent(t, agent, call);
    }
}
