/* state.h - what the container framework knows: projects, their services, and
 * the runs of each instance.
 *
 * A project is desired state; a run is one attempt of one instance to live, a
 * task to Mezzo.  Instance 2 of service web has at most one run that is to
 * stay; others are on their way out, or wait to take over. */

#ifndef CONTAINER_STATE_H
#define CONTAINER_STATE_H

#include <jansson.h>
#include <mezzo/framework.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/table.h"
#include "frameworks/container/project.h"

enum {
    STATE_ID_SIZE = MEZZO_ID_MAX + 1,
    STATE_KEY_SIZE = 64,
    STATE_DIGEST_SIZE = PROJECT_DIGEST_SIZE + 12,
    STATE_TTL_MS = 1000, /* of a name's record */
    STATE_DRAIN_MS = 2 * STATE_TTL_MS,
};

enum run_state {
    RUN_WANTED,    /* asked for, once its record is safe */
    RUN_UNCERTAIN, /* it has a record of before; the master has not said */
    RUN_LAUNCHED,
    RUN_RUNNING, /* not known to be well yet */
    RUN_READY,
    RUN_DRAINING, /* its name is not given any more */
    RUN_STOPPING,
    RUN_COMPLETED, /* it stays so: its service is not restarted */
    RUN_FAILED,
};

struct run {
    TAILQ_ENTRY(run) entry;
    struct service *service;
    char id[STATE_ID_SIZE];
    char digest[STATE_DIGEST_SIZE];
    unsigned instance; /* from 1 */
    enum run_state state;
    uint64_t store_request; /* that makes its record safe */
    bool is_stored, is_asked, is_unreachable;
    bool is_unknown; /* to the master, which has not heard of its agent yet */
    bool is_probed;  /* it was asked for when its agent was there */
    bool has_health, is_healthy;
    bool is_unhealthy; /* and is stopped for it */
    bool is_picky;       /* asked for where no other of its service is */
    bool takes_any_host; /* there was none */
    msec_t running_at, ready_at, drain_until, picky_until;
    char *agent_id, *hostname, *address;
    char *message;        /* for a person */
    char *offer_id;       /* kept until `pin_request` is stored; NULL */
    uint64_t pin_request; /* that its volumes stay on its host */
};
TAILQ_HEAD(run_list, run);

/* How instance `n` has fared, over its runs. */
struct fortune {
    msec_t backoff_ms; /* 0: it has not failed */
    msec_t not_before;
    unsigned restarts_count;
    char last_end[200]; /* how the last run ended; empty: none has */
};

struct service {
    TAILQ_ENTRY(service) entry;
    struct container_project *project;
    char *name;
    const struct project_service *spec; /* NULL: it is to go */
    char digest[STATE_DIGEST_SIZE];     /* of what is wanted now */
    unsigned version;
    unsigned restart_number; /* `restart` counts it, and it is in the digest */
    bool is_proven;          /* this version was ready once */
    json_t *previous;        /* what was proven before; NULL */
    unsigned failures_count; /* of a version that is not proven */
    char *message;           /* why it went back; NULL */
    struct run_list runs;    /* in the order they were made */
    struct fortune *fortunes;
    size_t fortunes_count;
};
TAILQ_HEAD(service_list, service);

struct removal;
TAILQ_HEAD(removal_list, removal);

struct container_project {
    TAILQ_ENTRY(container_project) entry;
    char key[STATE_KEY_SIZE]; /* "UID.NAME" */
    uint32_t uid;
    char *user; /* whose tasks they are */
    struct project *spec;
    struct service_list services; /* in the order of need */
    json_t *volumes;              /* name: the host that has it */
    bool is_leaving, drops_volumes;
    struct removal_list removals; /* of volumes, when it leaves */
    bool is_dirty;
    uint64_t generation; /* one more with each change that can be seen */
    msec_t deadline;
};
TAILQ_HEAD(container_project_list, container_project);

struct container;

/* What the shell does for the core; any may be NULL. */
struct container_hooks {
    /* Something of the project can be seen to have changed; or it is gone. */
    void (*changed)(void *arg, const struct container_project *project);
    void (*stored)(void *arg, uint64_t request);
    void (*ticket)(void *arg, const struct mezzo_ticket *ticket);
    void (*woken)(void *arg);
    void (*log)(void *arg, enum mezzo_log_level level, const char *text);
};

struct container_options {
    const char *names_program; /* of the name servers; NULL: there are none */
    const char *files;         /* where shipped files are, as a URI's begin */
};

struct container {
    struct mezzo_scheduler *scheduler;
    struct container_options options;
    const struct container_hooks *hooks;
    void *hooks_arg;
    struct container_project_list projects;
    json_t *volumes;    /* of projects that are gone: key: {name: host} */
    struct table *runs; /* by id */
    struct hosts *hosts;
    struct held *held;
    uint64_t last_request; /* of the store */
    msec_t asks_at;        /* for what the master has not said */
    bool is_loaded, is_subscribed, has_failed;
    uint64_t load_request;
    uint64_t epoch; /* one more with each process of ours */
    uint64_t runs_made;
};

#endif
