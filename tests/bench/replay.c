/* replay.c - what the allocator makes of a real log of a batch system.
 *
 * A log in the Standard Workload Format is run through the allocator in virtual
 * time, each job a gang of single processors, under each order of asks: one
 * event at a time, ends before submits.  More jobs than a framework may ask for
 * wait before it, in the order of arrival.
 *
 * With --users each user's jobs are in a role of his own, below one of all, and
 * what users have had breaks ties between them.
 *
 * A second table is of the same beside services, which hold a guarantee of a
 * quarter of the pool, and are there for half of each day. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/alloc/alloc.h"
#include "master/alloc/usage.h"
#include "tests/bench/swf.h"

enum {
    SHORT_S = 10, /* runs below it do not make a slowdown worse */
    STATUS_USAGE = 2,
    SERVICES_MS = 12 * 3600 * 1000, /* they come, or go, so often */
    SERVICES_PART = 4,              /* of the pool, is guaranteed to them */
};

/* Part of a job, on one agent. */
struct part {
    char *agent_id;
    struct resources resources;
};

struct job {
    msec_t start; /* -1: not yet */
    msec_t end;
    struct part *parts;
    size_t parts_count;
};

/* Tasks without end, which all come at one time and go at another. */
struct services {
    bool is_wanted; /* in this table */
    bool is_up;
    msec_t next; /* when that changes */
    msec_t
        since; /* when it was last added up, in milliseconds of a processor: */
    double held_ms;
    double asked_ms;
    struct part *parts;
    size_t parts_count;
};

struct replay {
    struct services services;
    bool is_by_user;
    msec_t half_life;
    const struct swf_job *log; /* by submit time */
    struct job *jobs;          /* the same, as they fare */
    size_t jobs_count;
    unsigned nodes;
    unsigned cpus;
    struct alloc *alloc;
    struct arena *arena;
    size_t *running; /* a heap: the next to end first */
    size_t running_count;
    size_t asked; /* so many jobs from the first on are asked for */
    size_t asks_count;
};

struct result {
    const char *policy;
    size_t jobs;
    double mean_wait_s;
    double p95_wait_s;
    double max_wait_s;
    double mean_bounded_slowdown;
    double utilisation;
    double light_slowdown; /* of jobs of users who do less than the mean */
    double services_met;   /* of what services asked for, how much they had */
};

static const char batch[] = "batch";
static const char services[] = "services";

/* Whose jobs it is one of: a framework, and its role. */
static const char *owner_of(const struct replay *r, size_t n)
{
    static char text[32];

    if (!r->is_by_user)
        return batch;
    snprintf(text, sizeof text, "%s/user-%u", batch, r->log[n].user);
    return text;
}

static bool is_first_of_user(const struct replay *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!r->is_by_user || r->log[i].user == r->log[n].user)
            return false;
    return true;
}

static void add_frameworks(struct replay *r)
{
    for (size_t n = 0; n < r->jobs_count; n++) {
        const char *owner = owner_of(r, n);

        if (!is_first_of_user(r, n))
            continue;
        alloc_framework_add(r->alloc, owner, &owner, 1);
        alloc_suppress(r->alloc, owner, NULL);
    }
}

static void add_agents(struct replay *r)
{
    struct resources total;

    resources_init(&total);
    resources_set_milli(&total, "cpus", (int64_t)r->cpus * 1000);
    for (unsigned i = 0; i < r->nodes; i++) {
        char id[24];

        snprintf(id, sizeof id, "node-%06u", i);
        alloc_agent_add(r->alloc, &(struct alloc_agent_info){.id = id,
                                                             .hostname = id,
                                                             .total = &total});
    }
    resources_release(&total);
}

static void ask(struct replay *r, size_t n)
{
    const struct swf_job *job = &r->log[n];
    const char *owner = owner_of(r, n);
    struct resources each;
    struct alloc_slot slot = {
        .each = &each, .count = job->processors, .min = job->processors};
    struct error err;
    char id[24];

    snprintf(id, sizeof id, "%zu", n);
    resources_init(&each);
    resources_set_milli(&each, "cpus", 1000);
    if (alloc_ask_put(r->alloc, owner,
                      &(struct alloc_ask){.id = id,
                                          .role = owner,
                                          .slots = &slot,
                                          .slots_count = 1,
                                          .max_ms = job->walltime,
                                          .since = job->submit},
                      &err) < 0) {
        fprintf(stderr, "replay: job %zu: %s\n", n, err.text);
        exit(1);
    }
    resources_release(&each);
    r->asks_count++;
}

static msec_t end_of(const struct replay *r, size_t place)
{
    return r->jobs[r->running[place]].end;
}

static void settle(struct replay *r, size_t i)
{
    size_t moved = r->running[i];
    msec_t end = r->jobs[moved].end;

    while (i > 0 && end < end_of(r, (i - 1) / 2)) {
        r->running[i] = r->running[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t c = 2 * i + 1;

        if (c + 1 < r->running_count && end_of(r, c + 1) < end_of(r, c))
            c++;
        if (c >= r->running_count || end_of(r, c) >= end)
            break;
        r->running[i] = r->running[c];
        i = c;
    }
    r->running[i] = moved;
}

/* A job has been given all it wants: it runs. */
static void start(struct replay *r, size_t n, msec_t now)
{
    r->jobs[n].start = now;
    r->jobs[n].end = now + r->log[n].run;
    r->running[r->running_count] = n;
    settle(r, r->running_count++);
    r->asks_count--;
}

static struct part *add_part(struct part **parts,
                             size_t *count,
                             const struct alloc_grant *g)
{
    struct part *part;

    *parts = memory_resize(*parts, *count + 1, sizeof(**parts));
    part = &(*parts)[(*count)++];
    part->agent_id = memory_strdup(g->agent_id);
    resources_init(&part->resources);
    resources_copy(&part->resources, g->resources);
    return part;
}

static void release_parts(struct part **parts, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        resources_release(&(*parts)[i].resources);
        free((*parts)[i].agent_id);
    }
    free(*parts);
    *parts = NULL;
    *count = 0;
}

static void launch(struct replay *r, const struct alloc_grant *g, msec_t now)
{
    size_t n = strtoul(g->ask_id, NULL, 10);
    struct job *job = &r->jobs[n];
    const char *owner = owner_of(r, n);

    add_part(&job->parts, &job->parts_count, g);
    alloc_ask_note_placed(r->alloc, owner, g->ask_id, 0, g->agent_id,
                          g->counts[0], g->counts[0]);
    alloc_note_end(r->alloc, owner, owner, g->agent_id, g->resources,
                   now + r->log[n].walltime);
    if (job->start < 0)
        start(r, n, now);
}

static void end(struct replay *r)
{
    size_t n = r->running[0];
    struct job *job = &r->jobs[n];
    const char *owner = owner_of(r, n);

    r->running[0] = r->running[--r->running_count];
    if (r->running_count > 0)
        settle(r, 0);
    for (size_t i = 0; i < job->parts_count; i++) {
        struct part *p = &job->parts[i];

        alloc_forget_end(r->alloc, owner, owner, p->agent_id, &p->resources,
                         job->start + r->log[n].walltime);
        alloc_give_back(r->alloc, owner, owner, p->agent_id, &p->resources);
    }
    release_parts(&job->parts, &job->parts_count);
}

/* --------------------------------------------------------------- services */

static int64_t services_processors(const struct replay *r)
{
    return (int64_t)r->nodes * r->cpus / SERVICES_PART;
}

static void services_begin(struct replay *r)
{
    const char *role = services;
    struct resources guarantee, none;

    r->services = (struct services){.is_wanted = r->services.is_wanted,
                                    .next = MSEC_NEVER};
    if (!r->services.is_wanted)
        return;
    resources_init(&guarantee);
    resources_init(&none);
    resources_set_milli(&guarantee, "cpus", services_processors(r) * 1000);
    alloc_framework_add(r->alloc, services, &role, 1);
    alloc_suppress(r->alloc, services, NULL);
    if (alloc_role_set_quota(r->alloc, services, &guarantee, &none, NULL) < 0)
        abort();
    resources_release(&guarantee);
    r->services.next = r->services.since = r->log[0].submit;
}

static void services_add_up(struct replay *r, msec_t now)
{
    struct services *s = &r->services;
    double held = 0;

    for (size_t i = 0; i < s->parts_count; i++)
        held += (double)resources_milli(&s->parts[i].resources, "cpus") / 1000;
    s->held_ms += held * (double)(now - s->since);
    if (s->is_up)
        s->asked_ms +=
            (double)services_processors(r) * (double)(now - s->since);
    s->since = now;
}

static void services_come(struct replay *r)
{
    struct resources each;
    struct alloc_slot slot = {.each = &each,
                              .count = (uint32_t)services_processors(r)};

    resources_init(&each);
    resources_set_milli(&each, "cpus", 1000);
    if (slot.count > 0 && alloc_ask_put(r->alloc, services,
                                        &(struct alloc_ask){.id = services,
                                                            .role = services,
                                                            .slots = &slot,
                                                            .slots_count = 1},
                                        NULL) < 0)
        abort();
    resources_release(&each);
}

static void services_go(struct replay *r)
{
    struct services *s = &r->services;

    alloc_ask_withdraw(r->alloc, services, services);
    for (size_t i = 0; i < s->parts_count; i++)
        alloc_give_back(r->alloc, services, services, s->parts[i].agent_id,
                        &s->parts[i].resources);
    release_parts(&s->parts, &s->parts_count);
}

static void services_change(struct replay *r)
{
    struct services *s = &r->services;

    services_add_up(r, s->next);
    if (s->is_up)
        services_go(r);
    else
        services_come(r);
    s->is_up = !s->is_up;
    s->next += SERVICES_MS;
}

static void services_launch(struct replay *r,
                            const struct alloc_grant *g,
                            msec_t now)
{
    services_add_up(r, now);
    add_part(&r->services.parts, &r->services.parts_count, g);
    alloc_ask_note_placed(r->alloc, services, services, 0, g->agent_id,
                          g->counts[0], g->counts[0]);
}

/* -------------------------------------------------------------- the replay */

static void allocate(struct replay *r, msec_t now)
{
    do {
        const struct alloc_grant *grants;
        size_t count = alloc_run(r->alloc, now, 1000 * 1000, r->arena, &grants);

        for (size_t i = 0; i < count; i++) {
            if (strcmp(grants[i].framework_id, services) == 0)
                services_launch(r, &grants[i], now);
            else
                launch(r, &grants[i], now);
        }
        arena_reset(r->arena);
    } while (alloc_deadline(r->alloc) <= now);
}

static double slowdown_of(const struct replay *r, size_t i)
{
    double wait = (double)(r->jobs[i].start - r->log[i].submit) / 1000;
    double run = (double)r->log[i].run / 1000;
    double slowdown = (wait + run) / (run > SHORT_S ? run : SHORT_S);

    return slowdown > 1 ? slowdown : 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of the jobs of a user: processors times their runs, in seconds. */
static double work_of_user(const struct replay *r, unsigned user)
{
    double work = 0;

    for (size_t i = 0; i < r->jobs_count; i++)
        if (r->log[i].user == user)
            work += (double)r->log[i].run / 1000 * r->log[i].processors;
    return work;
}

static void measure_light(const struct replay *r, struct result *result)
{
    double all = 0, sum = 0, mean;
    size_t users = 0, count = 0;

    for (size_t i = 0; i < r->jobs_count; i++)
        if (is_first_of_user(r, i)) {
            all += work_of_user(r, r->log[i].user);
            users++;
        }
    mean = all / (double)users;
    for (size_t n = 0; n < r->jobs_count; n++) {
        if (!is_first_of_user(r, n) || work_of_user(r, r->log[n].user) >= mean)
            continue;
        for (size_t i = 0; i < r->jobs_count; i++)
            if (r->log[i].user == r->log[n].user) {
                sum += slowdown_of(r, i);
                count++;
            }
    }
    result->light_slowdown = count > 0 ? sum / (double)count : 0;
}

static struct result measure(const struct replay *r, const char *policy)
{
    struct result result = {.policy = policy, .jobs = r->jobs_count};
    double *waits = memory_new(r->jobs_count, sizeof *waits), work = 0;
    msec_t first = r->log[0].submit, last = 0;

    for (size_t i = 0; i < r->jobs_count; i++) {
        const struct job *job = &r->jobs[i];
        double run = (double)r->log[i].run / 1000;

        waits[i] = (double)(job->start - r->log[i].submit) / 1000;
        result.mean_wait_s += waits[i] / (double)r->jobs_count;
        result.mean_bounded_slowdown +=
            slowdown_of(r, i) / (double)r->jobs_count;
        work += run * r->log[i].processors;
        last = job->end > last ? job->end : last;
    }
    qsort(waits, r->jobs_count, sizeof *waits, by_value);
    result.p95_wait_s = waits[(size_t)(0.95 * (double)(r->jobs_count - 1))];
    result.max_wait_s = waits[r->jobs_count - 1];
    work += r->services.held_ms / 1000;
    if (r->services.asked_ms > 0)
        result.services_met = r->services.held_ms / r->services.asked_ms;
    result.utilisation =
        work / ((double)r->nodes * r->cpus * ((double)(last - first) / 1000));
    free(waits);
    if (r->is_by_user)
        measure_light(r, &result);
    return result;
}

/* Nothing is held any more, and nobody waits. */
static void must_be_over(const struct replay *r)
{
    const char *wrong = alloc_check(r->alloc, r->arena);

    if (wrong == NULL && (r->asked < r->jobs_count || r->asks_count > 0))
        wrong = "jobs wait for ever";
    if (wrong == NULL)
        return;
    fprintf(stderr, "replay: %s\n", wrong);
    exit(1);
}

static msec_t next_submit(const struct replay *r, size_t submitted)
{
    return submitted < r->jobs_count ? r->log[submitted].submit : MSEC_NEVER;
}

/* Is there something to be reckoned before anything happens? */
static bool is_reckoned_first(const struct replay *r, size_t submitted)
{
    msec_t due = alloc_deadline(r->alloc);

    return r->half_life > 0 && due < next_submit(r, submitted) &&
           due < r->services.next &&
           (r->running_count == 0 || due < end_of(r, 0));
}

/* The next thing that happens: an end, a change of services, a submit. */
static msec_t happen(struct replay *r, size_t *submitted)
{
    msec_t submit = next_submit(r, *submitted);
    msec_t now = r->running_count > 0 ? end_of(r, 0) : MSEC_NEVER;

    if (r->running_count > 0 && now <= submit && now <= r->services.next) {
        end(r);
    } else if (r->services.next <= submit && r->services.is_wanted) {
        now = r->services.next;
        services_change(r);
    } else {
        now = submit;
        ++*submitted;
    }
    while (r->asked < *submitted && r->asks_count < ALLOC_ASKS_MAX)
        ask(r, r->asked++);
    return now;
}

static struct result replay(struct replay *r,
                            const char *policy,
                            enum alloc_order order)
{
    struct result result;
    size_t submitted = 0;

    r->alloc = alloc_new();
    r->arena = arena_new();
    r->running = memory_new(r->jobs_count, sizeof(*r->running));
    r->jobs = memory_new(r->jobs_count, sizeof(*r->jobs));
    r->running_count = r->asked = r->asks_count = 0;
    alloc_set_order(r->alloc, order);
    alloc_set_half_life(r->alloc, r->half_life, r->log[0].submit);
    add_frameworks(r);
    add_agents(r);
    services_begin(r);
    for (size_t i = 0; i < r->jobs_count; i++)
        r->jobs[i].start = -1;
    while (submitted < r->jobs_count || r->running_count > 0 ||
           (r->services.is_wanted && r->asks_count > 0))
        allocate(r, is_reckoned_first(r, submitted) ? alloc_deadline(r->alloc)
                                                    : happen(r, &submitted));
    must_be_over(r);
    if (r->services.is_up)
        services_go(r);
    alloc_free(r->alloc);
    arena_free(r->arena);
    free(r->running);
    result = measure(r, policy);
    free(r->jobs);
    return result;
}

static void print_json(const struct result *results,
                       size_t count,
                       bool has_services)
{
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &results[i];

        printf("%s{\"policy\": \"%s\", \"jobs\": %zu, \"mean_wait_s\": "
               "%.1f, \"p95_wait_s\": %.1f, \"max_wait_s\": %.1f, "
               "\"mean_bounded_slowdown\": %.3f, \"utilisation\": %.4f",
               i == 0 ? "[\n  " : ",\n  ", r->policy, r->jobs, r->mean_wait_s,
               r->p95_wait_s, r->max_wait_s, r->mean_bounded_slowdown,
               r->utilisation);
        if (r->light_slowdown > 0)
            printf(", \"light_users_slowdown\": %.3f", r->light_slowdown);
        if (has_services)
            printf(", \"services_met\": %.4f", r->services_met);
        printf("}%s", i + 1 == count ? "\n]\n" : "");
    }
}

static void print(const struct result *results, size_t count, bool has_services)
{
    if (has_services)
        printf("\nbeside services that hold a guarantee of a quarter of the "
               "pool, 12 hours of 24:\n");
    printf("%-8s %8s %12s %12s %12s %10s %12s%s\n", "policy", "jobs",
           "mean wait s", "p95 wait s", "max wait s", "slowdown", "utilisation",
           has_services ? "  services met" : "");
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &results[i];

        printf("%-8s %8zu %12.0f %12.0f %12.0f %10.2f %12.3f", r->policy,
               r->jobs, r->mean_wait_s, r->p95_wait_s, r->max_wait_s,
               r->mean_bounded_slowdown, r->utilisation);
        if (has_services)
            printf(" %13.3f", r->services_met);
        if (r->light_slowdown > 0)
            printf("  (%.2f for users who do less than the mean)",
                   r->light_slowdown);
        putchar('\n');
    }
}

static void make_table(struct replay *r, bool has_services, bool is_json)
{
    struct result results[3];

    r->services.is_wanted = has_services;
    results[0] = replay(r, "fcfs", ALLOC_ORDER_STRICT);
    results[1] = replay(r, "easy", ALLOC_ORDER_ARRIVAL);
    results[2] = replay(r, "mezzo", ALLOC_ORDER_SLOWDOWN);
    if (is_json)
        print_json(results, 3, has_services);
    else
        print(results, 3, has_services);
}

static const char usage[] =
    "usage: scripts/replay FILE.swf --nodes N [--cpus C] [--services] "
    "[--users [--half-life HOURS]] [--json]";

static unsigned number(const char *option, const char *text)
{
    char *end = NULL;
    unsigned long n = text == NULL ? 0 : strtoul(text, &end, 10);

    if (n > 0 && n <= 1000 * 1000 && *end == '\0' && text[0] != '-')
        return (unsigned)n;
    fprintf(stderr, "replay: %s %s: a number from 1 to 1000000 is needed; %s\n",
            option, text == NULL ? "" : text, usage);
    exit(STATUS_USAGE);
}

static void refuse(const char *what, const char *why)
{
    fprintf(stderr, "replay: %s%s; %s\n", what, why, usage);
    exit(STATUS_USAGE);
}

int main(int argc, char **argv)
{
    struct replay r = {.cpus = 1};
    const char *file = NULL;
    struct swf_job *log;
    struct error err;
    bool is_json = false, has_services = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--nodes") == 0) {
            r.nodes = number(argv[i], argv[i + 1]);
            i++;
        } else if (strcmp(argv[i], "--cpus") == 0) {
            r.cpus = number(argv[i], argv[i + 1]);
            i++;
        } else if (strcmp(argv[i], "--users") == 0) {
            r.is_by_user = true;
        } else if (strcmp(argv[i], "--half-life") == 0) {
            r.half_life = (msec_t)number(argv[i], argv[i + 1]) * 3600 * 1000;
            i++;
        } else if (strcmp(argv[i], "--json") == 0) {
            is_json = true;
        } else if (strcmp(argv[i], "--services") == 0) {
            has_services = true;
        } else if (argv[i][0] == '-' || file != NULL) {
            refuse(argv[i], ": unexpected");
        } else {
            file = argv[i];
        }
    }
    if (file == NULL || r.nodes == 0)
        refuse(file == NULL ? "FILE.swf" : "--nodes", " is missing");
    if (r.half_life > 0 && !r.is_by_user)
        refuse("--half-life", " goes with --users");
    if (swf_read(file, (uint64_t)r.nodes * r.cpus, &log, &r.jobs_count, &err) <
        0) {
        fprintf(stderr, "replay: %s\n", err.text);
        return STATUS_USAGE;
    }
    r.log = log;
    if (!has_services)
        make_table(&r, false, is_json);
    if (has_services || !is_json)
        make_table(&r, true, is_json);
    free(log);
    return 0;
}
