/* uuid.h - the uuid of an update: which stream it is of, and its number there.
 *
 * 8 bytes of stream and 8 of sequence, little-endian; to Mesos v1 it is any
 * 16 bytes. */

#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdint.h>

enum {
    UUID_SIZE = 16
};

void uuid_make(uint64_t stream, uint64_t sequence, uint8_t uuid[UUID_SIZE]);

void uuid_parse(const uint8_t uuid[UUID_SIZE],
                uint64_t *stream,
                uint64_t *sequence);

#endif
