/* master_info.h - what a master's node in ZooKeeper says of it: MasterInfo of
 * Mesos as JSON, with "endpoint" and "key" of ours. */

#ifndef IO_MASTER_INFO_H
#define IO_MASTER_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MASTER_INFO_SIZE_MAX = 64 * 1024,
    MASTER_INFO_ENDPOINT_SIZE = 256,
    MASTER_INFO_KEY_SIZE = 41,
    MASTER_INFO_VERSION_SIZE = 64,
};

struct master_info {
    char endpoint[MASTER_INFO_ENDPOINT_SIZE]; /* tcp://host:port */
    char key[MASTER_INFO_KEY_SIZE];           /* Z85; empty: in plain */
    char version[MASTER_INFO_VERSION_SIZE];
    int64_t pid; /* the operating system's; 0: not said */
};

/* The JSON, on the heap; `id` is any, another for each process. */
char *master_info_write(const struct master_info *info,
                        const char *id,
                        const char *hostname);

/* False when it is malformed. */
bool master_info_read(const char *json, size_t size, struct master_info *info);

#endif
