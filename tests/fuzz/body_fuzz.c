/* body_fuzz.c - the body of each type of frame, through all that happens to it
 * before a core sees it, and what cores do to any: copy it.  Input: a byte that
 * chooses the type, then the body. */

#include <assert.h>
#include <string.h>

#include "base/links.h"
#include "base/message.h"
#include "base/permission.h"
#include "tests/fuzz/target.h"

static const char *const names[] = {"hpc", "alice"};

static void judge(const struct input *input)
{
    struct error text;
    struct principal p = {.name = "p",
                          .roles = names,
                          .roles_count = 1,
                          .users = names + 1,
                          .users_count = 1};

    for (p.kind = PRINCIPAL_AGENT; p.kind <= PRINCIPAL_GUEST; p.kind++) {
        const char *why =
            permission_refuses(&p, input->type, input->message, &text);

        assert(why == NULL || why[0] != '\0');
    }
}

static void copy(const struct input *input)
{
    ProtobufCMessage *heap = message_copy(input->message);

    assert(protobuf_c_message_get_packed_size(heap) ==
           protobuf_c_message_get_packed_size(input->message));
    protobuf_c_message_free_unpacked(heap, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct links *l = links_new(&links_defaults);
    struct frame_header h = {.sequence = 1};
    struct input input;
    uint8_t *bytes;

    if (size > 0) {
        h.type = (enum frame_type)(1 + data[0] % FRAME_STREAM_EVENT);
        bytes = arena_alloc(arena, FRAME_HEADER_SIZE + size - 1);
        frame_encode(&h, bytes);
        memcpy(bytes + FRAME_HEADER_SIZE, data + 1, size - 1);
        size += FRAME_HEADER_SIZE - 1;
        if (links_receive(l, "peer", bytes, size, 0, arena, &input)) {
            judge(&input);
            copy(&input);
        }
    }
    links_free(l);
    arena_free(arena);
    return 0;
}
