/* processes.h - what executors start beside themselves.
 *
 * An executor numbers its processes; we have its machine start them and tell
 * what becomes of each, until it says that it has heard: over a link that
 * broke, and over a restart of ours, since the machine holds what it has not
 * heard. */

#ifndef AGENT_PROCESSES_H
#define AGENT_PROCESSES_H

#include "agent/orders.h"
#include "agent/roster.h"
#include "proto/executor.pb-c.h"

enum {
    PROCESSES_OF_EXECUTOR_MAX = 1024,
    PROCESSES_FDS_MAX = 64, /* of one */
    PROCESSES_TARGET_MAX = 255,
    PROCESSES_STRINGS_MAX = 8000, /* arguments and variables of one */
};

#define PROCESSES_OURS                                                         \
    (1ull << 63) /* numbers of processes that no executor has                  \
                  * asked for */

/* Calls of an executor: NULL, or why it may not. */
const char *processes_spawn(struct executor *e,
                            const Mesos__V1__Executor__Call__Spawn *call,
                            struct step *step);
const char *processes_signal(struct executor *e,
                             const Mesos__V1__Executor__Call__Signal *call,
                             struct step *step);
const char *processes_release(struct executor *e,
                              const Mesos__V1__Executor__Call__Release *call,
                              struct step *step);

/* It has a new link. */
void processes_subscribed(struct executor *e,
                          const Mesos__V1__Executor__Call__Subscribe *call,
                          struct step *step);

/* SPAWNED or PROCESS_EXITED */
void processes_report(struct executor *e,
                      const struct report *report,
                      struct step *step);

void processes_forget(struct executor *e);

#endif
