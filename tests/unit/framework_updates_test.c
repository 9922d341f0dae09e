/* framework_updates_test.c - which updates were handled, and with how few words
 * that is said; against a plain list of what was. */

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/uuid.h"
#include "libframework/updates.h"
#include "proto/wire.pb-c.h"
#include "tests/test.h"

enum {
    NUMBERS = 64
};

static void acknowledge(struct updates *u, uint64_t stream, uint64_t number)
{
    uint8_t uuid[UUID_SIZE];

    uuid_make(stream, number, uuid);
    updates_acknowledge(u, "a1", "t1", uuid);
}

static bool was_handled(const struct updates *u,
                        uint64_t stream,
                        uint64_t number)
{
    uint8_t uuid[UUID_SIZE];

    uuid_make(stream, number, uuid);
    return updates_was_handled(u, uuid);
}

/* What is said of one stream since the last time: each number, and whether "up
 * to" it. */
struct said {
    size_t count;
    uint64_t numbers[NUMBERS];
    bool up_to[NUMBERS];
};

static struct said flush(struct updates *u)
{
    struct outbox *o = outbox_new();
    struct arena *arena = arena_new();
    struct effects fx = {.arena = arena};
    struct said said = {0};

    updates_flush(u, o, "f1");
    outbox_send(o, "master", &fx);
    effects_foreach (e, &fx) {
        const Mezzo__SchedulerCalls *calls =
            (const Mezzo__SchedulerCalls *)e->message;

        for (size_t i = 0; i < calls->n_calls; i++) {
            const Mesos__V1__Scheduler__Call__Acknowledge *a =
                calls->calls[i]->acknowledge;
            uint64_t stream;

            said.up_to[said.count] = a->up_to;
            uuid_parse(a->uuid.data, &stream, &said.numbers[said.count++]);
        }
    }
    arena_free(arena);
    outbox_free(o);
    return said;
}

static void a_whole_stream_is_said_at_once(void)
{
    struct updates *u = updates_new();
    struct said said;

    for (uint64_t i = 1; i <= 50; i++)
        acknowledge(u, 7, i);
    said = flush(u);
    CHECK(said.count == 1 && said.numbers[0] == 50 && said.up_to[0]);
    CHECK(updates_is_empty(u));
    CHECK(flush(u).count == 0);
    updates_free(u);
}

static void streams_do_not_speak_for_each_other(void)
{
    struct updates *u = updates_new();
    struct said said;

    acknowledge(u, 1, 1);
    acknowledge(u, 2, 1);
    acknowledge(u, 1, 2);
    said = flush(u);
    CHECK(said.count == 2 && said.up_to[0] && said.up_to[1]);
    CHECK(said.numbers[0] == 1 && said.numbers[1] == 2);
    CHECK(!was_handled(u, 3, 1) && !was_handled(u, 2, 2));
    updates_free(u);
}

static void what_came_alone_is_said_alone(void)
{
    struct updates *u = updates_new();
    struct said said;

    acknowledge(u, 1, 5); /* is there a 4? */
    acknowledge(u, 1, 6);
    said = flush(u);
    CHECK(said.count == 2 && !said.up_to[0] && !said.up_to[1]);
    updates_free(u);
}

/* In any order, each number is handled from then on, none before; and "up to"
 * is never said of a number with one below that was not handled. */
static void no_order_loses_or_invents_any(uint64_t seed)
{
    struct random random = {seed};
    struct updates *u = updates_new();
    bool handled[NUMBERS + 1] = {false};
    bool is_right = true;

    for (int i = 0; i < 200; i++) {
        uint64_t number = 1 + random_below(&random, NUMBERS);
        struct said said;

        if (was_handled(u, 9, number) && !handled[number])
            is_right = false;
        acknowledge(u, 9, number);
        handled[number] = true;
        said = flush(u);
        is_right &= said.count == 1 && said.numbers[0] == number;
        for (uint64_t k = 1; k < number && said.up_to[0]; k++)
            is_right &= handled[k];
    }
    CHECK(is_right);
    updates_free(u);
}

/* Gaps are bounded: the lowest are forgotten, and may be shown again. */
static void many_gaps_forget_the_oldest_only(void)
{
    struct updates *u = updates_new();

    for (uint64_t i = 1; i <= 2 * UPDATES_RANGES_MAX; i++)
        acknowledge(u, 1, i * 10);
    CHECK(!was_handled(u, 1, 10));
    for (uint64_t i = UPDATES_RANGES_MAX + 1; i <= 2 * UPDATES_RANGES_MAX; i++)
        CHECK(was_handled(u, 1, i * 10) && !was_handled(u, 1, i * 10 + 1));
    updates_free(u);
}

static void a_link_that_ends_leaves_nothing_to_say(void)
{
    struct updates *u = updates_new();

    acknowledge(u, 1, 1);
    updates_clear(u);
    CHECK(updates_is_empty(u) && flush(u).count == 0);
    CHECK(was_handled(u, 1, 1));
    updates_free(u);
}

int main(void)
{
    a_whole_stream_is_said_at_once();
    streams_do_not_speak_for_each_other();
    what_came_alone_is_said_alone();
    for (uint64_t seed = 0; seed < 50; seed++)
        no_order_loses_or_invents_any(seed);
    many_gaps_forget_the_oldest_only();
    a_link_that_ends_leaves_nothing_to_say();
    return test_done();
}
