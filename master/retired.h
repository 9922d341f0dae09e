/* retired.h - messages that have been replaced, but may be lent to what this
 * step sends; freed at the beginning of the next. */

#ifndef MASTER_RETIRED_H
#define MASTER_RETIRED_H

#include <protobuf-c/protobuf-c.h>

struct retired;

struct retired *retired_new(void);
void retired_free(struct retired *r);

/* Take `message` over; NULL is a no-op. */
void retired_add(struct retired *r, ProtobufCMessage *message);

void retired_collect(struct retired *r);

#endif
