/* compose_service.c - the keys of a service that are texts and lists; what has
 * a form of its own is in compose_parts.c. */

#include <errno.h>
#include <string.h>

#include "frameworks/container/compose_file.h"
#include "frameworks/container/dotenv.h"
#include "frameworks/container/values.h"

/* Texts of which nothing is asked here. */
static void read_image(struct reading *r, struct yaml_node *n, json_t *s)
{
    reading_set_text(r, n, s, "image");
}

static void read_user(struct reading *r, struct yaml_node *n, json_t *s)
{
    reading_set_text(r, n, s, "user");
}

static void read_stop_signal(struct reading *r, struct yaml_node *n, json_t *s)
{
    reading_set_text(r, n, s, "stop_signal");
}

static void read_directory(struct reading *r, struct yaml_node *n, json_t *s)
{
    const char *text = reading_text(r, n);

    if (text != NULL && text[0] != '/')
        reading_refuse(r, n, "%.100s: must be absolute", text);
    else if (text != NULL)
        json_object_set_new(s, "working_dir", json_string(text));
}

static void read_name(struct reading *r,
                      struct yaml_node *n,
                      json_t *s,
                      const char *key)
{
    const char *text = reading_text(r, n);

    if (text != NULL && !values_is_name(text))
        reading_refuse(r, n,
                       "%.80s: must be letters, digits, '.', '_' and '-', at "
                       "most 60",
                       text);
    else if (text != NULL)
        json_object_set_new(s, key, json_string(text));
}

static void read_hostname(struct reading *r, struct yaml_node *n, json_t *s)
{
    read_name(r, n, s, "hostname");
}

static void read_container_name(struct reading *r,
                                struct yaml_node *n,
                                json_t *s)
{
    read_name(r, n, s, "container_name");
}

static void read_stop_grace(struct reading *r, struct yaml_node *n, json_t *s)
{
    compose_read_duration(r, n, s, "stop_grace_ms");
}

/* Without a word a service has an address of its own. */
static void read_network(struct reading *r, struct yaml_node *n, json_t *s)
{
    const char *text = reading_text(r, n);

    if (text != NULL && strcmp(text, "host") == 0)
        json_object_set_new(s, "network_mode", json_string(text));
    else if (text != NULL && strcmp(text, "bridge") != 0)
        reading_refuse(r, n, "%.60s: must be host or bridge", text);
}

/* ----------------------------------------------------- command, entrypoint */

static void read_words(struct reading *r,
                       struct yaml_node *n,
                       json_t *s,
                       const char *key)
{
    const char *const *words;
    json_t *list;

    if (yaml_is_null(n))
        return; /* the image's own */
    list = json_array();
    json_object_set_new(s, key, list);
    if (n->kind == YAML_SEQUENCE) {
        for (size_t i = 0; i < n->items_count; i++) {
            size_t before = reading_enter_item(r, i);
            const struct yaml_node *item = n->items[i].value;

            if (item->kind != YAML_SCALAR)
                reading_refuse(r, item, "must be a text");
            else
                json_array_append_new(list, json_string(item->text));
            reading_leave(r, before);
        }
        return;
    }
    if (n->kind != YAML_SCALAR) {
        reading_refuse(r, n, "must be a text or a list");
        return;
    }
    words = values_words(r->arena, n->text);
    if (words == NULL)
        reading_refuse(r, n, "a quote is not closed");
    for (; words != NULL && *words != NULL; words++)
        json_array_append_new(list, json_string(*words));
}

static void read_command(struct reading *r, struct yaml_node *n, json_t *s)
{
    read_words(r, n, s, "command");
}

static void read_entrypoint(struct reading *r, struct yaml_node *n, json_t *s)
{
    read_words(r, n, s, "entrypoint");
}

/* --------------------------------------------------- environment, labels */

/* What has no value takes the caller's, or is left out. */
static void set_variable(struct reading *r,
                         json_t *object,
                         const char *name,
                         const char *value)
{
    if (value == NULL)
        value = r->variable(r->variable_arg, name);
    if (value != NULL)
        json_object_set_new(object, name, json_string(value));
}

/* A mapping, or a list of NAME=VALUE.  `set` may be told NULL. */
static void read_pairs(struct reading *r,
                       struct yaml_node *n,
                       json_t *object,
                       void (*set)(struct reading *r,
                                   json_t *object,
                                   const char *name,
                                   const char *value))
{
    if (n->kind == YAML_SCALAR) {
        if (!yaml_is_null(n))
            reading_refuse(r, n, "must be a mapping or a list");
        return;
    }
    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_item *item = &n->items[i];
        const char *text = item->value->text, *equals;
        size_t before = item->key != NULL ? reading_enter(r, item->key->text)
                                          : reading_enter_item(r, i);

        if (item->value->kind != YAML_SCALAR) {
            reading_refuse(r, item->value, "must be a text or a number");
        } else if (item->key != NULL) {
            set(r, object, item->key->text,
                yaml_is_null(item->value) ? NULL : text);
        } else {
            equals = strchr(text, '=');
            set(r, object,
                equals == NULL
                    ? text
                    : arena_strdup(r->arena,
                                   strndupa(text, (size_t)(equals - text))),
                equals == NULL ? NULL : equals + 1);
        }
        reading_leave(r, before);
    }
}

static json_t *get_object(json_t *service, const char *key)
{
    json_t *object = json_object_get(service, key);

    if (object == NULL) {
        object = json_object();
        json_object_set_new(service, key, object);
    }
    return object;
}

static void read_environment(struct reading *r, struct yaml_node *n, json_t *s)
{
    read_pairs(r, n, get_object(s, "environment"), set_variable);
}

static void set_label(struct reading *r,
                      json_t *object,
                      const char *name,
                      const char *value)
{
    (void)r;
    json_object_set_new(object, name, json_string(value == NULL ? "" : value));
}

static void read_labels(struct reading *r, struct yaml_node *n, json_t *s)
{
    read_pairs(r, n, get_object(s, "labels"), set_label);
}

static void read_env_file(struct reading *r,
                          const struct yaml_node *n,
                          const char *path,
                          bool is_required,
                          json_t *s)
{
    struct dotenv env;
    const char *text;
    struct error why;
    int rc = r->read_file(r->read_file_arg, r->arena, path, &text, &why);

    if (rc == -ENOENT && !is_required)
        return;
    if (rc < 0) {
        reading_refuse(r, n, "%s", why.text);
        return;
    }
    if (dotenv_parse(r->arena, text, r->variable, r->variable_arg, &env, &why) <
        0) {
        reading_refuse(r, n, "%.100s:%s", path, why.text);
        return;
    }
    for (size_t i = 0; i < env.count; i++)
        set_variable(r, get_object(s, "environment"), env.variables[i].name,
                     env.variables[i].value);
}

/* A path, or {path, required}. */
static void read_env_file_item(struct reading *r,
                               const struct yaml_node *n,
                               json_t *s)
{
    const struct yaml_node *path = n, *required;
    bool is_required = true;

    if (n->kind == YAML_MAPPING) {
        path = yaml_find(n, "path");
        required = yaml_find(n, "required");
        if (path == NULL || n->items_count != 1U + (required != NULL) ||
            (required != NULL && !yaml_is_bool(required, &is_required))) {
            reading_refuse(r, n, "must be a path, or {path, required}");
            return;
        }
    }
    if (reading_text(r, path) != NULL)
        read_env_file(r, path, path->text, is_required, s);
}

static void read_env_files(struct reading *r, struct yaml_node *n, json_t *s)
{
    if (n->kind != YAML_SEQUENCE) {
        read_env_file_item(r, n, s);
        return;
    }
    for (size_t i = 0; i < n->items_count; i++) {
        size_t before = reading_enter_item(r, i);

        read_env_file_item(r, n->items[i].value, s);
        reading_leave(r, before);
    }
}

/* ------------------------------------------------------------ depends_on */

static void add_dependency(struct reading *r,
                           const struct yaml_node *n,
                           json_t *object,
                           const char *service,
                           const char *condition)
{
    static const char *const conditions[] = {
        "service_started", "service_healthy", "service_completed_successfully"};

    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if (strcmp(condition, conditions[i]) == 0) {
            json_object_set_new(object, service, json_string(condition));
            return;
        }
    }
    reading_refuse(r, n,
                   "%.60s: a condition is service_started, service_healthy or "
                   "service_completed_successfully",
                   condition);
}

static void read_condition(struct reading *r,
                           struct yaml_node *n,
                           json_t *object)
{
    if (reading_text(r, n) != NULL)
        json_object_set_new(object, "condition", json_string(n->text));
}

/* What is already so may be said. */
static void read_required(struct reading *r,
                          struct yaml_node *n,
                          json_t *object)
{
    bool is_required;

    (void)object;
    if (!yaml_is_bool(n, &is_required) || !is_required)
        reading_refuse(r, n, "only true is supported");
}

static void read_restart_too(struct reading *r,
                             struct yaml_node *n,
                             json_t *object)
{
    bool restarts;

    (void)object;
    if (!yaml_is_bool(n, &restarts) || restarts)
        reading_refuse(r, n, "only false is supported");
}

static const struct reading_key dependency_keys[] = {
    {"condition", read_condition},
    {"required", read_required},
    {"restart", read_restart_too},
};

static void read_dependency(struct reading *r,
                            const struct yaml_item *item,
                            json_t *object)
{
    json_t *found;
    const char *condition;

    if (item->key == NULL) {
        if (reading_text(r, item->value) != NULL)
            add_dependency(r, item->value, object, item->value->text,
                           "service_started");
        return;
    }
    found = json_object();
    if (!yaml_is_null(item->value))
        reading_mapping(r, item->value, dependency_keys, 3, found);
    condition = json_string_value(json_object_get(found, "condition"));
    add_dependency(r, item->key, object, item->key->text,
                   condition != NULL ? condition : "service_started");
    json_decref(found);
}

static void read_dependencies(struct reading *r, struct yaml_node *n, json_t *s)
{
    if (n->kind == YAML_SCALAR) {
        reading_refuse(r, n, "must be a list or a mapping");
        return;
    }
    for (size_t i = 0; i < n->items_count; i++) {
        const struct yaml_item *item = &n->items[i];
        size_t before = item->key != NULL ? reading_enter(r, item->key->text)
                                          : reading_enter_item(r, i);

        read_dependency(r, item, get_object(s, "depends_on"));
        reading_leave(r, before);
    }
}

/* --------------------------------------------------------------- restart */

static void read_restart(struct reading *r, struct yaml_node *n, json_t *s)
{
    static const char *const policies[] = {"no", "always", "unless-stopped",
                                           "on-failure"};
    const char *text = reading_text(r, n);
    int64_t max;

    if (text == NULL)
        return;
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        if (strcmp(text, policies[i]) == 0) {
            json_object_set_new(s, "restart", json_string(text));
            return;
        }
    }
    if (strncmp(text, "on-failure:", 11) == 0 &&
        values_number(text + 11, 1000000, &max) && max > 0) {
        json_object_set_new(s, "restart", json_string("on-failure"));
        json_object_set_new(s, "restarts_max", json_integer(max));
        return;
    }
    reading_refuse(r, n,
                   "%.60s: must be \"no\", always, unless-stopped, on-failure "
                   "or on-failure:N",
                   text);
}

/* ---------------------------------------------------------------- expose */

/* It only documents: services reach each other's ports anyway. */
static void read_expose(struct reading *r, struct yaml_node *n, json_t *s)
{
    struct values_ports ports;

    (void)s;
    if (!reading_is_sequence(r, n))
        return;
    for (size_t i = 0; i < n->items_count; i++) {
        const char *text;
        size_t before = reading_enter_item(r, i);

        text = reading_text(r, n->items[i].value);
        if (text != NULL && (!values_port(text, &ports) || ports.has_address ||
                             ports.host_first != 0))
            reading_refuse(r, n->items[i].value, "%.60s: is no port", text);
        reading_leave(r, before);
    }
}

/* ----------------------------------------------------------------- build */

static void read_build(struct reading *r, struct yaml_node *n, json_t *s)
{
    (void)s;
    if (!r->reads_past_builds)
        reading_refuse(r, n,
                       "images are not built here; build it, push it to the "
                       "registry, and say --no-build");
}

static void read_past(struct reading *r, struct yaml_node *n, json_t *s)
{
    (void)r;
    (void)n;
    (void)s;
}

/* env_file comes first, whatever the order in the file: environment wins. */
static const struct reading_key keys[] = {
    {"build", read_build},
    {"command", read_command},
    {"container_name", read_container_name},
    {"cpus", compose_read_cpus},
    {"depends_on", read_dependencies},
    {"deploy", compose_read_deploy},
    {"entrypoint", read_entrypoint},
    {"env_file", read_past},
    {"environment", read_environment},
    {"expose", read_expose},
    {"healthcheck", compose_read_health},
    {"hostname", read_hostname},
    {"image", read_image},
    {"labels", read_labels},
    {"mem_limit", compose_read_memory},
    {"network_mode", read_network},
    {"ports", compose_read_ports},
    {"restart", read_restart},
    {"secrets", compose_read_secrets},
    {"stop_grace_period", read_stop_grace},
    {"stop_signal", read_stop_signal},
    {"user", read_user},
    {"volumes", compose_read_volumes},
    {"working_dir", read_directory},
};

/* On the machine's own network nothing is mapped. */
static void check_host_ports(struct reading *r,
                             const struct yaml_node *n,
                             json_t *s)
{
    json_t *ports = json_object_get(s, "ports"), *port;
    size_t i;

    json_array_foreach(
        ports, i, port) if (!json_equal(json_object_get(port, "target"),
                                        json_object_get(port, "published")))
        reading_refuse(
            r, n,
            "has network_mode: host, where a port is published "
            "as what it is: %lld:%lld",
            (long long)json_integer_value(json_object_get(port, "target")),
            (long long)json_integer_value(json_object_get(port, "target")));
}

/* What no key alone can tell. */
static void check(struct reading *r,
                  const struct yaml_node *n,
                  const char *name,
                  json_t *s)
{
    bool is_built = yaml_find(n, "build") != NULL;
    json_int_t replicas = 1;
    char image[200];

    if (json_object_get(s, "image") == NULL && is_built) {
        snprintf(image, sizeof image, "%.60s-%.60s", r->project, name);
        json_object_set_new(s, "image", json_string(image));
    }
    if (json_object_get(s, "image") == NULL && r->problems_count == 0)
        reading_refuse(r, n, "has no image");
    if (json_object_get(s, "network_mode") != NULL)
        check_host_ports(r, n, s);
    if (json_object_get(s, "replicas") != NULL)
        replicas = json_integer_value(json_object_get(s, "replicas"));
    if (replicas > 1 && json_object_get(s, "container_name") != NULL)
        reading_refuse(r, n,
                       "has a container_name, which only one of %lld replicas "
                       "can have",
                       (long long)replicas);
}

void compose_service_read(struct reading *r,
                          struct yaml_node *node,
                          const char *name,
                          json_t *services)
{
    struct yaml_node *env_file = yaml_find(node, "env_file");
    json_t *service = json_object();

    json_object_set_new(services, name, service);
    if (env_file != NULL) {
        size_t before = reading_enter(r, "env_file");

        read_env_files(r, env_file, service);
        reading_leave(r, before);
    }
    reading_mapping(r, node, keys, sizeof keys / sizeof keys[0], service);
    if (node->kind == YAML_MAPPING)
        check(r, node, name, service);
}
