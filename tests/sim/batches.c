/* batches.c - the MPI framework in many worlds, one for each seed, with every
 * fault there is; alone, and in every other world beside the container
 * framework; TAP.
 *
 *   batches [--seeds N] [--first S]
 *   batches --seed S                  one, with all that happens in it */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/sim/clerk.h"
#include "tests/sim/cluster.h"
#include "tests/sim/faults.h"
#include "tests/sim/keeper.h"

enum {
    /* Jobs that hang have a minute each, and KILL's grace; who has declined
     * much is not offered the same for 10 minutes. */
    SETTLE_MS = 1800000,
    LOOK_MS = 1000,
    FAILURES_MAX = 10,
    CPUS_EACH = 4,
};

struct batch {
    struct cluster *cluster;
    struct world *world;
    struct clerk *clerk;
    struct keeper *keeper; /* NULL: it is alone */
    unsigned long steps, completed;
};

static void play(struct world *w, msec_t ms)
{
    msec_t end = world_now(w) + ms;

    while (world_turn(w, end))
        ;
}

static const char *jobs_unfinished(struct batch *b)
{
    return clerk_unfinished(b->clerk);
}

static const char *services_unsettled(struct batch *b)
{
    return keeper_unsettled(b->keeper);
}

static const char *services_unfinished(struct batch *b)
{
    return keeper_unfinished(b->keeper);
}

static void wait_until(struct batch *b, const char *(*unmet)(struct batch *b))
{
    msec_t end = world_now(b->world) + SETTLE_MS;

    while (world_now(b->world) < end && unmet(b) != NULL &&
           world_failure(b->world) == NULL)
        play(b->world, LOOK_MS);
    if (unmet(b) != NULL)
        world_fail(b->world, "%d s later: %s", SETTLE_MS / 1000, unmet(b));
}

/* The faults are over: all come to an end, services when they are told to. */
static void come_to_an_end(struct batch *b)
{
    cluster_restart(b->cluster);
    cluster_finish(b->cluster);
    clerk_calm(b->clerk);
    if (b->keeper != NULL) {
        keeper_calm(b->keeper);
        wait_until(b, services_unsettled);
        keeper_finish(b->keeper);
        wait_until(b, services_unfinished);
    }
    wait_until(b, jobs_unfinished);
    if (world_failure(b->world) == NULL)
        b->completed += clerk_completed_count(b->clerk);
}

static bool run(uint64_t seed, FILE *trace, struct batch *b)
{
    struct random random = {.state = ~seed};
    const struct cluster_options options = {
        .world = {.seed = seed, .wall = INT64_C(1700000000000), .trace = trace},
        .agents_count = 1 + (unsigned)random_below(&random, 4),
        .schedulers_count = 1,
        .tasks_max = 3,
    };
    msec_t faults_ms = 10000 + (msec_t)random_below(&random, 60000);
    struct faults *f;
    bool is_good;

    b->cluster = cluster_new(&options);
    b->world = cluster_world(b->cluster);
    b->clerk = clerk_new(b->world, cluster_network(b->cluster),
                         cluster_ledger(b->cluster), cluster_masters,
                         options.agents_count * CPUS_EACH);
    b->keeper = seed % 2 == 0
                    ? keeper_new(b->world, cluster_network(b->cluster),
                                 cluster_ledger(b->cluster), cluster_masters)
                    : NULL;
    f = faults_new(b->cluster, world_now(b->world) + faults_ms);
    play(b->world, faults_ms + 10000);
    come_to_an_end(b);
    is_good = world_failure(b->world) == NULL;
    if (!is_good)
        printf("# seed %" PRIu64 ": %s\n", seed, world_failure(b->world));
    b->steps += cluster_steps_count(b->cluster) +
                process_steps_count(clerk_process(b->clerk));
    faults_free(f);
    keeper_free(b->keeper);
    clerk_free(b->clerk);
    cluster_free(b->cluster);
    return is_good;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"seeds", 1, NULL, 'n'},
                                            {"first", 1, NULL, 'f'},
                                            {"seed", 1, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    uint64_t seeds = 600, first = 1;
    unsigned long failures = 0;
    struct batch b = {NULL};
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        uint64_t number = letter != '?' ? strtoull(optarg, NULL, 10) : 0;

        if (letter == 'n')
            seeds = number;
        else if (letter == 'f')
            first = number;
        else if (letter == 's')
            return run(number, stdout, &b) ? 0 : 1;
        else
            return 2;
    }
    for (uint64_t i = 0; i < seeds && failures < FAILURES_MAX; i++)
        failures += !run(first + i, NULL, &b);
    printf("# %" PRIu64 " worlds, %lu steps, %lu jobs completed\n", seeds,
           b.steps, b.completed);
    printf("%sok 1 - jobs run whole and once, and none is lost\n1..1\n",
           failures > 0 ? "not " : "");
    return failures > 0;
}
