/* holdings.h - keeping the allocator's books: what tasks, executors and offers
 * hold of agents it knows. */

#ifndef MASTER_HOLDINGS_H
#define MASTER_HOLDINGS_H

#include "master/state.h"

/* What the agent has, into that allocator; not active. */
void holdings_add_agent(struct turn *t,
                        struct alloc *alloc,
                        const struct agent *agent);

/* The agent may be offered, with what its tasks and executors hold counted. */
void holdings_pool(struct turn *t, struct agent *agent);
void holdings_unpool(struct turn *t, struct agent *agent);

/* A task or executor of a known agent begins to hold what an offer held, or
 * what was not counted before. */
void holdings_take(struct turn *t,
                   const struct framework *framework,
                   const char *role,
                   const struct agent *agent,
                   const struct resources *resources);

/* The task is in `state` from now on; ended, it holds nothing.  False when it
 * cannot become that, and then nothing has changed. */
bool holdings_set_state(struct turn *t,
                        struct task *task,
                        enum task_state state);

/* By `ends` it will give back what it holds: it has a walltime. */
void holdings_set_end(struct turn *t, struct task *task, msec_t ends);

/* It is to give that back at `due` at the latest: so others have seen to it. */
void holdings_set_recall(struct turn *t, struct task *task, msec_t due);

/* Give back what they hold and forget them. */
void holdings_drop_task(struct turn *t, struct task *task);
void holdings_drop_executor(struct turn *t,
                            struct agent *agent,
                            struct executor *executor);

/* It is answered: what it held is not expected back at its lease's end any
 * more.  Before that is taken out of it. */
void holdings_use_offer(struct turn *t, struct offer *offer);

/* The offer is no more: what it has left goes back, and is not offered to its
 * framework again for `refuse_ms`; 0: at once, if it likes. */
void holdings_return_offer(struct turn *t,
                           struct offer *offer,
                           msec_t refuse_ms);

/* Those of a gang that are left: without one of its offers it is none. */
void holdings_rescind_gang(struct turn *t,
                           const struct framework *framework,
                           const char *gang_id);

/* All offers of an agent, a role with those below it, or a framework, which is
 * not told. */
void holdings_rescind_role(struct turn *t, const char *role);
void holdings_rescind_agent(struct turn *t, const struct agent *agent);
void holdings_return_framework(struct turn *t, struct framework *framework);

/* Offer what the allocator gives, if it has something to give. */
void holdings_offer(struct turn *t);

#endif
