/* replay.c - what the allocator makes of a real log of a batch system.
 *
 * A log in the Standard Workload Format is run through the allocator in virtual
 * time, each job a gang of single processors, under each order of asks.  Rules
 * (those of the literature, so that results compare): processors are those
 * requested, else those used; jobs without run time or processors, or wider
 * than the pool, are left out; the walltime is what was requested, but at least
 * the run time; one event at a time, ends before submits. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "master/alloc/alloc.h"

enum {
    FIELDS = 18,
    SHORT_S = 10, /* runs below it do not make a slowdown worse */
};

/* Part of a job, on one agent. */
struct part {
    char *agent_id;
    struct resources resources;
};

struct job {
    msec_t submit;
    msec_t run;
    msec_t estimate;
    uint32_t processors;
    msec_t start; /* -1: not yet */
    msec_t end;
    struct part *parts;
    size_t parts_count;
};

struct replay {
    struct job *jobs; /* by submit time */
    size_t jobs_count;
    unsigned nodes;
    unsigned cpus;
    struct alloc *alloc;
    struct arena *arena;
    struct job **running; /* a heap: the next to end first */
    size_t running_count;
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

static void fail_at(const char *file, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", file, line, what);
    exit(2);
}

/* The fields of one line, as whole numbers. */
static void read_fields(const char *file,
                        size_t line,
                        char *text,
                        double fields[FIELDS])
{
    char why[64], *end, *at = text;

    for (int i = 0; i < FIELDS; i++) {
        errno = 0;
        fields[i] = strtod(at, &end);
        if (end == at || errno != 0 ||
            (*end != '\0' && !strchr(" \t\r\n", *end)))
            break;
        at = end;
        if (i == FIELDS - 1)
            return;
        continue;
    }
    snprintf(why, sizeof why, "field %d is not a number",
             (int)(1 + (at == text ? 0 : FIELDS - 1)));
    for (int i = 0; i < FIELDS; i++) {
        strtod(text, &end);
        if (end == text || (*end != '\0' && !strchr(" \t\r\n", *end))) {
            snprintf(why, sizeof why, "field %d is not a number", i + 1);
            break;
        }
        text = end;
    }
    fail_at(file, line, why);
}

static void add_job(struct replay *r, const double fields[FIELDS])
{
    double processors = fields[7] > 0 ? fields[7] : fields[4];
    double estimate = fields[8] > fields[3] ? fields[8] : fields[3];

    if (fields[3] <= 0 || processors <= 0 ||
        processors > (double)r->nodes * r->cpus)
        return;
    if (r->jobs_count % 1024 == 0)
        r->jobs = memory_resize(r->jobs, r->jobs_count + 1024, sizeof *r->jobs);
    r->jobs[r->jobs_count++] = (struct job){
        .submit = (msec_t)(fields[1] * 1000),
        .run = (msec_t)(fields[3] * 1000),
        .estimate = (msec_t)(estimate * 1000),
        .processors = (uint32_t)processors,
    };
}

static int by_submit(const void *a, const void *b)
{
    const struct job *x = a, *y = b;

    return (x->submit > y->submit) - (x->submit < y->submit);
}

static void read_log(struct replay *r, const char *name)
{
    FILE *file = fopen(name, "r");
    double fields[FIELDS];
    char *text = NULL;
    size_t size = 0, line = 0;
    struct job *sorted;

    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
        exit(2);
    }
    while (getline(&text, &size, file) >= 0) {
        line++;
        if (text[strspn(text, " \t\r\n")] == '\0' ||
            text[strspn(text, " \t")] == ';')
            continue;
        read_fields(name, line, text, fields);
        add_job(r, fields);
    }
    free(text);
    fclose(file);
    if (r->jobs_count == 0) {
        fprintf(stderr, "%s: no job in it could run on %u processors\n", name,
                r->nodes * r->cpus);
        exit(2);
    }
    /* Logs are sorted by submit time, nearly; equal times keep their order. */
    sorted = memory_copy(r->jobs, r->jobs_count * sizeof *r->jobs);
    for (size_t i = 1; i < r->jobs_count; i++) {
        if (sorted[i - 1].submit > sorted[i].submit) {
            qsort(r->jobs, r->jobs_count, sizeof *r->jobs, by_submit);
            break;
        }
    }
    free(sorted);
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

static void submit(struct replay *r, size_t n)
{
    const struct job *job = &r->jobs[n];
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
                                          .max_ms = job->estimate,
                                          .since = job->submit},
                      &err) < 0) {
        fprintf(stderr, "job %zu: %s\n", n, err.text);
        exit(1);
    }
    resources_release(&each);
}

static void settle(struct replay *r, size_t i)
{
    struct job *moved = r->running[i];

    while (i > 0 && moved->end < r->running[(i - 1) / 2]->end) {
        r->running[i] = r->running[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    for (;;) {
        size_t c = 2 * i + 1;

        if (c + 1 < r->running_count &&
            r->running[c + 1]->end < r->running[c]->end)
            c++;
        if (c >= r->running_count || r->running[c]->end >= moved->end)
            break;
        r->running[i] = r->running[c];
        i = c;
    }
    r->running[i] = moved;
}

/* A job has been given all it wants: it runs. */
static void start(struct replay *r, struct job *job, msec_t now)
{
    job->start = now;
    job->end = now + job->run;
    r->running[r->running_count] = job;
    settle(r, r->running_count++);
}

static void launch(struct replay *r, const struct alloc_grant *g, msec_t now)
{
    struct job *job = &r->jobs[strtoul(g->ask_id, NULL, 10)];
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
                   now + job->estimate);
    if (job->start < 0)
        start(r, job, now);
}

static void end(struct replay *r)
{
    struct job *job = r->running[0];

    r->running[0] = r->running[--r->running_count];
    if (r->running_count > 0)
        settle(r, 0);
    for (size_t i = 0; i < job->parts_count; i++) {
        struct part *p = &job->parts[i];

        alloc_forget_end(r->alloc, framework, framework, p->agent_id,
                         &p->resources, job->start + job->estimate);
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
    msec_t first = r->jobs[0].submit, last = 0;

    for (size_t i = 0; i < r->jobs_count; i++) {
        const struct job *job = &r->jobs[i];
        double run = (double)job->run / 1000, slowdown;

        waits[i] = (double)(job->start - job->submit) / 1000;
        slowdown = (waits[i] + run) / (run > SHORT_S ? run : SHORT_S);
        result.mean_wait_s += waits[i] / (double)r->jobs_count;
        result.mean_bounded_slowdown +=
            (slowdown > 1 ? slowdown : 1) / (double)r->jobs_count;
        work += run * job->processors;
        last = job->end > last ? job->end : last;
    }
    qsort(waits, r->jobs_count, sizeof *waits, by_value);
    result.p95_wait_s = waits[(size_t)(0.95 * (double)(r->jobs_count - 1))];
    result.max_wait_s = waits[r->jobs_count - 1];
    result.utilisation =
        work / ((double)(r->nodes * r->cpus) * ((double)(last - first) / 1000));
    free(waits);
    return result;
}

static struct result replay(struct replay *r,
                            const char *policy,
                            enum alloc_order order)
{
    const char *role = framework;
    size_t next = 0;

    r->alloc = alloc_new();
    r->arena = arena_new();
    r->running = memory_new(r->jobs_count, sizeof(*r->running));
    alloc_set_order(r->alloc, order);
    alloc_framework_add(r->alloc, framework, &role, 1);
    alloc_suppress(r->alloc, framework, NULL);
    add_agents(r);
    for (size_t i = 0; i < r->jobs_count; i++)
        r->jobs[i].start = -1;
    while (next < r->jobs_count || r->running_count > 0) {
        msec_t now;

        if (r->running_count > 0 &&
            (next == r->jobs_count ||
             r->running[0]->end <= r->jobs[next].submit)) {
            now = r->running[0]->end;
            end(r);
        } else {
            now = r->jobs[next].submit;
            submit(r, next++);
        }
        allocate(r, now);
    }
    alloc_free(r->alloc);
    arena_free(r->arena);
    free(r->running);
    return measure(r, policy);
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

static unsigned number(const char *text)
{
    char *end;
    unsigned long n = text == NULL ? 0 : strtoul(text, &end, 10);

    if (n == 0 || *end != '\0' || n > 1000 * 1000) {
        fprintf(stderr, "%s: not a number from 1 to 1000000\n",
                text == NULL ? "nothing" : text);
        exit(2);
    }
    return (unsigned)n;
}

int main(int argc, char **argv)
{
    struct replay r = {.cpus = 1};
    struct result results[3];
    const char *file = NULL;
    bool is_json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--nodes") == 0)
            r.nodes = number(argv[++i]);
        else if (strcmp(argv[i], "--cpus") == 0)
            r.cpus = number(argv[++i]);
        else if (strcmp(argv[i], "--json") == 0)
            is_json = true;
        else
            file = argv[i];
    }
    if (file == NULL || r.nodes == 0) {
        fprintf(stderr,
                "usage: replay FILE.swf --nodes N [--cpus C] [--json]\n");
        return 2;
    }
    read_log(&r, file);
    results[0] = replay(&r, "fcfs", ALLOC_ORDER_STRICT);
    results[1] = replay(&r, "easy", ALLOC_ORDER_ARRIVAL);
    results[2] = replay(&r, "mezzo", ALLOC_ORDER_SLOWDOWN);
    print(results, 3, is_json);
    free(r.jobs);
    return 0;
}
