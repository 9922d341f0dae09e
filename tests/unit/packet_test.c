/* packet_test.c - what goes into a packet comes out, and what was made up by
 * others is refused before it is read. */

#include "agent/launcher/packet.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/test.h"

static uint8_t bytes[PACKET_SIZE_MAX + 1];
static struct packet_writer w;
static struct packet_reader r;
static struct packet_item item;

static void fields_come_out_in_order(void)
{
    const uint64_t three[] = {1, UINT64_MAX, 3};
    uint64_t numbers[3] = {0};

    packet_begin(&w, bytes, sizeof bytes, PACKET_LAUNCH, UINT64_MAX - 1);
    packet_add_string(&w, FIELD_ARGUMENT, "");
    packet_add_string(&w, FIELD_ARGUMENT, "b");
    packet_add_number(&w, FIELD_USER, 1000);
    packet_add_numbers(&w, FIELD_LIMIT, three, 3);
    CHECK(!w.is_full);
    CHECK(packet_open(&r, bytes, w.size) == NULL);
    CHECK(r.kind == PACKET_LAUNCH && r.ticket == UINT64_MAX - 1);
    CHECK(packet_next(&r, &item) && item.tag == FIELD_ARGUMENT);
    CHECK(strcmp(packet_string(&item), "") == 0);
    CHECK(packet_next(&r, &item) && strcmp(packet_string(&item), "b") == 0);
    CHECK(packet_next(&r, &item) && item.tag == FIELD_USER);
    CHECK(packet_numbers(&item, numbers, 1) && numbers[0] == 1000);
    CHECK(!packet_numbers(&item, numbers, 2));
    CHECK(packet_next(&r, &item) && packet_numbers(&item, numbers, 3));
    CHECK(memcmp(numbers, three, sizeof three) == 0);
    CHECK(!packet_next(&r, &item));
}

static void a_string_ends_with_its_only_nul(void)
{
    const struct packet_item bad[] = {
        {.bytes = (const uint8_t *)"", .size = 0},
        {.bytes = (const uint8_t *)"ab", .size = 2},
        {.bytes = (const uint8_t *)"a\0b", .size = 4},
        {.bytes = (const uint8_t *)"a\0", .size = 3},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(packet_string(&bad[i]) == NULL);
}

static void what_does_not_fit_is_noticed_and_nothing_follows(void)
{
    char *text = malloc(PACKET_SIZE_MAX + 8);

    memset(text, 'x', PACKET_SIZE_MAX + 7);
    text[PACKET_SIZE_MAX + 7] = '\0';
    packet_begin(&w, bytes, 64, PACKET_LAUNCH, 1);
    packet_add_string(&w, FIELD_ARGUMENT, "0123456789012345678901234567890");
    CHECK(!w.is_full && w.size == 16 + 8 + 32);
    packet_add_number(&w, FIELD_USER, 1);
    CHECK(w.is_full && w.size <= 64);
    packet_add_string(&w, FIELD_ARGUMENT, "");
    CHECK(w.is_full && w.size <= 64);
    packet_begin(&w, bytes, sizeof bytes, PACKET_LAUNCH, 1);
    packet_add_string(&w, FIELD_ARGUMENT, text);
    CHECK(w.is_full);
    packet_begin(&w, bytes, 8, PACKET_LAUNCH, 1); /* no room for a header */
    CHECK(w.is_full);
    free(text);
}

/* The same bytes, `at` changed to `value`. */
static const char *open_with(size_t at, uint8_t value)
{
    uint8_t old = bytes[at];
    const char *fault;

    bytes[at] = value;
    fault = packet_open(&r, bytes, w.size);
    bytes[at] = old;
    return fault;
}

static void others_packets_are_refused(void)
{
    packet_begin(&w, bytes, sizeof bytes, PACKET_LIST, 7);
    packet_add_number(&w, FIELD_PID, 9);
    CHECK(packet_open(&r, bytes, w.size) == NULL);
    CHECK(packet_open(&r, bytes, PACKET_SIZE_MAX + 1) != NULL);
    CHECK(strcmp(open_with(0, 'x'), "not a packet") == 0);
    CHECK(strcmp(open_with(4, 2), "of another version") == 0);
    CHECK(open_with(20, 7) != NULL);    /* its size: a byte is left */
    CHECK(open_with(20, 9) != NULL);    /* a byte is missing */
    CHECK(open_with(23, 0xff) != NULL); /* 4 GiB */
    CHECK(open_with(16, 0xee) == NULL); /* a tag of a later version */
    CHECK(open_with(6, 0xee) == NULL && r.kind == 0xee);
}

static void no_beginning_of_a_packet_is_one(void)
{
    packet_begin(&w, bytes, sizeof bytes, PACKET_LIST, 7);
    packet_add_string(&w, FIELD_PROGRAM, "/x");
    for (size_t size = 0; size < w.size; size++)
        CHECK((packet_open(&r, bytes, size) == NULL) == (size == 16));
}

static void whatever_is_accepted_can_be_read(void)
{
    struct random random = {7};
    bool is_within = true;
    uint64_t number;

    packet_begin(&w, bytes, sizeof bytes, PACKET_LIST, 7);
    for (int i = 0; i < 4; i++)
        packet_add_string(&w, FIELD_ARGUMENT, "abc");
    for (int i = 0; i < 20000; i++) {
        uint8_t copy[96];

        memcpy(copy, bytes, w.size);
        for (int n = 0; n < 3; n++)
            copy[random_below(&random, w.size)] = (uint8_t)random_next(&random);
        if (packet_open(&r, copy, w.size) != NULL)
            continue;
        while (packet_next(&r, &item)) {
            is_within = is_within && item.bytes >= copy &&
                        item.bytes + item.size <= copy + w.size;
            packet_string(&item);
            packet_numbers(&item, &number, 1);
        }
        is_within = is_within && r.next == r.end;
    }
    CHECK(is_within);
}

int main(void)
{
    fields_come_out_in_order();
    a_string_ends_with_its_only_nul();
    what_does_not_fit_is_noticed_and_nothing_follows();
    others_packets_are_refused();
    no_beginning_of_a_packet_is_one();
    whatever_is_accepted_can_be_read();
    return test_done();
}
