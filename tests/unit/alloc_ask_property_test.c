/* alloc_ask_property_test.c - asks under random histories, against an observer
 * who knows only what was asked and what was granted. */

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "master/alloc/alloc.h"
#include "tests/test.h"

enum {
    AGENTS = 10,
    FRAMEWORKS = 5,
    ASKS = 3, /* of a framework */
    LEASES = 600,
    ROUNDS = 150,
    CASES = 1000,
};

struct agent {
    bool is_there;
    bool is_active;
    char rack[4];
    int64_t cpus; /* milli, free */
    int64_t mem;
    int64_t ports;
};

struct ask {
    bool is_there;
    int64_t cpus; /* milli, each */
    int64_t mem;
    int64_t ports;
    uint32_t pending;
    int32_t priority;
    bool has_constraint;
    struct alloc_constraint constraint;
    char value[8];
    uint32_t on[4]; /* granted or placed, by rack */
};

struct lease {
    size_t framework;
    size_t agent;
    size_t ask;
    uint32_t serial; /* of the ask */
    uint32_t count;  /* not noted yet */
    struct resources resources;
};

struct world {
    struct alloc *alloc;
    struct arena *arena;
    struct random random;
    msec_t now;
    struct agent agents[AGENTS];
    struct ask asks[FRAMEWORKS][ASKS];
    uint32_t serials[FRAMEWORKS][ASKS];
    struct lease leases[LEASES];
    size_t leases_count;
    const char *wrong;
};

static const char *const roles[FRAMEWORKS] = {"a", "a", "a/x", "b", "b/y"};

static uint64_t below(struct world *w, uint64_t bound)
{
    return random_below(&w->random, bound);
}

static void complain(struct world *w, const char *what)
{
    if (w->wrong == NULL)
        w->wrong = what;
}

static const char *name(struct world *w, char kind, size_t i)
{
    char *text = arena_alloc(w->arena, 24);

    snprintf(text, 24, "%c%02zu", kind, i);
    return text;
}

static void add_agent(struct world *w, size_t i)
{
    struct agent *agent = &w->agents[i];
    struct alloc_attribute rack = {"rack", agent->rack};
    struct resources total;
    char text[96];

    agent->cpus = 1000 * (int64_t)(1 + below(w, 16));
    agent->mem = 1000000 * (int64_t)(1 + below(w, 8));
    agent->ports = 1000 * (int64_t)(1 + below(w, 10));
    agent->is_there = agent->is_active = true;
    snprintf(agent->rack, sizeof agent->rack, "r%d", (int)below(w, 4));
    snprintf(text, sizeof text, "cpus:%d;mem:%d;ports:[100-%d]",
             (int)(agent->cpus / 1000), (int)(agent->mem / 1000),
             99 + (int)(agent->ports / 1000));
    resources_init(&total);
    if (resources_parse(&total, text, NULL) < 0)
        abort();
    alloc_agent_add(w->alloc,
                    &(struct alloc_agent_info){.id = name(w, 'a', i),
                                               .hostname = name(w, 'a', i),
                                               .total = &total,
                                               .attributes = &rack,
                                               .attributes_count = 1});
    resources_release(&total);
}

static void drop_lease(struct world *w, size_t i)
{
    resources_release(&w->leases[i].resources);
    w->leases[i] = w->leases[--w->leases_count];
}

static void put_ask(struct world *w, size_t f, size_t k)
{
    static const char *const values[] = {"r0", "r[01]", "r3", "2"};
    struct ask *ask = &w->asks[f][k];
    struct resources each;
    struct alloc_slot slot = {.each = &each};

    *ask = (struct ask){
        .is_there = true,
        .cpus = 500 * (int64_t)(1 + below(w, 8)),
        .mem = below(w, 2) ? 250000 * (int64_t)(1 + below(w, 6)) : 0,
        .ports = below(w, 3) == 0 ? 1000 * (int64_t)(1 + below(w, 3)) : 0,
        .pending = 1 + (uint32_t)below(w, 12),
        .priority = (int32_t)below(w, 2),
        .has_constraint = below(w, 2),
    };
    w->serials[f][k]++;
    resources_init(&each);
    resources_set_milli(&each, "cpus", ask->cpus);
    if (ask->mem > 0)
        resources_set_milli(&each, "mem", ask->mem);
    if (ask->ports > 0)
        resources_set_milli(&each, "ports", ask->ports);
    if (ask->has_constraint) {
        /* Every relation but group by, which may wait for others. */
        enum alloc_relation relation = (enum alloc_relation)below(w, 5);

        snprintf(ask->value, sizeof ask->value, "%s",
                 relation == ALLOC_MAX_PER ? "2" : values[below(w, 3)]);
        ask->constraint =
            (struct alloc_constraint){"rack", relation, ask->value};
        slot.constraints = &ask->constraint;
        slot.constraints_count = 1;
    }
    slot.count = ask->pending;
    if (alloc_ask_put(w->alloc, name(w, 'f', f),
                      &(struct alloc_ask){.id = name(w, 'k', k),
                                          .role = roles[f],
                                          .slots = &slot,
                                          .slots_count = 1,
                                          .priority = ask->priority,
                                          .since = w->now},
                      NULL) < 0)
        complain(w, "a good ask was refused");
    resources_release(&each);
}

/* Some of it becomes tasks, the rest comes back. */
static void note(struct world *w, struct lease *l)
{
    struct ask *ask = &w->asks[l->framework][l->ask];
    uint32_t placed = (uint32_t)below(w, l->count + 1);

    if (w->serials[l->framework][l->ask] == l->serial && ask->is_there) {
        alloc_ask_note_placed(w->alloc, name(w, 'f', l->framework),
                              name(w, 'k', l->ask), 0, name(w, 'a', l->agent),
                              l->count, placed);
        ask->pending += l->count - placed;
        ask->on[w->agents[l->agent].rack[1] - '0'] -= l->count - placed;
    }
    l->count = 0;
}

static void remove_agent(struct world *w, size_t i)
{
    for (size_t l = w->leases_count; l-- > 0;) {
        if (w->leases[l].agent != i)
            continue;
        note(w, &w->leases[l]);
        drop_lease(w, l);
    }
    alloc_agent_remove(w->alloc, name(w, 'a', i));
    w->agents[i].is_there = false;
}

static void give_back(struct world *w, size_t i)
{
    struct lease *l = &w->leases[i];
    struct agent *agent = &w->agents[l->agent];

    if (l->count > 0)
        note(w, l);
    alloc_give_back(w->alloc, name(w, 'f', l->framework), roles[l->framework],
                    name(w, 'a', l->agent), &l->resources);
    agent->cpus += resources_milli(&l->resources, "cpus");
    agent->mem += resources_milli(&l->resources, "mem");
    for (size_t r = 0; r < l->resources.count; r++) {
        const struct resource *one = &l->resources.items[r];

        for (size_t p = 0;
             one->kind == RESOURCE_RANGES && p < one->ranges_count; p++)
            agent->ports +=
                1000 * (int64_t)(one->ranges[p].end - one->ranges[p].begin + 1);
    }
    drop_lease(w, i);
}

static void something_happens(struct world *w)
{
    size_t agent = below(w, AGENTS);
    size_t f = below(w, FRAMEWORKS), k = below(w, ASKS);
    struct agent *at = &w->agents[agent];

    switch (below(w, 9)) {
    case 0:
        if (at->is_there)
            remove_agent(w, agent);
        break;
    case 1:
    case 2:
        if (!at->is_there)
            add_agent(w, agent);
        break;
    case 3:
        if (at->is_there) {
            at->is_active = !at->is_active;
            alloc_agent_set_active(w->alloc, name(w, 'a', agent),
                                   at->is_active);
        }
        break;
    case 4:
    case 5:
        put_ask(w, f, k);
        break;
    case 6:
        alloc_ask_withdraw(w->alloc, name(w, 'f', f), name(w, 'k', k));
        w->asks[f][k].is_there = false;
        break;
    default:
        if (w->leases_count > 0)
            give_back(w, below(w, w->leases_count));
        break;
    }
}

static bool meets(const struct ask *ask,
                  const struct agent *agents,
                  size_t agent)
{
    const char *rack = agents[agent].rack;
    uint32_t there = ask->on[rack[1] - '0'];
    regex_t regex;
    char whole[16];
    bool is_match;

    if (!ask->has_constraint)
        return true;
    switch (ask->constraint.relation) {
    case ALLOC_EQUALS:
        return strcmp(rack, ask->value) == 0;
    case ALLOC_NOT_EQUALS:
        return strcmp(rack, ask->value) != 0;
    case ALLOC_MATCHES:
        snprintf(whole, sizeof whole, "^(%s)$", ask->value);
        if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB) != 0)
            abort();
        is_match = regexec(&regex, rack, 0, NULL, 0) == 0;
        regfree(&regex);
        return is_match;
    case ALLOC_UNIQUE:
        return there < 1;
    case ALLOC_MAX_PER:
        return there < 2;
    case ALLOC_GROUP_BY:
        break;
    }
    return true;
}

static bool fits(const struct ask *ask, const struct agent *agent)
{
    return agent->is_there && agent->is_active && agent->cpus >= ask->cpus &&
           agent->mem >= ask->mem && agent->ports >= ask->ports;
}

static void note_grant(struct world *w, const struct alloc_grant *g)
{
    size_t a = (size_t)atoi(g->agent_id + 1);
    size_t f = (size_t)atoi(g->framework_id + 1);
    size_t k = g->ask_id == NULL ? 0 : (size_t)atoi(g->ask_id + 1);
    struct ask *ask = &w->asks[f][k];
    struct lease *l = &w->leases[w->leases_count++];
    uint32_t count;

    if (g->ask_id == NULL || g->counts_count != 1 || !ask->is_there) {
        complain(w, "to nobody who asked");
        return;
    }
    count = g->counts[0];
    for (uint32_t i = 0; i < count; i++) {
        if (!fits(ask, &w->agents[a]))
            complain(w, "where it does not fit");
        if (!meets(ask, w->agents, a))
            complain(w, "against a constraint");
        w->agents[a].cpus -= ask->cpus;
        w->agents[a].mem -= ask->mem;
        w->agents[a].ports -= ask->ports;
        ask->on[w->agents[a].rack[1] - '0']++;
    }
    if (count == 0 || count > ask->pending)
        complain(w, "more than was asked for");
    ask->pending -= count;
    if (resources_milli(g->resources, "cpus") != ask->cpus * count ||
        resources_milli(g->resources, "mem") != ask->mem * count)
        complain(w, "not trimmed to the ask");
    *l = (struct lease){f, a, k, w->serials[f][k], count, {NULL, 0}};
    resources_copy(&l->resources, g->resources);
}

static void run(struct world *w)
{
    const struct alloc_grant *grants;
    size_t count, runs = 0;

    do {
        count =
            alloc_run(w->alloc, w->now, 1 + below(w, 20), w->arena, &grants);
        for (size_t i = 0; i < count; i++)
            note_grant(w, &grants[i]);
        if (alloc_check(w->alloc, w->arena) != NULL)
            complain(w, alloc_check(w->alloc, w->arena));
    } while (alloc_deadline(w->alloc) <= w->now && ++runs < 1000);
    if (alloc_deadline(w->alloc) <= w->now)
        complain(w, "it does not come to rest");
    for (size_t f = 0; f < FRAMEWORKS; f++) {
        for (size_t k = 0; k < ASKS; k++) {
            const struct ask *ask = &w->asks[f][k];

            for (size_t a = 0; a < AGENTS && ask->is_there; a++) {
                if (ask->pending > 0 && fits(ask, &w->agents[a]) &&
                    meets(ask, w->agents, a))
                    complain(w, "an ask was overlooked");
            }
        }
    }
}

static bool live_through(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);
    bool is_right;

    if (w == NULL)
        abort();
    w->alloc = alloc_new();
    w->arena = arena_new();
    w->random.state = seed;
    for (size_t f = 0; f < FRAMEWORKS; f++) {
        alloc_framework_add(w->alloc, name(w, 'f', f), &roles[f], 1);
        alloc_suppress(w->alloc, name(w, 'f', f), NULL);
    }
    for (int i = 0; i < ROUNDS && w->wrong == NULL; i++) {
        for (uint64_t events = below(w, 8); events > 0; events--)
            something_happens(w);
        if (w->leases_count < LEASES / 2)
            run(w);
        else
            give_back(w, 0);
        w->now += 2 + (msec_t)below(w, 60);
    }
    is_right = w->wrong == NULL;
    if (!is_right)
        printf("# seed %llu: %s\n", (unsigned long long)seed, w->wrong);
    alloc_free(w->alloc);
    while (w->leases_count > 0)
        drop_lease(w, 0);
    arena_free(w->arena);
    free(w);
    return is_right;
}

static void whatever_happens_asks_get_what_they_ask_for(void)
{
    bool is_right = true;

    for (uint64_t seed = 1; seed <= 100 && is_right; seed++)
        is_right = live_through(seed);
    CHECK(is_right);
}

/* The reference: who has the least takes one slot of the first agent. */
struct filling {
    size_t agents;
    size_t frameworks;
    int total_cpus;
    int total_mem;
    int cpus[20]; /* of agents, whole */
    int mem[20];
    int each_cpus[6];
    int each_mem[6];
    int count[6];
    int weight[6];
    int placed[6];
};

/* The dominant share over the weight, as a fraction: whole numbers, so that
 * equal shares are equal. */
static int64_t share(const struct filling *f, size_t i, int64_t *whole)
{
    int64_t cpus = (int64_t)f->placed[i] * f->each_cpus[i] * f->total_mem;
    int64_t mem = (int64_t)f->placed[i] * f->each_mem[i] * f->total_cpus;

    *whole = f->weight[i]; /* times the product of the totals, for all */
    return cpus > mem ? cpus : mem;
}

static bool is_poorer(const struct filling *f, size_t a, size_t b)
{
    int64_t whole_a, whole_b;
    int64_t part_a = share(f, a, &whole_a), part_b = share(f, b, &whole_b);

    return part_a * whole_b < part_b * whole_a;
}

static void make_filling(struct filling *f, struct random *r)
{
    *f = (struct filling){.agents = 3 + random_below(r, 17),
                          .frameworks = 1 + random_below(r, 6)};
    for (size_t i = 0; i < f->agents; i++) {
        f->total_cpus += f->cpus[i] = 1 + (int)random_below(r, 32);
        f->total_mem += f->mem[i] = 1 + (int)random_below(r, 64);
    }
    for (size_t i = 0; i < f->frameworks; i++) {
        f->each_cpus[i] = 1 + (int)random_below(r, 4);
        f->each_mem[i] = 1 + (int)random_below(r, 8);
        f->count[i] = 1 + (int)random_below(r, 60);
        f->weight[i] = 1 + (int)random_below(r, 3);
    }
}

static void fill_slowly(struct filling *f)
{
    bool is_out[6] = {false};
    int cpus[20], mem[20];

    memcpy(cpus, f->cpus, sizeof cpus);
    memcpy(mem, f->mem, sizeof mem);
    for (;;) {
        size_t least = f->frameworks, a;

        for (size_t i = 0; i < f->frameworks; i++) {
            if (!is_out[i] &&
                (least == f->frameworks || is_poorer(f, i, least)))
                least = i;
        }
        if (least == f->frameworks)
            return;
        for (a = 0; a < f->agents; a++) {
            if (cpus[a] >= f->each_cpus[least] && mem[a] >= f->each_mem[least])
                break;
        }
        if (a == f->agents || f->placed[least] == f->count[least]) {
            is_out[least] = true;
            continue;
        }
        cpus[a] -= f->each_cpus[least];
        mem[a] -= f->each_mem[least];
        f->placed[least]++;
    }
}

static struct alloc *allocator_for(const struct filling *f, struct random *r)
{
    struct alloc *a = alloc_new();
    size_t order[32], count = f->agents + f->frameworks;

    for (size_t i = 0; i < count; i++) {
        size_t j = random_below(r, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < count; i++) {
        size_t n = order[i];
        bool is_agent = n < f->agents;
        struct resources amount;
        char id[24];
        const char *role = id;

        n -= is_agent ? 0 : f->agents;
        snprintf(id, sizeof id, "%c%02zu", is_agent ? 'a' : 'f', n);
        resources_init(&amount);
        resources_set_milli(&amount, "cpus",
                            1000 * (is_agent ? f->cpus : f->each_cpus)[n]);
        resources_set_milli(&amount, "mem",
                            1000 * (is_agent ? f->mem : f->each_mem)[n]);
        if (is_agent) {
            alloc_agent_add(
                a, &(struct alloc_agent_info){.id = id, .total = &amount});
        } else {
            struct alloc_slot slot = {.each = &amount,
                                      .count = (uint32_t)f->count[n]};

            alloc_role_set_weight(a, role, 1000 * f->weight[n]);
            alloc_framework_add(a, id, &role, 1);
            alloc_ask_put(
                a, id,
                &(struct alloc_ask){
                    .id = "k", .role = role, .slots = &slot, .slots_count = 1},
                NULL);
        }
        resources_release(&amount);
    }
    return a;
}

static void shares_are_within_a_slot_of_the_exact_ones(void)
{
    struct arena *arena = arena_new();
    size_t far = 0, unequal = 0;

    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random r = {seed};
        struct filling f;
        const struct alloc_grant *grants, *again;
        struct alloc *a, *b;
        int got[6] = {0};
        size_t count;

        make_filling(&f, &r);
        fill_slowly(&f);
        a = allocator_for(&f, &r);
        b = allocator_for(&f, &r);
        count = alloc_run(a, 0, 10000, arena, &grants);
        for (size_t i = 0; i < count; i++)
            got[atoi(grants[i].framework_id + 1)] += (int)grants[i].counts[0];
        for (size_t i = 0; i < f.frameworks; i++)
            far += abs(got[i] - f.placed[i]) > 1;
        unequal += alloc_run(b, 0, 10000, arena, &again) != count;
        for (size_t i = 0; i < count; i++)
            unequal +=
                strcmp(grants[i].agent_id, again[i].agent_id) != 0 ||
                !resources_equal(grants[i].resources, again[i].resources);
        alloc_free(a);
        alloc_free(b);
        arena_reset(arena);
    }
    CHECK(far == 0);
    CHECK(unequal == 0); /* whatever the order they came in */
    arena_free(arena);
}

int main(void)
{
    whatever_happens_asks_get_what_they_ask_for();
    shares_are_within_a_slot_of_the_exact_ones();
    return test_done();
}
