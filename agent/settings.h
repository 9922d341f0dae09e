/* settings.h - an agent's options, as its own copy. */

#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include "agent/agent.h"

/* A deep copy with the defaults filled in. */
struct agent_options *settings_new(const struct agent_options *options);
/* The bridge's address is another now. */
void settings_set_bridge(struct agent_options *options, const char *address);
void settings_free(struct agent_options *o);

#endif
