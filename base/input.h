/* input.h - all that can happen to a core. */

#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include "base/clock.h"
#include "base/principal.h"
#include "base/store.h"
#include "proto/frame.h"

enum input_kind {
    INPUT_STARTED,    /* the first input of a core */
    INPUT_RECEIVED,   /* `message`, of `type`, came from `peer` */
    INPUT_LINK_ENDED, /* nothing more comes from `peer`, because of `reason` */
    INPUT_TIMEOUT,    /* the core's deadline has passed */
    INPUT_STORED,     /* `answer` to EFFECT_STORE or LOAD number `request` */
    INPUT_LOCAL,      /* `local`, which the core's own header describes */
};

struct input {
    enum input_kind kind;
    msec_t wall;      /* CLOCK_REALTIME, to store or show; decides nothing */
    const char *peer; /* one connection: its routing id in hexadecimal where we
                       * listen, the name we gave it where we connect */
    const struct principal *principal; /* RECEIVED: who speaks; never NULL */
    enum frame_type type;
    uint64_t leader_epoch; /* RECEIVED: of the sender's frame; 0 if it leads
                            * nothing */
    uint64_t link_epoch;   /* RECEIVED: of its link; who connects gives each a
                            * higher one */
    const ProtobufCMessage *message; /* what frame_descriptor(type) says */
    const char *reason;
    msec_t confirmed_at; /* LINK_ENDED: when we sent the last frame that the
                          * peer is known to have received; 0: none */
    uint64_t request;
    const struct store_answer *answer;
    const void *local;
};

#endif
