/* check.c - alloc_check(): every sum, made again the slow way. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "master/alloc/state.h"

static const char *complain(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *complain(struct arena *arena, const char *format, ...)
{
    char *text = arena_alloc(arena, 256);
    va_list args;

    va_start(args, format);
    vsnprintf(text, 256, format, args);
    va_end(args);
    return text;
}

/* The exact list of what is free must be within the total, and the quantities
 * of what is free and what is given must be the total and what is owed. */
static const char *check_agent(struct alloc *a,
                               const struct agent *agent,
                               struct arena *arena)
{
    struct resources *list = agent_list(agent, &a->names, NULL, arena);
    struct quantity sum = names_sum(&a->names, list);
    struct quantity owed = agent->total;

    if (!resources_contain(&agent->exact_total, list))
        return complain(arena, "%s: more is free than there is", agent->id);
    if (memcmp(&sum, agent->free, sizeof sum) != 0)
        return complain(arena, "%s: list and quantity differ", agent->id);
    for (uint32_t i = 0; i < agent->holdings_count; i++) {
        struct quantity none = {.of = {0}};

        if (!quantity_contains(&agent->holdings[i].given, &none))
            return complain(arena, "%s: less than nothing given", agent->id);
        quantity_add(&sum, &agent->holdings[i].given);
    }
    for (uint32_t i = 0; i < agent->debts_count; i++) {
        struct quantity debt = names_sum(&a->names, &agent->debts[i]);

        quantity_add(&owed, &debt);
    }
    if (memcmp(&sum, &owed, sizeof sum) != 0)
        return complain(arena, "%s: free and given are not the total",
                        agent->id);
    return NULL;
}

/* What the agents say is given to a leaf. */
static struct quantity held_by(const struct alloc *a,
                               const struct tree_node *leaf)
{
    struct quantity sum = {.of = {0}};

    for (const struct agent *agent = pool_next(a->pool, NULL); agent != NULL;
         agent = pool_next(a->pool, agent)) {
        for (uint32_t i = 0; i < agent->holdings_count; i++) {
            if (agent->holdings[i].leaf == leaf)
                quantity_add(&sum, &agent->holdings[i].given);
        }
    }
    return sum;
}

static const char *check_node(const struct alloc *a,
                              const struct tree_node *n,
                              struct arena *arena)
{
    struct quantity sum = {.of = {0}};
    const struct tree_node *child;

    if (n->leaf != NULL)
        sum = held_by(a, n);
    LIST_FOREACH (child, &n->children, of_parent) {
        const char *wrong = check_node(a, child, arena);

        if (wrong != NULL)
            return wrong;
        quantity_add(&sum, &child->given);
    }
    if (memcmp(&sum, &n->given, sizeof sum) != 0)
        return complain(arena, "%s: its sum is wrong", n->name);
    return NULL;
}

const char *alloc_check_agents(const struct alloc *a, struct arena *arena)
{
    for (const struct agent *agent = pool_next(a->pool, NULL); agent != NULL;
         agent = pool_next(a->pool, agent)) {
        const char *wrong = check_agent((struct alloc *)a, agent, arena);

        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

const char *alloc_check(const struct alloc *a, struct arena *arena)
{
    const char *wrong = alloc_check_agents(a, arena);

    return wrong != NULL ? wrong : check_node(a, roles_root(a->roles), arena);
}
