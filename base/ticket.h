/* ticket.h - the right to read a task's bytes from its agent, carried by who
 * has it: a mezzo.Ticket, packed, and behind it an authenticator made with
 * a key that master and agent share (libsodium's crypto_auth).  Pure. */

#ifndef BASE_TICKET_H
#define BASE_TICKET_H

#include "base/arena.h"
#include "base/clock.h"
#include "proto/wire.pb-c.h"

enum {
    TICKET_KEY_SIZE = 32,
    TICKET_SIZE_MAX = 4096,
};

/* The bytes, in `arena`. */
ProtobufCBinaryData ticket_make(const Mezzo__Ticket *ticket,
                                const uint8_t key[TICKET_KEY_SIZE],
                                struct arena *arena);

/* An agent's own key, out of the master's secret. */
void ticket_key_derive(const uint8_t secret[TICKET_KEY_SIZE],
                       const char *agent_id,
                       uint8_t key[TICKET_KEY_SIZE]);

/* NULL and `*ticket`, in `arena`; or why it is not accepted: forged,
 * malformed, expired at `wall`, or of another holder than `holder_key`. */
const char *ticket_check(ProtobufCBinaryData bytes,
                         const uint8_t key[TICKET_KEY_SIZE],
                         const char *holder_key,
                         msec_t wall,
                         struct arena *arena,
                         const Mezzo__Ticket **ticket);

#endif
