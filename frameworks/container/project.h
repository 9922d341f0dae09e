/* project.h - a project as it is wanted: its services and what each of their
 * instances is to be.
 *
 * Read from the canonical form, JSON, which may come from a stranger: every
 * key, type and bound is checked, and what is unknown is refused.
 *
 * Memory   a project owns what is in it. */

#ifndef CONTAINER_PROJECT_H
#define CONTAINER_PROJECT_H

#include "frameworks/container/project_service.h"

enum {
    PROJECT_NAME_MAX = 40,
    PROJECT_SERVICES_MAX = 200,
    PROJECT_INSTANCES_MAX = 1000, /* of all services */
};

struct project {
    const char *name;
    struct project_service *services; /* those that are needed before others */
    size_t services_count;
    json_t *json; /* what it was read from */
};

/* NULL, and `err` names the key. */
struct project *project_parse(json_t *json, struct error *err);
void project_free(struct project *p);

/* NULL when there is none. */
struct project_service *project_find(const struct project *p, const char *name);

#endif
