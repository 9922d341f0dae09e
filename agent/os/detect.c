/* detect.c - asks the kernel. */

#include "config.h"

#include "agent/os/detect.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define MEMORY_SPARED_MB 1024
#define DISK_SPARED_MB (5 * 1024)

int detect_boot_id(char boot_id[DETECT_BOOT_ID_SIZE], struct error *err)
{
    static const char path[] = "/proc/sys/kernel/random/boot_id";
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return error_errno(err, "open %s", path);
    if (fgets(boot_id, DETECT_BOOT_ID_SIZE, file) == NULL) {
        fclose(file);
        return error_set(err, -EIO, "%s is empty", path);
    }
    fclose(file);
    boot_id[strcspn(boot_id, "\n")] = '\0';
    return 0;
}

void detect_network(char inode[DETECT_NAMESPACE_SIZE])
{
    struct stat st;

    inode[0] = '\0';
    if (stat("/proc/self/ns/net", &st) == 0)
        snprintf(inode, DETECT_NAMESPACE_SIZE, "%llu",
                 (unsigned long long)st.st_ino);
}

static uint64_t spare(uint64_t all, uint64_t spared)
{
    return all / 2 > spared ? all - spared : all / 2;
}

int detect_resources(const char *directory,
                     char text[DETECT_RESOURCES_SIZE],
                     struct error *err)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
    struct statvfs disk;
    cpu_set_t cpus;
    int cpus_count;

    /* More cpus than the set has room for: then all that there are. */
    cpus_count = sched_getaffinity(0, sizeof cpus, &cpus) == 0
                     ? CPU_COUNT(&cpus)
                     : (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (statvfs(directory, &disk) < 0)
        return error_errno(err, "look at the disk of %s", directory);
    snprintf(
        text, DETECT_RESOURCES_SIZE,
        "cpus:%d;mem:%" PRIu64 ";disk:%" PRIu64 ";ports:[31000-32000]",
        cpus_count, spare(page * pages / MIB, MEMORY_SPARED_MB),
        spare((uint64_t)disk.f_blocks * disk.f_frsize / MIB, DISK_SPARED_MB));
    return 0;
}

size_t detect_devices(char devices[DETECT_DEVICES_MAX][DETECT_DEVICE_SIZE])
{
    size_t count = 0;

    for (int i = 0; i < DETECT_DEVICES_MAX; i++) {
        snprintf(devices[count], DETECT_DEVICE_SIZE, "/dev/nvidia%d", i);
        if (access(devices[count], F_OK) == 0)
            count++;
    }
    return count;
}
