/* restore.c - the records of records.h, read back. */

#include "frameworks/container/restore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/projects.h"
#include "frameworks/container/runs.h"

static void complain(struct container *c, const char *key, const char *why)
{
    char text[400];

    snprintf(text, sizeof text, "store: %.200s: cannot be read: %.150s", key,
             why);
    if (c->hooks->log != NULL)
        c->hooks->log(c->hooks_arg, MEZZO_LOG_ERROR, text);
}

static void load_service(struct service *s, json_t *json)
{
    const char *message = json_string_value(json_object_get(json, "message"));

    s->version = (unsigned)json_integer_value(json_object_get(json, "version"));
    s->restart_number =
        (unsigned)json_integer_value(json_object_get(json, "restart_number"));
    s->is_proven = json_is_true(json_object_get(json, "is_proven"));
    s->previous = json_incref(json_object_get(json, "previous"));
    s->message = memory_strdup(message);
    projects_make_digest(s);
}

static void load_project(struct container *c, const char *key, json_t *json)
{
    json_t *services = json_object_get(json, "services"), *service;
    struct container_project *p;
    struct error why;
    const char *name;

    p = projects_add(c,
                     (uint32_t)json_integer_value(json_object_get(json, "uid")),
                     json_string_value(json_object_get(json, "user")),
                     json_object_get(json, "spec"), &why);
    if (p == NULL) {
        complain(c, key, why.text);
        return;
    }
    p->is_leaving = json_is_true(json_object_get(json, "is_leaving"));
    p->drops_volumes = json_is_true(json_object_get(json, "drops_volumes"));
    json_object_update(p->volumes, json_object_get(json, "volumes"));
    json_object_foreach(services, name, service)
    {
        struct service *s = projects_find_service(p, name);

        if (s == NULL)
            s = projects_add_service(p, name);
        load_service(s, service);
    }
}

static const char *text_of(json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static void load_run(struct container *c, const char *key, json_t *json)
{
    const char *id = strrchr(key, '/') + 1;
    const char *project = text_of(json, "project");
    const char *service = text_of(json, "service");
    const char *digest = text_of(json, "digest");
    const char *ended = text_of(json, "ended");
    json_int_t instance = json_integer_value(json_object_get(json, "instance"));
    struct container_project *p =
        project != NULL ? projects_find(c, project) : NULL;
    struct service *s;
    struct run *r;

    if (p == NULL || service == NULL || digest == NULL || instance < 1 ||
        instance > PROJECT_REPLICAS_MAX || strlen(id) > MEZZO_ID_MAX) {
        complain(c, key, "it is of no project");
        return;
    }
    s = projects_find_service(p, service);
    if (s == NULL)
        s = projects_add_service(p, service);
    r = runs_restore(c, s, id, digest, (unsigned)instance);
    r->hostname = memory_strdup(text_of(json, "host"));
    r->address = memory_strdup(text_of(json, "address"));
    r->agent_id = memory_strdup(text_of(json, "agent"));
    r->message = memory_strdup(text_of(json, "message"));
    if (ended != NULL)
        r->state = strcmp(ended, "completed") == 0 ? RUN_COMPLETED : RUN_FAILED;
}

/* Projects sort before runs. */
void restore(struct container *c, const struct mezzo_store_answer *answer)
{
    for (size_t i = 0; i < answer->entries_count; i++) {
        const struct mezzo_store_entry *e = &answer->entries[i];
        json_error_t why;
        json_t *json = json_loadb(e->value, e->size, 0, &why);

        if (json == NULL)
            complain(c, e->key, why.text);
        else if (strcmp(e->key, "/epoch") == 0)
            c->epoch =
                (uint64_t)json_integer_value(json_object_get(json, "epoch"));
        else if (strncmp(e->key, "/projects/", 10) == 0)
            load_project(c, e->key, json);
        else if (strncmp(e->key, "/runs/", 6) == 0)
            load_run(c, e->key, json);
        else if (strncmp(e->key, "/volumes/", 9) == 0)
            json_object_set(c->volumes, e->key + 9, json);
        json_decref(json);
    }
}
