/* projects.h - projects and services, as state: made, found, changed, freed. */

#ifndef CONTAINER_PROJECTS_H
#define CONTAINER_PROJECTS_H

#include "frameworks/container/state.h"

enum {
    PROJECTS_MAX = 1000,
};

void projects_make_key(char key[STATE_KEY_SIZE],
                       uint32_t uid,
                       const char *name);
struct container_project *projects_find(const struct container *c,
                                        const char *key);

/* A project that was not there; NULL, and `err` says what is wrong with
 * `spec`. */
struct container_project *projects_add(struct container *c,
                                       uint32_t uid,
                                       const char *user,
                                       json_t *spec,
                                       struct error *err);

/* It has another file now; what is no longer in it is to go. */
int projects_change(struct container_project *p,
                    json_t *spec,
                    struct error *err);

/* With all that is in it; its runs must be none. */
void projects_remove(struct container *c, struct container_project *p);

struct service *projects_find_service(const struct container_project *p,
                                      const char *name);
/* One that is in no file: it is to go. */
struct service *projects_add_service(struct container_project *p,
                                     const char *name);
void projects_remove_service(struct service *s);

/* After its spec or its restart number has changed. */
void projects_make_digest(struct service *s);

/* All of its instances are to be made again. */
void projects_restart(struct service *s);

/* Go back to what was proven before, which must be there. */
void projects_go_back(struct service *s, const char *why);

/* What is wrong or done with it, to be seen. */
void projects_changed(struct container *c, struct container_project *p);

#endif
