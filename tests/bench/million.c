/* million.c - a million tasks on 100,000 agents under one master: what they
 * cost of its processor time and of its memory, and whether that grows.
 *
 * Master and frameworks are the real cores, the agents are puppets; on the
 * simulated network between them every message is packed and unpacked.  A tenth
 * of the agents after the other comes, is offered, and runs ten tasks each,
 * until all run; then they end, as they have come.  Each task has an id of 36
 * characters, 3 resources, a port and 3 labels.  Only the master's time counts:
 * its steps, packing and unpacking, and the care of its links; what the coming
 * of its agents costs is in it.
 *
 * usage: million [AGENTS]; prints a figure
 *        million failover AGENTS; instead of their end the leader's comes: what
 *        does it cost another, which starts from the store, to know all? */

#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "libframework/core.h"
#include "master/master.h"
#include "mezzo/framework.h"
#include "tests/bench/figure.h"
#include "tests/bench/puppet.h"
#include "tests/sim/process.h"

enum {
    BATCHES = 10,
    FRAMEWORKS = 100,
    TASKS = 10, /* on each agent; in one message */
    CPU_MILLI = 400,
    MEMORY_MB = 200,
    DISK_MB = 100,
    SPARE_MB = 64, /* on each agent, to be offered by the next leader */
    FIRST_PORT = 31000,
    QUIET_MS = 1000,    /* for whoever comes to come to rest */
    BATCH_MS_MAX = 300, /* of virtual time, to place a tenth of the tasks */
    FAILOVER_MS_MAX = 60000,
    ENDING_MS = 1000, /* after which a tenth of them ends */
};

static const char endpoint[] = "tcp://10.0.0.1:5050";
static const char next_endpoint[] = "tcp://10.0.0.2:5050";
static const char *const any[] = {"*"};

struct bench;

struct member { /* an agent */
    struct bench *bench;
    char name[24];
    struct puppet *core;
    struct process *process;
};

struct client { /* a framework */
    struct bench *bench;
    char name[24];
    struct mezzo_scheduler *core;
    struct process *process;
};

struct bench {
    struct world *world;
    struct network *network;
    struct disk *disk;
    struct resources resources;
    struct master *core;
    struct process *master;
    bool fails_over; /* to these: */
    struct master *next_core;
    struct process *next_master;
    unsigned offers_count; /* of the latter */
    struct member *agents;
    unsigned agents_count;
    struct client clients[FRAMEWORKS];
    unsigned batch; /* that comes now */
    msec_t endings; /* when the first tenth of the tasks ends */
    unsigned launched_count, running_count, finished_count;
};

/* -------------------------------------------------------------- who is who */

static struct process_options options_of(const char *name,
                                         enum principal_kind kind,
                                         void *arg)
{
    return (struct process_options){
        .name = name,
        .principal = {.name = name,
                      .kind = kind,
                      .roles = any,
                      .roles_count = 1,
                      .users = any,
                      .users_count = 1},
        .links = links_defaults,
        .arg = arg,
    };
}

static struct master *make_master(const char *at, uint64_t seed)
{
    struct master_options options = master_defaults;

    options.address = at;
    options.hostname = "master";
    options.version = "0";
    options.seed = seed;
    return master_new(&options);
}

static struct machine master_start(void *arg)
{
    struct bench *b = arg;

    b->core = make_master(endpoint, 1);
    return master_machine(b->core);
}

static void master_stop(void *arg)
{
    master_free(((struct bench *)arg)->core);
}

static struct machine next_start(void *arg)
{
    struct bench *b = arg;

    b->next_core = make_master(next_endpoint, 2);
    return master_machine(b->next_core);
}

static void next_stop(void *arg)
{
    master_free(((struct bench *)arg)->next_core);
}

static void add_masters(struct bench *b)
{
    struct process_options options = options_of("master", PRINCIPAL_MASTER, b);

    options.endpoint = endpoint;
    options.disk = b->disk;
    options.is_timed = true;
    options.links.live_max = b->agents_count + FRAMEWORKS;
    options.start = master_start;
    options.stop = master_stop;
    b->master = process_new(b->world, b->network, &options);
    options.name = "next-master";
    options.endpoint = next_endpoint;
    options.start = next_start;
    options.stop = next_stop;
    b->next_master = process_new(b->world, b->network, &options);
}

static struct machine agent_start(void *arg)
{
    struct member *m = arg;
    struct bench *b = m->bench;

    m->core = puppet_new(&(struct puppet_options){
        .hostname = m->name,
        .endpoints = {endpoint, b->fails_over ? next_endpoint : NULL},
        .resources = &b->resources,
        .seed = (uint64_t)(m - b->agents) + 1, /* no two have a stream */
    });
    if (!b->fails_over)
        puppet_set_end(m->core, b->endings + b->batch * ENDING_MS);
    return puppet_machine(m->core);
}

static void agent_stop(void *arg)
{
    puppet_free(((struct member *)arg)->core);
}

static void agent_stopped(void *arg, int status)
{
    world_fail(((struct member *)arg)->bench->world, "%s stopped with %d",
               ((struct member *)arg)->name, status);
}

static void add_agent(struct bench *b, struct member *m, unsigned number)
{
    struct process_options options;

    m->bench = b;
    snprintf(m->name, sizeof m->name, "agent-%06u", number);
    options = options_of(m->name, PRINCIPAL_AGENT, m);
    options.start = agent_start;
    options.stop = agent_stop;
    options.stopped = agent_stopped;
    m->process = process_new(b->world, b->network, &options);
}

/* -------------------------------------------------------------- frameworks */

struct launch {
    char id[40];
    struct mezzo_range port;
};

static void fill_task(struct bench *b,
                      struct mezzo_task *task,
                      struct launch *launch,
                      uint64_t port)
{
    static const struct mezzo_label labels[] = {
        {"project", "climate"}, {"stage", "production"}, {"owner", "jane"}};

    snprintf(launch->id, sizeof launch->id, "5f0c1e2a-7b3d-4c59-8e61-%012u",
             b->launched_count++);
    launch->port = (struct mezzo_range){port, port};
    task->id = launch->id;
    task->resources.cpu_milli = CPU_MILLI;
    task->resources.memory_mb = MEMORY_MB;
    task->resources.disk_mb = DISK_MB;
    task->resources.ports = &launch->port;
    task->resources.ports_count = 1;
    task->labels = labels;
    task->labels_count = 3;
}

static void launch(struct client *c, const struct mezzo_offer *offer)
{
    struct bench *b = c->bench;
    struct mezzo_task tasks[TASKS] = {0};
    struct launch launches[TASKS];
    static const char *const argv[] = {"/bin/sleep", "inf", NULL};

    for (uint64_t i = 0; i < TASKS; i++) {
        fill_task(b, &tasks[i], &launches[i],
                  offer->resources.ports[0].begin + i);
        tasks[i].command.argv = argv;
    }
    if (mezzo_scheduler_accept(c->core, offer->id, tasks, TASKS) != 0)
        figure_fail("accept: %s", mezzo_scheduler_explain(c->core));
}

static void offers_cb(struct mezzo_scheduler *core,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct client *c = arg;

    for (size_t i = 0; i < offers_count; i++) {
        if (offers[i].resources.cpu_milli >= TASKS * CPU_MILLI)
            launch(c, &offers[i]);
        else
            mezzo_scheduler_decline(core, offers[i].id, 3600000);
    }
    if (process_is_up(c->bench->next_master))
        c->bench->offers_count += (unsigned)offers_count;
}

static void status_cb(struct mezzo_scheduler *core,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct client *c = arg;

    (void)core;
    c->bench->running_count += status->state == MEZZO_TASK_RUNNING;
    c->bench->finished_count += status->state == MEZZO_TASK_FINISHED;
}

static struct machine client_start(void *arg)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb, .status = status_cb};
    struct client *c = arg;
    const struct mezzo_scheduler_options options = {.name = c->name};
    const struct core_surroundings surroundings = {
        .seed = world_random(c->bench->world, UINT64_MAX),
        .user = "nobody",
        .masters = "10.0.0.1:5050,10.0.0.2:5050"};

    c->core = mezzo_scheduler_new(&options, &callbacks, c);
    if (scheduler_prepare(c->core, &surroundings, NULL) != 0)
        abort();
    return scheduler_machine(c->core);
}

static void client_stop(void *arg)
{
    mezzo_scheduler_free(((struct client *)arg)->core);
}

static void add_client(struct bench *b, struct client *c, unsigned number)
{
    struct process_options options;

    c->bench = b;
    snprintf(c->name, sizeof c->name, "framework-%03u", number);
    options = options_of(c->name, PRINCIPAL_FRAMEWORK, c);
    options.start = client_start;
    options.stop = client_stop;
    c->process = process_new(b->world, b->network, &options);
    process_start(c->process);
}

/* --------------------------------------------------------------- what it is */

static void pass_time(struct bench *b, msec_t ms)
{
    msec_t end = world_now(b->world) + ms;

    while (world_turn(b->world, end))
        ;
}

static void make(struct bench *b)
{
    const struct network_faults times = {.delay_ms_min = 1, .delay_ms_max = 20};
    char text[128];

    b->world = world_new(&(struct world_options){.seed = 1});
    b->network = network_new(b->world);
    network_set_faults(b->network, &times);
    b->disk = disk_new(b->world);
    snprintf(text, sizeof text, "cpus:%d;mem:%d;disk:%d;ports:[%d-%d]",
             TASKS * CPU_MILLI / 1000,
             TASKS * MEMORY_MB + (b->fails_over ? SPARE_MB : 0),
             TASKS * DISK_MB, FIRST_PORT, FIRST_PORT + TASKS - 1);
    resources_init(&b->resources);
    if (resources_parse(&b->resources, text, NULL) != 0)
        abort();
    add_masters(b);
    process_start(b->master);
    b->agents = memory_new(b->agents_count, sizeof *b->agents);
    for (unsigned i = 0; i < b->agents_count; i++)
        add_agent(b, &b->agents[i], i);
    pass_time(b, QUIET_MS); /* it takes the lead */
}

/* Until so many have come that far; fails when time is up. */
static void run_until(struct bench *b,
                      const unsigned *count,
                      unsigned wanted,
                      msec_t end)
{
    while (*count < wanted && world_turn(b->world, end))
        ;
    if (*count < wanted)
        figure_fail("%u of %u tasks after %" PRId64 " ms: %s", *count, wanted,
                    world_now(b->world),
                    world_failure(b->world) != NULL ? world_failure(b->world)
                                                    : "too slow");
}

/* What the master has of the heap, links included: a child lets go of it, and
 * sees how much that was. */
static double memory_of_master(struct bench *b)
{
    size_t before, size = 0;
    int ends[2];
    pid_t pid;

    if (b->fails_over)
        return 0; /* nobody asks */

    fflush(stdout);
    if (pipe(ends) < 0 || (pid = fork()) < 0)
        figure_fail("no process to measure memory in");
    if (pid == 0) {
        before = mallinfo2().uordblks + mallinfo2().hblkhd;
        process_kill(b->master, true);
        size = before - mallinfo2().uordblks - mallinfo2().hblkhd;
        _exit(write(ends[1], &size, sizeof size) != sizeof size);
    }
    if (read(ends[0], &size, sizeof size) != sizeof size)
        figure_fail("the master's memory could not be measured");
    waitpid(pid, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    return (double)size;
}

/* The exponent of a power law through the costs of batches of one size, when
 * 1, 2, ... of them are there. */
static double growth(const double *costs)
{
    double x = 0, y = 0, xx = 0, xy = 0;

    for (int i = 0; i < BATCHES; i++) {
        double size = log(i + 1), cost = log(costs[i]);

        x += size;
        y += cost;
        xx += size * size;
        xy += size * cost;
    }
    return (BATCHES * xy - x * y) / (BATCHES * xx - x * x);
}

struct results {
    double place[BATCHES]; /* seconds of the master's time */
    double end[BATCHES];
    double agent_bytes;
    double task_bytes;
};

static double lap(const struct bench *b, double *before)
{
    double now = process_cpu_seconds(b->master), lap = now - *before;

    *before = now;
    return lap;
}

static void start_batch(struct bench *b)
{
    unsigned tenth = b->agents_count / BATCHES;

    for (unsigned i = 0; i < tenth; i++)
        process_start(b->agents[b->batch * tenth + i].process);
}

/* The first tenth of the agents comes before the frameworks do, to be weighed
 * alone. */
static void place_all(struct bench *b, struct results *r)
{
    unsigned tenth = b->agents_count / BATCHES;
    double before = 0, empty = memory_of_master(b), agents;

    b->endings = world_now(b->world) + 2 * QUIET_MS + BATCHES * BATCH_MS_MAX;
    start_batch(b);
    pass_time(b, QUIET_MS);
    agents = memory_of_master(b);
    r->agent_bytes = (agents - empty) / tenth;
    for (unsigned i = 0; i < FRAMEWORKS; i++)
        add_client(b, &b->clients[i], i);
    for (; b->batch < BATCHES; b->batch++) {
        if (b->batch > 0)
            start_batch(b);
        run_until(b, &b->running_count, (b->batch + 1) * tenth * TASKS,
                  b->endings);
        r->place[b->batch] = lap(b, &before);
    }
    r->task_bytes = (memory_of_master(b) - empty -
                     r->agent_bytes * (double)b->agents_count) /
                    ((double)b->agents_count * TASKS);
}

static void end_all(struct bench *b, struct results *r)
{
    double before = process_cpu_seconds(b->master);

    for (unsigned i = 0; i < FRAMEWORKS; i++) {
        mezzo_scheduler_suppress(b->clients[i].core, NULL);
        process_wake(b->clients[i].process);
    }
    for (int i = 0; i < BATCHES; i++) {
        pass_time(b, b->endings + (i + 1) * ENDING_MS - ENDING_MS / 10 -
                         world_now(b->world));
        r->end[i] = lap(b, &before);
    }
    run_until(b, &b->finished_count, b->agents_count * TASKS,
              world_now(b->world) + ENDING_MS);
}

static void print(const struct bench *b, const struct results *r)
{
    double costs[BATCHES];

    for (int i = 0; i < BATCHES; i++)
        costs[i] = r->place[i] + r->end[i];
    figure_print(
        &(struct figure){"million_tasks_seconds",
                         process_cpu_seconds(b->master), "s", "<= 20"},
        "%.0f tasks on %u agents, %d frameworks; the first tenth %.2f s, the "
        "last %.2f s; cost of a task ~ size^%.3f; memory %.0f bytes of a task, "
        "%.0f of an agent; %lu steps",
        (double)b->agents_count * TASKS, b->agents_count, FRAMEWORKS, costs[0],
        costs[BATCHES - 1], growth(costs), r->task_bytes, r->agent_bytes,
        process_steps_count(b->master));
}

static bool is_known(const struct bench *b)
{
    if (b->offers_count == 0)
        return false;
    for (unsigned i = 0; i < b->agents_count; i++) {
        if (puppet_registered_count(b->agents[i].core) < 2)
            return false;
    }
    return true;
}

static void fail_over(struct bench *b)
{
    bool is_small = b->agents_count <= 40000;
    msec_t began;

    pass_time(b, QUIET_MS);
    began = world_now(b->world);
    process_kill(b->master, false);
    process_start(b->next_master);
    while (!is_known(b) && world_now(b->world) < began + FAILOVER_MS_MAX)
        pass_time(b, 5);
    if (!is_known(b))
        figure_fail("not all are known after %d ms", FAILOVER_MS_MAX);
    figure_print(&(struct figure){is_small ? "failover_40k_400k_seconds"
                                           : "failover_100k_1m_seconds",
                                  process_cpu_seconds(b->next_master), "s",
                                  is_small ? "<= 2" : "<= 5"},
                 "of the new leader's processor time, until it knows %u tasks "
                 "on %u agents of %d frameworks and makes offers; %" PRId64
                 " ms of virtual time",
                 b->launched_count, b->agents_count, FRAMEWORKS,
                 world_now(b->world) - began);
}

int main(int argc, char **argv)
{
    static struct bench b = {.agents_count = 100000};
    static struct results r;

    b.fails_over = argc == 3 && strcmp(argv[1], "failover") == 0;
    if (argc > 1)
        b.agents_count = (unsigned)strtoul(argv[argc - 1], NULL, 10);
    if (b.agents_count == 0 || b.agents_count % BATCHES != 0 ||
        argc > 2 + b.fails_over)
        figure_fail("usage: million [failover] [AGENTS], a multiple of %d",
                    BATCHES);
    make(&b);
    place_all(&b, &r);
    if (b.fails_over) {
        fail_over(&b);
        return 0;
    }
    end_all(&b, &r);
    print(&b, &r);
    return 0;
}
