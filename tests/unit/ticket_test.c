/* ticket_test.c - a ticket, and every way in which it is none. */

#include "base/ticket.h"

#include <stdbool.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;
static uint8_t key[TICKET_KEY_SIZE] = {1, 2, 3};

static ProtobufCBinaryData make(void)
{
    Mezzo__Ticket ticket = MEZZO__TICKET__INIT;

    ticket.holder_key = (char *)"holder";
    ticket.framework_id = (char *)"f";
    ticket.task_id = (char *)"t";
    ticket.verb = MESOS__V1__TICKET_VERB__READ_FILES;
    ticket.expires_ms = 1000;
    return ticket_make(&ticket, key, arena);
}

static bool is_refused(ProtobufCBinaryData bytes,
                       const uint8_t *with_key,
                       const char *holder,
                       msec_t wall,
                       const char *why)
{
    const Mezzo__Ticket *ticket = NULL;
    const char *said =
        ticket_check(bytes, with_key, holder, wall, arena, &ticket);

    return said != NULL && strcmp(said, why) == 0 && ticket == NULL;
}

static void a_ticket_says_what_it_is_for(void)
{
    const Mezzo__Ticket *ticket;

    CHECK(ticket_check(make(), key, "holder", 999, arena, &ticket) == NULL);
    CHECK(strcmp(ticket->framework_id, "f") == 0);
    CHECK(strcmp(ticket->task_id, "t") == 0);
    CHECK(ticket->verb == MESOS__V1__TICKET_VERB__READ_FILES);
    CHECK(ticket->expires_ms == 1000);
}

static void it_ends_and_is_nobody_elses(void)
{
    CHECK(is_refused(make(), key, "holder", 1000, "expired ticket"));
    CHECK(is_refused(make(), key, "thief", 999, "ticket of another holder"));
    CHECK(is_refused(make(), key, "", 999, "ticket of another holder"));
}

static void another_key_did_not_make_it(void)
{
    uint8_t other[TICKET_KEY_SIZE];

    ticket_key_derive(key, "agent-1", other);
    CHECK(is_refused(make(), other, "holder", 999, "forged ticket"));
}

static void no_byte_of_it_can_be_changed(void)
{
    ProtobufCBinaryData bytes = make();
    bool is_always_refused = true;

    for (size_t i = 0; i < 8 * bytes.len; i++) {
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
        is_always_refused =
            is_always_refused &&
            is_refused(bytes, key, "holder", 999, "forged ticket");
        bytes.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    CHECK(is_always_refused);
}

static void what_has_another_size_is_none(void)
{
    static uint8_t zeros[TICKET_SIZE_MAX + 1];
    ProtobufCBinaryData bytes = make();

    CHECK(is_refused((ProtobufCBinaryData){0, NULL}, key, "holder", 999,
                     "malformed ticket"));
    CHECK(is_refused((ProtobufCBinaryData){32, zeros}, key, "holder", 999,
                     "malformed ticket"));
    CHECK(is_refused((ProtobufCBinaryData){sizeof zeros, zeros}, key, "holder",
                     999, "malformed ticket"));
    bytes.len--;
    CHECK(is_refused(bytes, key, "holder", 999, "forged ticket"));
}

static void each_agent_has_a_key_of_its_own(void)
{
    uint8_t keys[3][TICKET_KEY_SIZE];

    ticket_key_derive(key, "agent-1", keys[0]);
    ticket_key_derive(key, "agent-2", keys[1]);
    ticket_key_derive(key, "agent-1", keys[2]);
    CHECK(memcmp(keys[0], keys[1], TICKET_KEY_SIZE) != 0);
    CHECK(memcmp(keys[0], keys[2], TICKET_KEY_SIZE) == 0);
}

int main(void)
{
    arena = arena_new();
    a_ticket_says_what_it_is_for();
    it_ends_and_is_nobody_elses();
    another_key_did_not_make_it();
    no_byte_of_it_can_be_changed();
    what_has_another_size_is_none();
    each_agent_has_a_key_of_its_own();
    arena_free(arena);
    return test_done();
}
