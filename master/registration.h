/* registration.h - how agents come, go, and come back. */

#ifndef MASTER_REGISTRATION_H
#define MASTER_REGISTRATION_H

#include "master/state.h"
#include "proto/wire.pb-c.h"

/* One call of a registration; may end the link. */
void registration_call(struct turn *t, const Mezzo__AgentCall *call);

void registration_link_ended(struct turn *t, struct agent *agent);

/* It has been away for too long. */
void registration_leave(struct turn *t, struct agent *agent);

/* It leaves on purpose: its tasks have ended, or will be reported so. */
void registration_unregister(struct turn *t, struct agent *agent);

/* An operator says that it never comes back. */
void registration_mark_gone(struct turn *t, struct agent *agent);

/* An operator's: no offers; nor may what runs on it stay; all as usual. */
void registration_deactivate(struct turn *t, struct agent *agent);
void registration_drain(struct turn *t, struct agent *agent);
/* Offers of it, or not: whatever has changed. */
void registration_activate(struct turn *t, const struct agent *agent);
void registration_set_active(struct turn *t, struct agent *agent);

#endif
