/* asks.c - kept as they go over the wire.  One that is withdrawn stays until
 * that was said. */

#include "libframework/asks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/resources.h"
#include "base/table.h"
#include "libframework/amounts.h"
#include "libframework/checks.h"

struct ask {
    TAILQ_ENTRY(ask) entry;
    TAILQ_ENTRY(ask) said_entry; /* while is_to_be_said */
    Mesos__V1__Ask *wanted;      /* NULL: withdrawn */
    bool is_to_be_said;
    char id[];
};
TAILQ_HEAD(ask_list, ask);

struct asks {
    struct table *by_id;
    struct ask_list all, to_be_said;
};

static const char *id_of(const void *value)
{
    return ((const struct ask *)value)->id;
}

struct asks *asks_new(void)
{
    struct asks *a = memory_new(1, sizeof *a);

    a->by_id = table_new(id_of);
    TAILQ_INIT(&a->all);
    TAILQ_INIT(&a->to_be_said);
    return a;
}

static void set_wanted(struct ask *k, Mesos__V1__Ask *wanted)
{
    if (k->wanted != NULL)
        mesos__v1__ask__free_unpacked(k->wanted, NULL);
    k->wanted = wanted;
}

static void said(struct asks *a, struct ask *k)
{
    if (k->is_to_be_said)
        TAILQ_REMOVE(&a->to_be_said, k, said_entry);
    k->is_to_be_said = false;
}

static void forget(struct asks *a, struct ask *k)
{
    said(a, k);
    set_wanted(k, NULL);
    TAILQ_REMOVE(&a->all, k, entry);
    table_remove(a->by_id, k);
    free(k);
}

void asks_free(struct asks *a)
{
    if (a == NULL)
        return;
    while (!TAILQ_EMPTY(&a->all))
        forget(a, TAILQ_FIRST(&a->all));
    table_free(a->by_id);
    free(a);
}

static void say(struct asks *a, struct ask *k)
{
    if (!k->is_to_be_said)
        TAILQ_INSERT_TAIL(&a->to_be_said, k, said_entry);
    k->is_to_be_said = true;
}

static int write_constraints(Mesos__V1__Ask__Slot *to,
                             const struct mezzo_slot *slot,
                             struct arena *arena,
                             struct error *err)
{
    if (slot->constraints_count > ASKS_CONSTRAINTS_MAX)
        return error_set(err, -EINVAL, "more than %d constraints",
                         ASKS_CONSTRAINTS_MAX);
    to->constraints =
        arena_alloc(arena, slot->constraints_count * sizeof *to->constraints);
    for (size_t i = 0; i < slot->constraints_count; i++) {
        const struct mezzo_constraint *from = &slot->constraints[i];
        Mesos__V1__Ask__Constraint *c =
            message_new(arena, &mesos__v1__ask__constraint__descriptor);

        if (checks_text("attribute", from->attribute, MEZZO_NAME_MAX, err) <
                0 ||
            checks_optional_text("value of a constraint", from->value,
                                 MEZZO_NAME_MAX, err) < 0)
            return -EINVAL;
        if (from->op < MEZZO_EQUALS || from->op > MEZZO_GROUP_BY)
            return error_set(err, -EINVAL, "a constraint has no operator");
        c->attribute = arena_strdup(arena, from->attribute);
        c->operator_ = (Mesos__V1__Ask__Constraint__Operator)from->op;
        if (from->value != NULL)
            c->value = arena_strdup(arena, from->value);
        to->constraints[i] = c;
    }
    to->n_constraints = slot->constraints_count;
    return 0;
}

static int write_slot(Mesos__V1__Ask__Slot **to,
                      const struct mezzo_slot *slot,
                      struct arena *arena,
                      struct error *err)
{
    Mesos__V1__Ask__Slot *s =
        message_new(arena, &mesos__v1__ask__slot__descriptor);
    struct resources each;

    if (slot->count == 0 || slot->min > slot->count)
        return error_set(err, -EINVAL,
                         "a slot has a count of %u and a min of %u",
                         slot->count, slot->min);
    resources_init(&each);
    if (amounts_read(&each, &slot->each, err) < 0)
        return -EINVAL;
    s->each = resources_to_wire(&each, NULL, arena, &s->n_each);
    resources_release(&each);
    s->count = slot->count;
    s->has_min = true;
    s->min = slot->min;
    *to = s;
    return write_constraints(s, slot, arena, err);
}

static int check(const struct mezzo_ask *ask, struct error *err)
{
    if (checks_id("id of the ask", ask->id, err) < 0 ||
        checks_optional_text("role", ask->role, MEZZO_NAME_MAX, err) < 0 ||
        checks_optional_text("attribute", ask->pack_under, MEZZO_NAME_MAX,
                             err) < 0)
        return -EINVAL;
    if (ask->slots_count == 0 || ask->slots_count > ASKS_SLOTS_MAX)
        return error_set(err, -EINVAL, "an ask has 1 to %d slots",
                         ASKS_SLOTS_MAX);
    if (ask->duration_max_ms < 0 || ask->not_before_wall_ms < 0 ||
        ask->not_before_wall_ms > INT64_MAX / 1000000)
        return error_set(err, -EINVAL, "a time of the ask cannot be");
    return 0;
}

int asks_write(Mesos__V1__Ask **to,
               const struct mezzo_ask *ask,
               const char *default_role,
               struct arena *arena,
               struct error *err)
{
    Mesos__V1__Ask *w = message_new(arena, &mesos__v1__ask__descriptor);

    if (check(ask, err) < 0)
        return -EINVAL;
    w->slots = arena_alloc(arena, ask->slots_count * sizeof *w->slots);
    for (size_t i = 0; i < ask->slots_count; i++)
        if (write_slot(&w->slots[w->n_slots++], &ask->slots[i], arena, err) < 0)
            return -EINVAL;
    w->id = arena_strdup(arena, ask->id);
    w->role = arena_strdup(arena, ask->role ? ask->role : default_role);
    w->has_exclusive = w->exclusive = ask->is_exclusive;
    if (ask->pack_under != NULL)
        w->pack_under = arena_strdup(arena, ask->pack_under);
    w->has_max_seconds = ask->duration_max_ms > 0;
    w->max_seconds = (double)ask->duration_max_ms / 1000;
    w->has_priority = ask->priority != 0;
    w->priority = ask->priority;
    if (ask->not_before_wall_ms > 0) {
        w->not_before = message_new(arena, &mesos__v1__time_info__descriptor);
        w->not_before->nanoseconds = ask->not_before_wall_ms * 1000000;
    }
    *to = w;
    return checks_size("the ask", protobuf_c_message_get_packed_size(&w->base),
                       MEZZO_TASK_SIZE_MAX, err);
}

static struct ask *add(struct asks *a, const char *id)
{
    size_t size = strlen(id) + 1;
    struct ask *k = memory_new(1, sizeof *k + size);

    memcpy(k->id, id, size);
    table_add(a->by_id, k);
    TAILQ_INSERT_TAIL(&a->all, k, entry);
    return k;
}

int asks_put(struct asks *a,
             const struct mezzo_ask *ask,
             const char *default_role,
             struct error *err)
{
    struct arena *arena = arena_new();
    Mesos__V1__Ask *wanted;
    int result = asks_write(&wanted, ask, default_role, arena, err);
    struct ask *k = result == 0 ? table_find(a->by_id, ask->id) : NULL;

    if (result == 0 && k == NULL) {
        if (table_count(a->by_id) >= MEZZO_ASKS_MAX)
            result =
                error_set(err, -ENOSPC, "more than %d asks", MEZZO_ASKS_MAX);
        else
            k = add(a, ask->id);
    }
    if (result == 0) {
        set_wanted(k, message_copy(wanted));
        say(a, k);
    }
    arena_free(arena);
    return result;
}

int asks_withdraw(struct asks *a, const char *ask_id, struct error *err)
{
    struct ask *k = ask_id != NULL ? table_find(a->by_id, ask_id) : NULL;

    if (k == NULL || k->wanted == NULL)
        return error_set(err, -ENOENT, "there is no such ask");
    set_wanted(k, NULL);
    say(a, k);
    return 0;
}

void asks_note_placed(struct asks *a,
                      const char *ask_id,
                      size_t slot,
                      unsigned count)
{
    struct ask *k = table_find(a->by_id, ask_id);
    unsigned wanted = 0;

    if (k == NULL || k->wanted == NULL || slot >= k->wanted->n_slots)
        return;
    for (size_t i = 0; i < k->wanted->n_slots; i++) {
        Mesos__V1__Ask__Slot *s = k->wanted->slots[i];

        if (i == slot) {
            s->count -= count < s->count ? count : s->count;
            s->min -= count < s->min ? count : s->min;
        }
        wanted += s->count;
    }
    if (wanted == 0)
        forget(a, k); /* the master has counted as we have */
}

void asks_repeat(struct asks *a)
{
    struct ask *k;

    TAILQ_FOREACH (k, &a->all, entry)
        say(a, k);
}

static void add_call(struct outbox *o,
                     const char *framework_id,
                     const struct ask *k)
{
    struct arena *arena = outbox_arena(o);
    Mesos__V1__Scheduler__Call *call =
        outbox_call(o, MESOS__V1__SCHEDULER__CALL__TYPE__REQUEST, framework_id);
    Mesos__V1__Request *request =
        message_new(arena, &mesos__v1__request__descriptor);

    if (k->wanted != NULL) {
        ProtobufCBinaryData bytes = message_pack_in(arena, &k->wanted->base);

        request->ask = message_unpack_in(arena, &mesos__v1__ask__descriptor,
                                         bytes.data, bytes.len);
    } else {
        request->withdraw = arena_strdup(arena, k->id);
    }
    call->request =
        message_new(arena, &mesos__v1__scheduler__call__request__descriptor);
    call->request->requests =
        arena_alloc(arena, sizeof *call->request->requests);
    call->request->requests[0] = request;
    call->request->n_requests = 1;
    outbox_add(o, call);
}

void asks_flush(struct asks *a, struct outbox *o, const char *framework_id)
{
    struct ask *k;

    while ((k = TAILQ_FIRST(&a->to_be_said)) != NULL &&
           outbox_has_room(o, MEZZO_TASK_SIZE_MAX)) {
        add_call(o, framework_id, k);
        said(a, k);
        if (k->wanted == NULL)
            forget(a, k);
    }
}
