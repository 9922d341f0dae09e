/* enrolment.h - what an agent says of itself when it registers. */

#ifndef AGENT_ENROLMENT_H
#define AGENT_ENROLMENT_H

#include "agent/step.h"

/* Send who we are, and all frameworks, executors and tasks that are not over,
 * in as many frames as they take. */
void enrolment_send(const char *peer, struct step *step);

#endif
