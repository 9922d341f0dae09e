/* agents_bench.c - so many agents registered, offered, and one task of each run
 * to its end, by one master: real cores over the simulated network, on which
 * every message is packed and unpacked.
 *
 * usage: agents_bench [AGENTS]; prints a figure. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "libframework/core.h"
#include "mezzo/framework.h"
#include "tests/bench/figure.h"
#include "tests/sim/cluster.h"

struct bench {
    struct cluster *cluster;
    struct mezzo_scheduler *core;
    unsigned agents_count;
    unsigned launched_count;
    unsigned finished_count;
    bool *used; /* agents that have had their task */
};

static void launch(struct bench *b, const struct mezzo_offer *offer)
{
    static const char *const argv[] = {"/bin/script", "run=10 exit=0", NULL};
    const struct ledger_need need = {.cpu_milli = 1000, .memory_mb = 64};
    struct mezzo_task task = {.resources = {.cpu_milli = 1000, .memory_mb = 64},
                              .command.argv = argv};
    char id[32];

    snprintf(id, sizeof id, "task-%u", b->launched_count++);
    task.id = id;
    ledger_asked(cluster_ledger(b->cluster),
                 mezzo_scheduler_framework_id(b->core), id, &need);
    if (mezzo_scheduler_accept(b->core, offer->id, &task, 1) != 0)
        abort();
}

/* Of "agent-7": 6. */
static unsigned number_of(const char *hostname)
{
    return (unsigned)strtoul(strchr(hostname, '-') + 1, NULL, 10) - 1;
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct bench *b = arg;

    for (size_t i = 0; i < offers_count; i++) {
        bool *is_used = &b->used[number_of(offers[i].hostname)];

        if (*is_used)
            mezzo_scheduler_decline(core, offers[i].id, 3600000);
        else
            launch(b, &offers[i]);
        *is_used = true;
    }
}

static void status_cb(struct mezzo_scheduler *core,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct bench *b = arg;

    (void)core;
    b->finished_count += status->state == MEZZO_TASK_FINISHED;
}

static struct machine start(void *arg)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb};
    struct bench *b = arg;
    const struct mezzo_scheduler_options options = {.name = "bench"};
    const struct core_surroundings surroundings = {
        .seed = 1, .user = "nobody", .masters = cluster_masters};

    b->core = mezzo_scheduler_new(&options, &callbacks, b);
    if (scheduler_prepare(b->core, &surroundings, NULL) != 0)
        abort();
    return scheduler_machine(b->core);
}

static void stop(void *arg)
{
    struct bench *b = arg;

    mezzo_scheduler_free(b->core);
}

static struct process *add_scheduler(struct bench *b)
{
    static const char *const any[] = {"*"};
    const struct process_options options = {
        .name = "bench",
        .principal = {.name = "bench",
                      .kind = PRINCIPAL_FRAMEWORK,
                      .roles = any,
                      .roles_count = 1,
                      .users = any,
                      .users_count = 1},
        .links = links_defaults,
        .arg = b,
        .start = start,
        .stop = stop,
    };
    struct process *p = process_new(cluster_world(b->cluster),
                                    cluster_network(b->cluster), &options);

    process_start(p);
    return p;
}

int main(int argc, char **argv)
{
    struct bench b = {.agents_count = 10000};
    struct cluster_options options = {.world = {.seed = 1},
                                      .is_unchecked = true};
    double before = figure_seconds(), took;
    struct process *scheduler;
    struct world *w;

    if (argc > 1)
        b.agents_count = (unsigned)strtoul(argv[1], NULL, 10);
    options.agents_count = b.agents_count;
    b.used = memory_new(b.agents_count, sizeof *b.used);
    b.cluster = cluster_new(&options);
    w = cluster_world(b.cluster);
    scheduler = add_scheduler(&b);
    while (b.finished_count < b.agents_count &&
           world_turn(w, world_now(w) + 60000))
        ;
    took = figure_seconds() - before;
    if (b.finished_count < b.agents_count) {
        fprintf(stderr, "%u of %u tasks finished: %s\n", b.finished_count,
                b.agents_count,
                world_failure(w) == NULL ? "nothing happens any more"
                                         : world_failure(w));
        return 1;
    }
    figure_print(&(struct figure){"agents_10k_seconds", took, "s", "< 10"},
                 "%u agents, %" PRId64 " ms of virtual time, %lu steps",
                 b.agents_count, world_now(w),
                 cluster_steps_count(b.cluster) +
                     process_steps_count(scheduler));
    process_free(scheduler);
    cluster_free(b.cluster);
    free(b.used);
    return 0;
}
