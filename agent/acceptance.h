/* acceptance.h - which tasks are begun, and which are refused and why. */

#ifndef AGENT_ACCEPTANCE_H
#define AGENT_ACCEPTANCE_H

#include "agent/roster.h"
#include "proto/wire.pb-c.h"

/* Begin the tasks of `launch`, or end them.  NULL, or why the master must not
 * have sent it. */
const char *acceptance_launch(const Mezzo__AgentEvent__Launch *launch,
                              struct step *step);

/* End those that are not known here, so that nobody waits for them.  The same
 * is returned. */
const char *acceptance_reconcile(const Mezzo__AgentEvent__Reconcile *reconcile,
                                 struct step *step);

#endif
