/* uuid.c - byte by byte, so that no byte order shows. */

#include "base/uuid.h"

static void put(uint8_t *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++, value >>= 8)
        bytes[i] = (uint8_t)value;
}

static uint64_t get(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

void uuid_make(uint64_t stream, uint64_t sequence, uint8_t uuid[UUID_SIZE])
{
    put(uuid, stream);
    put(uuid + 8, sequence);
}

void uuid_parse(const uint8_t uuid[UUID_SIZE],
                uint64_t *stream,
                uint64_t *sequence)
{
    *stream = get(uuid);
    *sequence = get(uuid + 8);
}
