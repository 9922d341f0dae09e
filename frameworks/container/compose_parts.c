/* compose_parts.c - ports, volumes, health and resources of a service. */

#include <string.h>

#include "frameworks/container/compose_file.h"
#include "frameworks/container/values.h"

enum {
    PORTS_MAX = 100,
    REPLICAS_MAX = 1000,
};

/* ----------------------------------------------------------------- times */

void compose_read_duration(struct reading *r,
                           struct yaml_node *n,
                           json_t *object,
                           const char *key)
{
    const char *text = reading_text(r, n);
    int64_t ms;

    if (text != NULL && !values_duration(text, &ms))
        reading_refuse(r, n, "%.60s: is no time such as 1m30s or 500ms", text);
    else if (text != NULL)
        json_object_set_new(object, key, json_integer(ms));
}

/* ----------------------------------------------------------------- ports */

static void add_ports(struct reading *r,
                      const struct yaml_node *n,
                      json_t *service,
                      const struct values_ports *ports)
{
    json_t *list = json_object_get(service, "ports");

    if (list == NULL) {
        list = json_array();
        json_object_set_new(service, "ports", list);
    }
    if (ports->host_first == 0) {
        reading_refuse(r, n,
                       "%lld: say as which port of its agent it is published, "
                       "such as 8080:%lld; other services reach it anyway",
                       (long long)ports->container_first,
                       (long long)ports->container_first);
        return;
    }
    if (ports->count + (int64_t)json_array_size(list) > PORTS_MAX) {
        reading_refuse(r, n, "are more than %d", PORTS_MAX);
        return;
    }
    for (int64_t i = 0; i < ports->count; i++) {
        json_t *port = json_object();

        json_object_set_new(port, "target",
                            json_integer(ports->container_first + i));
        if (ports->host_first > 0)
            json_object_set_new(port, "published",
                                json_integer(ports->host_first + i));
        json_object_set_new(port, "protocol",
                            json_string(ports->is_udp ? "udp" : "tcp"));
        json_array_append_new(list, port);
    }
}

/* The long form: as it would be written in short. */
static void read_long_port(struct reading *r,
                           struct yaml_node *n,
                           json_t *service)
{
    const struct yaml_node *target = yaml_find(n, "target");
    const struct yaml_node *published = yaml_find(n, "published");
    const struct yaml_node *protocol = yaml_find(n, "protocol");
    struct values_ports ports;
    char text[100];

    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_node *key = n->items[i].key;

        if (strcmp(key->text, "target") != 0 &&
            strcmp(key->text, "published") != 0 &&
            strcmp(key->text, "protocol") != 0) {
            reading_refuse(r, key, "%.60s: this key is not supported here",
                           key->text);
            return;
        }
        if (reading_text(r, n->items[i].value) == NULL)
            return;
    }
    if (target == NULL) {
        reading_refuse(r, n, "has no target");
        return;
    }
    snprintf(text, sizeof text, "%.20s%s%.20s/%.10s",
             published != NULL ? published->text : "",
             published != NULL ? ":" : "", target->text,
             protocol != NULL ? protocol->text : "tcp");
    if (!values_port(text, &ports) || ports.has_address)
        reading_refuse(r, n, "%s: is no port", text);
    else
        add_ports(r, n, service, &ports);
}

static void read_port(struct reading *r, struct yaml_node *n, json_t *service)
{
    struct values_ports ports;
    const char *text;

    if (n->kind == YAML_MAPPING) {
        read_long_port(r, n, service);
        return;
    }
    text = reading_text(r, n);
    if (text == NULL)
        return;
    if (!values_port(text, &ports))
        reading_refuse(r, n,
                       "%.60s: is no port such as 80, 8080:80, 53:53/udp or "
                       "3000-3002:3000-3002",
                       text);
    else if (ports.has_address)
        reading_refuse(r, n,
                       "%.60s: a port is published on the agent that runs the "
                       "service, whose addresses are not known here; leave the "
                       "address out",
                       text);
    else
        add_ports(r, n, service, &ports);
}

void compose_read_ports(struct reading *r, struct yaml_node *n, json_t *service)
{
    if (!reading_is_sequence(r, n))
        return;
    for (size_t i = 0; i < n->items_count; i++) {
        size_t before = reading_enter_item(r, i);

        read_port(r, n->items[i].value, service);
        reading_leave(r, before);
    }
}

/* --------------------------------------------------------------- volumes */

struct volume {
    const char *type; /* NULL: as the source says */
    const char *source, *target;
    bool is_read_only;
};

/* Without "." and with ".." followed; NULL when it leaves "/". */
static const char *clean_path(struct arena *arena, const char *path)
{
    char *to = arena_strdup(arena, path), *end = to;

    while (*path != '\0') {
        size_t size = strcspn(path, "/");

        if (size == 2 && path[0] == '.' && path[1] == '.') {
            while (end > to && *--end != '/')
                continue;
        } else if (size > 0 && !(size == 1 && path[0] == '.')) {
            *end++ = '/';
            memmove(end, path, size);
            end += size;
        }
        path += size + (path[size] == '/');
    }
    if (end == to)
        *end++ = '/';
    *end = '\0';
    return to;
}

static const char *join(struct arena *arena, const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *text = arena_alloc(arena, size);

    snprintf(text, size, "%s/%s", a, b);
    return text;
}

/* "project" is what goes with the project to the agent: below its directory. */
static const char *bind_type(struct reading *r, struct volume *v)
{
    bool is_relative = v->source[0] == '.';

    if (v->source[0] == '~')
        v->source =
            join(r->arena, r->home != NULL ? r->home : "/root", v->source + 1);
    else if (v->source[0] != '/')
        v->source = join(r->arena, r->directory, v->source);
    v->source = clean_path(r->arena, v->source);
    return is_relative ? "project" : "bind";
}

static void add_volume(struct reading *r,
                       const struct yaml_node *n,
                       struct volume *v,
                       json_t *service)
{
    json_t *list = json_object_get(service, "volumes"), *volume;

    if (v->target == NULL || v->target[0] != '/') {
        reading_refuse(r, n, "%.100s: a path in the container is absolute",
                       v->target != NULL ? v->target : "no target");
        return;
    }
    if (v->type == NULL)
        v->type = v->source == NULL                     ? "anonymous"
                  : strchr("./~", v->source[0]) != NULL ? "bind"
                                                        : "volume";
    if (strcmp(v->type, "bind") == 0)
        v->type = bind_type(r, v);
    if (strcmp(v->type, "volume") == 0 &&
        json_object_get(r->volumes, v->source) == NULL) {
        reading_refuse(r, n,
                       "%.80s: there is no such volume; declare it under "
                       "volumes:, or begin a path with ./",
                       v->source);
        return;
    }
    if (v->source != NULL && strcmp(v->type, "bind") == 0 &&
        strstr(v->source, "docker.sock") != NULL) {
        reading_refuse(r, n, "there is no Docker here to talk to");
        return;
    }
    if (list == NULL) {
        list = json_array();
        json_object_set_new(service, "volumes", list);
    }
    volume = json_object();
    json_object_set_new(volume, "type", json_string(v->type));
    if (v->source != NULL)
        json_object_set_new(volume, "source", json_string(v->source));
    json_object_set_new(volume, "target",
                        json_string(clean_path(r->arena, v->target)));
    if (v->is_read_only)
        json_object_set_new(volume, "read_only", json_true());
    json_array_append_new(list, volume);
}

/* [SOURCE:]TARGET[:MODE] */
static void read_short_volume(struct reading *r,
                              const struct yaml_node *n,
                              json_t *service)
{
    char *text = arena_strdup(r->arena, n->text), *rest = text;
    const char *parts[4] = {NULL};
    struct volume v = {0};
    size_t count = 0;

    while (rest != NULL && count < 4)
        parts[count++] = strsep(&rest, ":");
    if (count == 4 || parts[0][0] == '\0') {
        reading_refuse(r, n, "%.100s: is no SOURCE:TARGET or SOURCE:TARGET:ro",
                       n->text);
        return;
    }
    if (count == 3 && strcmp(parts[2], "ro") != 0 &&
        strcmp(parts[2], "rw") != 0) {
        reading_refuse(r, n, "%.60s: a volume is ro or rw", parts[2]);
        return;
    }
    v.source = count > 1 ? parts[0] : NULL;
    v.target = count > 1 ? parts[1] : parts[0];
    v.is_read_only = count == 3 && parts[2][1] == 'o';
    add_volume(r, n, &v, service);
}

static void read_long_volume(struct reading *r,
                             const struct yaml_node *n,
                             json_t *service)
{
    struct volume v = {0};

    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_node *value = n->items[i].value;
        const char *key = n->items[i].key->text;
        size_t before = reading_enter(r, key);

        if (strcmp(key, "read_only") == 0) {
            if (!yaml_is_bool(value, &v.is_read_only))
                reading_refuse(r, value, "must be true or false");
        } else if (strcmp(key, "type") == 0) {
            v.type = reading_text(r, value);
        } else if (strcmp(key, "source") == 0) {
            v.source = reading_text(r, value);
        } else if (strcmp(key, "target") == 0) {
            v.target = reading_text(r, value);
        } else {
            reading_refuse(r, n->items[i].key, "this key is not supported");
        }
        reading_leave(r, before);
    }
    if (v.type == NULL ||
        (strcmp(v.type, "bind") != 0 && strcmp(v.type, "volume") != 0 &&
         strcmp(v.type, "tmpfs") != 0))
        reading_refuse(r, n, "a type is bind, volume or tmpfs");
    else if (v.source == NULL && strcmp(v.type, "bind") == 0)
        reading_refuse(r, n, "has no source");
    else if (v.source == NULL && strcmp(v.type, "volume") == 0)
        v.type = NULL;
    if (v.source != NULL && v.type != NULL && strcmp(v.type, "tmpfs") == 0)
        reading_refuse(r, n, "a tmpfs has no source");
    if (v.type != NULL && strcmp(v.type, "bind") == 0 && v.source != NULL &&
        strchr("./~", v.source[0]) == NULL)
        v.source = join(r->arena, ".", v.source);
    if (r->problems_count == 0)
        add_volume(r, n, &v, service);
}

void compose_read_volumes(struct reading *r,
                          struct yaml_node *n,
                          json_t *service)
{
    if (!reading_is_sequence(r, n))
        return;
    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_node *item = n->items[i].value;
        size_t before = reading_enter_item(r, i);

        if (item->kind == YAML_MAPPING)
            read_long_volume(r, item, service);
        else if (reading_text(r, item) != NULL)
            read_short_volume(r, item, service);
        reading_leave(r, before);
    }
}

/* A secret is a file of the project, in /run/secrets. */
void compose_read_secrets(struct reading *r,
                          struct yaml_node *n,
                          json_t *service)
{
    if (!reading_is_sequence(r, n))
        return;
    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_node *item = n->items[i].value;
        size_t before = reading_enter_item(r, i);
        const char *name = reading_text(r, item), *path;
        struct volume v = {.type = "bind", .is_read_only = true};

        if (name != NULL) {
            path = json_string_value(json_object_get(r->secrets, name));
            v.target = join(r->arena, "/run/secrets", name);
            if (path == NULL) {
                reading_refuse(r, item,
                               "%.80s: there is no such secret; declare it "
                               "with its file under secrets:",
                               name);
            } else {
                v.source = strchr("./~", path[0]) != NULL
                               ? path
                               : join(r->arena, ".", path);
                add_volume(r, item, &v, service);
            }
        }
        reading_leave(r, before);
    }
}

/* ---------------------------------------------------------------- health */

static void read_test(struct reading *r, struct yaml_node *n, json_t *health)
{
    json_t *test = json_array();
    const char *first;

    json_object_set_new(health, "test", test);
    if (n->kind == YAML_SCALAR && !yaml_is_null(n)) {
        json_array_append_new(test, json_string("CMD-SHELL"));
        json_array_append_new(test, json_string(n->text));
        return;
    }
    if (!reading_is_sequence(r, n))
        return;
    for (size_t i = 0; i < n->items_count; i++) {
        if (n->items[i].value->kind != YAML_SCALAR)
            reading_refuse(r, n->items[i].value, "must be a text");
        else
            json_array_append_new(test, json_string(n->items[i].value->text));
    }
    first = json_string_value(json_array_get(test, 0));
    if (first == NULL ||
        !((strcmp(first, "NONE") == 0 && n->items_count == 1) ||
          (strcmp(first, "CMD") == 0 && n->items_count > 1) ||
          (strcmp(first, "CMD-SHELL") == 0 && n->items_count == 2)))
        reading_refuse(r, n,
                       "is a text, or a list that begins with CMD, CMD-SHELL "
                       "(and one text) or NONE (alone)");
}

static void read_interval(struct reading *r,
                          struct yaml_node *n,
                          json_t *health)
{
    compose_read_duration(r, n, health, "interval_ms");
}

static void read_timeout(struct reading *r, struct yaml_node *n, json_t *health)
{
    compose_read_duration(r, n, health, "timeout_ms");
}

static void read_start(struct reading *r, struct yaml_node *n, json_t *health)
{
    compose_read_duration(r, n, health, "start_period_ms");
}

static void read_retries(struct reading *r, struct yaml_node *n, json_t *health)
{
    const char *text = reading_text(r, n);
    int64_t retries;

    if (text != NULL && (!values_number(text, 1000, &retries) || retries == 0))
        reading_refuse(r, n, "%.60s: must be 1 to 1000", text);
    else if (text != NULL)
        json_object_set_new(health, "retries", json_integer(retries));
}

static void read_disable(struct reading *r, struct yaml_node *n, json_t *health)
{
    bool is_disabled;

    if (!yaml_is_bool(n, &is_disabled))
        reading_refuse(r, n, "must be true or false");
    else if (is_disabled)
        json_object_set_new(health, "test", json_pack("[s]", "NONE"));
}

static const struct reading_key health_keys[] = {
    {"test", read_test},       {"interval", read_interval},
    {"timeout", read_timeout}, {"start_period", read_start},
    {"retries", read_retries}, {"disable", read_disable},
};

void compose_read_health(struct reading *r,
                         struct yaml_node *n,
                         json_t *service)
{
    json_t *health = json_object();

    json_object_set_new(service, "healthcheck", health);
    reading_mapping(r, n, health_keys,
                    sizeof health_keys / sizeof health_keys[0], health);
    if (json_object_get(health, "test") == NULL && r->problems_count == 0)
        reading_refuse(r, n,
                       "has no test; what the image brings along is not run");
}

/* ------------------------------------------------------------- resources */

static void read_size(struct reading *r,
                      struct yaml_node *n,
                      json_t *object,
                      const char *key)
{
    const int64_t mb = 1024 * 1024;
    const char *text = reading_text(r, n);
    int64_t bytes;

    if (text != NULL && (!values_size(text, &bytes) || bytes < 4 * mb))
        reading_refuse(r, n, "%.60s: is no size of 4m or more, such as 1.5G",
                       text);
    else if (text != NULL)
        json_object_set_new(object, key, json_integer((bytes + mb - 1) / mb));
}

static void read_cpus(struct reading *r,
                      struct yaml_node *n,
                      json_t *object,
                      const char *key)
{
    const char *text = reading_text(r, n);
    int64_t milli;

    if (text != NULL && (!values_milli(text, &milli) || milli == 0))
        reading_refuse(r, n, "%.60s: is no number of cpus such as 0.5", text);
    else if (text != NULL)
        json_object_set_new(object, key, json_integer(milli));
}

void compose_read_memory(struct reading *r,
                         struct yaml_node *n,
                         json_t *service)
{
    read_size(r, n, service, "memory_limit_mb");
}

void compose_read_cpus(struct reading *r, struct yaml_node *n, json_t *service)
{
    read_cpus(r, n, service, "cpu_limit_milli");
}

static void read_reserved_memory(struct reading *r,
                                 struct yaml_node *n,
                                 json_t *service)
{
    read_size(r, n, service, "memory_mb");
}

static void read_reserved_cpus(struct reading *r,
                               struct yaml_node *n,
                               json_t *service)
{
    read_cpus(r, n, service, "cpu_milli");
}

static void read_pids(struct reading *r, struct yaml_node *n, json_t *service)
{
    const char *text = reading_text(r, n);
    int64_t pids;

    if (text != NULL && (!values_number(text, 1000000, &pids) || pids == 0))
        reading_refuse(r, n, "%.60s: must be 1 to 1000000", text);
    else if (text != NULL)
        json_object_set_new(service, "pids_max", json_integer(pids));
}

static const struct reading_key limit_keys[] = {
    {"cpus", compose_read_cpus},
    {"memory", compose_read_memory},
    {"pids", read_pids},
};

static const struct reading_key reservation_keys[] = {
    {"cpus", read_reserved_cpus},
    {"memory", read_reserved_memory},
};

static void read_limits(struct reading *r, struct yaml_node *n, json_t *service)
{
    reading_mapping(r, n, limit_keys, 3, service);
}

static void read_reservations(struct reading *r,
                              struct yaml_node *n,
                              json_t *service)
{
    reading_mapping(r, n, reservation_keys, 2, service);
}

static const struct reading_key resource_keys[] = {
    {"limits", read_limits},
    {"reservations", read_reservations},
};

static void read_resources(struct reading *r,
                           struct yaml_node *n,
                           json_t *service)
{
    reading_mapping(r, n, resource_keys, 2, service);
}

static void read_replicas(struct reading *r,
                          struct yaml_node *n,
                          json_t *service)
{
    const char *text = reading_text(r, n);
    int64_t replicas;

    if (text != NULL && !values_number(text, REPLICAS_MAX, &replicas))
        reading_refuse(r, n, "%.60s: must be 0 to %d", text, REPLICAS_MAX);
    else if (text != NULL)
        json_object_set_new(service, "replicas", json_integer(replicas));
}

static const struct reading_key deploy_keys[] = {
    {"replicas", read_replicas},
    {"resources", read_resources},
};

void compose_read_deploy(struct reading *r,
                         struct yaml_node *n,
                         json_t *service)
{
    reading_mapping(r, n, deploy_keys, 2, service);
}
