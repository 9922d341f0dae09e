/* outbox.h - what is said to the master in one step, in as few frames as its
 * bounds allow.  While no master listens it is closed, and swallows: all that
 * matters is said again at the next registration. */

#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <stdbool.h>

#include "agent/step.h"
#include "proto/wire.pb-c.h"

enum {
    /* Of one record; two of them and what is around fit into a frame. */
    OUTBOX_RECORD_MAX = FRAME_SIZE_MAX / 2 - 4096,
};

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox *o);

/* From now on `peer` is who is spoken to. */
void outbox_open(struct outbox *o, const char *peer);
void outbox_close(struct outbox *o);
bool outbox_is_open(const struct outbox *o);

/* A call with our id in it, in the step's arena. */
Mezzo__AgentCall *outbox_call(Mezzo__AgentCall__Type type, struct step *step);

/* Say it; it must have at most OUTBOX_RECORD_MAX bytes. */
void outbox_put(struct outbox *o, Mezzo__AgentCall *call, struct step *step);

/* Send what was put; before the step ends. */
void outbox_flush(struct outbox *o, struct step *step);

#endif
