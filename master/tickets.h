/* tickets.h - finding tasks by what people call them, and giving out the right
 * to read their bytes. */

#ifndef MASTER_TICKETS_H
#define MASTER_TICKETS_H

#include "master/state.h"
#include "proto/scheduler.pb-c.h"
#include "proto/wire.pb-c.h"

struct task_found { /* borrowed from the task, which may be no more */
    const char *framework_id;
    const char *task_id;
    const char *agent_id;
    struct task *task; /* NULL: it has ended and been acknowledged */
};

/* By "FRAMEWORK/TASK", a task's id, its name, or the beginning of its id.
 * NULL, or why not, in words for a person: no such task, or several. */
const char *tickets_find_task(const struct master *m,
                              const char *text,
                              struct task_found *found,
                              struct arena *arena);

struct ticket_given {
    const char *endpoint;
    const char *key;
    ProtobufCBinaryData bytes;
};

/* For the holder of `holder_key`, NULL: of the input's link.  NULL, or why
 * there is none. */
const char *tickets_give(struct turn *t,
                         const struct task_found *found,
                         Mesos__V1__TicketVerb verb,
                         const char *holder_key,
                         struct ticket_given *given);

/* A framework's call, answered by an event. */
void tickets_answer(struct turn *t,
                    struct framework *framework,
                    const Mesos__V1__Scheduler__Call__Ticket *call);

/* An agent asks where an executor is that one of its own wants to speak to, and
 * for the right to; PEER is the answer. */
void tickets_find_peer(struct turn *t,
                       struct agent *agent,
                       const Mezzo__AgentCall__FindPeer *call);

#endif
