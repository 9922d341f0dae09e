/* settings.c - copying, field by field. */

#include "agent/settings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/message.h"

static msec_t or_default(msec_t value, msec_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void copy_masters(struct agent_options *o)
{
    struct agent_master *masters =
        memory_new(o->masters_count, sizeof *masters);

    for (size_t i = 0; i < o->masters_count; i++) {
        masters[i].endpoint = memory_strdup(o->masters[i].endpoint);
        masters[i].server_key = memory_strdup(o->masters[i].server_key);
    }
    o->masters = masters;
}

static void copy_attributes(struct agent_options *o)
{
    Mesos__V1__Attribute **attributes =
        memory_new(o->attributes_count + 1, sizeof *attributes);

    for (size_t i = 0; i < o->attributes_count; i++)
        attributes[i] = message_copy(o->attributes[i]);
    o->attributes = attributes;
}

struct agent_options *settings_new(const struct agent_options *options)
{
    struct agent_options *o = memory_new(1, sizeof *o);
    struct resources *resources = memory_new(1, sizeof *resources);

    assert(options->masters_count > 0 &&
           options->masters_count <= AGENT_MASTERS_MAX);
    *o = *options;
    resources_copy(resources, options->resources);
    o->resources = resources;
    copy_masters(o);
    copy_attributes(o);
    o->hostname = memory_strdup(options->hostname);
    o->stream_endpoint = memory_strdup(options->stream_endpoint);
    o->stream_key = memory_strdup(options->stream_key);
    o->executor_endpoint = memory_strdup(options->executor_endpoint);
    o->descriptors_path = memory_strdup(options->descriptors_path);
    o->version = memory_strdup(options->version);
    o->boot_id = memory_strdup(options->boot_id);
    o->network_namespace = memory_strdup(options->network_namespace);
    o->user = memory_strdup(options->user);
    o->grace_ms = or_default(o->grace_ms, 5000);
    o->sandbox_ms = or_default(o->sandbox_ms, 24 * 3600 * 1000);
    o->lease_ms = or_default(o->lease_ms, 10000);
    o->fence_ms = or_default(o->fence_ms, 12000);
    o->executor_ms = or_default(o->executor_ms, 60000);
    if (o->sandboxes_max == 0)
        o->sandboxes_max = 10000;
    return o;
}

void settings_free(struct agent_options *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->masters_count; i++) {
        free((char *)o->masters[i].endpoint);
        free((char *)o->masters[i].server_key);
    }
    free((struct agent_master *)o->masters);
    for (size_t i = 0; i < o->attributes_count; i++)
        mesos__v1__attribute__free_unpacked(o->attributes[i], NULL);
    free((Mesos__V1__Attribute **)o->attributes);
    resources_release((struct resources *)o->resources);
    free((struct resources *)o->resources);
    free((char *)o->hostname);
    free((char *)o->stream_endpoint);
    free((char *)o->stream_key);
    free((char *)o->executor_endpoint);
    free((char *)o->descriptors_path);
    free((char *)o->version);
    free((char *)o->boot_id);
    free((char *)o->network_namespace);
    free((char *)o->user);
    free(o);
}
