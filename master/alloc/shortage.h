/* shortage.h - who has less than he is to have, wants more, and cannot be given
 * it: what would help him, and of whom it may be taken back.
 *
 * The allocator knows agents and roles, its caller tasks: he says what he would
 * take back, here it is said whether that helps. */

#ifndef MASTER_ALLOC_SHORTAGE_H
#define MASTER_ALLOC_SHORTAGE_H

#include "master/alloc/alloc.h"

struct alloc_shortage {
    const char *framework_id;
    const char *ask_id;
    size_t slot;
    uint32_t count; /* so many of it are within the guarantee */
    bool is_gang;   /* all of them, or none */
};

/* Of the asks that wait, at most `max`; in `arena`. */
size_t alloc_shortages(struct alloc *a,
                       size_t max,
                       struct arena *arena,
                       const struct alloc_shortage **list);

/* How often it would fit on the agent, if `more` of it were free, too. */
uint32_t alloc_shortage_fits(struct alloc *a,
                             const struct alloc_shortage *s,
                             const char *agent_id,
                             const struct resources *more);

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

/* Is any role to have anything? */
bool alloc_has_guarantees(const struct alloc *a);

#endif
