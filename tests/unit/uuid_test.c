/* uuid_test.c - two numbers in sixteen bytes, and back. */

#include "base/uuid.h"

#include <string.h>

#include "tests/test.h"

static void the_bytes_are_little_endian(void)
{
    static const uint8_t expected[UUID_SIZE] = {8, 7, 6, 5, 4, 3, 2, 1,
                                                9, 0, 0, 0, 0, 0, 0, 0x80};
    uint8_t uuid[UUID_SIZE];

    uuid_make(0x0102030405060708, 0x8000000000000009, uuid);
    CHECK(memcmp(uuid, expected, sizeof uuid) == 0);
}

static void what_was_put_in_comes_out(void)
{
    static const uint64_t numbers[] = {0, 1, 255, 256, INT64_MAX, UINT64_MAX};

    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++) {
            uint8_t uuid[UUID_SIZE];
            uint64_t stream;
            uint64_t sequence;

            uuid_make(numbers[i], numbers[j], uuid);
            uuid_parse(uuid, &stream, &sequence);
            CHECK(stream == numbers[i] && sequence == numbers[j]);
        }
}

int main(void)
{
    the_bytes_are_little_endian();
    what_was_put_in_comes_out();
    return test_done();
}
