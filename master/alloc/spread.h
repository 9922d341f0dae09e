/* spread.h - how the tasks of one slot are spread over the values of an
 * attribute: no two on one, at most so many on one, or evenly. */

#ifndef MASTER_ALLOC_SPREAD_H
#define MASTER_ALLOC_SPREAD_H

#include "master/alloc/attributes.h"
#include "master/alloc/need.h"
#include "master/alloc/views.h"

struct spread_count {
    struct value *value; /* NULL: free */
    uint32_t count;
};

struct spread {
    enum alloc_relation relation; /* unique, max per, group by */
    uint32_t most;
    uint32_t least; /* group by: as of spread_reckon() */
    struct attribute *attribute;
    struct spread_count *counts; /* by hash */
    uint32_t size;               /* a power of two, or 0 */
    uint32_t used;
};

void spread_init(struct spread *s,
                 struct attributes *attributes,
                 const struct alloc_constraint *c);
void spread_release(struct spread *s, struct attributes *attributes);

/* Tasks have come to, or gone from, an agent. */
void spread_add(struct spread *s, const struct agent *agent, uint32_t count);
void spread_remove(struct spread *s, const struct agent *agent, uint32_t count);

/* Group by: find the least count of a value that could take another task,
 * because an agent that has it is active, in the view, and large enough. */
void spread_reckon(struct spread *s,
                   const struct view *view,
                   const struct need *need);

/* May one more be on that agent? */
bool spread_allows(const struct spread *s, const struct agent *agent);

/* How many more may: UINT32_MAX when that is all the same. */
uint32_t spread_room(const struct spread *s, const struct agent *agent);

#endif
