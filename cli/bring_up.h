/* bring_up.h - starts the daemons of a pool that do not run. */

#ifndef CLI_BRING_UP_H
#define CLI_BRING_UP_H

#include <mezzo/operator.h>

#include "cli/pool.h"

/* Start what does not run, and ask `op` until all agents are registered;
 * `*answer` has them then.
 *
 * -EADDRINUSE  a port is taken; nothing was started
 * -ECHILD      a daemon has ended; its last words are in `err`
 * -ETIMEDOUT   not all have registered */
int bring_up(struct pool *p,
             struct mezzo_operator *op,
             const struct mezzo_answer **answer,
             size_t *started_count,
             struct error *err);

/* The registered agent of that name; NULL if there is none. */
const struct mezzo_agent_row *bring_up_find_agent(
    const struct mezzo_answer *answer, const char *name);

#endif
