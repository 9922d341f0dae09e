/* body_test.c - bodies deeper and dearer than they look. */

#include "base/body.h"

#include <stdbool.h>

#include "proto/nesting.h"
#include "tests/hostile.h"
#include "tests/test.h"

static uint8_t bytes[FRAME_SIZE_MAX];
static struct arena *arena;

static const char *unpack(enum frame_type type, size_t size)
{
    const ProtobufCMessage *message;
    const char *fault = body_unpack(type, bytes, size, arena, &message);

    arena_reset(arena);
    return fault;
}

static const char *unpack_nested(int levels)
{
    return unpack(FRAME_EXECUTOR_CALLS, hostile_nesting(bytes, levels));
}

static int depth(size_t size, int depth_max)
{
    return nesting_depth(&mezzo__executor_calls__descriptor, bytes, size,
                         depth_max);
}

static bool says(const char *fault, const char *expected)
{
    return fault != NULL && strstr(fault, expected) != NULL;
}

static void nesting_is_measured_up_to_a_depth(void)
{
    CHECK(depth(0, 32) == 0);
    CHECK(depth(hostile_nesting(bytes, 5), 32) == 5);
    CHECK(depth(hostile_nesting(bytes, 32), 32) == 32);
    CHECK(depth(hostile_nesting(bytes, 33), 32) == 33);
    CHECK(depth(hostile_nesting(bytes, 9000), 32) == 33);
}

static void only_a_bounded_depth_is_unpacked(void)
{
    CHECK(unpack_nested(32) == NULL);
    CHECK(says(unpack_nested(33), "nested too deep"));
    CHECK(says(unpack_nested(9000), "nested too deep"));
}

static void malformed_bytes_have_no_depth(void)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x12", 1},                                          /* no length */
        {"\x12\x02\x0a", 3},                                  /* too short */
        {"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* too long */
        {"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 11}, /* endless */
        {"\x0d\0\0\0", 4},                                    /* half an int */
        {"\x13\x14", 2},                                      /* a group */
        {"\xfa\xff\xff\xff\xff\xff\x01\0", 8},                /* field 2^38 */
        {"\x82\x00\x00", 3},                                  /* field 0 */
        {"\x80\x80\x80\x80\x10\x00", 6},                      /* field 2^29 */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(bytes, cases[i].bytes, cases[i].size);
        CHECK(depth(cases[i].size, 32) == -1);
        CHECK(says(unpack(FRAME_EXECUTOR_CALLS, cases[i].size), "malformed"));
    }
}

static void what_is_required_must_be_there(void)
{
    CHECK(unpack(FRAME_HEARTBEAT, 0) == NULL);
    CHECK(says(unpack(FRAME_FAREWELL, 0), "malformed"));
    CHECK(says(unpack(FRAME_SCHEDULER_EVENTS, 0), "malformed"));
    CHECK(says(unpack(FRAME_STREAM_CALL, 0), "malformed"));
}

/* Cut anywhere and flip anything: what comes out is for the sanitizers. */
static void damaged_bytes_do_no_harm(void)
{
    size_t size = hostile_nesting(bytes, 12);

    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
        unpack(FRAME_EXECUTOR_CALLS, size);
        unpack(FRAME_EXECUTOR_CALLS, i / 8);
        bytes[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CHECK(unpack(FRAME_EXECUTOR_CALLS, size) == NULL);
}

static void what_costs_too_much_is_not_unpacked(void)
{
    CHECK(unpack(FRAME_SCHEDULER_CALLS, hostile_amplification(bytes, 100)) ==
          NULL);
    CHECK(
        says(unpack(FRAME_SCHEDULER_CALLS, hostile_amplification(bytes, 16000)),
             "too costly"));
}

int main(void)
{
    arena = arena_new();
    nesting_is_measured_up_to_a_depth();
    only_a_bounded_depth_is_unpacked();
    malformed_bytes_have_no_depth();
    what_is_required_must_be_there();
    damaged_bytes_do_no_harm();
    what_costs_too_much_is_not_unpacked();
    arena_free(arena);
    return test_done();
}
