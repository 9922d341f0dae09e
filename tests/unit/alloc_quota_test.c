/* alloc_quota_test.c - limits hold at every level of the tree, guarantees come
 * first. */

#include "base/random.h"
#include "tests/unit/alloc_asking.h"

static void quota(struct alloc *a,
                  const char *role,
                  const char *guarantee,
                  const char *limit)
{
    struct resources *g = parsed(guarantee), *l = parsed(limit);

    CHECK(alloc_role_set_quota(a, role, g, l, &error) == 0);
    drop(g);
    drop(l);
}

static struct alloc *set_up(void)
{
    struct alloc *a = alloc_new();
    const char *agents[] = {"a1", "a2", "a3"};
    const char *roles[] = {"hpc/day", "hpc/night", "web"};
    const char *frameworks[] = {"f1", "f2", "f3"};

    for (int i = 0; i < 3; i++)
        add_agent(a, agents[i], "cpus:4;mem:4000", "");
    for (int i = 0; i < 3; i++) {
        add_framework(a, frameworks[i], roles[i]);
        alloc_suppress(a, frameworks[i], NULL);
    }
    return a;
}

static int64_t cpus(const struct alloc *a, const char *role)
{
    return alloc_role_given(a, role, "cpus") / 1000;
}

static void a_limit_binds_all_below(void)
{
    struct alloc *a = set_up();

    quota(a, "hpc", "", "cpus:5");
    PUT(a, .framework = "f1", .ask.id = "x", .ask.role = "hpc/day",
        .each = "cpus:1", .count = 20);
    PUT(a, .framework = "f2", .ask.id = "x", .ask.role = "hpc/night",
        .each = "cpus:1", .count = 20);
    run(a, 10);
    CHECK(cpus(a, "hpc") == 5);
    CHECK(cpus(a, "hpc/day") + cpus(a, "hpc/night") == 5);
    PUT(a, .framework = "f3", .ask.id = "x", .ask.role = "web",
        .each = "cpus:1", .count = 20);
    run(a, 20);
    CHECK(cpus(a, "web") == 7); /* the others do not stand in its way */
    quota(a, "hpc", "", "cpus:3");
    run(a, 30);
    CHECK(cpus(a, "hpc") == 5); /* what is given stays */
    alloc_free(a);
}

static void what_comes_back_is_given_again(void)
{
    struct alloc *a = set_up();
    char agent[8];

    quota(a, "web", "", "cpus:2");
    PUT(a, .framework = "f3", .ask.id = "x", .ask.role = "web",
        .each = "cpus:2", .count = 3);
    CHECK(run(a, 10) == 1);
    snprintf(agent, sizeof agent, "%s", grants[0].agent_id);
    CHECK(run(a, 20) == 0);
    alloc_ask_note_placed(a, "f3", "x", 0, agent, 1, 1);
    {
        struct resources *r = parsed("cpus:2");

        alloc_give_back(a, "f3", "web", agent, r);
        drop(r);
    }
    CHECK(run(a, 30) == 1);
    quota(a, "web", "", "");
    CHECK(run(a, 40) == 1);
    alloc_free(a);
}

static void a_gang_beyond_the_limit_waits_and_holds_nothing(void)
{
    struct alloc *a = set_up();
    struct alloc_reservation r;

    quota(a, "web", "", "cpus:4");
    PUT(a, .framework = "f3", .ask.id = "gang", .ask.role = "web",
        .each = "cpus:1", .count = 5, .min = 5);
    PUT(a, .framework = "f1", .ask.id = "x", .ask.role = "hpc/day",
        .each = "cpus:1", .count = 12);
    run(a, 10);
    CHECK(cpus(a, "web") == 0 && cpus(a, "hpc") == 12);
    CHECK(!alloc_get_reservation(a, &r));
    alloc_free(a);
}

static void classic_offers_are_cut_to_the_limit(void)
{
    struct alloc *a = set_up();

    quota(a, "web", "", "cpus:5;mem:8000");
    alloc_revive(a, "f3", NULL);
    CHECK(run(a, 10) == 2);
    CHECK(cpus(a, "web") == 5);
    CHECK(resources_milli(grants[1].resources, "cpus") == 1000);
    CHECK(resources_milli(grants[1].resources, "mem") == 4000 * 1000);
    alloc_free(a);
}

static void who_has_less_than_his_guarantee_comes_first(void)
{
    struct alloc *a = set_up();

    quota(a, "hpc/night", "cpus:6", "");
    alloc_role_set_weight(a, "web", 100000);
    PUT(a, .framework = "f3", .ask.id = "x", .ask.role = "web",
        .each = "cpus:1", .count = 20);
    PUT(a, .framework = "f1", .ask.id = "x", .ask.role = "hpc/day",
        .each = "cpus:1", .count = 20);
    PUT(a, .framework = "f2", .ask.id = "x", .ask.role = "hpc/night",
        .each = "cpus:1", .count = 20);
    run(a, 10);
    CHECK(cpus(a, "hpc/night") == 6); /* and the weight has the rest */
    CHECK(cpus(a, "web") == 6);
    alloc_free(a);
}

static void agents_with_gpus_are_kept_for_who_asks_for_them(void)
{
    struct alloc *a = set_up();

    add_agent(a, "a0", "cpus:4;mem:4000;gpus:2", "");
    PUT(a, .framework = "f1", .ask.id = "g", .ask.role = "hpc/day",
        .each = "gpus:2;cpus:1", .count = 2);
    PUT(a, .framework = "f3", .ask.id = "x", .ask.role = "web",
        .each = "cpus:1", .count = 20);
    run(a, 10);
    CHECK(alloc_role_given(a, "hpc/day", "gpus") == 2000);
    CHECK(cpus(a, "web") == 12); /* three cpus beside the GPUs are kept */
    CHECK(alloc_ask_withdraw(a, "f1", "g"));
    run(a, 20);
    CHECK(cpus(a, "web") == 15); /* nobody asks for them any more */
    alloc_free(a);
}

static void gpus_that_nobody_can_have_keep_nobody_away(void)
{
    struct alloc *a = set_up();

    add_agent(a, "a0", "cpus:4;mem:4000;gpus:2", "rack=r9");
    PUT(a, .framework = "f1", .ask.id = "more", .ask.role = "hpc/day",
        .each = "gpus:4;cpus:1", .count = 2);
    PUT(a, .framework = "f1", .ask.id = "elsewhere", .ask.role = "hpc/day",
        .each = "gpus:1;cpus:1", .count = 2,
        .constraints = {{"rack", ALLOC_EQUALS, "r8"}});
    PUT(a, .framework = "f3", .ask.id = "x", .ask.role = "web",
        .each = "cpus:1", .count = 20);
    run(a, 10);
    CHECK(cpus(a, "web") == 16);
    /* But when one comes that could serve it, that is kept. */
    add_agent(a, "a9", "cpus:4;mem:4000;gpus:8", "rack=r8");
    PUT(a, .framework = "f3", .ask.id = "y", .ask.role = "web",
        .each = "cpus:3", .count = 2);
    run(a, 3000);
    CHECK(alloc_role_given(a, "hpc/day", "gpus") == 6000);
    CHECK(cpus(a, "web") == 16);
    alloc_free(a);
}

static const char *const leaves[] = {"hpc/day", "hpc/night", "web"};
static const char *const names[] = {"f1", "f2", "f3"};

/* Three roles, what they are to have, and what they want beyond what they hold,
 * in tasks of one cpu. */
struct history {
    struct alloc *a;
    struct random random;
    int64_t guarantees[3];
    uint32_t wanted[3];
    char held[3][64][8]; /* the agent of each task */
    uint32_t held_count[3];
};

static void want(struct history *h, int n)
{
    h->wanted[n] = (uint32_t)random_below(&h->random, 9);
    alloc_ask_withdraw(h->a, names[n], "x");
    if (h->wanted[n] > 0)
        PUT(h->a, .framework = names[n], .ask.id = "x", .ask.role = leaves[n],
            .each = "cpus:1", .count = h->wanted[n]);
}

static void end_some(struct history *h)
{
    struct resources *one = parsed("cpus:1");

    for (int n = 0; n < 3; n++)
        while (h->held_count[n] > 0 && random_below(&h->random, 2)) {
            uint32_t which =
                (uint32_t)random_below(&h->random, h->held_count[n]);

            alloc_give_back(h->a, names[n], leaves[n], h->held[n][which], one);
            memmove(h->held[n][which], h->held[n][--h->held_count[n]], 8);
        }
    drop(one);
}

/* Everything becomes a task; which roles were given something? */
static void use(struct history *h, size_t count, bool is_given[3])
{
    char agents[16][8];
    uint32_t times[16];
    int of[16];

    for (size_t i = 0; i < count; i++) {
        of[i] = grants[i].framework_id[1] - '1';
        is_given[of[i]] = true;
        snprintf(agents[i], 8, "%s", grants[i].agent_id);
        times[i] = grants[i].counts[0];
    }
    for (size_t i = 0; i < count; i++) { /* grants are not valid any more */
        alloc_ask_note_placed(h->a, names[of[i]], "x", 0, agents[i], times[i],
                              times[i]);
        h->wanted[of[i]] -= times[i];
        while (times[i]-- > 0)
            memcpy(h->held[of[i]][h->held_count[of[i]]++], agents[i], 8);
    }
}

static const char *find_wrong(const struct history *h, const bool is_given[3])
{
    int64_t held = 0;
    bool is_any_short = false, is_any_waiting = false;

    for (int n = 0; n < 3; n++) {
        held += h->held_count[n];
        is_any_waiting |= h->wanted[n] > 0;
        is_any_short |= h->wanted[n] > 0 && h->held_count[n] < h->guarantees[n];
    }
    if (held < 12 && is_any_waiting)
        return "somebody waits for what is free";
    for (int n = 0; n < 3 && is_any_short; n++)
        if (is_given[n] && h->held_count[n] > h->guarantees[n])
            return "one had more than his guarantee before another had his";
    return NULL;
}

static void guarantees_are_met_first_in_random_histories(void)
{
    struct history h = {.random = {.state = 11}};
    const char *wrong = NULL;

    for (int round = 0; round < 300 && wrong == NULL; round++) {
        msec_t now = 10;

        h.a = set_up();
        for (int n = 0; n < 3; n++) {
            char text[32];

            h.guarantees[n] = (int64_t)random_below(&h.random, 5);
            h.wanted[n] = h.held_count[n] = 0;
            snprintf(text, sizeof text, "cpus:%d", (int)h.guarantees[n]);
            quota(h.a, leaves[n], h.guarantees[n] > 0 ? text : "", "");
        }
        for (int step = 0; step < 30 && wrong == NULL; step++) {
            bool is_given[3] = {false};

            end_some(&h);
            want(&h, (int)random_below(&h.random, 3));
            use(&h, run(h.a, now += 10), is_given);
            wrong = find_wrong(&h, is_given);
        }
        alloc_free(h.a);
        arena_reset(arena);
    }
    if (wrong != NULL)
        printf("# %s\n", wrong);
    CHECK(wrong == NULL);
}

/* Whatever happens, in any order: limits hold. */
static void limits_hold_in_random_histories(void)
{
    static const char *const roles[] = {"hpc/day", "hpc/night", "web"};
    static const char *const frameworks[] = {"f1", "f2", "f3"};
    struct random random = {.state = 7};

    for (int round = 0; round < 300; round++) {
        struct alloc *a = set_up();
        msec_t now = 10;

        quota(a, "hpc", "", "cpus:6");
        quota(a, "hpc/day", "", "cpus:4");
        quota(a, "web", "", "cpus:7");
        for (int step = 0; step < 30; step++) {
            uint64_t who = random_below(&random, 3);
            char id[8];

            snprintf(id, sizeof id, "x%d", step % 5);
            put(a, (struct asking){
                       .framework = frameworks[who],
                       .ask = {.id = id,
                               .role = roles[who],
                               .priority = (int32_t)random_below(&random, 3)},
                       .each = random_below(&random, 2) ? "cpus:1" : "cpus:2",
                       .count = (uint32_t)random_below(&random, 6) + 2,
                       .min = (uint32_t)random_below(&random, 3)});
            size_t count = alloc_run(a, now += 10, 1000, arena, &grants);

            CHECK(cpus(a, "hpc") <= 6 && cpus(a, "hpc/day") <= 4 &&
                  cpus(a, "web") <= 7);
            for (size_t i = 0; i < count; i++) {
                struct alloc_grant g = grants[i];
                bool is_kept = random_below(&random, 3) == 0;

                if (is_kept)
                    continue;
                /* What is declined is wanted again. */
                char agent[8], ask[8], framework[8], role[16];
                struct resources r = {0};

                snprintf(agent, sizeof agent, "%s", g.agent_id);
                snprintf(ask, sizeof ask, "%s", g.ask_id);
                snprintf(framework, sizeof framework, "%s", g.framework_id);
                snprintf(role, sizeof role, "%s", g.role);
                resources_copy(&r, g.resources);
                alloc_ask_note_placed(a, framework, ask, 0, agent, g.counts[0],
                                      0);
                alloc_give_back(a, framework, role, agent, &r);
                resources_release(&r);
                break; /* the other grants are not valid any more */
            }
        }
        CHECK(alloc_check(a, arena) == NULL);
        alloc_free(a);
        arena_reset(arena);
    }
}

int main(void)
{
    arena = arena_new();
    a_limit_binds_all_below();
    what_comes_back_is_given_again();
    a_gang_beyond_the_limit_waits_and_holds_nothing();
    classic_offers_are_cut_to_the_limit();
    who_has_less_than_his_guarantee_comes_first();
    agents_with_gpus_are_kept_for_who_asks_for_them();
    gpus_that_nobody_can_have_keep_nobody_away();
    guarantees_are_met_first_in_random_histories();
    limits_hold_in_random_histories();
    arena_free(arena);
    return test_done();
}
