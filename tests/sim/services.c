/* services.c - the container framework in many worlds, one for each seed, with
 * every fault there is; TAP.
 *
 *   services [--seeds N] [--first S]
 *   services --seed S                  one, with all that happens in it */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/sim/cluster.h"
#include "tests/sim/disk.h"
#include "tests/sim/faults.h"
#include "tests/sim/keeper.h"

enum {
    SETTLE_MS = 240000, /* to find out what is lost, and to do without */
    LOOK_MS = 1000,
    FAILURES_MAX = 10,
};

static void play(struct world *w, msec_t ms)
{
    msec_t end = world_now(w) + ms;

    while (world_turn(w, end))
        ;
}

static void wait_until(struct world *w,
                       struct keeper *k,
                       const char *(*unmet)(struct keeper *k))
{
    msec_t end = world_now(w) + SETTLE_MS;

    while (world_now(w) < end && unmet(k) != NULL && world_failure(w) == NULL)
        play(w, LOOK_MS);
    if (unmet(k) != NULL)
        world_fail(w, "%d s later: %s", SETTLE_MS / 1000, unmet(k));
}

/* What one is and was told to be stays so. */
static void stay(struct world *w, struct keeper *k)
{
    play(w, 30000);
    if (keeper_unsettled(k) != NULL)
        world_fail(w, "it was settled, and is not: %s", keeper_unsettled(k));
}

static bool run(uint64_t seed, FILE *trace, unsigned long *steps)
{
    struct random random = {.state = ~seed};
    const struct cluster_options options = {
        .world = {.seed = seed, .wall = INT64_C(1700000000000), .trace = trace},
        .agents_count = 1 + (unsigned)random_below(&random, 4),
        .schedulers_count = 1,
        .tasks_max = 3,
    };
    msec_t faults_ms = 10000 + (msec_t)random_below(&random, 60000);
    struct cluster *c = cluster_new(&options);
    struct world *w = cluster_world(c);
    struct keeper *k =
        keeper_new(w, cluster_network(c), cluster_ledger(c), cluster_masters);
    struct faults *f = faults_new(c, world_now(w) + faults_ms);
    bool is_good;

    play(w, faults_ms + 10000);
    cluster_restart(c);
    cluster_finish(c);
    keeper_calm(k);
    wait_until(w, k, keeper_unsettled);
    if (world_failure(w) == NULL)
        stay(w, k);
    keeper_finish(k);
    wait_until(w, k, keeper_unfinished);
    is_good = world_failure(w) == NULL;
    if (!is_good)
        printf("# seed %" PRIu64 ": %s\n", seed, world_failure(w));
    *steps += cluster_steps_count(c) + process_steps_count(keeper_process(k));
    faults_free(f);
    keeper_free(k);
    cluster_free(c);
    return is_good;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seeds", 1, NULL, 'n'},
                                            {"first", 1, NULL, 'f'},
                                            {"seed", 1, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    uint64_t seeds = 150, first = 1;
    unsigned long steps = 0, failures = 0;
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        uint64_t number = letter != '?' ? strtoull(optarg, NULL, 10) : 0;

        if (letter == 'n')
            seeds = number;
        else if (letter == 'f')
            first = number;
        else if (letter == 's')
            return run(number, stdout, &steps) ? 0 : 1;
        else
            return 2;
    }
    for (uint64_t i = 0; i < seeds && failures < FAILURES_MAX; i++)
        failures += !run(first + i, NULL, &steps);
    printf("# %" PRIu64 " worlds, %lu steps\n", seeds, steps);
    printf("%sok 1 - services run as they are wanted, whatever happens\n1..1\n",
           failures > 0 ? "not " : "");
    return failures > 0;
}
