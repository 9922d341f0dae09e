/* container.c - as Docker's containerizer of Mesos spells it, which has fields
 * for most; the rest are ours. */

#include "libframework/container.h"

#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/resources.h"
#include "libframework/checks.h"

enum {
    LIST_MAX = 1000, /* volumes, ports, arguments, servers */
    PATH_BYTES_MAX = 4095,
    PORT_MAX = 65535,
    FAILURES_MAX = 1000000,
};

#define CHECK_MS_MAX ((int64_t)INT32_MAX * 1000)
#define SIZE_MB_MAX (INT64_C(1) << 40)
#define NETWORK(name) MESOS__V1__CONTAINER_INFO__DOCKER_INFO__NETWORK__##name

static const ProtobufCMessageDescriptor *const port_mapping =
    /* clang-format off */
    &mesos__v1__container_info__docker_info__port_mapping__descriptor;
/* clang-format on */

static char *copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

/* A list with a NULL at its end. */
static int copy_list(const char *what,
                     const char *const *list,
                     struct arena *arena,
                     char ***to,
                     size_t *to_count,
                     struct error *err)
{
    size_t count = 0;

    while (list != NULL && list[count] != NULL)
        if (++count > LIST_MAX)
            return error_set(err, -EINVAL, "more than %d of %s", LIST_MAX,
                             what);
    *to = arena_alloc(arena, count * sizeof **to);
    for (size_t i = 0; i < count; i++)
        (*to)[i] = arena_strdup(arena, list[i]);
    *to_count = count;
    return 0;
}

static int write_ports(Mesos__V1__ContainerInfo__DockerInfo *docker,
                       const struct mezzo_container *c,
                       struct arena *arena,
                       struct error *err)
{
    if (c->ports_count > LIST_MAX)
        return error_set(err, -EINVAL, "more than %d ports", LIST_MAX);
    if (c->ports_count > 0 && c->network != MEZZO_NETWORK_BRIDGE)
        return error_set(err, -EINVAL,
                         "only a container on a bridge has ports to map");
    docker->port_mappings =
        arena_alloc(arena, c->ports_count * sizeof *docker->port_mappings);
    for (size_t i = 0; i < c->ports_count; i++) {
        const struct mezzo_port_mapping *from = &c->ports[i];
        Mesos__V1__ContainerInfo__DockerInfo__PortMapping *mapping =
            message_new(arena, port_mapping);

        if (from->container_port == 0 || from->container_port > PORT_MAX ||
            from->host_port == 0 || from->host_port > PORT_MAX)
            return error_set(err, -EINVAL, "a port is from 1 to %d", PORT_MAX);
        mapping->container_port = from->container_port;
        mapping->host_port = from->host_port;
        mapping->protocol = copy(arena, from->is_udp ? "udp" : "tcp");
        docker->port_mappings[i] = mapping;
    }
    docker->n_port_mappings = c->ports_count;
    return 0;
}

static int write_source(Mesos__V1__Volume *volume,
                        const struct mezzo_volume *from,
                        struct arena *arena,
                        struct error *err)
{
    Mesos__V1__Volume__Source *source =
        message_new(arena, &mesos__v1__volume__source__descriptor);
    int count = (from->name != NULL) + (from->host_path != NULL) +
                (from->sandbox_path != NULL) + from->is_tmpfs;

    if (count != 1)
        return error_set(err, -EINVAL,
                         "volume %s: one of name, host_path, sandbox_path and "
                         "is_tmpfs is needed",
                         from->path);
    source->has_type = true;
    volume->source = from->is_tmpfs ? NULL : source;
    if (from->name != NULL) {
        source->type = MESOS__V1__VOLUME__SOURCE__TYPE__DOCKER_VOLUME;
        source->docker_volume = message_new(
            arena, &mesos__v1__volume__source__docker_volume__descriptor);
        source->docker_volume->name = copy(arena, from->name);
        return checks_id("name of a volume", from->name, err);
    }
    if (from->host_path != NULL) {
        source->type = MESOS__V1__VOLUME__SOURCE__TYPE__HOST_PATH;
        source->host_path = message_new(
            arena, &mesos__v1__volume__source__host_path__descriptor);
        source->host_path->path = copy(arena, from->host_path);
        return checks_text("host_path of a volume", from->host_path,
                           PATH_BYTES_MAX, err);
    }
    if (from->sandbox_path != NULL) {
        source->type = MESOS__V1__VOLUME__SOURCE__TYPE__SANDBOX_PATH;
        source->sandbox_path = message_new(
            arena, &mesos__v1__volume__source__sandbox_path__descriptor);
        source->sandbox_path->path = copy(arena, from->sandbox_path);
        return checks_text("sandbox_path of a volume", from->sandbox_path,
                           PATH_BYTES_MAX, err);
    }
    if (from->size_mb < 0 || from->size_mb > SIZE_MB_MAX)
        return error_set(err, -EINVAL, "size_mb of a volume cannot be");
    volume->tmpfs = message_new(arena, &mesos__v1__volume__tmpfs__descriptor);
    volume->tmpfs->has_size_mb = true;
    volume->tmpfs->size_mb = from->size_mb;
    return 0;
}

static int write_volumes(Mesos__V1__ContainerInfo *info,
                         const struct mezzo_container *c,
                         struct arena *arena,
                         struct error *err)
{
    if (c->volumes_count > LIST_MAX)
        return error_set(err, -EINVAL, "more than %d volumes", LIST_MAX);
    info->volumes =
        arena_alloc(arena, c->volumes_count * sizeof *info->volumes);
    for (size_t i = 0; i < c->volumes_count; i++) {
        const struct mezzo_volume *from = &c->volumes[i];
        Mesos__V1__Volume *volume =
            message_new(arena, &mesos__v1__volume__descriptor);

        if (checks_text("path of a volume", from->path, PATH_BYTES_MAX, err) <
                0 ||
            write_source(volume, from, arena, err) < 0)
            return -EINVAL;
        volume->container_path = copy(arena, from->path);
        volume->mode = from->is_read_only ? MESOS__V1__VOLUME__MODE__RO
                                          : MESOS__V1__VOLUME__MODE__RW;
        info->volumes[i] = volume;
    }
    info->n_volumes = c->volumes_count;
    return 0;
}

static int write_docker(Mesos__V1__ContainerInfo *info,
                        const struct mezzo_container *c,
                        struct arena *arena,
                        struct error *err)
{
    Mesos__V1__ContainerInfo__DockerInfo *docker =
        message_new(arena, &mesos__v1__container_info__docker_info__descriptor);

    docker->image = copy(arena, c->image);
    docker->has_network = true;
    switch (c->network) {
    case MEZZO_NETWORK_HOST:
        docker->network = NETWORK(HOST);
        break;
    case MEZZO_NETWORK_BRIDGE:
        docker->network = NETWORK(BRIDGE);
        break;
    case MEZZO_NETWORK_NONE:
        docker->network = NETWORK(NONE);
        break;
    default: /* a caller's number may be any */
        return error_set(err, -EINVAL, "the network of a container is none");
    }
    info->type = MESOS__V1__CONTAINER_INFO__TYPE__DOCKER;
    info->docker = docker;
    return write_ports(docker, c, arena, err);
}

static int write_lists(Mesos__V1__ContainerInfo *info,
                       const struct mezzo_container *c,
                       struct arena *arena,
                       struct error *err)
{
    if (c->entrypoint != NULL) {
        info->entrypoint = message_new(
            arena, &mesos__v1__container_info__arguments__descriptor);
        if (copy_list("the entrypoint", c->entrypoint, arena,
                      &info->entrypoint->argument,
                      &info->entrypoint->n_argument, err) < 0)
            return -EINVAL;
    }
    if (copy_list("dns_servers", c->dns_servers, arena, &info->dns_servers,
                  &info->n_dns_servers, err) < 0)
        return -EINVAL;
    return copy_list("dns_search", c->dns_search, arena, &info->dns_search,
                     &info->n_dns_search, err);
}

int container_write(const struct mezzo_container *c,
                    struct arena *arena,
                    Mesos__V1__ContainerInfo **to,
                    struct error *err)
{
    Mesos__V1__ContainerInfo *info =
        message_new(arena, &mesos__v1__container_info__descriptor);

    if (checks_text("image of a container", c->image, PATH_BYTES_MAX, err) <
            0 ||
        checks_optional_text("hostname of a container", c->hostname,
                             MEZZO_NAME_MAX, err) < 0 ||
        checks_optional_text("user of a container", c->user, MEZZO_NAME_MAX,
                             err) < 0 ||
        checks_optional_text("stop_signal", c->stop_signal, MEZZO_NAME_MAX,
                             err) < 0 ||
        write_docker(info, c, arena, err) < 0 ||
        write_volumes(info, c, arena, err) < 0 ||
        write_lists(info, c, arena, err) < 0)
        return -EINVAL;
    if (c->pids_max < 0)
        return error_set(err, -EINVAL, "pids_max cannot be");
    info->hostname = copy(arena, c->hostname);
    info->user = copy(arena, c->user);
    info->stop_signal = copy(arena, c->stop_signal);
    info->has_init = true;
    info->init = c->has_init;
    info->has_read_only = true;
    info->read_only = c->is_read_only;
    info->has_pids_max = c->pids_max > 0;
    info->pids_max = c->pids_max;
    *to = info;
    return 0;
}

static double seconds(int64_t ms, int64_t otherwise_ms)
{
    return milli_to_double(ms > 0 ? ms : otherwise_ms);
}

static int write_check_command(Mesos__V1__HealthCheck *info,
                               const struct mezzo_health_check *check,
                               struct arena *arena,
                               struct error *err)
{
    Mesos__V1__CommandInfo *command =
        message_new(arena, &mesos__v1__command_info__descriptor);

    if ((check->shell == NULL) == (check->argv == NULL))
        return error_set(err, -EINVAL,
                         "a check's command is either `shell` or `argv`");
    info->type = MESOS__V1__HEALTH_CHECK__TYPE__COMMAND;
    info->command = command;
    command->has_shell = true;
    command->shell = check->shell != NULL;
    command->value = copy(arena, check->shell);
    if (check->shell != NULL)
        return 0;
    if (copy_list("a check's arguments", check->argv, arena,
                  &command->arguments, &command->n_arguments, err) < 0)
        return -EINVAL;
    if (command->n_arguments == 0 || command->arguments[0][0] == '\0')
        return error_set(err, -EINVAL, "a check's command has no name");
    command->value = command->arguments[0];
    return 0;
}

static int write_check_port(Mesos__V1__HealthCheck *info,
                            const struct mezzo_health_check *check,
                            struct arena *arena,
                            struct error *err)
{
    if (check->port == 0 || check->port > PORT_MAX)
        return error_set(err, -EINVAL, "a check's port is from 1 to %d",
                         PORT_MAX);
    if (check->kind == MEZZO_CHECK_TCP) {
        info->type = MESOS__V1__HEALTH_CHECK__TYPE__TCP;
        info->tcp = message_new(
            arena, &mesos__v1__health_check__tcpcheck_info__descriptor);
        info->tcp->port = check->port;
        return 0;
    }
    info->type = MESOS__V1__HEALTH_CHECK__TYPE__HTTP;
    info->http = message_new(
        arena, &mesos__v1__health_check__httpcheck_info__descriptor);
    info->http->port = check->port;
    info->http->path = copy(arena, check->path != NULL ? check->path : "/");
    return checks_text("path of a check", info->http->path, PATH_BYTES_MAX,
                       err);
}

int container_write_check(const struct mezzo_health_check *check,
                          struct arena *arena,
                          Mesos__V1__HealthCheck **to,
                          struct error *err)
{
    Mesos__V1__HealthCheck *info =
        message_new(arena, &mesos__v1__health_check__descriptor);
    int code;

    if (check->interval_ms < 0 || check->interval_ms > CHECK_MS_MAX ||
        check->timeout_ms < 0 || check->timeout_ms > CHECK_MS_MAX ||
        check->grace_ms < 0 || check->grace_ms > CHECK_MS_MAX ||
        check->failures_max > FAILURES_MAX)
        return error_set(err, -EINVAL, "a time of the check cannot be");
    code = check->kind == MEZZO_CHECK_COMMAND
               ? write_check_command(info, check, arena, err)
           : check->kind == MEZZO_CHECK_HTTP || check->kind == MEZZO_CHECK_TCP
               ? write_check_port(info, check, arena, err)
               : error_set(err, -EINVAL, "the kind of a check is none");
    if (code < 0)
        return code;
    info->has_type = true;
    info->has_delay_seconds = true;
    info->delay_seconds = 0; /* the schema has 15 */
    info->has_interval_seconds = true;
    info->interval_seconds = seconds(check->interval_ms, 10000);
    info->has_timeout_seconds = true;
    info->timeout_seconds = seconds(check->timeout_ms, 20000);
    info->has_grace_period_seconds = true;
    info->grace_period_seconds = seconds(check->grace_ms, 0);
    info->has_consecutive_failures = true;
    info->consecutive_failures =
        check->failures_max > 0 ? check->failures_max : 3;
    *to = info;
    return 0;
}

/* With a NULL at its end. */
static const char *const *show_list(char **list,
                                    size_t count,
                                    struct arena *arena)
{
    const char **shown = arena_alloc(arena, (count + 1) * sizeof *shown);

    if (count > 0)
        memcpy(shown, list, count * sizeof *shown);
    return shown;
}

static const char *const *show_some(char **list,
                                    size_t count,
                                    struct arena *arena)
{
    return count == 0 ? NULL : show_list(list, count, arena);
}

static void show_docker(struct mezzo_container *c,
                        const Mesos__V1__ContainerInfo__DockerInfo *docker,
                        struct arena *arena)
{
    struct mezzo_port_mapping *ports =
        arena_alloc(arena, docker->n_port_mappings * sizeof *ports);

    c->image = docker->image;
    if (docker->has_network && docker->network == NETWORK(NONE))
        c->network = MEZZO_NETWORK_NONE;
    else if (docker->has_network && docker->network != NETWORK(HOST))
        c->network = MEZZO_NETWORK_BRIDGE;
    for (size_t i = 0; i < docker->n_port_mappings; i++)
        ports[i] = (struct mezzo_port_mapping){
            .container_port = docker->port_mappings[i]->container_port,
            .host_port = docker->port_mappings[i]->host_port,
            .is_udp = docker->port_mappings[i]->protocol != NULL &&
                      strcmp(docker->port_mappings[i]->protocol, "udp") == 0,
        };
    c->ports = ports;
    c->ports_count = docker->n_port_mappings;
}

static struct mezzo_volume show_volume(const Mesos__V1__Volume *from)
{
    const Mesos__V1__Volume__Source *source = from->source;
    struct mezzo_volume v = {
        .path = from->container_path,
        .host_path = from->host_path,
        .is_read_only = from->mode == MESOS__V1__VOLUME__MODE__RO,
        .is_tmpfs = from->tmpfs != NULL,
        .size_mb = from->tmpfs != NULL ? from->tmpfs->size_mb : 0,
    };

    if (source != NULL && source->docker_volume != NULL)
        v.name = source->docker_volume->name;
    if (source != NULL && source->host_path != NULL)
        v.host_path = source->host_path->path;
    if (source != NULL && source->sandbox_path != NULL)
        v.sandbox_path = source->sandbox_path->path;
    return v;
}

const struct mezzo_container *container_show(
    const Mesos__V1__ContainerInfo *info, struct arena *arena)
{
    struct mezzo_container *c;
    struct mezzo_volume *volumes;

    if (info == NULL || info->docker == NULL)
        return NULL;
    c = arena_alloc(arena, sizeof *c);
    *c = (struct mezzo_container){
        .hostname = info->hostname,
        .user = info->user,
        .dns_servers = show_list(info->dns_servers, info->n_dns_servers, arena),
        .dns_search = show_some(info->dns_search, info->n_dns_search, arena),
        .has_init = info->has_init && info->init,
        .is_read_only = info->has_read_only && info->read_only,
        .stop_signal = info->stop_signal,
        .pids_max = info->has_pids_max ? info->pids_max : 0,
        .volumes_count = info->n_volumes,
    };
    show_docker(c, info->docker, arena);
    if (info->entrypoint != NULL)
        c->entrypoint = show_list(info->entrypoint->argument,
                                  info->entrypoint->n_argument, arena);
    volumes = arena_alloc(arena, info->n_volumes * sizeof *volumes);
    for (size_t i = 0; i < info->n_volumes; i++)
        volumes[i] = show_volume(info->volumes[i]);
    c->volumes = volumes;
    return c;
}

static int64_t milliseconds(double value)
{
    int64_t ms;

    return milli_from_double(value, &ms) ? ms : 0;
}

const struct mezzo_health_check *container_show_check(
    const Mesos__V1__HealthCheck *info, struct arena *arena)
{
    struct mezzo_health_check *check;

    if (info == NULL)
        return NULL;
    check = arena_alloc(arena, sizeof *check);
    *check = (struct mezzo_health_check){
        .interval_ms = milliseconds(info->interval_seconds),
        .timeout_ms = milliseconds(info->timeout_seconds),
        .grace_ms = milliseconds(info->grace_period_seconds),
        .failures_max = info->consecutive_failures,
    };
    if (info->http != NULL) {
        check->kind = MEZZO_CHECK_HTTP;
        check->port = info->http->port;
        check->path = info->http->path;
    } else if (info->tcp != NULL) {
        check->kind = MEZZO_CHECK_TCP;
        check->port = info->tcp->port;
    } else if (info->command != NULL) {
        check->kind = MEZZO_CHECK_COMMAND;
        if (!info->command->has_shell || info->command->shell)
            check->shell = info->command->value;
        else
            check->argv = show_list(info->command->arguments,
                                    info->command->n_arguments, arena);
    }
    return check;
}
