/* detect.h - what this machine has, for whom nothing was said. */

#ifndef AGENT_OS_DETECT_H
#define AGENT_OS_DETECT_H

#include <stddef.h>

#include "base/error.h"

enum {
    DETECT_BOOT_ID_SIZE = 64,
    DETECT_RESOURCES_SIZE = 128,
    DETECT_DEVICES_MAX = 64,
    DETECT_DEVICE_SIZE = 32,
    DETECT_NAMESPACE_SIZE = 24,
};

/* Another after each boot. */
int detect_boot_id(char boot_id[DETECT_BOOT_ID_SIZE], struct error *err);

/* The inode of the network namespace we are in; "" where it is not known. */
void detect_network(char inode[DETECT_NAMESPACE_SIZE]);

/* "cpus:2;mem:22905;disk:81920;ports:[31000-32000]", as resources_parse() takes
 * it: the cpus we may run on; memory and the disk of `directory` but for what
 * the machine itself needs (1 GiB and 5 GiB, or half where that is less). */
int detect_resources(const char *directory,
                     char text[DETECT_RESOURCES_SIZE],
                     struct error *err);

/* GPUs: "/dev/nvidia0". */
size_t detect_devices(char devices[DETECT_DEVICES_MAX][DETECT_DEVICE_SIZE]);

#endif
