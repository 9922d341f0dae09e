/* gang_acceptance.c - all offers of the gang are used, in parts, one for each
 * agent; the first task that cannot be undoes all. */

#include "master/gang_acceptance.h"

#include <stdio.h>
#include <string.h>

#include "master/events.h"
#include "master/gangs.h"
#include "master/holdings.h"
#include "master/placing.h"

#define REASON(name) MESOS__V1__TASK_STATUS__REASON__REASON_##name

struct part { /* on one agent */
    struct placing placing;
    struct executor *last_executor; /* that was there before; NULL: none */
    Mesos__V1__TaskInfo **tasks;
    size_t tasks_count;
};

struct whole {
    struct framework *framework;
    struct part *parts; /* for each agent one */
    size_t parts_count;
    const char *ask_id;
    Mesos__V1__TaskInfo **tasks; /* all */
    size_t tasks_count;
};

static struct part *find_part(const struct whole *g, const struct agent *agent)
{
    for (size_t i = 0; i < g->parts_count; i++)
        if (g->parts[i].placing.agent == agent)
            return &g->parts[i];
    return NULL;
}

static bool is_of_gang(const struct offer *offer, const char *gang_id)
{
    return offer != NULL && offer->gang_id != NULL &&
           strcmp(offer->gang_id, gang_id) == 0;
}

static void add_to_part(struct turn *t,
                        struct whole *g,
                        struct offer *offer,
                        size_t offers_max)
{
    struct part *part = find_part(g, offer->agent);
    struct executor *e;

    if (part == NULL) {
        part = &g->parts[g->parts_count++];
        part->placing.framework = g->framework;
        part->placing.agent = offer->agent;
        part->placing.role = offer->role;
        part->placing.offers =
            arena_alloc(t->arena, offers_max * sizeof(struct offer *));
        TAILQ_FOREACH (e, &offer->agent->executors, of_agent)
            part->last_executor = e;
    }
    part->placing.offers[part->placing.offers_count++] = offer;
    resources_add(&part->placing.left, &offer->resources);
    holdings_use_offer(t, offer);
    resources_release(&offer->resources);
}

static size_t count_on(const struct agent *agent, const char *gang_id)
{
    const struct offer *offer;
    size_t count = 0;

    TAILQ_FOREACH (offer, &agent->offers, of_agent)
        count += is_of_gang(offer, gang_id);
    return count;
}

/* All that the framework has of the gang, whether it is named or not; NULL, or
 * why it cannot be. */
static const char *take_gang(struct turn *t,
                             struct whole *g,
                             const Mesos__V1__Scheduler__Call__Accept *call)
{
    const char *fault = NULL;
    struct offer *offer;
    size_t count = 0;

    for (size_t i = 0; i < call->n_offer_ids; i++)
        if (!is_of_gang(
                placing_find_offer(t, g->framework, call->offer_ids[i]->value),
                call->gang_id))
            fault = "an offer was rescinded, used before, or is of no such "
                    "gang";
    TAILQ_FOREACH (offer, &g->framework->offers, of_framework)
        count += is_of_gang(offer, call->gang_id);
    if (count == 0)
        return "the gang was rescinded, used before, or never offered";
    g->parts = arena_alloc(t->arena, count * sizeof *g->parts);
    TAILQ_FOREACH (offer, &g->framework->offers, of_framework)
        if (is_of_gang(offer, call->gang_id)) {
            g->ask_id = offer->ask_id;
            add_to_part(t, g, offer, count_on(offer->agent, call->gang_id));
        }
    return fault;
}

static const char *gather_tasks(struct turn *t,
                                struct whole *g,
                                const Mesos__V1__Scheduler__Call__Accept *call)
{
    Mesos__V1__TaskInfo **tasks;
    size_t total = 0;

    for (size_t i = 0; i < call->n_operations; i++) {
        if (call->operations[i]->launch == NULL)
            return "of the operations only LAUNCH is supported";
        total += placing_tasks_of(call->operations[i], &tasks);
    }
    g->tasks =
        arena_alloc(t->arena, (total + 1) * sizeof(Mesos__V1__TaskInfo *));
    for (size_t i = 0; i < call->n_operations; i++) {
        size_t count = placing_tasks_of(call->operations[i], &tasks);

        for (size_t k = 0; k < count; k++)
            g->tasks[g->tasks_count++] = tasks[k];
    }
    return NULL;
}

/* False when it cannot be launched, which its framework is told. */
static bool launch_of_gang(struct turn *t,
                           struct whole *g,
                           Mesos__V1__TaskInfo *task)
{
    const struct agent *agent =
        agents_find(t->m->agents, task->agent_id->value);
    struct part *part = find_part(g, agent);

    if (part == NULL) {
        placing_refuse(t, g->framework, task, TASK_ERROR, REASON(TASK_INVALID),
                       "agent_id: not an agent of the gang's offers");
        return false;
    }
    if (!placing_launch(t, &part->placing, task))
        return false;
    part->tasks_count++;
    return true;
}

/* The first `count` were launched, the one after them could not be. */
static void undo_gang(struct turn *t, struct whole *g, size_t count)
{
    char why[300];

    snprintf(why, sizeof why,
             "its gang was not started, task %.200s is invalid",
             g->tasks[count]->task_id->value);
    for (size_t i = 0; i < g->tasks_count; i++) {
        if (i < count)
            holdings_drop_task(
                t, tasks_find(g->framework, g->tasks[i]->task_id->value));
        if (i != count)
            placing_refuse(t, g->framework, g->tasks[i], TASK_DROPPED,
                           REASON(GANG_NOT_STARTED), why);
    }
    for (size_t i = 0; i < g->parts_count; i++) {
        struct part *part = &g->parts[i];
        struct executor *e;

        part->placing.launched_count = 0;

        while ((e = part->last_executor == NULL
                        ? TAILQ_FIRST(&part->placing.agent->executors)
                        : TAILQ_NEXT(part->last_executor, of_agent)) != NULL)
            holdings_drop_executor(t, part->placing.agent, e);
    }
}

static void send_part(struct turn *t,
                      const struct part *part,
                      const char *gang_id)
{
    for (size_t at = 0; at < part->tasks_count; at += FRAME_RECORDS_MAX) {
        size_t left = part->tasks_count - at;

        events_prepare(t, part->placing.agent, part->placing.framework,
                       part->tasks + at,
                       left < FRAME_RECORDS_MAX ? left : FRAME_RECORDS_MAX,
                       gang_id, part->tasks_count);
    }
}

static void prepare_gang(struct turn *t, struct whole *g, const char *gang_id)
{
    struct gang *gang =
        gangs_add(t->m->gangs, gang_id, g->framework->id, g->ask_id);

    for (size_t i = 0; i < g->parts_count; i++) {
        struct part *part = &g->parts[i];

        part->tasks = arena_alloc(t->arena, (part->tasks_count + 1) *
                                                sizeof *part->tasks);
        part->tasks_count = 0;
    }
    for (size_t i = 0; i < g->tasks_count; i++) {
        struct task *task =
            tasks_find(g->framework, g->tasks[i]->task_id->value);
        struct part *part = find_part(g, task->agent);

        part->tasks[part->tasks_count++] = g->tasks[i];
        gangs_add_task(gang, task->agent->id, task);
    }
    for (size_t i = 0; i < g->parts_count; i++)
        send_part(t, &g->parts[i], gang_id);
}

/* False when one of them cannot be launched. */
static bool launch_gang(struct turn *t, struct whole *g, const char *gang_id)
{
    size_t count = 0;

    while (count < g->tasks_count && launch_of_gang(t, g, g->tasks[count]))
        count++;
    if (count < g->tasks_count)
        undo_gang(t, g, count);
    else if (count > 0)
        prepare_gang(t, g, gang_id);
    return count == g->tasks_count;
}

void gang_acceptance_accept(struct turn *t,
                            struct framework *framework,
                            const Mesos__V1__Scheduler__Call__Accept *call)
{
    struct whole g = {.framework = framework};
    const char *fault = take_gang(t, &g, call);
    msec_t refuse_ms = 0;

    if (fault == NULL)
        fault = gather_tasks(t, &g, call);
    if (fault != NULL)
        placing_drop_all(t, framework, call, fault);
    else if (launch_gang(t, &g, call->gang_id))
        refuse_ms = placing_refuse_ms(t, call->filters);
    for (size_t i = 0; i < g.parts_count; i++) {
        placing_return_rest(t, &g.parts[i].placing, refuse_ms);
        resources_release(&g.parts[i].placing.left);
    }
}
