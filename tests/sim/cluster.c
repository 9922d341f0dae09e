/* cluster.c - who is who in the world, and who starts whom again. */

#include "tests/sim/cluster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "base/memory.h"
#include "base/resources.h"
#include "master/master.h"
#include "proto/wire.pb-c.h"
#include "tests/sim/probe.h"
#include "tests/sim/rogue.h"

enum {
    RESTART_MS = 1000, /* of what stopped by itself */
    CPU_MILLI = 4000,  /* of each host */
    MEMORY_MB = 2048,
};

const char cluster_masters[] = "10.0.0.1:5050,10.0.0.2:5050";
static const char *const master_endpoints[CLUSTER_MASTERS] = {
    "tcp://10.0.0.1:5050", "tcp://10.0.0.2:5050"};
static const char resources_text[] =
    "cpus:4;mem:2048;disk:10000;ports:[31000-31019]";
static const char *const any[] = {"*"};

/* A process and who starts it again. */
struct member {
    struct cluster *cluster;
    enum cluster_kind kind;
    unsigned number;
    char name[32];
    struct process *process; /* NULL: its scheduler knows it */
    struct event restart;
    struct event end; /* of a master that was deposed */
};

struct cluster_master {
    struct member member;
    struct master *core;
};

struct cluster_agent {
    struct member member;
    struct host *host;
    struct agent *core;
};

struct cluster_scheduler {
    struct member member;
    struct scheduler *scheduler;
    struct disk *disk;
};

struct cluster {
    struct cluster_options options;
    struct world *world;
    struct network *network;
    struct ledger *ledger;
    struct disk *disk; /* of the masters */
    struct resources resources;
    unsigned leader;
    struct cluster_master masters[CLUSTER_MASTERS];
    struct cluster_agent *agents;
    struct cluster_scheduler *schedulers;
    struct rogue *rogue; /* in some clusters */
    struct probe *probe; /* when all else has finished */
    char unfinished[256];
    unsigned long updates_count;
};

/* --------------------------------------------------------- members */

static struct member *get_member(struct cluster *c,
                                 enum cluster_kind kind,
                                 unsigned i)
{
    switch (kind) {
    case CLUSTER_MASTER:
        return &c->masters[i].member;
    case CLUSTER_AGENT:
        return &c->agents[i].member;
    case CLUSTER_SCHEDULER:
        break;
    }
    return &c->schedulers[i].member;
}

static struct process *process_of(const struct member *m)
{
    return m->process != NULL
               ? m->process
               : scheduler_process(m->cluster->schedulers[m->number].scheduler);
}

static void restart(struct event *event)
{
    struct member *m = event->arg;
    struct process *p = process_of(m);

    if (m->kind == CLUSTER_SCHEDULER &&
        scheduler_has_left(m->cluster->schedulers[m->number].scheduler))
        return;
    if (!process_is_up(p))
        process_start(p);
}

static void end(struct event *event)
{
    struct member *m = event->arg;

    process_kill(process_of(m), false);
}

static void member_init(struct member *m,
                        struct cluster *c,
                        enum cluster_kind kind,
                        unsigned number,
                        const char *name)
{
    m->cluster = c;
    m->kind = kind;
    m->number = number;
    snprintf(m->name, sizeof m->name, "%s-%u", name, number + 1);
    m->restart.happen = restart;
    m->end.happen = end;
    m->restart.arg = m->end.arg = m;
}

static struct process_options process_of_member(struct member *m,
                                                enum principal_kind kind)
{
    return (struct process_options){
        .name = m->name,
        .principal = {.name = m->name,
                      .kind = kind,
                      .roles = any,
                      .roles_count = 1,
                      .users = any,
                      .users_count = 1},
        .links = links_defaults,
    };
}

/* --------------------------------------------------------- masters */

static struct machine master_start(void *arg)
{
    struct cluster_master *m = arg;
    struct master_options options = master_defaults;

    options.address = master_endpoints[m->member.number];
    options.hostname = m->member.name;
    options.version = "0";
    options.pid = 1;
    options.seed = world_random(m->member.cluster->world, UINT64_MAX);
    m->core = master_new(&options);
    return master_machine(m->core);
}

static void master_stop(void *arg)
{
    struct cluster_master *m = arg;

    master_free(m->core);
    m->core = NULL;
}

static void master_stopped(void *arg, int status)
{
    struct cluster_master *m = arg;
    struct cluster *c = m->member.cluster;

    (void)status;
    if (m->member.number == c->leader)
        world_set(c->world, &m->member.restart,
                  world_now(c->world) + RESTART_MS);
}

static void master_heard(void *arg, const struct input *input)
{
    const struct cluster_master *m = arg;
    const Mezzo__AgentCalls *body = (const Mezzo__AgentCalls *)input->message;

    if (input->type == FRAME_AGENT_CALLS)
        for (size_t i = 0; i < body->n_calls; i++)
            m->member.cluster->updates_count +=
                body->calls[i]->type == MEZZO__AGENT_CALL__TYPE__UPDATE;
}

static const char *check_master(void *arg, struct arena *arena)
{
    const struct cluster_master *m = arg;

    return master_check(m->core, arena);
}

static void add_master(struct cluster *c, unsigned i)
{
    struct cluster_master *m = &c->masters[i];
    struct process_options options;

    member_init(&m->member, c, CLUSTER_MASTER, i, "master");
    options = process_of_member(&m->member, PRINCIPAL_MASTER);
    options.endpoint = master_endpoints[i];
    options.disk = c->disk;
    options.arg = m;
    options.start = master_start;
    options.stop = master_stop;
    options.stopped = master_stopped;
    options.heard = master_heard;
    options.check = c->options.is_unchecked ? NULL : check_master;
    m->member.process = process_new(c->world, c->network, &options);
}

/* ---------------------------------------------------------- agents */

static struct machine agent_start(void *arg)
{
    struct cluster_agent *a = arg;
    struct cluster *c = a->member.cluster;
    const struct agent_master masters[CLUSTER_MASTERS] = {
        {.endpoint = master_endpoints[0]}, {.endpoint = master_endpoints[1]}};
    char stream[64];
    struct agent_options options = {
        .hostname = a->member.name,
        .resources = &c->resources,
        .masters = masters,
        .masters_count = CLUSTER_MASTERS,
        .stream_endpoint = stream,
        .executor_endpoint = "ipc:///run/executors",
        .version = "0",
        .user = "nobody",
        .may_switch_user = true,
        .pid = 2,
        .sandbox_ms = 20000,
    };

    snprintf(stream, sizeof stream, "tcp://%s:5051", a->member.name);
    options.seed = world_random(c->world, UINT64_MAX);
    a->core = agent_new(&options);
    return agent_machine(a->core);
}

static void agent_stop(void *arg)
{
    struct cluster_agent *a = arg;

    agent_free(a->core);
    a->core = NULL;
}

static void agent_stopped(void *arg, int status)
{
    struct cluster_agent *a = arg;

    world_fail(a->member.cluster->world, "%s stopped with status %d",
               a->member.name, status);
}

static void agent_order(void *arg, const void *order)
{
    struct cluster_agent *a = arg;

    host_order(a->host, order);
}

static const char *check_agent(void *arg, struct arena *arena)
{
    const struct cluster_agent *a = arg;

    (void)arena;
    return agent_check(a->core);
}

static void add_agent(struct cluster *c, unsigned i)
{
    struct cluster_agent *a = &c->agents[i];
    struct process_options options;

    member_init(&a->member, c, CLUSTER_AGENT, i, "agent");
    a->host =
        host_new(c->world, c->ledger,
                 &(struct host_options){a->member.name, CPU_MILLI, MEMORY_MB});
    options = process_of_member(&a->member, PRINCIPAL_AGENT);
    options.arg = a;
    options.start = agent_start;
    options.stop = agent_stop;
    options.stopped = agent_stopped;
    options.local = agent_order;
    options.check = c->options.is_unchecked ? NULL : check_agent;
    a->member.process = process_new(c->world, c->network, &options);
    host_set_agent(a->host, a->member.process);
}

/* ------------------------------------------------------ schedulers */

/* More than half of all there is, for each. */
static struct gang_options draw_gang(struct cluster *c)
{
    static const int64_t sizes[] = {4000, 2000, 1000};
    struct gang_options g = {.gangs_max =
                                 1 + (unsigned)world_random(c->world, 2),
                             .cpu_milli = sizes[world_random(c->world, 3)]};
    unsigned all = c->options.agents_count * CPU_MILLI / (unsigned)g.cpu_milli;

    g.kind = world_chance(c->world, 50)
                 ? GANG_PLAIN
                 : (enum gang_kind)(
                       1 + world_random(c->world, GANG_KINDS_COUNT - 1));
    g.tasks_min = all / 2 + 1;
    if (world_chance(c->world, 30))
        g.tasks_min += (unsigned)world_random(c->world, all - g.tasks_min + 1);
    if (world_chance(c->world, 20))
        g.tasks_more = (unsigned)world_random(c->world, 3);
    g.is_spread = g.cpu_milli == 4000 && world_chance(c->world, 50);
    return g;
}

static void add_scheduler(struct cluster *c, unsigned i)
{
    static const char *const roles[] = {"*", "batch", "web", "web/shop"};
    struct cluster_scheduler *s = &c->schedulers[i];
    struct scheduler_options options = {.name = s->member.name,
                                        .master = cluster_masters,
                                        .tasks_max = c->options.tasks_max};

    member_init(&s->member, c, CLUSTER_SCHEDULER, i, "scheduler");
    options.role = roles[world_random(c->world, 4)];
    options.kind = world_chance(c->world, 50)
                       ? SCHEDULER_PLAIN
                       : (enum scheduler_kind)world_random(
                             c->world, SCHEDULER_KINDS_COUNT);
    options.failover_timeout_ms = world_chance(c->world, 20) ? 3000 : 120000;
    if (world_chance(c->world, 50))
        options.disk = s->disk = disk_new(c->world);
    if (c->options.has_gangs && i > 0) {
        options.kind =
            world_chance(c->world, 10) ? SCHEDULER_SLOW : SCHEDULER_PLAIN;
        options.gang = draw_gang(c);
    }
    options.steady_ms = c->options.steady_ms;
    if (options.steady_ms > 0) {
        options.kind = SCHEDULER_PLAIN;
        options.failover_timeout_ms = (msec_t)24 * 3600 * 1000;
    }
    s->scheduler = scheduler_new(c->world, c->network, c->ledger, &options);
}

/* ------------------------------------------------------------ life */

struct cluster *cluster_new(const struct cluster_options *options)
{
    struct cluster *c = memory_new(1, sizeof *c);

    c->options = *options;
    c->agents = memory_new(options->agents_count + 1, sizeof *c->agents);
    c->schedulers =
        memory_new(options->schedulers_count + 1, sizeof *c->schedulers);
    c->world = world_new(&options->world);
    c->network = network_new(c->world);
    c->ledger = ledger_new(c->world);
    c->disk = disk_new(c->world);
    disk_set_claim(c->disk, "/cluster");
    for (size_t i = 0; i < options->entries_count; i++)
        store_tree_put((struct store_tree *)(uintptr_t)disk_tree(c->disk),
                       &options->entries[i]);
    resources_init(&c->resources);
    if (resources_parse(&c->resources, resources_text, NULL) != 0)
        abort();
    for (unsigned i = 0; i < CLUSTER_MASTERS; i++)
        add_master(c, i);
    for (unsigned i = 0; i < options->agents_count; i++)
        add_agent(c, i);
    for (unsigned i = 0; i < options->schedulers_count; i++)
        add_scheduler(c, i);
    if (options->has_rogue)
        c->rogue = rogue_new(c->world, c->network, c->ledger, master_endpoints,
                             CLUSTER_MASTERS);
    process_start(c->masters[0].member.process);
    for (unsigned i = 0; i < options->agents_count; i++)
        process_start(c->agents[i].member.process);
    for (unsigned i = 0; i < options->schedulers_count; i++)
        process_start(process_of(&c->schedulers[i].member));
    if (c->rogue != NULL)
        process_start(rogue_process(c->rogue));
    return c;
}

void cluster_free(struct cluster *c)
{
    if (c == NULL)
        return;
    probe_free(c->probe);
    rogue_free(c->rogue);
    for (unsigned i = 0; i < c->options.schedulers_count; i++) {
        scheduler_free(c->schedulers[i].scheduler);
        disk_free(c->schedulers[i].disk);
    }
    for (unsigned i = 0; i < c->options.agents_count; i++) {
        process_free(c->agents[i].member.process);
        host_free(c->agents[i].host);
    }
    for (unsigned i = 0; i < CLUSTER_MASTERS; i++)
        process_free(c->masters[i].member.process);
    resources_release(&c->resources);
    disk_free(c->disk);
    ledger_free(c->ledger);
    network_free(c->network);
    world_free(c->world);
    free(c->agents);
    free(c->schedulers);
    free(c);
}

struct world *cluster_world(const struct cluster *c)
{
    return c->world;
}

struct network *cluster_network(const struct cluster *c)
{
    return c->network;
}

struct ledger *cluster_ledger(const struct cluster *c)
{
    return c->ledger;
}

unsigned cluster_count(const struct cluster *c, enum cluster_kind kind)
{
    switch (kind) {
    case CLUSTER_MASTER:
        return CLUSTER_MASTERS;
    case CLUSTER_AGENT:
        return c->options.agents_count;
    case CLUSTER_SCHEDULER:
        break;
    }
    return c->options.schedulers_count;
}

struct process *cluster_process(const struct cluster *c,
                                enum cluster_kind kind,
                                unsigned i)
{
    return process_of(get_member((struct cluster *)c, kind, i));
}

struct host *cluster_host(const struct cluster *c, unsigned agent)
{
    return c->agents[agent].host;
}

/* ---------------------------------------------------------- faults */

static void kill_member(struct member *m, bool is_power_cut, msec_t ms)
{
    struct cluster *c = m->cluster;
    struct process *p = process_of(m);

    if (!process_is_up(p))
        return;
    process_kill(p, is_power_cut);
    if (m->kind == CLUSTER_AGENT)
        host_agent_died(c->agents[m->number].host);
    world_set(c->world, &m->restart, world_now(c->world) + ms);
}

void cluster_kill(struct cluster *c,
                  enum cluster_kind kind,
                  unsigned i,
                  msec_t ms)
{
    if (kind != CLUSTER_MASTER || i == c->leader)
        kill_member(get_member(c, kind, i), false, ms);
}

void cluster_cut_power(struct cluster *c, unsigned agent, msec_t ms)
{
    kill_member(&c->agents[agent].member, true, ms);
    host_reboot(c->agents[agent].host);
}

void cluster_replace_scheduler(struct cluster *c, unsigned i)
{
    struct scheduler *s = c->schedulers[i].scheduler;

    if (!scheduler_has_left(s))
        scheduler_replace(s);
}

void cluster_depose(struct cluster *c, msec_t ms)
{
    struct cluster_master *old = &c->masters[c->leader];
    struct cluster_master *next;

    c->leader = (c->leader + 1) % CLUSTER_MASTERS;
    next = &c->masters[c->leader];
    if (process_is_up(next->member.process))
        process_kill(next->member.process, false);
    world_cancel(c->world, &next->member.end);
    world_cancel(c->world, &old->member.restart);
    world_trace(c->world, "%s takes over from %s", next->member.name,
                old->member.name);
    process_start(next->member.process);
    world_set(c->world, &old->member.end, world_now(c->world) + ms);
}

void cluster_pause_store(struct cluster *c, msec_t ms)
{
    disk_pause_all(c->disk, world_now(c->world) + ms);
}

void cluster_black_out(struct cluster *c, msec_t ms)
{
    world_trace(c->world, "the power fails");
    for (unsigned i = 0; i < cluster_count(c, CLUSTER_AGENT); i++)
        cluster_cut_power(c, i, ms);
    for (unsigned i = 0; i < cluster_count(c, CLUSTER_SCHEDULER); i++)
        cluster_kill(c, CLUSTER_SCHEDULER, i, ms);
    cluster_kill(c, CLUSTER_MASTER, c->leader, ms);
}

void cluster_set_disk_faults(struct cluster *c,
                             const struct disk_faults *faults)
{
    disk_set_faults(c->disk, faults);
    for (unsigned i = 0; i < c->options.schedulers_count; i++)
        if (c->schedulers[i].disk != NULL)
            disk_set_faults(c->schedulers[i].disk, faults);
}

void cluster_set_host_faults(struct cluster *c,
                             const struct host_faults *faults)
{
    for (unsigned i = 0; i < c->options.agents_count; i++)
        host_set_faults(c->agents[i].host, faults);
}

static void start_if_down(struct member *m)
{
    world_set(m->cluster->world, &m->restart, world_now(m->cluster->world));
}

void cluster_restart(struct cluster *c)
{
    start_if_down(&c->masters[c->leader].member);
    for (unsigned i = 0; i < c->options.agents_count; i++)
        start_if_down(&c->agents[i].member);
    for (unsigned i = 0; i < c->options.schedulers_count; i++)
        start_if_down(&c->schedulers[i].member);
}

const char *cluster_unlaunched(struct cluster *c)
{
    for (unsigned i = 0; i < c->options.schedulers_count; i++) {
        if (scheduler_has_launched(c->schedulers[i].scheduler))
            continue;
        snprintf(c->unfinished, sizeof c->unfinished,
                 "%s has not launched all its tasks",
                 c->schedulers[i].member.name);
        return c->unfinished;
    }
    return NULL;
}

void cluster_finish(struct cluster *c)
{
    for (unsigned i = 0; i < c->options.schedulers_count; i++)
        scheduler_finish(c->schedulers[i].scheduler);
    if (c->rogue != NULL)
        rogue_finish(c->rogue);
}

static const char *scheduler_unfinished(struct cluster *c,
                                        const struct cluster_scheduler *s)
{
    if (!scheduler_is_done(s->scheduler)) {
        snprintf(c->unfinished, sizeof c->unfinished, "%s waits for %s/%s",
                 s->member.name, scheduler_framework_id(s->scheduler),
                 scheduler_open_task(s->scheduler));
        return c->unfinished;
    }
    if (scheduler_has_left(s->scheduler) ||
        scheduler_is_subscribed(s->scheduler))
        return NULL;
    snprintf(c->unfinished, sizeof c->unfinished, "%s is not subscribed",
             s->member.name);
    return c->unfinished;
}

const char *cluster_unfinished(struct cluster *c)
{
    const char *what = NULL;

    for (unsigned i = 0; i < c->options.schedulers_count && what == NULL; i++)
        what = scheduler_unfinished(c, &c->schedulers[i]);
    if (what != NULL)
        return what;
    if (c->rogue != NULL && !rogue_has_left(c->rogue))
        return "the rogue is still there";
    for (unsigned i = 0; i < c->options.agents_count; i++) {
        if (host_alive_count(c->agents[i].host) > 0)
            return "a process runs";
        if (host_zombies_count(c->agents[i].host) > 0)
            return "a zombie waits to be reaped";
    }
    return NULL;
}

unsigned long cluster_updates_count(const struct cluster *c)
{
    return c->updates_count;
}

void cluster_probe(struct cluster *c)
{
    c->probe = probe_new(c->world, c->network, cluster_masters);
}

bool cluster_is_free(const struct cluster *c)
{
    int64_t agents = c->options.agents_count;

    return probe_cpu_milli(c->probe) == agents * CPU_MILLI &&
           probe_memory_mb(c->probe) == agents * MEMORY_MB;
}

unsigned long cluster_steps_count(const struct cluster *c)
{
    unsigned long steps = 0;

    for (int kind = CLUSTER_MASTER; kind <= CLUSTER_SCHEDULER; kind++)
        for (unsigned i = 0; i < cluster_count(c, kind); i++)
            steps += process_steps_count(cluster_process(c, kind, i));
    return steps;
}
