/* holdings.c - the one place that takes from the allocator and gives back. */

#include "master/holdings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/role.h"
#include "master/alloc/shortage.h"
#include "master/asks.h"
#include "master/events.h"

enum {
    GRANTS_MAX = 1000,       /* of one step */
    PREEMPT_EVERY_MS = 1000, /* who has less than his guarantee is looked at */
};

void holdings_take(struct turn *t,
                   const struct framework *framework,
                   const char *role,
                   const struct agent *agent,
                   const struct resources *resources)
{
    if (agent->is_pooled && !resources_is_empty(resources))
        alloc_take(t->m->alloc, framework->id, role, agent->id, resources);
}

static void give_back(struct turn *t,
                      const struct framework *framework,
                      const char *role,
                      const struct agent *agent,
                      const struct resources *resources)
{
    if (agent->is_pooled && !resources_is_empty(resources))
        alloc_give_back(t->m->alloc, framework->id, role, agent->id, resources);
}

static char *format_value(const Mesos__V1__Attribute *a, struct arena *arena)
{
    char text[64];

    if (a->text != NULL)
        return arena_strdup(arena, a->text->value);
    if (a->scalar != NULL) {
        snprintf(text, sizeof text, "%g", a->scalar->value);
        return arena_strdup(arena, text);
    }
    return arena_strdup(arena, "");
}

void holdings_add_agent(struct turn *t,
                        struct alloc *alloc,
                        const struct agent *agent)
{
    const Mesos__V1__AgentInfo *info = agent->info;
    struct alloc_attribute *attributes =
        arena_alloc(t->arena, (info->n_attributes + 1) * sizeof *attributes);

    for (size_t i = 0; i < info->n_attributes; i++)
        attributes[i] = (struct alloc_attribute){
            .name = info->attributes[i]->name,
            .value = format_value(info->attributes[i], t->arena)};
    alloc_agent_add(alloc, &(struct alloc_agent_info){
                               .id = agent->id,
                               .hostname = info->hostname,
                               .total = &agent->total,
                               .attributes = attributes,
                               .attributes_count = info->n_attributes});
    alloc_agent_set_active(alloc, agent->id, false);
}

void holdings_pool(struct turn *t, struct agent *agent)
{
    const struct executor *e;
    struct task *task;
    msec_t ends;

    holdings_add_agent(t, t->m->alloc, agent);
    agent->is_pooled = true;
    TAILQ_FOREACH (task, &agent->tasks, of_agent) {
        holdings_take(t, task->framework, task->role, agent, &task->resources);
        ends = task->ends;
        task->ends = 0; /* of which the allocator does not know yet */
        if (ends != 0)
            holdings_set_end(t, task, ends);
    }
    TAILQ_FOREACH (e, &agent->executors, of_agent)
        holdings_take(t, e->framework, e->role, agent, &e->resources);
}

void holdings_unpool(struct turn *t, struct agent *agent)
{
    if (!agent->is_pooled)
        return;
    alloc_agent_remove(t->m->alloc, agent->id);
    agent->is_pooled = false;
}

static void forget_end(struct turn *t, struct task *task)
{
    if (task->ends != 0 && task->agent->is_pooled)
        alloc_forget_end(t->m->alloc, task->framework->id, task->role,
                         task->agent->id, &task->resources, task->ends);
    task->ends = 0;
}

static void forget_recall(struct turn *t, struct task *task)
{
    if (task->recall_due != 0)
        alloc_role_note_leaving(t->m->alloc, task->role, &task->resources,
                                false);
    task->recall_due = 0;
}

void holdings_set_recall(struct turn *t, struct task *task, msec_t due)
{
    forget_recall(t, task);
    task->recall_due = due;
    if (task->ends == 0 || task->ends > due)
        holdings_set_end(t, task, due); /* so that a place can be kept */
    alloc_role_note_leaving(t->m->alloc, task->role, &task->resources, true);
}

void holdings_set_end(struct turn *t, struct task *task, msec_t ends)
{
    forget_end(t, task);
    if (task->agent->is_pooled && !resources_is_empty(&task->resources))
        alloc_note_end(t->m->alloc, task->framework->id, task->role,
                       task->agent->id, &task->resources, ends);
    task->ends = ends;
}

bool holdings_set_state(struct turn *t,
                        struct task *task,
                        enum task_state state)
{
    if (!task_may_become((enum task_state)task->state, state))
        return false;
    task->state = (uint8_t)state;
    if (task_has_ended(state)) {
        forget_recall(t, task);
        forget_end(t, task);
        give_back(t, task->framework, task->role, task->agent,
                  &task->resources);
        resources_release(&task->asked);
        task->asked = task->resources;
        resources_init(&task->resources);
    }
    return true;
}

void holdings_drop_task(struct turn *t, struct task *task)
{
    forget_recall(t, task);
    forget_end(t, task);
    give_back(t, task->framework, task->role, task->agent, &task->resources);
    tasks_remove(t->m->tasks, task);
}

void holdings_drop_executor(struct turn *t,
                            struct agent *agent,
                            struct executor *e)
{
    give_back(t, e->framework, e->role, agent, &e->resources);
    tasks_remove_executor(agent, e);
}

/* So that a place can be kept for a gang beside those who never answer: of an
 * ask with a walltime the allocator knows already. */
static void expect_back(struct turn *t, struct offer *offer)
{
    if (offer->max_ms > 0)
        return;
    alloc_note_end(t->m->alloc, offer->framework->id, offer->role,
                   offer->agent->id, &offer->resources, offer->deadline.due);
    offer->is_expected = true;
}

void holdings_use_offer(struct turn *t, struct offer *offer)
{
    if (offer->is_expected && offer->agent->is_pooled)
        alloc_forget_end(t->m->alloc, offer->framework->id, offer->role,
                         offer->agent->id, &offer->resources,
                         offer->deadline.due);
    offer->is_expected = false;
}

void holdings_return_offer(struct turn *t,
                           struct offer *offer,
                           msec_t refuse_ms)
{
    holdings_use_offer(t, offer);
    asks_settle(t, offer);
    give_back(t, offer->framework, offer->role, offer->agent,
              &offer->resources);
    if (refuse_ms > 0 && offer->agent->is_pooled &&
        !resources_is_empty(&offer->resources))
        alloc_filter(t->m->alloc, offer->framework->id, offer->role,
                     offer->agent->id, &offer->resources, t->now + refuse_ms);
    deadlines_cancel(t->m->deadlines, &offer->deadline);
    offers_remove(t->m->offers, offer);
}

static void rescind(struct turn *t, struct offer *offer)
{
    events_rescind(t, offer->framework, offer->id);
    holdings_return_offer(t, offer, 0);
}

void holdings_rescind_gang(struct turn *t,
                           const struct framework *framework,
                           const char *gang_id)
{
    struct offer *offer, *next;

    for (offer = TAILQ_FIRST(&framework->offers); offer != NULL; offer = next) {
        next = TAILQ_NEXT(offer, of_framework);
        if (offer->gang_id != NULL && strcmp(offer->gang_id, gang_id) == 0)
            rescind(t, offer);
    }
}

static void rescind_with_gang(struct turn *t, struct offer *offer)
{
    if (offer->gang_id != NULL)
        holdings_rescind_gang(t, offer->framework,
                              arena_strdup(t->arena, offer->gang_id));
    else
        rescind(t, offer);
}

void holdings_rescind_agent(struct turn *t, const struct agent *agent)
{
    struct offer *offer;

    while ((offer = TAILQ_FIRST(&agent->offers)) != NULL)
        rescind_with_gang(t, offer);
}

void holdings_rescind_role(struct turn *t, const char *role)
{
    struct offer *offer = offers_first(t->m->offers);

    while (offer != NULL) {
        struct offer *next = TAILQ_NEXT(offer, entry);
        bool is_gang = offer->gang_id != NULL; /* others go, too */

        if (strcmp(offer->role, role) != 0 &&
            !role_is_below(offer->role, role)) {
            offer = next;
            continue;
        }
        rescind_with_gang(t, offer);
        offer = is_gang ? offers_first(t->m->offers) : next;
    }
}

void holdings_return_framework(struct turn *t, struct framework *framework)
{
    while (!TAILQ_EMPTY(&framework->offers))
        holdings_return_offer(t, TAILQ_FIRST(&framework->offers), 0);
}

static void note_slots(struct offer *offer, const struct alloc_grant *grant)
{
    if (grant->counts_count == 0)
        return;
    offer->slots = memory_new(grant->counts_count, sizeof *offer->slots);
    offer->slots_count = grant->counts_count;
    for (size_t i = 0; i < grant->counts_count; i++)
        offer->slots[i].granted = grant->counts[i];
}

static struct offer *make_offer(struct turn *t, const struct alloc_grant *grant)
{
    struct master *m = t->m;
    struct offer *offer;
    char id[96];

    snprintf(id, sizeof id, "%s-%" PRIu64 "-O%" PRIu64, m->cluster_id, m->epoch,
             ++m->offers_numbered);
    offer = offers_add(
        m->offers, id, frameworks_find(m->frameworks, grant->framework_id),
        agents_find(m->agents, grant->agent_id), grant->role, grant->resources);
    offer->ask_id = memory_strdup(grant->ask_id);
    if (grant->gang_id != NULL) {
        snprintf(id, sizeof id, "%s-%" PRIu64 "-%s", m->cluster_id, m->epoch,
                 grant->gang_id);
        offer->gang_id = memory_strdup(id);
    }
    offer->max_ms = grant->max_ms;
    offer->priority = grant->priority;
    note_slots(offer, grant);
    offer->deadline.kind = DEADLINE_OFFER;
    deadlines_set(m->deadlines, &offer->deadline,
                  t->now + m->options.offer_lease_ms);
    expect_back(t, offer);
    return offer;
}

static void note_fresh(struct turn *t, struct offer *offer)
{
    struct framework *f = offer->framework;

    if (f->fresh_count == f->fresh_capacity) {
        size_t capacity = f->fresh_capacity > 0 ? f->fresh_capacity * 2 : 8;
        struct offer **grown = arena_alloc(t->arena, capacity * sizeof *grown);

        if (f->fresh_count > 0)
            memcpy(grown, f->fresh, f->fresh_count * sizeof *grown);
        f->fresh = grown;
        f->fresh_capacity = capacity;
    }
    f->fresh[f->fresh_count++] = offer;
}

void holdings_offer(struct turn *t)
{
    const struct alloc_grant *grants;
    struct framework **given;
    size_t count, given_count = 0;

    if (alloc_deadline(t->m->alloc) > t->now)
        return;
    count = alloc_run(t->m->alloc, t->now, GRANTS_MAX, t->arena, &grants);
    given = arena_alloc(t->arena, (count + 1) * sizeof(struct framework *));
    for (size_t i = 0; i < count; i++) {
        struct offer *offer = make_offer(t, &grants[i]);

        if (offer->framework->fresh_count == 0)
            given[given_count++] = offer->framework;
        note_fresh(t, offer);
    }
    if (t->m->preempt.position == 0 &&
        (t->m->has_priorities || alloc_has_guarantees(t->m->alloc)))
        deadlines_set(t->m->deadlines, &t->m->preempt,
                      t->now + PREEMPT_EVERY_MS);
    for (size_t i = 0; i < given_count; i++) {
        events_offers(t, given[i], given[i]->fresh, given[i]->fresh_count);
        given[i]->fresh = NULL;
        given[i]->fresh_count = given[i]->fresh_capacity = 0;
    }
}
