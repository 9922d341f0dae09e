/* cluster.h - a master, agents on their hosts, and schedulers: all of Mezzo in
 * one world.
 *
 * What is killed is started again after a while, as by an init system. */

#ifndef SIM_CLUSTER_H
#define SIM_CLUSTER_H

#include "tests/sim/host.h"
#include "tests/sim/scheduler.h"

enum {
    CLUSTER_MASTERS = 2 /* one leads; the other may take over */
};

/* host:port of each master, with commas between. */
extern const char cluster_masters[];

struct cluster;

struct cluster_options {
    struct world_options world;
    unsigned agents_count;
    unsigned schedulers_count;
    unsigned tasks_max; /* of each scheduler */
    msec_t steady_ms;   /* a task of each scheduler so often, all of them
                         * plain; 0: as soon as there is room */
    bool has_rogue;
    bool is_unchecked; /* cores do not add up what they hold at each step: of
                        * many agents that takes longer than all else */
    bool has_gangs;    /* most schedulers want more than half of all there is */
    const struct store_entry *entries; /* that the store has from the start */
    size_t entries_count;
};

struct cluster *cluster_new(const struct cluster_options *options);
void cluster_free(struct cluster *c);

struct world *cluster_world(const struct cluster *c);
struct network *cluster_network(const struct cluster *c);
struct ledger *cluster_ledger(const struct cluster *c);

/* Everything that runs as a process, in a fixed order. */
enum cluster_kind {
    CLUSTER_MASTER,
    CLUSTER_AGENT,
    CLUSTER_SCHEDULER,
};

unsigned cluster_count(const struct cluster *c, enum cluster_kind kind);
struct process *cluster_process(const struct cluster *c,
                                enum cluster_kind kind,
                                unsigned i);
struct host *cluster_host(const struct cluster *c, unsigned agent);

/* Each is up again after `ms`. */
void cluster_kill(struct cluster *c,
                  enum cluster_kind kind,
                  unsigned i,
                  msec_t ms);
void cluster_cut_power(struct cluster *c, unsigned agent, msec_t ms);
void cluster_replace_scheduler(struct cluster *c, unsigned i);

/* Another master takes the lead from the one that has it, which goes on until
 * it notices, or for `ms`. */
void cluster_depose(struct cluster *c, msec_t ms);

/* Nobody can store or load anything for `ms`, as without ZooKeeper's quorum. */
void cluster_pause_store(struct cluster *c, msec_t ms);

/* All machines are without power for `ms`. */
void cluster_black_out(struct cluster *c, msec_t ms);

void cluster_set_disk_faults(struct cluster *c,
                             const struct disk_faults *faults);
void cluster_set_host_faults(struct cluster *c,
                             const struct host_faults *faults);

/* Start what is down. */
void cluster_restart(struct cluster *c);

/* NULL, or a scheduler that has not launched all it wanted to; valid until the
 * next call. */
const char *cluster_unlaunched(struct cluster *c);

/* Let schedulers come to an end. */
void cluster_finish(struct cluster *c);

/* NULL, or what has not come to its end yet; valid until the next call. */
const char *cluster_unfinished(struct cluster *c);

/* Updates that agents have sent to masters so far. */
unsigned long cluster_updates_count(const struct cluster *c);

/* Ask, as a framework of its own, for everything there is; has it come? */
void cluster_probe(struct cluster *c);
bool cluster_is_free(const struct cluster *c);

unsigned long cluster_steps_count(const struct cluster *c);

#endif
