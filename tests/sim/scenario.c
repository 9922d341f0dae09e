/* scenario.c - what a seed decides before time begins, and the acts of the
 * play. */

#include "tests/sim/scenario.h"

#include "base/random.h"
#include "tests/sim/faults.h"

enum {
    SETTLE_MS = 240000, /* for all to agree, once faults have stopped */
    QUIET_MS = 15000,   /* and then nothing more must be heard */
    FREE_MS = 90000,    /* for everything to be offered to one */
    LOOK_MS = 1000,
};

static void play(struct world *w, msec_t ms)
{
    msec_t end = world_now(w) + ms;

    while (world_turn(w, end))
        ;
}

static void settle(struct cluster *c)
{
    struct world *w = cluster_world(c);
    msec_t end = world_now(w) + SETTLE_MS;

    cluster_finish(c);
    while (world_now(w) < end && cluster_unfinished(c) != NULL &&
           world_failure(w) == NULL)
        play(w, LOOK_MS);
    if (cluster_unfinished(c) != NULL)
        world_fail(w, "%d s after the last fault: %s", SETTLE_MS / 1000,
                   cluster_unfinished(c));
    play(w, QUIET_MS);
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

void scenario_run(uint64_t seed,
                  msec_t wall,
                  FILE *trace,
                  struct scenario_result *result)
{
    struct random random = {.state = ~seed};
    const struct cluster_options options = {
        .world = {.seed = seed, .wall = wall, .trace = trace},
        .agents_count = 1 + (unsigned)random_below(&random, 4),
        .schedulers_count = 1 + (unsigned)random_below(&random, 4),
        .tasks_max = 1 + (unsigned)random_below(&random, 20),
        .has_rogue = random_below(&random, 3) == 0,
    };
    msec_t faults_ms = 5000 + (msec_t)random_below(&random, 40000);
    struct cluster *c = cluster_new(&options);
    struct world *w = cluster_world(c);
    struct faults *f = faults_new(c, world_now(w) + faults_ms);

    play(w, faults_ms + 10000);
    if (world_failure(w) == NULL)
        settle(c);
    if (world_failure(w) == NULL)
        check_free(c);
    snprintf(result->failure, sizeof result->failure, "%s",
             world_failure(w) == NULL ? "" : world_failure(w));
    result->steps = cluster_steps_count(c);
    result->counts = ledger_counts(cluster_ledger(c));
    faults_free(f);
    cluster_free(c);
}
