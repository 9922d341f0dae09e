/* retired.c - a growing array that is emptied once a step. */

#include "master/retired.h"

#include <stdlib.h>

#include "base/memory.h"

struct retired {
    ProtobufCMessage **items;
    size_t count;
    size_t capacity;
};

struct retired *retired_new(void)
{
    struct retired *r = memory_new(1, sizeof *r);

    return r;
}

void retired_free(struct retired *r)
{
    if (r == NULL)
        return;
    retired_collect(r);
    free(r->items);
    free(r);
}

void retired_add(struct retired *r, ProtobufCMessage *message)
{
    if (message == NULL)
        return;
    if (r->count == r->capacity) {
        r->capacity = r->capacity > 0 ? r->capacity * 2 : 8;
        r->items =
            memory_resize(r->items, r->capacity, sizeof(ProtobufCMessage *));
    }
    r->items[r->count++] = message;
}

void retired_collect(struct retired *r)
{
    while (r->count > 0)
        protobuf_c_message_free_unpacked(r->items[--r->count], NULL);
}
