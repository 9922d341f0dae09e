/* settings.h - an agent's options, as its own copy. */

#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include "agent/agent.h"

/* A deep copy with the defaults filled in. */
struct agent_options *settings_new(const struct agent_options *options);
void settings_free(struct agent_options *o);

#endif
