/* names.c - healthy instances by service, by instance and by container_name. */

#include "frameworks/container/names.h"

#include <stdio.h>
#include <string.h>

static json_t *list_of(json_t *names, const char *name)
{
    json_t *list = json_object_get(names, name);

    if (list == NULL) {
        list = json_array();
        json_object_set_new(names, name, list);
    }
    return list;
}

static bool has_ready(const struct service *s)
{
    const struct run *r;

    TAILQ_FOREACH (r, &s->runs, entry)
        if (r->state == RUN_READY && !r->is_unreachable)
            return true;
    return false;
}

/* Where nothing says that it is well, one that runs is better than none. */
static bool is_listed(const struct run *r, bool service_has_ready)
{
    const struct project_service *spec = r->service->spec;

    if (r->is_unreachable || r->address == NULL)
        return false;
    return r->state == RUN_READY ||
           (r->state == RUN_RUNNING && !service_has_ready && spec != NULL &&
            !spec->has_health);
}

static void add_service(const struct service *s, json_t *names, json_t *members)
{
    const char *project = s->project->spec->name;
    bool is_served = has_ready(s);
    const struct run *r;
    char name[200];

    list_of(names, s->name);
    if (s->spec != NULL && s->spec->container_name != NULL)
        list_of(names, s->spec->container_name);
    TAILQ_FOREACH (r, &s->runs, entry) {
        if (r->address == NULL || r->state == RUN_COMPLETED ||
            r->state == RUN_FAILED)
            continue;
        json_array_append_new(members, json_string(r->address));
        if (!is_listed(r, is_served))
            continue;
        json_array_append_new(list_of(names, s->name), json_string(r->address));
        snprintf(name, sizeof name, "%s-%s-%u", project, s->name, r->instance);
        json_array_append_new(list_of(names, name), json_string(r->address));
        if (s->spec != NULL && s->spec->container_name != NULL &&
            strcmp(s->spec->container_name, s->name) != 0)
            json_array_append_new(list_of(names, s->spec->container_name),
                                  json_string(r->address));
    }
}

json_t *names_of(const struct container_project *p)
{
    json_t *names = json_object(), *members = json_array();
    const struct service *s;

    TAILQ_FOREACH (s, &p->services, entry)
        add_service(s, names, members);
    return json_pack("{s:s, s:s, s:o, s:o}", "project", p->key, "name",
                     p->spec->name, "names", names, "members", members);
}
