/* sessions.h - processes by what /proc says of them. */

#ifndef AGENT_OS_SESSIONS_H
#define AGENT_OS_SESSIONS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* When process `pid` was started, in ticks since boot, and lives; 0: there is
 * none, or a zombie. */
uint64_t sessions_ticks(pid_t pid);

/* SIGKILL for every process of these sessions, at length, until a look finds
 * no more of them. */
void sessions_kill(const pid_t *sessions, size_t count);

#endif
