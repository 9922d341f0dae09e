/* sandbox_place.h - between the two halves of sandbox.h: where one is. */

#ifndef AGENT_OS_SANDBOX_PLACE_H
#define AGENT_OS_SANDBOX_PLACE_H

struct sandboxes;

/* A descriptor (O_PATH) of a run's sandbox, or -errno. */
int sandbox_open_root(const struct sandboxes *s, const char *run);

#endif
