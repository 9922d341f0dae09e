/* views.h - the agents that meet a set of constraints, found once for all slots
 * that have the same set.
 *
 * Only what depends on nothing but an agent's attributes is in it: equal, not
 * equal, matches.  A view that has few agents knows them by heart, in the order
 * of the pool; of one that has many it is quicker to ask each agent that has
 * something free. */

#ifndef MASTER_ALLOC_VIEWS_H
#define MASTER_ALLOC_VIEWS_H

#include "master/alloc/attributes.h"
#include "master/alloc/pool.h"

struct views;

enum {
    VIEWS_MAX = 4096,
};

struct view {
    char *key; /* its constraints as one text */
    LIST_ENTRY(view) of_all;
    struct view_test *tests;
    size_t tests_count;
    uint64_t *has; /* a bit for each number of an agent */
    size_t has_size;
    struct agent **agents; /* in order; unless it is broad */
    uint32_t count;
    uint32_t size;
    uint64_t layout; /* changes when agents have moved; never 0 */
    uint32_t uses;
    bool is_broad;  /* too many to be listed */
    bool is_built;  /* all agents have been looked at; else only those */
    char *built_to; /* up to this id */
};

/* Borrows both. */
struct views *views_new(struct attributes *attributes, struct pool *pool);
void views_free(struct views *v);

/* The view for those of the constraints that are about attributes alone, found
 * or made; NULL when there are none.  Each _use() needs its _release().
 *
 * -EINVAL  a pattern is wrong
 * -ENOSPC  there are VIEWS_MAX different ones */
int views_use(struct views *v,
              const struct alloc_constraint *constraints,
              size_t count,
              struct view **view,
              struct error *err);
void views_release(struct views *v, struct view *view);

/* Look at the agents it has not looked at, as far as the steps allow: is it
 * built? */
bool views_build(struct views *v, struct view *view, int64_t *steps);

/* An agent is in the pool, or is about to be no longer. */
void views_add_agent(struct views *v, struct agent *agent);
void views_remove_agent(struct views *v, struct agent *agent);

/* The number of the first test that the agent does not pass, or tests_count;
 * and a test in words, "rack equals r1", which are cut to `size`. */
size_t views_failed(const struct view *view, const struct agent *agent);
void views_describe(const struct view *view,
                    size_t test,
                    char *text,
                    size_t size);

static inline bool views_has(const struct view *view, const struct agent *agent)
{
    return view == NULL ||
           (agent->number / 64 < view->has_size &&
            view->has[agent->number / 64] >> agent->number % 64 & 1);
}

#endif
