/* check.c - master_check(): what the master believes, added up the slow way.
 *
 * What is free of an agent, and what tasks, executors and offers have of it, is
 * all of it, to the port: nothing is in two hands, and nothing is lost. */

#include <stdio.h>
#include <string.h>

#include "master/master.h"
#include "master/state.h"

static const char *complain(struct arena *arena,
                            const struct agent *agent,
                            const char *what)
{
    size_t size = strlen(agent->id) + strlen(what) + 3;
    char *text = arena_alloc(arena, size);

    snprintf(text, size, "%s: %s", agent->id, what);
    return text;
}

static void add_held(struct resources *sum, const struct agent *agent)
{
    const struct task *task;
    const struct executor *e;
    const struct offer *offer;

    TAILQ_FOREACH (task, &agent->tasks, of_agent)
        resources_add(sum, &task->resources);
    TAILQ_FOREACH (e, &agent->executors, of_agent)
        resources_add(sum, &e->resources);
    TAILQ_FOREACH (offer, &agent->offers, of_agent)
        resources_add(sum, &offer->resources);
}

/* One that came back with less than it had may be in debt. */
static const char *check_agent(const struct master *m,
                               const struct agent *agent,
                               struct arena *arena)
{
    struct resources sum = {0};
    const char *wrong = NULL;
    bool is_in_debt;

    add_held(&sum, agent);
    is_in_debt = !resources_contain(&agent->total, &sum);
    resources_add(&sum, alloc_agent_free(m->alloc, agent->id));
    if (!resources_contain(&sum, &agent->total))
        wrong = complain(arena, agent, "something of it is lost");
    else if (!is_in_debt && !resources_equal(&sum, &agent->total))
        wrong = complain(arena, agent, "something of it is in two hands");
    resources_release(&sum);
    return wrong;
}

const char *master_check(const struct master *m, struct arena *arena)
{
    const char *wrong = alloc_check(m->alloc, arena);
    const struct agent *agent = agents_first(m->agents);

    for (; agent != NULL && wrong == NULL; agent = TAILQ_NEXT(agent, entry))
        if (agent->is_pooled)
            wrong = check_agent(m, agent, arena);
    return wrong;
}
