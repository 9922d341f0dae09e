/* operators.c - reads are answered at once from what is known; changes when
 * they are on their way, or refused with the reason. */

#include "master/operators.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "master/departures.h"
#include "master/drains.h"
#include "master/events.h"
#include "master/explain.h"
#include "master/history.h"
#include "master/quotas.h"
#include "master/registration.h"
#include "master/reservations.h"
#include "master/rows.h"
#include "master/subscription.h"
#include "master/tickets.h"
#include "master/updates.h"
#include "master/whatif.h"

typedef Mesos__V1__Master__Call operator_call;
typedef Mesos__V1__Master__Response response;

#define TYPE(name) MESOS__V1__MASTER__CALL__TYPE__##name
#define ANSWER(name) MESOS__V1__MASTER__RESPONSE__TYPE__##name

static void fail(struct turn *t, response *r, const char *message)
{
    r->type = ANSWER(FAILED);
    r->failed =
        message_new(t->arena, &mesos__v1__master__response__failed__descriptor);
    r->failed->message = arena_strdup(t->arena, message);
}

typedef Mesos__V1__Master__Response__Member member;

static member *new_member(struct turn *t,
                          const char *address,
                          const char *version,
                          int64_t pid)
{
    member *one =
        message_new(t->arena, &mesos__v1__master__response__member__descriptor);

    one->address = arena_strdup(t->arena, address);
    one->version = arena_strdup(t->arena, version);
    one->has_pid = 1;
    one->pid = pid;
    return one;
}

static void get_master(struct turn *t, response *r)
{
    const struct master_standbys *others = standbys_list(t->m->standbys);
    const struct master_options *o = &t->m->options;
    member **members =
        arena_alloc(t->arena, (others->count + 1) * sizeof(*members));

    members[0] = new_member(t, o->address, o->version, o->pid);
    members[0]->leader = true;
    members[0]->has_leader_epoch = 1;
    members[0]->leader_epoch = t->m->epoch;
    members[0]->has_held = 1;
    members[0]->held = (uint32_t)departures_held_count(t->m->departures);
    for (size_t i = 0; i < others->count; i++)
        members[i + 1] =
            new_member(t, others->items[i].address, others->items[i].version,
                       others->items[i].pid);
    r->type = ANSWER(GET_MASTER);
    r->get_master = message_new(
        t->arena, &mesos__v1__master__response__get_master__descriptor);
    r->get_master->master_info = events_master_info(t->m, t->arena);
    r->get_master->members = members;
    r->get_master->n_members = others->count + 1;
}

static void get_version(struct turn *t, response *r)
{
    r->type = ANSWER(GET_VERSION);
    r->get_version = message_new(
        t->arena, &mesos__v1__master__response__get_version__descriptor);
    r->get_version->version_info =
        message_new(t->arena, &mesos__v1__version_info__descriptor);
    r->get_version->version_info->version =
        arena_strdup(t->arena, t->m->options.version);
}

static void get_health(struct turn *t, response *r)
{
    r->type = ANSWER(GET_HEALTH);
    r->get_health = message_new(
        t->arena, &mesos__v1__master__response__get_health__descriptor);
    r->get_health->healthy = true;
}

static void get_state(struct turn *t,
                      const Mesos__V1__Master__Call__Page *page,
                      response *r)
{
    response agents = MESOS__V1__MASTER__RESPONSE__INIT;
    response frameworks = MESOS__V1__MASTER__RESPONSE__INIT;
    response tasks = MESOS__V1__MASTER__RESPONSE__INIT;

    rows_agents(t, NULL, &agents);
    rows_frameworks(t, NULL, &frameworks);
    rows_tasks(t, page, &tasks);
    r->type = ANSWER(GET_STATE);
    r->get_state = message_new(
        t->arena, &mesos__v1__master__response__get_state__descriptor);
    r->get_state->get_agents = agents.get_agents;
    r->get_state->get_frameworks = frameworks.get_frameworks;
    r->get_state->get_tasks = tasks.get_tasks;
    r->next_page = tasks.next_page;
}

static void tear_down(struct turn *t,
                      const Mesos__V1__Master__Call__Teardown *call,
                      response *r)
{
    struct framework *framework =
        frameworks_find(t->m->frameworks, call->framework_id->value);

    if (framework == NULL)
        fail(t, r, "no such framework; see: mezzo frameworks");
    else
        subscription_tear_down(t, framework, "an operator tore it down");
}

static struct agent *find_agent(struct turn *t, const char *id, response *r)
{
    const char *fault;
    struct agent *agent = agents_find_named(t->m->agents, id, &fault);

    if (agent == NULL)
        fail(t, r, fault);
    return agent;
}

static void drain(struct turn *t,
                  const Mesos__V1__Master__Call__DrainAgent *call,
                  response *r)
{
    struct agent *agent = find_agent(t, call->agent_id->value, r);
    msec_t grace_ms = t->m->options.recall_ms;

    if (agent == NULL)
        return;
    if (call->max_grace_period != NULL)
        grace_ms = call->max_grace_period->nanoseconds / 1000000;
    if (agent->state == AGENT_GONE || agent->state == AGENT_ADMITTING)
        fail(t, r, "the agent is gone, or not yet admitted");
    else if (grace_ms < 0)
        fail(t, r, "max_grace_period: is negative");
    else
        drains_begin(t, agent, grace_ms,
                     call->has_mark_gone && call->mark_gone);
}

static void mark_gone(struct turn *t, const char *id, response *r)
{
    struct agent *agent = find_agent(t, id, r);

    if (agent != NULL && agent->state == AGENT_ADMITTING)
        fail(t, r, "the agent is being admitted; try again");
    else if (agent != NULL)
        registration_mark_gone(t, agent);
}

static void kill_task(struct turn *t,
                      const Mesos__V1__Master__Call__KillTask *call,
                      response *r)
{
    struct task_found found;
    const char *fault = tickets_find_task(t->m, call->task, &found, t->arena);

    if (fault != NULL)
        fail(t, r, fault);
    else if (found.task == NULL ||
             task_has_ended((enum task_state)found.task->state))
        fail(t, r, "the task has ended already");
    else
        updates_kill(t, found.task, call->kill_policy);
}

static void get_ticket(struct turn *t,
                       const Mesos__V1__Master__Call__GetTicket *call,
                       response *r)
{
    struct task_found found;
    struct ticket_given given;
    const char *fault = tickets_find_task(t->m, call->task, &found, t->arena);

    if (fault == NULL)
        fault = tickets_give(t, &found, call->verb, call->holder_key, &given);
    if (fault != NULL) {
        fail(t, r, fault);
        return;
    }
    r->type = ANSWER(GET_TICKET);
    r->get_ticket = message_new(
        t->arena, &mesos__v1__master__response__get_ticket__descriptor);
    r->get_ticket->endpoint = (char *)(uintptr_t)given.endpoint;
    r->get_ticket->key = (char *)(uintptr_t)given.key;
    r->get_ticket->ticket = given.bytes;
    r->get_ticket->framework_id =
        events_framework_id(t->arena, found.framework_id);
    r->get_ticket->task_id = events_task_id(t->arena, found.task_id);
}

static void explain(struct turn *t,
                    const Mesos__V1__Master__Call__Explain *call,
                    response *r)
{
    const char *fault = explain_answer(t, call, r);

    if (fault != NULL)
        fail(t, r, fault);
}

/* Has the call what its type needs? */
static bool is_whole(const operator_call *call)
{
    switch (call->type) {
    case TYPE(UPDATE_WEIGHTS):
        return call->update_weights != NULL;
    case TYPE(UPDATE_QUOTA):
        return call->update_quota != NULL;
    case TYPE(RESERVE_RESOURCES):
        return call->reserve_resources != NULL;
    case TYPE(UNRESERVE_RESOURCES):
        return call->unreserve_resources != NULL;
    case TYPE(WHAT_IF):
        return call->what_if != NULL;
    case TYPE(TEARDOWN):
        return call->teardown != NULL;
    case TYPE(MARK_AGENT_GONE):
        return call->mark_agent_gone != NULL;
    case TYPE(DRAIN_AGENT):
        return call->drain_agent != NULL;
    case TYPE(DEACTIVATE_AGENT):
        return call->deactivate_agent != NULL;
    case TYPE(REACTIVATE_AGENT):
        return call->reactivate_agent != NULL;
    case TYPE(KILL_TASK):
        return call->kill_task != NULL;
    case TYPE(GET_TICKET):
        return call->get_ticket != NULL;
    case TYPE(EXPLAIN):
        return call->explain != NULL;
    default: /* a number of the wire, perhaps none of ours */
        return true;
    }
}

static void change(struct turn *t, const operator_call *call, response *r)
{
    struct agent *agent;

    r->type = ANSWER(DONE);
    switch (call->type) {
    case TYPE(TEARDOWN):
        tear_down(t, call->teardown, r);
        break;
    case TYPE(MARK_AGENT_GONE):
        mark_gone(t, call->mark_agent_gone->agent_id->value, r);
        break;
    case TYPE(DRAIN_AGENT):
        drain(t, call->drain_agent, r);
        break;
    case TYPE(DEACTIVATE_AGENT):
        agent = find_agent(t, call->deactivate_agent->agent_id->value, r);
        if (agent != NULL)
            drains_deactivate(t, agent);
        break;
    case TYPE(REACTIVATE_AGENT):
        agent = find_agent(t, call->reactivate_agent->agent_id->value, r);
        if (agent != NULL)
            drains_end(t, agent);
        break;
    case TYPE(KILL_TASK):
        kill_task(t, call->kill_task, r);
        break;
    default:
        fail(t, r, "this master does not know that call");
        break;
    }
}

static void answer(struct turn *t, const operator_call *call, response *r)
{
    switch (call->type) {
    case TYPE(GET_HEALTH):
        get_health(t, r);
        break;
    case TYPE(GET_VERSION):
        get_version(t, r);
        break;
    case TYPE(GET_MASTER):
        get_master(t, r);
        break;
    case TYPE(GET_STATE):
        get_state(t, call->page, r);
        break;
    case TYPE(GET_AGENTS):
        rows_agents(t, call->page, r);
        break;
    case TYPE(GET_FRAMEWORKS):
        rows_frameworks(t, call->page, r);
        break;
    case TYPE(GET_TASKS):
        rows_tasks(t, call->page, r);
        break;
    case TYPE(GET_OFFERS):
        rows_offers(t, call->page, r);
        break;
    case TYPE(GET_ROLES):
        rows_roles(t, r);
        break;
    case TYPE(GET_TICKET):
        get_ticket(t, call->get_ticket, r);
        break;
    case TYPE(EXPLAIN):
        explain(t, call->explain, r);
        break;
    default:
        change(t, call, r);
        break;
    }
}

/* Is it one that is answered later, unless there is a fault? */
static bool is_answered_later(struct turn *t,
                              const operator_call *call,
                              const char **fault)
{
    switch (call->type) {
    case TYPE(UPDATE_WEIGHTS):
    case TYPE(UPDATE_QUOTA):
        *fault = quotas_update(t, call);
        return true;
    case TYPE(RESERVE_RESOURCES):
    case TYPE(UNRESERVE_RESOURCES):
        *fault = reservations_change(t, call);
        return true;
    case TYPE(GET_HISTORY):
        *fault = history_ask(t, call);
        return true;
    case TYPE(WHAT_IF):
        *fault = whatif_begin(t, call);
        return true;
    default: /* a number of the wire, perhaps none of ours */
        return false;
    }
}

void operators_answer(struct turn *t, const operator_call *call)
{
    response *r =
        message_new(t->arena, &mesos__v1__master__response__descriptor);
    const char *fault = NULL;

    if (!call->has_type || !is_whole(call)) {
        effects_end_link(t->fx, t->input->peer, "a call without its content");
        return;
    }
    r->has_type = 1;
    r->has_request_id = call->has_request_id;
    r->request_id = call->request_id;
    if (!is_answered_later(t, call, &fault))
        answer(t, call, r);
    else if (fault != NULL)
        fail(t, r, fault);
    else
        return; /* it is answered when that is stored, or known */
    outbox_flush(t->m->outbox, t->fx);
    effects_send(t->fx, t->input->peer, &r->base);
}
