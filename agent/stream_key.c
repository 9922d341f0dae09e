/* stream_key.c - for tables of streams. */

#include "agent/stream_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

char *stream_key_new(const char *guest, uint64_t id)
{
    size_t size = strlen(guest) + 24;
    char *key = memory_new(1, size);

    snprintf(key, size, "%s %" PRIu64, guest, id);
    return key;
}
