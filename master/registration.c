/* registration.c - an agent's life: admission, absence and return are stored
 * before anything follows from them. */

#include "master/registration.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/message.h"
#include "master/events.h"
#include "master/history.h"
#include "master/holdings.h"
#include "master/muster.h"
#include "master/networks.h"
#include "master/recalls.h"
#include "master/records.h"
#include "master/reported.h"
#include "master/subscription.h"

enum {
    DRAIN_EVERY_MS = 1000,
};

void registration_activate(struct turn *t, const struct agent *agent)
{
    if (agent->is_pooled)
        alloc_agent_set_active(
            t->m->alloc, agent->id,
            agent->state == AGENT_REGISTERED && !agent->is_deactivated &&
                !agent->is_draining && agent->reserving == 0);
}

void registration_drain(struct turn *t, struct agent *agent)
{
    struct task **tasks;
    struct task *task;
    size_t count = 0;

    holdings_rescind_agent(t, agent);
    registration_activate(t, agent);
    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        count++;
    tasks = arena_alloc(t->arena, (count + 1) * sizeof(*tasks));
    count = 0;
    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        tasks[count++] = task;
    recalls_make(t, tasks, count, RECALL_DRAINED, agent->drain_grace_ms);
    agent->drain.kind = DEADLINE_DRAIN;
    agent->drain.owner = agent;
    deadlines_set(t->m->deadlines, &agent->drain, t->now + DRAIN_EVERY_MS);
}

static void begin_absence(struct turn *t, struct agent *agent, msec_t due)
{
    agent->state = AGENT_DISCONNECTED;
    registration_activate(t, agent);
    deadlines_set(t->m->deadlines, &agent->deadline, due);
}

/* What the master believes to be there and the agent did not name: it says of
 * each what became of it. */
static void ask_for_missing(struct turn *t, struct agent *agent)
{
    const struct task **missing, *task;
    size_t count = 0, total = 0;

    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        total++;
    missing = arena_alloc(t->arena, (total + 1) * sizeof *missing);
    TAILQ_FOREACH (task, &agent->tasks, of_agent) {
        if (task->pass == agent->pass)
            continue;
        if (count > 0 && (missing[0]->framework != task->framework ||
                          count == FRAME_RECORDS_MAX)) {
            events_reconcile(t, agent, missing[0]->framework->id, missing,
                             count);
            count = 0;
        }
        missing[count++] = task;
    }
    if (count > 0)
        events_reconcile(t, agent, missing[0]->framework->id, missing, count);
}

static void drop_missing_executors(struct turn *t, struct agent *agent)
{
    struct executor *e, *next;

    for (e = TAILQ_FIRST(&agent->executors); e != NULL; e = next) {
        struct framework *framework = e->framework;

        next = TAILQ_NEXT(e, of_agent);
        if (e->pass == agent->pass)
            continue;
        holdings_drop_executor(t, agent, e);
        subscription_finish(t, framework);
    }
}

/* What could not be said while it was away. */
static void repeat_orders(struct turn *t, struct agent *agent)
{
    const struct framework *last = NULL;
    const struct executor *e;
    const struct task *task;

    TAILQ_FOREACH (task, &agent->tasks, of_agent) {
        if (task->framework->state == FRAMEWORK_ENDED) {
            if (task->framework != last)
                events_shutdown_framework(t, agent, task->framework->id);
            last = task->framework;
        } else if (task->is_kill_wanted &&
                   !task_has_ended((enum task_state)task->state)) {
            events_kill(t, task, NULL);
        }
    }
    TAILQ_FOREACH (e, &agent->executors, of_agent) {
        if (e->framework->state == FRAMEWORK_ENDED && e->framework != last)
            events_shutdown_framework(t, agent, e->framework->id);
        last = e->framework;
    }
}

/* All is known and stored: it is one of us. */
static void complete(struct turn *t, struct agent *agent)
{
    deadlines_cancel(t->m->deadlines, &agent->deadline);
    agent->state = AGENT_REGISTERED;
    if (!agent->is_pooled)
        holdings_pool(t, agent);
    registration_activate(t, agent);
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent %s registered", agent->id,
                agent->info->hostname);
    events_registered(t, agent);
    networks_registered(t, agent);
    drop_missing_executors(t, agent);
    ask_for_missing(t, agent);
    repeat_orders(t, agent);
    muster_agent_back(t, agent);
    recalls_repeat(t, agent);
    if (agent->is_draining)
        registration_drain(t, agent);
}

/* Stored: it is new, or back from being unreachable. */
static void admitted(struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    if (agent == NULL ||
        (agent->state != AGENT_ADMITTING && agent->state != AGENT_RETURNING))
        return;
    if (agent->peer == NULL)
        begin_absence(t, agent, t->now + t->m->options.agent_timeout_ms);
    else
        complete(t, agent);
}

static void set_link(struct turn *t, struct agent *agent)
{
    if (agent->peer != NULL && strcmp(agent->peer, t->input->peer) == 0)
        return;
    if (agent->peer != NULL)
        effects_end_link(t->fx, agent->peer,
                         "its agent has a newer connection");
    agents_set_peer(t->m->agents, agent, t->input->peer);
    newest_begin(&agent->newest, t->input->link_epoch);
}

static Mesos__V1__AgentInfo *copy_info(const Mesos__V1__AgentInfo *from,
                                       const char *id,
                                       struct arena *arena)
{
    Mesos__V1__AgentInfo with_id = *from;

    with_id.id = events_agent_id(arena, id);
    return message_copy(&with_id);
}

static void admit(struct turn *t,
                  const char *id,
                  const Mezzo__AgentCall__Register *r)
{
    struct master *m = t->m;
    Mesos__V1__AgentInfo *info;
    struct agent *agent;
    struct error err;
    char fresh[96];

    if (id == NULL) {
        snprintf(fresh, sizeof fresh, "%s-%" PRIu64 "-S%" PRIu64, m->cluster_id,
                 m->epoch, ++m->agents_numbered);
        id = fresh;
    }
    info = copy_info(r->agent_info, id, t->arena);
    agent = agents_add(m->agents, id, t->input->principal->name, info,
                       AGENT_ADMITTING);
    agent->deadline.kind = DEADLINE_AGENT;
    agent->registered_ms = t->input->wall;
    agent->pass = ++m->passes;
    if (agents_set_info(m->agents, agent, info, &err) < 0) {
        effects_end_link(t->fx, t->input->peer, "%s", err.text);
        agents_remove(m->agents, agent);
        return;
    }
    agents_set_peer(m->agents, agent, t->input->peer);
    newest_begin(&agent->newest, t->input->link_epoch);
}

/* NULL, or why it is not taken as `agent`. */
static const char *refuse(const struct turn *t,
                          const struct agent *speaker,
                          const struct agent *agent,
                          const Mezzo__AgentCall__Register *r)
{
    if (r->cluster_id != NULL && strcmp(r->cluster_id, t->m->cluster_id) != 0)
        return "it belongs to another cluster; remove its state directory to "
               "let it join this one";
    if (speaker != NULL && speaker != agent)
        return "two agents on one link";
    if (agent == NULL)
        return NULL;
    if (strcmp(agent->principal, t->input->principal->name) != 0)
        return "its id belongs to another principal";
    if (newest_is_overtaken(&agent->newest, t->input->link_epoch, t->now))
        return "its agent has a newer connection";
    return NULL;
}

/* Its resources or attributes are others than before. */
static void renew_info(struct turn *t,
                       struct agent *agent,
                       const Mesos__V1__AgentInfo *said)
{
    Mesos__V1__AgentInfo *info = copy_info(said, agent->id, t->arena);
    struct error err;

    if (agents_set_info(t->m->agents, agent, info, &err) < 0) {
        mesos__v1__agent_info__free_unpacked(info, NULL);
        effects_end_link(t->fx, t->input->peer, "%s", err.text);
        return;
    }
    holdings_rescind_agent(t, agent);
    holdings_unpool(t, agent);
}

static void begin_pass(struct turn *t,
                       struct agent *agent,
                       const Mezzo__AgentCall__Register *r)
{
    bool is_next_chunk =
        agent->peer != NULL && strcmp(agent->peer, t->input->peer) == 0;

    if (is_next_chunk)
        return;
    set_link(t, agent);
    agent->is_overdue = false;
    agent->pass = ++t->m->passes;
    if (agent->state == AGENT_REGISTERED)
        agent->state = AGENT_DISCONNECTED;
    if (agent->state == AGENT_LEAVING)
        agent->state = AGENT_RETURNING;
    holdings_rescind_agent(t, agent);
    registration_activate(t, agent);
    renew_info(t, agent, r->agent_info);
}

static void finish_pass(struct turn *t, struct agent *agent)
{
    switch (agent->state) {
    case AGENT_DISCONNECTED:
        complete(t, agent);
        break;
    case AGENT_UNREACHABLE:
    case AGENT_LEAVING:
        agent->state = AGENT_RETURNING; /* fall through */
    case AGENT_ADMITTING:
    case AGENT_RETURNING:
        deadlines_cancel(t->m->deadlines, &agent->deadline);
        records_put_agent(t, agent, MEZZO__RECORD__AGENT__STATE__REGISTERED,
                          admitted);
        break;
    case AGENT_REGISTERED: /* it says so twice; once is enough */
    case AGENT_GONE:
        break;
    }
}

static void send_away(struct turn *t, struct agent *agent)
{
    set_link(t, agent);
    events_shutdown(t, agent, "an operator has marked this agent gone");
    outbox_flush(t->m->outbox, t->fx);
    effects_end_link(t->fx, t->input->peer, "marked gone");
}

void registration_call(struct turn *t, const Mezzo__AgentCall *call)
{
    const Mezzo__AgentCall__Register *r = call->registration;
    struct agent *speaker = agents_find_peer(t->m->agents, t->input->peer);
    const char *id = call->agent_id == NULL ? NULL : call->agent_id->value;
    struct agent *agent = id == NULL ? speaker : agents_find(t->m->agents, id);
    const char *fault;

    if (r == NULL || (id != NULL && !id_is_valid(id))) {
        effects_end_link(t->fx, t->input->peer, "a malformed registration");
        return;
    }
    fault = refuse(t, speaker, agent, r);
    if (fault != NULL) {
        effects_end_link(t->fx, t->input->peer, "%s", fault);
        return;
    }
    if (agent != NULL && agent->state == AGENT_GONE) {
        send_away(t, agent);
        return;
    }
    if (agent == NULL) {
        admit(t, id, r);
        agent = agents_find_peer(t->m->agents, t->input->peer);
    } else {
        begin_pass(t, agent, r);
    }
    if (agent == NULL || !reported_take(t, agent, r) || r->more)
        return;
    finish_pass(t, agent);
}

/* How long it may stay away: links notice silence after some 9 s, and then
 * less of its time is left than when the connection broke just now. */
static msec_t absence_due(const struct turn *t)
{
    msec_t timeout_ms = t->m->options.agent_timeout_ms;
    msec_t confirmed_at = t->input->confirmed_at;
    msec_t silent_ms = 9000;

    if (confirmed_at != 0 && t->now - confirmed_at >= silent_ms &&
        timeout_ms > silent_ms)
        return t->now + timeout_ms - silent_ms;
    return t->now + timeout_ms;
}

void registration_link_ended(struct turn *t, struct agent *agent)
{
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent disconnected, %s",
                agent->id, t->input->reason);
    agents_set_peer(t->m->agents, agent, NULL);
    newest_end(&agent->newest, t->now);
    holdings_rescind_agent(t, agent);
    muster_agent_silent(t, agent);
    if (agent->state == AGENT_REGISTERED || agent->state == AGENT_DISCONNECTED)
        begin_absence(t, agent, absence_due(t));
}

/* Frameworks that had tasks there hear of it, once each. */
static void tell_failure(struct turn *t, const struct agent *agent)
{
    struct framework *framework = frameworks_first(t->m->frameworks);

    for (; framework != NULL; framework = TAILQ_NEXT(framework, entry))
        if (framework->state == FRAMEWORK_CONNECTED)
            events_failure(t, framework, agent->id, NULL, NULL);
}

static void end_executors(struct turn *t, struct agent *agent)
{
    while (!TAILQ_EMPTY(&agent->executors)) {
        struct executor *e = TAILQ_FIRST(&agent->executors);
        struct framework *framework = e->framework;

        holdings_drop_executor(t, agent, e);
        subscription_finish(t, framework);
    }
}

/* Each task of it is now in `state`; those of ended frameworks are dropped,
 * and so are all when the state is an end. */
static void mark_tasks(struct turn *t,
                       struct agent *agent,
                       enum task_state state,
                       Mesos__V1__TaskStatus__Reason reason,
                       const char *message)
{
    struct task *task = TAILQ_FIRST(&agent->tasks), *next;

    for (; task != NULL; task = next) {
        struct framework *framework = task->framework;

        next = TAILQ_NEXT(task, of_agent);
        if (!task_has_ended((enum task_state)task->state))
            events_status(t, framework,
                          &(struct status_said){.task_id = task->id,
                                                .agent_id = agent->id,
                                                .state = state,
                                                .reason = reason,
                                                .message = message});
        if (task_has_ended((enum task_state)task->state) &&
            state == TASK_UNREACHABLE)
            continue; /* its end comes when the agent is back */
        if (framework->state == FRAMEWORK_ENDED || task_has_ended(state)) {
            history_note(t, task);
            tasks_remove(t->m->tasks, task);
            subscription_finish(t, framework);
        } else {
            task->state = (uint8_t)state;
            tasks_set_forwarded(task, state);
        }
    }
}

/* Stored: it is unreachable. */
static void left(struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    if (agent == NULL || agent->state != AGENT_LEAVING)
        return; /* it came back meanwhile */
    agent->state = AGENT_UNREACHABLE;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent unreachable", agent->id);
    muster_agent_lost(t, agent, false);
    holdings_unpool(t, agent);
    tell_failure(t, agent);
    mark_tasks(t, agent, TASK_UNREACHABLE,
               MESOS__V1__TASK_STATUS__REASON__REASON_AGENT_REMOVED,
               "its agent does not answer");
    end_executors(t, agent);
}

void registration_leave(struct turn *t, struct agent *agent)
{
    deadlines_cancel(t->m->deadlines, &agent->deadline);
    agent->state = AGENT_LEAVING;
    records_put_agent(t, agent, MEZZO__RECORD__AGENT__STATE__UNREACHABLE, left);
}

void registration_unregister(struct turn *t, struct agent *agent)
{
    effects_end_link(t->fx, t->input->peer, "it has unregistered");
    holdings_rescind_agent(t, agent);
    if (agent->state != AGENT_REGISTERED)
        return;
    begin_absence(t, agent, t->now);
    registration_leave(t, agent);
}

/* Stored: it is gone. */
static void gone(struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    if (agent == NULL || agent->state != AGENT_GONE)
        return;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent gone", agent->id);
    holdings_rescind_agent(t, agent);
    muster_agent_lost(t, agent, true);
    holdings_unpool(t, agent);
    tell_failure(t, agent);
    mark_tasks(t, agent, TASK_GONE_BY_OPERATOR,
               MESOS__V1__TASK_STATUS__REASON__REASON_AGENT_REMOVED_BY_OPERATOR,
               "an operator has marked its agent gone");
    end_executors(t, agent);
    if (agent->peer != NULL) {
        events_shutdown(t, agent, "an operator has marked this agent gone");
        outbox_flush(t->m->outbox, t->fx);
        effects_end_link(t->fx, agent->peer, "marked gone");
    }
}

void registration_mark_gone(struct turn *t, struct agent *agent)
{
    deadlines_cancel(t->m->deadlines, &agent->deadline);
    agent->is_overdue = false;
    agent->state = AGENT_GONE;
    registration_activate(t, agent);
    records_put_agent(t, agent, MEZZO__RECORD__AGENT__STATE__GONE, gone);
}

void registration_set_active(struct turn *t, struct agent *agent)
{
    agent->is_draining = agent->is_drained = agent->is_drain_gone = false;
    agent->is_deactivated = false;
    deadlines_cancel(t->m->deadlines, &agent->drain);
    registration_activate(t, agent);
}

void registration_deactivate(struct turn *t, struct agent *agent)
{
    agent->is_deactivated = true;
    holdings_rescind_agent(t, agent);
    registration_activate(t, agent);
}
