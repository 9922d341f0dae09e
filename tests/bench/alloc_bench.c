/* alloc_bench.c - what one full pass of the allocator costs, and how soon what
 * is freed is given again.
 *
 * Agents of 128 shapes with five attributes, each in part used; every framework
 * asks for ten slots of a quarter of an agent, every fifth of them constrained
 * to a rack or to a generation of machines.  A pass is all runs until nothing
 * is left to do, effects included.  What is freed while a pass is under way
 * comes at the worst of moments: when a run has just begun. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "master/alloc/alloc.h"
#include "tests/bench/figure.h"
#include "tests/bench/samples.h"

enum {
    SHAPES = 128,
    RACKS = 100,
    SLOTS = 10,
    GRANTS_MAX = 1000 * 1000,
    TIMES = 5,      /* a pass is measured */
    FREES = 1000,   /* into a pool at rest */
    EACH_FREES = 3, /* runs of a pass: something is freed in between */
};

enum tree {
    FLAT,
    DEEP, /* three levels of roles, with guarantees and limits at two */
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
    return figure_seconds() * 1e3;
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

/* A share of all cpus, and four times that at most. */
static void set_quota(struct bench *b, const char *role, int64_t parts)
{
    int64_t cpus = alloc_total(b->alloc, "cpus") / parts;
    struct resources guarantee, limit;

    resources_init(&guarantee);
    resources_init(&limit);
    resources_set_milli(&guarantee, "cpus", cpus);
    resources_set_milli(&limit, "cpus", cpus * 4);
    if (alloc_role_set_quota(b->alloc, role, &guarantee, &limit, NULL) < 0)
        abort();
    resources_release(&guarantee);
    resources_release(&limit);
}

static void set_quotas(struct bench *b)
{
    char role[64];

    for (int i = 0; i < 10; i++) {
        snprintf(role, sizeof role, "org-%d", i);
        set_quota(b, role, 20);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(role, sizeof role, "org-%d/team-%d", i % 10, i);
        set_quota(b, role, 200);
    }
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
    if (b->tree == DEEP)
        set_quotas(b);
    for (int i = 0; i < b->frameworks; i++)
        add_framework(b, i);
}

static void drop(struct bench *b)
{
    alloc_free(b->alloc);
    arena_free(b->arena);
}

static size_t run(struct bench *b,
                  msec_t now,
                  const struct alloc_grant **grants)
{
    size_t count = alloc_run(b->alloc, now, GRANTS_MAX, b->arena, grants);

    for (size_t i = 0; i < count; i++) {
        if ((*grants)[i].counts_count > 0)
            b->slots += (*grants)[i].counts[0];
    }
    return count;
}

/* All runs until nothing is left; the longest in `*longest`. */
static double pass(struct bench *b, double *longest)
{
    double total = 0;

    do {
        const struct alloc_grant *grants;
        double start = now_ms(), took;

        run(b, 0, &grants);
        took = now_ms() - start;
        total += took;
        if (took > *longest)
            *longest = took;
        arena_reset(b->arena);
    } while (alloc_deadline(b->alloc) <= 0);
    return total;
}

struct size {
    int agents;
    int frameworks;
    const char *label;
    const char *name; /* of the figure, and what it should be */
    const char *against;
};

static double full_pass(const struct size *size,
                        enum tree tree,
                        double *longest,
                        size_t *slots)
{
    static struct samples times;
    struct bench b = {
        .agents = size->agents, .frameworks = size->frameworks, .tree = tree};

    times.count = 0;
    for (int i = 0; i < TIMES; i++) {
        make(&b);
        samples_add(&times, pass(&b, longest));
        must_be_sound(&b);
        drop(&b);
    }
    *slots = b.slots;
    return samples_quantile(&times, 0.5);
}

static void measure_passes(const struct size *size)
{
    double longest = 0, flat, deep;
    size_t slots;

    flat = full_pass(size, FLAT, &longest, &slots);
    deep = full_pass(size, DEEP, &longest, &slots);
    figure_print(&(struct figure){size->name, flat, "ms", size->against},
                 "medians of %d; %zu slots, %.2f us each; with quotas and "
                 "three levels of "
                 "roles %.1f ms; the longest run %.1f ms",
                 TIMES, slots, flat * 1e3 / (double)slots, deep, longest);
}

/* Something that was granted, to be given back one day. */
struct held {
    const char *framework_id; /* these three are ours */
    const char *role;
    const char *agent_id;
    struct resources resources;
};

static void hold(struct held *h, const struct alloc_grant *g)
{
    h->framework_id = memory_strdup(g->framework_id);
    h->role = memory_strdup(g->role);
    h->agent_id = memory_strdup(g->agent_id);
    resources_init(&h->resources);
    resources_copy(&h->resources, g->resources);
}

static void give_back(struct bench *b, struct held *h)
{
    alloc_give_back(b->alloc, h->framework_id, h->role, h->agent_id,
                    &h->resources);
    resources_release(&h->resources);
    free((char *)(uintptr_t)h->framework_id);
    free((char *)(uintptr_t)h->role);
}

static bool is_given(const char *agent_id,
                     const struct alloc_grant *grants,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(grants[i].agent_id, agent_id) == 0)
            return true;
    }
    return false;
}

/* Run until it is given again; false when nobody wants it. */
static bool run_until_given(struct bench *b, const char *agent_id)
{
    bool is_found = false;

    while (!is_found && alloc_deadline(b->alloc) <= 0) {
        const struct alloc_grant *grants;
        size_t count = run(b, 0, &grants);

        is_found = is_given(agent_id, grants, count);
        arena_reset(b->arena);
    }
    return is_found;
}

/* What a run granted first is freed when that has just begun, and so is known
 * after it; then it is for the next. */
static void free_during_pass(struct bench *b, struct samples *waits)
{
    for (int i = 0; alloc_deadline(b->alloc) <= 0; i++) {
        const struct alloc_grant *grants;
        double start = now_ms();
        size_t count = run(b, 0, &grants);
        struct held h;

        if (count > 0 && i % EACH_FREES == 0) {
            hold(&h, &grants[0]);
            give_back(b, &h);
            if (run_until_given(b, h.agent_id))
                samples_add(waits, now_ms() - start);
            free((char *)(uintptr_t)h.agent_id);
        }
        arena_reset(b->arena);
    }
}

/* Somebody who takes all there is, and so has all that is freed. */
static size_t take_the_rest(struct bench *b, struct held *held)
{
    const char *id = "rest";
    size_t count = 0;

    alloc_framework_add(b->alloc, id, &id, 1);
    do {
        const struct alloc_grant *grants;
        size_t given = run(b, 0, &grants);

        for (size_t i = 0; i < given && count < FREES; i++)
            hold(&held[count++], &grants[i]);
        arena_reset(b->arena);
    } while (alloc_deadline(b->alloc) <= 0);
    return count;
}

/* As the master does it: at the deadline, which is some milliseconds later. */
static void free_at_rest(struct bench *b, struct samples *waits)
{
    struct held *held = memory_new(FREES, sizeof *held);
    size_t count = take_the_rest(b, held);
    double epoch = now_ms() - 1000;

    for (size_t i = 0; i < count; i++) {
        const struct alloc_grant *grants;
        double freed = now_ms();
        size_t given;

        give_back(b, &held[i]);
        while (now_ms() - epoch < (double)alloc_deadline(b->alloc))
            ;
        given = run(b, (msec_t)(now_ms() - epoch), &grants);
        if (!is_given(held[i].agent_id, grants, given))
            figure_fail("%s is not given again", held[i].agent_id);
        samples_add(waits, now_ms() - freed);
        free((char *)(uintptr_t)held[i].agent_id);
        arena_reset(b->arena);
    }
    free(held);
}

static void measure_frees(const struct size *sizes, size_t count)
{
    static struct samples during, rest;
    double worst = 0;
    char note[512] = "";

    for (size_t i = 0; i < count; i++) {
        struct bench b = {.agents = sizes[i].agents,
                          .frameworks = sizes[i].frameworks};
        size_t size = strlen(note);
        double p99;

        during.count = rest.count = 0;
        make(&b);
        free_during_pass(&b, &during);
        free_at_rest(&b, &rest);
        must_be_sound(&b);
        drop(&b);
        p99 = samples_quantile(&during, 0.99);
        if (worst < p99)
            worst = p99;
        if (worst < samples_quantile(&rest, 0.99))
            worst = samples_quantile(&rest, 0.99);
        snprintf(note + size, sizeof note - size,
                 "%s%s: during a pass p50 %.2f, p99 %.2f; at rest p50 %.2f, "
                 "p99 %.2f ms",
                 i > 0 ? "; " : "", sizes[i].label,
                 samples_quantile(&during, 0.5), p99,
                 samples_quantile(&rest, 0.5), samples_quantile(&rest, 0.99));
    }
    figure_print(&(struct figure){"freed_to_offered_ms", worst, "ms", "<= 10"},
                 "the worst p99; %s", note);
}

int main(void)
{
    static const struct size sizes[] = {
        {20000, 2000, "20,000 agents, 2,000 frameworks", "alloc_20k_2k_ms",
         "<= 40"},
        {100000, 10000, "100,000 agents, 10,000 frameworks",
         "alloc_100k_10k_ms", "<= 250"},
    };

    for (size_t i = 0; i < 2; i++)
        measure_passes(&sizes[i]);
    measure_frees(sizes, 2);
    return 0;
}
