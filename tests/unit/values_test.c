/* values_test.c - times, sizes, words and ports. */

#include "frameworks/container/values.h"

#include <string.h>

#include "tests/test.h"

static struct arena *arena;

static int64_t duration(const char *text)
{
    int64_t ms;

    return values_duration(text, &ms) ? ms : -1;
}

static int64_t size(const char *text)
{
    int64_t bytes;

    return values_size(text, &bytes) ? bytes : -1;
}

static int64_t milli(const char *text)
{
    int64_t value;

    return values_milli(text, &value) ? value : -1;
}

static void times_have_units(void)
{
    CHECK(duration("10s") == 10000);
    CHECK(duration("1m30s") == 90000);
    CHECK(duration("1.5s") == 1500);
    CHECK(duration("300ms") == 300);
    CHECK(duration("2h") == 7200000);
    CHECK(duration("5000us") == 5);
    CHECK(duration("1h0m0.25s") == 3600250);
    CHECK(duration("10") == -1);
    CHECK(duration("") == -1);
    CHECK(duration("-1s") == -1);
    CHECK(duration("9999999999h") == -1);
    CHECK(duration("1000h") == -1);
}

static void sizes_may_have_units(void)
{
    CHECK(size("1048576") == 1048576);
    CHECK(size("64m") == 64 << 20);
    CHECK(size("1.5G") == 1536LL << 20);
    CHECK(size("512 kb") == 512 << 10);
    CHECK(size("2MiB") == 2 << 20);
    CHECK(size("7b") == 7);
    CHECK(size("1x") == -1);
    CHECK(size("99999999999999999999") == -1);
    CHECK(size("2048t") == -1);
    CHECK(milli("0.5") == 500);
    CHECK(milli("2") == 2000);
    CHECK(milli("0.0005") == 0);
    CHECK(milli(".25") == 250);
    CHECK(milli("1.5x") == -1);
    CHECK(milli(".") == -1);
}

static void a_line_is_words(void)
{
    const char **words =
        values_words(arena, " a 'b c' \"d \\\"e\" f\\ g h''i ");

    CHECK(words != NULL);
    CHECK(strcmp(words[0], "a") == 0);
    CHECK(strcmp(words[1], "b c") == 0);
    CHECK(strcmp(words[2], "d \"e") == 0);
    CHECK(strcmp(words[3], "f g") == 0);
    CHECK(strcmp(words[4], "hi") == 0);
    CHECK(words[5] == NULL);
    CHECK(values_words(arena, "a 'b") == NULL);
    CHECK(values_words(arena, "")[0] == NULL);
    CHECK(strcmp(values_words(arena, "''")[0], "") == 0);
}

static void ports_have_two_sides(void)
{
    struct values_ports p;

    CHECK(values_port("80", &p) && p.container_first == 80 &&
          p.host_first == 0 && p.count == 1 && !p.is_udp);
    CHECK(values_port("2222:22", &p) && p.host_first == 2222 &&
          p.container_first == 22);
    CHECK(values_port("53:53/udp", &p) && p.is_udp);
    CHECK(values_port("3000-3002:80-82/tcp", &p) && p.count == 3 &&
          p.host_first == 3000);
    CHECK(values_port(":80", &p) && p.host_first == 0);
    CHECK(values_port("127.0.0.1:80:80", &p) && p.has_address);
    CHECK(!values_port("0:80", &p));
    CHECK(!values_port("80/sctp", &p));
    CHECK(!values_port("70000", &p));
    CHECK(!values_port("3000-3002:80", &p));
    CHECK(!values_port("90-80", &p));
    CHECK(!values_port("", &p));
    CHECK(!values_port("a:b", &p));
}

static void names_are_plain(void)
{
    CHECK(values_is_name("db-1.x_Y"));
    CHECK(!values_is_name(""));
    CHECK(!values_is_name("-a"));
    CHECK(!values_is_name("a/b"));
    CHECK(!values_is_name("a b"));
}

int main(void)
{
    arena = arena_new();
    times_have_units();
    sizes_may_have_units();
    a_line_is_words();
    ports_have_two_sides();
    names_are_plain();
    arena_free(arena);
    return test_done();
}
