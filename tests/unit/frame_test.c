/* frame_test.c - the header of a frame, and each way in which it is wrong. */

#include "proto/frame.h"

#include <stdbool.h>
#include <string.h>

#include "proto/master.pb-c.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

static const struct frame_header example = {
    .type = FRAME_AGENT_CALLS,
    .leader_epoch = 0x0102030405060708,
    .link_epoch = UINT64_MAX,
    .sequence = 1,
    .received = 0x8000000000000000,
};

static uint8_t bytes[FRAME_HEADER_SIZE];

static const char *decode(size_t size)
{
    struct frame_header h;

    return frame_decode(&h, bytes, size);
}

/* What is said of a header in which one byte is another. */
static bool is_refused_with(size_t at, uint8_t byte, const char *reason)
{
    const char *fault;

    frame_encode(&example, bytes);
    bytes[at] = byte;
    fault = decode(sizeof bytes);
    return fault != NULL && strcmp(fault, reason) == 0;
}

static void what_is_encoded_is_decoded(void)
{
    struct frame_header h;

    frame_encode(&example, bytes);
    CHECK(frame_decode(&h, bytes, sizeof bytes) == NULL);
    CHECK(h.type == example.type);
    CHECK(h.leader_epoch == example.leader_epoch);
    CHECK(h.link_epoch == example.link_epoch);
    CHECK(h.sequence == example.sequence);
    CHECK(h.received == example.received);
}

static void the_bytes_are_those_of_the_protocol(void)
{
    static const uint8_t expected[FRAME_HEADER_SIZE] = {
        'M', 'Z', 'Z',  'O',  1,    7,    0,    0,    8,    7,    6, 5,    4, 3,
        2,   1,   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0,    0, 0,
        0,   0,   0,    0,    0,    0,    0,    0,    0,    0,    0, 0x80,
    };

    frame_encode(&example, bytes);
    CHECK(memcmp(bytes, expected, sizeof bytes) == 0);
}

static void what_is_not_ours_is_refused(void)
{
    CHECK(is_refused_with(0, 'm', "not our protocol"));
    CHECK(is_refused_with(3, 0, "not our protocol"));
    CHECK(is_refused_with(4, 2, "not our version"));
    CHECK(is_refused_with(5, 0, "unknown type"));
    CHECK(is_refused_with(5, 13, "unknown type"));
    CHECK(is_refused_with(5, 255, "unknown type"));
    CHECK(is_refused_with(6, 1, "unknown flags"));
    CHECK(is_refused_with(7, 0x80, "unknown flags"));
}

static void the_size_is_looked_at_before_the_bytes(void)
{
    struct frame_header h;

    frame_encode(&example, bytes);
    CHECK(decode(FRAME_HEADER_SIZE - 1) != NULL);
    CHECK(frame_decode(&h, NULL, 0) != NULL);
    CHECK(frame_decode(&h, NULL, FRAME_SIZE_MAX + 1) != NULL);
}

static void every_type_has_a_body_of_its_own(void)
{
    for (int type = FRAME_HEARTBEAT; type <= FRAME_STREAM_EVENT; type++) {
        ProtobufCMessage body = {.descriptor =
                                     frame_descriptor((enum frame_type)type)};

        CHECK((int)frame_type_of(&body) == type);
    }
    CHECK(frame_descriptor(FRAME_MASTER_CALL) ==
          &mesos__v1__master__call__descriptor);
    CHECK(frame_descriptor(FRAME_STREAM_CALL) ==
          &mezzo__stream_call__descriptor);
}

int main(void)
{
    what_is_encoded_is_decoded();
    the_bytes_are_those_of_the_protocol();
    what_is_not_ours_is_refused();
    the_size_is_looked_at_before_the_bytes();
    every_type_has_a_body_of_its_own();
    return test_done();
}
