/* links.h - the connections of one socket: their numbers, whether they live,
 * and who is refused.
 *
 * LIVE --(fault, silence, links_end())--> ending --(taken)--> refused
 *                                                 refused --(oldest)--> gone
 *
 * A link is one connection, its peer the routing id of that connection.  Each
 * side numbers its frames, every heartbeat is one, and each frame says how far
 * the other side's have come, so that even the loss of a last message is seen:
 * a frame that is not the next ends the link, so does a peer from which nothing
 * came, or which has confirmed nothing, for too long.  The peer comes back as a
 * new connection with a new id.  An id that is gone cannot go on where it was
 * either: only frame 1 begins a link.
 *
 * Pure: bytes in, inputs out.  Driver and simulator use the same. */

#ifndef BASE_LINKS_H
#define BASE_LINKS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/input.h"

struct links;

struct links_options {
    uint64_t leader_epoch; /* 0: we lead nothing, any is taken */
    size_t live_max;       /* newcomers beyond it are refused */
    size_t refused_max;    /* > 0; then the oldest is forgotten */
    msec_t check_ms;       /* > 0; how often a link is looked at */
    msec_t heartbeat_ms;   /* a link on which we sent nothing for so long */
    msec_t silence_ms; /* ends, when so long nothing came or was confirmed */
};

/* Heartbeats after 2.5 s; a dead peer is noticed within 10 s. */
extern const struct links_options links_defaults;

/* What the reason begins with when the peer itself has ended the link. */
#define LINKS_TOLD "told: "

struct links *links_new(const struct links_options *options);
void links_free(struct links *l);

/* From now on this is our epoch: we lead, or have stopped to. */
void links_set_leader_epoch(struct links *l, uint64_t leader_epoch);

/* Begin a link, as the side that connects.  What comes from a leader before
 * `epoch_min` ends it. */
void links_open(struct links *l,
                const char *peer,
                uint64_t epoch,
                uint64_t epoch_min,
                msec_t now);

/* What a frame from `peer` means: true and `*input`, which lives in `arena`.
 * False if it was refused, unread, was about the link itself, or was a fault
 * and has ended the link. */
bool links_receive(struct links *l,
                   const char *peer,
                   const uint8_t *bytes,
                   size_t size,
                   msec_t now,
                   struct arena *arena,
                   struct input *input);

/* `message` as the next frame to `peer`, in `arena`; NULL without a link. */
const uint8_t *links_pack(struct links *l,
                          const char *peer,
                          const ProtobufCMessage *message,
                          msec_t now,
                          struct arena *arena,
                          size_t *size);

/* Refuse `peer` from now on.  Nothing happens if it is already. */
__attribute__((format(printf, 3, 4))) void links_end(struct links *l,
                                                     const char *peer,
                                                     const char *reason,
                                                     ...);

/* End all that live. */
void links_end_all(struct links *l, const char *reason);

/* Has `peer` had a link that ended, as far as is remembered? */
bool links_refuses(const struct links *l, const char *peer);

/* A link on which a heartbeat is due, one at a time: its peer, `*bytes` and
 * `*size` to send it; NULL when no other is due.  Ends those that are silent.
 */
const char *links_heartbeat(struct links *l,
                            msec_t now,
                            struct arena *arena,
                            const uint8_t **bytes,
                            size_t *size);

/* When to call links_heartbeat(), or MSEC_NEVER. */
msec_t links_deadline(const struct links *l);

/* The next link that has ended, as an input valid until the next call here;
 * each comes up once, never from within the step that caused it.
 * If `*farewell` is not NULL, it is to be sent to the peer as its last frame.
 */
bool links_take_ended(struct links *l,
                      struct arena *arena,
                      struct input *input,
                      const uint8_t **farewell,
                      size_t *farewell_size);

size_t links_live_count(const struct links *l);

#endif
