/* ledger.h - what was promised about tasks, kept from the outside.
 *
 * Hosts tell what really runs, schedulers what they asked for and what they
 * heard; each entry is checked against what is there already:
 *
 *   - a task is started at most once, and never after its end was heard
 *   - what runs on a host at one time is no more than the host has, and no
 *     port is in two hands
 *   - of a gang nothing starts before all is prepared, and nothing at all if
 *     anybody was told that it was not started
 *   - an end is heard once for each life of the scheduler, is the same in all
 *     lives, comes when nothing of the task runs, and is what really happened
 *
 * A broken promise is a world_fail(). */

#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "base/task_state.h"
#include "tests/sim/world.h"

struct ledger;
struct ledger_host;

struct ledger_need {
    int64_t cpu_milli;
    int64_t memory_mb;
    uint64_t port; /* 0: none */
};

struct ledger *ledger_new(struct world *w);
void ledger_free(struct ledger *l);

/* ------------------------------------------------ told by hosts */

struct ledger_host *ledger_add_host(struct ledger *l,
                                    const char *name, /* borrowed */
                                    int64_t cpu_milli,
                                    int64_t memory_mb);

/* `run` is "FRAMEWORK/TASK". */
void ledger_started(struct ledger *l,
                    struct ledger_host *host,
                    const char *run);

/* Its sandbox is made, and what it needs is there. */
void ledger_prepared(struct ledger *l, const char *run);

/* Its process is no more. */
void ledger_exited(struct ledger *l, const char *run, int wait_status);

/* How it ended, or that it was started, may be known to nobody. */
void ledger_lost(struct ledger *l, const char *run);

/* ------------------------------------------- told by schedulers */

/* It was asked for: an ACCEPT names it. */
void ledger_asked(struct ledger *l,
                  const char *framework_id,
                  const char *task_id,
                  const struct ledger_need *need);

/* ... together with the others of that gang. */
void ledger_gang(struct ledger *l,
                 const char *framework_id,
                 const char *gang_id,
                 const char *task_id);

/* A kill was asked for, or its framework torn down. */
void ledger_killed(struct ledger *l,
                   const char *framework_id,
                   const char *task_id);

/* It may be ended by the agent itself: after its time, or without a master. */
void ledger_limited(struct ledger *l,
                    const char *framework_id,
                    const char *task_id);
void ledger_framework_ended(struct ledger *l, const char *framework_id);

/* `life` tells one process of the scheduler from the next; from 1. */
void ledger_heard(struct ledger *l,
                  const char *framework_id,
                  const char *task_id,
                  enum task_state state,
                  unsigned life);

/* The reason why it was dropped is that its gang was not started. */
void ledger_not_started(struct ledger *l,
                        const char *framework_id,
                        const char *task_id);

/* ------------------------------------------------------ to look */

bool ledger_is_running(const struct ledger *l,
                       const char *framework_id,
                       const char *task_id);

/* What runs of it now, all together. */
int64_t ledger_running_milli(const struct ledger *l, const char *framework_id);

/* Nothing runs, and whatever was asked for by frameworks that have not ended
 * was heard to end; or not to be known, if it was not. */
void ledger_check_settled(struct ledger *l);

struct ledger_counts {
    unsigned long asked, started, heard_ended;
    unsigned long gangs, gangs_started;
    unsigned long states[TASK_STATES_COUNT]; /* of ends heard */
};

struct ledger_counts ledger_counts(const struct ledger *l);

#endif
