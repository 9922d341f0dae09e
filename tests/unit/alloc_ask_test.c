/* alloc_ask_test.c - offers to frameworks that say what they want. */

#include "tests/unit/alloc_asking.h"

/* A master of two agents and a framework. */
static struct alloc *small(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_agent(a, "a1", "cpus:4;mem:4096;ports:[1-9];gpus:{g0,g1}", "rack=r1");
    add_agent(a, "a2", "cpus:8;mem:4096", "rack=r2 ssd=yes");
    return a;
}

static void what_is_asked_for_is_offered_and_no_more(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1;mem:100", .count = 6) == 0);
    CHECK(alloc_deadline(a) <= 2);
    CHECK(run(a, 2) == 2);
    CHECK(granted(0, "a1", 4, "cpus:4;mem:400"));
    CHECK(granted(1, "a2", 2, "cpus:2;mem:200"));
    CHECK(strcmp(grants[0].ask_id, "k") == 0);
    CHECK(alloc_deadline(a) == MSEC_NEVER && run(a, 100) == 0);
    alloc_free(a);
}

static void with_an_ask_nothing_else_is_offered(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:100", .count = 1) == 0);
    CHECK(run(a, 0) == 0);
    CHECK(alloc_ask_withdraw(a, "f1", "k"));
    CHECK(!alloc_ask_withdraw(a, "f1", "k"));
    CHECK(run(a, 2) == 2); /* as one that asks for nothing */
    CHECK(grants[0].ask_id == NULL);
    alloc_free(a);
}

static void to_be_suppressed_does_not_concern_asks(void)
{
    struct alloc *a = small();

    alloc_suppress(a, "f1", NULL);
    CHECK(run(a, 0) == 0);
    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1", .count = 1) == 0);
    CHECK(run(a, 2) == 1);
    CHECK(granted(0, "a1", 1, "cpus:1"));
    alloc_free(a);
}

static void numbers_of_a_range_or_a_set_are_any_so_many(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1;ports:2;gpus:1", .count = 3) ==
          0);
    CHECK(run(a, 0) == 2); /* there are two gpus */
    CHECK(granted(0, "a1", 1, "cpus:1;gpus:{g0};ports:[1-2]"));
    CHECK(granted(1, "a1", 1, "cpus:1;gpus:{g1};ports:[3-4]"));
    give_back(a, "f1", "a1", "cpus:1;gpus:{g0};ports:[1-2]");
    CHECK(run(a, 2) == 1);
    CHECK(granted(0, "a1", 1, "cpus:1;gpus:{g0};ports:[1-2]"));
    alloc_free(a);
}

static void certain_numbers_of_a_range_are_just_these(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1;ports:[3-4]", .count = 2) == 0);
    CHECK(PUT(a, .ask.id = "l", .each = "ports:[8-10]", .count = 1) == 0);
    CHECK(run(a, 0) == 1);
    CHECK(granted(0, "a1", 1, "cpus:1;ports:[3-4]"));
    alloc_free(a);
}

static void what_is_reserved_to_the_role_is_given_first(void)
{
    struct alloc *a = alloc_new();

    add_framework(a, "f1", "r");
    add_framework(a, "f2", "s");
    alloc_suppress(a, "f1", NULL);
    add_agent(a, "a1", "cpus:2;cpus(r):3;mem(r):100;mem:100", "");
    CHECK(PUT(a, .framework = "f2", .ask.role = "s", .ask.id = "k",
              .each = "cpus:3", .count = 1) == 0);
    CHECK(run(a, 0) == 0); /* not what is reserved to another */
    CHECK(PUT(a, .ask.id = "k", .each = "cpus:4;mem:50", .count = 1) == 0);
    CHECK(run(a, 2) == 1);
    CHECK(granted(0, "a1", 1, "cpus:1;cpus(r):3;mem(r):50"));
    alloc_free(a);
}

static size_t count_where(struct alloc *a,
                          msec_t now,
                          struct alloc_constraint c,
                          const char *agents)
{
    size_t count, in = 0;

    CHECK(put(a, (struct asking){.ask.id = "k",
                                 .each = "cpus:0.1",
                                 .count = 1000,
                                 .constraints = {c}}) == 0);
    count = run(a, now);
    for (size_t i = 0; i < count; i++)
        in += strstr(agents, grants[i].agent_id) != NULL;
    alloc_ask_withdraw(a, "f1", "k");
    return count == in ? count : 0;
}

static void constraints_are_on_attributes_and_the_hostname(void)
{
    struct alloc *a = small();
    struct alloc *b = small();

    add_agent(a, "a3", "cpus:4", "rack=r3");
    alloc_suppress(a, "f1", NULL);
    CHECK(count_where(a, 0,
                      (struct alloc_constraint){"rack", ALLOC_EQUALS, "r2"},
                      "a2") == 1);
    CHECK(count_where(a, 2,
                      (struct alloc_constraint){"hostname", ALLOC_EQUALS, "a1"},
                      "a1") == 1);
    CHECK(count_where(a, 4,
                      (struct alloc_constraint){"gen", ALLOC_NOT_EQUALS, "1"},
                      "a3") == 1); /* the others are full */
    alloc_suppress(b, "f1", NULL);
    add_agent(b, "a3", "cpus:4", "rack=r3");
    add_agent(b, "a4", "cpus:4", "");
    CHECK(count_where(b, 0,
                      (struct alloc_constraint){"rack", ALLOC_MATCHES, "r[13]"},
                      "a1 a3") == 2);
    CHECK(count_where(b, 0,
                      (struct alloc_constraint){"rack", ALLOC_MATCHES, "r"},
                      "") == 0); /* the whole value */
    CHECK(count_where(b, 2,
                      (struct alloc_constraint){"rack", ALLOC_NOT_EQUALS, "r2"},
                      "a4") == 1);
    alloc_free(a);
    alloc_free(b);
}

static void an_agent_that_comes_later_is_looked_at_too(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1", .count = 1,
              .constraints = {{"rack", ALLOC_MATCHES, "r9"}}) == 0);
    CHECK(PUT(a, .ask.id = "l", .each = "cpus:1", .count = 1,
              .constraints = {{"rack", ALLOC_EQUALS, "r8"}}) == 0);
    CHECK(run(a, 0) == 0);
    add_agent(a, "a0", "cpus:4", "rack=r9");
    CHECK(run(a, 2) == 1 && granted(0, "a0", 1, "cpus:1"));
    add_agent(a, "a3", "cpus:4", "rack=r8");
    alloc_agent_remove(a, "a0");
    CHECK(run(a, 4) == 1 && granted(0, "a3", 1, "cpus:1"));
    alloc_free(a);
}

static void unique_means_no_two_on_one(void)
{
    struct alloc *a = small();
    size_t count;

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1", .count = 3,
              .constraints = {{"hostname", ALLOC_UNIQUE, NULL}}) == 0);
    count = run(a, 0);
    CHECK(count == 2 && granted(0, "a1", 1, "cpus:1") &&
          granted(1, "a2", 1, "cpus:1"));
    add_agent(a, "a3", "cpus:4", "");
    CHECK(run(a, 2) == 1 && granted(0, "a3", 1, "cpus:1"));
    alloc_free(a);
}

static void what_runs_already_counts_too(void)
{
    static const struct alloc_running running[] = {
        {.slot = 0, .agent_id = "a1", .count = 1},
        {.slot = 0, .agent_id = "gone", .count = 1},
    };
    struct alloc *a = small();

    CHECK(PUT(a, .ask = {.id = "k", .running = running, .running_count = 2},
              .each = "cpus:1", .count = 3,
              .constraints = {{"hostname", ALLOC_UNIQUE, NULL}}) == 0);
    CHECK(run(a, 0) == 1 && granted(0, "a2", 1, "cpus:1"));
    alloc_free(a);
}

static void at_most_so_many_on_one(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1", .count = 9,
              .constraints = {{"rack", ALLOC_MAX_PER, "3"}}) == 0);
    CHECK(run(a, 0) == 2);
    CHECK(granted(0, "a1", 3, "cpus:3") && granted(1, "a2", 3, "cpus:3"));
    /* One of them is not taken: it may come back, there or elsewhere. */
    alloc_ask_note_placed(a, "f1", "k", 0, "a1", 3, 2);
    give_back(a, "f1", "a1", "cpus:1");
    CHECK(run(a, 2) == 1 && granted(0, "a1", 1, "cpus:1"));
    alloc_free(a);
}

static void a_group_is_spread_evenly_over_what_can_take_it(void)
{
    struct alloc *a = small();
    uint32_t on_a1 = 0, on_a2 = 0;
    size_t count;

    add_agent(a, "a3", "cpus:0.5", "rack=r3"); /* too small for any */
    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1", .count = 12,
              .constraints = {{"rack", ALLOC_GROUP_BY, NULL}}) == 0);
    count = run(a, 0);
    for (size_t i = 0; i < count; i++) {
        on_a1 +=
            strcmp(grants[i].agent_id, "a1") == 0 ? grants[i].counts[0] : 0;
        on_a2 +=
            strcmp(grants[i].agent_id, "a2") == 0 ? grants[i].counts[0] : 0;
    }
    CHECK(on_a1 == 4); /* full; so the other may have one more */
    CHECK(on_a2 == 5);
    alloc_free(a);
}

static void exclusive_agents_have_nothing_else_to_do(void)
{
    struct alloc *a = small();

    add_framework(a, "f2", "r");
    alloc_suppress(a, "f1", NULL);
    alloc_suppress(a, "f2", NULL);
    CHECK(PUT(a, .framework = "f2", .ask.id = "k", .each = "cpus:1",
              .count = 1) == 0);
    CHECK(run(a, 0) == 1 && granted(0, "a1", 1, "cpus:1"));
    CHECK(PUT(a, .ask = {.id = "x", .is_exclusive = true}, .each = "cpus:2",
              .count = 3) == 0);
    CHECK(run(a, 2) == 1 && granted(0, "a2", 3, "cpus:6"));
    CHECK(PUT(a, .framework = "f2", .ask.id = "k", .each = "cpus:1",
              .count = 9) == 0);
    CHECK(run(a, 4) == 1 && granted(0, "a1", 3, "cpus:3"));
    alloc_ask_note_placed(a, "f1", "x", 0, "a2", 3, 3);
    give_back(a, "f1", "a2", "cpus:4");
    CHECK(run(a, 6) == 0);
    give_back(a, "f1", "a2", "cpus:2"); /* the last of it */
    CHECK(run(a, 8) == 1 && granted(0, "a2", 6, "cpus:6"));
    alloc_free(a);
}

static void one_ask_may_mix_shapes(void)
{
    struct alloc *a = small();
    struct resources *launcher = parsed("cpus:1;mem:2000");
    struct resources *worker = parsed("cpus:3;mem:100");
    struct alloc_slot slots[] = {{.each = launcher, .count = 1},
                                 {.each = worker, .count = 3}};

    CHECK(alloc_ask_put(
              a, "f1",
              &(struct alloc_ask){
                  .id = "k", .role = "r", .slots = slots, .slots_count = 2},
              &error) == 0);
    CHECK(run(a, 0) == 2);
    CHECK(grants[0].counts_count == 2 && grants[0].counts[0] == 1 &&
          grants[0].counts[1] == 1);
    CHECK(strcmp(resources_format(grants[0].resources, arena),
                 "cpus:4;mem:2100") == 0);
    CHECK(grants[1].counts[0] == 0 && grants[1].counts[1] == 2);
    drop(launcher);
    drop(worker);
    alloc_free(a);
}

static void what_comes_back_is_wanted_again_and_what_is_placed_is_not(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:3", .count = 3) == 0);
    CHECK(run(a, 0) == 2);
    alloc_ask_note_placed(a, "f1", "k", 0, "a1", 1, 0);
    give_back(a, "f1", "a1", "cpus:3");
    CHECK(run(a, 2) == 1 && granted(0, "a1", 1, "cpus:3"));
    alloc_ask_note_placed(a, "f1", "k", 0, "a1", 1, 1);
    alloc_ask_note_placed(a, "f1", "k", 0, "a2", 2, 2);
    CHECK(!alloc_ask_withdraw(a, "f1", "k")); /* done, and forgotten */
    alloc_ask_note_placed(a, "f1", "k", 0, "a2", 2, 2);
    CHECK(run(a, 4) == 2 && grants[0].ask_id == NULL);
    alloc_free(a);
}

static void a_declined_agent_is_not_offered_again_at_once(void)
{
    struct alloc *a = small();
    struct resources *r = parsed("cpus:3");

    CHECK(PUT(a, .ask.id = "k", .each = "cpus:3", .count = 1) == 0);
    CHECK(run(a, 0) == 1 && granted(0, "a1", 1, "cpus:3"));
    alloc_ask_note_placed(a, "f1", "k", 0, "a1", 1, 0);
    alloc_give_back(a, "f1", "r", "a1", r);
    alloc_filter(a, "f1", "r", "a1", r, 5000);
    CHECK(run(a, 2) == 1 && granted(0, "a2", 1, "cpus:3"));
    drop(r);
    alloc_free(a);
}

static void an_ask_waits_for_its_time(void)
{
    struct alloc *a = small();

    CHECK(PUT(a, .ask = {.id = "k", .not_before = 500}, .each = "cpus:1",
              .count = 1) == 0);
    CHECK(PUT(a, .ask = {.id = "l", .not_before = 300}, .each = "cpus:2",
              .count = 1) == 0);
    CHECK(run(a, 0) == 0 && alloc_deadline(a) == 300);
    CHECK(run(a, 299) == 0);
    CHECK(run(a, 300) == 1 && strcmp(grants[0].ask_id, "l") == 0);
    CHECK(alloc_deadline(a) == 500);
    CHECK(run(a, 500) == 1 && strcmp(grants[0].ask_id, "k") == 0);
    alloc_free(a);
}

static void the_more_urgent_is_served_first(void)
{
    struct alloc *a = small();

    add_framework(a, "f2", "r");
    CHECK(PUT(a, .ask = {.id = "young", .since = 9}, .each = "cpus:4",
              .count = 1) == 0);
    CHECK(PUT(a, .ask = {.id = "old", .since = 1}, .each = "cpus:4",
              .count = 1) == 0);
    CHECK(PUT(a, .framework = "f2",
              .ask = {.id = "high", .since = 9, .priority = 1},
              .each = "cpus:4", .count = 1) == 0);
    CHECK(run(a, 10) == 3);
    CHECK(strcmp(grants[0].ask_id, "high") == 0);
    CHECK(strcmp(grants[1].ask_id, "old") == 0);
    CHECK(strcmp(grants[2].ask_id, "young") == 0);
    alloc_free(a);
}

static void those_who_ask_share_with_those_who_do_not(void)
{
    struct alloc *a = alloc_new();
    size_t asked = 0, count;

    add_framework(a, "f1", "r");
    add_framework(a, "f2", "r");
    for (char id[] = "a0"; id[1] <= '9'; id[1]++)
        add_agent(a, id, "cpus:4;mem:400", "");
    CHECK(PUT(a, .ask.id = "k", .each = "cpus:1;mem:100", .count = 1000) == 0);
    count = run(a, 0);
    for (size_t i = 0; i < count; i++)
        asked += grants[i].ask_id != NULL ? grants[i].counts[0] : 0;
    CHECK(asked >= 18 && asked <= 24);
    alloc_free(a);
}

/* What the error begins with, when such an ask is put. */
static bool refuses(struct alloc *a, struct asking asking, const char *field)
{
    error.text[0] = '\0';
    if (put(a, asking) == 0)
        return false;
    if (strncmp(error.text, field, strlen(field)) != 0)
        printf("# %s\n", error.text);
    return strncmp(error.text, field, strlen(field)) == 0;
}

#define REFUSES(a, field, ...) refuses(a, (struct asking){__VA_ARGS__}, field)

static void malformed_asks_are_refused_with_the_field_named(void)
{
    struct alloc *a = small();

    CHECK(REFUSES(a, "id: ", .each = "cpus:1", .count = 1));
    CHECK(REFUSES(a, "role: ", .ask = {.id = "k", .role = "x"},
                  .each = "cpus:1", .count = 1));
    CHECK(REFUSES(a, "slots[0].count: ", .ask.id = "k", .each = "cpus:1"));
    CHECK(REFUSES(a, "slots[0].each: ", .ask.id = "k", .each = "", .count = 1));
    CHECK(REFUSES(a, "slots[0].constraints[0].attribute: ", .ask.id = "k",
                  .each = "cpus:1", .count = 1,
                  .constraints = {{"", ALLOC_UNIQUE, NULL}}));
    CHECK(REFUSES(
        a, "slots[0].constraints[1].value: ", .ask.id = "k", .each = "cpus:1",
        .count = 1,
        .constraints = {{"x", ALLOC_UNIQUE, NULL}, {"x", ALLOC_EQUALS, NULL}}));
    CHECK(REFUSES(a, "slots[0].constraints[0].value: ", .ask.id = "k",
                  .each = "cpus:1", .count = 1,
                  .constraints = {{"x", ALLOC_MAX_PER, "2x"}}));
    CHECK(REFUSES(a, "slots[0].constraints: pattern", .ask.id = "k",
                  .each = "cpus:1", .count = 1,
                  .constraints = {{"x", ALLOC_MATCHES, "a("}}));
    CHECK(REFUSES(
        a, "slots[0].constraints[1]: contradicts", .ask.id = "k",
        .each = "cpus:1", .count = 1,
        .constraints = {{"x", ALLOC_EQUALS, "1"}, {"x", ALLOC_EQUALS, "2"}}));
    CHECK(REFUSES(a, "slots[0].constraints[1]: contradicts", .ask.id = "k",
                  .each = "cpus:1", .count = 1,
                  .constraints = {{"x", ALLOC_EQUALS, "1"},
                                  {"x", ALLOC_NOT_EQUALS, "1"}}));
    CHECK(REFUSES(a, "running[0].slot: ",
                  .ask = {.id = "k",
                          .running = &(struct alloc_running){.slot = 1},
                          .running_count = 1},
                  .each = "cpus:1", .count = 1));
    CHECK(run(a, 0) == 2 && grants[0].ask_id == NULL); /* none was taken */
    alloc_free(a);
}

static void a_framework_has_no_more_asks_than_it_may(void)
{
    struct alloc *a = small();
    char id[16];
    int refused = 0; /* then: granted */

    for (int i = 0; i <= ALLOC_ASKS_MAX; i++) {
        snprintf(id, sizeof id, "k%d", i);
        refused += PUT(a, .ask.id = id, .each = "cpus:1000", .count = 1) < 0;
    }
    CHECK(refused == 1);
    CHECK(PUT(a, .ask.id = "k7", .each = "cpus:1", .count = 1) == 0);
    do
        refused = (int)run(a, 0);
    while (refused == 0 && alloc_deadline(a) <= 0);
    CHECK(refused == 1 && granted(0, "a1", 1, "cpus:1"));
    alloc_free(a);
}

int main(void)
{
    arena = arena_new();
    what_is_asked_for_is_offered_and_no_more();
    with_an_ask_nothing_else_is_offered();
    to_be_suppressed_does_not_concern_asks();
    numbers_of_a_range_or_a_set_are_any_so_many();
    certain_numbers_of_a_range_are_just_these();
    what_is_reserved_to_the_role_is_given_first();
    constraints_are_on_attributes_and_the_hostname();
    an_agent_that_comes_later_is_looked_at_too();
    unique_means_no_two_on_one();
    what_runs_already_counts_too();
    at_most_so_many_on_one();
    a_group_is_spread_evenly_over_what_can_take_it();
    exclusive_agents_have_nothing_else_to_do();
    one_ask_may_mix_shapes();
    what_comes_back_is_wanted_again_and_what_is_placed_is_not();
    a_declined_agent_is_not_offered_again_at_once();
    an_ask_waits_for_its_time();
    the_more_urgent_is_served_first();
    those_who_ask_share_with_those_who_do_not();
    malformed_asks_are_refused_with_the_field_named();
    a_framework_has_no_more_asks_than_it_may();
    arena_free(arena);
    return test_done();
}
