/* streams.h - the bytes of tasks, to those who hold a ticket.
 *
 * A guest opens streams on its link, each with a ticket; data is sent as far
 * as its credit goes, so that a slow reader costs nothing but its own time.
 * A stream has one order under way at most. */

#ifndef AGENT_STREAMS_H
#define AGENT_STREAMS_H

#include "agent/orders.h"
#include "agent/step.h"
#include "base/input.h"

enum {
    STREAMS_MAX = 8192,
    STREAMS_OF_GUEST_MAX = 4096, /* two for each of a run's instances */
    STREAM_DATA_MAX = 64 * 1024, /* bytes in a frame */
    STREAM_CREDIT_MAX = 64 << 20,
    STREAM_ENTRIES_MAX = 10000, /* of a listing */
};

struct streams;

struct streams *streams_new(void);
void streams_free(struct streams *s);

/* FRAME_STREAM_CALL.  What makes no sense ends the link. */
void streams_receive(struct streams *s,
                     const struct input *input,
                     struct step *step);

void streams_link_ended(struct streams *s, const char *peer);

/* READ, GROWN or LISTED */
void streams_report(struct streams *s,
                    const struct report *report,
                    struct step *step);

/* `run` is launched, or will never be: who waited for it reads on. */
void streams_wake(struct streams *s, const char *run, struct step *step);

#endif
