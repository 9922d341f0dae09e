/* pool.h - the cluster of one state directory on this machine, which `mezzo up`
 * makes: a master, agents, the bundled frameworks; their keys and settings.
 *
 *     STATE/cluster         what clients need (mezzo/cluster.h)
 *     STATE/settings        what it was made with
 *     STATE/keys/           key pairs
 *     STATE/master/         the master's own state, and its allow-list
 *     STATE/agent-1/ ...    the agents' own
 *     STATE/zookeeper-1/ .. with --ha: the keepers' own
 *     STATE/log/, run/      of each daemon (cli/daemon.h) */

#ifndef CLI_POOL_H
#define CLI_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/daemon.h"

enum {
    POOL_AGENTS_MAX = 100,
    POOL_FRAMEWORKS_MAX = 2,
    POOL_STANDBYS = 2, /* with --ha: three masters ... */
    POOL_KEEPERS = 3,  /* ... behind three servers of ZooKeeper */
    POOL_PORTS = POOL_AGENTS_MAX + 1 + POOL_STANDBYS + 3 * POOL_KEEPERS,
    POOL_RESOURCES_SIZE = 1024,
};

struct pool {
    char state[DAEMON_PATH_SIZE / 4];
    int lock;
    int64_t port; /* of the master; the agents have the next ones */
    int64_t agents_count;
    char resources[POOL_RESOURCES_SIZE]; /* of each agent; empty: not known */
    char master_key[64];                 /* its public one */
    bool is_ha;
    struct daemon master;
    struct daemon standbys[POOL_STANDBYS];
    struct daemon keepers[POOL_KEEPERS];
    struct daemon agents[POOL_AGENTS_MAX];
    struct daemon frameworks[POOL_FRAMEWORKS_MAX];
    size_t frameworks_count;
};

/* Open the cluster of `state`, or of where this user's is by default if NULL,
 * keeping other `mezzo up` and `down` from it: its settings as they were, or
 * zeros; which of its daemons run.  Without `makes` it must be there already.
 *
 * -ENOENT  it is not
 * -EBUSY   another has it */
int pool_open(struct pool *p, const char *state, bool makes, struct error *err);
void pool_close(struct pool *p);

/* Any of its agents runs. */
bool pool_is_up(const struct pool *p);

/* Write settings, keys and allow-list, as far as they are not there, and the
 * file for clients; then it is known how to start each daemon. */
int pool_prepare(struct pool *p, struct error *err);

/* What agent `i` has, with ports that no other has.
 *
 * -EINVAL  the resources cannot be */
int pool_agent_resources(const struct pool *p,
                         int64_t i,
                         char text[POOL_RESOURCES_SIZE],
                         struct error *err);

/* Of standby `i`, and of keeper `i`; beyond POOL_KEEPERS those that the keepers
 * have for each other. */
int64_t pool_standby_port(const struct pool *p, int i);
int64_t pool_keeper_port(const struct pool *p, int i);

/* How to start the keepers, and what they need.
 *
 * -ENOENT  this machine has no ZooKeeper; the error says what to install */
int pool_describe_keepers(struct pool *p, struct error *err);

/* "zk://..." for clients; for masters, who may write there, with credentials
 * "user:password". */
void pool_zookeeper(const struct pool *p,
                    const char *credentials,
                    char address[DAEMON_PATH_SIZE]);

/* Remember it as what this user started last. */
int pool_remember(const struct pool *p, struct error *err);

#endif
