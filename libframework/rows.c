/* rows.c - everything is copied to an arena of the answer's own. */

#include "libframework/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/resources.h"
#include "libframework/amounts.h"
#include "libframework/offers.h"
#include "libframework/reservation.h"
#include "libframework/status.h"
#include "libframework/whatif.h"

struct rows {
    struct arena *arena;
    struct mezzo_answer answer;
    enum mezzo_verb verb; /* of the ticket that was asked for */
};

typedef Mesos__V1__Master__Response response;

#define TYPE(name) MESOS__V1__MASTER__RESPONSE__TYPE__##name

struct rows *rows_new(void)
{
    struct rows *r = memory_new(1, sizeof *r);

    r->arena = arena_new();
    r->answer.text = "";
    return r;
}

void rows_set_verb(struct rows *r, enum mezzo_verb verb)
{
    r->verb = verb;
}

void rows_free(struct rows *r)
{
    if (r == NULL)
        return;
    arena_free(r->arena);
    free(r);
}

const struct mezzo_answer *rows_answer(const struct rows *r)
{
    return &r->answer;
}

void rows_clear(struct rows *r)
{
    arena_reset(r->arena);
    r->answer = (struct mezzo_answer){.text = ""};
}

void rows_say(struct rows *r, int result, int exit_status, const char *text)
{
    if (result < 0)
        r->answer = (struct mezzo_answer){0};
    r->answer.result = result;
    r->answer.exit_status = exit_status;
    r->answer.text = arena_strdup(r->arena, text);
}

static const char *copy(struct rows *r, const char *text)
{
    return text != NULL ? arena_strdup(r->arena, text) : NULL;
}

/* The same rows with room for `more`; NULL when there are too many. */
static void *grow(
    struct rows *r, const void *rows, size_t count, size_t more, size_t size)
{
    char *grown;

    if (count + more > MEZZO_ROWS_MAX)
        return NULL;
    grown = arena_alloc(r->arena, (count + more) * size);
    if (count > 0)
        memcpy(grown, rows, count * size);
    return grown;
}

static int64_t wall_ms_of(const Mesos__V1__TimeInfo *time)
{
    return time != NULL && time->nanoseconds > 0 ? time->nanoseconds / 1000000
                                                 : 0;
}

static const char *add_masters(struct rows *r,
                               const Mesos__V1__Master__Response__GetMaster *g)
{
    size_t count = r->answer.masters_count;
    struct mezzo_master_row *rows =
        grow(r, r->answer.masters, count, g->n_members, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_members; i++)
        rows[count++] = (struct mezzo_master_row){
            .address = copy(r, g->members[i]->address),
            .is_leader = g->members[i]->leader,
            .pid = g->members[i]->has_pid ? g->members[i]->pid : 0,
            .version = copy(r, g->members[i]->version),
            .leader_epoch = g->members[i]->has_leader_epoch
                                ? g->members[i]->leader_epoch
                                : 0,
            .held_count = g->members[i]->has_held ? g->members[i]->held : 0,
        };
    r->answer.masters = rows;
    r->answer.masters_count = count;
    return NULL;
}

static void show_agent(struct rows *r,
                       struct mezzo_agent_row *row,
                       const Mesos__V1__Master__Response__GetAgents__Agent *a)
{
    const Mesos__V1__AgentInfo *info = a->agent_info;
    struct mezzo_label *attributes =
        arena_alloc(r->arena, info->n_attributes * sizeof *attributes);

    for (size_t i = 0; i < info->n_attributes; i++)
        attributes[i] = (struct mezzo_label){
            .key = copy(r, info->attributes[i]->name),
            .value = offers_attribute_text(info->attributes[i], r->arena),
        };
    *row = (struct mezzo_agent_row){
        .id = info->id != NULL ? copy(r, info->id->value) : "",
        .hostname = copy(r, info->hostname),
        .state = copy(r, a->state != NULL ? a->state : "registered"),
        .is_active = a->active,
        .pid = info->has_pid ? info->pid : 0,
        .version = copy(r, a->version),
        .registered_wall_ms = wall_ms_of(a->registered_time),
        .attributes = attributes,
        .attributes_count = info->n_attributes,
    };
    row->reserved =
        reservation_show(a->total_resources, a->n_total_resources, r->arena);
    amounts_show_wire(&row->total, a->total_resources, a->n_total_resources,
                      r->arena);
    amounts_show_wire(&row->used, a->allocated_resources,
                      a->n_allocated_resources, r->arena);
    amounts_show_wire(&row->offered, a->offered_resources,
                      a->n_offered_resources, r->arena);
}

static const char *add_agents(struct rows *r,
                              const Mesos__V1__Master__Response__GetAgents *g)
{
    size_t count = r->answer.agents_count;
    struct mezzo_agent_row *rows =
        grow(r, r->answer.agents, count, g->n_agents, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_agents; i++)
        show_agent(r, &rows[count++], g->agents[i]);
    r->answer.agents = rows;
    r->answer.agents_count = count;
    return NULL;
}

/* "a,b,c" */
static const char *join(struct rows *r, char *const *texts, size_t count)
{
    size_t size = 1;
    char *text, *to;

    for (size_t i = 0; i < count; i++)
        size += strlen(texts[i]) + 1;
    text = to = arena_alloc(r->arena, size);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *to++ = ',';
        to = stpcpy(to, texts[i]);
    }
    return text;
}

static void show_framework(
    struct rows *r,
    struct mezzo_framework_row *row,
    const Mesos__V1__Master__Response__GetFrameworks__Framework *f)
{
    const Mesos__V1__FrameworkInfo *info = f->framework_info;
    int64_t timeout_ms = 0;

    if (info->has_failover_timeout)
        milli_from_double(info->failover_timeout, &timeout_ms);
    *row = (struct mezzo_framework_row){
        .id = info->id != NULL ? copy(r, info->id->value) : "",
        .name = copy(r, info->name),
        .user = copy(r, info->user),
        .roles = info->n_roles > 0 ? join(r, info->roles, info->n_roles)
                                   : copy(r, info->role ? info->role : "*"),
        .is_active = f->active,
        .is_connected = f->connected,
        .registered_wall_ms = wall_ms_of(f->registered_time),
        .failover_timeout_ms = timeout_ms,
        .tasks_count = f->has_tasks_count ? f->tasks_count : 0,
    };
    amounts_show_wire(&row->used, f->allocated_resources,
                      f->n_allocated_resources, r->arena);
    amounts_show_wire(&row->offered, f->offered_resources,
                      f->n_offered_resources, r->arena);
}

static const char *add_frameworks(
    struct rows *r, const Mesos__V1__Master__Response__GetFrameworks *g)
{
    size_t count = r->answer.frameworks_count;
    struct mezzo_framework_row *rows =
        grow(r, r->answer.frameworks, count, g->n_frameworks, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_frameworks; i++)
        show_framework(r, &rows[count++], g->frameworks[i]);
    r->answer.frameworks = rows;
    r->answer.frameworks_count = count;
    return NULL;
}

/* A status of its own: what it points to lives in the arena. */
static const struct mezzo_status *copy_status(struct rows *r,
                                              const Mesos__V1__TaskStatus *from)
{
    struct mezzo_status *s = arena_alloc(r->arena, sizeof *s);

    if (status_show(s, from) != NULL)
        return NULL;
    s->task_id = copy(r, s->task_id);
    s->agent_id = copy(r, s->agent_id);
    s->executor_id = copy(r, s->executor_id);
    s->message = copy(r, s->message);
    s->data = NULL; /* an executor's, for its scheduler */
    s->data_size = 0;
    return s;
}

static void show_labels(struct rows *r,
                        struct mezzo_task_row *row,
                        const Mesos__V1__Labels *from)
{
    struct mezzo_label *labels;

    if (from == NULL)
        return;
    labels = arena_alloc(r->arena, from->n_labels * sizeof *labels);
    for (size_t i = 0; i < from->n_labels; i++)
        labels[i] = (struct mezzo_label){copy(r, from->labels[i]->key),
                                         copy(r, from->labels[i]->value)};
    row->labels = labels;
    row->labels_count = from->n_labels;
}

/* The newest, and when it first ran. */
static void show_statuses(struct rows *r,
                          struct mezzo_task_row *row,
                          const Mesos__V1__Task *t)
{
    for (size_t i = 0; i < t->n_statuses && row->started_wall_ms == 0; i++)
        if (t->statuses[i]->state == MESOS__V1__TASK_STATE__TASK_RUNNING &&
            t->statuses[i]->has_timestamp)
            row->started_wall_ms = (int64_t)(t->statuses[i]->timestamp * 1000);
    if (t->n_statuses > 0)
        row->status = copy_status(r, t->statuses[t->n_statuses - 1]);
}

static const char *show_task(struct rows *r,
                             struct mezzo_task_row *row,
                             const Mesos__V1__Task *t)
{
    *row = (struct mezzo_task_row){
        .id = copy(r, t->task_id->value),
        .name = copy(r, t->name),
        .framework_id = copy(r, t->framework_id->value),
        .agent_id = copy(r, t->agent_id->value),
        .hostname = copy(r, t->agent_hostname),
        .executor_id = t->executor_id ? copy(r, t->executor_id->value) : NULL,
        .user = copy(r, t->user),
        .state = (enum mezzo_task_state)t->state,
        .launched_wall_ms = t->has_launched_ms ? t->launched_ms : 0,
        .started_wall_ms = t->has_started_ms ? t->started_ms : 0,
    };
    amounts_show_wire(&row->resources, t->resources, t->n_resources, r->arena);
    show_labels(r, row, t->labels);
    show_statuses(r, row, t);
    return NULL;
}

static const char *add_tasks(struct rows *r,
                             const Mesos__V1__Master__Response__GetTasks *g)
{
    size_t count = r->answer.tasks_count;
    struct mezzo_task_row *rows =
        grow(r, r->answer.tasks, count, g->n_tasks + g->n_completed_tasks,
             sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_tasks; i++)
        show_task(r, &rows[count++], g->tasks[i]);
    for (size_t i = 0; i < g->n_completed_tasks; i++)
        show_task(r, &rows[count++], g->completed_tasks[i]);
    r->answer.tasks = rows;
    r->answer.tasks_count = count;
    return NULL;
}

static const char *add_history(struct rows *r,
                               const Mesos__V1__Master__Response__GetHistory *g)
{
    const Mesos__V1__Master__Response__GetTasks tasks = {.tasks = g->tasks,
                                                         .n_tasks = g->n_tasks};

    return add_tasks(r, &tasks);
}

static void show_offer(struct rows *r,
                       struct mezzo_offer_row *row,
                       const Mesos__V1__Offer *o)
{
    *row = (struct mezzo_offer_row){
        .id = copy(r, o->id->value),
        .framework_id = copy(r, o->framework_id->value),
        .agent_id = copy(r, o->agent_id->value),
        .hostname = copy(r, o->hostname),
        .role = copy(r, o->allocation_info != NULL &&
                                o->allocation_info->role != NULL
                            ? o->allocation_info->role
                            : "*"),
    };
    amounts_show_wire(&row->resources, o->resources, o->n_resources, r->arena);
}

static const char *add_offers(struct rows *r,
                              const Mesos__V1__Master__Response__GetOffers *g)
{
    size_t count = r->answer.offers_count;
    struct mezzo_offer_row *rows =
        grow(r, r->answer.offers, count, g->n_offers, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_offers; i++)
        show_offer(r, &rows[count++], g->offers[i]);
    r->answer.offers = rows;
    r->answer.offers_count = count;
    return NULL;
}

/* "cpus:4;mem:1024", or NULL for nothing. */
static const char *quantities(
    struct rows *r,
    Mesos__V1__Master__QuotaConfig__Entry *const *entries,
    size_t count)
{
    struct resources sum;
    const char *text;
    int64_t milli;

    resources_init(&sum);
    for (size_t i = 0; i < count; i++)
        if (entries[i]->key != NULL && entries[i]->value != NULL &&
            milli_from_double(entries[i]->value->value, &milli) && milli > 0 &&
            resource_name_refuses(entries[i]->key) == NULL)
            resources_set_milli(&sum, entries[i]->key, milli);
    text = resources_is_empty(&sum) ? NULL : resources_format(&sum, r->arena);
    resources_release(&sum);
    return text;
}

static void show_role(struct rows *r,
                      struct mezzo_role_row *row,
                      const Mesos__V1__Master__Response__Role *from)
{
    char **ids = arena_alloc(r->arena, from->n_frameworks * sizeof *ids);

    for (size_t i = 0; i < from->n_frameworks; i++)
        ids[i] = from->frameworks[i]->value;
    *row = (struct mezzo_role_row){
        .name = copy(r, from->name),
        .frameworks = join(r, ids, from->n_frameworks),
    };
    if (!milli_from_double(from->weight, &row->weight_milli))
        row->weight_milli = 0;
    if (!from->has_share || !milli_from_double(from->share, &row->share_milli))
        row->share_milli = 0;
    if (from->quota != NULL) {
        row->guarantee =
            quantities(r, from->quota->guarantees, from->quota->n_guarantees);
        row->limit = quantities(r, from->quota->limits, from->quota->n_limits);
    }
    amounts_show_wire(&row->used, from->resources, from->n_resources, r->arena);
}

static const char *add_roles(struct rows *r,
                             const Mesos__V1__Master__Response__GetRoles *g)
{
    size_t count = r->answer.roles_count;
    struct mezzo_role_row *rows =
        grow(r, r->answer.roles, count, g->n_roles, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < g->n_roles; i++)
        show_role(r, &rows[count++], g->roles[i]);
    r->answer.roles = rows;
    r->answer.roles_count = count;
    return NULL;
}

static const char *add_ask(struct rows *r,
                           const Mesos__V1__Master__Response__Explain__Ask *a)
{
    size_t count = r->answer.reasons_count;
    struct mezzo_reason_row *rows =
        grow(r, r->answer.reasons, count, a->n_reasons, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < a->n_reasons; i++)
        rows[count++] = (struct mezzo_reason_row){
            .ask_id = copy(r, a->ask_id),
            .framework_id = copy(r, a->framework_id->value),
            .reason = copy(r, a->reasons[i]->reason),
            .agents_count = a->reasons[i]->agents_count,
            .detail = copy(r, a->reasons[i]->detail),
        };
    r->answer.reasons = rows;
    r->answer.reasons_count = count;
    return NULL;
}

static const char *add_asks(struct rows *r,
                            const Mesos__V1__Master__Response__Explain *e)
{
    size_t count = r->answer.asks_count;
    struct mezzo_ask_row *rows =
        grow(r, r->answer.asks, count, e->n_asks, sizeof *rows);

    if (rows == NULL)
        return "too many rows";
    for (size_t i = 0; i < e->n_asks; i++) {
        const Mesos__V1__Master__Response__Explain__Ask *a = e->asks[i];

        rows[count++] = (struct mezzo_ask_row){
            .ask_id = copy(r, a->ask_id),
            .framework_id = copy(r, a->framework_id->value),
            .role = copy(r, a->role),
            .text = copy(r, a->text),
            .wanted = a->wanted,
            .offered = a->offered,
            .placed = a->placed,
            .fits_now = a->fits_now,
            .is_gang = a->has_gang && a->gang,
            .is_impossible = a->has_impossible && a->impossible,
            .nearest_agent = copy(r, a->nearest_agent),
            .would_free_it = copy(r, a->would_free_it),
            .starts_by_wall_ms =
                a->starts_by != NULL ? a->starts_by->nanoseconds / 1000000 : 0,
            .place_agents_count = a->place_agents_count,
        };
    }
    r->answer.asks = rows;
    r->answer.asks_count = count;
    return NULL;
}

static const char *add_explain(struct rows *r,
                               const Mesos__V1__Master__Response__Explain *e)
{
    const char *fault = add_asks(r, e);

    for (size_t i = 0; i < e->n_asks && fault == NULL; i++)
        fault = add_ask(r, e->asks[i]);
    if (e->text != NULL)
        r->answer.text = copy(r, e->text);
    return fault;
}

static const char *add_failed(struct rows *r,
                              const Mesos__V1__Master__Response__Failed *f)
{
    rows_say(r, -EREMOTEIO, f->has_status && f->status > 0 ? f->status : 1,
             f->message);
    return NULL;
}

static const char *add_ticket(
    struct rows *r, const Mesos__V1__Master__Response__GetTicket *from)
{
    struct mezzo_ticket *t = arena_alloc(r->arena, sizeof *t);
    uint8_t *bytes = arena_alloc(r->arena, from->ticket.len);

    memcpy(bytes, from->ticket.data, from->ticket.len);
    *t = (struct mezzo_ticket){
        .task_id = arena_strdup(r->arena, from->task_id->value),
        .verb = r->verb,
        .endpoint = arena_strdup(r->arena, from->endpoint),
        .agent_key =
            from->key[0] != '\0' ? arena_strdup(r->arena, from->key) : NULL,
        .bytes = bytes,
        .size = from->ticket.len,
    };
    r->answer.ticket = t;
    return NULL;
}

const char *rows_add(struct rows *r, const response *from)
{
    static const char missing[] = "an answer without its content";

    switch (from->has_type ? from->type : TYPE(UNKNOWN)) {
    case TYPE(GET_TICKET):
        return from->get_ticket ? add_ticket(r, from->get_ticket) : missing;
    case TYPE(GET_MASTER):
        return from->get_master ? add_masters(r, from->get_master) : missing;
    case TYPE(GET_AGENTS):
        return from->get_agents ? add_agents(r, from->get_agents) : missing;
    case TYPE(GET_FRAMEWORKS):
        return from->get_frameworks ? add_frameworks(r, from->get_frameworks)
                                    : missing;
    case TYPE(GET_TASKS):
        return from->get_tasks ? add_tasks(r, from->get_tasks) : missing;
    case TYPE(GET_HISTORY):
        return from->get_history ? add_history(r, from->get_history) : missing;
    case TYPE(GET_OFFERS):
        return from->get_offers ? add_offers(r, from->get_offers) : missing;
    case TYPE(GET_ROLES):
        return from->get_roles ? add_roles(r, from->get_roles) : missing;
    case TYPE(WHAT_IF):
        if (from->what_if == NULL)
            return missing;
        r->answer.whatif = whatif_show(from->what_if, r->arena);
        r->answer.whatif_count = from->what_if->n_rows;
        r->answer.text = whatif_text(from->what_if, r->arena);
        return NULL;
    case TYPE(EXPLAIN):
        return from->explain ? add_explain(r, from->explain) : missing;
    case TYPE(GET_VERSION):
        if (from->get_version == NULL)
            return missing;
        r->answer.text = copy(r, from->get_version->version_info->version);
        return NULL;
    case TYPE(FAILED):
        return from->failed ? add_failed(r, from->failed) : missing;
    case TYPE(DONE):
        return NULL;
    default: /* of a newer master */
        return "an answer to what was not asked";
    }
}
