/* takeover_test.c - of the processes of a framework one works, and what it has
 * kept the next finds. */

#include <errno.h>
#include <string.h>

#include "tests/test.h"
#include "tests/unit/scheduler_desk.h"

static char kept[8];

static const struct mezzo_scheduler_options several = {
    .name = "test",
    .store = "zk://127.0.0.1:2181/test",
    .stands_by = true,
    .state = kept,
    .state_size = sizeof kept,
};

static void tell(struct desk *d, enum core_election_kind kind, const char *text)
{
    const struct core_election election = {kind, text};

    desk_step(d, (struct input){.kind = INPUT_LOCAL, .local = &election});
}

/* One that works, in term 3. */
static void open_elected(struct desk *d)
{
    const struct store_entry term = {.key = "/term", .version = 2};
    const struct store_entry id = {.key = "/framework",
                                   .value = (const uint8_t *)"f9",
                                   .size = 2,
                                   .version = 1};
    const struct store_entry left = {.key = "/kept",
                                     .value = (const uint8_t *)"left",
                                     .size = 5,
                                     .version = 1};

    memset(kept, 0, sizeof kept);
    desk_open(d, &several);
    desk_step(d, (struct input){.kind = INPUT_STARTED});
    tell(d, CORE_ELECTED, "");
    CHECK(desk_did(d, "> load 1 /term\n"));
    desk_stored(d, 1, STORE_OK, &term, 1);
    CHECK(desk_did(d, "> store 2 /term \n"));
    desk_stored(d, 2, STORE_OK, NULL, 0);
    CHECK(desk_did(d, "> load 3 /kept\n> load 4 /framework\n"));
    desk_stored(d, 3, STORE_OK, &left, 1);
    CHECK(strcmp(kept, "left") == 0);
    desk_stored(d, 4, STORE_OK, &id, 1);
    CHECK(desk_did(d, "> connect tcp://127.0.0.1:5050\n> SUBSCRIBE f9\n"));
    desk_subscribed(d, "f9");
    CHECK(desk_did(d, "< subscribed f9 again new_process\n> RECONCILE\n"));
}

static void who_stands_by_does_nothing(void)
{
    uint64_t request;
    struct desk d;

    desk_open(&d, &several);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    CHECK(mezzo_scheduler_load(d.scheduler, "/", &request) == 0);
    tell(&d, CORE_STANDING_BY, "process 7 on h");
    desk_wait(&d, 3600 * 1000);
    CHECK(desk_did(&d, "< standing by; process 7 on h\n"));
    tell(&d, CORE_ELECTED, ""); /* only now, and behind the claim */
    CHECK(desk_did(&d, "> load 2 /term\n"));
    desk_stored(&d, 2, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "> store 3 /term \n"));
    desk_stored(&d, 3, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "> load 1 /own\n> load 4 /kept\n> load 5 /framework\n"));
    desk_close(&d);
}

static void who_stands_by_may_leave(void)
{
    struct desk d;

    desk_open(&d, &several);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    mezzo_scheduler_stop(d.scheduler);
    desk_settle(&d);
    CHECK(desk_did(&d, "> stop 0\n"));
    desk_close(&d);
}

static void what_is_kept_is_written_under_the_term(void)
{
    struct desk d;

    open_elected(&d);
    strcpy(kept, "one");
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, "> store 5 /term \n> store 5 /kept one\n"));
    strcpy(kept, "two"); /* while that is on its way, the last counts */
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    desk_settle(&d);
    strcpy(kept, "thr");
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    desk_settle(&d);
    CHECK(desk_did(&d, ""));
    desk_stored(&d, 5, STORE_OK, NULL, 0);
    CHECK(desk_did(&d, "> store 6 /term \n> store 6 /kept thr\n"));
    desk_close(&d);
}

static void what_is_not_yet_written_goes_with_the_end(void)
{
    struct desk d;

    open_elected(&d);
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    desk_settle(&d);
    desk_forget(&d);
    strcpy(kept, "end");
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    mezzo_scheduler_stop(d.scheduler);
    desk_settle(&d);
    CHECK(desk_did(&d, "> store 6 /term \n> store 6 /kept end\n> stop 0\n"));
    desk_close(&d);
}

static void who_was_overtaken_finds_out(void)
{
    const struct store_entry term = {.key = "/term", .version = 4};
    struct desk d;

    open_elected(&d);
    CHECK(mezzo_scheduler_save(d.scheduler) == 0);
    desk_settle(&d);
    desk_forget(&d);
    desk_stored(&d, 5, STORE_CONFLICT, NULL, 0);
    CHECK(desk_did(&d, "> load 6 /term\n"));
    desk_stored(&d, 6, STORE_OK, &term, 1);
    CHECK(desk_did(&d, "< error another process of the framework has taken "
                       "over\n> stop 1\n"));
    desk_close(&d);
}

static void a_conflict_of_ones_own_is_no_end(void)
{
    const struct mezzo_store_op op = {
        .kind = MEZZO_STORE_SET, .key = "/x", .version = MEZZO_STORE_ABSENT};
    const struct store_entry term = {.key = "/term", .version = 3};
    uint64_t request;
    struct desk d;

    open_elected(&d);
    CHECK(mezzo_scheduler_store(d.scheduler, &op, 1, &request) == 0);
    desk_settle(&d);
    desk_forget(&d);
    desk_stored(&d, 5, STORE_CONFLICT, NULL, 0);
    CHECK(desk_did(&d, "< stored 5 1\n> load 6 /term\n"));
    desk_stored(&d, 6, STORE_OK, &term, 1);
    CHECK(desk_did(&d, ""));
    desk_close(&d);
}

static void of_two_that_are_elected_one_works(void)
{
    struct desk d;

    desk_open(&d, &several);
    desk_step(&d, (struct input){.kind = INPUT_STARTED});
    tell(&d, CORE_ELECTED, "");
    desk_stored(&d, 1, STORE_OK, NULL, 0);
    desk_forget(&d);
    desk_stored(&d, 2, STORE_CONFLICT, NULL, 0);
    CHECK(desk_did(&d, "< error another process of the framework has taken "
                       "over\n> stop 1\n"));
    desk_close(&d);
}

static void who_is_deposed_ends(void)
{
    struct desk d;

    open_elected(&d);
    tell(&d, CORE_DEPOSED, "the session with ZooKeeper has expired");
    CHECK(desk_did(&d, "< error the session with ZooKeeper has expired\n"
                       "> stop 1\n"));
    desk_close(&d);
}

int main(void)
{
    who_stands_by_does_nothing();
    who_stands_by_may_leave();
    what_is_kept_is_written_under_the_term();
    what_is_not_yet_written_goes_with_the_end();
    who_was_overtaken_finds_out();
    a_conflict_of_ones_own_is_no_end();
    of_two_that_are_elected_one_works();
    who_is_deposed_ends();
    return test_done();
}
