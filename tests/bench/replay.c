/* replay.c - what the allocator makes of a real log of a batch system.
 *
 * A log in the Standard Workload Format is run through the allocator in virtual
 * time, each job a gang of single processors, under each order of asks: one
 * event at a time, ends before submits.  More jobs than a framework may ask for
 * wait before it, in the order of arrival. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/alloc/alloc.h"
#include "tests/bench/swf.h"

enum {
    SHORT_S = 10, /* runs below it do not make a slowdown worse */
    STATUS_USAGE = 2,
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

struct replay {
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
};

static const char framework[] = "batch";

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
    struct resources each;
    struct alloc_slot slot = {
        .each = &each, .count = job->processors, .min = job->processors};
    struct error err;
    char id[24];

    snprintf(id, sizeof id, "%zu", n);
    resources_init(&each);
    resources_set_milli(&each, "cpus", 1000);
    if (alloc_ask_put(r->alloc, framework,
                      &(struct alloc_ask){.id = id,
                                          .role = framework,
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

static void launch(struct replay *r, const struct alloc_grant *g, msec_t now)
{
    size_t n = strtoul(g->ask_id, NULL, 10);
    struct job *job = &r->jobs[n];
    struct part *part;

    job->parts =
        memory_resize(job->parts, job->parts_count + 1, sizeof *job->parts);
    part = &job->parts[job->parts_count++];
    part->agent_id = memory_strdup(g->agent_id);
    resources_init(&part->resources);
    resources_copy(&part->resources, g->resources);
    alloc_ask_note_placed(r->alloc, framework, g->ask_id, 0, g->agent_id,
                          g->counts[0], g->counts[0]);
    alloc_note_end(r->alloc, framework, framework, g->agent_id, g->resources,
                   now + r->log[n].walltime);
    if (job->start < 0)
        start(r, n, now);
}

static void end(struct replay *r)
{
    size_t n = r->running[0];
    struct job *job = &r->jobs[n];

    r->running[0] = r->running[--r->running_count];
    if (r->running_count > 0)
        settle(r, 0);
    for (size_t i = 0; i < job->parts_count; i++) {
        struct part *p = &job->parts[i];

        alloc_forget_end(r->alloc, framework, framework, p->agent_id,
                         &p->resources, job->start + r->log[n].walltime);
        alloc_give_back(r->alloc, framework, framework, p->agent_id,
                        &p->resources);
        resources_release(&p->resources);
        free(p->agent_id);
    }
    free(job->parts);
    job->parts = NULL;
    job->parts_count = 0;
}

static void allocate(struct replay *r, msec_t now)
{
    do {
        const struct alloc_grant *grants;
        size_t count = alloc_run(r->alloc, now, 1000 * 1000, r->arena, &grants);

        for (size_t i = 0; i < count; i++)
            launch(r, &grants[i], now);
        arena_reset(r->arena);
    } while (alloc_deadline(r->alloc) <= now);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct result measure(const struct replay *r, const char *policy)
{
    struct result result = {.policy = policy, .jobs = r->jobs_count};
    double *waits = memory_new(r->jobs_count, sizeof *waits), work = 0;
    msec_t first = r->log[0].submit, last = 0;

    for (size_t i = 0; i < r->jobs_count; i++) {
        const struct job *job = &r->jobs[i];
        double run = (double)r->log[i].run / 1000, slowdown;

        waits[i] = (double)(job->start - r->log[i].submit) / 1000;
        slowdown = (waits[i] + run) / (run > SHORT_S ? run : SHORT_S);
        result.mean_wait_s += waits[i] / (double)r->jobs_count;
        result.mean_bounded_slowdown +=
            (slowdown > 1 ? slowdown : 1) / (double)r->jobs_count;
        work += run * r->log[i].processors;
        last = job->end > last ? job->end : last;
    }
    qsort(waits, r->jobs_count, sizeof *waits, by_value);
    result.p95_wait_s = waits[(size_t)(0.95 * (double)(r->jobs_count - 1))];
    result.max_wait_s = waits[r->jobs_count - 1];
    result.utilisation =
        work / ((double)r->nodes * r->cpus * ((double)(last - first) / 1000));
    free(waits);
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

/* The next thing that happens: an end, or the submits of one time. */
static msec_t happen(struct replay *r, size_t *submitted)
{
    msec_t now;

    if (r->running_count > 0 && (*submitted == r->jobs_count ||
                                 end_of(r, 0) <= r->log[*submitted].submit)) {
        now = end_of(r, 0);
        end(r);
    } else {
        now = r->log[(*submitted)++].submit;
    }
    while (r->asked < *submitted && r->asks_count < ALLOC_ASKS_MAX)
        ask(r, r->asked++);
    return now;
}

static struct result replay(struct replay *r,
                            const char *policy,
                            enum alloc_order order)
{
    const char *role = framework;
    struct result result;
    size_t submitted = 0;

    r->alloc = alloc_new();
    r->arena = arena_new();
    r->running = memory_new(r->jobs_count, sizeof(*r->running));
    r->jobs = memory_new(r->jobs_count, sizeof(*r->jobs));
    r->running_count = r->asked = r->asks_count = 0;
    alloc_set_order(r->alloc, order);
    alloc_framework_add(r->alloc, framework, &role, 1);
    alloc_suppress(r->alloc, framework, NULL);
    add_agents(r);
    for (size_t i = 0; i < r->jobs_count; i++)
        r->jobs[i].start = -1;
    while (submitted < r->jobs_count || r->running_count > 0)
        allocate(r, happen(r, &submitted));
    must_be_over(r);
    alloc_free(r->alloc);
    arena_free(r->arena);
    free(r->running);
    result = measure(r, policy);
    free(r->jobs);
    return result;
}

static void print(const struct result *results, size_t count, bool is_json)
{
    if (!is_json)
        printf("%-8s %8s %12s %12s %12s %10s %12s\n", "policy", "jobs",
               "mean wait s", "p95 wait s", "max wait s", "slowdown",
               "utilisation");
    for (size_t i = 0; i < count; i++) {
        const struct result *r = &results[i];

        if (is_json)
            printf("%s{\"policy\": \"%s\", \"jobs\": %zu, \"mean_wait_s\": "
                   "%.1f, \"p95_wait_s\": %.1f, \"max_wait_s\": %.1f, "
                   "\"mean_bounded_slowdown\": %.3f, \"utilisation\": %.4f}%s",
                   i == 0 ? "[\n  " : ",\n  ", r->policy, r->jobs,
                   r->mean_wait_s, r->p95_wait_s, r->max_wait_s,
                   r->mean_bounded_slowdown, r->utilisation,
                   i + 1 == count ? "\n]\n" : "");
        else
            printf("%-8s %8zu %12.0f %12.0f %12.0f %10.2f %12.3f\n", r->policy,
                   r->jobs, r->mean_wait_s, r->p95_wait_s, r->max_wait_s,
                   r->mean_bounded_slowdown, r->utilisation);
    }
}

static const char usage[] =
    "usage: scripts/replay FILE.swf --nodes N [--cpus C] [--json]";

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
    struct result results[3];
    const char *file = NULL;
    struct swf_job *log;
    struct error err;
    bool is_json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--nodes") == 0) {
            r.nodes = number(argv[i], argv[i + 1]);
            i++;
        } else if (strcmp(argv[i], "--cpus") == 0) {
            r.cpus = number(argv[i], argv[i + 1]);
            i++;
        } else if (strcmp(argv[i], "--json") == 0) {
            is_json = true;
        } else if (argv[i][0] == '-' || file != NULL) {
            refuse(argv[i], ": unexpected");
        } else {
            file = argv[i];
        }
    }
    if (file == NULL || r.nodes == 0)
        refuse(file == NULL ? "FILE.swf" : "--nodes", " is missing");
    if (swf_read(file, (uint64_t)r.nodes * r.cpus, &log, &r.jobs_count, &err) <
        0) {
        fprintf(stderr, "replay: %s\n", err.text);
        return STATUS_USAGE;
    }
    r.log = log;
    results[0] = replay(&r, "fcfs", ALLOC_ORDER_STRICT);
    results[1] = replay(&r, "easy", ALLOC_ORDER_ARRIVAL);
    results[2] = replay(&r, "mezzo", ALLOC_ORDER_SLOWDOWN);
    print(results, 3, is_json);
    free(log);
    return 0;
}
