/* journal.c - the codec; nibble by nibble, because a table of 16 is enough
 * for what an agent writes. */

#include "agent/journal.h"

#include <assert.h>
#include <stdbool.h>

#include "base/message.h"
#include "proto/nesting.h"

enum {
    LOOKED_FOR_MAX = 64 << 10,
    DEPTH_MAX = 48 /* what a frame may bring, inside of a record */
};

/* CRC-32 of IEEE 802.3, reflected. */
static const uint32_t crc_of_nibble[16] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
    0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ crc_of_nibble[crc & 15];
        crc = crc >> 4 ^ crc_of_nibble[crc & 15];
    }
    return crc;
}

/* Of the length at `bytes` and of the body behind the header. */
static uint32_t checksum(const uint8_t *bytes, size_t body_size)
{
    uint32_t crc = crc_add(UINT32_MAX, bytes, 4);

    return ~crc_add(crc, bytes + JOURNAL_HEADER_SIZE, body_size);
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

size_t journal_size(const Mezzo__Record__Journal *record)
{
    return JOURNAL_HEADER_SIZE +
           protobuf_c_message_get_packed_size(&record->base);
}

void journal_seal(uint8_t *bytes, size_t body_size)
{
    assert(body_size <= JOURNAL_BODY_MAX);
    put_u32(bytes, (uint32_t)body_size);
    put_u32(bytes + 4, checksum(bytes, body_size));
}

void journal_write(const Mezzo__Record__Journal *record, uint8_t *bytes)
{
    journal_seal(bytes, protobuf_c_message_pack(&record->base,
                                                bytes + JOURNAL_HEADER_SIZE));
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

enum journal_outcome journal_read(struct journal_reader *reader,
                                  struct arena *arena,
                                  const Mezzo__Record__Journal **record)
{
    const uint8_t *bytes;
    size_t left = reader->size - reader->offset;
    const ProtobufCMessageDescriptor *descriptor =
        &mezzo__record__journal__descriptor;
    size_t size;
    int depth;

    if (left == 0)
        return JOURNAL_END;
    bytes = reader->bytes + reader->offset;
    if (left < JOURNAL_HEADER_SIZE)
        return JOURNAL_TORN;
    size = get_u32(bytes);
    /* A file system may have made room for what it then did not write. */
    if (size == 0 && is_zero(bytes, left))
        return JOURNAL_TORN;
    if (size > JOURNAL_BODY_MAX)
        return JOURNAL_DAMAGED;
    if (size > left - JOURNAL_HEADER_SIZE)
        return JOURNAL_TORN;
    if (get_u32(bytes + 4) != checksum(bytes, size))
        return size == left - JOURNAL_HEADER_SIZE ? JOURNAL_TORN
                                                  : JOURNAL_DAMAGED;
    bytes += JOURNAL_HEADER_SIZE;
    depth = nesting_depth(descriptor, bytes, size, DEPTH_MAX);
    if (depth < 0 || depth > DEPTH_MAX)
        return JOURNAL_DAMAGED;
    *record = message_unpack_in(arena, descriptor, bytes, size);
    if (*record == NULL)
        return JOURNAL_DAMAGED;
    reader->offset += JOURNAL_HEADER_SIZE + size;
    return JOURNAL_RECORD;
}

/* Records of ours are smaller, but for few; what is larger is not looked for.
 */
static bool may_begin_at(const uint8_t *bytes, size_t left)
{
    size_t size;

    if (left <= JOURNAL_HEADER_SIZE)
        return false;
    size = get_u32(bytes);
    return size > 0 && size <= LOOKED_FOR_MAX &&
           size <= left - JOURNAL_HEADER_SIZE &&
           get_u32(bytes + 4) == checksum(bytes, size);
}

uint64_t journal_durable_behind(const struct journal_reader *reader,
                                struct arena *arena)
{
    struct journal_reader behind = *reader;
    const Mezzo__Record__Journal *record;
    uint64_t durable = 0;

    while (behind.offset + JOURNAL_HEADER_SIZE < behind.size) {
        if (may_begin_at(behind.bytes + behind.offset,
                         behind.size - behind.offset) &&
            journal_read(&behind, arena, &record) == JOURNAL_RECORD) {
            if (record->durable > durable)
                durable = record->durable;
            arena_reset(arena);
        } else {
            behind.offset++;
        }
    }
    return durable;
}
