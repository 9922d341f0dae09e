/* rows.c - walks the lists; a page ends by count or by size. */

#include "master/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "master/departures.h"
#include "master/events.h"
#include "master/quotas.h"
#include "master/role_settings.h"

enum {
    ROWS_MAX = 500,
    PAGE_SIZE_MAX = 512 * 1024,
    ROLES_SHOWN_MAX = 2000,
};

typedef Mesos__V1__Master__Response response;

struct page {
    size_t rows_max;
    size_t size;
    uint64_t skipped; /* rows before it */
    uint64_t position;
    size_t count;
    void **rows;
};

static struct page begin(struct turn *t,
                         const Mesos__V1__Master__Call__Page *wanted)
{
    struct page p = {.rows_max = ROWS_MAX};

    if (wanted != NULL && wanted->has_rows_max && wanted->rows_max > 0 &&
        wanted->rows_max < ROWS_MAX)
        p.rows_max = wanted->rows_max;
    if (wanted != NULL && wanted->after != NULL)
        p.skipped = strtoull(wanted->after, NULL, 10);
    p.rows = arena_alloc(t->arena, p.rows_max * sizeof *p.rows);
    return p;
}

static bool is_full(const struct page *p)
{
    return p->count == p->rows_max || p->size >= PAGE_SIZE_MAX;
}

/* Is the row at the walk's position one of this page? */
static bool is_wanted(struct page *p)
{
    return p->position++ >= p->skipped;
}

static void add(struct page *p, void *row)
{
    p->rows[p->count++] = row;
    p->size += protobuf_c_message_get_packed_size(row);
}

static void set_next(struct turn *t, response *r, uint64_t after)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRIu64, after);
    r->next_page = arena_strdup(t->arena, text);
}

static Mesos__V1__TimeInfo *time_info(struct arena *arena, msec_t wall)
{
    Mesos__V1__TimeInfo *info =
        message_new(arena, &mesos__v1__time_info__descriptor);

    info->nanoseconds = wall * 1000000;
    return info;
}

static Mesos__V1__Resource **sum_offered(struct turn *t,
                                         const struct agent *agent,
                                         size_t *count)
{
    struct resources sum = {0};
    const struct offer *offer;
    Mesos__V1__Resource **wire;

    TAILQ_FOREACH (offer, &agent->offers, of_agent)
        resources_add(&sum, &offer->resources);
    wire = resources_to_wire(&sum, NULL, t->arena, count);
    resources_release(&sum);
    return wire;
}

static const char *state_name(const struct turn *t, const struct agent *agent)
{
    if (agent->is_overdue && departures_held_count(t->m->departures) > 0)
        return "held";
    if (agent->state == AGENT_REGISTERED && agent->is_draining)
        return agent->is_drained ? "drained" : "draining";
    return agents_state_name(agent->state);
}

static Mesos__V1__Master__Response__GetAgents__Agent *describe_agent(
    struct turn *t, const struct agent *agent)
{
    Mesos__V1__Master__Response__GetAgents__Agent *row = message_new(
        t->arena, &mesos__v1__master__response__get_agents__agent__descriptor);
    struct resources sum = {0};
    const struct task *task;
    const struct executor *e;

    row->agent_info = agent->info;
    row->active = agent->state == AGENT_REGISTERED && !agent->is_deactivated &&
                  !agent->is_draining;
    row->version =
        agent->info->version != NULL ? agent->info->version : (char *)"";
    row->state = arena_strdup(t->arena, state_name(t, agent));
    row->registered_time = time_info(t->arena, agent->registered_ms);
    row->total_resources = resources_to_wire(&agent->total, NULL, t->arena,
                                             &row->n_total_resources);
    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        resources_add(&sum, &task->resources);
    TAILQ_FOREACH (e, &agent->executors, of_agent)
        resources_add(&sum, &e->resources);
    row->allocated_resources =
        resources_to_wire(&sum, NULL, t->arena, &row->n_allocated_resources);
    resources_release(&sum);
    row->offered_resources = sum_offered(t, agent, &row->n_offered_resources);
    return row;
}

void rows_agents(struct turn *t,
                 const Mesos__V1__Master__Call__Page *wanted,
                 response *r)
{
    struct page p = begin(t, wanted);
    const struct agent *agent = agents_first(t->m->agents);

    for (; agent != NULL && !is_full(&p); agent = TAILQ_NEXT(agent, entry))
        if (is_wanted(&p))
            add(&p, describe_agent(t, agent));
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_AGENTS;
    r->get_agents = message_new(
        t->arena, &mesos__v1__master__response__get_agents__descriptor);
    r->get_agents->agents =
        (Mesos__V1__Master__Response__GetAgents__Agent **)p.rows;
    r->get_agents->n_agents = p.count;
    if (agent != NULL)
        set_next(t, r, p.position);
}

static Mesos__V1__Master__Response__GetFrameworks__Framework *
describe_framework(struct turn *t, const struct framework *framework)
{
    Mesos__V1__Master__Response__GetFrameworks__Framework *row = message_new(
        t->arena,
        &mesos__v1__master__response__get_frameworks__framework__descriptor);
    struct resources held = {0}, offered = {0};
    const struct task *task;
    const struct offer *offer;

    row->framework_info = framework->info;
    row->active = framework->state == FRAMEWORK_CONNECTED;
    row->connected = framework->peer != NULL;
    row->recovered = false;
    row->registered_time = time_info(t->arena, framework->registered_ms);
    row->has_tasks_count = 1;
    TAILQ_FOREACH (task, &framework->tasks, of_framework) {
        resources_add(&held, &task->resources);
        row->tasks_count++;
    }
    TAILQ_FOREACH (offer, &framework->offers, of_framework)
        resources_add(&offered, &offer->resources);
    row->allocated_resources =
        resources_to_wire(&held, NULL, t->arena, &row->n_allocated_resources);
    row->offered_resources =
        resources_to_wire(&offered, NULL, t->arena, &row->n_offered_resources);
    resources_release(&held);
    resources_release(&offered);
    return row;
}

void rows_frameworks(struct turn *t,
                     const Mesos__V1__Master__Call__Page *wanted,
                     response *r)
{
    struct page p = begin(t, wanted);
    const struct framework *framework = frameworks_first(t->m->frameworks);

    for (; framework != NULL && !is_full(&p);
         framework = TAILQ_NEXT(framework, entry))
        if (is_wanted(&p))
            add(&p, describe_framework(t, framework));
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_FRAMEWORKS;
    r->get_frameworks = message_new(
        t->arena, &mesos__v1__master__response__get_frameworks__descriptor);
    r->get_frameworks->frameworks =
        (Mesos__V1__Master__Response__GetFrameworks__Framework **)p.rows;
    r->get_frameworks->n_frameworks = p.count;
    if (framework != NULL)
        set_next(t, r, p.position);
}

void rows_tasks(struct turn *t,
                const Mesos__V1__Master__Call__Page *wanted,
                response *r)
{
    struct page p = begin(t, wanted);
    const struct task *task = tasks_first(t->m->tasks);
    uint64_t last = p.skipped;

    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_TASKS;
    r->get_tasks = message_new(
        t->arena, &mesos__v1__master__response__get_tasks__descriptor);
    for (; task != NULL && !is_full(&p); task = TAILQ_NEXT(task, of_all)) {
        if (task->serial <= p.skipped)
            continue;
        add(&p, tasks_describe(task, t->arena));
        last = task->serial;
    }
    r->get_tasks->tasks = (Mesos__V1__Task **)p.rows;
    r->get_tasks->n_tasks = p.count;
    if (task != NULL)
        set_next(t, r, last);
    if (p.skipped == 0)
        r->get_tasks->completed_tasks = tasks_completed(
            t->m->tasks, ROWS_MAX, t->arena, &r->get_tasks->n_completed_tasks);
}

void rows_offers(struct turn *t,
                 const Mesos__V1__Master__Call__Page *wanted,
                 response *r)
{
    struct page p = begin(t, wanted);
    const struct offer *offer = offers_first(t->m->offers);

    for (; offer != NULL && !is_full(&p); offer = TAILQ_NEXT(offer, entry))
        if (is_wanted(&p))
            add(&p, events_describe_offer(offer, offer->deadline.due - t->now,
                                          t->arena));
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_OFFERS;
    r->get_offers = message_new(
        t->arena, &mesos__v1__master__response__get_offers__descriptor);
    r->get_offers->offers = (Mesos__V1__Offer **)p.rows;
    r->get_offers->n_offers = p.count;
    if (offer != NULL)
        set_next(t, r, p.position);
}

static Mesos__V1__Master__Response__Role *find_role(response *r,
                                                    const char *name)
{
    for (size_t i = 0; i < r->get_roles->n_roles; i++)
        if (strcmp(r->get_roles->roles[i]->name, name) == 0)
            return r->get_roles->roles[i];
    return NULL;
}

static Mesos__V1__Master__Response__Role *get_role(struct turn *t,
                                                   response *r,
                                                   const char *name)
{
    Mesos__V1__Master__Response__Role *role = find_role(r, name);

    if (role != NULL || r->get_roles->n_roles == ROLES_SHOWN_MAX)
        return role;
    role =
        message_new(t->arena, &mesos__v1__master__response__role__descriptor);
    role->name = arena_strdup(t->arena, name);
    role->weight = milli_to_double(alloc_role_weight(t->m->alloc, name));
    role->quota = quotas_describe(t, name);
    role->has_share = 1;
    role->share = (double)alloc_role_share(t->m->alloc, name) / 1e6;
    r->get_roles->roles[r->get_roles->n_roles++] = role;
    return role;
}

static void add_holder(struct turn *t,
                       Mesos__V1__Master__Response__Role *role,
                       const struct framework *framework)
{
    Mesos__V1__FrameworkID **grown = arena_alloc(
        t->arena, (role->n_frameworks + 1) * sizeof *role->frameworks);

    if (role->n_frameworks > 0)
        memcpy(grown, role->frameworks,
               role->n_frameworks * sizeof *role->frameworks);
    grown[role->n_frameworks++] = events_framework_id(t->arena, framework->id);
    role->frameworks = grown;
}

/* What is held in a role, by tasks and by offers. */
static void sum_role(struct turn *t, Mesos__V1__Master__Response__Role *role)
{
    struct resources sum = {0};
    const struct task *task = tasks_first(t->m->tasks);
    const struct offer *offer = offers_first(t->m->offers);

    for (; task != NULL; task = TAILQ_NEXT(task, of_all))
        if (strcmp(task->role, role->name) == 0)
            resources_add(&sum, &task->resources);
    for (; offer != NULL; offer = TAILQ_NEXT(offer, entry))
        if (strcmp(offer->role, role->name) == 0)
            resources_add(&sum, &offer->resources);
    role->resources =
        resources_to_wire(&sum, NULL, t->arena, &role->n_resources);
    resources_release(&sum);
}

void rows_roles(struct turn *t, response *r)
{
    const struct role_setting *setting =
        role_settings_first(t->m->role_settings);
    const struct framework *framework = frameworks_first(t->m->frameworks);

    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__GET_ROLES;
    r->get_roles = message_new(
        t->arena, &mesos__v1__master__response__get_roles__descriptor);
    r->get_roles->roles =
        arena_alloc(t->arena, ROLES_SHOWN_MAX * sizeof *r->get_roles->roles);
    for (; framework != NULL; framework = TAILQ_NEXT(framework, entry)) {
        size_t count;
        const char *const *roles =
            frameworks_roles(framework, t->arena, &count);

        for (size_t i = 0; i < count; i++) {
            Mesos__V1__Master__Response__Role *role = get_role(t, r, roles[i]);

            if (role != NULL)
                add_holder(t, role, framework);
        }
    }
    for (; setting != NULL; setting = TAILQ_NEXT(setting, entry))
        get_role(t, r, setting->role);
    for (size_t i = 0; i < r->get_roles->n_roles; i++)
        sum_role(t, r->get_roles->roles[i]);
}
