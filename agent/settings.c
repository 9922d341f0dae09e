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

static const char *const *copy_list(const char *const *list)
{
    const char **copy;
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    copy = memory_new(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = memory_strdup(list[i]);
    return copy;
}

static void free_list(const char *const *list)
{
    for (size_t i = 0; list[i] != NULL; i++)
        free((char *)(uintptr_t)list[i]);
    free((char **)(uintptr_t)list);
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
    o->bridge_address = memory_strdup(options->bridge_address);
    o->user = memory_strdup(options->user);
    o->containers_fault = memory_strdup(options->containers_fault);
    o->host_paths = copy_list(options->host_paths);
    o->insecure_registries = copy_list(options->insecure_registries);
    o->image_ms = or_default(o->image_ms, 10 * 60 * 1000);
    o->image_fresh_ms = or_default(o->image_fresh_ms, 60 * 1000);
    o->start_ms = or_default(o->start_ms, 60 * 1000);
    o->images_bytes_max = or_default(o->images_bytes_max, INT64_C(20) << 30);
    o->grace_ms = or_default(o->grace_ms, 5000);
    o->sandbox_ms = or_default(o->sandbox_ms, 24 * 3600 * 1000);
    o->lease_ms = or_default(o->lease_ms, 10000);
    o->fence_ms = or_default(o->fence_ms, 12000);
    o->executor_ms = or_default(o->executor_ms, 60000);
    if (o->sandboxes_max == 0)
        o->sandboxes_max = 10000;
    return o;
}

void settings_set_bridge(struct agent_options *options, const char *address)
{
    free((char *)options->bridge_address);
    options->bridge_address = memory_strdup(address);
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
    free((char *)o->containers_fault);
    free_list(o->host_paths);
    free_list(o->insecure_registries);
    free((char *)o->hostname);
    free((char *)o->stream_endpoint);
    free((char *)o->stream_key);
    free((char *)o->executor_endpoint);
    free((char *)o->descriptors_path);
    free((char *)o->version);
    free((char *)o->boot_id);
    free((char *)o->network_namespace);
    free((char *)o->bridge_address);
    free((char *)o->user);
    free(o);
}
