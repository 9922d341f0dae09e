/* faults.c - one event that strikes again and again. */

#include "tests/sim/faults.h"

#include <stdlib.h>

#include "base/memory.h"

enum fault {
    FAULT_KILL_AGENT,
    FAULT_KILL_MASTER,
    FAULT_KILL_SCHEDULER,
    FAULT_REPLACE_SCHEDULER,
    FAULT_KILL_LAUNCHER,
    FAULT_CUT_POWER,
    FAULT_PAUSE,
    FAULT_RESET,
    FAULT_PARTITION,
    FAULT_PARTITION_ONE_WAY,
    FAULT_HEAL_NETWORK,
    FAULT_LOSSY_NETWORK,
    FAULT_SLOW_DISKS,
    FAULT_DEPOSE,
    FAULT_DEPOSE_PAUSED,
    FAULT_STORE_AWAY,
    FAULT_JUMP_CLOCK,
    FAULT_SKEW_CLOCK,
    FAULT_FULL_DISKS,
    FAULT_HEAL_DISKS,
    FAULT_NO_DESCRIPTORS,
    FAULT_NO_PROCESSES,
    FAULT_SPLIT,
    FAULT_FLAP,
    FAULT_BLACK_OUT,
    FAULTS_COUNT,
};

enum {
    HEALED_MS = 5 * 60 * 1000, /* at the latest, where they are paced */
};

struct faults {
    struct cluster *cluster;
    struct world *world;
    struct event strike;
    msec_t until;
    msec_t pause_ms_max; /* between two strikes */
    bool is_paced;       /* each is made good soon, ... */
    bool is_struck;      /* ... which is next */
    unsigned kinds;      /* a set of `enum fault` */
};

static const struct network_faults good_network = {.delay_ms_max = 3};
static const struct disk_faults good_disk = {.delay_ms_max = 3};
static const struct host_faults good_host = {.delay_ms_max = 3,
                                             .journal_ms_max = 5};

static void all_is_well(struct faults *f)
{
    network_set_faults(cluster_network(f->cluster), &good_network);
    network_unblock(cluster_network(f->cluster));
    cluster_set_disk_faults(f->cluster, &good_disk);
    cluster_set_host_faults(f->cluster, &good_host);
}

static void bad_network(struct faults *f)
{
    struct network_faults bad = good_network;

    bad.delay_ms_max = world_between(f->world, 1, 1000);
    bad.loss_permille = (unsigned)world_random(f->world, 50);
    bad.reset_permille = (unsigned)world_random(f->world, 20);
    bad.untold_percent = (unsigned)world_random(f->world, 100);
    network_set_faults(cluster_network(f->cluster), &bad);
}

static void bad_disks(struct faults *f)
{
    struct disk_faults disk = good_disk;
    struct host_faults host = good_host;

    disk.delay_ms_max = world_between(f->world, 1, 2000);
    disk.fail_permille = (unsigned)world_random(f->world, 100);
    host.delay_ms_max = world_between(f->world, 1, 500);
    host.journal_ms_max = world_between(f->world, 1, 2000);
    host.journal_permille = (unsigned)world_random(f->world, 100);
    host.prepare_permille = (unsigned)world_random(f->world, 100);
    cluster_set_disk_faults(f->cluster, &disk);
    cluster_set_host_faults(f->cluster, &host);
}

static unsigned any_of(struct faults *f, enum cluster_kind kind)
{
    return (unsigned)world_random(f->world, cluster_count(f->cluster, kind));
}

static struct process *any_process(struct faults *f)
{
    enum cluster_kind kind = (enum cluster_kind)world_random(f->world, 3);

    return cluster_process(f->cluster, kind, any_of(f, kind));
}

/* Mostly short, sometimes longer than anybody waits for a peer. */
static msec_t a_while(struct faults *f)
{
    return world_between(f->world, 0,
                         world_chance(f->world, 20) ? 25000 : 3000);
}

static void partition(struct faults *f, bool is_one_way)
{
    struct network *n = cluster_network(f->cluster);
    struct node *a = process_node(any_process(f));
    struct node *b = process_node(any_process(f));

    if (world_chance(f->world, 50))
        b = NULL; /* from all */
    if (a == b)
        return;
    world_trace(f->world, "%s is cut off from %s%s", node_name(a),
                b == NULL ? "all" : node_name(b),
                is_one_way ? ", one way" : "");
    network_block(n, a, b);
    if (!is_one_way)
        network_block(n, b, a);
}

/* A session with ZooKeeper ends while its master stands still: it believes to
 * lead when it goes on. */
static void depose_paused(struct faults *f)
{
    struct cluster *c = f->cluster;

    for (unsigned i = 0; i < cluster_count(c, CLUSTER_MASTER); i++)
        process_pause(cluster_process(c, CLUSTER_MASTER, i),
                      world_now(f->world) + world_between(f->world, 0, 8000));
    cluster_depose(c, world_between(f->world, 0, 15000));
}

/* To a time that is near, or far away. */
static void jump_clock(struct faults *f)
{
    msec_t far_ms = world_chance(f->world, 20) ? 20000 : 2000;
    msec_t ms = world_between(f->world, 0, far_ms * 2) - far_ms;

    world_trace(f->world, "the wall clock jumps");
    world_jump_wall(f->world, ms);
}

static void full_disks(struct faults *f)
{
    struct host_faults full = good_host;

    full.journal_permille = 1000;
    full.prepare_permille = 1000;
    cluster_set_host_faults(f->cluster, &full);
}

/* Some agents on one side, all else on the other. */
static void split(struct faults *f)
{
    struct cluster *c = f->cluster;
    struct network *n = cluster_network(c);

    for (unsigned i = 0; i < cluster_count(c, CLUSTER_AGENT); i++) {
        struct node *a = process_node(cluster_process(c, CLUSTER_AGENT, i));

        if (world_chance(f->world, 50))
            continue;
        for (unsigned m = 0; m < cluster_count(c, CLUSTER_MASTER); m++) {
            struct node *b =
                process_node(cluster_process(c, CLUSTER_MASTER, m));

            network_block(n, a, b);
            network_block(n, b, a);
        }
    }
}

static void no_descriptors(struct faults *f)
{
    struct network_faults bad = good_network;

    bad.connect_permille = 500;
    network_set_faults(cluster_network(f->cluster), &bad);
}

static void no_processes(struct faults *f)
{
    struct host_faults bad = good_host;

    bad.launch_permille = (unsigned)world_between(f->world, 1, 1000);
    cluster_set_host_faults(f->cluster, &bad);
}

static void do_machine_fault(struct faults *f, enum fault fault)
{
    struct cluster *c = f->cluster;
    struct world *w = f->world;

    switch ((int)fault) {
    case FAULT_DEPOSE_PAUSED:
        depose_paused(f);
        break;
    case FAULT_STORE_AWAY:
        cluster_pause_store(c, a_while(f));
        break;
    case FAULT_JUMP_CLOCK:
        jump_clock(f);
        break;
    case FAULT_SKEW_CLOCK:
        process_set_skew(any_process(f), world_between(w, 0, 4000) - 2000);
        break;
    case FAULT_FULL_DISKS:
        world_trace(w, "disks are full");
        full_disks(f);
        break;
    case FAULT_HEAL_DISKS:
        world_trace(w, "disks are well");
        cluster_set_disk_faults(c, &good_disk);
        cluster_set_host_faults(c, &good_host);
        break;
    case FAULT_NO_DESCRIPTORS:
        world_trace(w, "descriptors are few");
        no_descriptors(f);
        break;
    case FAULT_NO_PROCESSES:
        world_trace(w, "processes are few");
        no_processes(f);
        break;
    case FAULT_SPLIT:
        world_trace(w, "the network is split");
        split(f);
        break;
    case FAULT_FLAP:
        for (int i = 0; i < 5; i++)
            node_reset(process_node(any_process(f)));
        break;
    case FAULT_BLACK_OUT:
        cluster_black_out(c, a_while(f));
        break;
    }
}

static void do_fault(struct faults *f, enum fault fault)
{
    struct cluster *c = f->cluster;
    struct world *w = f->world;

    switch (fault) {
    case FAULT_KILL_AGENT:
        cluster_kill(c, CLUSTER_AGENT, any_of(f, CLUSTER_AGENT), a_while(f));
        break;
    case FAULT_KILL_MASTER:
        cluster_kill(c, CLUSTER_MASTER, any_of(f, CLUSTER_MASTER), a_while(f));
        break;
    case FAULT_KILL_SCHEDULER:
        cluster_kill(c, CLUSTER_SCHEDULER, any_of(f, CLUSTER_SCHEDULER),
                     a_while(f));
        break;
    case FAULT_REPLACE_SCHEDULER:
        cluster_replace_scheduler(c, any_of(f, CLUSTER_SCHEDULER));
        break;
    case FAULT_KILL_LAUNCHER:
        host_launcher_died(cluster_host(c, any_of(f, CLUSTER_AGENT)));
        break;
    case FAULT_CUT_POWER:
        cluster_cut_power(c, any_of(f, CLUSTER_AGENT), a_while(f));
        break;
    case FAULT_PAUSE:
        process_pause(any_process(f), world_now(w) + a_while(f));
        break;
    case FAULT_RESET:
        node_reset(process_node(any_process(f)));
        break;
    case FAULT_PARTITION:
    case FAULT_PARTITION_ONE_WAY:
        partition(f, fault == FAULT_PARTITION_ONE_WAY);
        break;
    case FAULT_HEAL_NETWORK:
        world_trace(w, "the network is well");
        network_set_faults(cluster_network(c), &good_network);
        network_unblock(cluster_network(c));
        break;
    case FAULT_LOSSY_NETWORK:
        world_trace(w, "the network is bad");
        bad_network(f);
        break;
    case FAULT_SLOW_DISKS:
        world_trace(w, "disks are bad");
        bad_disks(f);
        break;
    case FAULT_DEPOSE:
        cluster_depose(c, world_between(w, 0, 15000));
        break;
    case FAULT_DEPOSE_PAUSED:
    case FAULT_STORE_AWAY:
    case FAULT_JUMP_CLOCK:
    case FAULT_SKEW_CLOCK:
    case FAULT_FULL_DISKS:
    case FAULT_HEAL_DISKS:
    case FAULT_NO_DESCRIPTORS:
    case FAULT_NO_PROCESSES:
    case FAULT_SPLIT:
    case FAULT_FLAP:
    case FAULT_BLACK_OUT:
        do_machine_fault(f, fault);
        break;
    case FAULTS_COUNT:
        break;
    }
}

static void wait_for_next(struct faults *f, msec_t ms_max)
{
    msec_t next = world_now(f->world) + world_between(f->world, 1, ms_max);

    world_set(f->world, &f->strike, next < f->until ? next : f->until);
}

static void strike(struct event *event)
{
    struct faults *f = event->arg;
    enum fault fault = (enum fault)world_random(f->world, FAULTS_COUNT);

    if (world_now(f->world) >= f->until) {
        world_trace(f->world, "all is well");
        all_is_well(f);
        return;
    }
    if (f->is_struck) {
        all_is_well(f);
        f->is_struck = false;
        wait_for_next(f, f->pause_ms_max);
        return;
    }
    f->is_struck = f->is_paced;
    /* Without blocks nothing is to be healed, but a bad network is. */
    if (f->kinds >> fault & 1)
        do_fault(f, fault);
    wait_for_next(f, f->is_paced ? HEALED_MS : f->pause_ms_max);
}

struct faults *faults_new(struct cluster *c, msec_t until)
{
    struct faults *f = memory_new(1, sizeof *f);

    f->cluster = c;
    f->world = cluster_world(c);
    f->until = until;
    f->strike.happen = strike;
    f->strike.arg = f;
    all_is_well(f);
    /* Some seeds know a few kinds of faults, a tenth none at all. */
    f->kinds = (unsigned)(world_random(f->world, 1u << FAULTS_COUNT) |
                          world_random(f->world, 1u << FAULTS_COUNT));
    if (world_chance(f->world, 10))
        f->kinds = 0;
    f->kinds |= 1u << FAULT_HEAL_NETWORK | 1u << FAULT_HEAL_DISKS;
    f->pause_ms_max = world_between(f->world, 500, 8000);
    world_set(f->world, &f->strike, world_now(f->world));
    return f;
}

void faults_set_pace(struct faults *f, msec_t pause_ms_max)
{
    f->kinds = (1u << FAULTS_COUNT) - 1;
    f->pause_ms_max = pause_ms_max;
    f->is_paced = true;
}

void faults_free(struct faults *f)
{
    if (f == NULL)
        return;
    world_cancel(f->world, &f->strike);
    free(f);
}
