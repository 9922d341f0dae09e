/* drains.c - looked at each second, until nothing is left. */

#include "master/drains.h"

#include "master/events.h"
#include "master/records.h"
#include "master/registration.h"

enum {
    LOOK_MS = 1000,
};

static Mezzo__Record__Agent__State stored_state(const struct agent *agent)
{
    return agent->state == AGENT_UNREACHABLE || agent->state == AGENT_LEAVING
               ? MEZZO__RECORD__AGENT__STATE__UNREACHABLE
               : MEZZO__RECORD__AGENT__STATE__REGISTERED;
}

/* Stored: it is to be emptied. */
static void begun(struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    if (agent == NULL || agent->state == AGENT_GONE || !agent->is_draining)
        return;
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent %s is being drained",
                agent->id, agent->info->hostname);
    registration_drain(t, agent);
}

void drains_begin(struct turn *t,
                  struct agent *agent,
                  msec_t grace_ms,
                  bool is_gone_then)
{
    agent->is_draining = true;
    agent->is_drained = false;
    agent->is_drain_gone = is_gone_then;
    agent->drain_grace_ms = grace_ms;
    records_put_agent(t, agent, stored_state(agent), begun);
}

/* Stored: it is one of many again, or gets no offers. */
static void changed(struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    if (agent == NULL || agent->state == AGENT_GONE)
        return;
    if (agent->is_deactivated)
        registration_deactivate(t, agent);
    else if (!agent->is_draining)
        registration_set_active(t, agent);
}

void drains_end(struct turn *t, struct agent *agent)
{
    agent->is_draining = agent->is_drain_gone = false;
    agent->is_deactivated = false;
    records_put_agent(t, agent, stored_state(agent), changed);
}

void drains_deactivate(struct turn *t, struct agent *agent)
{
    agent->is_deactivated = true;
    records_put_agent(t, agent, stored_state(agent), changed);
}

static bool is_idle(const struct agent *agent)
{
    const struct task *task;

    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        if (!task_has_ended((enum task_state)task->state))
            return false;
    return true;
}

void drains_due(struct turn *t, struct agent *agent)
{
    const struct executor *e;

    if (!agent->is_draining || agent->state == AGENT_GONE)
        return;
    if (is_idle(agent)) {
        TAILQ_FOREACH (e, &agent->executors, of_agent)
            events_to_executor(t, agent, e->framework->id, e->id, NULL);
        if (TAILQ_EMPTY(&agent->executors) && !agent->is_drained) {
            agent->is_drained = true;
            effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: agent drained",
                        agent->id);
        }
    }
    if (!agent->is_drained)
        deadlines_set(t->m->deadlines, &agent->drain, t->now + LOOK_MS);
    else if (agent->is_drain_gone)
        registration_mark_gone(t, agent);
}
