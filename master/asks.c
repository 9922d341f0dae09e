/* asks.c - asks go to the allocator as plain structs and stay with their
 * framework as they came, with counts of what is still wanted. */

#include "master/asks.h"

#include <errno.h>
#include <string.h>

#include "base/id.h"
#include "base/message.h"
#include "master/events.h"
#include "master/explain.h"
#include "master/records.h"

typedef Mesos__V1__Ask__Constraint wire_constraint;

static void say(struct turn *t,
                struct framework *framework,
                const char *ask_id,
                const char *explanation)
{
    Mesos__V1__Scheduler__Event__AskUpdated *updated = message_new(
        t->arena, &mesos__v1__scheduler__event__ask_updated__descriptor);

    updated->ask_id = arena_strdup(t->arena, ask_id);
    updated->explanation = arena_strdup(t->arena, explanation);
    updated->has_refused = 1;
    updated->refused = 1;
    events_ask_updated(t, framework, updated);
}

static int read_constraint(const wire_constraint *from,
                           struct alloc_constraint *to,
                           struct error *err)
{
    static const enum alloc_relation relations[] = {
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__EQUALS] = ALLOC_EQUALS,
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__NOT_EQUALS] = ALLOC_NOT_EQUALS,
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__MATCHES] = ALLOC_MATCHES,
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__UNIQUE] = ALLOC_UNIQUE,
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__MAX_PER] = ALLOC_MAX_PER,
        [MESOS__V1__ASK__CONSTRAINT__OPERATOR__GROUP_BY] = ALLOC_GROUP_BY,
    };
    unsigned number = (unsigned)from->operator_;

    if (number == 0 || number >= sizeof relations / sizeof relations[0])
        return error_set(err, -EINVAL, "constraints.operator: none of ours");
    *to = (struct alloc_constraint){.attribute = from->attribute,
                                    .relation = relations[number],
                                    .value = from->value};
    return 0;
}

/* `each` is to be released by the caller, also after a failure. */
static int read_slot(struct turn *t,
                     const Mesos__V1__Ask__Slot *from,
                     struct alloc_slot *to,
                     struct resources *each,
                     struct error *err)
{
    struct alloc_constraint *constraints =
        arena_alloc(t->arena, (from->n_constraints + 1) * sizeof *constraints);
    int rc = resources_from_wire(each, from->each, from->n_each, err);

    for (size_t i = 0; i < from->n_constraints && rc == 0; i++)
        rc = read_constraint(from->constraints[i], &constraints[i], err);
    *to = (struct alloc_slot){.each = each,
                              .count = from->count,
                              .min = from->has_min ? from->min : 0,
                              .constraints = constraints,
                              .constraints_count = from->n_constraints};
    return rc;
}

static msec_t not_before_of(const struct turn *t, const Mesos__V1__Ask *ask)
{
    msec_t wall;

    if (ask->not_before == NULL)
        return 0;
    wall = ask->not_before->nanoseconds / 1000000;
    return wall <= t->input->wall ? 0 : t->now + (wall - t->input->wall);
}

/* How long it has waited counts, also with a master that has just begun. */
static msec_t since_of(const struct turn *t, const Mesos__V1__Ask *ask)
{
    msec_t waited = ask->has_since_ms ? t->input->wall - ask->since_ms : 0;

    return waited > 0 ? t->now - waited : t->now;
}

/* False when it is none. */
static bool read_walltime(const Mesos__V1__Ask *ask, msec_t *max_ms)
{
    *max_ms = 0;
    return !ask->has_max_seconds || milli_from_double(ask->max_seconds, max_ms);
}

static bool has_role(struct turn *t,
                     const struct framework *framework,
                     const char *role)
{
    size_t count;
    const char *const *roles = frameworks_roles(framework, t->arena, &count);

    for (size_t i = 0; i < count; i++)
        if (strcmp(roles[i], role) == 0)
            return true;
    return false;
}

static int put_slots(struct turn *t,
                     struct alloc *alloc,
                     const char *framework_id,
                     const Mesos__V1__Ask *ask,
                     struct alloc_slot *slots,
                     struct resources *each,
                     struct error *err)
{
    msec_t max_ms;

    if (!read_walltime(ask, &max_ms))
        return error_set(err, -EINVAL, "max_seconds: no duration");
    for (size_t i = 0; i < ask->n_slots; i++) {
        struct error why;
        int rc = read_slot(t, ask->slots[i], &slots[i], &each[i], &why);

        if (rc < 0)
            return error_set(err, rc, "slots[%zu].%.200s", i, why.text);
    }
    return alloc_ask_put(
        alloc, framework_id,
        &(struct alloc_ask){.id = ask->id,
                            .role = ask->role,
                            .slots = slots,
                            .slots_count = ask->n_slots,
                            .is_exclusive = ask->exclusive,
                            .pack_under = ask->pack_under,
                            .max_ms = max_ms,
                            .priority = ask->priority,
                            .since = since_of(t, ask),
                            .not_before = not_before_of(t, ask)},
        err);
}

int asks_put_into(struct turn *t,
                  struct alloc *alloc,
                  const char *framework_id,
                  const Mesos__V1__Ask *ask,
                  struct error *err)
{
    struct alloc_slot *slots;
    struct resources *each;
    int rc;

    if (!id_is_valid(ask->id))
        return error_set(err, -EINVAL, "id: not an id");
    if (ask->n_slots == 0 || ask->n_slots > ALLOC_SLOTS_MAX)
        return error_set(err, -EINVAL, "slots: 1 to %d are needed",
                         ALLOC_SLOTS_MAX);
    slots = arena_alloc(t->arena, ask->n_slots * sizeof *slots);
    each = arena_alloc(t->arena, ask->n_slots * sizeof *each);
    rc = put_slots(t, alloc, framework_id, ask, slots, each, err);
    for (size_t i = 0; i < ask->n_slots; i++)
        resources_release(&each[i]);
    return rc;
}

static int put(struct turn *t,
               const struct framework *framework,
               const Mesos__V1__Ask *ask,
               struct error *err)
{
    if (!has_role(t, framework, ask->role))
        return error_set(err, -EINVAL, "role: not one of the framework's");
    return asks_put_into(t, t->m->alloc, framework->id, ask, err);
}

static void put_one(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__Ask *ask)
{
    const Mesos__V1__Ask *before = frameworks_find_ask(framework, ask->id);
    Mesos__V1__Ask *kept = message_copy(ask);
    struct error err;

    kept->has_since_ms = 1;
    kept->since_ms = before != NULL && before->has_since_ms ? before->since_ms
                                                            : t->input->wall;
    if (put(t, framework, kept, &err) == 0) {
        t->m->has_priorities |= kept->priority != 0;
        frameworks_put_ask(framework, kept);
        explain_soon(t);
        return;
    }
    say(t, framework, ask->id, err.text);
    mesos__v1__ask__free_unpacked(kept, NULL);
}

void asks_request(struct turn *t,
                  struct framework *framework,
                  const Mesos__V1__Scheduler__Call__Request *call)
{
    for (size_t i = 0; i < call->n_requests; i++) {
        const Mesos__V1__Request *request = call->requests[i];

        if (request->ask != NULL)
            put_one(t, framework, request->ask);
        if (request->withdraw != NULL) {
            alloc_ask_withdraw(t->m->alloc, framework->id, request->withdraw);
            frameworks_remove_ask(framework, request->withdraw);
        }
    }
    records_put_framework(t, framework, NULL);
}

void asks_resume(struct turn *t, const struct framework *framework)
{
    struct error err;

    if (framework->asks_count > 0)
        explain_soon(t);
    for (size_t i = 0; i < framework->asks_count; i++)
        t->m->has_priorities |= framework->asks[i]->priority != 0;
    for (size_t i = 0; i < framework->asks_count; i++)
        if (put(t, framework, framework->asks[i], &err) < 0)
            effects_log(t->fx, LOG_LEVEL_ERROR, "%s: ask %s: %s", framework->id,
                        framework->asks[i]->id, err.text);
}

static void note_placed(struct framework *framework, const struct offer *offer)
{
    Mesos__V1__Ask *ask = frameworks_find_ask(framework, offer->ask_id);
    uint32_t wanted = 0;

    if (ask == NULL)
        return;
    for (size_t i = 0; i < ask->n_slots; i++) {
        uint32_t placed = i < offer->slots_count ? offer->slots[i].placed : 0;

        ask->slots[i]->count -=
            placed < ask->slots[i]->count ? placed : ask->slots[i]->count;
        ask->slots[i]->min -=
            placed < ask->slots[i]->min ? placed : ask->slots[i]->min;
        wanted += ask->slots[i]->count;
    }
    if (wanted == 0)
        frameworks_remove_ask(framework, offer->ask_id);
}

void asks_settle(struct turn *t, struct offer *offer)
{
    bool is_any_placed = false;

    if (offer->ask_id == NULL)
        return;
    for (size_t i = 0; i < offer->slots_count; i++) {
        is_any_placed = is_any_placed || offer->slots[i].placed > 0;
        if (offer->slots[i].granted > 0 && offer->agent->is_pooled)
            alloc_ask_note_placed(t->m->alloc, offer->framework->id,
                                  offer->ask_id, i, offer->agent->id,
                                  offer->slots[i].granted,
                                  offer->slots[i].placed);
    }
    if (!is_any_placed)
        return;
    note_placed(offer->framework, offer);
    records_put_framework(t, offer->framework, NULL);
}
