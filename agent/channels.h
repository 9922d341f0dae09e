/* channels.h - what our executors send to others of their group, wherever those
 * are.
 *
 *     FINDING (the master is asked where) -> PAUSING -> FINDING ...
 *        +-> OPENING (a stream at its agent's second socket) -> OPEN
 *
 * A channel is one direction between two executors.  It is given up when there
 * is nobody for CHANNELS_PATIENCE_MS; one that was open and breaks is lost,
 * which its executor is told.  The window of messages is between the two
 * libraries; we see that it is kept. */

#ifndef AGENT_CHANNELS_H
#define AGENT_CHANNELS_H

#include "agent/roster.h"
#include "agent/step.h"
#include "base/input.h"
#include "proto/executor.pb-c.h"
#include "proto/wire.pb-c.h"

enum {
    CHANNELS_OF_EXECUTOR_MAX = 1100,  /* channels it sends on */
    CHANNELS_COST_MAX = 32 << 20,     /* of an executor's, not yet taken */
    CHANNELS_MESSAGE_COST = 512,      /* beside its bytes */
    CHANNELS_MESSAGE_MAX = 64 << 10,  /* bytes */
    CHANNELS_LINK_COST_MAX = 1 << 20, /* to one agent, not yet taken */
    CHANNELS_PATIENCE_MS = 30000,
    CHANNELS_PAUSE_MS_MIN = 20,
    CHANNELS_PAUSE_MS_MAX = 1000,
    CHANNELS_ANSWER_MS = 2000, /* of a master, before it is asked again */
    CHANNELS_IDLE_MS = 5000,   /* then a link is ended */
};

struct channels;

struct channels *channels_new(void);
void channels_free(struct channels *p, struct deadlines *deadlines);

/* A call of `e`: NULL, or why it may not. */
const char *channels_send(struct executor *e,
                          const Mesos__V1__Executor__Call__PeerSend *call,
                          struct step *step);

/* The master's answer to FIND_PEER. */
void channels_found(const Mezzo__AgentEvent__Peer *peer, struct step *step);

/* Is it a link of ours to another agent?  Then the input was for us. */
bool channels_receive(const struct input *input, struct step *step);
bool channels_link_ended(const struct input *input, struct step *step);

/* DUE_PEER, DUE_PEER_LINK */
struct peer_channel;
struct peer_link;
void channels_due(struct peer_channel *c, struct step *step);
void channels_link_due(struct peer_link *l, struct step *step);

/* It has ended, or its link has: nobody sends any more. */
void channels_executor_lost(struct executor *e, struct step *step);

#endif
