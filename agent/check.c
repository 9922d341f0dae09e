/* check.c - roster_check(): what is held of the agent, added up the slow way.
 */

#include "agent/roster.h"

const char *roster_check(const struct roster *r)
{
    struct resources sum = {0};
    const struct executor *e;
    const struct task *t;
    bool is_right;

    if (r->is_overdrawn)
        return NULL; /* it came back with less than it had */
    TAILQ_FOREACH (e, &r->executors, entry)
        if (e->is_holding)
            resources_add(&sum, &e->resources);
    TAILQ_FOREACH (t, &r->tasks, entry)
        if (t->is_holding)
            resources_add(&sum, &t->resources);
    resources_add(&sum, &r->free);
    is_right = resources_equal(&sum, &r->total);
    resources_release(&sum);
    return is_right ? NULL : "what is free and what is held are not all";
}
