/* muster.c - what agents say of their part of a gang, and what follows. */

#include "master/muster.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "master/events.h"
#include "master/gangs.h"
#include "master/holdings.h"
#include "master/records.h"

enum {
    ANSWER_MS = 10000, /* after its fetches */
};

#define STATE(name) MEZZO__AGENT_CALL__GANG__STATE__##name
#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

/* The agent if it can be told something; else it is told when it is back. */
static struct agent *find_agent(const struct turn *t, const char *id)
{
    struct agent *agent = agents_find(t->m->agents, id);

    return agent != NULL && agent->state == AGENT_REGISTERED ? agent : NULL;
}

/* Nothing of it has run, and nobody is there to say so. */
static void drop_task(struct turn *t, struct task *task, const char *why)
{
    if (!holdings_set_state(t, task, TASK_DROPPED))
        return;
    tasks_set_forwarded(task, TASK_DROPPED);
    events_status(t, task->framework,
                  &(struct status_said){.task_id = task->id,
                                        .agent_id = task->agent->id,
                                        .state = TASK_DROPPED,
                                        .reason = REASON(GANG_NOT_STARTED),
                                        .message = why});
}

static void give_up(struct turn *t, struct gang *gang, const char *why)
{
    struct gang_member *member;
    struct task *task, *next;
    char text[320];

    assert(gang->state == GANG_PREPARING);
    effects_log(t->fx, LOG_LEVEL_NOTICE, "%s: gang %s is not started, %s",
                gang->framework_id, gang->id, why);
    TAILQ_FOREACH (member, &gang->members, entry) {
        struct agent *agent = find_agent(t, member->agent_id);

        if (agent != NULL)
            events_gang(t, agent, gang->framework_id, gang->id, why);
    }
    snprintf(text, sizeof text, "its gang was not started, %s", why);
    for (task = LIST_FIRST(&gang->tasks); task != NULL; task = next) {
        next = LIST_NEXT(task, of_gang);
        if (task->agent->state != AGENT_REGISTERED &&
            !task_has_ended((enum task_state)task->state))
            drop_task(t, task, text);
    }
    gangs_remove(t->m->gangs, t->m->deadlines, gang);
}

static void put_record(struct turn *t, const struct gang *gang, parked_f *then)
{
    Mezzo__Record__Gang record = MEZZO__RECORD__GANG__INIT;
    const struct gang_member *member;

    TAILQ_FOREACH (member, &gang->members, entry)
        record.n_agent_ids++;
    record.framework_id = gang->framework_id;
    record.agent_ids =
        arena_alloc(t->arena, (record.n_agent_ids + 1) * sizeof(char *));
    record.n_agent_ids = 0;
    TAILQ_FOREACH (member, &gang->members, entry)
        record.agent_ids[record.n_agent_ids++] = member->agent_id;
    records_put_gang(t, gang->id, &record, then);
}

static void confirmed(struct turn *t,
                      struct gang *gang,
                      struct gang_member *member)
{
    gangs_remove_member(gang, member);
    if (!TAILQ_EMPTY(&gang->members))
        return;
    records_forget_gang(t, gang->id);
    gangs_remove(t->m->gangs, t->m->deadlines, gang);
}

/* Stored: it starts. */
static void started(struct turn *t, const char *id)
{
    struct gang *gang = gangs_find(t->m->gangs, id);
    struct gang_member *member, *next;

    if (gang == NULL) { /* its framework has ended meanwhile */
        records_forget_gang(t, id);
        return;
    }
    gang->state = GANG_STARTED;
    gangs_let_tasks_go(gang);
    for (member = TAILQ_FIRST(&gang->members); member != NULL; member = next) {
        struct agent *agent = agents_find(t->m->agents, member->agent_id);

        next = TAILQ_NEXT(member, entry);
        if (agent == NULL || agent->state == AGENT_GONE)
            confirmed(t, gang, member);
        else if (agent->state == AGENT_REGISTERED)
            events_gang(t, agent, gang->framework_id, gang->id, NULL);
    }
}

static void start_if_prepared(struct turn *t, struct gang *gang)
{
    const struct gang_member *member;

    TAILQ_FOREACH (member, &gang->members, entry)
        if (!member->is_prepared)
            return;
    gang->state = GANG_STARTING;
    put_record(t, gang, started);
}

static void expect(struct turn *t, struct gang_member *member)
{
    member->deadline.kind = DEADLINE_GANG;
    member->deadline.owner = member;
    deadlines_set(t->m->deadlines, &member->deadline, t->now + ANSWER_MS);
}

static void note_progress(struct turn *t,
                          struct gang_member *member,
                          Mezzo__AgentCall__Gang__State state)
{
    member->is_prepared = state == STATE(PREPARED);
    if (state == STATE(FETCHED))
        expect(t, member);
    else
        deadlines_cancel(t->m->deadlines, &member->deadline);
    if (member->is_prepared)
        start_if_prepared(t, member->gang);
}

void muster_told(struct turn *t,
                 struct agent *agent,
                 const Mezzo__AgentCall__Gang *call)
{
    struct gang *gang = gangs_find(t->m->gangs, call->gang_id);
    struct gang_member *member = NULL;

    if (gang != NULL &&
        strcmp(gang->framework_id, call->framework_id->value) == 0)
        member = gangs_find_member(gang, agent->id);
    if (member == NULL) {
        if (call->state != STATE(OVER))
            events_gang(t, agent, call->framework_id->value, call->gang_id,
                        "its master does not know of it any more");
    } else if (gang->state == GANG_PREPARING && call->state != STATE(OVER)) {
        note_progress(t, member, call->state);
    } else if (gang->state == GANG_STARTED && call->state == STATE(OVER)) {
        confirmed(t, gang, member);
    }
}

void muster_task_ended(struct turn *t, struct task *task, const char *why)
{
    struct gang *gang = task->gang;
    char text[256];

    tasks_leave_gang(task);
    if (gang == NULL || gang->state != GANG_PREPARING)
        return;
    snprintf(text, sizeof text, "task %.80s ended before, %.120s", task->id,
             why != NULL ? why : "it does not say why");
    give_up(t, gang, text);
}

void muster_expire(struct turn *t, struct gang_member *member)
{
    char text[256];

    snprintf(text, sizeof text, "agent %.200s did not answer in %d s",
             member->agent_id, ANSWER_MS / 1000);
    give_up(t, member->gang, text);
}

void muster_agent_silent(struct turn *t, const struct agent *agent)
{
    struct gang *gang;

    for (gang = gangs_first(t->m->gangs); gang != NULL;
         gang = TAILQ_NEXT(gang, entry)) {
        struct gang_member *member = gangs_find_member(gang, agent->id);

        if (gang->state != GANG_PREPARING || member == NULL)
            continue;
        member->is_prepared = false;
        expect(t, member);
    }
}

void muster_agent_back(struct turn *t, struct agent *agent)
{
    struct gang *gang;

    for (gang = gangs_first(t->m->gangs); gang != NULL;
         gang = TAILQ_NEXT(gang, entry))
        if (gang->state == GANG_STARTED &&
            gangs_find_member(gang, agent->id) != NULL)
            events_gang(t, agent, gang->framework_id, gang->id, NULL);
}

void muster_agent_lost(struct turn *t,
                       const struct agent *agent,
                       bool is_for_good)
{
    struct gang *gang, *next;
    char text[256];

    snprintf(text, sizeof text, "agent %.200s was lost", agent->id);
    for (gang = gangs_first(t->m->gangs); gang != NULL; gang = next) {
        struct gang_member *member = gangs_find_member(gang, agent->id);

        next = TAILQ_NEXT(gang, entry);
        if (member == NULL)
            continue;
        if (gang->state == GANG_PREPARING)
            give_up(t, gang, text);
        else if (is_for_good && gang->state == GANG_STARTED)
            confirmed(t, gang, member);
    }
}

void muster_withdraw(struct turn *t,
                     const struct framework *framework,
                     const char *ask_id)
{
    struct gang *gang, *next;

    for (gang = gangs_first(t->m->gangs); gang != NULL; gang = next) {
        next = TAILQ_NEXT(gang, entry);
        if (gang->state == GANG_PREPARING && gang->ask_id != NULL &&
            strcmp(gang->ask_id, ask_id) == 0 &&
            strcmp(gang->framework_id, framework->id) == 0)
            give_up(t, gang, "its ask was withdrawn");
    }
}

void muster_end_framework(struct turn *t, const struct framework *framework)
{
    struct gang *gang, *next;

    for (gang = gangs_first(t->m->gangs); gang != NULL; gang = next) {
        next = TAILQ_NEXT(gang, entry);
        if (strcmp(gang->framework_id, framework->id) != 0)
            continue;
        if (gang->state == GANG_STARTED)
            records_forget_gang(t, gang->id);
        gangs_remove(t->m->gangs, t->m->deadlines, gang);
    }
}
