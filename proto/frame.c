/* frame.c - the header byte by byte, so that neither the padding nor the byte
 * order of a compiler is part of the protocol. */

#include "proto/frame.h"

#include <assert.h>
#include <string.h>

#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"

#define FRAME_VERSION 1

static const uint8_t magic[] = {'M', 'Z', 'Z', 'O'};

static const ProtobufCMessageDescriptor *const descriptors[] = {
    [FRAME_HEARTBEAT] = &mezzo__heartbeat__descriptor,
    [FRAME_FAREWELL] = &mezzo__farewell__descriptor,
    [FRAME_SCHEDULER_CALLS] = &mezzo__scheduler_calls__descriptor,
    [FRAME_SCHEDULER_EVENTS] = &mezzo__scheduler_events__descriptor,
    [FRAME_EXECUTOR_CALLS] = &mezzo__executor_calls__descriptor,
    [FRAME_EXECUTOR_EVENTS] = &mezzo__executor_events__descriptor,
    [FRAME_AGENT_CALLS] = &mezzo__agent_calls__descriptor,
    [FRAME_AGENT_EVENTS] = &mezzo__agent_events__descriptor,
    [FRAME_MASTER_CALL] = &mesos__v1__master__call__descriptor,
    [FRAME_MASTER_RESPONSE] = &mesos__v1__master__response__descriptor,
    [FRAME_STREAM_CALL] = &mezzo__stream_call__descriptor,
    [FRAME_STREAM_EVENT] = &mezzo__stream_event__descriptor,
};

enum {
    TYPES_COUNT = sizeof descriptors / sizeof descriptors[0]
};

static void put(uint8_t *bytes, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++, value >>= 8)
        bytes[i] = (uint8_t)value;
}

static uint64_t get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

void frame_encode(const struct frame_header *h, uint8_t *bytes)
{
    memcpy(bytes, magic, sizeof magic);
    put(bytes + 4, 1, FRAME_VERSION);
    put(bytes + 5, 1, h->type);
    put(bytes + 6, 2, 0);
    put(bytes + 8, 8, h->leader_epoch);
    put(bytes + 16, 8, h->link_epoch);
    put(bytes + 24, 8, h->sequence);
    put(bytes + 32, 8, h->received);
}

const char *frame_decode(struct frame_header *h,
                         const uint8_t *bytes,
                         size_t size)
{
    if (size < FRAME_HEADER_SIZE)
        return "shorter than a header";
    if (size > FRAME_SIZE_MAX)
        return "too large";
    if (memcmp(bytes, magic, sizeof magic) != 0)
        return "not our protocol";
    if (bytes[4] != FRAME_VERSION)
        return "not our version";
    if (bytes[5] >= TYPES_COUNT || descriptors[bytes[5]] == NULL)
        return "unknown type";
    if (get(bytes + 6, 2) != 0)
        return "unknown flags";
    h->type = bytes[5];
    h->leader_epoch = get(bytes + 8, 8);
    h->link_epoch = get(bytes + 16, 8);
    h->sequence = get(bytes + 24, 8);
    h->received = get(bytes + 32, 8);
    return NULL;
}

const ProtobufCMessageDescriptor *frame_descriptor(enum frame_type type)
{
    return descriptors[type];
}

enum frame_type frame_type_of(const ProtobufCMessage *body)
{
    int type = 0;

    while (type < TYPES_COUNT && descriptors[type] != body->descriptor)
        type++;
    assert(type < TYPES_COUNT);
    return (enum frame_type)type;
}
