/* report.h - a project as users see it, in JSON. */

#ifndef CONTAINER_REPORT_H
#define CONTAINER_REPORT_H

#include "frameworks/container/state.h"

/* {name, user, generation, is_gone, is_leaving, services: [{name, version,
 *  wanted, ready, is_settled, has_failed, message, instances: [{name, instance,
 *  task, state, agent, address, message, restarts, is_current}]}]}; `p` with
 * generation 0 is gone. */
json_t *report_of(const struct container *c, const struct container_project *p);

/* {name, user, services, wanted, ready, is_leaving} */
json_t *report_in_short(const struct container_project *p);

/* {task, verb, endpoint, agent_key, bytes}, bytes in hexadecimal digits; or
 * {error}. */
json_t *report_of_ticket(const struct mezzo_ticket *ticket);

#endif
