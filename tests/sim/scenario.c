/* scenario.c - what a seed decides before time begins, and the acts of the
 * play. */

#include "tests/sim/scenario.h"

#include "base/random.h"
#include "tests/sim/faults.h"

enum {
    LAUNCH_MS = 900000, /* for all to be launched, beside who hoards */
    SETTLE_MS = 240000, /* for all to end, and to agree */
    SPOKEN_MS = 60000,  /* for agents to find it, and be answered by the slow */
    FREE_MS = 90000,    /* for everything to be offered to one */
    LOOK_MS = 1000,
    PACE_MS = 40 * 60 * 1000, /* between faults, of a long play */
};

#define LONG_WALL INT64_C(1700000000000)

static void play(struct world *w, msec_t ms)
{
    msec_t end = world_now(w) + ms;

    while (world_turn(w, end))
        ;
}

/* Until `unmet` has nothing more to say, or for too long. */
static void wait_until(struct cluster *c,
                       const char *(*unmet)(struct cluster *c),
                       msec_t ms)
{
    struct world *w = cluster_world(c);
    msec_t end = world_now(w) + ms;

    while (world_now(w) < end && unmet(c) != NULL && world_failure(w) == NULL)
        play(w, LOOK_MS);
    if (unmet(c) != NULL)
        world_fail(w, "%d s later: %s", (int)(ms / 1000), unmet(c));
}

/* Another leader: what was not acknowledged is sent to it at once. */
static void change_leader(struct cluster *c)
{
    cluster_depose(c, 0);
    play(cluster_world(c), SPOKEN_MS);
}

static void settle(struct cluster *c)
{
    struct world *w = cluster_world(c);
    unsigned long updates_count;

    cluster_restart(c);
    wait_until(c, cluster_unlaunched, LAUNCH_MS);
    cluster_finish(c);
    wait_until(c, cluster_unfinished, SETTLE_MS);
    change_leader(c);
    updates_count = cluster_updates_count(c);
    change_leader(c);
    if (cluster_updates_count(c) != updates_count)
        world_fail(w, "an update is sent again, though it was heard");
    wait_until(c, cluster_unfinished, SETTLE_MS);
    ledger_check_settled(cluster_ledger(c));
}

static void check_free(struct cluster *c)
{
    struct world *w = cluster_world(c);
    msec_t end = world_now(w) + FREE_MS;

    cluster_probe(c);
    while (world_now(w) < end && !cluster_is_free(c) &&
           world_failure(w) == NULL)
        play(w, LOOK_MS);
    if (!cluster_is_free(c))
        world_fail(w, "resources are held by nobody");
}

static void run(struct cluster *c,
                msec_t faults_ms,
                struct scenario_result *result)
{
    struct world *w = cluster_world(c);

    play(w, faults_ms + 10000);
    if (world_failure(w) == NULL)
        settle(c);
    if (world_failure(w) == NULL)
        check_free(c);
    snprintf(result->failure, sizeof result->failure, "%s",
             world_failure(w) == NULL ? "" : world_failure(w));
    result->steps = cluster_steps_count(c);
    result->lasted_ms = world_now(w);
    result->counts = ledger_counts(cluster_ledger(c));
}

void scenario_run_long(uint64_t seed,
                       unsigned hours,
                       FILE *trace,
                       struct scenario_result *result)
{
    const struct cluster_options options = {
        .world = {.seed = seed, .wall = LONG_WALL, .trace = trace},
        .agents_count = 20,
        .schedulers_count = 5,
        .steady_ms = 5 * 3600 * 1000 / (20 * 24), /* some are dropped */
        .is_unchecked = true, /* at each step that takes too long */
    };
    msec_t faults_ms = (msec_t)hours * 3600 * 1000;
    struct cluster *c = cluster_new(&options);
    struct faults *f = faults_new(c, world_now(cluster_world(c)) + faults_ms);

    faults_set_pace(f, PACE_MS);
    run(c, faults_ms, result);
    faults_free(f);
    cluster_free(c);
}

void scenario_run(uint64_t seed,
                  msec_t wall,
                  FILE *trace,
                  struct scenario_result *result)
{
    struct random random = {.state = ~seed};
    struct cluster_options options = {
        .world = {.seed = seed, .wall = wall, .trace = trace},
        .agents_count = 1 + (unsigned)random_below(&random, 4),
        .schedulers_count = 1 + (unsigned)random_below(&random, 4),
        .tasks_max = 1 + (unsigned)random_below(&random, 20),
        .has_rogue = random_below(&random, 3) == 0,
    };
    msec_t faults_ms = 5000 + (msec_t)random_below(&random, 40000);
    struct cluster *c;
    struct world *w;
    struct faults *f;

    if (random_below(&random, 5) == 0) {
        options.has_gangs = true;
        options.has_rogue = false;
        options.agents_count = 2 + (unsigned)random_below(&random, 4);
        options.schedulers_count = 9 + (unsigned)random_below(&random, 2);
        options.tasks_max = 3;
    }
    c = cluster_new(&options);
    w = cluster_world(c);
    f = faults_new(c, world_now(w) + faults_ms);

    run(c, faults_ms, result);
    faults_free(f);
    cluster_free(c);
}
