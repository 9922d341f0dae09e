/* project.c - services in the order of what depends on what. */

#include "frameworks/container/project.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/container/values.h"

static bool is_name(const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;

    return size > 0 && size <= PROJECT_NAME_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == size &&
           isalnum((unsigned char)text[0]);
}

static int read_services(struct project *p, json_t *services, struct error *err)
{
    struct error why;
    const char *name;
    json_t *json;
    unsigned instances = 0;

    if (!json_is_object(services) || json_object_size(services) == 0 ||
        json_object_size(services) > PROJECT_SERVICES_MAX)
        return error_set(err, -EINVAL, "services: must be 1 to %d",
                         PROJECT_SERVICES_MAX);
    p->services = memory_new(json_object_size(services), sizeof *p->services);
    json_object_foreach(services, name, json)
    {
        struct project_service *s = &p->services[p->services_count++];
        int rc;

        if (!values_is_name(name))
            return error_set(err, -EINVAL, "services.%.60s: is no name", name);
        s->name = name;
        rc = project_service_read(json, s, &why);
        if (rc < 0)
            return error_set(err, rc, "services.%.60s.%.160s", name, why.text);
        instances += s->replicas;
    }
    if (instances > PROJECT_INSTANCES_MAX)
        return error_set(err, -E2BIG,
                         "replicas: of all services are %u, more than %d",
                         instances, PROJECT_INSTANCES_MAX);
    return 0;
}

/* Are all that `s` depends on among the first `count`? */
static bool is_ready(const struct project *p,
                     const struct project_service *s,
                     size_t count)
{
    for (size_t i = 0; i < s->dependencies_count; i++) {
        size_t j = 0;

        while (j < count &&
               strcmp(p->services[j].name, s->dependencies[i].service) != 0)
            j++;
        if (j == count)
            return false;
    }
    return true;
}

/* What is needed first, first; else as they are written. */
static int sort_services(struct project *p, struct error *err)
{
    for (size_t done = 0; done < p->services_count; done++) {
        struct project_service next;
        size_t i = done;

        while (i < p->services_count && !is_ready(p, &p->services[i], done))
            i++;
        if (i == p->services_count)
            return error_set(err, -EINVAL,
                             "services.%.60s.depends_on: names what does not "
                             "exist, or in the end itself",
                             p->services[done].name);
        next = p->services[i];
        memmove(&p->services[done + 1], &p->services[done],
                (i - done) * sizeof next);
        p->services[done] = next;
    }
    return 0;
}

struct project *project_parse(json_t *json, struct error *err)
{
    static const char *const known[] = {"name", "services", "volumes"};
    struct project *p = memory_new(1, sizeof *p);
    const char *key;
    json_t *value;

    p->json = json_incref(json);
    if (!json_is_object(json)) {
        error_set(err, -EINVAL, "a project must be an object");
        goto fail;
    }
    json_object_foreach(json, key, value)
    {
        size_t i = 0;

        while (i < 3 && strcmp(known[i], key) != 0)
            i++;
        if (i == 3) {
            error_set(err, -EINVAL, "%.60s: this key is not known", key);
            goto fail;
        }
    }
    p->name = json_string_value(json_object_get(json, "name"));
    if (!is_name(p->name)) {
        error_set(err, -EINVAL, "name: is missing, or no name");
        goto fail;
    }
    if (read_services(p, json_object_get(json, "services"), err) < 0 ||
        sort_services(p, err) < 0)
        goto fail;
    return p;
fail:
    project_free(p);
    return NULL;
}

void project_free(struct project *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->services_count; i++)
        project_service_release(&p->services[i]);
    free(p->services);
    json_decref(p->json);
    free(p);
}

struct project_service *project_find(const struct project *p, const char *name)
{
    for (size_t i = 0; i < p->services_count; i++)
        if (strcmp(p->services[i].name, name) == 0)
            return &p->services[i];
    return NULL;
}
