/* message.c - protobuf-c's allocator, handed an arena. */

#include "base/message.h"

#include <stdlib.h>

void *message_new(struct arena *arena,
                  const ProtobufCMessageDescriptor *descriptor)
{
    void *message = arena_alloc(arena, descriptor->sizeof_message);

    descriptor->message_init(message);
    return message;
}

uint8_t *message_pack(const ProtobufCMessage *message, size_t *size)
{
    uint8_t *bytes;

    *size = protobuf_c_message_get_packed_size(message);
    bytes = malloc(*size > 0 ? *size : 1);
    if (bytes == NULL)
        abort();
    protobuf_c_message_pack(message, bytes);
    return bytes;
}

ProtobufCBinaryData message_pack_in(struct arena *arena,
                                    const ProtobufCMessage *message)
{
    ProtobufCBinaryData data;

    data.len = protobuf_c_message_get_packed_size(message);
    data.data = arena_alloc(arena, data.len);
    protobuf_c_message_pack(message, data.data);
    return data;
}

void *message_unpack(const ProtobufCMessageDescriptor *descriptor,
                     const uint8_t *bytes,
                     size_t size)
{
    return protobuf_c_message_unpack(descriptor, NULL, size, bytes);
}

static void *take(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void leave(void *arena, void *pointer)
{
    (void)arena; /* it frees all at once */
    (void)pointer;
}

void *message_unpack_in(struct arena *arena,
                        const ProtobufCMessageDescriptor *descriptor,
                        const uint8_t *bytes,
                        size_t size)
{
    ProtobufCAllocator allocator = {take, leave, arena};

    return protobuf_c_message_unpack(descriptor, &allocator, size, bytes);
}

void *message_copy(const void *message)
{
    const ProtobufCMessage *m = message;
    size_t size;
    uint8_t *bytes = message_pack(m, &size);
    void *copy = message_unpack(m->descriptor, bytes, size);

    free(bytes);
    if (copy == NULL)
        abort();
    return copy;
}
