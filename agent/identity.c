/* identity.c - four values and their record. */

#include "agent/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"

void identity_release(struct identity *i)
{
    free(i->agent_id);
    free(i->cluster_id);
    free(i->boot_id);
    memset(i, 0, sizeof *i);
}

static bool set(char **text, const char *value)
{
    if (value == NULL || (*text != NULL && strcmp(*text, value) == 0))
        return false;
    free(*text);
    *text = memory_strdup(value);
    return true;
}

void identity_read(struct identity *i,
                   const Mezzo__Record__Journal__Identity *record)
{
    set(&i->agent_id, record->agent_id);
    set(&i->cluster_id, record->cluster_id);
    set(&i->boot_id, record->boot_id);
    if (record->has_leader_epoch && record->leader_epoch > i->leader_epoch)
        i->leader_epoch = record->leader_epoch;
}

Mezzo__Record__Journal *identity_record(const struct identity *i,
                                        struct arena *arena)
{
    Mezzo__Record__Journal *record =
        message_new(arena, &mezzo__record__journal__descriptor);
    Mezzo__Record__Journal__Identity *identity =
        message_new(arena, &mezzo__record__journal__identity__descriptor);

    identity->agent_id = i->agent_id;
    identity->cluster_id = i->cluster_id;
    identity->boot_id = i->boot_id;
    identity->has_leader_epoch = true;
    identity->leader_epoch = i->leader_epoch;
    record->identity = identity;
    return record;
}

bool identity_choose(struct identity *i, struct random *random)
{
    char id[32];

    if (i->agent_id != NULL)
        return false;
    snprintf(id, sizeof id, "%016" PRIx64, random_next(random));
    return set(&i->agent_id, id);
}

bool identity_set_agent(struct identity *i,
                        const char *agent_id,
                        const char *cluster_id)
{
    bool has_changed = set(&i->agent_id, agent_id);

    return set(&i->cluster_id, cluster_id) || has_changed;
}

bool identity_set_boot(struct identity *i, const char *boot_id)
{
    return set(&i->boot_id, boot_id);
}
