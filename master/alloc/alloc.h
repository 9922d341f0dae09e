/* alloc.h - who is offered what.
 *
 * Agents have resources; frameworks, each in some roles, may be given them;
 * what is given is counted for the framework's role, and for all roles above
 * it, until it is given back.  Roles form a tree by their names ("hpc/night"
 * is below "hpc"), each with a weight among its siblings.  The order is DRF by
 * progressive filling (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011),
 * over what is asked for.
 *
 * A pure value: `now` is given, nothing is random, equal calls in equal order
 * give equal grants.  Work is proportional to what has changed: a change marks
 * agents or frameworks, alloc_run() looks at these.
 *
 * Memory   arguments are borrowed for the call; what is returned is valid
 *          until the next call that changes the object.
 * Errors   ids must be known (or new, for _add): the caller's bug is an assert.
 */

#ifndef MASTER_ALLOC_ALLOC_H
#define MASTER_ALLOC_ALLOC_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/resources.h"

struct alloc;

struct alloc_attribute {
    const char *name;
    const char *value; /* text; scalars and ranges as they are written */
};

struct alloc_agent_info {
    const char *id;
    const char *hostname;
    const struct resources *total;
    const struct alloc_attribute *attributes;
    size_t attributes_count;
};

/* What an ask demands of an agent's attributes; "hostname" is one of them.  An
 * agent that does not have the attribute meets ALLOC_NOT_EQUALS only. */
enum alloc_relation {
    ALLOC_EQUALS,
    ALLOC_NOT_EQUALS,
    ALLOC_MATCHES,  /* `value` is an extended regular expression */
    ALLOC_UNIQUE,   /* no two tasks of the slot where it is the same */
    ALLOC_MAX_PER,  /* at most `value`, a number, where it is the same */
    ALLOC_GROUP_BY, /* evenly over the values that can take the slot */
};

struct alloc_constraint {
    const char *attribute;
    enum alloc_relation relation;
    const char *value; /* NULL: none is needed */
};

/* One shape; each of `count` is to become a task. */
struct alloc_slot {
    /* What is reserved to the role is given first.  An amount of what the agent
     * has as a range or a set means any so many: "ports:2". */
    const struct resources *each;
    uint32_t count;
    uint32_t min; /* if these add up to more than 1, over all slots: a gang */
    const struct alloc_constraint *constraints;
    size_t constraints_count;
};

/* Tasks of a slot that run already, for unique, max per and group by. */
struct alloc_running {
    size_t slot;
    const char *agent_id;
    uint32_t count;
};

struct alloc_ask {
    const char *id; /* unique in its framework */
    const char *role;
    const struct alloc_slot *slots;
    size_t slots_count;
    const struct alloc_running *running;
    size_t running_count;
    bool is_exclusive; /* on agents that have nothing else to do */
    /* A gang is put under one value of this attribute ("rack"), if it fits, or
     * under few; NULL: anywhere. */
    const char *pack_under;
    msec_t max_ms;    /* walltime: a task ends by then; 0: without end */
    int32_t priority; /* higher first, among the frameworks of the role */
    msec_t since;     /* when it was first made */
    msec_t not_before;
};

enum {
    ALLOC_ASKS_MAX = 10000, /* of a framework */
    ALLOC_SLOTS_MAX = 16,   /* of an ask */
    ALLOC_COUNT_MAX = 100000,
    ALLOC_CONSTRAINTS_MAX = 16, /* of a slot */
};

struct alloc_grant {
    const char *framework_id;
    const char *role;
    const char *agent_id;
    const char *ask_id;  /* NULL: a classic offer */
    const char *gang_id; /* NULL: of no gang */
    const struct resources *resources;
    const uint32_t *counts; /* by slot: how many of it; NULL without an ask */
    size_t counts_count;
    msec_t max_ms; /* the ask's walltime; 0: without end */
    int32_t priority;
};

struct alloc *alloc_new(void);
void alloc_free(struct alloc *a);

/* Agents.  An agent that is not active is not offered. */
void alloc_agent_add(struct alloc *a, const struct alloc_agent_info *info);
void alloc_agent_set_active(struct alloc *a, const char *id, bool is_active);
/* Of what is free of it, `from` becomes `to`: the same amounts, which others
 * may use. */
void alloc_agent_convert(struct alloc *a,
                         const char *id,
                         const struct resources *from,
                         const struct resources *to);
/* With all that is given of it. */
void alloc_agent_remove(struct alloc *a, const char *id);

/* Frameworks.  One that is not active is offered nothing, but keeps what it
 * has.  Roles may change with another _set_roles(). */
void alloc_framework_add(struct alloc *a,
                         const char *id,
                         const char *const *roles,
                         size_t roles_count);
void alloc_framework_set_roles(struct alloc *a,
                               const char *id,
                               const char *const *roles,
                               size_t roles_count);
void alloc_framework_set_active(struct alloc *a,
                                const char *id,
                                bool is_active);
/* It must have been given nothing, or all be given back. */
void alloc_framework_remove(struct alloc *a, const char *id);

/* A suppressed role of a framework is offered nothing, until it is resumed;
 * revive also forgets its filters.  `role` NULL: all of the framework's. */
void alloc_suppress(struct alloc *a,
                    const char *framework_id,
                    const char *role);
void alloc_resume(struct alloc *a, const char *framework_id, const char *role);
void alloc_revive(struct alloc *a, const char *framework_id, const char *role);

/* Do not offer the framework, in this role, on this agent, anything that
 * `refused` contains, until `until`. */
void alloc_filter(struct alloc *a,
                  const char *framework_id,
                  const char *role,
                  const char *agent_id,
                  const struct resources *refused,
                  msec_t until);

/* Asks.  A framework that has any is offered what serves one, trimmed to it,
 * and nothing else; to be suppressed does not concern its asks.
 *
 * Each slot has a count of tasks still wanted: what is granted is taken off,
 * and comes back, or is placed, when the master notes it.  An ask of which all
 * is placed is forgotten.  An ask of an id that is there replaces it; what was
 * granted for the old one should have been noted before.
 *
 * A gang is granted all slots' min in one run, with one gang id, or nothing;
 * what it wants beyond that is granted with it (and its id) if it is there, and
 * else later, slot by slot.  If all of a gang comes back, it is wanted again as
 * a whole.  A run never splits a gang, so one may give more than `grants_max`.
 *
 * The first gang in order that does not fit has a place kept for it, from the
 * earliest time on at which the walltimes of what runs say that it will: others
 * may have what it will not need, or be done by then.
 *
 * -EINVAL  malformed or contradictory: the error begins with the field's name
 * -ENOSPC  the framework has ALLOC_ASKS_MAX */
int alloc_ask_put(struct alloc *a,
                  const char *framework_id,
                  const struct alloc_ask *ask,
                  struct error *err);

/* False when there is none. */
bool alloc_ask_withdraw(struct alloc *a,
                        const char *framework_id,
                        const char *ask_id);

/* Of so many of `slot` granted on `agent_id`, so many have become tasks; the
 * others are wanted again.  Nothing, if the ask is not there any more.  Before
 * the resources are given back, and while the agent is still there. */
void alloc_ask_note_placed(struct alloc *a,
                           const char *framework_id,
                           const char *ask_id,
                           size_t slot,
                           const char *agent_id,
                           uint32_t granted,
                           uint32_t placed);

/* What a role and all below it are to have while they ask, and may have at
 * most; of kinds that are not named there is no limit.  Empty: none.  Limits
 * bind from now on: nothing that was given is taken back.
 *
 * -ENOSPC  of more than all kinds that can be counted */
int alloc_role_set_quota(struct alloc *a,
                         const char *role,
                         const struct resources *guarantee,
                         const struct resources *limit,
                         struct error *err);

/* What is given of all it is below, in thousandths; 0: no role of that name. */
int64_t alloc_role_given(const struct alloc *a,
                         const char *role,
                         const char *kind);
/* What all agents have. */
int64_t alloc_total(const struct alloc *a, const char *kind);

/* Thousandths; 1000 unless set. */
void alloc_role_set_weight(struct alloc *a, const char *role, int64_t weight);

int64_t alloc_role_weight(const struct alloc *a, const char *role);

/* Count as given what a task has that was there before we were. */
void alloc_take(struct alloc *a,
                const char *framework_id,
                const char *role,
                const char *agent_id,
                const struct resources *resources);

/* Given back: free to be given again at the next run. */
void alloc_give_back(struct alloc *a,
                     const char *framework_id,
                     const char *role,
                     const char *agent_id,
                     const struct resources *resources);

/* By `ends` so much of what the framework has of the agent will come back: at
 * the launch of a task with a walltime.  When the task ends, before it is given
 * back, or its walltime changes, it is forgotten. */
void alloc_note_end(struct alloc *a,
                    const char *framework_id,
                    const char *role,
                    const char *agent_id,
                    const struct resources *resources,
                    msec_t ends);
void alloc_forget_end(struct alloc *a,
                      const char *framework_id,
                      const char *role,
                      const char *agent_id,
                      const struct resources *resources,
                      msec_t ends);

/* The order of the asks of a framework, within a priority. */
enum alloc_order {
    ALLOC_ORDER_SLOWDOWN, /* waiting time against walltime; a day is enough */
    ALLOC_ORDER_ARRIVAL,
    ALLOC_ORDER_STRICT, /* by arrival, and nobody overtakes a gang */
};

/* ALLOC_ORDER_SLOWDOWN unless set. */
void alloc_set_order(struct alloc *a, enum alloc_order order);

/* The gang that a place is kept for, and by when it starts, unless somebody who
 * comes before it takes that. */
struct alloc_reservation {
    const char *framework_id;
    const char *ask_id;
    msec_t starts_by;
    size_t agents_count;
};

/* False when there is none. */
bool alloc_get_reservation(const struct alloc *a,
                           struct alloc_reservation *reservation);

/* When alloc_run() has something to do: a time, MSEC_NEVER, or one that has
 * passed: at once.  Frees are coalesced for a few milliseconds. */
msec_t alloc_deadline(const struct alloc *a);

/* Give what can be given, `grants_max` at most; the count of `*grants`, which
 * live in `arena`.  Bounded work: if more is left, the deadline says so. */
size_t alloc_run(struct alloc *a,
                 msec_t now,
                 size_t grants_max,
                 struct arena *arena,
                 const struct alloc_grant **grants);

/* What is given of an agent, and what is left. */
const struct resources *alloc_agent_free(const struct alloc *a, const char *id);

/* Dominant share of a role over its weight, in millionths of the pool. */
int64_t alloc_role_share(const struct alloc *a, const char *role);

/* Conservation, for tests: free + given = total on every agent, and the sums
 * of roles agree; NULL, or what is wrong. */
const char *alloc_check(const struct alloc *a, struct arena *arena);

/* Only that of the agents, in time proportional to them. */
const char *alloc_check_agents(const struct alloc *a, struct arena *arena);

#endif
