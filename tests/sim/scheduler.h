/* scheduler.h - frameworks of several characters, on the public API.
 *
 * Each wants to run some tasks that do all that tasks may do.  What it asks
 * for and hears goes to the ledger.  Its list of tasks outlives its process,
 * as if it were in a store; after a restart it asks for those still open. */

#ifndef SIM_SCHEDULER_H
#define SIM_SCHEDULER_H

#include "tests/sim/character.h"
#include "tests/sim/ledger.h"
#include "tests/sim/process.h"

struct scheduler;

struct scheduler *scheduler_new(struct world *w,
                                struct network *n,
                                struct ledger *l,
                                const struct scheduler_options *options);
void scheduler_free(struct scheduler *s);

/* The process that goes on as its framework; restart it with process_start().
 */
struct process *scheduler_process(const struct scheduler *s);

/* Start another process that goes on as the same framework, while the first may
 * still run. */
void scheduler_replace(struct scheduler *s);

/* It has launched all its tasks; or will not, as it is of another character,
 * or has left. */
bool scheduler_has_launched(const struct scheduler *s);

/* All of its tasks have ended, or it has left, or was refused. */
bool scheduler_is_done(const struct scheduler *s);
bool scheduler_is_subscribed(const struct scheduler *s);
bool scheduler_has_left(const struct scheduler *s);

/* No new tasks from now on; what would run for ever is killed. */
void scheduler_finish(struct scheduler *s);

/* The oldest of its tasks that has not ended, or "". */
const char *scheduler_open_task(const struct scheduler *s);

const char *scheduler_framework_id(const struct scheduler *s);

#endif
