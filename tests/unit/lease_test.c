/* lease_test.c - offers that nobody answers: agent "a" is offered to framework
 * "f", and what that costs it and others. */

#include <stdio.h>
#include <string.h>

#include "master/master.h"
#include "tests/test.h"
#include "tests/unit/master_calls.h"

#define EVENT(name) MESOS__V1__SCHEDULER__EVENT__TYPE__##name

enum {
    LEASE_MS = 30000,
    DECLINE_MS = 5000,
};

static struct desk *offered(struct store_tree *disk)
{
    struct desk *d = desk_new(disk, 1000);

    desk_store(d);
    desk_register(d, "a", NULL);
    desk_subscribe(d, "f", NULL);
    desk_store(d);
    desk_pass(d, 10);
    return d;
}

static bool is_offered(struct desk *d, const char *peer)
{
    return desk_take_event(d, peer, EVENT(OFFERS)) != NULL;
}

/* Taken, and not answered. */
static void let_lapse(struct desk *d)
{
    CHECK(is_offered(d, "f"));
    desk_pass(d, LEASE_MS);
    CHECK(desk_take_event(d, "f", EVENT(RESCIND)) != NULL);
    CHECK(!is_offered(d, "f"));
}

static void who_never_answers_is_asked_ever_more_rarely(void)
{
    struct store_tree *disk = store_tree_new();
    struct desk *d = offered(disk);

    let_lapse(d);
    desk_pass(d, DECLINE_MS + 10);
    let_lapse(d);
    desk_pass(d, 3 * DECLINE_MS);
    CHECK(!is_offered(d, "f"));
    desk_pass(d, DECLINE_MS + 10);
    let_lapse(d);
    desk_pass(d, 15 * DECLINE_MS);
    CHECK(!is_offered(d, "f"));
    desk_pass(d, DECLINE_MS + 10);
    CHECK(is_offered(d, "f"));
    desk_free(d);
    store_tree_free(disk);
}

/* Offered at several times, they lapse at as many; it is one silence. */
static void a_silence_counts_once(void)
{
    struct store_tree *disk = store_tree_new();
    struct desk *d = offered(disk);
    static const char *const more[] = {"b", "c", "e", "g", "h"};
    const Mesos__V1__Scheduler__Event *e;
    size_t lapsed_count = 0, offered_count = 0;

    CHECK(is_offered(d, "f"));
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        desk_register(d, more[i], NULL);
        desk_store(d);
        desk_pass(d, 20);
        CHECK(is_offered(d, "f"));
    }
    for (msec_t passed = 0; passed < LEASE_MS; passed += 10) {
        desk_pass(d, 10);
        lapsed_count += desk_take_event(d, "f", EVENT(RESCIND)) != NULL;
    }
    CHECK(lapsed_count == 1 + sizeof more / sizeof more[0]);
    for (msec_t passed = 0; passed < DECLINE_MS + 100; passed += 10) {
        desk_pass(d, 10);
        e = desk_take_event(d, "f", EVENT(OFFERS));
        offered_count += e != NULL ? e->offers->n_offers : 0;
    }
    CHECK(offered_count == lapsed_count); /* and none later than that */
    desk_free(d);
    store_tree_free(disk);
}

static void an_answer_makes_up_for_it(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct store_tree *disk = store_tree_new();
    struct desk *d = offered(disk);

    let_lapse(d);
    desk_pass(d, DECLINE_MS + 10);
    e = desk_take_event(d, "f", EVENT(OFFERS));
    CHECK(e != NULL);
    calls_decline(d, "f", e->offers->offers[0]->id->value, 0);
    desk_pass(d, 10);
    let_lapse(d);
    desk_pass(d, DECLINE_MS + 10);
    CHECK(is_offered(d, "f"));
    desk_free(d);
    store_tree_free(disk);
}

/* Declined as what shall be offered again at once, and wanted back. */
static void refuse(struct desk *d)
{
    const Mesos__V1__Scheduler__Event *e =
        desk_take_event(d, "f", EVENT(OFFERS));

    CHECK(e != NULL);
    if (e != NULL)
        calls_decline(d, "f", e->offers->offers[0]->id->value, 0);
    calls_plain(d, "f", MESOS__V1__SCHEDULER__CALL__TYPE__REVIVE);
    desk_store(d);
    desk_pass(d, 5);
}

/* Or a gang that needs all of the pool could never start beside it. */
static void who_refuses_what_it_asked_for_is_asked_ever_more_rarely(void)
{
    struct store_tree *disk = store_tree_new();
    struct desk *d = desk_new(disk, 1000);

    desk_store(d);
    desk_register(d, "a", NULL);
    desk_subscribe(d, "f", NULL);
    desk_store(d);
    calls_ask_gang(d, "f", "cpus:1;mem:64", 2);
    desk_store(d);
    desk_pass(d, 10);
    for (int i = 0; i < 9; i++)
        refuse(d);
    CHECK(!is_offered(d, "f"));
    desk_pass(d, 10);
    refuse(d);
    desk_pass(d, 10);
    CHECK(!is_offered(d, "f"));
    desk_pass(d, 10);
    CHECK(is_offered(d, "f"));
    desk_free(d);
    store_tree_free(disk);
}

/* So it has a place when the lease is over. */
static void a_gang_counts_on_what_others_only_hold(void)
{
    const Mesos__V1__Scheduler__Event *e;
    struct store_tree *disk = store_tree_new();
    struct desk *d = offered(disk);
    bool is_kept = false;

    desk_subscribe(d, "g", NULL);
    desk_store(d);
    calls_ask_gang(d, "g", "cpus:1;mem:64", 3);
    desk_store(d);
    desk_pass(d, 10000);
    while ((e = desk_take_event(d, "g", EVENT(ASK_UPDATED))) != NULL)
        is_kept |= strstr(e->ask_updated->explanation, "kept on 1") != NULL;
    CHECK(is_kept);
    desk_pass(d, LEASE_MS - 10000 + 10);
    e = desk_take_event(d, "g", EVENT(OFFERS));
    CHECK(e != NULL && e->offers->offers[0]->gang_id != NULL);
    desk_free(d);
    store_tree_free(disk);
}

int main(void)
{
    who_never_answers_is_asked_ever_more_rarely();
    a_silence_counts_once();
    an_answer_makes_up_for_it();
    who_refuses_what_it_asked_for_is_asked_ever_more_rarely();
    a_gang_counts_on_what_others_only_hold();
    return test_done();
}
