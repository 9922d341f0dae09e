/* masters_test.c - who is tried next and when, and whom nobody listens to. */

#include "libframework/masters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libframework/backoff.h"
#include "tests/test.h"

#define KEY "0123456789012345678901234567890123456789"

static struct arena *arena;
static struct masters *m;
static struct random seed = {1};
static struct error err;

static int set(const char *list, const char *key)
{
    err.text[0] = '\0';
    return masters_set(m, list, key, &err);
}

static void begin(const char *list, const char *key)
{
    m = masters_new(MASTERS_WAIT_MAX_MS);
    CHECK(set(list, key) == 0);
}

/* Connect; the effect, or NULL. */
static const struct effect *connected(msec_t now)
{
    static struct effects fx;

    fx = (struct effects){.arena = arena};
    if (!masters_connect(m, now, &fx))
        return NULL;
    return fx.count == 1 && fx.items[0].kind == EFFECT_CONNECT ? fx.items
                                                               : NULL;
}

static void they_are_named_in_several_ways(void)
{
    const struct effect *e;

    begin("a:1,ipc:///run/m", KEY);
    CHECK(masters_count(m) == 2 && !masters_are_detected(m));
    CHECK(strcmp(masters_endpoint(m), "tcp://a:1") == 0);
    e = connected(0);
    CHECK(e != NULL && strcmp(e->connect.endpoint, "tcp://a:1") == 0);
    CHECK(strcmp(e->connect.server_key, KEY) == 0);
    CHECK(strcmp(e->peer, masters_peer(m)) == 0);
    masters_lost(m, 0, &seed);
    CHECK(masters_peer(m) == NULL);
    CHECK(strcmp(masters_endpoint(m), "ipc:///run/m") == 0);
    CHECK(set("zk://h1:1,h2:1/mezzo", "") == 0);
    CHECK(masters_count(m) == 1 && masters_are_detected(m));
    masters_free(m);
}

static void what_cannot_be_is_refused(void)
{
    char many[(MASTERS_MAX + 1) * 4 + 1] = "";

    m = masters_new(MASTERS_WAIT_MAX_MS);
    CHECK(set("", NULL) == -EINVAL && err.text[0] != '\0');
    CHECK(set("a", NULL) == -EINVAL && strstr(err.text, "'a'") != NULL);
    CHECK(set("a:1,", NULL) == -EINVAL);
    CHECK(set("a:1,,b:1", NULL) == -EINVAL);
    CHECK(set("a:1", "short") == -EINVAL && strstr(err.text, "key") != NULL);
    CHECK(set("a:1", KEY "1") == -EINVAL);
    for (int i = 0; i < MASTERS_MAX; i++)
        strcat(many, "a:1,");
    many[strlen(many) - 1] = '\0';
    CHECK(set(many, NULL) == 0 && masters_count(m) == MASTERS_MAX);
    strcat(many, ",b:1");
    CHECK(set(many, NULL) == -EINVAL && strstr(err.text, "16") != NULL);
    masters_free(m);
}

static void each_is_tried_in_turn_and_then_after_a_while(void)
{
    msec_t now = 0, longest = 0;
    bool is_in_time = true;

    begin("a:1,b:1", NULL);
    CHECK(connected(0) != NULL && connected(0) == NULL);
    CHECK(masters_deadline(m) == MASTERS_ANSWER_MS);
    for (int round = 0; round < 20; round++) {
        msec_t due;

        masters_lost(m, now, &seed);
        due = masters_deadline(m);
        is_in_time = is_in_time && due == now + MASTERS_WAIT_MIN_MS &&
                     connected(due - 1) == NULL && connected(due) != NULL;
        now = due;
        masters_lost(m, now, &seed);
        due = masters_deadline(m);
        is_in_time = is_in_time && due >= now + MASTERS_WAIT_MIN_MS &&
                     due - now <= MASTERS_WAIT_MAX_MS && connected(due) != NULL;
        if (round == 0)
            CHECK(due - now < MASTERS_WAIT_MS);
        longest = due - now > longest ? due - now : longest;
        now = due;
    }
    CHECK(is_in_time && longest > MASTERS_WAIT_MAX_MS / 2);
    masters_settled(m); /* begin with short whiles again */
    CHECK(masters_deadline(m) == MSEC_NEVER && masters_peer(m) != NULL);
    masters_lost(m, now, &seed);
    now = masters_deadline(m);
    CHECK(connected(now) != NULL);
    masters_lost(m, now, &seed);
    CHECK(masters_deadline(m) - now < MASTERS_WAIT_MS);
    masters_forgive(m);
    CHECK(connected(0) != NULL);
    masters_free(m);
}

static void a_link_has_a_name_of_its_own(void)
{
    char first[64];

    begin("a:1", NULL);
    CHECK(connected(0) != NULL);
    snprintf(first, sizeof first, "%s", masters_peer(m));
    masters_lost(m, 0, &seed);
    CHECK(connected(MASTERS_WAIT_MAX_MS) != NULL);
    CHECK(strcmp(masters_peer(m), first) != 0);
    masters_free(m);
}

static void an_older_leader_is_not_listened_to(void)
{
    const struct effect *e;

    begin("a:1", NULL);
    e = connected(0);
    CHECK(e->connect.epoch_min == 0 && e->connect.server_key == NULL);
    masters_heard(m, 7);
    masters_heard(m, 5);
    masters_lost(m, 0, &seed);
    CHECK(connected(MASTERS_WAIT_MAX_MS)->connect.epoch_min == 7);
    masters_free(m);
}

static void a_silent_one_is_given_up_once(void)
{
    begin("a:1", NULL);
    CHECK(!masters_give_up(m, MASTERS_ANSWER_MS)); /* there is no link */
    CHECK(connected(0) != NULL);
    CHECK(!masters_give_up(m, MASTERS_ANSWER_MS - 1));
    CHECK(masters_give_up(m, MASTERS_ANSWER_MS));
    CHECK(!masters_give_up(m, MASTERS_ANSWER_MS + 1));
    CHECK(masters_deadline(m) == MSEC_NEVER);
    masters_lost(m, MASTERS_ANSWER_MS, &seed);
    CHECK(connected(MASTERS_ANSWER_MS + MASTERS_WAIT_MS) != NULL);
    masters_settled(m);
    CHECK(!masters_give_up(m, MSEC_NEVER));
    masters_free(m);
}

static void whiles_grow_to_their_most(void)
{
    struct backoff b = {.min_ms = 10, .bound_ms = 100, .max_ms = 1000};
    bool is_within = true;
    msec_t bound = 100;

    for (int i = 0; i < 100; i++) {
        msec_t wait = backoff_next(&b, &seed);

        is_within = is_within && wait >= 0 && wait < bound;
        is_within = is_within && b.min_ms < b.bound_ms;
        bound = bound * 2 < 1000 ? bound * 2 : 1000;
        if (i == 0)
            CHECK(wait >= 10);
        if (i > 10)
            is_within = is_within && wait >= 500;
    }
    CHECK(is_within);
}

int main(void)
{
    arena = arena_new();
    they_are_named_in_several_ways();
    what_cannot_be_is_refused();
    each_is_tried_in_turn_and_then_after_a_while();
    a_link_has_a_name_of_its_own();
    an_older_leader_is_not_listened_to();
    a_silent_one_is_given_up_once();
    whiles_grow_to_their_most();
    arena_free(arena);
    return test_done();
}
