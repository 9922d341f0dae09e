/* agent.h - the agent of one machine as a pure state machine.
 *
 * It orders what orders.h describes through EFFECT_LOCAL and is told of it
 * through INPUT_LOCAL; it takes links of executors (PRINCIPAL_EXECUTOR) and of
 * guests (PRINCIPAL_GUEST), and opens those to its master itself.
 *
 * No I/O, no clock, no randomness but from its seed, no globals: the same
 * calls in the same order give the same effects.  Single-threaded.  Its first
 * input is INPUT_STARTED.  A message that makes no sense ends its link. */

#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/machine.h"
#include "base/resources.h"
#include "proto/mesos.pb-c.h"

struct agent;

enum {
    AGENT_SECRET_SIZE = 32,
    AGENT_MASTERS_MAX = 16,
    AGENT_STATUS_REFUSED = 3, /* EFFECT_STOP: the master wants it no more */
    AGENT_STATUS_JOURNAL = 4, /* EFFECT_STOP: its journal cannot be read */
};

struct agent_master {
    const char *endpoint;   /* tcp://host:port */
    const char *server_key; /* Z85; NULL: in plain */
};

/* Copied by agent_new().  Times that are 0 mean the default named. */
struct agent_options {
    const char *hostname;
    const struct resources *resources;
    Mesos__V1__Attribute *const *attributes;
    size_t attributes_count;
    const struct agent_master *masters; /* 1 to AGENT_MASTERS_MAX, tried in
                                         * turn until one leads */
    size_t masters_count;
    const char *stream_endpoint;   /* for guests, to be advertised */
    const char *stream_key;        /* Z85, of that socket; NULL: in plain */
    const char *executor_endpoint; /* ipc://path, told to executors */
    const char *descriptors_path;  /* of the socket for descriptors, likewise;
                                    * NULL: there is none */
    const char *version;
    const char *boot_id; /* told to executors; NULL: not known, like */
    const char *network_namespace; /* its inode, as text */
    const char *bridge_address;    /* of its containers' bridge; NULL: none */
    const char *user;              /* whom the agent runs as */
    bool may_switch_user;          /* else only tasks of `user` are taken */
    int64_t pid;
    uint64_t seed;                     /* another at each start */
    uint8_t secret[AGENT_SECRET_SIZE]; /* from the operating system, another at
                                        * each start: makes executors' tokens */
    msec_t grace_ms;                   /* between TERM and KILL; 5 s */
    msec_t sandbox_ms;        /* a sandbox outlives its run by; 1 day */
    size_t sandboxes_max;     /* then the oldest goes early; 10,000 */
    int64_t output_bytes_max; /* of stdout, and of stderr; 0: no bound */
    msec_t lease_ms;          /* without a master fenced tasks get TERM; 10 s */
    msec_t fence_ms;          /* and KILL; 12 s */
    msec_t executor_ms;       /* for an executor to subscribe; 60 s */
    const char *containers_fault;  /* why there can be none; NULL: they can */
    bool has_no_bridge;            /* containers have no network of theirs */
    const char *const *host_paths; /* that containers may mount, with what is
                                    * below; NULL at the end; NULL: none */
    const char *const *insecure_registries; /* hosts, likewise */
    msec_t image_ms;          /* for an image to be fetched; 10 min */
    msec_t image_fresh_ms;    /* then a tag is asked about again; 1 min */
    msec_t start_ms;          /* for a container to start; 1 min */
    int64_t images_bytes_max; /* of all that are kept; 20 GiB */
};

/* Never NULL.  Caller frees with agent_free(). */
struct agent *agent_new(const struct agent_options *options);

/* NULL is a no-op. */
void agent_free(struct agent *a);

/* Advance by one input, which is borrowed, and append what is to be done to
 * `fx`.  `now` never goes backwards. */
void agent_step(struct agent *a,
                const struct input *input,
                msec_t now,
                struct effects *fx);

/* When to step with INPUT_TIMEOUT, or MSEC_NEVER.  A time that has passed means
 * "at once". */
msec_t agent_deadline(const struct agent *a);

/* For tests: NULL, or what is wrong with what it believes. */
const char *agent_check(const struct agent *a);

/* The same two functions, for a driver.  Valid as long as `a`. */
struct machine agent_machine(struct agent *a);

#endif
