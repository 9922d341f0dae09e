/* ticket.c - the packed ticket, and its authenticator behind it. */

#include "base/ticket.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"

_Static_assert(TICKET_KEY_SIZE == crypto_auth_KEYBYTES, "a key of crypto_auth");

ProtobufCBinaryData ticket_make(const Mezzo__Ticket *ticket,
                                const uint8_t key[TICKET_KEY_SIZE],
                                struct arena *arena)
{
    size_t size = mezzo__ticket__get_packed_size(ticket);
    uint8_t *bytes = arena_alloc(arena, size + crypto_auth_BYTES);

    mezzo__ticket__pack(ticket, bytes);
    crypto_auth(bytes + size, bytes, size, key);
    return (ProtobufCBinaryData){size + crypto_auth_BYTES, bytes};
}

void ticket_key_derive(const uint8_t secret[TICKET_KEY_SIZE],
                       const char *agent_id,
                       uint8_t key[TICKET_KEY_SIZE])
{
    crypto_auth(key, (const unsigned char *)agent_id, strlen(agent_id), secret);
}

const char *ticket_check(ProtobufCBinaryData bytes,
                         const uint8_t key[TICKET_KEY_SIZE],
                         const char *holder_key,
                         msec_t wall,
                         struct arena *arena,
                         const Mezzo__Ticket **ticket)
{
    const Mezzo__Ticket *t;
    size_t size;

    if (bytes.len <= crypto_auth_BYTES || bytes.len > TICKET_SIZE_MAX)
        return "malformed ticket";
    size = bytes.len - crypto_auth_BYTES;
    if (crypto_auth_verify(bytes.data + size, bytes.data, size, key) != 0)
        return "forged ticket";
    t = message_unpack_in(arena, &mezzo__ticket__descriptor, bytes.data, size);
    if (t == NULL)
        return "malformed ticket";
    if (strcmp(t->holder_key, holder_key) != 0)
        return "ticket of another holder";
    if (wall >= t->expires_ms)
        return "expired ticket";
    *ticket = t;
    return NULL;
}
