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

struct alloc_grant {
    const char *framework_id;
    const char *role;
    const char *agent_id;
    const char *ask_id;  /* NULL: a classic offer */
    const char *gang_id; /* NULL: of no gang */
    const struct resources *resources;
};

struct alloc *alloc_new(void);
void alloc_free(struct alloc *a);

/* Agents.  An agent that is not active is not offered. */
void alloc_agent_add(struct alloc *a, const struct alloc_agent_info *info);
void alloc_agent_set_active(struct alloc *a, const char *id, bool is_active);
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

/* A suppressed role of a framework is offered nothing; revive also forgets
 * its filters.  `role` NULL: all of the framework's. */
void alloc_suppress(struct alloc *a,
                    const char *framework_id,
                    const char *role);
void alloc_revive(struct alloc *a, const char *framework_id, const char *role);

/* Do not offer the framework, in this role, on this agent, anything that
 * `refused` contains, until `until`. */
void alloc_filter(struct alloc *a,
                  const char *framework_id,
                  const char *role,
                  const char *agent_id,
                  const struct resources *refused,
                  msec_t until);

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

#endif
