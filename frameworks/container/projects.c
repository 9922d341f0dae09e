/* projects.c - from one wanted state to the next. */

#include "frameworks/container/projects.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void projects_make_key(char key[STATE_KEY_SIZE], uint32_t uid, const char *name)
{
    snprintf(key, STATE_KEY_SIZE, "%" PRIu32 ".%.*s", uid, PROJECT_NAME_MAX,
             name);
}

struct container_project *projects_find(const struct container *c,
                                        const char *key)
{
    struct container_project *p;

    TAILQ_FOREACH (p, &c->projects, entry)
        if (strcmp(p->key, key) == 0)
            return p;
    return NULL;
}

struct service *projects_find_service(const struct container_project *p,
                                      const char *name)
{
    struct service *s;

    TAILQ_FOREACH (s, &p->services, entry)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

struct service *projects_add_service(struct container_project *p,
                                     const char *name)
{
    struct service *s = memory_new(1, sizeof *s);

    s->project = p;
    s->name = memory_strdup(name);
    TAILQ_INIT(&s->runs);
    TAILQ_INSERT_TAIL(&p->services, s, entry);
    return s;
}

void projects_remove_service(struct service *s)
{
    assert(TAILQ_EMPTY(&s->runs));
    TAILQ_REMOVE(&s->project->services, s, entry);
    json_decref(s->previous);
    free(s->message);
    free(s->fortunes);
    free(s->name);
    free(s);
}

void projects_make_digest(struct service *s)
{
    if (s->spec == NULL)
        s->digest[0] = '\0';
    else
        snprintf(s->digest, sizeof s->digest, "%s-%u", s->spec->digest,
                 s->restart_number);
}

static json_t *json_of(const struct project *spec, const char *name)
{
    return json_object_get(json_object_get(spec->json, "services"), name);
}

/* A service as the new file has it; `before` is the old file, or NULL. */
static void set_service(struct container_project *p,
                        const struct project *before,
                        const struct project_service *spec)
{
    struct service *s = projects_find_service(p, spec->name);
    bool is_new = s == NULL || s->spec == NULL;

    if (s == NULL)
        s = projects_add_service(p, spec->name);
    TAILQ_REMOVE(&p->services, s, entry); /* in the order of need */
    TAILQ_INSERT_TAIL(&p->services, s, entry);
    if (!is_new && strcmp(s->spec->digest, spec->digest) != 0) {
        if (s->is_proven) {
            json_decref(s->previous);
            s->previous = json_incref(json_of(before, s->name));
        }
        is_new = true;
    }
    if (is_new) {
        s->version++;
        s->is_proven = false;
        s->failures_count = 0;
        free(s->message);
        s->message = NULL;
        for (size_t i = 0; i < s->fortunes_count; i++)
            s->fortunes[i] = (struct fortune){0};
    }
    s->spec = spec;
    projects_make_digest(s);
}

static void set_spec(struct container_project *p, struct project *spec)
{
    struct project *before = p->spec;
    struct service *s;

    for (size_t i = 0; i < spec->services_count; i++)
        set_service(p, before, &spec->services[i]);
    TAILQ_FOREACH (s, &p->services, entry) {
        if (project_find(spec, s->name) == NULL) {
            s->spec = NULL;
            projects_make_digest(s);
        }
    }
    p->spec = spec;
    project_free(before);
}

struct container_project *projects_add(struct container *c,
                                       uint32_t uid,
                                       const char *user,
                                       json_t *spec,
                                       struct error *err)
{
    struct project *project = project_parse(spec, err);
    struct container_project *p;

    if (project == NULL)
        return NULL;
    p = memory_new(1, sizeof *p);
    p->uid = uid;
    p->user = memory_strdup(user);
    p->volumes = json_object();
    p->generation = 1;
    p->is_dirty = true;
    p->deadline = MSEC_NEVER;
    projects_make_key(p->key, uid, project->name);
    json_object_update(p->volumes, json_object_get(c->volumes, p->key));
    TAILQ_INIT(&p->services);
    TAILQ_INIT(&p->removals);
    TAILQ_INSERT_TAIL(&c->projects, p, entry);
    set_spec(p, project);
    return p;
}

int projects_change(struct container_project *p,
                    json_t *spec,
                    struct error *err)
{
    struct project *project = project_parse(spec, err);

    if (project == NULL)
        return -EINVAL;
    p->is_leaving = false;
    set_spec(p, project);
    return 0;
}

void projects_remove(struct container *c, struct container_project *p)
{
    struct service *s;

    while ((s = TAILQ_FIRST(&p->services)) != NULL)
        projects_remove_service(s);
    TAILQ_REMOVE(&c->projects, p, entry);
    project_free(p->spec);
    json_decref(p->volumes);
    free(p->user);
    free(p);
}

void projects_restart(struct service *s)
{
    s->restart_number++;
    projects_make_digest(s);
    for (size_t i = 0; i < s->fortunes_count; i++)
        s->fortunes[i] = (struct fortune){0};
}

void projects_go_back(struct service *s, const char *why)
{
    struct container_project *p = s->project;
    json_t *spec = json_deep_copy(p->spec->json);
    json_t *previous = json_deep_copy(s->previous);
    char text[300];
    struct error err;

    snprintf(text, sizeof text, "version %u %.200s; back to what was before",
             s->version, why);
    /* How many there are to be was never in question. */
    json_object_set_new(previous, "replicas", json_integer(s->spec->replicas));
    json_object_set_new(json_object_get(spec, "services"), s->name, previous);
    json_decref(s->previous);
    s->previous = NULL;
    s->is_proven = false; /* or it would be what one could go back to */
    if (projects_change(p, spec, &err) == 0) {
        s->is_proven = true;
        free(s->message);
        s->message = memory_strdup(text);
    }
    json_decref(spec);
}

void projects_changed(struct container *c, struct container_project *p)
{
    p->generation++;
    p->is_dirty = true;
    if (c->hooks->changed != NULL)
        c->hooks->changed(c->hooks_arg, p);
}
