/* cluster.h - which master to talk to, and with what keys.
 *
 * A cluster made by `mezzo up` has a state directory, and in it a file
 * "cluster" with a name and a value in each line:
 *
 *     master         tcp://127.0.0.1:5050
 *     master_key     Z85, the master's public key; without: in plain
 *     operator_key   a file of `mezzo keygen`, below the directory or absolute
 *     framework_key  the same, for frameworks
 *
 * Where a caller does not say which cluster it means, it is found thus:
 *
 *  1. the master given, or MEZZO_MASTER ("host:port" or "tcp://host:port",
 *     several with commas between;
 *     or "zk://[user:password@]host:port,.../path", where ZooKeeper knows who
 *     leads);
 *  2. the state directory given, or MEZZO_STATE;
 *  3. what this user's `mezzo up` started last: the state directory that is
 *     the one line of ~/.config/mezzo/last (or $XDG_CONFIG_HOME/mezzo/last).
 *
 * Its keys: those given; MEZZO_MASTER_KEY and MEZZO_KEY_FILE; those of the
 * cluster found by 2 or 3 if its master is the same; or none, which only a
 * master on a loopback address is trusted with. */

#ifndef MEZZO_CLUSTER_H
#define MEZZO_CLUSTER_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
    MEZZO_ERROR_SIZE = 256,
    MEZZO_PATH_SIZE = 4096,
    MEZZO_ENDPOINTS_SIZE = 1024,
    MEZZO_KEY_SIZE = 41,
};

/* What is given, or NULL; as options of programs, say. */
struct mezzo_cluster_options {
    const char *master;     /* --master */
    const char *state;      /* --state */
    const char *master_key; /* Z85 */
    const char *key_file;   /* ours, for both sides */
};

struct mezzo_cluster {
    char master[MEZZO_ENDPOINTS_SIZE]; /* "tcp://host:port", or several */
    char master_key[MEZZO_KEY_SIZE];   /* empty: in plain, like the files */
    char operator_key_file[MEZZO_PATH_SIZE];
    char framework_key_file[MEZZO_PATH_SIZE];
    char state[MEZZO_PATH_SIZE]; /* empty: not known */
};

/* Find it, as above; `options` may be NULL.  0, or with `error`, which says
 * what to do next and may be NULL:
 *
 * -ENOENT  there is none: nothing was given and nothing is up
 * -EINVAL  what was given, or what a file says, cannot be
 * -errno   a file could not be read */
int mezzo_cluster_find(const struct mezzo_cluster_options *options,
                       struct mezzo_cluster *cluster,
                       char error[MEZZO_ERROR_SIZE]);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
