/* snapshot.h - all an agent knows, as the shortest journal that says it. */

#ifndef AGENT_SNAPSHOT_H
#define AGENT_SNAPSHOT_H

#include "agent/step.h"

/* The records, in the step's arena. */
const uint8_t *snapshot_make(struct step *step, size_t *size);

#endif
