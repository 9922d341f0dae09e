/* journal_test.c - a journal cut and changed at every byte. */

#include "agent/journal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "tests/test.h"

enum {
    RECORDS = 3
};

static struct arena *arena;
static uint8_t *bytes; /* of RECORDS records */
static size_t ends[RECORDS];
static size_t size;

static void write_records(void)
{
    for (unsigned i = 0; i < RECORDS; i++) {
        Mezzo__Record__Journal record = MEZZO__RECORD__JOURNAL__INIT;
        Mezzo__Record__Journal__Stream stream =
            MEZZO__RECORD__JOURNAL__STREAM__INIT;
        size_t more;

        stream.framework_id = (char *)"framework";
        stream.stream = 1000 + i;
        record.stream = &stream;
        more = journal_size(&record);
        bytes = realloc(bytes, size + more);
        journal_write(&record, bytes + size);
        size += more;
        ends[i] = size;
    }
}

/* How many whole records `some` begin with, and how reading ends. */
static unsigned count_records(const uint8_t *some,
                              size_t some_size,
                              enum journal_outcome *outcome)
{
    struct journal_reader reader = {.bytes = some, .size = some_size};
    const Mezzo__Record__Journal *record;
    unsigned count = 0;

    while ((*outcome = journal_read(&reader, arena, &record)) == JOURNAL_RECORD)
        if (record->stream == NULL || record->stream->stream != 1000 + count++)
            return 99;
    arena_reset(arena);
    return count;
}

static void what_was_written_is_read_in_order(void)
{
    enum journal_outcome outcome;

    CHECK(count_records(bytes, size, &outcome) == RECORDS);
    CHECK(outcome == JOURNAL_END);
    CHECK(count_records(bytes, 0, &outcome) == 0);
    CHECK(outcome == JOURNAL_END);
}

static void a_journal_torn_at_any_byte_keeps_its_whole_records(void)
{
    bool is_right = true;

    for (size_t cut = 0; cut <= size; cut++) {
        /* Behind its end there is nothing: a sanitizer sees who reads on. */
        uint8_t *torn = malloc(cut > 0 ? cut : 1);
        enum journal_outcome outcome;
        unsigned whole = 0, count;
        bool is_between = cut == 0;

        memcpy(torn, bytes, cut);
        count = count_records(torn, cut, &outcome);
        for (unsigned i = 0; i < RECORDS; i++) {
            whole += ends[i] <= cut;
            is_between = is_between || ends[i] == cut;
        }
        is_right = is_right && count == whole &&
                   outcome == (is_between ? JOURNAL_END : JOURNAL_TORN);
        free(torn);
    }
    CHECK(is_right);
}

static void a_changed_bit_is_seen_wherever_it_is(void)
{
    bool is_right = true;

    for (size_t bit = 0; bit < size * 8; bit++) {
        enum journal_outcome outcome;
        unsigned before = 0, count;

        for (unsigned i = 0; i < RECORDS; i++)
            before += ends[i] <= bit / 8;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        count = count_records(bytes, size, &outcome);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        is_right = is_right && count == before &&
                   (outcome == JOURNAL_DAMAGED || outcome == JOURNAL_TORN);
    }
    CHECK(is_right);
}

static void damage_before_the_last_record_is_called_damage(void)
{
    enum journal_outcome outcome;

    bytes[ends[0] - 1] ^= 1;
    CHECK(count_records(bytes, size, &outcome) == 0);
    CHECK(outcome == JOURNAL_DAMAGED);
    bytes[ends[0] - 1] ^= 1;
}

static void room_that_was_never_written_is_a_torn_end(void)
{
    uint8_t *longer = calloc(1, size + 4096);
    enum journal_outcome outcome;

    memcpy(longer, bytes, size);
    CHECK(count_records(longer, size + 4096, &outcome) == RECORDS);
    CHECK(outcome == JOURNAL_TORN);
    free(longer);
}

int main(void)
{
    arena = arena_new();
    write_records();
    what_was_written_is_read_in_order();
    a_journal_torn_at_any_byte_keeps_its_whole_records();
    a_changed_bit_is_seen_wherever_it_is();
    damage_before_the_last_record_is_called_damage();
    room_that_was_never_written_is_a_torn_end();
    arena_free(arena);
    free(bytes);
    return test_done();
}
