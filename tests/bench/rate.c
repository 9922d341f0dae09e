/* rate.c - how many tasks a second one agent runs for one framework, beside
 * how many processes a small program does.
 *
 * A task needs a 32nd of the agent, so that no more than 32 are in flight and
 * all but the first wait for an offer of what another has left.  The time runs
 * from the first ACCEPT to the acknowledgement of the last TASK_FINISHED.
 *
 * usage: rate SPAWNS TASKS PAIRS; SPAWNS is the program of that name.  Of the
 * agent 4 cpus and 2048 MiB are used.  Prints a figure. */

#include <stdio.h>
#include <stdlib.h>

#include "mezzo/framework.h"
#include "tests/bench/figure.h"
#include "tests/bench/samples.h"

enum {
    IN_FLIGHT_MAX = 32,
    CPU_MILLI = 4000 / IN_FLIGHT_MAX,
    MEMORY_MB = 2048 / IN_FLIGHT_MAX,
};

static const char program[] = "/bin/true";

struct bench {
    long tasks_count;
    long launched_count;
    long finished_count;
    double began;
    double ended;
};

static void launch(struct bench *b,
                   struct mezzo_scheduler *s,
                   const struct mezzo_offer *offer)
{
    static const char *const argv[] = {program, NULL};
    struct mezzo_task tasks[IN_FLIGHT_MAX] = {0};
    char ids[IN_FLIGHT_MAX][24];
    long cpu = offer->resources.cpu_milli / CPU_MILLI;
    long memory = offer->resources.memory_mb / MEMORY_MB;
    long count = cpu < memory ? cpu : memory;
    long left = b->tasks_count - b->launched_count;

    if (count > left)
        count = left;
    if (count > IN_FLIGHT_MAX - (b->launched_count - b->finished_count))
        count = IN_FLIGHT_MAX - (b->launched_count - b->finished_count);
    for (long i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "%ld", b->launched_count + i);
        tasks[i].id = ids[i];
        tasks[i].resources.cpu_milli = CPU_MILLI;
        tasks[i].resources.memory_mb = MEMORY_MB;
        tasks[i].command.argv = argv;
    }
    if (b->launched_count == 0)
        b->began = figure_seconds();
    if (count == 0)
        mezzo_scheduler_decline(s, offer->id, left == 0 ? 60000 : 0);
    else if (mezzo_scheduler_accept(s, offer->id, tasks, (size_t)count) == 0)
        b->launched_count += count;
    else
        figure_fail("accept: %s", mezzo_scheduler_explain(s));
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    for (size_t i = 0; i < offers_count; i++)
        launch(arg, s, &offers[i]);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct bench *b = arg;

    if (!mezzo_task_has_ended(status->state))
        return;
    if (status->state != MEZZO_TASK_FINISHED)
        figure_fail("task %s: %s: %s", status->task_id,
                    mezzo_task_state_name(status->state),
                    status->message != NULL ? status->message : "");
    mezzo_scheduler_acknowledge(s, status);
    if (++b->finished_count < b->tasks_count)
        return;
    b->ended = figure_seconds();
    mezzo_scheduler_teardown(s);
}

static double tasks_rate(long tasks_count)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb};
    const struct mezzo_scheduler_options options = {
        .name = "rate", .acknowledges_by_hand = true};
    struct bench b = {.tasks_count = tasks_count};
    struct mezzo_scheduler *s = mezzo_scheduler_new(&options, &callbacks, &b);

    if (mezzo_scheduler_run(s) < 0)
        figure_fail("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    return (double)tasks_count / (b.ended - b.began);
}

static double spawns_rate(const char *spawns, long count)
{
    char line[4096];
    double rate = 0;
    FILE *pipe;

    snprintf(line, sizeof line, "exec '%s' %ld %s", spawns, count, program);
    pipe = popen(line, "r");
    if (pipe == NULL || fscanf(pipe, "%lf", &rate) != 1 || pclose(pipe) != 0)
        figure_fail("%s failed", spawns);
    return rate;
}

int main(int argc, char **argv)
{
    long tasks_count = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    long pairs = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
    static struct samples tasks, spawns, ratios;

    if (tasks_count <= 0 || pairs <= 0)
        figure_fail("usage: rate SPAWNS TASKS PAIRS");
    for (long i = 0; i < pairs; i++) {
        double task = tasks_rate(tasks_count);
        double spawn = spawns_rate(argv[1], tasks_count);

        samples_add(&tasks, task);
        samples_add(&spawns, spawn);
        samples_add(&ratios, task / spawn);
    }
    figure_print(
        &(struct figure){"task_rate_vs_spawn",
                         100 * samples_quantile(&ratios, 0.5), "%", ">= 50"},
        "%ld pairs of %ld %s, medians: %.0f tasks/s, %.0f spawns/s; "
        "worst pair %.1f %%, best %.1f %%",
        pairs, tasks_count, program, samples_quantile(&tasks, 0.5),
        samples_quantile(&spawns, 0.5), 100 * samples_quantile(&ratios, 0),
        100 * samples_quantile(&ratios, 1));
    return 0;
}
