/* compose_file.c - the top of a Compose file: its name, services, volumes. */

#include "frameworks/container/compose_file.h"

#include <ctype.h>
#include <string.h>

#include "frameworks/container/values.h"

enum {
    PROJECT_SIZE_MAX = 40,
    SERVICES_MAX = 200,
};

/* Every value once, however many aliases it has; keys stay as they are. */
static void interpolate_values(struct reading *r, struct yaml_node *node)
{
    struct error why;

    if (node->is_seen)
        return;
    node->is_seen = true;
    if (node->kind == YAML_SCALAR &&
        interpolate(r->arena, node->text, r->variable, r->variable_arg,
                    &node->text, &why) < 0)
        reading_refuse(r, node, "%s", why.text);
    for (size_t i = 0; i < node->items_count; i++) {
        size_t before = node->kind == YAML_MAPPING
                            ? reading_enter(r, node->items[i].key->text)
                            : reading_enter_item(r, i);

        interpolate_values(r, node->items[i].value);
        reading_leave(r, before);
    }
}

/* ----------------------------------------------------------------- name */

static bool is_project_name(const char *text)
{
    size_t size = strlen(text);

    if (size == 0 || size > PROJECT_SIZE_MAX ||
        !(islower((unsigned char)text[0]) || isdigit((unsigned char)text[0])))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == size;
}

/* As Compose makes it of a directory's name. */
static const char *name_of_directory(struct reading *r)
{
    const char *last = strrchr(r->directory, '/');
    char name[PROJECT_SIZE_MAX + 1];
    size_t size = 0;

    last = last != NULL ? last + 1 : r->directory;
    for (; *last != '\0' && size < PROJECT_SIZE_MAX; last++) {
        char c = (char)tolower((unsigned char)*last);

        if (isalnum((unsigned char)c) || (size > 0 && (c == '_' || c == '-')))
            name[size++] = c;
    }
    name[size] = '\0';
    return size > 0 ? arena_strdup(r->arena, name) : "project";
}

static void find_name(struct reading *r, struct yaml_node *root)
{
    struct yaml_node *node = yaml_find(root, "name");

    if (r->project == NULL && node != NULL && node->kind == YAML_SCALAR)
        r->project = node->text;
    if (r->project == NULL)
        r->project = name_of_directory(r);
    if (!is_project_name(r->project)) {
        reading_refuse(r, node != NULL ? node : root,
                       "%.60s: a project's name has small letters, digits, "
                       "'_' and '-', begins with one of the first two, and "
                       "has at most %d",
                       r->project, PROJECT_SIZE_MAX);
        r->project = "project";
    }
}

/* -------------------------------------------------------------- volumes */

static const struct reading_key volume_keys[] = {{NULL, NULL}};

static void read_volumes(struct reading *r,
                         struct yaml_node *node,
                         json_t *project)
{
    (void)project;
    if (yaml_is_null(node) || !reading_is_mapping(r, node))
        return;
    for (size_t i = 0; i < node->items_count; i++) {
        const struct yaml_item *item = &node->items[i];
        size_t before = reading_enter(r, item->key->text);

        if (!values_is_name(item->key->text))
            reading_refuse(r, item->key,
                           "a volume's name has letters, digits, '.', '_' "
                           "and '-', and at most 60");
        else if (!yaml_is_null(item->value))
            reading_mapping(r, item->value, volume_keys, 0, r->volumes);
        json_object_set_new(r->volumes, item->key->text, json_object());
        reading_leave(r, before);
    }
}

/* -------------------------------------------------------------- secrets */

static void read_secret_file(struct reading *r,
                             struct yaml_node *node,
                             json_t *secret)
{
    reading_set_text(r, node, secret, "file");
}

static const struct reading_key secret_keys[] = {{"file", read_secret_file}};

/* Each has a file of the project; what others keep is not asked for. */
static void read_secrets(struct reading *r, struct yaml_node *node)
{
    if (yaml_is_null(node) || !reading_is_mapping(r, node))
        return;
    for (size_t i = 0; i < node->items_count; i++) {
        const struct yaml_item *item = &node->items[i];
        size_t before = reading_enter(r, item->key->text);
        json_t *secret = json_object();

        if (!values_is_name(item->key->text))
            reading_refuse(r, item->key,
                           "a secret's name has letters, digits, '.', '_' "
                           "and '-', and at most 60");
        else if (reading_is_mapping(r, item->value))
            reading_mapping(r, item->value, secret_keys, 1, secret);
        if (json_object_get(secret, "file") == NULL && r->problems_count == 0)
            reading_refuse(r, item->value, "has no file");
        json_object_set(r->secrets, item->key->text,
                        json_object_get(secret, "file"));
        json_decref(secret);
        reading_leave(r, before);
    }
}

/* ------------------------------------------------------------- services */

static void read_services(struct reading *r,
                          struct yaml_node *node,
                          json_t *project)
{
    json_t *services = json_object();

    json_object_set_new(project, "services", services);
    if (yaml_is_null(node) || !reading_is_mapping(r, node))
        return;
    if (node->items_count > SERVICES_MAX) {
        reading_refuse(r, node, "are more than %d", SERVICES_MAX);
        return;
    }
    for (size_t i = 0; i < node->items_count; i++) {
        const struct yaml_item *item = &node->items[i];
        size_t before = reading_enter(r, item->key->text);

        if (!values_is_name(item->key->text))
            reading_refuse(r, item->key,
                           "a service's name has letters, digits, '.', '_' "
                           "and '-', and at most 60");
        else
            compose_service_read(r, item->value, item->key->text, services);
        reading_leave(r, before);
    }
}

/* "version" means nothing any more; the name was found before. */
static void read_past(struct reading *r,
                      struct yaml_node *node,
                      json_t *project)
{
    (void)project;
    reading_text(r, node);
}

/* Of what services use, before them. */
static void were_read(struct reading *r,
                      struct yaml_node *node,
                      json_t *project)
{
    (void)r;
    (void)node;
    (void)project;
}

static const struct reading_key keys[] = {
    {"name", read_past},    {"version", read_past},      {"volumes", were_read},
    {"secrets", were_read}, {"services", read_services},
};

static void check_dependencies(struct reading *r,
                               const struct yaml_node *root,
                               json_t *services)
{
    const char *name, *other;
    json_t *service, *condition;

    json_object_foreach(services, name, service)
    {
        json_object_foreach(json_object_get(service, "depends_on"), other,
                            condition)
        {
            const struct yaml_node *node =
                yaml_find(yaml_find(root, "services"), name);

            if (json_object_get(services, other) == NULL)
                reading_refuse(r, node,
                               "services.%.60s.depends_on: there is no "
                               "service %.60s",
                               name, other);
        }
    }
}

static void read_root(struct reading *r,
                      struct yaml_node *root,
                      json_t *project)
{
    struct yaml_node *volumes = yaml_find(root, "volumes");
    struct yaml_node *secrets = yaml_find(root, "secrets");
    struct yaml_node *services = yaml_find(root, "services");

    find_name(r, root);
    json_object_set_new(project, "name", json_string(r->project));
    if (volumes != NULL) {
        size_t before = reading_enter(r, "volumes");

        read_volumes(r, volumes, project);
        reading_leave(r, before);
    }
    if (secrets != NULL) {
        size_t before = reading_enter(r, "secrets");

        read_secrets(r, secrets);
        reading_leave(r, before);
    }
    reading_mapping(r, root, keys, sizeof keys / sizeof keys[0], project);
    json_object_set(project, "volumes", r->volumes);
    if (services == NULL ||
        json_object_size(json_object_get(project, "services")) == 0) {
        if (r->problems_count == 0)
            reading_refuse(r, root, "there are no services");
        return;
    }
    check_dependencies(r, root, json_object_get(project, "services"));
}

json_t *compose_file_read(struct reading *r, const char *text, size_t size)
{
    json_t *project = json_object();
    struct yaml_node *root;
    struct error why;

    r->volumes = json_object();
    r->secrets = json_object();
    if (yaml_parse(r->arena, text, size, &root, &why) < 0) {
        char line[400];

        snprintf(line, sizeof line, "%.100s:%s", r->file, why.text);
        r->problems[r->problems_count++] = arena_strdup(r->arena, line);
    } else if (reading_is_mapping(r, root)) {
        interpolate_values(r, root);
        read_root(r, root, project);
    }
    json_decref(r->volumes);
    json_decref(r->secrets);
    r->volumes = r->secrets = NULL;
    if (r->problems_count == 0)
        return project;
    json_decref(project);
    return NULL;
}
