/* alloc_bench.c - what one full pass of the allocator costs, and how soon what
 * is freed is given again.
 *
 * Agents of 128 shapes with five attributes, each in part used; every framework
 * asks for ten slots of a quarter of an agent, every fifth of them constrained
 * to a rack or to a generation of machines.  A pass is all runs until nothing
 * is left to do, effects included. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/random.h"
#include "master/alloc/alloc.h"

enum {
    SHAPES = 128,
    RACKS = 100,
    SLOTS = 10,
    GRANTS_MAX = 1000 * 1000,
};

enum tree {
    FLAT,
    DEEP, /* three levels of roles, weights */
};

struct bench {
    struct alloc *alloc;
    struct arena *arena;
    struct random random;
    int agents;
    int frameworks;
    enum tree tree;
    size_t slots; /* granted */
};

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void add_agent(struct bench *b, int i)
{
    int shape = i % SHAPES;
    int64_t cpus = 4 + 4 * (shape % 16), mem = 4096 * (1 + shape / 16);
    char id[24], rack[24], row[24], generation[24], kernel[24];
    struct alloc_attribute attributes[] = {
        {"rack", rack},     {"row", row},     {"generation", generation},
        {"kernel", kernel}, {"os", "debian"},
    };
    struct resources total, used;

    snprintf(id, sizeof id, "agent-%06d", i);
    snprintf(rack, sizeof rack, "rack-%d", i * 7 % RACKS);
    snprintf(row, sizeof row, "row-%d", i * 7 % RACKS / 10);
    snprintf(generation, sizeof generation, "g%d", shape % 8);
    snprintf(kernel, sizeof kernel, "6.%d", shape % 3);
    resources_init(&total);
    resources_init(&used);
    resources_set_milli(&total, "cpus", cpus * 1000);
    resources_set_milli(&total, "mem", mem * 1000);
    resources_set_milli(&total, "disk", 1000 * 1000 * 100);
    alloc_agent_add(b->alloc, &(struct alloc_agent_info){
                                  .id = id,
                                  .hostname = id,
                                  .total = &total,
                                  .attributes = attributes,
                                  .attributes_count = 5,
                              });
    resources_set_milli(
        &used, "cpus", (int64_t)random_below(&b->random, (uint64_t)cpus) * 500);
    resources_set_milli(&used, "mem",
                        (int64_t)random_below(&b->random, (uint64_t)mem) * 500);
    alloc_take(b->alloc, "resident", "resident", id, &used);
    resources_release(&used);
    resources_release(&total);
}

static void add_framework(struct bench *b, int i)
{
    static const char *const values[] = {"6.1", "g[2-5]"};
    char id[24], role[64], rack[24];
    const char *in = role;
    int shape = (int)random_below(&b->random, SHAPES);
    struct resources each;
    struct alloc_constraint constraint = {"rack", ALLOC_EQUALS, rack};
    struct alloc_slot slot = {.each = &each, .count = SLOTS};

    snprintf(id, sizeof id, "framework-%05d", i);
    snprintf(rack, sizeof rack, "rack-%d", i / 5 % RACKS);
    snprintf(role, sizeof role, "batch");
    if (b->tree == DEEP)
        snprintf(role, sizeof role, "org-%d/team-%d/user-%d", i % 10, i % 100,
                 i % 1000);
    resources_init(&each);
    resources_set_milli(&each, "cpus", (4 + 4 * (shape % 16)) * 250);
    resources_set_milli(&each, "mem", 4096 * (1 + shape / 16) * 250);
    if (i % 5 == 0) {
        slot.constraints = &constraint;
        slot.constraints_count = 1;
        if (i % 15 == 0)
            constraint = (struct alloc_constraint){"kernel", ALLOC_NOT_EQUALS,
                                                   values[0]};
        if (i % 15 == 5)
            constraint = (struct alloc_constraint){"generation", ALLOC_MATCHES,
                                                   values[1]};
    }
    alloc_framework_add(b->alloc, id, &in, 1);
    if (alloc_ask_put(
            b->alloc, id,
            &(struct alloc_ask){
                .id = "ask", .role = role, .slots = &slot, .slots_count = 1},
            NULL) < 0)
        abort();
    resources_release(&each);
}

static void must_be_sound(struct bench *b)
{
    const char *wrong = alloc_check_agents(b->alloc, b->arena);

    if (wrong != NULL) {
        fprintf(stderr, "%s\n", wrong);
        exit(1);
    }
}

static void make(struct bench *b)
{
    const char *resident = "resident";

    b->alloc = alloc_new();
    b->arena = arena_new();
    b->random.state = 1;
    b->slots = 0;
    alloc_framework_add(b->alloc, resident, &resident, 1);
    alloc_suppress(b->alloc, resident, NULL);
    for (int i = 0; i < b->agents; i++)
        add_agent(b, i);
    for (int i = 0; i < b->frameworks; i++)
        add_framework(b, i);
}

static void drop(struct bench *b)
{
    alloc_free(b->alloc);
    arena_free(b->arena);
}

/* All runs until nothing is left; the longest in `*longest`. */
static double pass(struct bench *b, double *longest, int *runs)
{
    double total = 0;

    *longest = 0;
    do {
        const struct alloc_grant *grants;
        double start = now_ms(), took;
        size_t count = alloc_run(b->alloc, 0, GRANTS_MAX, b->arena, &grants);

        took = now_ms() - start;
        total += took;
        ++*runs;
        if (took > *longest)
            *longest = took;
        for (size_t i = 0; i < count; i++)
            b->slots += grants[i].counts[0];
        arena_reset(b->arena);
    } while (alloc_deadline(b->alloc) <= 0);
    return total;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void full_pass(const char *label,
                      int agents,
                      int frameworks,
                      enum tree t)
{
    double times[5], longest = 0, made;
    int runs;
    struct bench b = {.agents = agents, .frameworks = frameworks, .tree = t};

    for (int i = 0; i < 5; i++) {
        double run, start = now_ms();

        make(&b);
        made = now_ms() - start;
        runs = 0;
        times[i] = pass(&b, &run, &runs);
        longest = run > longest ? run : longest;
        must_be_sound(&b);
        drop(&b);
    }
    qsort(times, 5, sizeof *times, by_value);
    printf("%-28s %8.1f ms  (%zu slots, %.2f us each; %d runs, the longest "
           "%.1f ms; made in %.0f ms)\n",
           label, times[2], b.slots, times[2] * 1e3 / (double)b.slots, runs,
           longest, made);
}

int main(void)
{
    full_pass("20k agents, 2k frameworks", 20000, 2000, FLAT);
    full_pass("the same, 3-level roles", 20000, 2000, DEEP);
    full_pass("100k agents, 10k frameworks", 100000, 10000, FLAT);
    full_pass("the same, 3-level roles", 100000, 10000, DEEP);
    return 0;
}
