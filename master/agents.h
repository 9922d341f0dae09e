/* agents.h - the agents of the pool, in order of admission.
 *
 *     ADMITTING -> REGISTERED <-> DISCONNECTED -> UNREACHABLE -> back, or GONE
 *     (a restart of the master:  RECOVERED = DISCONNECTED, not seen by us yet)
 *
 * Only what is stored is more than an intention: ADMITTING, LEAVING and
 * RETURNING wait for the store. */

#ifndef MASTER_AGENTS_H
#define MASTER_AGENTS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/deadlines.h"
#include "base/resources.h"
#include "master/newest.h"
#include "master/outbox.h"
#include "master/retired.h"
#include "proto/mesos.pb-c.h"

enum agent_state {
    AGENT_ADMITTING,    /* new, being stored */
    AGENT_REGISTERED,   /* has a link, may be offered */
    AGENT_DISCONNECTED, /* its link has ended, or we have restarted */
    AGENT_LEAVING,      /* to be UNREACHABLE, being stored */
    AGENT_UNREACHABLE,
    AGENT_RETURNING, /* was UNREACHABLE, being stored as registered */
    AGENT_GONE,      /* never to come back, an operator says */
};

struct task;
struct executor;
struct offer;
struct agents;

struct agent {
    TAILQ_ENTRY(agent) entry;
    char *id;
    char *principal;
    Mesos__V1__AgentInfo *info; /* owned; has the id */
    enum agent_state state;
    struct resources total;          /* with these in effect: */
    struct resources reserved;       /* by operators, stored */
    struct resources to_be_reserved; /* as is, or is being, stored */
    unsigned reserving;     /* changes that are being stored; no offers then */
    struct mailbox mailbox; /* its peer is NULL without a link */
    struct deadline deadline;
    bool is_overdue; /* DISCONNECTED for longer than it may be */
    TAILQ_HEAD(, task) tasks;
    TAILQ_HEAD(, executor) executors;
    TAILQ_HEAD(, offer) offers;
    uint64_t pass; /* of the registration under way: what it named */
    uint64_t told; /* number of the round of orders it was last part of */
    msec_t registered_ms; /* wall clock */
    bool is_pooled;       /* the allocator knows it, and what it holds */
    bool is_deactivated;  /* by an operator: no offers */
    bool is_draining;     /* nor what runs on it is to stay */
    bool is_drained;      /* nothing is left */
    bool is_drain_gone;   /* then it is marked gone */
    msec_t drain_grace_ms;
    struct deadline drain; /* it is looked at again */
    char *peer;            /* NULL: no link */
    struct newest newest;  /* of its links */
};

/* `retired` takes what may still be lent to this step's messages. */
struct agents *agents_new(struct retired *retired);
void agents_free(struct agents *a);

/* `info` is taken over. */
struct agent *agents_add(struct agents *a,
                         const char *id,
                         const char *principal,
                         Mesos__V1__AgentInfo *info,
                         enum agent_state state);
void agents_remove(struct agents *a, struct agent *agent);

struct agent *agents_find(const struct agents *a, const char *id);
struct agent *agents_find_peer(const struct agents *a, const char *peer);

/* NULL: it has none any more. */
void agents_set_peer(struct agents *a, struct agent *agent, const char *peer);

/* Replace what it says of itself; -EINVAL when its resources are malformed. */
int agents_set_info(struct agents *a,
                    struct agent *agent,
                    Mesos__V1__AgentInfo *info,
                    struct error *err);

/* `reserved`, of what it says to have, in the total. */
void agents_set_reserved(struct agent *agent, const struct resources *reserved);

/* By its id, or its hostname if only one that is not gone has it; NULL, and
 * `*fault` says why. */
struct agent *agents_find_named(const struct agents *a,
                                const char *name,
                                const char **fault);

/* "registered", "unreachable" ... */
const char *agents_state_name(enum agent_state state);

/* Is there one that may still come back, and say what it has? */
bool agents_is_any_missing(const struct agents *a);

struct agent *agents_first(const struct agents *a);
size_t agents_count(const struct agents *a);

#endif
