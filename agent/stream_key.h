/* stream_key.h - the name of a stream: who has opened it, and his number for it
 * (doc/protocol.md, 10). */

#ifndef AGENT_STREAM_KEY_H
#define AGENT_STREAM_KEY_H

#include <stdint.h>

/* On the heap, the caller's. */
char *stream_key_new(const char *guest, uint64_t id);

#endif
