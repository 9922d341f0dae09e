/* zookeeper.h - a real ZooKeeper server for a test, where one is installed. */

#ifndef UNIT_ZOOKEEPER_H
#define UNIT_ZOOKEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct zookeeper {
    char directory[256];
    int port;
    pid_t pid;
};

/* Is there one on this machine? */
bool zookeeper_is_installed(void);

/* Its files are in `directory`, which must exist and be new the first time.
 * The address is "127.0.0.1:PORT". */
void zookeeper_start(struct zookeeper *z, const char *directory);
void zookeeper_start_again(struct zookeeper *z);

/* kill -9. */
void zookeeper_kill(struct zookeeper *z);

#endif
