/* sim.c - runs the cores of Mezzo in many worlds, one for each seed.
 *
 *   sim [--seeds N] [--first S] [--jobs J]   all in virtual time; TAP
 *   sim --seed S [--trace] [--wall MS]       one, with all that happens in it
 *
 * Every so many seeds, one is run twice, at another time of the wall clock, to
 * see that both traces are the same. */

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/scenario.h"

enum {
    TWICE_EVERY = 50,  /* seeds */
    FAILURES_MAX = 10, /* of a job; then it gives up */
    JOBS_MAX = 64,
};

/* Of the same length in a message. */
#define WALL INT64_C(1700000000000)
#define ANOTHER_WALL INT64_C(1800000000000)

struct totals {
    unsigned long seeds, failures, steps;
    msec_t lasted_ms; /* in all worlds */
    struct ledger_counts counts;
};

static void say_failure(uint64_t seed, const char *text)
{
    printf("# seed %" PRIu64 ": %s\n", seed, text);
    printf("#   to see it: tests/sim/sim --seed %" PRIu64 " --trace\n", seed);
    fflush(stdout);
}

static char *trace_of(uint64_t seed, msec_t wall)
{
    struct scenario_result result;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    scenario_run(seed, wall, out, &result);
    fclose(out);
    return text;
}

static bool is_repeatable(uint64_t seed)
{
    char *first = trace_of(seed, WALL);
    char *again = trace_of(seed, ANOTHER_WALL);
    bool is_same = strcmp(first, again) == 0;

    free(first);
    free(again);
    return is_same;
}

static void add_counts(struct ledger_counts *sum, const struct ledger_counts *c)
{
    sum->asked += c->asked;
    sum->started += c->started;
    sum->heard_ended += c->heard_ended;
    sum->gangs += c->gangs;
    sum->gangs_started += c->gangs_started;
    for (int i = 0; i < TASK_STATES_COUNT; i++)
        sum->states[i] += c->states[i];
}

static void run_seed(uint64_t seed, struct totals *t)
{
    struct scenario_result result;

    scenario_run(seed, WALL, NULL, &result);
    t->seeds++;
    t->steps += result.steps;
    t->lasted_ms += result.lasted_ms;
    add_counts(&t->counts, &result.counts);
    if (result.failure[0] == '\0' && seed % TWICE_EVERY == 0 &&
        !is_repeatable(seed))
        snprintf(result.failure, sizeof result.failure,
                 "two runs of it have different traces");
    if (result.failure[0] == '\0')
        return;
    t->failures++;
    say_failure(seed, result.failure);
}

/* Every `jobs`th seed; its totals go into `fd`. */
static void run_job(uint64_t first, uint64_t end, uint64_t jobs, int fd)
{
    struct totals t = {0};

    for (uint64_t seed = first; seed < end && t.failures < FAILURES_MAX;
         seed += jobs)
        run_seed(seed, &t);
    if (write(fd, &t, sizeof t) != sizeof t)
        _exit(1);
    _exit(0);
}

static void add_totals(struct totals *sum, int fd)
{
    struct totals t;

    if (read(fd, &t, sizeof t) != sizeof t) {
        printf("# a job has died\n");
        sum->failures++;
        return;
    }
    sum->seeds += t.seeds;
    sum->failures += t.failures;
    sum->steps += t.steps;
    sum->lasted_ms += t.lasted_ms;
    add_counts(&sum->counts, &t.counts);
}

/* A world in which nothing happens breaks no promise either. */
static bool has_happened(const struct totals *t)
{
    static const enum task_state ends[] = {
        TASK_FINISHED, TASK_FAILED, TASK_KILLED, TASK_DROPPED, TASK_GONE};

    if (t->seeds < 1000)
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (t->counts.states[ends[i]] == 0) {
            printf("# no task was %s\n", task_state_name(ends[i]));
            return false;
        }
    return t->counts.started > t->seeds;
}

/* The jobs have ended. */
static void say_pace(const struct totals *t)
{
    struct rusage used;
    double hours, cpu_hours;

    getrusage(RUSAGE_CHILDREN, &used);
    hours = (double)t->lasted_ms / 3600e3;
    cpu_hours = ((double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
                 (double)used.ru_utime.tv_usec / 1e6) /
                3600;
    printf("# %.1f hours of clusters, %.0f in an hour of a processor\n", hours,
           cpu_hours > 0 ? hours / cpu_hours : 0);
}

static int run_many(uint64_t seeds, uint64_t first, int jobs)
{
    struct totals sum = {0};
    int fds[JOBS_MAX][2];

    fflush(stdout);
    for (int i = 0; i < jobs; i++) {
        if (pipe(fds[i]) < 0)
            abort();
        if (fork() == 0)
            run_job(first + (uint64_t)i, first + seeds, (uint64_t)jobs,
                    fds[i][1]);
        close(fds[i][1]);
    }
    for (int i = 0; i < jobs; i++)
        add_totals(&sum, fds[i][0]);
    while (wait(NULL) > 0)
        ;
    printf("# %lu seeds, %lu steps, %lu tasks started, %lu of %lu gangs\n",
           sum.seeds, sum.steps, sum.counts.started, sum.counts.gangs_started,
           sum.counts.gangs);
    say_pace(&sum);
    for (int i = 0; i < TASK_STATES_COUNT; i++)
        if (sum.counts.states[i] > 0)
            printf("#   %s: %lu\n", task_state_name((enum task_state)i),
                   sum.counts.states[i]);
    printf("%sok 1 - every promise was kept\n", sum.failures > 0 ? "not " : "");
    printf("%sok 2 - much has happened\n1..2\n",
           has_happened(&sum) ? "" : "not ");
    return sum.failures > 0 || !has_happened(&sum);
}

static int run_one(uint64_t seed, msec_t wall, bool is_traced)
{
    struct scenario_result result;

    scenario_run(seed, wall, is_traced ? stdout : NULL, &result);
    if (result.failure[0] != '\0')
        printf("seed %" PRIu64 ": %s\n", seed, result.failure);
    return result.failure[0] != '\0';
}

static int run_long(uint64_t seed, unsigned hours, bool is_traced)
{
    struct scenario_result result;
    double cpu_hours;

    scenario_run_long(seed, hours, is_traced ? stdout : NULL, &result);
    cpu_hours = (double)clock() / CLOCKS_PER_SEC / 3600;
    printf("# %u hours of a cluster, %lu steps, %lu tasks started; %.0f in an "
           "hour of a processor\n",
           hours, result.steps, result.counts.started, hours / cpu_hours);
    if (result.failure[0] != '\0')
        printf("# seed %" PRIu64 ": %s\n", seed, result.failure);
    printf("%sok 1 - every promise was kept for %u hours\n1..1\n",
           result.failure[0] != '\0' ? "not " : "", hours);
    return result.failure[0] != '\0';
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"seeds", required_argument, NULL, 'n'},
        {"first", required_argument, NULL, 'f'},
        {"jobs", required_argument, NULL, 'j'},
        {"seed", required_argument, NULL, 's'},
        {"trace", no_argument, NULL, 't'},
        {"wall", required_argument, NULL, 'w'},
        {"hours", required_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *seeds = "5000", *first = "1", *seed = NULL, *wall = NULL;
    long jobs = sysconf(_SC_NPROCESSORS_ONLN);
    bool is_traced = false;
    unsigned hours = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (c) {
        case 'n':
            seeds = optarg;
            break;
        case 'f':
            first = optarg;
            break;
        case 'j':
            jobs = atol(optarg);
            break;
        case 's':
            seed = optarg;
            break;
        case 't':
            is_traced = true;
            break;
        case 'w':
            wall = optarg;
            break;
        case 'h':
            hours = (unsigned)atoi(optarg);
            break;
        default:
            return 2;
        }
    if (hours > 0)
        return run_long(strtoull(seed != NULL ? seed : first, NULL, 10), hours,
                        is_traced);
    if (seed != NULL)
        return run_one(strtoull(seed, NULL, 10),
                       wall == NULL ? WALL : atoll(wall), is_traced);
    if (jobs < 1 || jobs > JOBS_MAX)
        jobs = 1;
    return run_many(strtoull(seeds, NULL, 10), strtoull(first, NULL, 10),
                    (int)jobs);
}
