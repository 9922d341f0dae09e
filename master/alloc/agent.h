/* agent.h - an agent: what it has, what of it is free, and who has the rest.
 *
 * What is free is kept twice: as a quantity over all reservations, which lies
 * with its neighbours in pool.h because searches read nothing else, and as
 * an exact list of all that is not an unreserved scalar.  Unreserved scalars
 * are what the quantity has more than the list. */

#ifndef MASTER_ALLOC_AGENT_H
#define MASTER_ALLOC_AGENT_H

#include <stddef.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/resources.h"
#include "master/alloc/names.h"

struct ask;
struct end;
struct filter;
struct hold;
struct trait;
struct tree_node;

struct agent_holding {
    struct tree_node *leaf; /* of whom */
    struct quantity given;
};

LIST_HEAD(agent_filters, filter);
LIST_HEAD(agent_ends, end);

struct agent {
    char *id;
    struct quantity *free; /* pool.c moves it */
    void *block;           /* pool.c's */
    uint32_t number;       /* while it is there, nobody else has it; small */
    bool is_active;
    bool has_reserved;
    bool is_gained;
    uint8_t parts;         /* bit i: of the kind i it has ranges or a set */
    uint64_t exclusive_to; /* the serial of an ask; 0: to none */
    struct trait *traits;  /* attributes.c's */
    uint32_t traits_count;
    struct quantity total;
    struct quantity counted; /* of it, for shares: no ranges */
    struct resources exact_total;
    struct resources rest;   /* free, and no unreserved scalar */
    struct resources *debts; /* given, but not there to be given */
    uint32_t debts_count;
    struct agent_holding *holdings;
    uint32_t holdings_count;
    uint32_t holdings_size;
    struct agent_filters filters; /* filters.c's */
    struct agent_ends ends;       /* ends.c's */
    const struct ask *kept_for;   /* keeps.c's; NULL: nobody */
    struct hold *hold;    /* backfill.c's; NULL: it is kept for nobody */
    struct quantity left; /* plan.c's, while it makes one */
    uint64_t left_serial; /* of which plan */
    msec_t left_at;       /* since when that much will be */
    bool is_left_usable;
};

struct agent *agent_new(const char *id,
                        const struct resources *total,
                        struct names *names);
void agent_free(struct agent *a);

/* Is it for `role`: unreserved, reserved to it, or to one above it? */
bool agent_may_use(const char *reserved_role, const char *role);

/* What is free for `role`. */
struct quantity agent_visible(const struct agent *a,
                              const struct names *names,
                              const char *role);

/* What it has for `role`, free or not. */
struct quantity agent_usable(const struct agent *a,
                             const struct names *names,
                             const char *role);

/* The list of what is free for `role`; NULL: for any. */
struct resources *agent_list(const struct agent *a,
                             const struct names *names,
                             const char *role,
                             struct arena *arena);

/* All that is free, into an empty list. */
void agent_copy_free(const struct agent *a,
                     const struct names *names,
                     struct resources *list);

/* Any list, deep, into `arena`. */
struct resources *agent_copy_list(const struct resources *list,
                                  struct arena *arena);

/* Take `part` out of what is free.  What is not there becomes a debt, which is
 * paid first when something is returned. */
void agent_take(struct agent *a,
                struct names *names,
                const struct resources *part);
void agent_return(struct agent *a,
                  struct names *names,
                  const struct resources *part);

/* Take all that agent_list() lists. */
void agent_take_visible(struct agent *a,
                        struct names *names,
                        const struct resources *list);

/* Of what it has, `from` is reserved to others now: it becomes `to`. */
void agent_convert(struct agent *a,
                   struct names *names,
                   const struct resources *from,
                   const struct resources *to);

/* Count as held by `leaf`. */
void agent_hold(struct agent *a,
                struct tree_node *leaf,
                const struct quantity *q);
/* It must hold that much. */
void agent_release(struct agent *a,
                   struct tree_node *leaf,
                   const struct quantity *q);

struct quantity agent_held_by(const struct agent *a,
                              const struct tree_node *leaf);

#endif
