/* launch_container.c - Mesos has two spellings for it, that of its
 * containerizer for Docker and its own; both name a Docker image. */

#include "config.h"

#include "agent/launch_container.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/image_name.h"
#include "agent/sandboxes.h"
#include "agent/volumes.h"
#include "base/message.h"

enum {
    VOLUMES_MAX = 200,
    PORTS_MAX = 200,
    NAME_MAX_BYTES = 64, /* of a host */
};

#define INVALID MESOS__V1__TASK_STATUS__REASON__REASON_TASK_INVALID
#define NETWORK(name) MESOS__V1__CONTAINER_INFO__DOCKER_INFO__NETWORK__##name
#define MEBIBYTE INT64_C(1048576)

bool launch_is_container(const Mesos__V1__ContainerInfo *c)
{
    return c != NULL &&
           (c->docker != NULL || c->n_volumes > 0 || c->n_network_infos > 0 ||
            (c->mesos != NULL && c->mesos->image != NULL));
}

static const char *reference_of(const Mesos__V1__ContainerInfo *c)
{
    if (c->docker != NULL)
        return c->docker->image;
    if (c->mesos != NULL && c->mesos->image != NULL &&
        c->mesos->image->docker != NULL)
        return c->mesos->image->docker->name;
    return NULL;
}

/* 0: none. */
static int signal_of(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    if (end != name && *end == '\0')
        return number > 0 && number <= 64 ? (int)number : 0;
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    for (int i = 1; i < NSIG; i++) {
        const char *abbreviation = sigabbrev_np(i);

        if (abbreviation != NULL && strcmp(abbreviation, name) == 0)
            return i;
    }
    return 0;
}

static bool is_absolute(const char *path)
{
    return path[0] == '/' && path[1] != '\0' && strstr(path, "/../") == NULL &&
           (strlen(path) < 3 || strcmp(path + strlen(path) - 3, "/..") != 0);
}

/* Of Volume's many ways the one that it goes; NULL: none that we know. */
static const char *read_volume(const Mesos__V1__Volume *from,
                               struct order_volume *v)
{
    const Mesos__V1__Volume__Source *source = from->source;

    *v = (struct order_volume){
        .path = from->container_path,
        .is_read_only = from->mode == MESOS__V1__VOLUME__MODE__RO,
    };
    if (!is_absolute(from->container_path))
        return "a volume's path in the container is not absolute, or has '..'";
    if (from->tmpfs != NULL) {
        v->kind = ORDER_VOLUME_TMPFS;
        v->size_bytes = from->tmpfs->size_mb * MEBIBYTE;
        return from->tmpfs->size_mb < 0 ||
                       from->tmpfs->size_mb > INT64_MAX / MEBIBYTE
                   ? "the size of a tmpfs cannot be"
                   : NULL;
    }
    if (source == NULL && from->host_path != NULL) {
        v->source = from->host_path;
        /* As Mesos has it: relative to the sandbox, or the machine's. */
        v->kind = from->host_path[0] == '/' ? ORDER_VOLUME_HOST
                                            : ORDER_VOLUME_SANDBOX;
    } else if (source != NULL && source->host_path != NULL) {
        v->kind = ORDER_VOLUME_HOST;
        v->source = source->host_path->path;
    } else if (source != NULL && source->sandbox_path != NULL) {
        v->kind = ORDER_VOLUME_SANDBOX;
        v->source = source->sandbox_path->path;
    } else if (source != NULL && source->docker_volume != NULL) {
        v->kind = ORDER_VOLUME_NAMED;
        v->source = source->docker_volume->name;
    } else {
        return "a volume is of a kind that agents do not have";
    }
    if (v->kind == ORDER_VOLUME_SANDBOX && sandbox_path_refuses(v->source))
        return "a volume leaves the sandbox";
    if (v->kind == ORDER_VOLUME_NAMED && !volumes_is_name(v->source))
        return "a volume's name has characters that none can have, or begins "
               "with '.'";
    return NULL;
}

static bool refuses_volumes(const Mesos__V1__ContainerInfo *c,
                            const struct agent_options *options,
                            struct refusal *r)
{
    struct order_volume v;
    const char *fault =
        c->n_volumes > VOLUMES_MAX ? "it has more than 200 volumes" : NULL;

    for (size_t i = 0; fault == NULL && i < c->n_volumes; i++) {
        const char *const *allowed = options->host_paths;
        bool may = false;

        fault = read_volume(c->volumes[i], &v);
        if (fault != NULL || v.kind != ORDER_VOLUME_HOST)
            continue;
        if (!is_absolute(v.source)) {
            fault = "a volume's path on the machine is not absolute, or has "
                    "'..'";
            continue;
        }
        for (; allowed != NULL && *allowed != NULL; allowed++) {
            size_t size = strlen(*allowed);

            may |= strncmp(v.source, *allowed, size) == 0 &&
                   (v.source[size] == '\0' || v.source[size] == '/' ||
                    (*allowed)[size - 1] == '/');
        }
        if (!may) {
            refusal_set(r, TASK_ERROR, INVALID,
                        "volume %s: the agent allows no such path; its "
                        "--allow-path can",
                        v.source);
            return true;
        }
    }
    if (fault != NULL)
        refusal_set(r, TASK_ERROR, INVALID, "%s", fault);
    return fault != NULL;
}

static const char *network_fault(const Mesos__V1__ContainerInfo *c,
                                 const struct agent_options *options)
{
    const Mesos__V1__ContainerInfo__DockerInfo *d = c->docker;

    if (c->n_network_infos > 0)
        return "it names networks; agents have host, bridge and none";
    if (d == NULL || !d->has_network || d->network == NETWORK(HOST) ||
        d->network == NETWORK(NONE))
        return d != NULL && d->n_port_mappings > 0
                   ? "it maps ports, but has no network of its own"
                   : NULL;
    if (d->network != NETWORK(BRIDGE))
        return "its network is none that agents have: host, bridge, none";
    if (options->has_no_bridge)
        return "this agent has no container network: for one it must be root, "
               "with containernetworking-plugins and a subnet of 10.88.0.0/16 "
               "that is free; use the machine's (host)";
    if (d->n_port_mappings > PORTS_MAX)
        return "it maps more than 200 ports";
    return NULL;
}

/* Ports of the machine are the task's own, or it may not have them. */
static const char *ports_fault(const Mesos__V1__TaskInfo *task)
{
    const Mesos__V1__ContainerInfo__DockerInfo *d = task->container->docker;

    for (size_t i = 0; d != NULL && i < d->n_port_mappings; i++) {
        const char *protocol = d->port_mappings[i]->protocol;
        uint32_t port = d->port_mappings[i]->host_port;
        bool is_its = false;

        if (d->port_mappings[i]->container_port == 0 ||
            d->port_mappings[i]->container_port > 65535)
            return "it maps a port that is none";
        if (protocol != NULL && strcmp(protocol, "tcp") != 0 &&
            strcmp(protocol, "udp") != 0)
            return "it maps a port of a protocol other than tcp and udp";
        for (size_t j = 0; j < task->n_resources; j++) {
            const Mesos__V1__Resource *r = task->resources[j];

            if (strcmp(r->name, "ports") != 0 || r->ranges == NULL)
                continue;
            for (size_t k = 0; k < r->ranges->n_range; k++)
                is_its |= r->ranges->range[k]->begin <= port &&
                          port <= r->ranges->range[k]->end;
        }
        if (!is_its)
            return "it maps a host port that is not among its ports";
    }
    return NULL;
}

static const char *fault_of(const Mesos__V1__TaskInfo *task,
                            const struct agent_options *options)
{
    const Mesos__V1__ContainerInfo *c = task->container;
    const Mesos__V1__ContainerInfo__DockerInfo *d = c->docker;
    const char *fault;

    if (reference_of(c) == NULL)
        return "volumes and networks need an image";
    if (d != NULL && d->has_privileged && d->privileged)
        return "privileged containers are not run";
    if (d != NULL && d->n_parameters > 0)
        return "parameters for docker are not understood";
    if (c->linux_info != NULL || c->rlimit_info != NULL || c->tty_info != NULL)
        return "linux_info, rlimit_info and tty_info are not supported";
    if (c->hostname != NULL && strlen(c->hostname) >= NAME_MAX_BYTES)
        return "its hostname has more than 63 bytes";
    if (c->stop_signal != NULL && signal_of(c->stop_signal) == 0)
        return "its stop signal is none";
    fault = network_fault(c, options);
    return fault != NULL ? fault : ports_fault(task);
}

bool launch_refuses_container(const Mesos__V1__TaskInfo *task,
                              const struct agent_options *options,
                              struct refusal *r)
{
    struct arena *arena;
    struct order_image image;
    const char *fault;

    if (!launch_is_container(task->container))
        return false;
    if (options->containers_fault != NULL) {
        refusal_set(r, TASK_ERROR, INVALID,
                    "this agent cannot run containers: %s",
                    options->containers_fault);
        return true;
    }
    fault = fault_of(task, options);
    if (fault == NULL) {
        arena = arena_new();
        fault = image_name_read(reference_of(task->container),
                                options->insecure_registries, arena, &image);
        arena_free(arena);
    }
    if (fault != NULL) {
        refusal_set(r, TASK_ERROR, INVALID, "%s", fault);
        return true;
    }
    return refuses_volumes(task->container, options, r);
}

void launch_image(const Mesos__V1__ContainerInfo *info,
                  const struct agent_options *options,
                  struct arena *arena,
                  struct order_image *image)
{
    image_name_read(reference_of(info), options->insecure_registries, arena,
                    image);
}

static const char *const *copy_list(char **list,
                                    size_t count,
                                    struct arena *arena)
{
    const char **copy = arena_alloc(arena, (count + 1) * sizeof *copy);

    for (size_t i = 0; i < count; i++)
        copy[i] = arena_strdup(arena, list[i]);
    return copy;
}

static void copy_command(struct order_container *o,
                         const Mesos__V1__CommandInfo *command,
                         struct arena *arena)
{
    char *line[] = {(char *)"/bin/sh", (char *)"-c", command->value};

    if (command->shell && command->value != NULL) {
        if (o->entrypoint == NULL) /* the image's would make something else */
            o->entrypoint = copy_list(NULL, 0, arena);
        o->arguments = copy_list(line, 3, arena);
    } else if (command->n_arguments > 0) {
        o->arguments =
            copy_list(command->arguments, command->n_arguments, arena);
    } else if (command->value != NULL && command->value[0] != '\0') {
        o->arguments = copy_list(line + 2, 1, arena);
    }
}

static void copy_volumes(struct order_container *o,
                         const Mesos__V1__ContainerInfo *info,
                         const char *user,
                         struct arena *arena)
{
    struct order_volume *volumes =
        arena_alloc(arena, info->n_volumes * sizeof *volumes);

    for (size_t i = 0; i < info->n_volumes; i++) {
        read_volume(info->volumes[i], &volumes[i]);
        volumes[i].path = arena_strdup(arena, volumes[i].path);
        if (volumes[i].kind == ORDER_VOLUME_NAMED)
            volumes[i].source =
                volumes_directory(user, volumes[i].source, arena);
        else if (volumes[i].source != NULL)
            volumes[i].source = arena_strdup(arena, volumes[i].source);
    }
    o->volumes = volumes;
    o->volumes_count = info->n_volumes;
}

static void copy_network(struct order_container *o,
                         const Mesos__V1__ContainerInfo__DockerInfo *docker,
                         struct arena *arena)
{
    struct order_port *ports;

    if (docker == NULL || !docker->has_network)
        return;
    o->network = docker->network == NETWORK(BRIDGE) ? ORDER_NETWORK_BRIDGE
                 : docker->network == NETWORK(NONE) ? ORDER_NETWORK_NONE
                                                    : ORDER_NETWORK_HOST;
    ports = arena_alloc(arena, docker->n_port_mappings * sizeof *ports);
    for (size_t i = 0; i < docker->n_port_mappings; i++)
        ports[i] = (struct order_port){
            .container_port = docker->port_mappings[i]->container_port,
            .host_port = docker->port_mappings[i]->host_port,
            .is_udp = docker->port_mappings[i]->protocol != NULL &&
                      strcmp(docker->port_mappings[i]->protocol, "udp") == 0,
        };
    o->ports = ports;
    o->ports_count = docker->n_port_mappings;
}

const struct order_container *launch_container(const struct task *task,
                                               const Mesos__V1__TaskInfo *info,
                                               struct step *step)
{
    const Mesos__V1__ContainerInfo *c = info->container;
    struct arena *arena = step->fx->arena;
    struct order_container *o;
    const char *user;

    if (!launch_is_container(c))
        return NULL;
    o = arena_alloc(arena, sizeof *o);
    user = info->command->user != NULL ? info->command->user
                                       : task->framework->info->user;
    o->digest = arena_strdup(arena, task->image_digest);
    if (c->entrypoint != NULL)
        o->entrypoint = copy_list(c->entrypoint->argument,
                                  c->entrypoint->n_argument, arena);
    copy_command(o, info->command, arena);
    if (c->hostname != NULL)
        o->hostname = arena_strdup(arena, c->hostname);
    if (c->user != NULL)
        o->user = arena_strdup(arena, c->user);
    if (c->n_dns_servers > 0)
        o->dns_servers = copy_list(c->dns_servers, c->n_dns_servers, arena);
    if (c->n_dns_search > 0)
        o->dns_search = copy_list(c->dns_search, c->n_dns_search, arena);
    o->has_init = c->has_init && c->init;
    o->is_read_only = c->has_read_only && c->read_only;
    if (c->stop_signal != NULL)
        o->stop_signal = signal_of(c->stop_signal);
    copy_network(o, c->docker, arena);
    copy_volumes(o, c, user[0] != '\0' ? user : step->options->user, arena);
    return o;
}

Mesos__V1__ContainerStatus *launch_container_status(const struct task *t,
                                                    struct arena *arena)
{
    Mesos__V1__ContainerStatus *status =
        message_new(arena, &mesos__v1__container_status__descriptor);
    Mesos__V1__NetworkInfo *network;
    Mesos__V1__NetworkInfo__IPAddress *address;

    status->image_digest = arena_strdup(arena, t->image_digest);
    if (t->address == NULL)
        return status;
    network = message_new(arena, &mesos__v1__network_info__descriptor);
    address =
        message_new(arena, &mesos__v1__network_info__ipaddress__descriptor);
    address->ip_address = arena_strdup(arena, t->address);
    network->ip_addresses = arena_alloc(arena, sizeof *network->ip_addresses);
    network->ip_addresses[0] = address;
    network->n_ip_addresses = 1;
    status->network_infos = arena_alloc(arena, sizeof *status->network_infos);
    status->network_infos[0] = network;
    status->n_network_infos = 1;
    return status;
}
