/* project_service.h - one service of a project, as it is wanted.
 *
 * Memory   it borrows from the JSON that it was read from. */

#ifndef CONTAINER_PROJECT_SERVICE_H
#define CONTAINER_PROJECT_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
    PROJECT_REPLICAS_MAX = 1000,
    PROJECT_DIGEST_SIZE = 17,
};

enum project_restart {
    PROJECT_RESTART_NO,
    PROJECT_RESTART_ALWAYS,
    PROJECT_RESTART_ON_FAILURE,
};

enum project_condition {
    PROJECT_STARTED,
    PROJECT_HEALTHY,
    PROJECT_COMPLETED,
};

enum project_volume_kind {
    PROJECT_VOLUME_NAMED,
    PROJECT_VOLUME_ANONYMOUS, /* one of each instance */
    PROJECT_VOLUME_FILES,     /* shipped with the project: a private copy */
    PROJECT_VOLUME_HOST,
    PROJECT_VOLUME_TMPFS,
};

struct project_volume {
    enum project_volume_kind kind;
    const char *source; /* NULL: none */
    const char *target;
    bool is_read_only;
};

struct project_port {
    unsigned container_port;
    unsigned host_port;
    bool is_udp;
};

struct project_dependency {
    const char *service;
    enum project_condition condition;
};

struct project_variable {
    const char *name;
    const char *value;
};

struct project_health {
    const char *const *argv; /* NULL: none, or `shell` */
    const char *shell;
    int64_t interval_ms, timeout_ms, start_period_ms;
    unsigned retries;
};

struct project_service {
    const char *name;
    char digest[PROJECT_DIGEST_SIZE]; /* of what needs new instances */
    const char *image;
    const char *const *command; /* NULL: the image's */
    const char *const *entrypoint;
    struct project_variable *environment;
    size_t environment_count;
    struct project_variable *labels;
    size_t labels_count;
    struct project_port *ports;
    size_t ports_count;
    struct project_volume *volumes;
    size_t volumes_count;
    struct project_dependency *dependencies;
    size_t dependencies_count;
    const char *files; /* digest of what is shipped for it; NULL: nothing */
    const char *user, *working_directory, *hostname, *container_name;
    const char *stop_signal;
    bool uses_host_network;
    int64_t stop_grace_ms;
    enum project_restart restart;
    int64_t restarts_max; /* on failure; 0: no end */
    bool has_health;
    struct project_health health;
    unsigned replicas;
    int64_t cpu_milli, cpu_limit_milli; /* limit 0: none */
    int64_t memory_mb;
    int64_t pids_max;
};

/* Fill `s`, which is zeroed.  To be released also when it fails: then `err`
 * names the key. */
int project_service_read(json_t *json,
                         struct project_service *s,
                         struct error *err);
void project_service_release(struct project_service *s);

/* Is a new instance started before the old one is stopped? */
bool project_starts_first(const struct project_service *s);

/* Why not, in words: "port 80 is published". */
const char *project_why_stops_first(const struct project_service *s);

/* Is it kept on one agent? */
bool project_is_pinned(const struct project_service *s);

#endif
