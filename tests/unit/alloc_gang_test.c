/* alloc_gang_test.c - all at once or nothing, and what happens meanwhile. */

#include "tests/unit/alloc_asking.h"

/* So many agents of `total`, two in a rack, and frameworks that offers without
 * an ask are not for. */
static struct alloc *cluster(int agents, const char *total)
{
    static const char *const frameworks[] = {"f1", "f2", "f3"};
    struct alloc *a = alloc_new();
    char id[24], rack[24];

    for (int i = 0; i < agents; i++) {
        snprintf(id, sizeof id, "a%02d", i);
        snprintf(rack, sizeof rack, "rack=r%d", i / 2);
        add_agent(a, id, total, rack);
    }
    for (int i = 0; i < 3; i++) {
        add_framework(a, frameworks[i], "r");
        alloc_suppress(a, frameworks[i], NULL);
    }
    return a;
}

/* So many slots of an ask in the last run's grants; with which gang id? */
static uint32_t slots_of(size_t count, const char *ask, const char **gang)
{
    uint32_t slots = 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(grants[i].ask_id, ask) != 0)
            continue;
        for (size_t n = 0; n < grants[i].counts_count; n++)
            slots += grants[i].counts[n];
        if (gang != NULL)
            *gang = grants[i].gang_id;
    }
    return slots;
}

/* Whatever was granted runs for so long, as far as is known. */
static void launch(struct alloc *a, size_t count, msec_t ends)
{
    for (size_t i = 0; i < count; i++) {
        const struct alloc_grant *g = &grants[i];

        for (size_t n = 0; n < g->counts_count; n++)
            alloc_ask_note_placed(a, g->framework_id, g->ask_id, n, g->agent_id,
                                  g->counts[n], g->counts[n]);
        alloc_note_end(a, g->framework_id, g->role, g->agent_id, g->resources,
                       ends);
    }
}

static void a_gang_is_given_at_once_or_not_at_all(void)
{
    struct alloc *a = cluster(2, "cpus:4");
    const char *gang = NULL;
    size_t count;

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:2", .count = 5, .min = 5) == 0);
    CHECK(run(a, 0) == 0 && alloc_deadline(a) == MSEC_NEVER);
    add_agent(a, "a99", "cpus:2", "");
    count = run(a, 2);
    CHECK(count == 3 && slots_of(count, "g", &gang) == 5 && gang != NULL);
    for (size_t i = 0; i < count; i++)
        CHECK(grants[i].gang_id != NULL &&
              strcmp(grants[i].gang_id, gang) == 0);
    CHECK(granted(0, "a00", 2, "cpus:4") && granted(1, "a01", 2, "cpus:4"));
    CHECK(run(a, 4) == 0);
    alloc_free(a);
}

static void each_gang_has_an_id_of_its_own(void)
{
    struct alloc *a = cluster(4, "cpus:4");
    const char *one = NULL, *other = NULL;
    size_t count;

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:4", .count = 2, .min = 2) == 0);
    CHECK(PUT(a, .ask.id = "h", .each = "cpus:4", .count = 2, .min = 2) == 0);
    count = run(a, 0);
    CHECK(slots_of(count, "g", &one) == 2 && slots_of(count, "h", &other) == 2);
    CHECK(one != NULL && other != NULL && strcmp(one, other) != 0);
    alloc_free(a);
}

static void a_gang_may_mix_shapes(void)
{
    struct alloc *a = cluster(3, "cpus:4;mem:4000");
    struct resources *launcher = parsed("cpus:1;mem:3500");
    struct resources *worker = parsed("cpus:3;mem:100");
    struct alloc_slot slots[] = {{.each = worker, .count = 3, .min = 3},
                                 {.each = launcher, .count = 1, .min = 1}};
    size_t count;

    CHECK(alloc_ask_put(
              a, "f1",
              &(struct alloc_ask){
                  .id = "g", .role = "r", .slots = slots, .slots_count = 2},
              &error) == 0);
    count = run(a, 0);
    CHECK(count == 3 && slots_of(count, "g", NULL) == 4);
    CHECK(grants[0].counts[0] == 1 && grants[0].counts[1] == 1);
    CHECK(grants[2].counts[0] == 1 && grants[2].counts[1] == 0);
    drop(launcher);
    drop(worker);
    alloc_free(a);
}

static void what_it_wants_beyond_its_min_comes_along_or_later(void)
{
    struct alloc *a = cluster(3, "cpus:2");
    const char *gang = NULL;
    size_t count;

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 8, .min = 4) == 0);
    count = run(a, 0);
    CHECK(slots_of(count, "g", &gang) == 6 && gang != NULL);
    for (size_t i = 0; i < count; i++)
        CHECK(grants[i].gang_id != NULL);
    launch(a, count, MSEC_NEVER);
    add_agent(a, "a99", "cpus:1", "");
    count = run(a, 2); /* it grows */
    CHECK(count == 1 && grants[0].gang_id == NULL && grants[0].counts[0] == 1);
    alloc_free(a);
}

static void what_comes_back_whole_is_wanted_as_a_whole(void)
{
    struct alloc *a = cluster(2, "cpus:2");
    size_t count;

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 4, .min = 4) == 0);
    CHECK(run(a, 0) == 2);
    alloc_ask_note_placed(a, "f1", "g", 0, "a00", 2, 0);
    give_back(a, "f1", "a00", "cpus:2");
    CHECK(run(a, 2) == 0); /* the other half has not been answered */
    alloc_ask_note_placed(a, "f1", "g", 0, "a01", 2, 0);
    give_back(a, "f1", "a01", "cpus:2");
    count = run(a, 4);
    CHECK(slots_of(count, "g", NULL) == 4);
    alloc_free(a);
}

static void half_a_gang_lost_is_not_replaced_by_itself(void)
{
    struct alloc *a = cluster(2, "cpus:2");

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 4, .min = 4) == 0);
    CHECK(run(a, 0) == 2);
    alloc_ask_note_placed(a, "f1", "g", 0, "a00", 2, 2);
    alloc_ask_note_placed(a, "f1", "g", 0, "a01", 2, 0);
    alloc_agent_remove(a, "a01");
    add_agent(a, "a02", "cpus:4", "");
    CHECK(run(a, 2) == 0);
    /* Its framework judges: it asks for two more beside those that run. */
    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 2, .min = 2) == 0);
    CHECK(run(a, 4) == 1 && granted(0, "a02", 2, "cpus:2"));
    alloc_free(a);
}

static void constraints_hold_within_a_gang(void)
{
    struct alloc *a = cluster(4, "cpus:4");
    size_t count;

    CHECK(PUT(a, .ask.id = "u", .each = "cpus:1", .count = 5, .min = 5,
              .constraints = {{"hostname", ALLOC_UNIQUE, NULL}}) == 0);
    CHECK(run(a, 0) == 0);
    CHECK(PUT(a, .ask.id = "u", .each = "cpus:1", .count = 4, .min = 4,
              .constraints = {{"hostname", ALLOC_UNIQUE, NULL}}) == 0);
    CHECK(run(a, 2) == 4);
    CHECK(PUT(a, .ask.id = "m", .each = "cpus:1", .count = 4, .min = 4,
              .constraints = {{"rack", ALLOC_MAX_PER, "2"}}) == 0);
    count = run(a, 4);
    CHECK(count == 2 && granted(0, "a00", 2, "cpus:2") &&
          granted(1, "a02", 2, "cpus:2"));
    CHECK(PUT(a, .ask.id = "e", .each = "cpus:1", .count = 3, .min = 3,
              .constraints = {{"rack", ALLOC_EQUALS, "r1"}}) == 0);
    count = run(a, 6);
    CHECK(count == 2 && granted(0, "a02", 1, "cpus:1") &&
          granted(1, "a03", 2, "cpus:2"));
    alloc_free(a);
}

static void a_gang_evenly_spread_is_so_when_it_starts(void)
{
    struct alloc *a = cluster(4, "cpus:4");
    uint32_t in_r0 = 0;
    size_t count;

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 6, .min = 6,
              .constraints = {{"rack", ALLOC_GROUP_BY, NULL}}) == 0);
    count = run(a, 0);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(grants[i].agent_id, "a02") < 0)
            in_r0 += grants[i].counts[0];
    }
    CHECK(slots_of(count, "g", NULL) == 6 && in_r0 == 3);
    alloc_free(a);
}

static void an_exclusive_gang_takes_agents_that_are_idle(void)
{
    struct alloc *a = cluster(3, "cpus:4");

    CHECK(PUT(a, .framework = "f2", .ask.id = "s", .each = "cpus:1",
              .count = 1) == 0);
    CHECK(run(a, 0) == 1 && granted(0, "a00", 1, "cpus:1"));
    CHECK(PUT(a, .ask = {.id = "x", .is_exclusive = true}, .each = "cpus:3",
              .count = 2, .min = 2) == 0);
    CHECK(run(a, 2) == 2);
    CHECK(granted(0, "a01", 1, "cpus:3") && granted(1, "a02", 1, "cpus:3"));
    CHECK(PUT(a, .framework = "f2", .ask.id = "t", .each = "cpus:1",
              .count = 9) == 0);
    CHECK(run(a, 4) == 1 && granted(0, "a00", 3, "cpus:3"));
    alloc_free(a);
}

static void a_gang_is_packed_under_the_tightest_rack_that_holds_it(void)
{
    struct alloc *a = cluster(6, "cpus:4");
    size_t count;

    CHECK(PUT(a, .framework = "f2", .ask.id = "s", .each = "cpus:2", .count = 1,
              .constraints = {{"hostname", ALLOC_EQUALS, "a02"}}) == 0);
    CHECK(run(a, 0) == 1);
    CHECK(PUT(a, .ask = {.id = "g", .pack_under = "rack"}, .each = "cpus:1",
              .count = 6, .min = 6) == 0);
    count = run(a, 2);
    CHECK(count == 2 && granted(0, "a02", 2, "cpus:2") &&
          granted(1, "a03", 4, "cpus:4"));
    CHECK(PUT(a, .ask = {.id = "h", .pack_under = "rack"}, .each = "cpus:1",
              .count = 12, .min = 12) == 0);
    count = run(a, 4); /* no rack holds it: two do */
    CHECK(count == 3 && slots_of(count, "h", NULL) == 12);
    alloc_free(a);
}

static void certain_ports_are_all_there_or_nothing_is_taken(void)
{
    struct alloc *a = cluster(2, "cpus:4;ports:[1-4]");

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1;ports:[2-2]", .count = 3,
              .min = 3) == 0);
    CHECK(run(a, 0) == 0); /* one on each agent at most */
    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1;ports:[2-2]", .count = 2,
              .min = 2) == 0);
    CHECK(run(a, 2) == 2 && granted(0, "a00", 1, "cpus:1;ports:[2-2]"));
    alloc_free(a);
}

static void a_gang_is_never_split_over_runs(void)
{
    struct alloc *a = cluster(4, "cpus:1");

    CHECK(PUT(a, .ask = {.id = "s", .priority = 1}, .each = "cpus:1",
              .count = 1) == 0);
    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 3, .min = 3) == 0);
    CHECK(alloc_run(a, 0, 2, arena, &grants) == 1);
    CHECK(alloc_deadline(a) <= 0);
    CHECK(alloc_run(a, 0, 2, arena, &grants) == 3);
    CHECK(alloc_deadline(a) == MSEC_NEVER);
    alloc_free(a);
}

/* Two of four agents run until 1000; a gang of four waits for them. */
static struct alloc *waiting(void)
{
    struct alloc *a = cluster(4, "cpus:1");

    PUT(a, .framework = "f2", .ask = {.id = "s", .max_ms = 1000},
        .each = "cpus:1", .count = 2);
    CHECK(run(a, 0) == 2);
    launch(a, 2, 1000);
    PUT(a, .ask = {.id = "g", .max_ms = 500}, .each = "cpus:1", .count = 4,
        .min = 4);
    CHECK(run(a, 2) == 0);
    return a;
}

static void the_first_gang_that_does_not_fit_has_a_time(void)
{
    struct alloc *a = waiting();
    struct alloc_reservation r;

    CHECK(alloc_get_reservation(a, &r));
    CHECK(strcmp(r.ask_id, "g") == 0 && strcmp(r.framework_id, "f1") == 0);
    CHECK(r.starts_by == 1000 && r.agents_count == 4);
    CHECK(alloc_ask_withdraw(a, "f1", "g"));
    CHECK(!alloc_get_reservation(a, &r));
    alloc_free(a);
}

static void its_place_is_lent_to_who_is_done_in_time(void)
{
    struct alloc *a = waiting();

    CHECK(PUT(a, .framework = "f3", .ask = {.id = "long", .max_ms = 1001},
              .each = "cpus:1", .count = 1) == 0);
    CHECK(PUT(a, .framework = "f3", .ask.id = "endless", .each = "cpus:1",
              .count = 1) == 0);
    CHECK(run(a, 4) == 0);
    CHECK(PUT(a, .framework = "f3", .ask = {.id = "short", .max_ms = 990},
              .each = "cpus:1", .count = 2, .min = 2) == 0);
    CHECK(run(a, 6) == 2 && slots_of(2, "short", NULL) == 2);
    launch(a, 2, 996);
    give_back(a, "f2", "a00", "cpus:1");
    give_back(a, "f2", "a01", "cpus:1");
    CHECK(run(a, 500) == 0);
    give_back(a, "f3", "a02", "cpus:1");
    give_back(a, "f3", "a03", "cpus:1");
    CHECK(run(a, 990) == 4 && slots_of(4, "g", NULL) == 4);
    launch(a, 4, 1490);
    for (char id[] = "a00"; id[2] <= '3'; id[2]++)
        give_back(a, "f1", id, "cpus:1");
    CHECK(run(a, 1400) == 2); /* those who had to wait */
    alloc_free(a);
}

static void what_it_will_not_need_is_for_anybody(void)
{
    struct alloc *a = cluster(4, "cpus:2");
    struct alloc_reservation r;

    PUT(a, .framework = "f2", .ask = {.id = "s", .max_ms = 1000},
        .each = "cpus:2", .count = 3);
    CHECK(run(a, 0) == 3);
    launch(a, 3, 1000);
    PUT(a, .ask = {.id = "g", .max_ms = 500}, .each = "cpus:2", .count = 3,
        .min = 3);
    CHECK(run(a, 2) == 0);
    CHECK(alloc_get_reservation(a, &r) && r.agents_count == 3);
    CHECK(PUT(a, .framework = "f3", .ask.id = "endless", .each = "cpus:1",
              .count = 9) == 0);
    CHECK(run(a, 4) == 1 && granted(0, "a03", 2, "cpus:2"));
    alloc_free(a);
}

static void an_early_end_brings_it_forward(void)
{
    struct alloc *a = waiting();
    struct alloc_reservation r;
    struct resources *one = parsed("cpus:1");

    alloc_forget_end(a, "f2", "r", "a00", one, 1000);
    alloc_note_end(a, "f2", "r", "a00", one, 700);
    alloc_forget_end(a, "f2", "r", "a01", one, 1000);
    alloc_note_end(a, "f2", "r", "a01", one, 600);
    CHECK(run(a, 4) == 0);
    CHECK(alloc_get_reservation(a, &r) && r.starts_by == 700);
    give_back(a, "f2", "a00", "cpus:1");
    CHECK(run(a, 6) == 0);
    CHECK(alloc_get_reservation(a, &r) && r.starts_by == 600);
    drop(one);
    alloc_free(a);
}

static void nothing_is_kept_for_what_no_end_makes_room_for(void)
{
    struct alloc *a = cluster(4, "cpus:1");
    struct alloc_reservation r;

    PUT(a, .framework = "f2", .ask.id = "service", .each = "cpus:1",
        .count = 2);
    CHECK(run(a, 0) == 2);
    launch(a, 2, MSEC_NEVER);
    PUT(a, .ask = {.id = "g", .max_ms = 500}, .each = "cpus:1", .count = 3,
        .min = 3);
    CHECK(run(a, 2) == 0 && !alloc_get_reservation(a, &r));
    PUT(a, .framework = "f3", .ask.id = "s", .each = "cpus:1", .count = 2);
    CHECK(run(a, 4) == 2);
    alloc_free(a);
}

static void nothing_is_kept_for_who_has_declined_a_moment_ago(void)
{
    struct alloc *a = waiting();
    struct resources *declined = parsed("cpus:1");
    struct alloc_reservation r;

    CHECK(alloc_get_reservation(a, &r) && strcmp(r.framework_id, "f1") == 0);
    alloc_filter(a, "f1", "r", "a02", declined, 5000);
    PUT(a, .framework = "f3", .ask = {.id = "h", .max_ms = 500},
        .each = "cpus:1", .count = 3, .min = 3);
    CHECK(run(a, 4) == 0);
    CHECK(alloc_get_reservation(a, &r) && strcmp(r.framework_id, "f3") == 0);
    drop(declined);
    alloc_free(a);
}

static void a_gang_is_tried_again_when_its_filters_are_over(void)
{
    struct alloc *a = cluster(2, "cpus:1");
    struct resources *declined = parsed("cpus:1");

    alloc_revive(a, "f1", NULL);
    CHECK(run(a, 0) == 2);
    give_back(a, "f1", "a00", "cpus:1");
    give_back(a, "f1", "a01", "cpus:1");
    alloc_filter(a, "f1", "r", "a00", declined, 5000);
    alloc_filter(a, "f1", "r", "a01", declined, 5000);
    PUT(a, .ask.id = "g", .each = "cpus:1", .count = 2, .min = 2);
    CHECK(run(a, 10) == 0);
    CHECK(alloc_deadline(a) == 5000 && run(a, 5000) == 2);
    drop(declined);
    alloc_free(a);
}

static void who_asks_for_nothing_is_not_offered_what_is_kept(void)
{
    struct alloc *a = waiting();

    add_framework(a, "f4", "r");
    CHECK(run(a, 4) == 0);
    CHECK(alloc_ask_withdraw(a, "f1", "g"));
    CHECK(alloc_deadline(a) <= 10);
    CHECK(run(a, 6) == 2 && grants[0].ask_id == NULL);
    alloc_free(a);
}

static void who_comes_before_the_gang_takes_what_he_needs(void)
{
    struct alloc *a = waiting();
    struct alloc_reservation r;

    CHECK(PUT(a, .framework = "f3", .ask = {.id = "first", .priority = 1},
              .each = "cpus:1", .count = 1) == 0);
    CHECK(run(a, 4) == 1 && strcmp(grants[0].ask_id, "first") == 0);
    launch(a, 1, 2000);
    CHECK(run(a, 6) == 0);
    CHECK(alloc_get_reservation(a, &r) && r.starts_by == 2000);
    alloc_free(a);
}

static void in_strict_order_nobody_overtakes_in_its_queue(void)
{
    struct alloc *a = cluster(4, "cpus:1");

    alloc_set_order(a, ALLOC_ORDER_STRICT);
    PUT(a, .framework = "f2", .ask = {.id = "s", .max_ms = 1000},
        .each = "cpus:1", .count = 2);
    CHECK(run(a, 0) == 2);
    launch(a, 2, 1000);
    PUT(a, .ask = {.id = "g", .max_ms = 500}, .each = "cpus:1", .count = 4,
        .min = 4);
    PUT(a, .ask = {.id = "short", .max_ms = 1}, .each = "cpus:1", .count = 1);
    PUT(a, .ask = {.id = "two", .max_ms = 1}, .each = "cpus:1", .count = 2,
        .min = 2);
    CHECK(run(a, 2) == 0);
    alloc_free(a);
}

static void the_longer_it_waits_against_its_walltime_the_sooner(void)
{
    struct alloc *a = cluster(2, "cpus:1");

    PUT(a, .framework = "f2", .ask = {.id = "s", .max_ms = 1000},
        .each = "cpus:1", .count = 2);
    CHECK(run(a, 0) == 2);
    launch(a, 2, 1000);
    PUT(a, .ask = {.id = "long", .since = 0, .max_ms = 3600000},
        .each = "cpus:1", .count = 2, .min = 2);
    PUT(a, .ask = {.id = "short", .since = 500, .max_ms = 1000},
        .each = "cpus:1", .count = 2, .min = 2);
    CHECK(run(a, 600) == 0);
    give_back(a, "f2", "a00", "cpus:1");
    give_back(a, "f2", "a01", "cpus:1");
    CHECK(run(a, 1500) == 2 && slots_of(2, "short", NULL) == 2);
    /* But who has waited for a day comes first. */
    PUT(a, .ask = {.id = "shorter", .since = 86399000, .max_ms = 10},
        .each = "cpus:1", .count = 2, .min = 2);
    launch(a, 2, 2500);
    give_back(a, "f1", "a00", "cpus:1");
    give_back(a, "f1", "a01", "cpus:1");
    CHECK(run(a, 86400000) == 2 && slots_of(2, "long", NULL) == 2);
    alloc_free(a);
}

/* Eight frameworks, each with gangs that need more than half of the pool. */
static void gangs_do_not_deadlock(void)
{
    enum {
        FRAMEWORKS = 8,
        GANGS = 3
    };
    struct alloc *a = alloc_new();
    msec_t now = 0;
    char id[24];
    int run_so_far = 0;

    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "a%02d", i);
        add_agent(a, id, "cpus:2", "");
    }
    for (int i = 0; i < FRAMEWORKS; i++) {
        snprintf(id, sizeof id, "f%d", i);
        add_framework(a, id, "r");
        alloc_suppress(a, id, NULL);
        for (int n = 0; n < GANGS; n++) {
            char ask[24];

            snprintf(ask, sizeof ask, "g%d", n);
            CHECK(PUT(a, .framework = id, .ask = {.id = ask, .max_ms = 100},
                      .each = "cpus:1", .count = 12 + (uint32_t)n,
                      .min = 11 + (uint32_t)n) == 0);
        }
    }
    for (int round = 0; round < FRAMEWORKS * GANGS; round++) {
        size_t count = run(a, now);
        const struct alloc_grant *given = grants;

        run_so_far += count > 0;
        launch(a, count, now + 100);
        now += 100;
        for (size_t i = 0; i < count; i++) {
            CHECK(strcmp(given[i].framework_id, given[0].framework_id) == 0);
            alloc_give_back(a, given[i].framework_id, "r", given[i].agent_id,
                            given[i].resources);
        }
    }
    CHECK(run_so_far == FRAMEWORKS * GANGS);
    alloc_free(a);
}

static void malformed_gangs_are_refused(void)
{
    struct alloc *a = cluster(1, "cpus:1");

    CHECK(PUT(a, .ask.id = "g", .each = "cpus:1", .count = 2, .min = 3) < 0);
    CHECK(strncmp(error.text, "slots[0].min: ", 14) == 0);
    CHECK(PUT(a, .ask = {.id = "g", .max_ms = -1}, .each = "cpus:1",
              .count = 2) < 0);
    CHECK(strncmp(error.text, "max_ms: ", 8) == 0);
    CHECK(PUT(a, .ask = {.id = "g", .pack_under = ""}, .each = "cpus:1",
              .count = 2) < 0);
    CHECK(strncmp(error.text, "pack_under: ", 12) == 0);
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    a_gang_is_given_at_once_or_not_at_all();
    each_gang_has_an_id_of_its_own();
    a_gang_may_mix_shapes();
    what_it_wants_beyond_its_min_comes_along_or_later();
    what_comes_back_whole_is_wanted_as_a_whole();
    half_a_gang_lost_is_not_replaced_by_itself();
    constraints_hold_within_a_gang();
    a_gang_evenly_spread_is_so_when_it_starts();
    an_exclusive_gang_takes_agents_that_are_idle();
    a_gang_is_packed_under_the_tightest_rack_that_holds_it();
    certain_ports_are_all_there_or_nothing_is_taken();
    a_gang_is_never_split_over_runs();
    the_first_gang_that_does_not_fit_has_a_time();
    its_place_is_lent_to_who_is_done_in_time();
    what_it_will_not_need_is_for_anybody();
    an_early_end_brings_it_forward();
    nothing_is_kept_for_what_no_end_makes_room_for();
    nothing_is_kept_for_who_has_declined_a_moment_ago();
    a_gang_is_tried_again_when_its_filters_are_over();
    who_asks_for_nothing_is_not_offered_what_is_kept();
    who_comes_before_the_gang_takes_what_he_needs();
    in_strict_order_nobody_overtakes_in_its_queue();
    the_longer_it_waits_against_its_walltime_the_sooner();
    gangs_do_not_deadlock();
    malformed_gangs_are_refused();
    arena_free(arena);
    return test_done();
}
