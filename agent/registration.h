/* registration.h - the link to the master that leads, and the lease on it.
 *
 * One link at a time.  When it ends the next master of the list is tried, or
 * the one that the farewell names, after a pause that grows with each round of
 * the list. */

#ifndef AGENT_REGISTRATION_H
#define AGENT_REGISTRATION_H

#include <stdbool.h>

#include "agent/step.h"
#include "base/input.h"
#include "proto/wire.pb-c.h"

struct registration;

struct registration *registration_new(struct deadlines *deadlines);
void registration_free(struct registration *r);

/* All that ran is known: connect.  Nobody knows when an earlier agent was last
 * heard, so what is fenced has half a lease. */
void registration_start(struct registration *r, struct step *step);

/* Connect no more. */
void registration_stop(struct registration *r, struct step *step);

/* Is `peer` the link to the master?  Has it taken us? */
bool registration_is_peer(const struct registration *r, const char *peer);
bool registration_is_done(const struct registration *r);

/* What the master answers.  NULL, or why it is not our master. */
const char *registration_registered(
    struct registration *r,
    const Mezzo__AgentEvent__Registered *registered,
    uint64_t leader_epoch,
    struct step *step);

/* Say again who we are, with all tasks. */
void registration_send(struct registration *r, struct step *step);

/* The link to the master has ended. */
void registration_link_ended(struct registration *r,
                             const struct input *input,
                             struct step *step);

/* DUE_CONNECT, DUE_REGISTERED, DUE_LEASE */
void registration_connect(struct registration *r, struct step *step);
void registration_unanswered(struct registration *r, struct step *step);
void registration_lease_due(struct registration *r, struct step *step);

#endif
