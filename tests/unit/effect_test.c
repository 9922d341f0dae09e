/* effect_test.c - effects come out in order, with texts that forge nothing. */

#include "base/effect.h"

#include <stdbool.h>
#include <string.h>

#include "proto/wire.pb-c.h"
#include "tests/test.h"

static struct arena *arena;

static void effects_stay_in_order(void)
{
    struct effects fx = {.arena = arena};
    Mezzo__Heartbeat message = MEZZO__HEARTBEAT__INIT;
    const struct store_op op = {.kind = STORE_CHECK, .key = "/a"};
    enum effect_kind expected = EFFECT_SEND;

    effects_send(&fx, "a", &message.base);
    effects_end_link(&fx, "a", "no %d", 1);
    effects_connect(&fx, "m", "tcp://h:1", NULL, 3);
    effects_listen(&fx, 4);
    effects_store(&fx, 5, &op, 1);
    effects_load(&fx, 6, "/b");
    effects_log(&fx, LOG_LEVEL_NOTICE, "said");
    effects_local(&fx, &op);
    effects_stop(&fx, 2, "over");
    CHECK(fx.count == 9);
    effects_foreach (e, &fx)
        CHECK(e->kind == expected++);
    CHECK(strcmp(fx.items[0].peer, "a") == 0);
    CHECK(fx.items[0].message == &message.base);
    CHECK(strcmp(fx.items[1].text, "no 1") == 0);
    CHECK(fx.items[2].connect.epoch_min == 3);
    CHECK(fx.items[2].connect.server_key == NULL);
    CHECK(fx.items[3].epoch == 4);
    CHECK(fx.items[4].store.request == 5 && fx.items[4].store.ops == &op);
    CHECK(fx.items[5].store.request == 6);
    CHECK(strcmp(fx.items[5].text, "/b") == 0);
    CHECK(fx.items[6].level == LOG_LEVEL_NOTICE);
    CHECK(fx.items[7].local == &op);
    CHECK(fx.items[8].status == 2);
}

static void many_effects_are_all_kept(void)
{
    struct effects fx = {.arena = arena};
    uint64_t expected = 0;
    bool is_same = true;

    for (uint64_t i = 0; i < 1000; i++)
        effects_listen(&fx, i);
    effects_foreach (e, &fx)
        is_same = is_same && e->epoch == expected++;
    CHECK(is_same && expected == 1000);
}

static void none_are_none(void)
{
    struct effects fx = {.arena = arena};
    int count = 0;

    effects_foreach (e, &fx)
        count += e != NULL;
    CHECK(count == 0);
}

static void names_are_copied(void)
{
    struct effects fx = {.arena = arena};
    char peer[] = "a";

    effects_end_link(&fx, peer, "x");
    peer[0] = 'b';
    CHECK(strcmp(fx.items[0].peer, "a") == 0);
}

static void a_text_cannot_forge_a_line(void)
{
    struct effects fx = {.arena = arena};
    char longest[2000];

    effects_log(&fx, LOG_LEVEL_ERROR, "%s", "a\nroot: \x1b[2J\xc3\xa4");
    CHECK(strcmp(fx.items[0].text, "a?root: ?[2J??") == 0);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    effects_log(&fx, LOG_LEVEL_ERROR, "%s", longest);
    CHECK(strlen(fx.items[1].text) == 511);
}

int main(void)
{
    arena = arena_new();
    effects_stay_in_order();
    many_effects_are_all_kept();
    none_are_none();
    names_are_copied();
    a_text_cannot_forge_a_line();
    arena_free(arena);
    return test_done();
}
