/* shortage.h - who waits and has less than he is to have, or comes before those
 * of his role that run: what would help him, and of whom it may be taken back.
 *
 * The allocator knows agents and roles, its caller tasks: he says what he would
 * take back, here it is said whether that helps. */

#ifndef MASTER_ALLOC_SHORTAGE_H
#define MASTER_ALLOC_SHORTAGE_H

#include "master/alloc/alloc.h"

/* Of one slot.  A gang of several is several of these in a row: all, or none
 * of them, helps. */
struct alloc_shortage {
    const char *framework_id;
    const char *ask_id;
    const char *role;
    const char *short_role; /* it, or one above it, has too little */
    size_t slot;
    uint32_t count;      /* so many of it are within the guarantee, or wanted */
    bool is_gang;        /* all of them, or none */
    bool is_continued;   /* the next is of the same gang */
    bool is_by_priority; /* only of its role, and of who has less: */
    int32_t priority;
};

/* Of what is thought of on an agent: so many of each slot of the ask. */
struct alloc_places {
    uint32_t counts[ALLOC_SLOTS_MAX];
};

/* Of the asks that wait, at most `max`; in `arena`.  A new round: nobody is
 * provided for. */
size_t alloc_shortages(struct alloc *a,
                       size_t max,
                       struct arena *arena,
                       const struct alloc_shortage **list);

/* Asks that wait, in the order in which they would be served, at most `max`;
 * with their priorities. */
size_t alloc_waiting(struct alloc *a,
                     size_t max,
                     struct arena *arena,
                     const struct alloc_shortage **list);

/* How many more of it would fit on the agent, if `more` of that were free, too,
 * and `places` were taken. */
uint32_t alloc_shortage_fits(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more,
                             const struct alloc_places *places);

/* Would it be the first to be served on the agent, if `more` of that were free,
 * but for asks that are provided for? */
bool alloc_shortage_is_first(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more);

/* Do limits let it have so much, when what is leaving has left? */
bool alloc_shortage_is_within(struct alloc *a,
                              const struct alloc_shortage *s,
                              const struct alloc_places *places);

/* How many of it are still within the guarantee, when others have been provided
 * for in this round. */
uint32_t alloc_shortage_left(struct alloc *a, const struct alloc_shortage *s);

/* So much of it is on its way; with `is_all` it lacks nothing more. */
void alloc_shortage_provide(struct alloc *a,
                            const struct alloc_shortage *s,
                            const struct alloc_places *places,
                            bool is_all);

/* Nobody else is to have what comes back of the agent, before it has so many
 * places there or `until`. */
void alloc_shortage_keep(struct alloc *a,
                         const struct alloc_shortage *s,
                         const char *agent_id,
                         const struct alloc_places *places,
                         msec_t until);

/* So much of what the role has is on its way back, or (false) is no more. */
void alloc_role_note_leaving(struct alloc *a,
                             const char *role,
                             const struct resources *resources,
                             bool is_leaving);

/* May so much be taken back from the role, so that it, and those above it, keep
 * what they are to have? */
bool alloc_role_may_lose(struct alloc *a,
                         const char *role,
                         const struct resources *resources);

/* Its share above its guarantee, without what is leaving. */
int64_t alloc_role_excess(struct alloc *a, const char *role);

/* Is any role to have anything? */
bool alloc_has_guarantees(const struct alloc *a);

#endif
