/* frame_fuzz.c - a peer that says anything, frame after frame, to the side that
 * listens.  Input: each frame behind its length, two bytes, low one first. */

#include <assert.h>
#include <string.h>

#include "base/links.h"
#include "proto/frame.h"
#include "tests/fuzz/target.h"

static const struct links_options options = {
    .leader_epoch = 1,
    .live_max = 2,
    .refused_max = 2,
    .check_ms = 1000,
    .heartbeat_ms = 2500,
    .silence_ms = 9000,
};

/* What is decoded and encoded again is the same. */
static void check_header(const uint8_t *bytes, size_t size)
{
    struct frame_header h;
    uint8_t again[FRAME_HEADER_SIZE];

    if (frame_decode(&h, bytes, size) != NULL)
        return;
    frame_encode(&h, again);
    assert(memcmp(again, bytes, sizeof again) == 0);
    assert(frame_descriptor(h.type) != NULL);
}

static void turn(struct links *l,
                 const uint8_t *bytes,
                 size_t size,
                 msec_t now,
                 struct arena *arena)
{
    struct input input;
    const uint8_t *out;
    size_t out_size;

    check_header(bytes, size);
    if (links_receive(l, "peer", bytes, size, now, arena, &input))
        assert(input.message->descriptor == frame_descriptor(input.type));
    while (links_heartbeat(l, now, arena, &out, &out_size) != NULL)
        check_header(out, out_size);
    while (links_take_ended(l, arena, &input, &out, &out_size)) {
        assert(input.reason[0] != '\0' && links_refuses(l, "peer"));
        assert(links_live_count(l) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct links *l = links_new(&options);
    struct arena *arena = arena_new();
    msec_t now = 0;

    while (size >= 2) {
        size_t frame_size = data[0] | (size_t)data[1] << 8;

        data += 2;
        size -= 2;
        if (frame_size > size)
            frame_size = size;
        now += 1000;
        turn(l, data, frame_size, now, arena);
        arena_reset(arena);
        data += frame_size;
        size -= frame_size;
    }
    links_free(l);
    arena_free(arena);
    return 0;
}
