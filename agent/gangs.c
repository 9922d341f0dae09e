/* gangs.c - how far a gang is, and what becomes of it. */

#include "agent/gangs.h"

#include "agent/executors.h"
#include "agent/outbox.h"
#include "agent/tasks.h"
#include "base/message.h"

#define STATE(name) MEZZO__AGENT_CALL__GANG__STATE__##name
#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

struct gang *gangs_arrive(const char *framework_id,
                          const char *gang_id,
                          size_t count,
                          size_t expected,
                          struct step *step)
{
    struct gang *g = roster_make_gang(step->roster, framework_id, gang_id);

    g->expected_count = expected;
    g->arrived_count += count;
    return g;
}

static Mezzo__AgentCall__Gang__State state_of_task(const struct task *t)
{
    const struct run *run = t->executor != NULL ? &t->executor->run : &t->run;
    bool is_prepared =
        t->executor != NULL ? t->executor->peer != NULL : t->run.is_prepared;

    if (run->phase == RUN_PREPARING && !run->is_prepared)
        return STATE(PREPARING);
    return is_prepared && t->run.is_recorded ? STATE(PREPARED) : STATE(FETCHED);
}

static Mezzo__AgentCall__Gang__State state_of(const struct gang *g)
{
    Mezzo__AgentCall__Gang__State state = STATE(PREPARED);
    const struct task *t;

    if (g->arrived_count < g->expected_count || g->is_broken)
        return STATE(PREPARING);
    TAILQ_FOREACH (t, &g->tasks, of_gang) {
        Mezzo__AgentCall__Gang__State other = state_of_task(t);

        if (other < state)
            state = other;
    }
    return state;
}

static void say(const char *framework_id,
                const char *gang_id,
                Mezzo__AgentCall__Gang__State state,
                struct step *step)
{
    struct arena *arena = step->fx->arena;
    Mezzo__AgentCall *call = outbox_call(MEZZO__AGENT_CALL__TYPE__GANG, step);

    call->gang = message_new(arena, &mezzo__agent_call__gang__descriptor);
    call->gang->framework_id =
        message_new(arena, &mesos__v1__framework_id__descriptor);
    call->gang->framework_id->value = arena_strdup(arena, framework_id);
    call->gang->gang_id = arena_strdup(arena, gang_id);
    call->gang->state = state;
    outbox_put(step->outbox, call, step);
}

void gangs_tell(struct step *step)
{
    struct gang *g, *next;

    for (g = TAILQ_FIRST(&step->roster->gangs); g != NULL; g = next) {
        int state = (int)state_of(g);

        next = TAILQ_NEXT(g, entry);
        if (TAILQ_EMPTY(&g->tasks) && g->arrived_count >= g->expected_count) {
            roster_remove_gang(step->roster, g); /* the ends of all are told */
        } else if (outbox_is_open(step->outbox) && g->told != state) {
            g->told = state;
            say(g->framework_id, g->id, (Mezzo__AgentCall__Gang__State)state,
                step);
        }
    }
}

void gangs_restart(struct step *step)
{
    struct gang *g;

    TAILQ_FOREACH (g, &step->roster->gangs, entry)
        g->told = 0;
}

static void drop(struct task *t, const char *reason, struct step *step)
{
    struct executor *e = t->executor;
    struct refusal refusal;

    refusal_set(&refusal, TASK_DROPPED, REASON(GANG_NOT_STARTED),
                "its gang was not started, %s", reason);
    tasks_drop(t, &refusal, step);
    if (e != NULL)
        executors_stop_if_unused(e, step);
}

void gangs_decide(const Mezzo__AgentEvent__Gang *decision, struct step *step)
{
    const char *framework_id = decision->framework_id->value;
    struct gang *g =
        roster_find_gang(step->roster, framework_id, decision->gang_id);
    struct task *t;

    if (g != NULL)
        g->arrived_count = g->expected_count; /* no more are to come */
    while (g != NULL && (t = TAILQ_FIRST(&g->tasks)) != NULL) {
        roster_leave_gang(t);
        if (decision->reason == NULL)
            tasks_go(t, step);
        else
            drop(t, decision->reason, step);
    }
    say(framework_id, decision->gang_id, STATE(OVER), step);
}
