/* server.h - the launcher: one agent at a time, told of its children.
 *
 * It lives on when the agent goes, says to the next one what there is, and
 * exits by itself when it has been alone, with no child, for a minute. */

#ifndef AGENT_LAUNCHER_SERVER_H
#define AGENT_LAUNCHER_SERVER_H

#include <stdbool.h>

/* Serve on the listening socket `listen_fd` with signals blocked; `is_resumed`
 * says that an earlier program of this process did so before, and has left us
 * its children.  Returns the exit status. */
int server_run(int listen_fd, bool is_resumed);

#endif
