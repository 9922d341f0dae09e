/* message_test.c - messages packed, unpacked and copied, on heap and arena. */

#include "base/message.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.pb-c.h"
#include "tests/test.h"

static struct arena *arena;

static Mezzo__Farewell *make(void)
{
    Mezzo__Farewell *f = message_new(arena, &mezzo__farewell__descriptor);

    f->reason = arena_strdup(arena, "tired");
    return f;
}

static bool is_same(const Mezzo__Farewell *f)
{
    return f != NULL && f->base.descriptor == &mezzo__farewell__descriptor &&
           strcmp(f->reason, "tired") == 0;
}

static void what_is_packed_is_unpacked(void)
{
    size_t size;
    uint8_t *bytes = message_pack(&make()->base, &size);
    ProtobufCBinaryData data = message_pack_in(arena, &make()->base);
    Mezzo__Farewell *heap =
        message_unpack(&mezzo__farewell__descriptor, bytes, size);

    CHECK(data.len == size && memcmp(data.data, bytes, size) == 0);
    CHECK(is_same(heap));
    CHECK(is_same(
        message_unpack_in(arena, &mezzo__farewell__descriptor, bytes, size)));
    CHECK(message_unpack(&mezzo__farewell__descriptor, bytes, size - 1) ==
          NULL);
    CHECK(message_unpack_in(arena, &mezzo__farewell__descriptor, bytes,
                            size - 1) == NULL);
    protobuf_c_message_free_unpacked(&heap->base, NULL);
    free(bytes);
}

static void a_copy_is_deep(void)
{
    Mezzo__Farewell *f = make();
    Mezzo__Farewell *copy = message_copy(f);

    f->reason[0] = 'w';
    CHECK(is_same(copy));
    protobuf_c_message_free_unpacked(&copy->base, NULL);
}

static void an_empty_message_is_a_message(void)
{
    Mezzo__Heartbeat *h = message_new(arena, &mezzo__heartbeat__descriptor);
    size_t size;
    uint8_t *bytes = message_pack(&h->base, &size);

    CHECK(size == 0 && bytes != NULL);
    CHECK(message_unpack_in(arena, &mezzo__heartbeat__descriptor, bytes, 0) !=
          NULL);
    free(bytes);
}

int main(void)
{
    arena = arena_new();
    what_is_packed_is_unpacked();
    a_copy_is_deep();
    an_empty_message_is_a_message();
    arena_free(arena);
    return test_done();
}
