/* project_service.c - a service in the canonical form, key by key. */

#include "frameworks/container/project_service.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/values.h"

enum {
    CPU_DEFAULT_MILLI = 100,
    MEMORY_DEFAULT_MB = 256,
    GRACE_DEFAULT_MS = 10000,
    INTERVAL_DEFAULT_MS = 30000,
    TIMEOUT_DEFAULT_MS = 30000,
    RETRIES_DEFAULT = 3,
    LIST_MAX = 1000, /* of anything */
};

/* Borrowed from the JSON, which the project keeps. */
static int read_text(json_t *object,
                     const char *key,
                     const char **text,
                     struct error *err)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL &&
        (!json_is_string(value) ||
         json_string_length(value) != strlen(json_string_value(value))))
        return error_set(err, -EINVAL, "%s: must be a text", key);
    *text = json_string_value(value);
    return 0;
}

/* `*number` stays when there is none. */
static int read_number(json_t *object,
                       const char *key,
                       int64_t min,
                       int64_t max,
                       int64_t *number,
                       struct error *err)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < min ||
        json_integer_value(value) > max)
        return error_set(err, -EINVAL,
                         "%s: must be a number from %" PRId64 " to %" PRId64,
                         key, min, max);
    *number = json_integer_value(value);
    return 0;
}

static int read_bool(json_t *object,
                     const char *key,
                     bool *flag,
                     struct error *err)
{
    json_t *value = json_object_get(object, key);

    if (value != NULL && !json_is_boolean(value))
        return error_set(err, -EINVAL, "%s: must be true or false", key);
    *flag = json_is_true(value);
    return 0;
}

static int check_keys(json_t *object,
                      const char *const *keys,
                      size_t count,
                      struct error *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return error_set(err, -EINVAL, "must be an object");
    json_object_foreach(object, key, value)
    {
        size_t i = 0;

        while (i < count && strcmp(keys[i], key) != 0)
            i++;
        if (i == count)
            return error_set(err, -EINVAL, "%.60s: this key is not known", key);
    }
    return 0;
}

/* An array that is not longer than is sensible; NULL when there is none. */
static int read_array(json_t *object,
                      const char *key,
                      json_t **array,
                      struct error *err)
{
    *array = json_object_get(object, key);
    if (*array != NULL &&
        (!json_is_array(*array) || json_array_size(*array) > LIST_MAX))
        return error_set(err, -EINVAL, "%s: must be a list of at most %d", key,
                         LIST_MAX);
    return 0;
}

/* To be freed; NULL when there is none. */
static int read_list(json_t *object,
                     const char *key,
                     const char *const **list,
                     struct error *err)
{
    json_t *array, *value;
    const char **texts;
    size_t i;
    int rc = read_array(object, key, &array, err);

    *list = NULL;
    if (rc < 0 || array == NULL)
        return rc;
    json_array_foreach(
        array, i,
        value) if (!json_is_string(value) ||
                   json_string_length(value) !=
                       strlen(json_string_value(
                           value))) return error_set(err, -EINVAL,
                                                     "%s[%zu]: must be a text",
                                                     key, i);
    texts = memory_new(json_array_size(array) + 1, sizeof *texts);
    json_array_foreach(array, i, value) texts[i] = json_string_value(value);
    *list = texts;
    return 0;
}

static int read_variables(json_t *object,
                          const char *key,
                          struct project_variable **variables,
                          size_t *count,
                          struct error *err)
{
    json_t *map = json_object_get(object, key), *value;
    const char *name;

    if (map == NULL)
        return 0;
    if (!json_is_object(map) || json_object_size(map) > LIST_MAX)
        return error_set(err, -EINVAL, "%s: must be an object of at most %d",
                         key, LIST_MAX);
    *variables = memory_new(json_object_size(map) + 1, sizeof **variables);
    json_object_foreach(map, name, value)
    {
        if (!json_is_string(value) || name[0] == '\0' ||
            strchr(name, '=') != NULL)
            return error_set(err, -EINVAL, "%s.%.60s: must be a text", key,
                             name);
        (*variables)[(*count)++] =
            (struct project_variable){name, json_string_value(value)};
    }
    return 0;
}

/* ------------------------------------------------------ ports, volumes */

static int read_port(json_t *json, struct project_port *port, struct error *err)
{
    static const char *const keys[] = {"target", "published", "protocol"};
    int64_t target = 0, published = 0;
    const char *protocol = NULL;
    int rc = check_keys(json, keys, 3, err);

    if (rc == 0)
        rc = read_number(json, "target", 1, 65535, &target, err);
    if (rc == 0)
        rc = read_number(json, "published", 1, 65535, &published, err);
    if (rc == 0)
        rc = read_text(json, "protocol", &protocol, err);
    if (rc < 0)
        return rc;
    if (target == 0 || published == 0)
        return error_set(err, -EINVAL, "%s: is missing",
                         target == 0 ? "target" : "published");
    port->is_udp = protocol != NULL && strcmp(protocol, "udp") == 0;
    if (protocol != NULL && !port->is_udp && strcmp(protocol, "tcp") != 0)
        return error_set(err, -EINVAL, "protocol: is tcp or udp");
    port->container_port = (unsigned)target;
    port->host_port = (unsigned)published;
    return 0;
}

static int read_ports(json_t *json,
                      struct project_service *s,
                      struct error *err)
{
    struct error why;
    json_t *array, *value;
    size_t i;
    int rc = read_array(json, "ports", &array, err);

    if (rc < 0 || array == NULL)
        return rc;
    s->ports = memory_new(json_array_size(array) + 1, sizeof *s->ports);
    json_array_foreach(array, i, value)
    {
        rc = read_port(value, &s->ports[s->ports_count++], &why);
        if (rc < 0)
            return error_set(err, rc, "ports[%zu].%s", i, why.text);
    }
    return 0;
}

static int read_volume(json_t *json,
                       struct project_volume *v,
                       struct error *err)
{
    static const char *const keys[] = {"type", "source", "target", "read_only"};
    static const char *const types[] = {"volume", "anonymous", "project",
                                        "bind", "tmpfs"};
    const char *type = NULL;
    unsigned kind = 0;
    int rc = check_keys(json, keys, 4, err);

    if (rc == 0)
        rc = read_text(json, "type", &type, err);
    if (rc == 0)
        rc = read_text(json, "source", &v->source, err);
    if (rc == 0)
        rc = read_text(json, "target", &v->target, err);
    if (rc == 0)
        rc = read_bool(json, "read_only", &v->is_read_only, err);
    if (rc < 0)
        return rc;
    while (kind < 5 && (type == NULL || strcmp(types[kind], type) != 0))
        kind++;
    if (kind == 5)
        return error_set(err, -EINVAL, "type: is not known");
    v->kind = (enum project_volume_kind)kind;
    if (v->target == NULL || v->target[0] != '/' ||
        strstr(v->target, "/../") != NULL)
        return error_set(err, -EINVAL, "target: must be an absolute path");
    if ((v->source == NULL) != (v->kind == PROJECT_VOLUME_ANONYMOUS ||
                                v->kind == PROJECT_VOLUME_TMPFS))
        return error_set(err, -EINVAL, "source: is missing, or too much");
    if (v->kind == PROJECT_VOLUME_NAMED && !values_is_name(v->source))
        return error_set(err, -EINVAL, "source: is no name of a volume");
    if ((v->kind == PROJECT_VOLUME_HOST || v->kind == PROJECT_VOLUME_FILES) &&
        v->source[0] != '/')
        return error_set(err, -EINVAL, "source: must be an absolute path");
    return 0;
}

static int read_volumes(json_t *json,
                        struct project_service *s,
                        struct error *err)
{
    struct error why;
    json_t *array, *value;
    size_t i;
    int rc = read_array(json, "volumes", &array, err);

    if (rc < 0 || array == NULL)
        return rc;
    s->volumes = memory_new(json_array_size(array) + 1, sizeof *s->volumes);
    json_array_foreach(array, i, value)
    {
        rc = read_volume(value, &s->volumes[s->volumes_count++], &why);
        if (rc < 0)
            return error_set(err, rc, "volumes[%zu].%s", i, why.text);
    }
    return 0;
}

/* ------------------------------------------- dependencies, restart, health */

static int read_dependencies(json_t *json,
                             struct project_service *s,
                             struct error *err)
{
    static const char *const conditions[] = {
        "service_started", "service_healthy", "service_completed_successfully"};
    json_t *map = json_object_get(json, "depends_on"), *value;
    const char *name;

    if (map == NULL)
        return 0;
    if (!json_is_object(map) || json_object_size(map) > LIST_MAX)
        return error_set(err, -EINVAL, "depends_on: must be an object");
    s->dependencies =
        memory_new(json_object_size(map) + 1, sizeof *s->dependencies);
    json_object_foreach(map, name, value)
    {
        unsigned i = 0;

        while (i < 3 && (!json_is_string(value) ||
                         strcmp(json_string_value(value), conditions[i]) != 0))
            i++;
        if (i == 3)
            return error_set(err, -EINVAL, "depends_on.%.60s: is no condition",
                             name);
        s->dependencies[s->dependencies_count++] =
            (struct project_dependency){name, (enum project_condition)i};
    }
    return 0;
}

static int read_restart(json_t *json,
                        struct project_service *s,
                        struct error *err)
{
    const char *text;
    int rc = read_text(json, "restart", &text, err);

    if (rc == 0)
        rc = read_number(json, "restarts_max", 1, 1000000, &s->restarts_max,
                         err);
    if (rc < 0 || text == NULL || strcmp(text, "no") == 0)
        return rc;
    if (strcmp(text, "always") == 0 || strcmp(text, "unless-stopped") == 0)
        s->restart = PROJECT_RESTART_ALWAYS;
    else if (strcmp(text, "on-failure") == 0)
        s->restart = PROJECT_RESTART_ON_FAILURE;
    else
        return error_set(err, -EINVAL, "restart: is not known");
    return 0;
}

static int read_test(json_t *json, struct project_service *s, struct error *err)
{
    struct project_health *h = &s->health;
    const char *const *test;
    int rc = read_list(json, "test", &test, err);

    if (rc < 0)
        return rc;
    h->argv = test;
    s->has_health = true;
    if (test == NULL || test[0] == NULL)
        return error_set(err, -EINVAL, "test: is missing");
    if (strcmp(test[0], "NONE") == 0)
        s->has_health = false;
    else if (strcmp(test[0], "CMD-SHELL") == 0 && test[1] != NULL)
        h->shell = test[1];
    else if (strcmp(test[0], "CMD") != 0 || test[1] == NULL)
        return error_set(err, -EINVAL, "test: begins with CMD or CMD-SHELL");
    return 0;
}

static int read_health(json_t *json,
                       struct project_service *s,
                       struct error *err)
{
    static const char *const keys[] = {"test", "interval_ms", "timeout_ms",
                                       "start_period_ms", "retries"};
    const int64_t max = INT64_C(30) * 24 * 3600 * 1000;
    struct project_health *h = &s->health;
    json_t *health = json_object_get(json, "healthcheck");
    int64_t retries = RETRIES_DEFAULT;
    struct error why;
    int rc;

    if (health == NULL)
        return 0;
    h->interval_ms = INTERVAL_DEFAULT_MS;
    h->timeout_ms = TIMEOUT_DEFAULT_MS;
    rc = check_keys(health, keys, 5, &why);
    if (rc == 0)
        rc = read_test(health, s, &why);
    if (rc == 0)
        rc = read_number(health, "interval_ms", 1, max, &h->interval_ms, &why);
    if (rc == 0)
        rc = read_number(health, "timeout_ms", 1, max, &h->timeout_ms, &why);
    if (rc == 0)
        rc = read_number(health, "start_period_ms", 0, max, &h->start_period_ms,
                         &why);
    if (rc == 0)
        rc = read_number(health, "retries", 1, 1000, &retries, &why);
    h->retries = (unsigned)retries;
    return rc < 0 ? error_set(err, rc, "healthcheck.%s", why.text) : 0;
}

static int read_resources(json_t *json,
                          struct project_service *s,
                          struct error *err)
{
    int64_t replicas = 1, memory_limit_mb = 0;
    int rc =
        read_number(json, "replicas", 0, PROJECT_REPLICAS_MAX, &replicas, err);

    if (rc == 0)
        rc = read_number(json, "cpu_milli", 1, 1000000000, &s->cpu_milli, err);
    if (rc == 0)
        rc = read_number(json, "cpu_limit_milli", 1, 1000000000,
                         &s->cpu_limit_milli, err);
    if (rc == 0)
        rc = read_number(json, "memory_mb", 4, INT64_C(1) << 30, &s->memory_mb,
                         err);
    if (rc == 0)
        rc = read_number(json, "memory_limit_mb", 4, INT64_C(1) << 30,
                         &memory_limit_mb, err);
    if (rc == 0)
        rc = read_number(json, "pids_max", 1, 1000000, &s->pids_max, err);
    if (rc < 0)
        return rc;
    s->replicas = (unsigned)replicas;
    if (s->cpu_milli == 0)
        s->cpu_milli =
            s->cpu_limit_milli > 0 ? s->cpu_limit_milli : CPU_DEFAULT_MILLI;
    /* What a task may use is what it has: the limit is the reservation. */
    if (memory_limit_mb > s->memory_mb)
        s->memory_mb = memory_limit_mb;
    if (s->memory_mb == 0)
        s->memory_mb = MEMORY_DEFAULT_MB;
    return 0;
}

/* --------------------------------------------------------------- service */

/* A change of these alone needs no new instance. */
static const char *const in_place[] = {"replicas", "restart", "restarts_max",
                                       "depends_on", "stop_grace_ms"};

static void make_digest(json_t *json, struct project_service *s)
{
    json_t *copy = json_copy(json);
    unsigned char hash[8];
    char *text;

    for (size_t i = 0; i < sizeof in_place / sizeof in_place[0]; i++)
        json_object_del(copy, in_place[i]);
    text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL)
        abort();
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text,
                       strlen(text), NULL, 0);
    sodium_bin2hex(s->digest, sizeof s->digest, hash, sizeof hash);
    free(text);
    json_decref(copy);
}

static int read_network(json_t *json,
                        struct project_service *s,
                        struct error *err)
{
    const char *text;
    int rc = read_text(json, "network_mode", &text, err);

    if (rc < 0 || text == NULL)
        return rc;
    s->uses_host_network = strcmp(text, "host") == 0;
    if (!s->uses_host_network)
        return error_set(err, -EINVAL, "network_mode: is not known");
    for (size_t i = 0; i < s->ports_count; i++)
        if (s->ports[i].host_port != s->ports[i].container_port)
            return error_set(err, -EINVAL,
                             "ports: nothing is mapped on the host's network");
    return 0;
}

static int read_texts(json_t *json,
                      struct project_service *s,
                      struct error *err)
{
    int rc = read_text(json, "image", &s->image, err);

    if (rc == 0 && (s->image == NULL || s->image[0] == '\0'))
        rc = error_set(err, -EINVAL, "image: is missing");
    if (rc == 0)
        rc = read_text(json, "user", &s->user, err);
    if (rc == 0)
        rc = read_text(json, "working_dir", &s->working_directory, err);
    if (rc == 0)
        rc = read_text(json, "hostname", &s->hostname, err);
    if (rc == 0)
        rc = read_text(json, "container_name", &s->container_name, err);
    if (rc == 0)
        rc = read_text(json, "stop_signal", &s->stop_signal, err);
    if (rc == 0)
        rc = read_text(json, "files", &s->files, err);
    return rc;
}

int project_service_read(json_t *json,
                         struct project_service *s,
                         struct error *err)
{
    static const char *const keys[] = {
        "command",         "container_name", "cpu_limit_milli",
        "cpu_milli",       "depends_on",     "entrypoint",
        "environment",     "files",          "healthcheck",
        "hostname",        "image",          "labels",
        "memory_limit_mb", "memory_mb",      "network_mode",
        "pids_max",        "ports",          "replicas",
        "restart",         "restarts_max",   "stop_grace_ms",
        "stop_signal",     "user",           "volumes",
        "working_dir"};
    int rc = check_keys(json, keys, sizeof keys / sizeof keys[0], err);

    s->stop_grace_ms = GRACE_DEFAULT_MS;
    if (rc == 0)
        rc = read_texts(json, s, err);
    if (rc == 0)
        rc = read_list(json, "command", &s->command, err);
    if (rc == 0)
        rc = read_list(json, "entrypoint", &s->entrypoint, err);
    if (rc == 0)
        rc = read_variables(json, "environment", &s->environment,
                            &s->environment_count, err);
    if (rc == 0)
        rc = read_variables(json, "labels", &s->labels, &s->labels_count, err);
    if (rc == 0)
        rc = read_ports(json, s, err);
    if (rc == 0)
        rc = read_network(json, s, err);
    if (rc == 0)
        rc = read_volumes(json, s, err);
    if (rc == 0)
        rc = read_dependencies(json, s, err);
    if (rc == 0)
        rc = read_restart(json, s, err);
    if (rc == 0)
        rc = read_health(json, s, err);
    if (rc == 0)
        rc = read_resources(json, s, err);
    if (rc == 0)
        rc = read_number(json, "stop_grace_ms", 0, 24 * 3600 * 1000,
                         &s->stop_grace_ms, err);
    if (rc == 0)
        make_digest(json, s);
    return rc;
}

void project_service_release(struct project_service *s)
{
    free((void *)s->command);
    free((void *)s->entrypoint);
    free((void *)s->health.argv);
    free(s->environment);
    free(s->labels);
    free(s->ports);
    free(s->volumes);
    free(s->dependencies);
}

/* -------------------------------------------------------------- meaning */

bool project_is_pinned(const struct project_service *s)
{
    for (size_t i = 0; i < s->volumes_count; i++)
        if (s->volumes[i].kind == PROJECT_VOLUME_NAMED ||
            s->volumes[i].kind == PROJECT_VOLUME_ANONYMOUS)
            return true;
    return false;
}

bool project_starts_first(const struct project_service *s)
{
    return project_why_stops_first(s) == NULL;
}

const char *project_why_stops_first(const struct project_service *s)
{
    for (size_t i = 0; i < s->ports_count; i++)
        if (s->ports[i].host_port > 0)
            return "it publishes a port, which two cannot have";
    if (project_is_pinned(s))
        return "it has a volume, which two should not write to";
    return NULL;
}
