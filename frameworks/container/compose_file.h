/* compose_file.h - a Compose file as a project in its canonical form.
 *
 * The canonical form is JSON: what project.h reads, what `mezzo compose config`
 * prints, and what the framework is told.  Nothing is left out silently: what
 * is not understood is a problem, with file, line and key. */

#ifndef CONTAINER_COMPOSE_FILE_H
#define CONTAINER_COMPOSE_FILE_H

#include "frameworks/container/reading.h"

/* Read `text`.  `r` has been filled up to `read_file_arg`; its `project` may be
 * NULL: then it is the file's own name, or the directory's.  The project, to be
 * freed; or NULL, and r->problems say why. */
json_t *compose_file_read(struct reading *r, const char *text, size_t size);

/* The keys of a service, of compose_service.c. */
void compose_service_read(struct reading *r,
                          struct yaml_node *node,
                          const char *name,
                          json_t *services);

/* ports, volumes, healthcheck and deploy of compose_parts.c; for its table. */
void compose_read_ports(struct reading *r,
                        struct yaml_node *n,
                        json_t *service);
void compose_read_secrets(struct reading *r,
                          struct yaml_node *n,
                          json_t *service);
void compose_read_volumes(struct reading *r,
                          struct yaml_node *n,
                          json_t *service);
void compose_read_health(struct reading *r,
                         struct yaml_node *n,
                         json_t *service);
void compose_read_deploy(struct reading *r,
                         struct yaml_node *n,
                         json_t *service);
void compose_read_memory(struct reading *r,
                         struct yaml_node *n,
                         json_t *service);
void compose_read_cpus(struct reading *r, struct yaml_node *n, json_t *service);
void compose_read_duration(struct reading *r,
                           struct yaml_node *n,
                           json_t *object,
                           const char *key);

#endif
