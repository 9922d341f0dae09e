/* alloc_property_test.c - what holds after whatever has happened: nothing is
 * given twice, nobody is passed over, and the shares are those of a slow
 * progressive filling that shares no code with the allocator. */

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/random.h"
#include "master/alloc/alloc.h"
#include "tests/test.h"

enum {
    AGENTS = 12,
    FRAMEWORKS = 6,
    LEASES = 400,
    ROUNDS = 200,
    CASES = 1000,
};

static const char *const roles[] = {"a", "a/x", "a/y", "b", "b/z", "c"};
enum {
    ROLES = sizeof roles / sizeof *roles
};

/* What a framework has been given and not given back. */
struct lease {
    char framework[8];
    char role[8];
    char agent[24];
    struct resources resources;
};

/* The world as a naive observer keeps it. */
struct world {
    struct alloc *alloc;
    struct random random;
    struct arena *arena;
    msec_t now;
    bool has_agent[AGENTS];
    bool is_agent_active[AGENTS];
    struct resources free[AGENTS];
    bool has_framework[FRAMEWORKS];
    bool is_framework_active[FRAMEWORKS];
    bool is_suppressed[FRAMEWORKS];
    const char *role_of[FRAMEWORKS];
    struct resources refused[FRAMEWORKS][AGENTS];
    msec_t refused_until[FRAMEWORKS][AGENTS];
    struct lease leases[LEASES];
    size_t leases_count;
    const char *wrong; /* the first thing */
};

static uint64_t below(struct world *w, uint64_t bound)
{
    return random_below(&w->random, bound);
}

static const char *name(struct world *w, char kind, size_t i)
{
    char *text = arena_alloc(w->arena, 8);

    snprintf(text, 8, "%c%02zu", kind, i);
    return text;
}

static void add_agent(struct world *w, size_t i)
{
    char text[160];
    struct error err;

    snprintf(text, sizeof text,
             "cpus:%d;mem:%d;ports:[%d-%d];cpus(a):%d;mem(b/z):%d;gpus:{g1}",
             (int)below(w, 16), (int)below(w, 4000), (int)below(w, 50),
             50 + (int)below(w, 50), 1 + (int)below(w, 4),
             1 + (int)below(w, 900));
    resources_init(&w->free[i]);
    if (resources_parse(&w->free[i], text, &err) < 0)
        abort();
    alloc_agent_add(w->alloc,
                    &(struct alloc_agent_info){.id = name(w, 'a', i),
                                               .hostname = name(w, 'h', i),
                                               .total = &w->free[i]});
    w->has_agent[i] = w->is_agent_active[i] = true;
    for (size_t f = 0; f < FRAMEWORKS; f++)
        w->refused_until[f][i] = 0;
}

static void drop_lease(struct world *w, size_t i)
{
    resources_release(&w->leases[i].resources);
    w->leases[i] = w->leases[--w->leases_count];
}

static void remove_agent(struct world *w, size_t i)
{
    alloc_agent_remove(w->alloc, name(w, 'a', i));
    for (size_t l = w->leases_count; l-- > 0;) {
        if (strcmp(w->leases[l].agent, name(w, 'a', i)) == 0)
            drop_lease(w, l);
    }
    resources_release(&w->free[i]);
    w->has_agent[i] = false;
}

static void give_back(struct world *w, size_t i, bool is_refused)
{
    struct lease *l = &w->leases[i];
    size_t agent = (size_t)atoi(l->agent + 1);
    size_t framework = (size_t)atoi(l->framework + 1);

    alloc_give_back(w->alloc, l->framework, l->role, l->agent, &l->resources);
    resources_add(&w->free[agent], &l->resources);
    if (is_refused && strcmp(l->role, w->role_of[framework]) == 0) {
        msec_t until = w->now + 1 + (msec_t)below(w, 200);

        alloc_filter(w->alloc, l->framework, l->role, l->agent, &l->resources,
                     until);
        /* Of several the observer keeps the last: he knows less, and so
         * must not complain where an older one still hides something. */
        if (w->refused_until[framework][agent] > w->now)
            until = MSEC_NEVER;
        else
            resources_copy(&w->refused[framework][agent], &l->resources);
        w->refused_until[framework][agent] = until;
    }
    drop_lease(w, i);
}

static void forget_filters(struct world *w, size_t framework)
{
    for (size_t i = 0; i < AGENTS; i++)
        w->refused_until[framework][i] = 0;
}

static void toggle_framework(struct world *w, size_t i)
{
    const char *id = name(w, 'f', i);

    if (!w->has_framework[i]) {
        w->role_of[i] = roles[below(w, ROLES)];
        alloc_framework_add(w->alloc, id, &w->role_of[i], 1);
        w->has_framework[i] = w->is_framework_active[i] = true;
        w->is_suppressed[i] = false;
        forget_filters(w, i);
        return;
    }
    for (size_t l = w->leases_count; l-- > 0;) {
        if (strcmp(w->leases[l].framework, id) == 0)
            give_back(w, l, false);
    }
    alloc_framework_remove(w->alloc, id);
    w->has_framework[i] = false;
}

static void change_framework(struct world *w, size_t i)
{
    const char *id = name(w, 'f', i);

    switch (below(w, 4)) {
    case 0:
        w->is_suppressed[i] = true;
        alloc_suppress(w->alloc, id, below(w, 2) ? NULL : w->role_of[i]);
        break;
    case 1:
        w->is_suppressed[i] = false;
        alloc_revive(w->alloc, id, below(w, 2) ? NULL : w->role_of[i]);
        forget_filters(w, i);
        break;
    case 2:
        w->is_framework_active[i] = !w->is_framework_active[i];
        alloc_framework_set_active(w->alloc, id, w->is_framework_active[i]);
        break;
    case 3:
        w->role_of[i] = roles[below(w, ROLES)];
        alloc_framework_set_roles(w->alloc, id, &w->role_of[i], 1);
        /* Another role knows neither filters nor having been suppressed. */
        alloc_revive(w->alloc, id, NULL);
        w->is_suppressed[i] = false;
        forget_filters(w, i);
        break;
    }
}

static void free_role(struct resource *r)
{
    free(r->reserved_role);
    r->reserved_role = NULL;
}

/* A part of what is free is kept for a role, or for none any more. */
static void reserve(struct world *w, size_t agent)
{
    struct resources *all = &w->free[agent];
    struct resource part;
    struct resources from = {.items = &part, .count = 1}, to = {0};
    size_t which = all->count > 0 ? below(w, all->count) : 0;

    if (all->count == 0 || all->items[which].kind != RESOURCE_SCALAR)
        return;
    part = all->items[which];
    part.milli = 1 + (int64_t)below(w, (uint64_t)part.milli);
    resources_copy(&to, &from);
    free_role(&to.items[0]);
    if (part.reserved_role == NULL)
        to.items[0].reserved_role = strdup(roles[below(w, ROLES)]);
    alloc_agent_convert(w->alloc, name(w, 'a', agent), &from, &to);
    resources_add(all, &to);
    resources_subtract(all, &from);
    resources_release(&to);
}

static void something_happens(struct world *w)
{
    size_t agent = below(w, AGENTS), framework = below(w, FRAMEWORKS);
    unsigned kind = (unsigned)below(w, 12);

    if (kind == 0 && w->has_agent[agent]) {
        remove_agent(w, agent);
    } else if (kind <= 1 && !w->has_agent[agent]) {
        add_agent(w, agent);
    } else if (kind == 2 && w->has_agent[agent]) {
        w->is_agent_active[agent] = !w->is_agent_active[agent];
        alloc_agent_set_active(w->alloc, name(w, 'a', agent),
                               w->is_agent_active[agent]);
    } else if (kind == 3) {
        toggle_framework(w, framework);
    } else if (kind == 4 && w->has_framework[framework]) {
        change_framework(w, framework);
    } else if (kind == 5) {
        alloc_role_set_weight(w->alloc, roles[below(w, ROLES)],
                              1000 * (1 + (int64_t)below(w, 3)));
    } else if (kind == 6 && w->has_agent[agent]) {
        reserve(w, agent);
    } else if (w->leases_count > 0) {
        give_back(w, below(w, w->leases_count), below(w, 2));
    }
}

static void complain(struct world *w, const char *what)
{
    if (w->wrong == NULL)
        w->wrong = what;
}

static void note_grant(struct world *w, const struct alloc_grant *g)
{
    size_t agent = (size_t)atoi(g->agent_id + 1);
    size_t framework = (size_t)atoi(g->framework_id + 1);
    struct lease *l = &w->leases[w->leases_count++];

    if (!w->has_agent[agent] || !w->is_agent_active[agent])
        complain(w, "of an agent that is not there");
    if (!w->has_framework[framework] || !w->is_framework_active[framework] ||
        w->is_suppressed[framework])
        complain(w, "to one who may not be offered anything");
    if (resources_is_empty(g->resources) ||
        !resources_contain(&w->free[agent], g->resources))
        complain(w, "of what is not free");
    for (size_t i = 0; i < g->resources->count; i++) {
        const char *reserved = g->resources->items[i].reserved_role;

        if (reserved != NULL &&
            strncmp(reserved, g->role, strlen(reserved)) != 0)
            complain(w, "of what is reserved to others");
    }
    resources_subtract(&w->free[agent], g->resources);
    snprintf(l->framework, sizeof l->framework, "%s", g->framework_id);
    snprintf(l->role, sizeof l->role, "%s", g->role);
    snprintf(l->agent, sizeof l->agent, "%s", g->agent_id);
    resources_init(&l->resources);
    resources_copy(&l->resources, g->resources);
}

/* When nothing is left to do, nothing is left that anybody could use. */
static void look_for_the_overlooked(struct world *w, size_t f, size_t agent)
{
    struct resources visible, *free = &w->free[agent];

    resources_init(&visible);
    for (size_t i = 0; i < free->count; i++) {
        const char *reserved = free->items[i].reserved_role;
        struct resources one = {.items = &free->items[i], .count = 1};

        if (reserved == NULL ||
            strncmp(reserved, w->role_of[f], strlen(reserved)) == 0)
            resources_add(&visible, &one);
    }
    if ((resources_milli(&visible, "cpus") >= 10 ||
         resources_milli(&visible, "mem") >= 32000) &&
        !(w->refused_until[f][agent] > w->now &&
          (w->refused_until[f][agent] == MSEC_NEVER ||
           resources_contain(&w->refused[f][agent], &visible))))
        complain(w, "somebody was passed over");
    resources_release(&visible);
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
    } while (alloc_deadline(w->alloc) <= w->now && ++runs < 100);
    if (alloc_deadline(w->alloc) <= w->now)
        complain(w, "it does not come to rest");
    for (size_t f = 0; f < FRAMEWORKS; f++) {
        for (size_t i = 0; i < AGENTS; i++) {
            if (w->has_framework[f] && w->is_framework_active[f] &&
                !w->is_suppressed[f] && w->has_agent[i] &&
                w->is_agent_active[i])
                look_for_the_overlooked(w, f, i);
        }
    }
}

static void world_free(struct world *w)
{
    alloc_free(w->alloc);
    while (w->leases_count > 0)
        drop_lease(w, w->leases_count - 1);
    for (size_t i = 0; i < AGENTS; i++) {
        if (w->has_agent[i])
            resources_release(&w->free[i]);
        for (size_t f = 0; f < FRAMEWORKS; f++)
            resources_release(&w->refused[f][i]);
    }
    arena_free(w->arena);
    free(w);
}

static const char *live_through(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);
    const char *wrong;

    if (w == NULL)
        abort();
    w->alloc = alloc_new();
    w->arena = arena_new();
    w->random.state = seed;
    for (int i = 0; i < ROUNDS && w->wrong == NULL; i++) {
        for (uint64_t events = below(w, 8); events > 0; events--)
            something_happens(w);
        run(w);
        w->now += 2 + (msec_t)below(w, 60);
    }
    wrong = w->wrong;
    if (wrong != NULL)
        printf("# seed %llu: %s\n", (unsigned long long)seed, wrong);
    world_free(w);
    return wrong;
}

static void whatever_happens_nothing_is_given_twice_or_overlooked(void)
{
    bool is_right = true;

    for (uint64_t seed = 1; seed <= 60 && is_right; seed++)
        is_right = live_through(seed) == NULL;
    CHECK(is_right);
}

/* The reference: a flat list of shares, looked through for each agent. */
struct competitor {
    const char *role;
    char id[24];
    double weight;
    double cpus;
    double mem;
};

struct case_of_drf {
    struct competitor competitors[8];
    size_t competitors_count;
    double role_weights[ROLES];
    double agent_cpus[40];
    double agent_mem[40];
    size_t agents_count;
    double cpus;
    double mem;
};

/* Dominant share over the weight of all whose role starts with `prefix`. */
static double share_under(const struct case_of_drf *c,
                          const char *prefix,
                          double weight)
{
    size_t size = strlen(prefix);
    double cpus = 0, mem = 0;

    for (size_t i = 0; i < c->competitors_count; i++) {
        const struct competitor *k = &c->competitors[i];

        if (strncmp(k->role, prefix, size) == 0 &&
            (k->role[size] == '\0' || k->role[size] == '/')) {
            cpus += k->cpus;
            mem += k->mem;
        }
    }
    return (cpus / c->cpus > mem / c->mem ? cpus / c->cpus : mem / c->mem) /
           weight;
}

static double own_share(const struct case_of_drf *c, const struct competitor *k)
{
    double cpus = k->cpus / c->cpus, mem = k->mem / c->mem;

    return cpus > mem ? cpus : mem;
}

static double weight_of(const struct case_of_drf *c, const char *role)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strcmp(roles[i], role) == 0)
            return c->role_weights[i];
    }
    return 1;
}

/* Is `a` before `b`?  They are compared where their paths part: roles of one
 * level, the frameworks of a role as one against the roles below it. */
static bool is_poorer(const struct case_of_drf *c,
                      const struct competitor *a,
                      const struct competitor *b)
{
    char top_a[8], top_b[8];
    double share_a, share_b, own_a = 0, own_b = 0;

    snprintf(top_a, sizeof top_a, "%.1s", a->role);
    snprintf(top_b, sizeof top_b, "%.1s", b->role);
    if (strcmp(top_a, top_b) != 0) {
        share_a = share_under(c, top_a, weight_of(c, top_a));
        share_b = share_under(c, top_b, weight_of(c, top_b));
        return share_a != share_b ? share_a < share_b
                                  : strcmp(top_a, top_b) < 0;
    }
    if (strcmp(a->role, b->role) == 0) {
        share_a = own_share(c, a);
        share_b = own_share(c, b);
        return share_a != share_b ? share_a < share_b
                                  : strcmp(a->id, b->id) < 0;
    }
    for (size_t i = 0; i < c->competitors_count; i++) {
        /* Few enough frameworks in a top role to add up as they are: the
         * cases give it at most one, so its own share is that one's. */
        if (strcmp(c->competitors[i].role, top_a) == 0)
            own_a = own_b = own_share(c, &c->competitors[i]);
    }
    share_a = a->role[1] == '\0'
                  ? own_a
                  : share_under(c, a->role, weight_of(c, a->role));
    share_b = b->role[1] == '\0'
                  ? own_b
                  : share_under(c, b->role, weight_of(c, b->role));
    return share_a != share_b ? share_a < share_b
                              : strcmp(a->role + 1, b->role + 1) < 0;
}

static void make_case(struct case_of_drf *c, struct random *r)
{
    bool has_top[256] = {false};

    *c = (struct case_of_drf){.agents_count = 10 + random_below(r, 30)};
    for (size_t i = 0; i < ROLES; i++)
        c->role_weights[i] = (double)(1 + random_below(r, 4));
    for (size_t i = 0; i < c->agents_count; i++) {
        c->cpus += c->agent_cpus[i] = (double)(1 + random_below(r, 64));
        c->mem += c->agent_mem[i] = (double)(64 * (1 + random_below(r, 64)));
    }
    c->competitors_count = 1 + random_below(r, 8);
    for (size_t i = 0; i < c->competitors_count; i++) {
        struct competitor *k = &c->competitors[i];

        do
            k->role = roles[random_below(r, ROLES)];
        while (k->role[1] == '\0' && has_top[(unsigned char)k->role[0]]);
        has_top[(unsigned char)k->role[0]] |= k->role[1] == '\0';
        snprintf(k->id, sizeof k->id, "f%02zu", i);
    }
}

static void fill_slowly(struct case_of_drf *c)
{
    for (size_t i = 0; i < c->agents_count; i++) {
        struct competitor *poorest = &c->competitors[0];

        for (size_t k = 1; k < c->competitors_count; k++) {
            if (is_poorer(c, &c->competitors[k], poorest))
                poorest = &c->competitors[k];
        }
        poorest->cpus += c->agent_cpus[i];
        poorest->mem += c->agent_mem[i];
    }
}

/* Put agents and frameworks in, in an order of `r`'s. */
static struct alloc *allocator_for(const struct case_of_drf *c,
                                   struct random *r)
{
    struct alloc *a = alloc_new();
    size_t order[64], count = c->agents_count + c->competitors_count;

    for (size_t i = 0; i < count; i++) {
        size_t j = random_below(r, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (size_t i = 0; i < ROLES; i++)
        alloc_role_set_weight(a, roles[i],
                              (int64_t)(c->role_weights[i] * 1000));
    for (size_t i = 0; i < count; i++) {
        size_t n = order[i];

        if (n < c->agents_count) {
            struct resources total;
            char id[24];

            snprintf(id, sizeof id, "a%02zu", n);
            resources_init(&total);
            resources_set_milli(&total, "cpus",
                                (int64_t)(c->agent_cpus[n] * 1000));
            resources_set_milli(&total, "mem",
                                (int64_t)(c->agent_mem[n] * 1000));
            alloc_agent_add(a, &(struct alloc_agent_info){
                                   .id = id, .hostname = id, .total = &total});
            resources_release(&total);
        } else {
            const struct competitor *k = &c->competitors[n - c->agents_count];

            alloc_framework_add(a, k->id, &k->role, 1);
        }
    }
    return a;
}

/* How far the shares are from the reference's, in the greatest grants. */
static double distance(const struct case_of_drf *c,
                       const struct alloc_grant *grants,
                       size_t count)
{
    double most = 0, grant = 0;

    for (size_t i = 0; i < c->agents_count; i++) {
        double cpus = c->agent_cpus[i] / c->cpus;
        double mem = c->agent_mem[i] / c->mem;

        grant = cpus > grant ? cpus : grant;
        grant = mem > grant ? mem : grant;
    }
    for (size_t k = 0; k < c->competitors_count; k++) {
        struct competitor got = {.cpus = 0};
        double apart;

        for (size_t i = 0; i < count; i++) {
            if (strcmp(grants[i].framework_id, c->competitors[k].id) != 0)
                continue;
            got.cpus +=
                (double)resources_milli(grants[i].resources, "cpus") / 1000;
            got.mem +=
                (double)resources_milli(grants[i].resources, "mem") / 1000;
        }
        apart = own_share(c, &got) - own_share(c, &c->competitors[k]);
        apart = apart < 0 ? -apart : apart;
        most = apart > most ? apart : most;
    }
    return most / grant;
}

static bool are_equal(const struct alloc_grant *a,
                      const struct alloc_grant *b,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(a[i].framework_id, b[i].framework_id) != 0 ||
            strcmp(a[i].agent_id, b[i].agent_id) != 0 ||
            !resources_equal(a[i].resources, b[i].resources))
            return false;
    }
    return true;
}

static void shares_are_within_a_grant_of_the_exact_ones(void)
{
    struct arena *arena = arena_new();
    size_t far = 0, unequal = 0, lost = 0;

    for (uint64_t seed = 1; seed <= CASES; seed++) {
        struct random r = {seed};
        struct case_of_drf c;
        const struct alloc_grant *grants, *again;
        struct alloc *a, *b;
        size_t count;

        make_case(&c, &r);
        fill_slowly(&c);
        a = allocator_for(&c, &r);
        b = allocator_for(&c, &r);
        count = alloc_run(a, 0, 1000, arena, &grants);
        lost += count != c.agents_count;
        far += distance(&c, grants, count) > 1.0001;
        unequal += alloc_run(b, 0, 1000, arena, &again) != count ||
                   !are_equal(grants, again, count);
        alloc_free(a);
        alloc_free(b);
        arena_reset(arena);
    }
    CHECK(lost == 0);
    CHECK(far == 0);
    CHECK(unequal == 0); /* whatever the order they came in */
    arena_free(arena);
}

static void a_freed_agent_does_not_wait_for_a_long_pass(void)
{
    enum {
        MANY = 30000
    };
    struct alloc *a = alloc_new();
    struct arena *arena = arena_new();
    const struct alloc_grant *grants, *later;
    const char *role = "r";
    size_t count;
    struct resources total;

    resources_init(&total);
    resources_set_milli(&total, "cpus", 1000);
    for (int i = 0; i < MANY; i++) {
        char id[24];

        snprintf(id, sizeof id, "%05d", MANY - i);
        alloc_agent_add(a, &(struct alloc_agent_info){
                               .id = id, .hostname = id, .total = &total});
    }
    for (int i = 0; i < 100; i++) {
        char id[24];

        snprintf(id, sizeof id, "f%03d", i);
        alloc_framework_add(a, id, &role, 1);
    }
    count = alloc_run(a, 0, MANY, arena, &grants);
    CHECK(count > 0 && count < MANY);
    CHECK(alloc_deadline(a) <= 0);
    alloc_give_back(a, grants[0].framework_id, role, "00001", &total);
    CHECK(alloc_run(a, 0, MANY, arena, &later) > 0);
    CHECK(strcmp(later[0].agent_id, "00001") == 0);
    resources_release(&total);
    alloc_free(a);
    arena_free(arena);
}

int main(void)
{
    whatever_happens_nothing_is_given_twice_or_overlooked();
    shares_are_within_a_grant_of_the_exact_ones();
    a_freed_agent_does_not_wait_for_a_long_pass();
    return test_done();
}
