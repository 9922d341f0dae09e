/* quotas.c - a call may change several roles: all are checked first, then each
 * is stored, in order, and the last one's storing answers the operator. */

#include "master/quotas.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/role.h"
#include "master/holdings.h"
#include "master/records.h"
#include "master/role_settings.h"

typedef Mesos__V1__Master__QuotaConfig quota_config;
typedef Mesos__V1__Master__QuotaConfig__Entry quota_entry;

enum {
    KINDS_MAX = 8, /* of a quota */
};

static void apply(struct turn *t,
                  struct alloc *alloc,
                  const char *role,
                  const Mezzo__Record__Role *record)
{
    struct resources guarantee = {0}, limit = {0};
    int64_t weight = 1000;
    struct error err;

    if (!record->has_weight || !milli_from_double(record->weight, &weight) ||
        weight <= 0)
        weight = 1000;
    alloc_role_set_weight(alloc, role, weight);
    if (resources_from_wire(&guarantee, record->guarantee, record->n_guarantee,
                            &err) < 0 ||
        resources_from_wire(&limit, record->limit, record->n_limit, &err) < 0 ||
        alloc_role_set_quota(alloc, role, &guarantee, &limit, &err) < 0)
        effects_log(t->fx, LOG_LEVEL_ERROR, "role %s: its quota, %s", role,
                    err.text);
    resources_release(&guarantee);
    resources_release(&limit);
}

void quotas_resume(struct turn *t, struct alloc *alloc)
{
    const struct role_setting *one = role_settings_first(t->m->role_settings);

    for (; one != NULL; one = TAILQ_NEXT(one, entry))
        apply(t, alloc, one->role, one->record);
}

/* ------------------------------------------------------------- checking */

static const char *say(struct turn *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *say(struct turn *t, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return arena_strdup(t->arena, text);
}

static const char *read_entries(struct turn *t,
                                quota_entry *const *entries,
                                size_t count,
                                struct resources *to)
{
    if (count > KINDS_MAX)
        return say(t, "a quota of more than %d kinds", KINDS_MAX);
    for (size_t i = 0; i < count; i++) {
        int64_t milli;

        if (entries[i]->key == NULL || entries[i]->key[0] == '\0' ||
            strlen(entries[i]->key) >= RESOURCE_NAME_SIZE ||
            entries[i]->value == NULL ||
            !milli_from_double(entries[i]->value->value, &milli))
            return "a quota needs names of resources and amounts";
        resources_set_milli(to, entries[i]->key, milli);
    }
    return NULL;
}

/* What a role, in the settings or in this call, is to have of a kind. */
static int64_t amount_of(Mesos__V1__Resource *const *list,
                         size_t count,
                         const char *kind,
                         int64_t otherwise)
{
    int64_t milli;

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->name, kind) == 0 && list[i]->scalar != NULL &&
            milli_from_double(list[i]->scalar->value, &milli))
            return milli;
    return otherwise;
}

/* Of all roles but `role`, at the top of the tree. */
static int64_t sum_of_guarantees(const struct turn *t,
                                 const char *role,
                                 const char *kind)
{
    const struct role_setting *one = role_settings_first(t->m->role_settings);
    int64_t sum = 0;

    for (; one != NULL; one = TAILQ_NEXT(one, entry))
        if (strcmp(one->role, role) != 0 && strchr(one->role, '/') == NULL)
            sum += amount_of(one->record->guarantee, one->record->n_guarantee,
                             kind, 0);
    return sum;
}

static bool is_at_or_below(const char *role, const char *above)
{
    return strcmp(role, above) == 0 || role_is_below(role, above);
}

/* By tasks; what is only offered may be taken back. */
static int64_t sum_of_used(const struct turn *t,
                           const char *role,
                           const char *kind)
{
    int64_t sum = alloc_role_given(t->m->alloc, role, kind);
    const struct offer *offer = offers_first(t->m->offers);

    for (; offer != NULL; offer = TAILQ_NEXT(offer, entry))
        if (is_at_or_below(offer->role, role))
            sum -= resources_milli(&offer->resources, kind);
    return sum;
}

/* A guarantee beyond what there is, or a limit below what is in use. */
static const char *check_pool(struct turn *t,
                              const char *role,
                              const struct resources *guarantee,
                              const struct resources *limit)
{
    char a[MILLI_TEXT_SIZE], b[MILLI_TEXT_SIZE], c[MILLI_TEXT_SIZE];

    for (size_t i = 0; i < guarantee->count; i++) {
        const struct resource *r = &guarantee->items[i];
        int64_t others = sum_of_guarantees(t, role, r->name);
        int64_t total = alloc_total(t->m->alloc, r->name);

        if (r->milli + others > total)
            return say(t,
                       "%s: a guarantee of %s, with %s of others, is more than "
                       "the %s there are; --force sets it all the same",
                       r->name, milli_format(r->milli, a),
                       milli_format(others, b), milli_format(total, c));
    }
    for (size_t i = 0; i < limit->count; i++) {
        const struct resource *r = &limit->items[i];
        int64_t used = sum_of_used(t, role, r->name);

        if (r->milli < used)
            return say(t,
                       "%s: a limit of %s is less than the %s in use; --force "
                       "sets it all the same",
                       r->name, milli_format(r->milli, a),
                       milli_format(used, b));
    }
    return NULL;
}

static const char *check_limits(struct turn *t,
                                const struct resources *guarantee,
                                const struct resources *limit)
{
    char a[MILLI_TEXT_SIZE], b[MILLI_TEXT_SIZE];

    for (size_t i = 0; i < limit->count; i++) {
        const struct resource *r = &limit->items[i];
        int64_t least = resources_milli(guarantee, r->name);

        if (least > r->milli)
            return say(t, "%s: a guarantee of %s is more than the limit of %s",
                       r->name, milli_format(least, a),
                       milli_format(r->milli, b));
    }
    return NULL;
}

/* Of all agents, to the role and those below it. */
static int64_t sum_of_reserved(const struct turn *t,
                               const char *role,
                               const char *kind)
{
    const struct agent *agent = agents_first(t->m->agents);
    int64_t sum = 0;

    for (; agent != NULL; agent = TAILQ_NEXT(agent, entry))
        for (size_t i = 0; i < agent->total.count; i++) {
            const struct resource *r = &agent->total.items[i];

            if (r->kind == RESOURCE_SCALAR && r->reserved_role != NULL &&
                strcmp(r->name, kind) == 0 &&
                is_at_or_below(r->reserved_role, role))
                sum += r->milli;
        }
    return sum;
}

static const char *check_reserved_of(struct turn *t, const struct resource *r)
{
    const struct role_setting *one = role_settings_first(t->m->role_settings);
    char a[MILLI_TEXT_SIZE], b[MILLI_TEXT_SIZE], c[MILLI_TEXT_SIZE];
    char top[ROLE_SIZE_MAX + 1];
    int64_t others, there, total = alloc_total(t->m->alloc, r->name);

    for (; one != NULL; one = TAILQ_NEXT(one, entry)) {
        int64_t limit = amount_of(one->record->limit, one->record->n_limit,
                                  r->name, INT64_MAX);

        if (!is_at_or_below(r->reserved_role, one->role))
            continue;
        there = sum_of_reserved(t, one->role, r->name) + r->milli;
        if (there > limit)
            return say(t,
                       "%s: %s would be reserved for %.100s, which may have "
                       "%s at most; --force reserves it all the same",
                       r->name, milli_format(there, a), one->role,
                       milli_format(limit, b));
    }
    snprintf(top, sizeof top, "%.*s", (int)strcspn(r->reserved_role, "/"),
             r->reserved_role);
    there = sum_of_reserved(t, top, r->name) + r->milli;
    others = sum_of_guarantees(t, top, r->name);
    if (others > 0 && there + others > total)
        return say(t,
                   "%s: %s reserved for %.100s leave less than the %s that "
                   "others are guaranteed of %s; --force reserves it all the "
                   "same",
                   r->name, milli_format(there, a), top,
                   milli_format(others, b), milli_format(total, c));
    return NULL;
}

const char *quotas_check_reserved(struct turn *t,
                                  const struct resources *reserved)
{
    const char *fault = NULL;

    for (size_t i = 0; i < reserved->count && fault == NULL; i++)
        if (reserved->items[i].kind == RESOURCE_SCALAR)
            fault = check_reserved_of(t, &reserved->items[i]);
    return fault;
}

/* ------------------------------------------------------------- changing */

static Mezzo__Record__Role *copy_record(const struct turn *t, const char *role)
{
    const struct role_setting *one =
        role_settings_find(t->m->role_settings, role);
    Mezzo__Record__Role none = MEZZO__RECORD__ROLE__INIT;

    return message_copy(one != NULL ? one->record : &none);
}

static void tell(struct turn *t, const struct pending_setting *p)
{
    Mesos__V1__Master__Response *r =
        message_new(t->arena, &mesos__v1__master__response__descriptor);

    r->has_type = 1;
    r->type = MESOS__V1__MASTER__RESPONSE__TYPE__DONE;
    r->has_request_id = p->has_request_id;
    r->request_id = p->request_id;
    effects_send(t->fx, arena_strdup(t->arena, p->peer), &r->base);
}

/* With what is on offer? */
static bool is_beyond_limit(const struct turn *t,
                            const char *role,
                            const Mezzo__Record__Role *record)
{
    for (size_t i = 0; i < record->n_limit; i++) {
        const char *kind = record->limit[i]->name;

        if (alloc_role_given(t->m->alloc, role, kind) >
            amount_of(record->limit, record->n_limit, kind, INT64_MAX))
            return true;
    }
    return false;
}

/* They are stored in order. */
static void stored(struct turn *t, const char *role)
{
    struct pending_setting *p = role_settings_take(t->m->role_settings);

    role_settings_put(t->m->role_settings, role, p->record);
    apply(t, t->m->alloc, role, p->record);
    if (is_beyond_limit(t, role, p->record))
        holdings_rescind_role(t, role);
    if (p->is_last)
        tell(t, p);
    p->record = NULL;
    role_settings_drop(p);
}

static void change(struct turn *t,
                   const Mesos__V1__Master__Call *call,
                   const char *role,
                   Mezzo__Record__Role *record,
                   bool is_last)
{
    role_settings_await(
        t->m->role_settings,
        &(struct pending_setting){.record = record,
                                  .peer = (char *)(uintptr_t)t->input->peer,
                                  .has_request_id = call->has_request_id,
                                  .request_id = call->request_id,
                                  .is_last = is_last});
    records_put_role(t, role, record, stored);
}

static const char *update_weights(struct turn *t,
                                  const Mesos__V1__Master__Call *call)
{
    const Mesos__V1__Master__Call__UpdateWeights *u = call->update_weights;
    int64_t weight;

    if (u->n_weight_infos == 0)
        return "no weight is given";
    for (size_t i = 0; i < u->n_weight_infos; i++) {
        const Mesos__V1__Master__WeightInfo *w = u->weight_infos[i];

        if (w->role == NULL || !role_is_valid(w->role) ||
            !milli_from_double(w->weight, &weight) || weight == 0)
            return "a weight needs the name of a role and a number above 0";
    }
    for (size_t i = 0; i < u->n_weight_infos; i++) {
        Mezzo__Record__Role *record = copy_record(t, u->weight_infos[i]->role);

        record->has_weight = 1;
        record->weight = u->weight_infos[i]->weight;
        change(t, call, u->weight_infos[i]->role, record,
               i + 1 == u->n_weight_infos);
    }
    return NULL;
}

static Mezzo__Record__Role *make_record(struct turn *t,
                                        const char *role,
                                        const struct resources *guarantee,
                                        const struct resources *limit)
{
    Mezzo__Record__Role *before = copy_record(t, role), *record;
    Mezzo__Record__Role with = MEZZO__RECORD__ROLE__INIT;

    with.has_weight = before->has_weight;
    with.weight = before->weight;
    with.guarantee =
        resources_to_wire(guarantee, NULL, t->arena, &with.n_guarantee);
    with.limit = resources_to_wire(limit, NULL, t->arena, &with.n_limit);
    record = message_copy(&with);
    mezzo__record__role__free_unpacked(before, NULL);
    return record;
}

/* Returns why not; else, unless it is only tried, it is on its way. */
static const char *update_quota(struct turn *t,
                                const Mesos__V1__Master__Call *call,
                                size_t i,
                                bool is_tried)
{
    const Mesos__V1__Master__Call__UpdateQuota *u = call->update_quota;
    const quota_config *q = u->quota_configs[i];
    struct resources guarantee = {0}, limit = {0};
    const char *fault = NULL;

    if (!role_is_valid(q->role))
        fault = "a quota needs the name of a role";
    if (fault == NULL)
        fault = read_entries(t, q->guarantees, q->n_guarantees, &guarantee);
    if (fault == NULL)
        fault = read_entries(t, q->limits, q->n_limits, &limit);
    if (fault == NULL)
        fault = check_limits(t, &guarantee, &limit);
    if (fault == NULL && !(u->has_force && u->force))
        fault = check_pool(t, q->role, &guarantee, &limit);
    if (fault == NULL && !is_tried)
        change(t, call, q->role, make_record(t, q->role, &guarantee, &limit),
               i + 1 == u->n_quota_configs);
    resources_release(&guarantee);
    resources_release(&limit);
    return fault;
}

const char *quotas_update(struct turn *t, const Mesos__V1__Master__Call *call)
{
    const char *fault = NULL;

    if (call->update_weights != NULL)
        return update_weights(t, call);
    if (call->update_quota->n_quota_configs == 0)
        return "no quota is given";
    for (size_t i = 0; i < call->update_quota->n_quota_configs; i++) {
        fault = update_quota(t, call, i, true);
        if (fault != NULL)
            return fault;
    }
    for (size_t i = 0; i < call->update_quota->n_quota_configs; i++)
        update_quota(t, call, i, false);
    return NULL;
}

static quota_entry **describe(const struct turn *t,
                              Mesos__V1__Resource *const *list,
                              size_t count)
{
    quota_entry **entries =
        arena_alloc(t->arena, (count + 1) * sizeof(quota_entry *));

    for (size_t i = 0; i < count; i++) {
        entries[i] = message_new(
            t->arena, &mesos__v1__master__quota_config__entry__descriptor);
        entries[i]->key = arena_strdup(t->arena, list[i]->name);
        entries[i]->value =
            message_new(t->arena, &mesos__v1__value__scalar__descriptor);
        entries[i]->value->value =
            list[i]->scalar != NULL ? list[i]->scalar->value : 0;
    }
    return entries;
}

quota_config *quotas_describe(const struct turn *t, const char *role)
{
    const struct role_setting *one =
        role_settings_find(t->m->role_settings, role);
    quota_config *q;

    if (one == NULL || one->record->n_guarantee + one->record->n_limit == 0)
        return NULL;
    q = message_new(t->arena, &mesos__v1__master__quota_config__descriptor);
    q->role = arena_strdup(t->arena, role);
    q->n_guarantees = one->record->n_guarantee;
    q->guarantees =
        describe(t, one->record->guarantee, one->record->n_guarantee);
    q->n_limits = one->record->n_limit;
    q->limits = describe(t, one->record->limit, one->record->n_limit);
    return q;
}
