/* shares.c - who gets how much, beside frameworks of ill will: those that
 * hoard, never answer, revive in a loop, ask for the impossible, lie about
 * walltimes.
 *
 *   shares [--seeds N] [--first S]   all in virtual time; TAP
 *   shares --seed S                  one, with all that happens in it
 *
 * Twelve cpus.  The ill-willed are in "wild", which may have no more than a
 * limit, and in "*".  Two in "a" and "b", of different weights, always want
 * more than there is, in tasks that take a while; one in "kept" comes later and
 * wants what that role is guaranteed.
 *
 *   - "wild" never runs more than its limit
 *   - "kept" runs all that it is guaranteed in a bounded time, and from then on
 *   - what "a" and "b" run is as their weights are, within a task each */

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/random.h"
#include "base/resources.h"
#include "proto/record.pb-c.h"
#include "tests/sim/claimant.h"
#include "tests/sim/cluster.h"

enum {
    AGENTS = 3, /* of four cpus each */
    WILD_MAX = 6,
    LOOK_MS = 500,
    WARM_UP_MS = 150000, /* for "a" and "b" to have what the wild leave */
    MEASURE_MS = 300000,
    KEPT_MS = 240000, /* a lease, a minimum run time, a recall, a kill */
    STAYS_MS = 120000,
};

static const char wild_role[] = "wild", any_role[] = "*";

struct scene {
    uint64_t seed;
    struct random random;
    struct cluster *cluster;
    struct world *world;
    unsigned wild_limit; /* cpus */
    unsigned kept;       /* cpus */
    unsigned weight;     /* of "b"; that of "a" is 1 */
    struct scheduler *wild[WILD_MAX];
    const char *wild_roles[WILD_MAX];
    char names[WILD_MAX][16];
    unsigned wild_count;
    struct claimant *a, *b, *c, *keeper;
    int64_t sums[2]; /* of what "a" and "b" run, at each look */
    int64_t looks;
};

static void put_role(struct arena *arena,
                     struct store_entry *entry,
                     const char *key,
                     double weight,
                     unsigned guarantee,
                     unsigned limit)
{
    Mezzo__Record__Role record = MEZZO__RECORD__ROLE__INIT;
    struct resources r = {0};
    ProtobufCBinaryData packed;

    record.has_weight = 1;
    record.weight = weight;
    resources_set_milli(&r, "cpus", (int64_t)(guarantee + limit) * 1000);
    if (guarantee > 0)
        record.guarantee =
            resources_to_wire(&r, NULL, arena, &record.n_guarantee);
    else if (limit > 0)
        record.limit = resources_to_wire(&r, NULL, arena, &record.n_limit);
    resources_release(&r);
    packed = message_pack_in(arena, &record.base);
    *entry = (struct store_entry){
        .key = key, .value = packed.data, .size = packed.len, .version = 1};
}

static void add_wild(struct scene *s, unsigned i)
{
    static const enum gang_kind kinds[] = {
        GANG_SILENT, GANG_REVIVER, GANG_IMPOSSIBLE, GANG_LIAR, GANG_WAVERER};
    struct scheduler_options options = {.name = s->names[i],
                                        .master = cluster_masters,
                                        .tasks_max = 30,
                                        .failover_timeout_ms = 60000};

    snprintf(s->names[i], sizeof s->names[i], "wild-%u", i);
    s->wild_roles[i] = random_below(&s->random, 2) ? wild_role : any_role;
    options.role = s->wild_roles[i];
    if (random_below(&s->random, 3) == 0) {
        options.kind = SCHEDULER_HOARDER;
    } else {
        options.kind = SCHEDULER_PLAIN;
        options.gang = (struct gang_options){
            .kind = kinds[random_below(&s->random, 5)],
            .gangs_max = 100,
            .tasks_min = 2 + (unsigned)random_below(&s->random, 4),
            .cpu_milli = 1000};
    }
    s->wild[i] = scheduler_new(s->world, cluster_network(s->cluster),
                               cluster_ledger(s->cluster), &options);
    process_start(scheduler_process(s->wild[i]));
}

static struct claimant *claim(struct scene *s,
                              const char *name,
                              const char *role,
                              unsigned wanted,
                              msec_t run_ms)
{
    const struct claimant_options options = {.name = name,
                                             .role = role,
                                             .masters = cluster_masters,
                                             .cpu_milli = 1000,
                                             .wanted = wanted,
                                             .run_ms = run_ms};

    return claimant_new(s->world, cluster_network(s->cluster),
                        cluster_ledger(s->cluster), &options);
}

static void set_up(struct scene *s, FILE *trace)
{
    struct arena *arena = arena_new();
    struct store_entry entries[3];
    struct cluster_options options = {
        .world = {.seed = s->seed, .wall = 1700000000000, .trace = trace},
        .agents_count = AGENTS,
        .entries = entries,
        .entries_count = 3};

    s->random.state = ~s->seed;
    s->wild_limit = 2 + (unsigned)random_below(&s->random, 4);
    s->kept = 2 + (unsigned)random_below(&s->random, 5);
    s->weight = 1 + (unsigned)random_below(&s->random, 3);
    put_role(arena, &entries[0], "/roles/b", s->weight, 0, 0);
    put_role(arena, &entries[1], "/roles/kept", 1, s->kept, 0);
    put_role(arena, &entries[2], "/roles/wild", 1, 0, s->wild_limit);
    s->cluster = cluster_new(&options);
    s->world = cluster_world(s->cluster);
    s->wild_count = 1 + (unsigned)random_below(&s->random, WILD_MAX);
    for (unsigned i = 0; i < s->wild_count; i++)
        add_wild(s, i);
    s->a = claim(s, "a", "a", 20, 3000);
    s->b = claim(s, "b", "b", 20, 3000);
    arena_free(arena);
}

static void tear_down(struct scene *s)
{
    for (unsigned i = 0; i < s->wild_count; i++)
        scheduler_free(s->wild[i]);
    claimant_free(s->a);
    claimant_free(s->b);
    claimant_free(s->c);
    claimant_free(s->keeper);
    cluster_free(s->cluster);
}

static void check_limit(struct scene *s)
{
    int64_t sum = 0;

    for (unsigned i = 0; i < s->wild_count; i++)
        if (s->wild_roles[i] == wild_role)
            sum += ledger_running_milli(cluster_ledger(s->cluster),
                                        scheduler_framework_id(s->wild[i]));
    if (sum > (int64_t)s->wild_limit * 1000)
        world_fail(s->world, "wild runs %" PRId64 ", its limit is %u", sum,
                   s->wild_limit);
}

/* Each instant at which anything happens. */
static void play(struct scene *s, msec_t ms)
{
    msec_t end = world_now(s->world) + ms;

    while (world_turn(s->world, end))
        check_limit(s);
}

static void measure(struct scene *s)
{
    msec_t end = world_now(s->world) + MEASURE_MS;
    int64_t a, b, slot;

    while (world_now(s->world) < end && world_failure(s->world) == NULL) {
        play(s, LOOK_MS);
        s->sums[0] += claimant_running_milli(s->a);
        s->sums[1] += claimant_running_milli(s->b);
        s->looks++;
    }
    if (s->looks == 0)
        return;
    a = s->sums[0] / s->looks;
    b = s->sums[1] / s->looks;
    slot = 1000;
    world_trace(s->world, "a runs %" PRId64 ", b %" PRId64 ", weight %u", a, b,
                s->weight);
    if (a + b < 2000)
        world_fail(s->world, "a and b run %" PRId64 " and %" PRId64, a, b);
    if (b > (a + slot) * s->weight || b + slot < (a - slot) * s->weight)
        world_fail(s->world,
                   "of weights 1 and %u, a runs %" PRId64 " and b %" PRId64,
                   s->weight, a, b);
}

/* One whose tasks never end has what "a" and "b" had: from now on there is
 * nothing to be given that is not taken back. */
static void let_one_have_all(struct scene *s)
{
    claimant_free(s->a);
    claimant_free(s->b);
    s->a = s->b = NULL;
    s->c = claim(s, "c", "c", 20, 3600000);
    play(s, WARM_UP_MS);
}

static bool has_kept(const struct scene *s)
{
    return claimant_running_milli(s->keeper) >= (int64_t)s->kept * 1000;
}

static void keep(struct scene *s)
{
    msec_t end = world_now(s->world) + KEPT_MS;

    s->keeper = claim(s, "keeper", "kept", s->kept, 3600000);
    while (world_now(s->world) < end && !has_kept(s) &&
           world_failure(s->world) == NULL)
        play(s, LOOK_MS);
    if (!has_kept(s))
        world_fail(s->world, "kept runs %" PRId64 " of the %u it is to have",
                   claimant_running_milli(s->keeper), s->kept);
    end = world_now(s->world) + STAYS_MS;
    while (world_now(s->world) < end && world_failure(s->world) == NULL) {
        play(s, LOOK_MS);
        if (!has_kept(s))
            world_fail(s->world, "kept loses what it is to have");
    }
    if (claimant_recalled_count(s->keeper) > 0)
        world_fail(s->world, "what is guaranteed was recalled");
}

/* True when every promise was kept. */
static bool run(uint64_t seed, FILE *trace, unsigned *recalled)
{
    struct scene s = {.seed = seed};
    bool is_right;

    set_up(&s, trace);
    play(&s, WARM_UP_MS);
    if (random_below(&s.random, 2) == 0) {
        cluster_kill(s.cluster, CLUSTER_MASTER, 0, 2000);
        play(&s, WARM_UP_MS);
    }
    if (world_failure(s.world) == NULL)
        measure(&s);
    if (world_failure(s.world) == NULL && random_below(&s.random, 2) == 0)
        let_one_have_all(&s);
    if (world_failure(s.world) == NULL)
        keep(&s);
    if (s.c != NULL)
        *recalled += claimant_recalled_count(s.c);
    is_right = world_failure(s.world) == NULL;
    if (!is_right)
        printf("# seed %" PRIu64 ": %s\n", seed, world_failure(s.world));
    tear_down(&s);
    return is_right;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'},
        {"first", required_argument, NULL, 'f'},
        {"seed", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    uint64_t seeds = 60, first = 1, failures = 0;
    const char *seed = NULL;
    unsigned recalled = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (c) {
        case 'n':
            seeds = strtoull(optarg, NULL, 10);
            break;
        case 'f':
            first = strtoull(optarg, NULL, 10);
            break;
        case 's':
            seed = optarg;
            break;
        default:
            return 2;
        }
    if (seed != NULL)
        return !run(strtoull(seed, NULL, 10), stdout, &recalled);
    for (uint64_t i = 0; i < seeds && failures < 10; i++)
        failures += !run(first + i, NULL, &recalled);
    printf("# %" PRIu64 " seeds, %u tasks recalled\n", seeds, recalled);
    printf("%sok 1 - guarantees, limits and shares are kept\n",
           failures > 0 ? "not " : "");
    printf("%sok 2 - something had to be recalled\n1..2\n",
           recalled > 0 ? "" : "not ");
    return failures > 0 || recalled == 0;
}
