/* outbox.c - an array that becomes a frame. */

#include "agent/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/identity.h"
#include "base/memory.h"
#include "base/message.h"

struct outbox {
    char *peer;               /* NULL: closed */
    Mezzo__AgentCall **calls; /* in the step's arena */
    size_t calls_count;
    size_t size;
};

struct outbox *outbox_new(void)
{
    struct outbox *o = memory_new(1, sizeof *o);

    return o;
}

void outbox_free(struct outbox *o)
{
    if (o == NULL)
        return;
    free(o->peer);
    free(o);
}

void outbox_open(struct outbox *o, const char *peer)
{
    outbox_close(o);
    o->peer = memory_strdup(peer);
}

void outbox_close(struct outbox *o)
{
    free(o->peer);
    o->peer = NULL;
    o->calls_count = o->size = 0;
}

bool outbox_is_open(const struct outbox *o)
{
    return o->peer != NULL;
}

Mezzo__AgentCall *outbox_call(Mezzo__AgentCall__Type type, struct step *step)
{
    Mezzo__AgentCall *call =
        message_new(step->fx->arena, &mezzo__agent_call__descriptor);

    call->type = type;
    if (step->identity->agent_id != NULL) {
        call->agent_id =
            message_new(step->fx->arena, &mesos__v1__agent_id__descriptor);
        call->agent_id->value =
            arena_strdup(step->fx->arena, step->identity->agent_id);
    }
    return call;
}

void outbox_put(struct outbox *o, Mezzo__AgentCall *call, struct step *step)
{
    size_t size = protobuf_c_message_get_packed_size(&call->base) + 8;

    assert(size <= OUTBOX_RECORD_MAX + 4096);
    if (o->peer == NULL)
        return;
    if (o->calls_count == FRAME_RECORDS_MAX ||
        o->size + size > FRAME_SIZE_MAX - 4096)
        outbox_flush(o, step);
    if (o->calls_count == 0)
        o->calls =
            arena_alloc(step->fx->arena, FRAME_RECORDS_MAX * sizeof *o->calls);
    o->calls[o->calls_count++] = call;
    o->size += size;
}

void outbox_flush(struct outbox *o, struct step *step)
{
    Mezzo__AgentCalls *body;

    if (o->calls_count == 0)
        return;
    body = message_new(step->fx->arena, &mezzo__agent_calls__descriptor);
    body->calls = o->calls;
    body->n_calls = o->calls_count;
    effects_send(step->fx, o->peer, &body->base);
    o->calls = NULL;
    o->calls_count = o->size = 0;
}
