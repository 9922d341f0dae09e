/* usage.h - what roles have had, so that of two who have equally little now the
 * one comes first that has had less.
 *
 * It is reckoned every half a minute from what a role holds then, decays with a
 * half-life, and is remembered when nobody is in the role any more. */

#ifndef MASTER_ALLOC_USAGE_H
#define MASTER_ALLOC_USAGE_H

#include "master/alloc/alloc.h"

struct alloc_usage {
    const char *role;
    uint64_t amount; /* see policy_decay() */
    uint64_t own;    /* of it, what frameworks in the role itself had */
};

/* From now on; 0: none is reckoned.  Before anything is given; 0 unless set. */
void alloc_set_half_life(struct alloc *a, msec_t half_life, msec_t now);

/* As it was `elapsed` ago. */
void alloc_usage_restore(struct alloc *a,
                         const struct alloc_usage *usage,
                         msec_t elapsed);

/* Of all roles that have any; in `arena`. */
size_t alloc_usage_list(const struct alloc *a,
                        struct arena *arena,
                        const struct alloc_usage **list);

/* Reckon, when it is time. */
void usage_account(struct alloc *a, msec_t now);
msec_t usage_deadline(const struct alloc *a);

#endif
