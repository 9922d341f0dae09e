/* gangs.h - tasks that are prepared and wait until their whole gang is, here
 * and on other agents: then the master says go, or that it never will.
 *
 * What is told of a gang follows from its tasks; it is looked at once in a
 * step. */

#ifndef AGENT_GANGS_H
#define AGENT_GANGS_H

#include "agent/roster.h"
#include "proto/wire.pb-c.h"

/* `count` tasks of it arrive now, of `expected` in all. */
struct gang *gangs_arrive(const char *framework_id,
                          const char *gang_id,
                          size_t count,
                          size_t expected,
                          struct step *step);

/* What the master has decided; always answered. */
void gangs_decide(const Mezzo__AgentEvent__Gang *decision, struct step *step);

/* Tell the master what has changed, while one listens. */
void gangs_tell(struct step *step);

/* A master listens anew: everything is to be told. */
void gangs_restart(struct step *step);

#endif
