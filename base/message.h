/* message.h - protobuf-c messages in an arena. */

#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"

/* A message with nothing set, in `arena`. */
void *message_new(struct arena *arena,
                  const ProtobufCMessageDescriptor *descriptor);

/* The bytes of `message`, on the heap; the caller's to free(). */
uint8_t *message_pack(const ProtobufCMessage *message, size_t *size);

/* The same in `arena`. */
ProtobufCBinaryData message_pack_in(struct arena *arena,
                                    const ProtobufCMessage *message);

/* What was packed by us, on the heap, for protobuf_c_message_free_unpacked();
 * NULL when it is malformed. */
void *message_unpack(const ProtobufCMessageDescriptor *descriptor,
                     const uint8_t *bytes,
                     size_t size);

/* The same in `arena`. */
void *message_unpack_in(struct arena *arena,
                        const ProtobufCMessageDescriptor *descriptor,
                        const uint8_t *bytes,
                        size_t size);

/* A deep copy on the heap, for protobuf_c_message_free_unpacked(). */
void *message_copy(const void *message);

#endif
