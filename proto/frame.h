/* frame.h - what is in front of every body.
 *
 * A message is one ZeroMQ frame: a header of FRAME_HEADER_SIZE bytes, whose
 * numbers are little-endian, and a body, one message of the .proto files.
 *
 *     at  0  magic          5  type            16  link epoch
 *         4  version        6  flags, 0        24  sequence
 *                           8  leader epoch    32  received */

#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

enum {
    FRAME_HEADER_SIZE = 40,
    FRAME_SIZE_MAX = 1 << 20, /* header and body */
    FRAME_RECORDS_MAX = 100,  /* calls or events in a body */
};

/* Who sends which: base/permission.h. */
enum frame_type {
    FRAME_HEARTBEAT = 1,        /* mezzo.Heartbeat */
    FRAME_FAREWELL = 2,         /* mezzo.Farewell */
    FRAME_SCHEDULER_CALLS = 3,  /* mezzo.SchedulerCalls */
    FRAME_SCHEDULER_EVENTS = 4, /* mezzo.SchedulerEvents */
    FRAME_EXECUTOR_CALLS = 5,   /* mezzo.ExecutorCalls */
    FRAME_EXECUTOR_EVENTS = 6,  /* mezzo.ExecutorEvents */
    FRAME_AGENT_CALLS = 7,      /* mezzo.AgentCalls */
    FRAME_AGENT_EVENTS = 8,     /* mezzo.AgentEvents */
    FRAME_MASTER_CALL = 9,      /* mesos.v1.master.Call */
    FRAME_MASTER_RESPONSE = 10, /* mesos.v1.master.Response */
    FRAME_STREAM_CALL = 11,     /* mezzo.StreamCall */
    FRAME_STREAM_EVENT = 12,    /* mezzo.StreamEvent */
};

struct frame_header {
    enum frame_type type;
    uint64_t leader_epoch; /* grows with each election; 0: not known yet */
    uint64_t link_epoch;   /* grows with each connection of who connects */
    uint64_t sequence;     /* of this frame; the first of a link is 1 */
    uint64_t received;     /* the last that came from the other side */
};

void frame_encode(const struct frame_header *header, uint8_t *bytes);

/* NULL, or what is wrong with the frame; no more than its header is read, and
 * not even that when `size` is out of bounds. */
const char *frame_decode(struct frame_header *header,
                         const uint8_t *bytes,
                         size_t size);

/* What the body of such a frame is, and back. */
const ProtobufCMessageDescriptor *frame_descriptor(enum frame_type type);
enum frame_type frame_type_of(const ProtobufCMessage *body);

#endif
