/* records.c - records to keys and values, and back. */

#include "master/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"
#include "base/role.h"
#include "master/alloc/usage.h"
#include "master/gangs.h"
#include "master/role_settings.h"

#define CLUSTER "/cluster"
#define AGENTS "/agents/"
#define FRAMEWORKS "/frameworks/"
#define GANGS "/gangs/"
#define ROLES "/roles/"
#define USAGE "/usage"

static void put(struct turn *t,
                const char *folder,
                const char *id,
                const ProtobufCMessage *record,
                parked_f *then)
{
    ProtobufCBinaryData packed = message_pack_in(t->arena, record);
    char key[STORE_KEY_MAX];

    snprintf(key, sizeof key, "%s%s", folder, id);
    parked_store(t->m->parked,
                 &(struct store_op){.kind = STORE_SET,
                                    .key = key,
                                    .value = packed.data,
                                    .size = packed.len,
                                    .version = STORE_ANY},
                 then, id);
}

static void forget(struct turn *t, const char *folder, const char *id)
{
    char key[STORE_KEY_MAX];

    snprintf(key, sizeof key, "%s%s", folder, id);
    parked_store(t->m->parked,
                 &(struct store_op){
                     .kind = STORE_DELETE, .key = key, .version = STORE_ANY},
                 NULL, NULL);
}

void records_put_agent(struct turn *t,
                       const struct agent *agent,
                       Mezzo__Record__Agent__State state,
                       parked_f *then)
{
    Mezzo__Record__Agent record = MEZZO__RECORD__AGENT__INIT;

    record.agent_info = agent->info;
    record.state = state;
    record.has_changed_ms = 1;
    record.changed_ms = t->input->wall;
    record.principal = agent->principal;
    record.has_draining = agent->is_draining;
    record.draining = agent->is_draining;
    record.has_drain_grace_ms = agent->is_draining;
    record.drain_grace_ms = agent->drain_grace_ms;
    record.has_drain_gone = agent->is_drain_gone;
    record.drain_gone = agent->is_drain_gone;
    record.has_deactivated = agent->is_deactivated;
    record.deactivated = agent->is_deactivated;
    record.reserved = resources_to_wire(&agent->to_be_reserved, NULL, t->arena,
                                        &record.n_reserved);
    put(t, AGENTS, agent->id, &record.base, then);
}

static void fill_framework(Mezzo__Record__Framework *record,
                           const struct framework *framework)
{
    record->framework_info = framework->info;
    record->principal = framework->principal;
    record->has_registered_ms = 1;
    record->registered_ms = framework->registered_ms;
    record->has_deadline_ms = framework->deadline_ms != 0;
    record->deadline_ms = framework->deadline_ms;
    record->suppressed_roles = framework->suppressed;
    record->n_suppressed_roles = framework->suppressed_count;
    record->asks = framework->asks;
    record->n_asks = framework->asks_count;
}

void records_put_framework(struct turn *t,
                           const struct framework *framework,
                           parked_f *then)
{
    Mezzo__Record__Framework record = MEZZO__RECORD__FRAMEWORK__INIT;

    fill_framework(&record, framework);
    put(t, FRAMEWORKS, framework->id, &record.base, then);
}

void records_put_ended(struct turn *t,
                       const struct framework *framework,
                       parked_f *then)
{
    Mezzo__Record__Framework record = MEZZO__RECORD__FRAMEWORK__INIT;

    fill_framework(&record, framework);
    record.has_completed = 1;
    record.completed = 1;
    put(t, FRAMEWORKS, framework->id, &record.base, then);
}

void records_put_role(struct turn *t,
                      const char *role,
                      const Mezzo__Record__Role *record,
                      parked_f *then)
{
    put(t, ROLES, role, &record->base, then);
}

void records_put_usage(struct turn *t, const Mezzo__Record__Usage *record)
{
    put(t, USAGE, "", &record->base, NULL);
}

void records_put_gang(struct turn *t,
                      const char *id,
                      const Mezzo__Record__Gang *record,
                      parked_f *then)
{
    put(t, GANGS, id, &record->base, then);
}

void records_forget_agent(struct turn *t, const char *id)
{
    forget(t, AGENTS, id);
}

void records_forget_framework(struct turn *t, const char *id)
{
    forget(t, FRAMEWORKS, id);
}

void records_forget_gang(struct turn *t, const char *id)
{
    forget(t, GANGS, id);
}

/* NULL when it cannot be read: then we do not lead. */
static void *unpack(struct turn *t,
                    const struct store_entry *entry,
                    const ProtobufCMessageDescriptor *descriptor)
{
    void *record =
        message_unpack_in(t->arena, descriptor, entry->value, entry->size);

    if (record == NULL && t->m->phase != MASTER_STOPPED) {
        t->m->phase = MASTER_STOPPED;
        effects_stop(t->fx, 1,
                     "%s is damaged: entry %s cannot be read; see what is "
                     "there, and repair it, with: mezzo fsck",
                     t->m->options.store, entry->key);
    }
    return record;
}

static void load_cluster(struct turn *t, const struct store_entry *entry)
{
    const Mezzo__Record__Cluster *record =
        unpack(t, entry, &mezzo__record__cluster__descriptor);

    t->m->cluster_version = entry->version;
    if (record == NULL)
        return;
    snprintf(t->m->cluster_id, sizeof t->m->cluster_id, "%s",
             record->cluster_id);
    t->m->epoch = record->leader_epoch;
}

static void load_agent(struct turn *t, const struct store_entry *entry)
{
    static const enum agent_state states[] = {
        [MEZZO__RECORD__AGENT__STATE__REGISTERED] = AGENT_DISCONNECTED,
        [MEZZO__RECORD__AGENT__STATE__UNREACHABLE] = AGENT_UNREACHABLE,
        [MEZZO__RECORD__AGENT__STATE__GONE] = AGENT_GONE,
    };
    const Mezzo__Record__Agent *record =
        unpack(t, entry, &mezzo__record__agent__descriptor);
    Mesos__V1__AgentInfo *info;
    struct agent *agent;
    struct error err;

    if (record == NULL)
        return;
    info = message_copy(record->agent_info);
    agent = agents_add(t->m->agents, entry->key + strlen(AGENTS),
                       record->principal != NULL ? record->principal : "", info,
                       states[record->state]);
    agent->deadline.kind = DEADLINE_AGENT;
    if (resources_from_wire(&agent->to_be_reserved, record->reserved,
                            record->n_reserved, &err) < 0 ||
        agents_set_info(t->m->agents, agent, info, &err) < 0)
        effects_log(t->fx, LOG_LEVEL_ERROR, "store: %s: %s", entry->key,
                    err.text);
    agents_set_reserved(agent, &agent->to_be_reserved);
    agent->is_deactivated = record->deactivated;
    agent->is_draining = record->draining;
    agent->is_drain_gone = record->drain_gone;
    agent->drain_grace_ms = record->drain_grace_ms;
    if (agent->state == AGENT_DISCONNECTED)
        deadlines_set(t->m->deadlines, &agent->deadline,
                      t->now + t->m->options.agent_timeout_ms);
}

static void load_framework(struct turn *t, const struct store_entry *entry)
{
    const Mezzo__Record__Framework *record =
        unpack(t, entry, &mezzo__record__framework__descriptor);
    const char *id = entry->key + strlen(FRAMEWORKS);
    struct framework *framework;
    const char *const *roles;
    size_t roles_count;

    if (record == NULL)
        return;
    if (record->completed) {
        frameworks_note_ended(t->m->frameworks, id,
                              t->m->options.completed_max);
        return;
    }
    framework = frameworks_add(
        t->m->frameworks, id,
        record->principal != NULL ? record->principal : "",
        message_copy(record->framework_info), FRAMEWORK_DISCONNECTED);
    framework->deadline.kind = DEADLINE_FRAMEWORK;
    framework->registered_ms = record->registered_ms;
    framework->deadline_ms = record->has_deadline_ms ? record->deadline_ms : 0;
    frameworks_set_suppressed(framework, record->suppressed_roles,
                              record->n_suppressed_roles);
    roles = frameworks_roles(framework, t->arena, &roles_count);
    alloc_framework_add(t->m->alloc, id, roles, roles_count);
    alloc_framework_set_active(t->m->alloc, id, false);
    for (size_t i = 0; i < framework->suppressed_count; i++)
        alloc_suppress(t->m->alloc, id, framework->suppressed[i]);
    for (size_t i = 0; i < record->n_asks; i++)
        frameworks_put_ask(framework, message_copy(record->asks[i]));
}

static void load_gang(struct turn *t, const struct store_entry *entry)
{
    const Mezzo__Record__Gang *record =
        unpack(t, entry, &mezzo__record__gang__descriptor);

    struct gang *gang;

    if (record == NULL)
        return;
    gang = gangs_add(t->m->gangs, entry->key + strlen(GANGS),
                     record->framework_id, NULL);
    gang->state = GANG_STARTED;
    for (size_t i = 0; i < record->n_agent_ids; i++)
        gangs_add_member(gang, record->agent_ids[i]);
}

static void load_role(struct turn *t, const struct store_entry *entry)
{
    const Mezzo__Record__Role *record =
        unpack(t, entry, &mezzo__record__role__descriptor);

    if (record != NULL)
        role_settings_put(t->m->role_settings, entry->key + strlen(ROLES),
                          message_copy(record));
}

static void restore_usage(struct turn *t, const Mezzo__Record__Usage *record)
{
    msec_t elapsed = t->input->wall - record->wall_ms;
    struct alloc *alloc = t->m->alloc;

    if (elapsed < 0)
        elapsed = 0; /* the clock was set back */
    alloc_set_half_life(alloc, t->m->options.usage_half_life_ms, t->now);
    for (size_t i = 0; i < record->n_roles; i++)
        if (role_is_valid(record->roles[i]->role))
            alloc_usage_restore(
                alloc,
                &(struct alloc_usage){.role = record->roles[i]->role,
                                      .amount = record->roles[i]->amount,
                                      .own = record->roles[i]->own},
                elapsed);
}

static void load_usage(struct turn *t, const struct store_entry *entry)
{
    const Mezzo__Record__Usage *record =
        unpack(t, entry, &mezzo__record__usage__descriptor);

    if (record != NULL)
        restore_usage(t, record);
}

static bool is_below(const char *key, const char *folder)
{
    return strncmp(key, folder, strlen(folder)) == 0;
}

void records_deposed(struct turn *t)
{
    t->m->phase = MASTER_STOPPED;
    effects_stop(t->fx, 1,
                 "another master has claimed this store from epoch %" PRIu64
                 "; stop it, or give us a store of our own",
                 t->m->epoch);
}

static void loaded(struct turn *t, const char *id)
{
    const struct store_answer *answer = t->input->answer;

    (void)id;
    for (size_t i = 0; i < answer->entries_count; i++) {
        const struct store_entry *entry = &answer->entries[i];

        if (is_below(entry->key, AGENTS))
            load_agent(t, entry);
        else if (is_below(entry->key, FRAMEWORKS))
            load_framework(t, entry);
        else if (is_below(entry->key, GANGS))
            load_gang(t, entry);
        else if (is_below(entry->key, ROLES))
            load_role(t, entry);
        else if (strcmp(entry->key, USAGE) == 0)
            load_usage(t, entry);
    }
    if (t->m->phase != MASTER_STOPPED)
        t->m->serve(t, NULL);
}

static void claimed(struct turn *t, const char *id)
{
    struct master *m = t->m;

    (void)id;
    if (t->input->answer->outcome == STORE_CONFLICT) {
        records_deposed(t);
        return;
    }
    m->cluster_version++;
    parked_guard(m->parked, CLUSTER, m->cluster_version);
    m->phase = MASTER_LOADING;
    parked_load(m->parked, "/", loaded);
}

static void claim_epoch(struct turn *t, const char *id)
{
    const struct store_answer *answer = t->input->answer;
    Mezzo__Record__Cluster record = MEZZO__RECORD__CLUSTER__INIT;
    struct master *m = t->m;
    ProtobufCBinaryData packed;

    (void)id;
    for (size_t i = 0; i < answer->entries_count; i++)
        if (strcmp(answer->entries[i].key, CLUSTER) == 0)
            load_cluster(t, &answer->entries[i]);
    if (m->phase == MASTER_STOPPED)
        return;
    if (m->cluster_id[0] == '\0')
        snprintf(m->cluster_id, sizeof m->cluster_id, "%016" PRIx64,
                 random_next(&m->random));
    m->epoch++;
    record.cluster_id = m->cluster_id;
    record.leader_epoch = m->epoch;
    packed = message_pack_in(t->arena, &record.base);
    parked_store(m->parked,
                 &(struct store_op){.kind = STORE_SET,
                                    .key = CLUSTER,
                                    .value = packed.data,
                                    .size = packed.len,
                                    .version = m->cluster_version},
                 claimed, NULL);
}

/* Who led before may store until we have claimed the epoch, so that only then
 * is the rest read. */
void records_start(struct turn *t, parked_f *serve)
{
    t->m->serve = serve;
    t->m->phase = MASTER_CLAIMING;
    parked_load(t->m->parked, CLUSTER, claim_epoch);
}

static bool is_record(const ProtobufCMessageDescriptor *descriptor,
                      const uint8_t *value,
                      size_t size)
{
    ProtobufCMessage *record =
        protobuf_c_message_unpack(descriptor, NULL, size, value);

    protobuf_c_message_free_unpacked(record, NULL);
    return record != NULL;
}

const char *records_refuses(const char *key, const uint8_t *value, size_t size)
{
    const struct {
        const char *folder;
        const ProtobufCMessageDescriptor *descriptor;
    } kinds[] = {
        {CLUSTER, &mezzo__record__cluster__descriptor},
        {AGENTS, &mezzo__record__agent__descriptor},
        {FRAMEWORKS, &mezzo__record__framework__descriptor},
        {GANGS, &mezzo__record__gang__descriptor},
        {ROLES, &mezzo__record__role__descriptor},
        {USAGE, &mezzo__record__usage__descriptor},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is_below(key, kinds[i].folder))
            return is_record(kinds[i].descriptor, value, size)
                       ? NULL
                       : "cannot be read";
    return NULL; /* of a version to come */
}
