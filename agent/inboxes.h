/* inboxes.h - what others' executors send to ours, by way of their agents.
 *
 * A stream of a guest that is an agent, with a ticket of the master for one of
 * our executors and its group.  Each message waits until the executor has taken
 * what it was given before, but for so much. */

#ifndef AGENT_INBOXES_H
#define AGENT_INBOXES_H

#include "agent/roster.h"
#include "agent/step.h"
#include "proto/executor.pb-c.h"
#include "proto/wire.pb-c.h"

enum {
    INBOXES_GIVEN_COST_MAX = 1 << 20,    /* to an executor, and not yet taken */
    INBOXES_WAITING_COST_MAX = 64 << 20, /* for one; then its channel breaks */
    INBOXES_OF_EXECUTOR_MAX = 1100,
};

struct inboxes;

struct inboxes *inboxes_new(void);
void inboxes_free(struct inboxes *all);

/* Stream `id` of the link `guest` is opened by executor `from`; `ticket` is the
 * guest's.  NULL, or why not. */
const char *inboxes_open(const char *guest,
                         uint64_t id,
                         const Mezzo__Ticket *ticket,
                         const char *from,
                         struct step *step);

/* WRITE or CLOSE.  False: the stream is not one of these. */
bool inboxes_receive(const char *guest,
                     const Mezzo__StreamCall *call,
                     struct step *step);

void inboxes_link_ended(const char *guest,
                        const char *reason,
                        struct step *step);

/* The executor has taken what it was given; NULL, or why that cannot be. */
const char *inboxes_take(struct executor *e,
                         const Mesos__V1__Executor__Call__PeerTake *call,
                         struct step *step);

/* It has ended, or its link has. */
void inboxes_executor_lost(struct executor *e,
                           const char *reason,
                           struct step *step);

#endif
