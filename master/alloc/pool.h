/* pool.h - all agents in the order of their ids, and what is free of them.
 *
 * A B-tree of three levels: agents lie in blocks, blocks in groups, and each
 * level knows a bound on what is free in any agent below it.  A gain raises the
 * bounds; a search that finds nothing where a bound promised something lowers
 * it.  So a search passes what is full without looking at it.
 *
 * Search order is id order, and does not depend on who came first. */

#ifndef MASTER_ALLOC_POOL_H
#define MASTER_ALLOC_POOL_H

#include "master/alloc/agent.h"
#include "master/alloc/policy.h"

struct pool;

/* Where a search goes on.  Zeroed: from the first agent. */
struct pool_cursor {
    uint64_t layout; /* of which it speaks; else it is from the first */
    uint32_t group;
    uint32_t block;
};

/* Up to where nobody qualifies, shared by all who ask for the same.  It falls
 * back by itself when somebody gains.  Zeroed: nothing is known. */
struct pool_mark {
    struct pool_cursor cursor;
    uint64_t gains;          /* so many have been looked at */
    uint64_t capacity;       /* how often it fits at most, if */
    uint64_t capacity_gains; /* nobody has gained since so many had */
};

enum pool_found {
    POOL_FOUND,
    POOL_NONE,
    POOL_TIRED, /* no steps left: come again with the same cursor */
};

/* Is so much enough?  Without kinds: is it worth offering at all? */
struct pool_need {
    unsigned count;
    uint8_t kinds[QUANTITY_MAX];
    int64_t amounts[QUANTITY_MAX];
};

static inline bool pool_may_fit(const struct pool_need *need,
                                const struct quantity *free)
{
    if (need->count == 0)
        return policy_is_worth_offering(free);
    for (unsigned i = 0; i < need->count; i++) {
        if (free->of[need->kinds[i]] < need->amounts[i])
            return false;
    }
    return true;
}

/* What an agent must have, and two tests, each only where those before it
 * passed: whether it qualifies, for all who share the mark, and whether it fits
 * for who asks. */
struct pool_query {
    struct pool_need need;
    bool (*qualifies)(const struct agent *a, const void *arg); /* or NULL */
    bool (*fits)(const struct agent *a, const void *arg);
    const void *arg;
    struct pool_mark *mark; /* NULL: shared with nobody */
};

struct pool *pool_new(void);
void pool_free(struct pool *p); /* with its agents */

void pool_add(struct pool *p, struct agent *a);    /* all of it free; taken */
void pool_remove(struct pool *p, struct agent *a); /* and freed */
struct agent *pool_get(const struct pool *p, const char *id);
bool pool_has(const struct pool *p, const char *id);
size_t pool_count(const struct pool *p);

/* More of an agent is free than was. */
void pool_gained(struct pool *p, struct agent *a);

/* Whether it may be found; which counts as a gain. */
void pool_set_active(struct pool *p, struct agent *a, bool is_active);

/* The first active agent, from the cursor on, that fits.  The cursor stays at
 * its block, before which nothing fits. */
enum pool_found pool_find(struct pool *p,
                          const struct pool_query *query,
                          struct pool_cursor *cursor,
                          int64_t *steps,
                          struct agent **found);

/* It fits so often in all.  That is the most until somebody gains. */
void pool_note_capacity(const struct pool *p,
                        struct pool_mark *mark,
                        uint64_t capacity);
uint64_t pool_capacity(const struct pool *p, const struct pool_mark *mark);

/* Every agent in order: NULL for the first; NULL after the last. */
struct agent *pool_next(const struct pool *p, const struct agent *after);

/* The first agent after `id`, whether there is one of that id or not. */
struct agent *pool_after(const struct pool *p, const char *id);

/* Less for the earlier of two agents; good until one is added or removed. */
uint64_t pool_place(const struct agent *a);

/* What makes shares of amounts; `*serial` changes when the totals have. */
const struct scale *pool_scale(struct pool *p, uint64_t *serial);

#endif
