/* gangs.h - tasks that start together on several agents, or not at all.
 *
 *     PREPARING -> STARTING (being stored) -> STARTED, until all have confirmed
 *              \-> given up
 *
 * Plain data; what happens to them is in muster.h. */

#ifndef MASTER_GANGS_H
#define MASTER_GANGS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/deadlines.h"

struct task;

enum gang_state {
    GANG_PREPARING,
    GANG_STARTING,
    GANG_STARTED,
};

struct gang_member { /* an agent with tasks of it */
    TAILQ_ENTRY(gang_member) entry;
    struct gang *gang;
    char *agent_id;
    bool is_prepared;
    struct deadline deadline; /* when it should have answered */
};

struct gang {
    TAILQ_ENTRY(gang) entry;
    char *id;
    char *framework_id;
    char *ask_id; /* NULL: not known */
    enum gang_state state;
    TAILQ_HEAD(, gang_member) members; /* STARTED: that have not confirmed */
    LIST_HEAD(, task) tasks;           /* none once it is STARTED */
};

struct gangs *gangs_new(void);
void gangs_free(struct gangs *g);

struct gang *gangs_add(struct gangs *g,
                       const char *id,
                       const char *framework_id,
                       const char *ask_id);
void gangs_remove(struct gangs *g,
                  struct deadlines *deadlines,
                  struct gang *gang);
struct gang *gangs_find(const struct gangs *g, const char *id);
struct gang *gangs_first(const struct gangs *g);

/* NULL when it has none on that agent. */
struct gang_member *gangs_find_member(const struct gang *gang,
                                      const char *agent_id);
struct gang_member *gangs_add_member(struct gang *gang, const char *agent_id);
/* Its deadline must not be set. */
void gangs_remove_member(struct gang *gang, struct gang_member *member);

/* A task of it on that agent; and all of them are in no gang any more. */
void gangs_add_task(struct gang *gang, const char *agent_id, struct task *task);
void gangs_let_tasks_go(struct gang *gang);

#endif
