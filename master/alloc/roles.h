/* roles.h - the roles, a tree by their names: "hpc/night" is below "hpc".
 *
 * A role is there while something uses it, or its weight is not the usual. The
 * frameworks in a role compete as one with the roles below it: they are the
 * children of a node of their own, named ".". */

#ifndef MASTER_ALLOC_ROLES_H
#define MASTER_ALLOC_ROLES_H

#include "master/alloc/tree.h"

struct roles;

struct role {
    char *name; /* the whole of it; "" the root */
    struct role *parent;
    struct tree_node node;
    struct tree_node own;     /* above its frameworks */
    struct tree_quota *set;   /* by an operator; NULL: none */
    struct quantity leaving;  /* of what it has; shortage.c's */
    struct quantity promised; /* to it, in this round; its, too */
    uint64_t promised_round;
    struct tree_quota *quota; /* with what the roles below are to have */
    bool has_usage;           /* that is remembered */
    uint32_t uses; /* by frameworks, roles below, settings and its usage */
    LIST_ENTRY(role) of_all;
};

struct roles *roles_new(void);
void roles_free(struct roles *r);

/* Find or make; each roles_use() needs its roles_release(). */
struct role *roles_use(struct roles *r, const char *name);
void roles_release(struct roles *r, struct role *role);

/* NULL when there is none. */
struct role *roles_find(const struct roles *r, const char *name);

struct tree_node *roles_root(struct roles *r);

/* NULL: none.  A role is to have at least what those below it are to. */
void roles_set_quota(struct roles *r,
                     const char *name,
                     const struct tree_quota *quota);

/* Whoever is below comes before. */
struct role *roles_first(const struct roles *r);

/* Whether it is to be there for its usage alone; that may be its end. */
void roles_keep(struct roles *r, struct role *role, bool has_usage);

/* Is any role to have anything? */
bool roles_have_guarantees(const struct roles *r);

void roles_set_weight(struct roles *r, const char *name, int64_t weight);

#endif
