/* gangs.c - a list, found by id. */

#include "master/gangs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"
#include "master/tasks.h"

struct gangs {
    TAILQ_HEAD(, gang) all;
    struct table *by_id;
};

static const char *id_of(const void *value)
{
    return ((const struct gang *)value)->id;
}

struct gangs *gangs_new(void)
{
    struct gangs *g = memory_new(1, sizeof *g);

    TAILQ_INIT(&g->all);
    g->by_id = table_new(id_of);
    return g;
}

void gangs_remove_member(struct gang *gang, struct gang_member *member)
{
    assert(member->deadline.position == 0);
    TAILQ_REMOVE(&gang->members, member, entry);
    free(member->agent_id);
    free(member);
}

void gangs_let_tasks_go(struct gang *gang)
{
    while (!LIST_EMPTY(&gang->tasks))
        tasks_leave_gang(LIST_FIRST(&gang->tasks));
}

void gangs_remove(struct gangs *g,
                  struct deadlines *deadlines,
                  struct gang *gang)
{
    struct gang_member *member;

    gangs_let_tasks_go(gang);
    while ((member = TAILQ_FIRST(&gang->members)) != NULL) {
        if (deadlines != NULL)
            deadlines_cancel(deadlines, &member->deadline);
        member->deadline.position = 0;
        gangs_remove_member(gang, member);
    }
    table_remove(g->by_id, gang);
    TAILQ_REMOVE(&g->all, gang, entry);
    free(gang->id);
    free(gang->framework_id);
    free(gang->ask_id);
    free(gang);
}

void gangs_free(struct gangs *g)
{
    if (g == NULL)
        return;
    while (!TAILQ_EMPTY(&g->all))
        gangs_remove(g, NULL, TAILQ_FIRST(&g->all));
    table_free(g->by_id);
    free(g);
}

struct gang *gangs_add(struct gangs *g,
                       const char *id,
                       const char *framework_id,
                       const char *ask_id)
{
    struct gang *gang = memory_new(1, sizeof *gang);

    gang->id = memory_strdup(id);
    gang->framework_id = memory_strdup(framework_id);
    gang->ask_id = memory_strdup(ask_id);
    TAILQ_INIT(&gang->members);
    LIST_INIT(&gang->tasks);
    table_add(g->by_id, gang);
    TAILQ_INSERT_TAIL(&g->all, gang, entry);
    return gang;
}

struct gang *gangs_find(const struct gangs *g, const char *id)
{
    return table_find(g->by_id, id);
}

struct gang *gangs_first(const struct gangs *g)
{
    return TAILQ_FIRST(&g->all);
}

struct gang_member *gangs_find_member(const struct gang *gang,
                                      const char *agent_id)
{
    struct gang_member *member;

    TAILQ_FOREACH (member, &gang->members, entry)
        if (strcmp(member->agent_id, agent_id) == 0)
            return member;
    return NULL;
}

struct gang_member *gangs_add_member(struct gang *gang, const char *agent_id)
{
    struct gang_member *member = memory_new(1, sizeof *member);

    member->gang = gang;
    member->agent_id = memory_strdup(agent_id);
    member->deadline.owner = member;
    TAILQ_INSERT_TAIL(&gang->members, member, entry);
    return member;
}

void gangs_add_task(struct gang *gang, const char *agent_id, struct task *task)
{
    struct gang_member *member = gangs_find_member(gang, agent_id);

    if (member == NULL)
        gangs_add_member(gang, agent_id);
    task->gang = gang;
    LIST_INSERT_HEAD(&gang->tasks, task, of_gang);
}
